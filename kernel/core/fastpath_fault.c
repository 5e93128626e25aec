// SPDX-License-Identifier: BSD-2-Clause
/*
 * The short ways that a monitor and its vCPU take on every exit: delivering a fault to a waiting
 * handler, answering one and waiting for the next, waiting alone, and signals that wake nobody. Like
 * core/fastpath.c nothing here is semantics: the general way gives the same result.
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

	return sc && !sc->sporadic && refill_is_ready(sc, this_core()->now);
}

struct tcb *fastpath_try_fault(struct tcb *current)
{
	struct core *core = this_core();
	struct cap handler = current->slots[TCB_FAULT_HANDLER].cap;
	struct endpoint *ep = cap_ptr(handler);
	struct ipc_buffer *buffer = NULL;
	struct reply *reply;
	struct tcb *monitor;
	u64 length;

	if (unlikely(cap_type(handler) != CAP_ENDPOINT || endpoint_state(ep) != ENDPOINT_RECEIVING))
		return NULL;
	monitor = ep->head;
	reply = monitor->reply;
	if (unlikely(!reply || monitor->domain != core->domain ||
		     monitor->priority < current->priority ||
		     (monitor->sc && !has_usable_context(monitor)) || !fastpath_try_entry(core)))
		return NULL;

	fastpath_leave_endpoint(ep, monitor);
	if (current->fault.type == FAULT_UNKNOWN_SYSCALL ||
	    current->fault.type == FAULT_USER_EXCEPTION)
		buffer = thread_ipc_buffer(monitor, true);
	length = fault_write_message(current, monitor, buffer);
	monitor->context.reg[REG_BADGE] = handler.w1;
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
	struct core *core = this_core();
	struct tcb *next = sched_next_ready();

	if (unlikely(cap_type(cap) != CAP_ENDPOINT || !(cap_flags(cap) & RIGHT_READ) ||
		     cap_type(reply_cap) != CAP_REPLY || reply->tcb ||
		     endpoint_state(ep) == ENDPOINT_SENDING || !next || next->yield_to ||
		     fastpath_is_signalled(current) || !fastpath_try_entry(core)))
		return NULL;

	fastpath_wait(ep, current, reply);
	sched_dequeue(next);
	if (next->state == THREAD_RESTART) {
		next->context.reg[REG_ELR] = next->context.reg[REG_FAULT_PC];
		next->state = THREAD_RUNNING;
	}
	return fastpath_switch(core, next);
}

struct tcb *fastpath_try_signal(struct tcb *current)
{
	struct cap cap = fastpath_find_cap(current, current->context.reg[REG_CAP]);
	struct notification *ntfn = cap_ptr(cap);

	if (unlikely(cap_type(cap) != CAP_NOTIFICATION || !(cap_flags(cap) & RIGHT_WRITE)))
		return NULL;
	if (ntfn->state == NOTIFICATION_ACTIVE) {
		ntfn->badge |= cap.w1;
		return current;
	}
	if (ntfn->state == NOTIFICATION_WAITING ||
	    (ntfn->bound_tcb && ntfn->bound_tcb->state == THREAD_BLOCKED_RECEIVE))
		return NULL;
	ntfn->state = NOTIFICATION_ACTIVE;
	ntfn->badge = cap.w1;
	return current;
}

bool fastpath_try_resume(struct tcb *current, struct tcb *tcb)
{
	struct reply *reply = tcb->reply;

	if (unlikely(tcb->state != THREAD_BLOCKED_REPLY || reply->sc || reply->next || reply->prev ||
		     tcb->priority >= current->priority || !has_usable_context(tcb)))
		return false;
	reply->tcb = NULL;
	tcb->reply = NULL;
	tcb->fault.type = FAULT_NONE;
	tcb->context.reg[REG_ELR] = tcb->context.reg[REG_FAULT_PC];
	tcb->state = THREAD_RUNNING;
	sched_enqueue(tcb);
	return true;
}
