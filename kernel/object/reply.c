// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reply objects: each remembers one caller. The callers along one chain of calls form a stack that
 * travels with the scheduling context they lent, so that the context finds its way back even when
 * the servers in between reply in another order or vanish.
 *
 * What always holds: reply->tcb->reply == reply; the newest reply of a chain has sc, with
 * sc->reply == reply; prev and next are each other's inverse.
 */

#include "arch.h"
#include "core.h"
#include "fault.h"
#include "ipc.h"
#include "refill.h"
#include "sched_context.h"

void reply_unlink(struct reply *reply)
{
	struct tcb *tcb = reply->tcb;

	reply->tcb = NULL;
	tcb->reply = NULL;
	tcb->state = THREAD_INACTIVE;
}

void reply_push(struct reply *reply, struct tcb *caller, struct tcb *callee, bool can_donate)
{
	struct sched_context *sc = caller->sc;

	reply->tcb = caller;
	caller->reply = reply;
	caller->state = THREAD_BLOCKED_REPLY;
	if (!sc || callee->sc || !can_donate)
		return;

	reply->prev = sc->reply;
	if (reply->prev) {
		reply->prev->sc = NULL;
		reply->prev->next = reply;
	}
	reply->sc = sc;
	sc->reply = reply;
	sched_context_donate(sc, callee);
}

/* The newest caller of a chain: its context goes back, unless the caller has got another since. */
static void pop(struct reply *reply)
{
	struct sched_context *sc = reply->sc;
	struct reply *prev = reply->prev;

	sc->reply = prev;
	if (prev) {
		prev->next = NULL;
		prev->sc = sc;
	}
	reply->sc = NULL;
	reply->prev = NULL;
	if (!reply->tcb->sc)
		sched_context_donate(sc, reply->tcb);
	reply_unlink(reply);
}

/* Elsewhere in a chain, or in none: the chain breaks here. */
static void cut(struct reply *reply)
{
	if (reply->next)
		reply->next->prev = NULL;
	if (reply->prev)
		reply->prev->next = NULL;
	reply->next = NULL;
	reply->prev = NULL;
	reply_unlink(reply);
}

void reply_remove(struct reply *reply)
{
	if (reply->sc)
		pop(reply);
	else
		cut(reply);
}

void reply_remove_caller(struct tcb *caller)
{
	struct reply *reply = caller->reply;

	if (reply->sc) {
		reply->sc->reply = NULL;
		reply->sc = NULL;
	}
	cut(reply);
}

void reply_finalise(struct reply *reply)
{
	struct tcb *tcb = reply->tcb;

	if (!tcb)
		return;
	if (tcb->state == THREAD_BLOCKED_REPLY)
		reply_remove(reply);
	else
		thread_cancel_ipc(tcb);
}

/* The caller is runnable again: does it have the time to run? */
static void release_caller(struct tcb *caller, enum fault_type answered)
{
	struct sched_context *sc = caller->sc;

	if (!sc || !thread_is_runnable(caller))
		return;
	if (refill_is_ready(sc, this_core()->now) && refill_is_sufficient(sc, 0))
		sched_possible_switch(caller);
	else if (fault_has_timeout_handler(caller) && answered != FAULT_TIMEOUT)
		fault_deliver_timeout(caller);
	else
		sched_postpone(sc);
}

void reply_send(struct reply *reply, struct tcb *sender, bool can_grant)
{
	struct tcb *caller = reply->tcb;
	enum fault_type answered;

	if (!caller || caller->state != THREAD_BLOCKED_REPLY)
		return;
	reply_remove(reply);
	sched_context_wake(caller->sc);

	answered = caller->fault.type;
	if (answered == FAULT_NONE) {
		message_transfer(sender, NULL, 0, can_grant, caller);
		caller->state = THREAD_RUNNING;
	} else {
		bool restart = fault_read_reply(caller, sender);

		caller->fault.type = FAULT_NONE;
		caller->state = restart ? THREAD_RESTART : THREAD_INACTIVE;
	}
	release_caller(caller, answered);
}
