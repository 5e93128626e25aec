// SPDX-License-Identifier: BSD-2-Clause
/*
 * Debug system calls. They take no time from the budget and never block.
 */

#include "debug.h"

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "print.h"

#if KERNEL_DEBUG

static void dump_scheduler(const struct core *core)
{
	u32 priority;

	print("current %p \"%s\" priority %u\n", (void *)core->current, core->current->name,
	      core->current->priority);
	for (priority = CONFIG_PRIORITY_COUNT; priority-- > 0;) {
		const struct tcb *tcb = core->ready[core->domain].queue[priority].head;

		for (; tcb; tcb = tcb->next)
			print("ready   %p \"%s\" priority %u\n", (const void *)tcb, tcb->name,
			      priority);
	}
}

/* The numbers that libsel4's users know. */
static u64 identify(struct cap cap)
{
	static const u8 numbers[] = {
		[CAP_UNTYPED] = 2, [CAP_ENDPOINT] = 4, [CAP_NOTIFICATION] = 6, [CAP_REPLY] = 8,
		[CAP_CNODE] = 10, [CAP_TCB] = 12, [CAP_IRQ_CONTROL] = 14, [CAP_IRQ_HANDLER] = 16,
		[CAP_ZOMBIE] = 18, [CAP_DOMAIN] = 20, [CAP_SCHED_CONTEXT] = 22,
		[CAP_SCHED_CONTROL] = 24, [CAP_FRAME] = 1, [CAP_PAGE_TABLE] = 3, [CAP_VSPACE] = 9,
		[CAP_ASID_CONTROL] = 11, [CAP_ASID_POOL] = 13, [CAP_VCPU] = 15, [CAP_SMC] = 25,
		[CAP_SGI_SIGNAL] = 27,
	};

	return numbers[cap_type(cap)];
}

static void name_thread(struct tcb *current, struct cap cap)
{
	const struct ipc_buffer *buffer = thread_ipc_buffer(current, true);
	struct tcb *tcb = cap_ptr(cap);
	const char *name;
	u32 i;

	if (cap_type(cap) != CAP_TCB || !buffer)
		return;
	name = (const char *)buffer->msg;
	for (i = 0; i + 1 < sizeof(tcb->name) && name[i]; i++)
		tcb->name[i] = name[i];
	tcb->name[i] = '\0';
}

bool debug_syscall(struct tcb *current, i64 nr)
{
	u64 *reg = current->context.reg;
	struct slot *slot;

	switch (nr) {
	case SYS_DEBUG_PUT_CHAR:
		plat_putchar(reg[REG_CAP]);
		return true;
	case SYS_DEBUG_DUMP_SCHEDULER:
		dump_scheduler(this_core());
		return true;
	case SYS_DEBUG_HALT:
		print("halted by thread \"%s\"\n", current->name);
		arch_halt();
	case SYS_DEBUG_SNAPSHOT:
		return true;
	case SYS_DEBUG_CAP_IDENTIFY:
		slot = cspace_lookup(current, reg[REG_CAP]);
		reg[REG_CAP] = slot ? identify(slot->cap) : 0;
		return true;
	case SYS_DEBUG_NAME_THREAD:
		slot = cspace_lookup(current, reg[REG_CAP]);
		if (slot)
			name_thread(current, slot->cap);
		return true;
	default:
		return false;
	}
}

#endif
