// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lists of threads linked through tcb->next and tcb->prev: ready queues, the release queue, and the
 * queues of endpoints and notifications. A thread is in at most one list at a time; callers know
 * which. No list here is ever walked without a bound by user-visible length except to insert by
 * priority, as the API demands of endpoints.
 */

#include "core.h"

void queue_prepend(struct tcb_queue *queue, struct tcb *tcb)
{
	tcb->prev = NULL;
	tcb->next = queue->head;
	if (queue->head)
		queue->head->prev = tcb;
	else
		queue->tail = tcb;
	queue->head = tcb;
}

void queue_append(struct tcb_queue *queue, struct tcb *tcb)
{
	tcb->next = NULL;
	tcb->prev = queue->tail;
	if (queue->tail)
		queue->tail->next = tcb;
	else
		queue->head = tcb;
	queue->tail = tcb;
}

void queue_insert_before(struct tcb_queue *queue, struct tcb *tcb, struct tcb *successor)
{
	if (!successor) {
		queue_append(queue, tcb);
	} else if (!successor->prev) {
		queue_prepend(queue, tcb);
	} else {
		tcb->prev = successor->prev;
		tcb->next = successor;
		successor->prev->next = tcb;
		successor->prev = tcb;
	}
}

void queue_insert_by_priority(struct tcb_queue *queue, struct tcb *tcb)
{
	struct tcb *last = queue->tail;

	while (last && last->priority < tcb->priority)
		last = last->prev;
	queue_insert_before(queue, tcb, last ? last->next : queue->head);
}

void queue_remove(struct tcb_queue *queue, struct tcb *tcb)
{
	if (tcb->prev)
		tcb->prev->next = tcb->next;
	else
		queue->head = tcb->next;
	if (tcb->next)
		tcb->next->prev = tcb->prev;
	else
		queue->tail = tcb->prev;
	tcb->next = NULL;
	tcb->prev = NULL;
}
