// SPDX-License-Identifier: BSD-2-Clause
/*
 * The machine-independent part of starting: core state, idle thread, initial thread. The arch half
 * calls these in the order of entry.h and places all caps.
 */

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "domain.h"
#include "entry.h"
#include "irq.h"
#include "print.h"
#include "refill.h"

#define PRIORITY_MAX (CONFIG_PRIORITY_COUNT - 1)

static struct tcb idle_tcb[CONFIG_CORE_COUNT] __attribute__((aligned(1 << TCB_BITS)));
static u8 idle_sc[CONFIG_CORE_COUNT][1 << SCHED_CONTEXT_MIN_BITS] __attribute__((aligned(64)));

static void bind_round_robin(struct sched_context *sc, struct tcb *tcb)
{
	refill_new(sc, REFILL_MIN_COUNT, arch_us_to_ticks(CONFIG_BOOT_TIME_SLICE_MS * 1000), 0,
		   this_core()->now);
	sc->core = tcb->core;
	sc->tcb = tcb;
	tcb->sc = sc;
}

void boot_core_init(void)
{
	struct core *core = this_core();
	u32 index = core_index();
	struct tcb *idle = &idle_tcb[index];

	refill_limits.min_budget = 2 * arch_us_to_ticks(KERNEL_WCET_US);
	refill_limits.max_release = ~0ull - 5 * arch_us_to_ticks(arch_timer_max_us() / 8);
	core->now = arch_timer_now();

	idle->state = THREAD_IDLE;
	idle->flags = TCB_FLAG_FPU_DISABLED;
	idle->core = index;
	arch_idle_init(idle);
	bind_round_robin((struct sched_context *)idle_sc[index], idle);
	core->idle = idle;
	core->current = idle;
	core->sc = idle->sc;

	sched_init(core);
	domain_init(core);
	irq_init_core();
}

void boot_thread_init(const struct boot_thread *boot)
{
	struct slot *root = boot->root_cnode;
	struct tcb *tcb = boot->tcb;
	struct cap buffer;

	arch_tcb_init(tcb);
	cap_derive(&root[INITIAL_SLOT_IPC_BUFFER], root[INITIAL_SLOT_IPC_BUFFER].cap, &buffer);
	slot_insert(&root[INITIAL_SLOT_CNODE], &tcb->slots[TCB_CSPACE],
		    root[INITIAL_SLOT_CNODE].cap);
	slot_insert(&root[INITIAL_SLOT_VSPACE], &tcb->slots[TCB_VSPACE],
		    root[INITIAL_SLOT_VSPACE].cap);
	slot_insert(&root[INITIAL_SLOT_IPC_BUFFER], &tcb->slots[TCB_IPC_BUFFER], buffer);
	tcb->ipc_buffer = boot->ipc_buffer;
	tcb->context.reg[REG_CAP] = boot->bootinfo;
	tcb->context.reg[REG_ELR] = boot->entry;
	tcb->context.reg[REG_FAULT_PC] = boot->entry;
	bind_round_robin(boot->sc, tcb);
	tcb->priority = PRIORITY_MAX;
	tcb->mcp = PRIORITY_MAX;
	tcb->state = THREAD_RUNNING;

	slot_init(&root[INITIAL_SLOT_TCB], cap_make(CAP_TCB, (kva_t)tcb, 0, 0, 0));
	slot_init(&root[INITIAL_SLOT_SCHED_CONTEXT],
		  cap_make(CAP_SCHED_CONTEXT, (kva_t)boot->sc, SCHED_CONTEXT_MIN_BITS, 0, 0));
	sched_possible_switch(tcb);
}

struct tcb *boot_finish(void)
{
	struct core *core = this_core();

	core->now = arch_timer_now();
	core->reprogram = true;
	return sched_finish();
}

/* Memory that boot hands out counts as used: its first Retype clears it. */
struct cap boot_cap_untyped(pa_t base, u32 bits, bool device)
{
	return cap_make(CAP_UNTYPED, pa_to_kva(base), bits, device ? UNTYPED_DEVICE : 0, BIT(bits));
}

struct cap boot_cap_cnode(struct slot *slots, u32 radix)
{
	return cap_make(CAP_CNODE, (kva_t)slots, radix, 0, 64 - radix);
}

struct cap boot_cap_irq_control(void)
{
	return cap_make(CAP_IRQ_CONTROL, 0, 0, 0, 0);
}

struct cap boot_cap_domain(void)
{
	return cap_make(CAP_DOMAIN, 0, 0, 0, 0);
}

struct cap boot_cap_sched_control(u32 core)
{
	return cap_make(CAP_SCHED_CONTROL, 0, 0, 0, core);
}
