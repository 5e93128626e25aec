// SPDX-License-Identifier: BSD-2-Clause
/*
 * The short ways that a monitor and its vCPU take on every exit: delivering a fault to a waiting
 * handler, answering one and waiting for the next, waiting alone, and signals.
 * Like core/fastpath.c nothing here is semantics: the general way gives the same result.
 *
 * Handler and faulter may run on contexts of their own, therefore time is noted and charged.
 */

#include "arch.h"
#include "core.h"
#include "entry.h"
#include "fastpath.h"
#include "fault.h"
#include "refill.h"

/* Can tcb simply run next, on a context of its own? */
static inline bool has_usable_context(const struct tcb *tcb)
{
	struct sched_context *sc = tcb->sc;

	/* A round-robin context's time has always come. */
	return sc && (likely(refill_is_round_robin(sc)) ||
		      (!sc->sporadic && refill_is_ready(sc, this_core()->now)));
}

/* The handler that waits for tcb's faults, if delivering one to it is simple. */
FASTPATH_INLINE struct tcb *waiting_monitor(const struct core *core, const struct tcb *tcb)
{
	struct cap handler = tcb->slots[TCB_FAULT_HANDLER].cap;
	const struct endpoint *ep = cap_ptr(handler);
	struct tcb *monitor;

	if (unlikely(cap_type(handler) != CAP_ENDPOINT || endpoint_state(ep) != ENDPOINT_RECEIVING))
		return NULL;
	monitor = ep->head;
	if (unlikely(!monitor->reply || monitor->domain != core->domain || !core_is_here(monitor) ||
		     monitor->priority < tcb->priority ||
		     (monitor->sc && !has_usable_context(monitor))))
		return NULL;
	return monitor;
}

FASTPATH_INLINE struct tcb *deliver(struct core *core, struct tcb *current, struct tcb *monitor)
{
	struct endpoint *ep = cap_ptr(current->slots[TCB_FAULT_HANDLER].cap);
	struct reply *reply = monitor->reply;
	u64 length;

	fastpath_leave_endpoint(ep, monitor);
	length = fault_write_short(current, &monitor->context.reg[REG_MR0]);
	if (!length)
		length = fault_write_message(current, monitor, thread_ipc_buffer(monitor, true));
	monitor->context.reg[REG_BADGE] = current->slots[TCB_FAULT_HANDLER].cap.w1;
	monitor->context.reg[REG_INFO] = msginfo_make(current->fault.type, 0, 0, length);
	monitor->reply = NULL;
	monitor->state = THREAD_RUNNING;
	if (monitor->sc) {
		reply->tcb = current;
		current->reply = reply;
		current->state = THREAD_BLOCKED_REPLY;
	} else {
		reply->tcb = NULL;
		reply_push(reply, current, monitor, true);
	}
	return fastpath_switch(core, monitor);
}

struct tcb *fastpath_try_fault(struct tcb *current)
{
	struct core *core = this_core();
	struct tcb *monitor = waiting_monitor(core, current);

	if (unlikely(!monitor || !fastpath_try_entry(core)))
		return NULL;
	return deliver(core, current, monitor);
}

struct tcb *fastpath_try_deliver(struct tcb *current)
{
	struct core *core = this_core();
	struct tcb *monitor = waiting_monitor(core, current);

	if (unlikely(!monitor || core->action != SCHED_KEEP || core->reprogram ||
		     core->release_time <= core->now || core->domain_time == 0))
		return NULL;
	return deliver(core, current, monitor);
}

struct tcb *fastpath_fault_reply_recv(struct tcb *current, struct endpoint *ep,
				      struct reply *reply)
{
	struct core *core = this_core();
	struct tcb *caller = reply->tcb;
	struct sched_context *lent = reply->sc;
	bool may_run = lent ? lent == current->sc && !caller->sc && !lent->sporadic
			    : has_usable_context(caller);

	if (unlikely(!may_run || caller->state != THREAD_BLOCKED_REPLY ||
		     caller->fault.type == FAULT_TIMEOUT || caller->domain != core->domain ||
		     !core_is_here(caller) ||
		     msginfo_label(current->context.reg[REG_INFO]) || reply->next ||
		     fastpath_is_signalled(current) || !sched_is_highest(caller->priority) ||
		     !fastpath_try_entry(core)))
		return entry_syscall(current, SYS_REPLY_RECV);

	if (caller->fault.type == FAULT_UNKNOWN_SYSCALL ||
	    caller->fault.type == FAULT_USER_EXCEPTION)
		fault_read_reply(caller, current);
	caller->fault.type = FAULT_NONE;
	if (lent)
		reply_remove(reply);
	caller->reply = NULL;
	caller->context.reg[REG_ELR] = caller->context.reg[REG_FAULT_PC];
	caller->state = THREAD_RUNNING;
	fastpath_wait(ep, current, reply);
	return fastpath_switch(core, caller);
}

struct tcb *fastpath_try_recv(struct tcb *current)
{
	struct cap cap = fastpath_find_cap(current, current->context.reg[REG_CAP]);
	struct cap reply_cap = fastpath_find_cap(current, current->context.reg[REG_REPLY]);
	struct endpoint *ep = cap_ptr(cap);
	struct reply *reply = cap_ptr(reply_cap);
	struct notification *bound = current->bound_notification;
	struct core *core = this_core();
	struct tcb *next = sched_next_ready();

	if (unlikely(cap_type(cap) != CAP_ENDPOINT || !(cap_flags(cap) & RIGHT_READ) ||
		     cap_type(reply_cap) != CAP_REPLY || reply->tcb))
		return NULL;
	if (bound && bound->state == NOTIFICATION_ACTIVE) {
		current->context.reg[REG_BADGE] = bound->badge;
		bound->state = NOTIFICATION_IDLE;
		return current;
	}
	if (unlikely((bound && bound->sc && bound->sc == current->sc) ||
		     endpoint_state(ep) == ENDPOINT_SENDING || !next || next->yield_to ||
		     !fastpath_try_entry(core)))
		return NULL;

	fastpath_wait(ep, current, reply);
	sched_dequeue(next);
	if (next->state == THREAD_RESTART) {
		next->context.reg[REG_ELR] = next->context.reg[REG_FAULT_PC];
		next->state = THREAD_RUNNING;
	}
	return fastpath_switch(core, next);
}

/* Who would wake, if the notification is signalled now. */
static inline struct tcb *sleeper(const struct notification *ntfn)
{
	if (ntfn->state == NOTIFICATION_WAITING)
		return ntfn->head;
	if (ntfn->bound_tcb && ntfn->bound_tcb->state == THREAD_BLOCKED_RECEIVE)
		return ntfn->bound_tcb;
	return NULL;
}

/* tcb leaves what it waits in and has the badge. */
static void wake(struct tcb *tcb, u64 badge)
{
	if (tcb->state == THREAD_BLOCKED_NOTIFICATION)
		notification_remove(tcb->blocked_on, tcb);
	else
		endpoint_remove(tcb->blocked_on, tcb);
	if (tcb->state == THREAD_BLOCKED_RECEIVE && tcb->reply) {
		tcb->reply->tcb = NULL;
		tcb->reply = NULL;
	}
	tcb->context.reg[REG_BADGE] = badge;
	tcb->state = THREAD_RUNNING;
}

struct tcb *fastpath_try_signal(struct tcb *current)
{
	struct core *core = this_core();
	struct cap cap = fastpath_find_cap(current, current->context.reg[REG_CAP]);
	struct notification *ntfn = cap_ptr(cap);
	struct tcb *tcb;

	if (unlikely(cap_type(cap) != CAP_NOTIFICATION || !(cap_flags(cap) & RIGHT_WRITE) ||
		     msginfo_extra_caps(current->context.reg[REG_INFO])))
		return NULL;
	if (ntfn->state == NOTIFICATION_ACTIVE) {
		ntfn->badge |= cap.w1;
		return current;
	}
	tcb = sleeper(ntfn);
	if (!tcb) {
		ntfn->state = NOTIFICATION_ACTIVE;
		ntfn->badge = cap.w1;
		return current;
	}

	if (unlikely(tcb->domain != core->domain || !core_is_here(tcb) ||
		     !has_usable_context(tcb)))
		return NULL;
	if (tcb->priority > current->priority) {
		if (unlikely(!fastpath_try_entry(core)))
			return NULL;
		wake(tcb, cap.w1);
		sched_enqueue(current);
		return fastpath_switch(core, tcb);
	}
	wake(tcb, cap.w1);
	if (tcb->priority == current->priority)
		sched_append(tcb);
	else
		sched_enqueue(tcb);
	return current;
}

bool fastpath_try_resume(struct tcb *current, struct tcb *tcb)
{
	struct reply *reply = tcb->reply;

	if (unlikely(tcb->state != THREAD_BLOCKED_REPLY || reply->sc || reply->next ||
		     reply->prev || tcb->priority >= current->priority || !core_is_here(tcb) ||
		     !has_usable_context(tcb)))
		return false;
	reply->tcb = NULL;
	tcb->reply = NULL;
	tcb->fault.type = FAULT_NONE;
	tcb->context.reg[REG_ELR] = tcb->context.reg[REG_FAULT_PC];
	tcb->state = THREAD_RUNNING;
	sched_enqueue(tcb);
	return true;
}
