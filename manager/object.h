/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects beyond memory: minted caps, threads, and pages of native address spaces.
 *
 * Used for vmm processes, vCPUs and the manager's own windows. Everything made here belongs to an
 * arena and goes with it.
 */
#pragma once

#include <stddef.h>

#include <sel4/sel4.h>

#include "arena.h"

/* A CNode in whose slots this module puts caps for its owner. */
struct object_cspace {
	cap_t cnode;
	unsigned int bits;
};

struct object_thread {
	cap_t tcb;
	struct object_cspace cspace;
	uint64_t guard;		 /* guard value; its size is what the CSpace leaves */
	unsigned int guard_bits; /* 0: all that remain */
	cap_t vspace;
	uint64_t ipc_buffer;
	cap_t ipc_frame; /* CAP_NONE: no IPC buffer */
	cap_t sched_context;
	cap_t fault; /* endpoint with badge */
	unsigned int priority;
};

#define OBJECT_SCHED_BITS 8u
#define OBJECT_PERIOD_US  10000u

/* Rights as the kernel encodes them: grant-reply, grant, read, write. */
#define OBJECT_CAN_CALL	  seL4_CapRights_new(1, 0, 0, 1)
#define OBJECT_CAN_FAULT  seL4_CapRights_new(1, 1, 0, 1)
#define OBJECT_CAN_SIGNAL seL4_CapRights_new(0, 0, 0, 1)

/* All return 0 or a negative errno, unless they return a cap: then CAP_NONE. */

/* Puts a copy of from, with badge (0: as it is), in somebody's slot. */
int object_grant(const struct object_cspace *to, uint32_t slot, cap_t from, seL4_CapRights_t rights,
		 uint64_t badge);
void object_withdraw(const struct object_cspace *from, uint32_t slot);

/* The same into a slot of the manager's, owned by the arena. */
cap_t object_mint(struct arena *arena, cap_t from, seL4_CapRights_t rights, uint64_t badge);

/* A VSpace with an ASID. */
cap_t object_vspace(struct arena *arena);

/* A scheduling context with its whole period as budget, for the core of that control; and the same
 * for one that exists, whose thread goes to that core. */
cap_t object_sched_context(struct arena *arena, cap_t sched_control);
int object_sched_configure(cap_t sched_control, cap_t sched_context);

/* Maps a page of a native process, with the tables that needs. */
int object_map(struct arena *arena, cap_t frame, cap_t vspace, uint64_t va, unsigned int flags);

int object_configure(const struct object_thread *thread);

/* Its scheduling context, priority and fault endpoint alone. */
int object_schedule(const struct object_thread *thread);

/* A new thread in the manager's own address space and CSpace. tcb: CAP_NONE without memory. */
struct object_thread object_own_thread(struct arena *arena, cap_t sched_context,
				       unsigned int priority);

/* Configures a thread that will not use FP/SIMD, and starts it with its first registers. */
int object_start(const struct object_thread *thread, seL4_UserContext *context,
		 unsigned int register_count);
