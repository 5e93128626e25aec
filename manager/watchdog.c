// SPDX-License-Identifier: BSD-2-Clause
/*
 * A tick for the service VM's vmm that no guest can stop.
 *
 * The vmm ends a guest's RUN by CNTP, a timer that guests can reach where the kernel exports it.
 * This thread's period is kept by the kernel instead: it signals, and yields what is left of its
 * budget, so that it runs next when its sporadic scheduling context is replenished. A deadline that
 * a hostile guest disarmed is thus late by one period at most.
 */
#include "manager.h"

#include <errno.h>

#define WATCHDOG_BUDGET_US	 500u
#define WATCHDOG_PRIORITY	 251u /* above vmms */
#define WATCHDOG_STACK_BYTES	 1024u
#define WATCHDOG_START_REGISTERS 4 /* pc, sp, spsr, x0 */

static uint64_t watchdog_stack[SELKIE_CPU_MAX][WATCHDOG_STACK_BYTES / 8]
	__attribute__((aligned(16)));

/* Shares the manager's address space and CSpace, but no data: neither call uses the IPC buffer. */
static _Noreturn void watchdog_run(seL4_CPtr notification)
{
	for (;;) {
		seL4_Yield();
		seL4_Signal(notification);
	}
}

int watchdog_start(struct manager *manager, unsigned int core)
{
	struct arena *arena = &manager->arena;
	seL4_UserContext context = {.pc = (seL4_Word)watchdog_run};
	cap_t sched = arena_make(arena, CAP_SCHED_CONTEXT, OBJECT_SCHED_BITS, NULL);
	struct object_thread thread = object_own_thread(arena, sched, WATCHDOG_PRIORITY);
	cap_t tick = object_mint(arena, manager->service.process.thread[core].notification,
				 OBJECT_CAN_SIGNAL, SELKIE_SIGNAL_TICK);

	if (thread.tcb == CAP_NONE || thread.sched_context == CAP_NONE || tick == CAP_NONE)
		return -ENOMEM;
	if (seL4_SchedControl_ConfigureFlags(manager->sched_control + core, thread.sched_context,
					     WATCHDOG_BUDGET_US, SELKIE_TICK_US, 0, 0,
					     seL4_SchedContext_Sporadic))
		return -EINVAL;
	context.sp = (seL4_Word)(watchdog_stack[core] + WATCHDOG_STACK_BYTES / 8);
	context.x0 = tick;
	return object_start(&thread, &context, WATCHDOG_START_REGISTERS);
}
