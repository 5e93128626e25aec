// SPDX-License-Identifier: BSD-2-Clause
/*
 * SchedControl: the right to give scheduling contexts a budget and a period on one core.
 */

#include "arch.h"
#include "refill.h"
#include "sched_context.h"

#define FLAG_SPORADIC 1ull
#define MIN_BUDGET_US (2 * KERNEL_WCET_US)

struct sched_params {
	ticks_t budget;
	ticks_t period;
	u32 refill_max;
	u64 badge;
	bool sporadic;
	u8 core;
};

static void configure(struct sched_context *sc, struct sched_params p)
{
	struct core *core = this_core();
	struct tcb *tcb = sc->tcb;

	if (tcb) {
		core_stall(tcb);
		/* What queues are sorted by changes; time so far is charged by the old rules. */
		sched_release_remove(tcb);
		sched_dequeue(tcb);
		if (core->sc == sc) {
			sched_commit_time();
			core->reprogram = true;
		}
	}

	if (p.budget == p.period)
		refill_new(sc, REFILL_MIN_COUNT, p.budget, 0, core->now);
	else if (sc->core == p.core && sc->refill_max && tcb && thread_is_runnable(tcb))
		refill_update(sc, p.refill_max, p.budget, p.period, core->now);
	else
		refill_new(sc, p.refill_max, p.budget, p.period, core->now);

	sc->core = p.core;
	if (tcb) {
		core_migrate(tcb, p.core);
		sched_context_resume(sc);
		if (tcb == core->current)
			sched_need_choose();
		else if (thread_is_runnable(tcb))
			sched_possible_switch(tcb);
	}
	sc->badge = p.badge;
	sc->sporadic = p.sporadic;
}

static enum error decode_configure(struct invocation *inv)
{
	u64 budget_us, period_us, extra_refills, max_us = arch_timer_max_us() / 8;
	struct sched_params p;
	struct cap target;
	u32 capacity;

	if (inv->extra_count < 1 || inv->length < 5)
		return err_truncated();
	budget_us = inv_arg(inv, 0);
	period_us = inv_arg(inv, 1);
	if (budget_us > max_us || period_us > max_us)
		return err_range(MIN_BUDGET_US, max_us);
	p.budget = arch_us_to_ticks(budget_us);
	p.period = arch_us_to_ticks(period_us);
	if (p.budget < refill_limits.min_budget || p.period < refill_limits.min_budget)
		return err_range(MIN_BUDGET_US, max_us);
	if (p.budget > p.period)
		return err_range(MIN_BUDGET_US, period_us);
	target = inv->extra[0]->cap;
	if (cap_type(target) != CAP_SCHED_CONTEXT)
		return err_invalid_cap(1);
	extra_refills = inv_arg(inv, 2);
	capacity = refill_capacity(cap_bits(target));
	if (extra_refills > capacity - REFILL_MIN_COUNT)
		return err_range(0, capacity - REFILL_MIN_COUNT);
	p.refill_max = extra_refills + REFILL_MIN_COUNT;
	p.badge = inv_arg(inv, 3);
	p.sporadic = inv_arg(inv, 4) & FLAG_SPORADIC;
	p.core = inv->cap.w1;

	configure(cap_ptr(target), p);
	return OK;
}

enum error sched_control_decode(struct invocation *inv)
{
	if (inv->label != LABEL_SCHED_CONTROL_CONFIGURE_FLAGS)
		return err_illegal();
	return decode_configure(inv);
}
