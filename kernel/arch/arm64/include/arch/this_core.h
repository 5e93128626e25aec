/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With several cores, TPIDR_EL2 holds the address of the core's state, which is the top of its
 * kernel stack as well. It never changes, so that a compiler may keep it.
 */
#pragma once

struct core;

static inline struct core *arch_this_core(void)
{
	struct core *core;

	__asm__("mrs %0, tpidr_el2" : "=r"(core));
	return core;
}
