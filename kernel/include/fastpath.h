/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fastpaths share (core/fastpath.c: Call and ReplyRecv; core/fastpath_fault.c: faults,
 * their replies, Recv, Signal). Each try_ function either does the whole job and returns the thread
 * to run, or has changed nothing and returns NULL.
 */
#pragma once

#include "arch.h"
#include "core.h"
#include "ipc.h"
#include "refill.h"

#include <arch/switch.h>

struct tcb *fastpath_try_fault(struct tcb *current);
/* The same in an entry that has noted the time already and changed nothing else. */
struct tcb *fastpath_try_deliver(struct tcb *current);
struct tcb *fastpath_try_recv(struct tcb *current);
struct tcb *fastpath_try_signal(struct tcb *current);
/* Call of a TCB cap that reads or writes registers (object/tcb_registers.c). */
struct tcb *fastpath_try_registers(struct tcb *current, struct tcb *tcb);
/* ReplyRecv whose reply answers a fault; the caps have been checked. Falls back by itself. */
struct tcb *fastpath_fault_reply_recv(struct tcb *current, struct endpoint *ep,
				      struct reply *reply);

/* Always empty: what a lookup that is not the common case finds. */
extern struct slot fastpath_no_slot;

/* The common case of a lookup: one CNode that resolves the whole word. */
static inline struct slot *fastpath_find_slot(const struct tcb *tcb, u64 cptr)
{
	struct cap node = tcb->slots[TCB_CSPACE].cap;
	u32 radix = cap_bits(node);

	if (unlikely(cap_type(node) != CAP_CNODE || radix + cnode_guard_size(node) != 64 ||
		     cptr >> radix != cnode_guard(node)))
		return &fastpath_no_slot;
	return (struct slot *)cap_ptr(node) + (cptr & MASK(radix));
}

static inline struct cap fastpath_find_cap(const struct tcb *tcb, u64 cptr)
{
	return fastpath_find_slot(tcb, cptr)->cap;
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

	return bound &&
	       (bound->state == NOTIFICATION_ACTIVE || (bound->sc && bound->sc == tcb->sc));
}

/*
 * Let tcb, which waits for the reply to its fault, go on from FAULT_PC: queued behind current,
 * which is more important. False if resuming it takes more than that.
 */
bool fastpath_try_resume(struct tcb *current, struct tcb *tcb);

#define FASTPATH_INLINE static inline __attribute__((always_inline))

/*
 * Note the time like an ordinary entry, if current has the budget, its domain the time, and
 * nobody's release is due, which is what the timer was set to watch. Otherwise nothing has changed
 * and the general way must be taken.
 */
FASTPATH_INLINE bool fastpath_try_entry(struct core *core)
{
	ticks_t now = arch_timer_now();
	ticks_t passed = now - core->now;

	if (unlikely(now + refill_limits.min_budget >= core->deadline))
		return false;
	core->now = now;
	core->consumed += passed;
	core->domain_time -= passed;
	return true;
}

/*
 * Leave to `to`, as sched_switch_now() does. Between two round-robin contexts that is: charge the
 * one, and let the timer fire when the other is used up, unless something else comes first.
 */
FASTPATH_INLINE struct tcb *fastpath_switch(struct core *core, struct tcb *to)
{
	struct sched_context *from = core->sc, *next = to->sc;
	ticks_t deadline;

	if (from != next) {
		if (unlikely(!refill_is_round_robin(from) || !refill_is_round_robin(next)))
			return sched_switch_now(to);
		refill_charge_round_robin(from, core->consumed);
		from->consumed += core->consumed;
		core->consumed = 0;
		core->sc = next;
		deadline = core->now + min_u64(core->domain_time,
					       next->refills[REFILL_LEFT].amount);
		core->deadline = min_u64(deadline, core->release_time);
		arch_timer_set_deadline(core->deadline - arch_timer_precision(), core->now);
	}
	core->current = to;
	arch_switch_now(to);
	return to;
}
