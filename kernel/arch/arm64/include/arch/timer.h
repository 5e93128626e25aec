/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's clock: the physical counter, and the EL2 physical timer as its only deadline.
 * CNTVOFF plays no part. Times are in counter ticks.
 */
#pragma once

#include <arch/state.h>
#include <arch/sysreg.h>
#include <plat/plat.h>

#define TIMER_CONTROL_ENABLE 1
#define TIMER_CONTROL_STATUS 4 /* read only */

#define TIMER_NEAR PLAT_COUNTER_KHZ /* 1 ms */

void timer_init(void);

static inline ticks_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

/*
 * Threads take turns far more often than their budgets end, and each brings a deadline of its own.
 * So an earlier one is left standing unless it is near: when its interrupt comes there is nothing to
 * do but to set the deadline that counts (sched_timer_fired).
 */
static inline void timer_set_deadline(ticks_t ticks, ticks_t now)
{
	ticks_t set = this_arch()->timer_deadline;

	if (ticks == set || (ticks > set && set > now + TIMER_NEAR))
		return;
	this_arch()->timer_deadline = ticks;
	sysreg_write(cnthp_cval_el2, ticks);
}

static inline void timer_ack(ticks_t next)
{
	this_arch()->timer_deadline = next;
	sysreg_write(cnthp_cval_el2, next);
	/* The timer must have dropped its line before the GIC hears of the end of interrupt. */
	isb();
}
