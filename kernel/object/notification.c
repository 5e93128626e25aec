// SPDX-License-Identifier: BSD-2-Clause
/*
 * Notifications: a word of pending bits that threads wait for, directly or, when bound, in a
 * receive on any endpoint. Called by system calls, interrupts and deletion.
 *
 * What always holds: WAITING exactly when the queue is not empty; a bound notification has no
 * queue.
 */

#include "ipc.h"

#include "sched_context.h"

static void set_queue(struct notification *ntfn, struct tcb_queue queue)
{
	ntfn->head = queue.head;
	ntfn->tail = queue.tail;
	ntfn->state = queue.head ? NOTIFICATION_WAITING : NOTIFICATION_IDLE;
}

static void append(struct notification *ntfn, struct tcb *tcb)
{
	struct tcb_queue queue = { ntfn->head, ntfn->tail };

	queue_insert_by_priority(&queue, tcb);
	set_queue(ntfn, queue);
}

void notification_remove(struct notification *ntfn, struct tcb *tcb)
{
	struct tcb_queue queue = { ntfn->head, ntfn->tail };

	queue_remove(&queue, tcb);
	set_queue(ntfn, queue);
}

void notification_reorder(struct notification *ntfn, struct tcb *tcb)
{
	notification_remove(ntfn, tcb);
	append(ntfn, tcb);
}

/* A thread without a context runs on the notification's, if that is free. */
static void lend_context(struct notification *ntfn, struct tcb *tcb)
{
	struct sched_context *sc = ntfn->sc;

	if (tcb->sc || !sc || sc->tcb)
		return;
	sched_context_donate(sc, tcb);
	sched_context_resume(sc);
}

void notification_return_context(struct notification *ntfn, struct tcb *tcb)
{
	struct sched_context *sc = ntfn->sc;

	if (!sc || sc != tcb->sc)
		return;
	tcb->sc = NULL;
	sc->tcb = NULL;
}

static void wake(struct notification *ntfn, struct tcb *tcb, u64 badge)
{
	tcb->state = THREAD_RUNNING;
	tcb->context.reg[REG_BADGE] = badge;
	lend_context(ntfn, tcb);
	if (sched_is_schedulable(tcb))
		sched_possible_switch(tcb);
	sched_context_wake(tcb->sc);
}

void notification_signal(struct notification *ntfn, u64 badge)
{
	struct tcb *tcb;

	switch (ntfn->state) {
	case NOTIFICATION_IDLE:
		tcb = ntfn->bound_tcb;
		if (tcb && tcb->state == THREAD_BLOCKED_RECEIVE) {
			thread_cancel_ipc(tcb);
			wake(ntfn, tcb, badge);
		} else {
			ntfn->state = NOTIFICATION_ACTIVE;
			ntfn->badge = badge;
		}
		break;
	case NOTIFICATION_WAITING:
		tcb = ntfn->head;
		notification_remove(ntfn, tcb);
		wake(ntfn, tcb, badge);
		break;
	case NOTIFICATION_ACTIVE:
		ntfn->badge |= badge;
		break;
	}
}

void notification_take(struct notification *ntfn, struct tcb *tcb)
{
	tcb->context.reg[REG_BADGE] = ntfn->badge;
	ntfn->state = NOTIFICATION_IDLE;
	lend_context(ntfn, tcb);
	sched_context_wake(tcb->sc);
}

void notification_wait(struct notification *ntfn, struct tcb *tcb, bool blocking)
{
	if (ntfn->state == NOTIFICATION_ACTIVE) {
		notification_take(ntfn, tcb);
	} else if (blocking) {
		tcb->state = THREAD_BLOCKED_NOTIFICATION;
		tcb->blocked_on = ntfn;
		append(ntfn, tcb);
		notification_return_context(ntfn, tcb);
	} else {
		tcb->context.reg[REG_BADGE] = 0;
	}
}

void notification_bind(struct notification *ntfn, struct tcb *tcb)
{
	ntfn->bound_tcb = tcb;
	tcb->bound_notification = ntfn;
}

void notification_unbind(struct tcb *tcb)
{
	if (!tcb->bound_notification)
		return;
	tcb->bound_notification->bound_tcb = NULL;
	tcb->bound_notification = NULL;
}

void notification_finalise(struct notification *ntfn)
{
	bool had_waiters = ntfn->head;

	if (ntfn->sc)
		sched_context_unbind_notification(ntfn->sc);
	if (ntfn->bound_tcb)
		notification_unbind(ntfn->bound_tcb);
	while (ntfn->head) {
		struct tcb *tcb = ntfn->head;

		notification_remove(ntfn, tcb);
		tcb->state = THREAD_RESTART;
		sched_context_wake(tcb->sc);
		sched_possible_switch(tcb);
	}
	if (had_waiters)
		sched_need_choose();
}
