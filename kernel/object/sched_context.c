// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scheduling contexts: the right to run for a budget in every period. This file binds them to
 * threads and notifications, lends them along calls, reports consumed time, and decodes the
 * invocations of a SchedContext cap. Budgets are core/refill.c; parameters are sched_control.c.
 *
 * What always holds: sc->tcb and tcb->sc point at each other, as do sc->notification and ntfn->sc,
 * and sc->reply and reply->sc.
 */

#include "sched_context.h"

#include "arch.h"
#include "ipc.h"
#include "refill.h"

void sched_context_wake(struct sched_context *sc)
{
	struct core *core = this_core();

	if (sc && sc->sporadic && sc != core->sc && refill_unblock(sc, core->now))
		core->reprogram = true;
}

void sched_context_resume(struct sched_context *sc)
{
	if (!sc || !sched_is_schedulable(sc->tcb))
		return;
	if (!refill_is_ready(sc, this_core()->now) || !refill_is_sufficient(sc, 0))
		sched_postpone(sc);
}

void sched_context_bind_tcb(struct sched_context *sc, struct tcb *tcb)
{
	tcb->sc = sc;
	sc->tcb = tcb;
	core_migrate(tcb, sc->core);
	if (sc->refill_max)
		sched_context_wake(sc);
	sched_context_resume(sc);
	if (sched_is_schedulable(tcb)) {
		sched_enqueue(tcb);
		sched_need_choose();
	}
}

/* Whatever the thread was about to do with sc is off: it has no time any more. */
static void detach(struct sched_context *sc)
{
	struct core *core = this_core();
	struct tcb *tcb = sc->tcb;

	core_stall(tcb);
	sched_dequeue(tcb);
	sched_release_remove(tcb);
	tcb->sc = NULL;
	sc->tcb = NULL;
	if (tcb == core->current || (core->action == SCHED_SWITCH && tcb == core->candidate))
		sched_need_choose();
}

void sched_context_unbind_tcb(struct sched_context *sc)
{
	if (sc->tcb)
		detach(sc);
}

void sched_context_donate(struct sched_context *sc, struct tcb *to)
{
	struct core *core = this_core();
	struct tcb *from = sc->tcb;

	if (from) {
		core_stall(from);
		sched_dequeue(from);
		sched_release_remove(from);
		from->sc = NULL;
		if (core->action == SCHED_SWITCH && from == core->candidate)
			core->action = SCHED_CHOOSE;
	}
	sc->tcb = to;
	to->sc = sc;
	core_migrate(to, sc->core);
}

void sched_context_unbind_notification(struct sched_context *sc)
{
	if (!sc->notification)
		return;
	sc->notification->sc = NULL;
	sc->notification = NULL;
}

static void unbind_reply(struct sched_context *sc)
{
	if (!sc->reply)
		return;
	sc->reply->sc = NULL;
	sc->reply = NULL;
}

static void unbind_all(struct sched_context *sc)
{
	sched_context_unbind_tcb(sc);
	sched_context_unbind_notification(sc);
	unbind_reply(sc);
}

void sched_context_finalise(struct sched_context *sc)
{
	unbind_all(sc);
	if (sc->yield_from)
		sched_context_complete_yield(sc->yield_from);
	sc->refill_max = 0;
	sc->sporadic = false;
}

/* ---- consumed time and YieldTo ---- */

u64 sched_context_take_consumed(struct sched_context *sc)
{
	ticks_t consumed = sc->consumed;

	sc->consumed = 0;
	return arch_ticks_to_us(consumed);
}

void sched_context_cancel_yield(struct tcb *yielder)
{
	if (!yielder->yield_to)
		return;
	yielder->yield_to->yield_from = NULL;
	yielder->yield_to = NULL;
}

/* The answer to a YieldTo comes when the caller runs again: it is not known before. */
void sched_context_complete_yield(struct tcb *yielder)
{
	u64 length;

	if (!yielder->yield_to)
		return;
	yielder->context.reg[REG_BADGE] = 0;
	length = message_set(yielder, thread_ipc_buffer(yielder, true), 0,
			     sched_context_take_consumed(yielder->yield_to));
	yielder->context.reg[REG_INFO] = msginfo_make(0, 0, 0, length);
	sched_context_cancel_yield(yielder);
}

static enum error decode_yield_to(struct invocation *inv, struct sched_context *sc)
{
	struct tcb *caller = inv->caller;
	struct tcb *tcb = sc->tcb;

	if (!tcb || tcb == caller || tcb->priority > caller->mcp || caller->yield_to)
		return err_illegal();

	if (sc->yield_from)
		sched_context_complete_yield(sc->yield_from);
	sched_context_resume(sc);
	if (!sched_is_schedulable(tcb)) {
		inv_set_mr(inv, 0, sched_context_take_consumed(sc));
	} else if (tcb->priority < caller->priority || !core_is_here(tcb)) {
		sched_dequeue(tcb);
		sched_enqueue(tcb);
		inv_set_mr(inv, 0, sched_context_take_consumed(sc));
	} else {
		caller->yield_to = sc;
		sc->yield_from = caller;
		sched_dequeue(tcb);
		sched_enqueue(caller);
		sched_enqueue(tcb);
		sched_need_choose();
	}
	return OK;
}

/* ---- the other invocations ---- */

static enum error bind_tcb(struct sched_context *sc, struct tcb *tcb)
{
	bool is_usable = sc->refill_max && refill_is_ready(sc, this_core()->now);

	if (sc->tcb || tcb->sc)
		return err_illegal();
	/* A blocked thread may be woken by anyone at any time: its context must be usable then. */
	if (thread_is_blocked(tcb) && !is_usable)
		return err_illegal();
	sched_context_bind_tcb(sc, tcb);
	return OK;
}

static enum error bind_notification(struct sched_context *sc, struct notification *ntfn)
{
	if (sc->notification || ntfn->sc)
		return err_illegal();
	ntfn->sc = sc;
	sc->notification = ntfn;
	return OK;
}

static enum error decode_bind(struct invocation *inv, struct sched_context *sc)
{
	struct cap cap;

	if (inv->extra_count < 1)
		return err_truncated();
	cap = inv->extra[0]->cap;
	switch (cap_type(cap)) {
	case CAP_TCB:
		return bind_tcb(sc, cap_ptr(cap));
	case CAP_NOTIFICATION:
		return bind_notification(sc, cap_ptr(cap));
	default:
		return err_invalid_cap(1);
	}
}

static enum error decode_unbind_object(struct invocation *inv, struct sched_context *sc)
{
	struct cap cap;

	if (inv->extra_count < 1)
		return err_truncated();
	cap = inv->extra[0]->cap;
	switch (cap_type(cap)) {
	case CAP_TCB:
		if (sc->tcb != cap_ptr(cap) || sc->tcb == inv->caller)
			return err_illegal();
		sched_context_unbind_tcb(sc);
		return OK;
	case CAP_NOTIFICATION:
		if (sc->notification != cap_ptr(cap))
			return err_illegal();
		sched_context_unbind_notification(sc);
		return OK;
	default:
		return err_invalid_cap(1);
	}
}

enum error sched_context_decode(struct invocation *inv)
{
	struct sched_context *sc = cap_ptr(inv->cap);

	/* Its consumed time must be known, and its thread must not run while that changes. */
	if (sc->tcb)
		core_stall(sc->tcb);
	switch (inv->label) {
	case LABEL_SCHED_CONTEXT_CONSUMED:
		inv_set_mr(inv, 0, sched_context_take_consumed(sc));
		return OK;
	case LABEL_SCHED_CONTEXT_BIND:
		return decode_bind(inv, sc);
	case LABEL_SCHED_CONTEXT_UNBIND_OBJECT:
		return decode_unbind_object(inv, sc);
	case LABEL_SCHED_CONTEXT_UNBIND:
		if (sc->tcb == inv->caller)
			return err_illegal();
		unbind_all(sc);
		return OK;
	case LABEL_SCHED_CONTEXT_YIELD_TO:
		return decode_yield_to(inv, sc);
	default:
		return err_illegal();
	}
}
