// SPDX-License-Identifier: BSD-2-Clause
/*
 * Set-up of the EL2 physical timer, and of what user level may reach of the generic timer: the
 * physical counter and the EL1 physical timer (the configuration options PCNT and PTMR), never the
 * virtual ones, which belong to guests.
 */
#include <arch/timer.h>

#include "core.h"

void timer_init(void)
{
	timer_ack(TIME_NEVER);
	sysreg_write(cnthp_ctl_el2, TIMER_CONTROL_ENABLE);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	sysreg_write(cntkctl_el1, CNTKCTL_NATIVE);
}
