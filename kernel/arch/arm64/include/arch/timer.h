/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's clock: the physical counter, and the EL2 physical timer as its only deadline.
 * CNTVOFF plays no part. Times are in counter ticks.
 */
#pragma once

#include <arch/sysreg.h>

#define TIMER_CONTROL_ENABLE 1

void timer_init(void);

static inline ticks_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

static inline void timer_set_deadline(ticks_t ticks)
{
	sysreg_write(cnthp_cval_el2, ticks);
}

static inline void timer_ack(void)
{
	timer_set_deadline(~0ull);
	/* The timer must have dropped its line before the GIC hears of the end of interrupt. */
	isb();
}
