// SPDX-License-Identifier: BSD-2-Clause
/*
 * Endpoints: where a sender and a receiver meet. Called by the system calls, by fault delivery, and
 * when caps are deleted.
 *
 * What always holds: an endpoint's queue holds only senders or only receivers, sorted by priority,
 * first come first served within one; the state is IDLE exactly when the queue is empty.
 */

#include "ipc.h"

#include "sched_context.h"

static struct tcb_queue get_queue(const struct endpoint *ep)
{
	return (struct tcb_queue){ ep->head, (struct tcb *)(ep->tail & ~3ull) };
}

static void set_queue(struct endpoint *ep, struct tcb_queue queue, enum endpoint_state state)
{
	ep->head = queue.head;
	ep->tail = (u64)queue.tail | (queue.head ? state : ENDPOINT_IDLE);
}

void endpoint_append(struct endpoint *ep, struct tcb *tcb, enum endpoint_state state)
{
	struct tcb_queue queue = get_queue(ep);

	queue_insert_by_priority(&queue, tcb);
	set_queue(ep, queue, state);
}

void endpoint_remove(struct endpoint *ep, struct tcb *tcb)
{
	struct tcb_queue queue = get_queue(ep);

	queue_remove(&queue, tcb);
	set_queue(ep, queue, endpoint_state(ep));
}

void endpoint_reorder(struct endpoint *ep, struct tcb *tcb)
{
	enum endpoint_state state = endpoint_state(ep);

	endpoint_remove(ep, tcb);
	endpoint_append(ep, tcb, state);
}

static void block_sender(struct endpoint *ep, struct tcb *sender, struct send_params p)
{
	sender->state = THREAD_BLOCKED_SEND;
	sender->blocked_on = ep;
	sender->badge = p.badge;
	sender->can_grant = p.can_grant;
	sender->can_grant_reply = p.can_grant_reply;
	sender->is_call = p.call;
	endpoint_append(ep, sender, ENDPOINT_SENDING);
}

void endpoint_send(struct endpoint *ep, struct tcb *sender, struct send_params p)
{
	struct tcb *receiver = ep->head;
	struct reply *reply;

	if (endpoint_state(ep) != ENDPOINT_RECEIVING) {
		if (p.blocking)
			block_sender(ep, sender, p);
		return;
	}

	endpoint_remove(ep, receiver);
	message_transfer(sender, ep, p.badge, p.can_grant, receiver);
	reply = receiver->reply;
	if (reply)
		reply_unlink(reply);
	if (p.call || sender->fault.type != FAULT_NONE) {
		if (reply && (p.can_grant || p.can_grant_reply))
			reply_push(reply, sender, receiver, p.can_donate);
		else
			sender->state = THREAD_INACTIVE;
	} else if (p.can_donate && !receiver->sc) {
		sched_context_donate(sender->sc, receiver);
	}
	receiver->state = THREAD_RUNNING;
	sched_context_wake(receiver->sc);
	sched_possible_switch(receiver);
}

static void block_receiver(struct endpoint *ep, struct tcb *receiver, struct reply *reply)
{
	receiver->state = THREAD_BLOCKED_RECEIVE;
	receiver->blocked_on = ep;
	receiver->reply = reply;
	if (reply)
		reply->tcb = receiver;
	endpoint_append(ep, receiver, ENDPOINT_RECEIVING);
}

static void take_sender(struct endpoint *ep, struct tcb *receiver, struct reply *reply)
{
	struct tcb *sender = ep->head;
	bool may_reply = sender->can_grant || sender->can_grant_reply;

	endpoint_remove(ep, sender);
	message_transfer(sender, ep, sender->badge, sender->can_grant, receiver);
	sched_context_wake(sender->sc);
	if (sender->is_call || sender->fault.type != FAULT_NONE) {
		/* A timeout's context has nothing left to lend. */
		if (reply && may_reply)
			reply_push(reply, sender, receiver,
				   sender->sc && sender->fault.type != FAULT_TIMEOUT);
		else
			sender->state = THREAD_INACTIVE;
	} else {
		sender->state = THREAD_RUNNING;
		sched_possible_switch(sender);
	}
}

void endpoint_receive(struct endpoint *ep, struct tcb *receiver, bool blocking,
		      struct reply *reply)
{
	struct notification *bound = receiver->bound_notification;

	/* The reply object is still in use: whoever waits on it loses. */
	if (reply && unlikely(reply->tcb && reply->tcb != receiver))
		thread_cancel_ipc(reply->tcb);

	if (bound && bound->state == NOTIFICATION_ACTIVE) {
		notification_take(bound, receiver);
		return;
	}
	/* To wait passively, give back what a signal brought. */
	if (bound && blocking)
		notification_return_context(bound, receiver);

	if (endpoint_state(ep) == ENDPOINT_SENDING)
		take_sender(ep, receiver, reply);
	else if (blocking)
		block_receiver(ep, receiver, reply);
	else
		receiver->context.reg[REG_BADGE] = 0;
}

/* Take a waiting thread out; it repeats its system call, unless it waits with a fault. */
static void restart_waiter(struct endpoint *ep, struct tcb *tcb)
{
	endpoint_remove(ep, tcb);
	if (tcb->state == THREAD_BLOCKED_RECEIVE && tcb->reply)
		reply_unlink(tcb->reply);
	if (tcb->fault.type != FAULT_NONE) {
		tcb->state = THREAD_INACTIVE;
		return;
	}
	tcb->state = THREAD_RESTART;
	sched_context_wake(tcb->sc);
	sched_possible_switch(tcb);
}

void endpoint_cancel_all(struct endpoint *ep)
{
	if (!ep->head)
		return;
	while (ep->head)
		restart_waiter(ep, ep->head);
	sched_need_choose();
}

void endpoint_cancel_badged_sends(struct endpoint *ep, u64 badge)
{
	struct tcb *tcb, *next;

	if (endpoint_state(ep) != ENDPOINT_SENDING)
		return;
	for (tcb = ep->head; tcb; tcb = next) {
		next = tcb->next;
		if (tcb->badge == badge)
			restart_waiter(ep, tcb);
	}
	sched_need_choose();
}
