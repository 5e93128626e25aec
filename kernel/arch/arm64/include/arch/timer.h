/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's clock: the physical counter, and the EL2 physical timer as its only deadline.
 * CNTVOFF plays no part. Times are in counter ticks.
 */
#pragma once

#include <arch/state.h>
#include <arch/sysreg.h>

#define TIMER_CONTROL_ENABLE 1

void timer_init(void);

static inline ticks_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

/*
 * Threads take turns far more often than their budgets end, and each brings a deadline of its own.
 * So an earlier one stays: when its interrupt comes there is nothing to do but to set the deadline
 * that counts (sched_timer_fired). Not with several cores: an emulator that runs them in turns
 * (QEMU's -icount) changes cores when a timer is set, and one that waits for another needs that.
 */
static inline void timer_set_deadline(ticks_t ticks)
{
	if (!CONFIG_SMP && ticks >= this_arch()->timer_deadline)
		return;
	this_arch()->timer_deadline = ticks;
	sysreg_write(cnthp_cval_el2, ticks);
}

static inline void timer_ack(void)
{
	this_arch()->timer_deadline = ~0ull;
	sysreg_write(cnthp_cval_el2, ~0ull);
	/* The timer must have dropped its line before the GIC hears of the end of interrupt. */
	isb();
}
