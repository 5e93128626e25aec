// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads of other cores. Whoever holds the kernel's lock may queue and unqueue any thread, since no
 * core looks at its queues without it; but a thread that runs elsewhere has its registers there, and
 * must be stopped before anything about it changes. Called by the scheduler's and objects' files;
 * how a core is reached is the arch half's (arch/smp.h).
 *
 * What always holds: a thread with a scheduling context belongs to that context's core.
 */

#include "core.h"

#if CONFIG_SMP

#include "arch.h"

static void kick(struct core *core)
{
	if (core->kicked)
		return;
	core->kicked = true;
	arch_core_kick(core);
}

void core_notify(struct core *core, const struct tcb *tcb)
{
	if (core == this_core())
		return;
	/* Its timer was set for other queues: no short way there until it has looked. */
	if (core->reprogram)
		core->deadline = 0;
	if (core->current == core->idle || core->reprogram ||
	    tcb->priority > core->current->priority)
		kick(core);
}

void core_kicked(void)
{
	this_core()->kicked = false;
	sched_need_choose();
}

void core_stall(struct tcb *tcb)
{
	struct core *core = core_of(tcb);

	if (core == this_core() || core->current != tcb)
		return;
	arch_core_park(core);
	sched_put_aside(core);
}

void core_migrate(struct tcb *tcb, u32 index)
{
	if (tcb->core == index)
		return;
	arch_tcb_release(tcb);
	if (tcb == this_core()->current)
		sched_need_choose();
	tcb->core = index;
}

#endif
