/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine-independent half offers to the trap code (core/entry.c, core/fastpath.c) and to
 * boot (core/boot.c).
 *
 * Contract of every entry_ and fastpath_ function: called on the kernel stack, interrupts masked,
 * with the trapping thread's registers saved in its context (ELR and FAULT_PC set: for a system
 * call ELR is the next instruction and FAULT_PC the call itself; otherwise both are the trapping
 * instruction). Returns the thread to run, whose address space, VCPU and FPU state are live
 * (arch_switch_to has been called if needed): the caller restores its context and leaves. That may
 * be the idle thread.
 */
#pragma once

#include "objects.h"

/* SVC from EL0 or HVC from EL1. nr is x7 as a signed number; any value is accepted. */
struct tcb *entry_syscall(struct tcb *current, i64 nr);
/* For nr == SYS_CALL and SYS_REPLY_RECV: same result, short path first. */
struct tcb *fastpath_call(struct tcb *current);
struct tcb *fastpath_reply_recv(struct tcb *current);
/* current->fault has been filled in (anything but a system call or an interrupt). */
struct tcb *entry_fault(struct tcb *current);
/* An interrupt, from any thread or idle. */
struct tcb *entry_irq(struct tcb *current);

/* ---- boot, in this order ---- */

/*
 * The running core's state, idle thread, interrupts, domain schedule. Needs its timer and interrupt
 * controller. Cores other than the first do this and boot_finish().
 */
void boot_core_init(void);

struct boot_thread {
	struct tcb *tcb;		/* zeroed, TCB_BITS aligned */
	struct sched_context *sc;	/* zeroed, SCHED_CONTEXT_MIN_BITS */
	struct slot *root_cnode;	/* the root CNode's slots, INITIAL_SLOT_* already filled */
	va_t entry;			/* first instruction */
	va_t bootinfo;			/* x0 */
	va_t ipc_buffer;
};

/*
 * Make the initial thread from objects whose caps are in the root CNode (CNode, VSpace, IPC buffer
 * frame): fills its slots, TCB and SC caps (slots 1 and 14), priority 255, and makes it current.
 */
void boot_thread_init(const struct boot_thread *boot);
/* Everything is in place: returns the thread to run first. */
struct tcb *boot_finish(void);

/* Caps of the machine-independent half, for the boot code to place. */
struct cap boot_cap_untyped(pa_t base, u32 bits, bool device);
struct cap boot_cap_cnode(struct slot *slots, u32 radix);	/* guard: 64 - radix zero bits */
struct cap boot_cap_irq_control(void);
struct cap boot_cap_domain(void);
struct cap boot_cap_sched_control(u32 core);
