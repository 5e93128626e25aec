/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel objects that have memory: TCB, endpoint, notification, reply, scheduling context. Each
 * is exactly as large as the API says, and all-zero memory is a valid, inactive object (retype
 * relies on that). Pointers between objects are two-way: whoever clears one clears the other.
 */
#pragma once

#include "cap.h"
#include "context.h"
#include "types.h"

struct tcb;
struct endpoint;
struct notification;
struct reply;
struct sched_context;
struct vcpu;			/* arch */

enum thread_state {
	THREAD_INACTIVE,
	THREAD_RUNNING,		/* continues at ELR */
	THREAD_RESTART,		/* continues at FAULT_PC: in a system call, or resumed */
	THREAD_BLOCKED_RECEIVE,	/* on an endpoint, as a receiver */
	THREAD_BLOCKED_SEND,	/* on an endpoint, as a sender (or with a fault) */
	THREAD_BLOCKED_REPLY,	/* called or faulted, waits for the reply */
	THREAD_BLOCKED_NOTIFICATION,
	THREAD_IDLE,
};

/* User-visible fault numbers (message label). */
enum fault_type {
	FAULT_NONE,
	FAULT_CAP,
	FAULT_UNKNOWN_SYSCALL,
	FAULT_USER_EXCEPTION,
	FAULT_DEBUG,
	FAULT_TIMEOUT,
	FAULT_VM,
	FAULT_VGIC_MAINTENANCE,
	FAULT_VCPU,
	FAULT_VPPI_EVENT,
};

enum lookup_failure_type {
	LOOKUP_OK,
	LOOKUP_INVALID_ROOT,
	LOOKUP_MISSING_CAPABILITY,	/* bits_left */
	LOOKUP_DEPTH_MISMATCH,		/* bits_left, bits_found */
	LOOKUP_GUARD_MISMATCH,		/* bits_left, guard_found, guard_bits */
};

struct lookup_failure {
	u8 type;
	u8 bits_left;
	u8 bits_found;			/* or the guard's size */
	u64 guard;
};

/*
 * What w[] holds by type:
 *   CAP: address, in_receive (plus tcb.lookup)   UNKNOWN_SYSCALL: number
 *   USER_EXCEPTION: number, code                 TIMEOUT: badge
 *   VM: address, fsr, is_instruction             VGIC_MAINTENANCE: index, index_valid
 *   VCPU: hsr                                    VPPI_EVENT: irq
 */
struct fault {
	u64 type;
	u64 w[3];
};

enum tcb_slot {
	TCB_CSPACE,
	TCB_VSPACE,
	TCB_IPC_BUFFER,
	TCB_FAULT_HANDLER,
	TCB_TIMEOUT_HANDLER,
	TCB_SLOT_COUNT,
};

#define TCB_FLAG_FPU_DISABLED 1u
#define TCB_FLAGS_ALL 1u

struct tcb {
	struct context context;		/* must be first: see context.h */

	/* A thread is in at most one queue: ready, release, endpoint or notification. */
	u8 state;
	u8 priority;
	u8 mcp;
	u8 domain;
	bool in_ready_queue;
	bool in_release_queue;
	u8 flags;			/* TCB_FLAG_* */
	u8 fpu_credit;			/* arch: eager FP/SIMD switches left */
	u8 core;			/* that of its context, or of the last one it had */
	struct tcb *next, *prev;
	struct sched_context *sc;	/* what it runs on; NULL: cannot run */
	struct sched_context *yield_to;	/* SC_YieldTo in progress on this */

	/* What a blocked thread waits for. */
	void *blocked_on;		/* endpoint or notification */
	struct reply *reply;		/* BLOCKED_RECEIVE: offered; BLOCKED_REPLY: awaited */
	u64 badge;			/* BLOCKED_SEND: badge of the cap used */
	bool can_grant;
	bool can_grant_reply;
	bool is_call;

	struct notification *bound_notification;
	struct vcpu *vcpu;		/* arch: bound VCPU or NULL */
	va_t ipc_buffer;
	struct fault fault;		/* type FAULT_NONE unless delivered or being delivered */
	struct lookup_failure lookup;

	struct slot slots[TCB_SLOT_COUNT] __attribute__((aligned(32)));
	struct fpu_state fpu;		/* arch: valid while the thread is not the FPU's owner */
#if KERNEL_DEBUG
	char name[64];
#endif
};

_Static_assert(sizeof(struct tcb) <= 1 << TCB_BITS, "TCB size is ABI");
_Static_assert(offsetof(struct tcb, context) == 0, "entry.S relies on it");

enum endpoint_state {
	ENDPOINT_IDLE,
	ENDPOINT_SENDING,
	ENDPOINT_RECEIVING,
};

/* The state lives in the low bits of `tail`; both pointers are NULL when idle. */
struct endpoint {
	struct tcb *head;
	u64 tail;
};

_Static_assert(sizeof(struct endpoint) == 1 << ENDPOINT_BITS, "endpoint size is ABI");

enum notification_state {
	NOTIFICATION_IDLE,
	NOTIFICATION_WAITING,
	NOTIFICATION_ACTIVE,
};

struct notification {
	struct tcb *head, *tail;	/* threads waiting */
	struct tcb *bound_tcb;
	struct sched_context *sc;
	u64 badge;			/* accumulated while ACTIVE */
	u64 state;
	u64 unused[2];
};

_Static_assert(sizeof(struct notification) == 1 << NOTIFICATION_BITS, "notification size is ABI");

/*
 * A reply object is free (tcb NULL), offered by a receiver, or holds a caller. Callers of a call
 * chain are stacked: `prev` is the caller's caller, `next` the later one; the newest has `sc`, the
 * scheduling context that travels with the chain, and sc->reply points back to it.
 */
struct reply {
	struct tcb *tcb;
	struct reply *prev, *next;
	struct sched_context *sc;
};

_Static_assert(sizeof(struct reply) == 1 << REPLY_BITS, "reply size is ABI");

struct refill {
	ticks_t time;			/* usable from */
	ticks_t amount;
};

#define REFILL_MIN_COUNT 2u

struct sched_context {
	ticks_t period;
	ticks_t consumed;		/* since last reported */
	struct tcb *tcb;
	struct reply *reply;		/* newest caller of the chain it was lent along */
	struct notification *notification;
	u64 badge;			/* sent in timeout faults */
	struct tcb *yield_from;
	u32 refill_max;			/* 0: never configured, cannot run */
	u32 refill_head;
	u32 refill_tail;
	u8 core;
	bool sporadic;
	u64 unused[3];
	struct refill refills[];	/* ring of refill_max entries */
};

_Static_assert(sizeof(struct sched_context) == 96, "the number of refills an SC can hold is ABI");
