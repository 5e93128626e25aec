/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fastpaths share (core/fastpath.c: Call and ReplyRecv; core/fastpath_fault.c: faults, their
 * replies, Recv, Signal). Each try_ function either does the whole job and returns the thread to run,
 * or has changed nothing and returns NULL.
 */
#pragma once

#include "core.h"
#include "ipc.h"

struct tcb *fastpath_try_fault(struct tcb *current);
struct tcb *fastpath_try_recv(struct tcb *current);
struct tcb *fastpath_try_signal(struct tcb *current);
/* ReplyRecv whose reply answers a fault; the caps have been checked. Falls back by itself. */
struct tcb *fastpath_fault_reply_recv(struct tcb *current, struct endpoint *ep,
				      struct reply *reply);

/* The common case of a lookup: one CNode that resolves the whole word. */
static inline struct cap fastpath_find_cap(const struct tcb *tcb, u64 cptr)
{
	struct cap node = tcb->slots[TCB_CSPACE].cap;
	u32 radix = cap_bits(node);

	if (unlikely(cap_type(node) != CAP_CNODE || radix + cnode_guard_size(node) != 64 ||
		     cptr >> radix != cnode_guard(node)))
		return cap_null();
	return ((const struct slot *)cap_ptr(node))[cptr & MASK(radix)].cap;
}

/* first, the head of ep's queue, leaves it. */
static inline void fastpath_leave_endpoint(struct endpoint *ep, struct tcb *first)
{
	ep->head = first->next;
	if (unlikely(ep->head))
		ep->head->prev = NULL;
	else
		ep->tail = ENDPOINT_IDLE;
	first->next = NULL;
}

/* tcb waits on ep and offers reply. */
static inline void fastpath_wait(struct endpoint *ep, struct tcb *tcb, struct reply *reply)
{
	reply->tcb = tcb;
	tcb->reply = reply;
	tcb->blocked_on = ep;
	tcb->state = THREAD_BLOCKED_RECEIVE;
	if (unlikely(ep->head)) {
		endpoint_append(ep, tcb, ENDPOINT_RECEIVING);
		return;
	}
	ep->head = tcb;
	ep->tail = (u64)tcb | ENDPOINT_RECEIVING;
	tcb->next = NULL;
	tcb->prev = NULL;
}

/* A signal waits for tcb, or it runs on a signal's context: receiving has more to do. */
static inline bool fastpath_is_signalled(const struct tcb *tcb)
{
	const struct notification *bound = tcb->bound_notification;

	return bound && (bound->state == NOTIFICATION_ACTIVE || (bound->sc && bound->sc == tcb->sc));
}
