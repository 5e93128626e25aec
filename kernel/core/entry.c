// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ways into the kernel: system call, fault, interrupt. Each notes the time, checks that the
 * current thread has the budget for it (if not, its turn ends and it begins again later), does its
 * work and leaves through sched_finish().
 */

#include "entry.h"

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "debug.h"
#include "fastpath.h"
#include "fault.h"
#include "invoke.h"
#include "ipc.h"
#include "irq.h"
#include "refill.h"

/* Enter on current's time. False: no time is left; it repeats whatever brought it here. */
static bool charge_entry(struct tcb *current)
{
	sched_update_time();
	if (likely(sched_check_budget()))
		return true;
	if (thread_is_runnable(current))
		current->state = THREAD_RESTART;
	return false;
}

static void cap_fault(struct tcb *current, u64 cptr)
{
	fault_set_cap(current, cptr, true);
	fault_deliver(current);
}

/* The reply object for callers, from x6; NULL after a fault. */
static struct reply *find_reply(struct tcb *current)
{
	u64 cptr = current->context.reg[REG_REPLY];
	struct slot *slot = cspace_lookup(current, cptr);

	if (likely(slot && cap_type(slot->cap) == CAP_REPLY))
		return cap_ptr(slot->cap);
	if (slot)
		cspace_note_missing();
	cap_fault(current, cptr);
	return NULL;
}

static void receive(struct tcb *current, bool blocking, bool can_reply)
{
	u64 cptr = current->context.reg[REG_CAP];
	struct slot *slot = cspace_lookup(current, cptr);
	struct notification *ntfn;
	struct reply *reply = NULL;
	struct cap cap;

	if (unlikely(!slot)) {
		cap_fault(current, cptr);
		return;
	}
	cap = slot->cap;
	if (cap_type(cap) == CAP_ENDPOINT && (cap_flags(cap) & RIGHT_READ)) {
		if (can_reply) {
			reply = find_reply(current);
			if (!reply)
				return;
		}
		endpoint_receive(cap_ptr(cap), current, blocking, reply);
		return;
	}
	if (cap_type(cap) == CAP_NOTIFICATION && (cap_flags(cap) & RIGHT_READ)) {
		ntfn = cap_ptr(cap);
		if (!ntfn->bound_tcb || ntfn->bound_tcb == current) {
			notification_wait(ntfn, current, blocking);
			return;
		}
	}
	cspace_note_missing();
	cap_fault(current, cptr);
}

/* A long operation made way for an interrupt, which is taken as soon as the kernel is left. */
static void preempted(struct core *core)
{
	if (sched_is_schedulable(core->current))
		sched_check_budget();
	else if (core->sc->refill_max)
		sched_charge(core->consumed, false);
	else
		core->consumed = 0;
}

static void send(struct tcb *current, u64 cptr, u32 how)
{
	if (unlikely(invoke(current, cptr, how) == PREEMPTED))
		preempted(this_core());
}

static void send_and_receive(struct tcb *current, u64 cptr, bool can_reply)
{
	if (unlikely(invoke(current, cptr, INVOKE_CAN_DONATE | INVOKE_FIRST_PHASE) == PREEMPTED))
		preempted(this_core());
	else
		receive(current, true, can_reply);
}

/* Give away what is left of the head refill, without counting it as consumed. */
static void yield(struct core *core)
{
	ticks_t consumed = core->sc->consumed + core->consumed;

	sched_charge(refill_head(core->sc)->amount, false);
	core->sc->consumed = consumed;
}

struct tcb *entry_syscall(struct tcb *current, i64 nr)
{
	const u64 *reg = current->context.reg;
	struct tcb *next = NULL;

	if (nr == SYS_RECV)
		next = fastpath_try_recv(current);
	else if (nr == SYS_SEND)
		next = fastpath_try_signal(current);
	else if (unlikely(nr < SYS_YIELD) && debug_syscall(current, nr))
		next = current;
	if (next)
		return next;
	if (nr >= 0 || nr < SYS_YIELD) {
		fault_set(current, FAULT_UNKNOWN_SYSCALL, nr, 0, 0);
		return entry_fault(current);
	}
	if (unlikely(!charge_entry(current)))
		return sched_finish();

	switch (nr) {
	case SYS_CALL:
		send(current, reg[REG_CAP], INVOKE_CALL | INVOKE_BLOCKING | INVOKE_CAN_DONATE);
		break;
	case SYS_REPLY_RECV:
		send_and_receive(current, reg[REG_REPLY], true);
		break;
	case SYS_NB_SEND_RECV:
		send_and_receive(current, reg[REG_NB_SEND_DEST], true);
		break;
	case SYS_NB_SEND_WAIT:
		send_and_receive(current, reg[REG_REPLY], false);
		break;
	case SYS_SEND:
		send(current, reg[REG_CAP], INVOKE_BLOCKING);
		break;
	case SYS_NB_SEND:
		send(current, reg[REG_CAP], 0);
		break;
	case SYS_RECV:
		receive(current, true, true);
		break;
	case SYS_NB_RECV:
		receive(current, false, true);
		break;
	case SYS_WAIT:
		receive(current, true, false);
		break;
	case SYS_NB_WAIT:
		receive(current, false, false);
		break;
	case SYS_YIELD:
		yield(this_core());
		break;
	}
	return sched_finish();
}

struct tcb *entry_fault(struct tcb *current)
{
	struct tcb *next = fastpath_try_fault(current);
	struct fault fault = current->fault;

	if (likely(next))
		return next;
	/* Without budget the instruction is repeated later, and faults again. */
	current->fault.type = FAULT_NONE;
	if (likely(charge_entry(current))) {
		current->fault = fault;
		fault_deliver(current);
	}
	return sched_finish();
}

struct tcb *entry_irq(struct tcb *current)
{
	struct tcb *next;

	if (unlikely(!fastpath_try_entry(this_core()))) {
		sched_update_time();
		sched_check_budget();
	}
	if (irq_handle(current)) {
		next = fastpath_try_deliver(current);
		if (likely(next))
			return next;
		fault_deliver(current);
	}
	return sched_finish();
}
