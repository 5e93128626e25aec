// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several cores (arch/smp.h): a ticket lock, whose waiters serve remote calls, and the calls.
 *
 * There is one call at a time, since its maker holds the lock; its words are written before the
 * target's `remote` is set (release) and read after that was seen (acquire), and the same the other
 * way when it is cleared. Waiting is by WFE: a store to a word that a core has loaded exclusively
 * wakes it, and SEV whoever waits for another word.
 */
#include <arch/smp.h>

#if CONFIG_SMP

#include <arch/boot.h>
#include <arch/gic.h>
#include <arch/state.h>
#include <arch/sysreg.h>
#include <arch/trap.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>

#include "arch.h"
#include "entry.h"
#include "fastpath.h"

enum remote_op {
	REMOTE_PARK,
	REMOTE_MASK, /* irq, masked */
	REMOTE_EDGE, /* irq, edge */
	REMOTE_POSTED,
};

static struct {
	enum remote_op op;
	u32 arg[2];
} remote_call;

/* A line of its own; vectors.S gives the lock back. */
struct kernel_lock {
	u32 next;  /* ticket to draw */
	u32 owner; /* ticket of the core that has the lock */
} __attribute__((aligned(64)));

struct kernel_lock kernel_lock;

_Static_assert(offsetof(struct kernel_lock, owner) == 4, "vectors.S stores to it");

static u32 core_start_allowed;
static u32 core_started_count;

static void wfe(void)
{
	__asm__ volatile("wfe" : : : "memory");
}

/* What this core stored before is visible to whom it wakes. */
static void sev(void)
{
	dsb_ish();
	__asm__ volatile("sev" : : : "memory");
}

/* Loads a word so that a store to it ends the next WFE. */
static u32 watch(const u32 *word)
{
	u32 value;

	__asm__ volatile("ldaxr %w0, %1" : "=r"(value) : "Q"(*word) : "memory");
	return value;
}

/* ---- serving ---- */

/* Everything that this core's registers hold of threads goes home. */
static void park(struct core *core)
{
	arch_release_all();
	if (thread_is_runnable(core->current))
		core->current->state = THREAD_RESTART;
	core->switch_needed = true;
}

/* Returns true if current's entry has to begin again. */
static bool serve(struct core *core)
{
	enum remote_op op = remote_call.op;
	u32 arg0 = remote_call.arg[0], arg1 = remote_call.arg[1];

	switch (op) {
	case REMOTE_PARK:
		park(core);
		break;
	case REMOTE_MASK:
		if (arg1)
			gic_mask(arg0);
		else
			gic_unmask(arg0);
		break;
	case REMOTE_EDGE:
		gic_set_edge(arg0, arg1);
		break;
	case REMOTE_POSTED:
		vgic_take_posted();
		break;
	}
	__atomic_store_n(&core->remote, 0, __ATOMIC_RELEASE);
	sev();
	return op == REMOTE_PARK;
}

/* ---- the lock ---- */

/* False: this core has been parked meanwhile, and current's entry must begin again. */
static bool lock_enter(void)
{
	struct core *core = this_core();
	u32 ticket = __atomic_fetch_add(&kernel_lock.next, 1, __ATOMIC_RELAXED);
	bool parked = false;

	while (watch(&kernel_lock.owner) != ticket) {
		if (__atomic_load_n(&core->remote, __ATOMIC_ACQUIRE))
			parked |= serve(core);
		else
			wfe();
	}
	/* Whoever reads the clock now does so after the one that had the lock before. */
	isb();
	return !parked;
}

bool smp_lock_is_wanted(void)
{
	return __atomic_load_n(&kernel_lock.next, __ATOMIC_RELAXED) != kernel_lock.owner + 1;
}

/* ---- traps ---- */

#define SYSCALL_INSTRUCTION_SIZE 4

struct tcb *smp_sync(struct tcb *current, u64 esr)
{
	u64 *reg = current->context.reg;
	bool is_syscall = ESR_EC(esr) == EC_SVC64 || ESR_EC(esr) == EC_HVC64;

	reg[REG_FAULT_PC] = reg[REG_ELR] - (is_syscall ? SYSCALL_INSTRUCTION_SIZE : 0);
	if (unlikely(!lock_enter()))
		return entry_irq(this_core()->current);
	if (!is_syscall)
		return trap_sync(current, esr);
	switch ((i64)reg[REG_SYSCALL]) {
	case SYS_CALL:
		return fastpath_call(current);
	case SYS_REPLY_RECV:
		return fastpath_reply_recv(current);
	default:
		return entry_syscall(current, reg[REG_SYSCALL]);
	}
}

struct tcb *smp_irq(struct tcb *current)
{
	lock_enter();
	return entry_irq(this_core()->current);
}

/* ---- remote calls ---- */

static void call(struct core *core, enum remote_op op, u32 arg0, u32 arg1)
{
	remote_call.op = op;
	remote_call.arg[0] = arg0;
	remote_call.arg[1] = arg1;
	__atomic_store_n(&core->remote, 1, __ATOMIC_RELEASE);
	sev();
	gic_send_sgi(GIC_SGI_REMOTE, arch_of(core)->gic_target);
	while (watch(&core->remote))
		wfe();
}

void arch_core_kick(struct core *core)
{
	gic_send_sgi(GIC_SGI_RESCHEDULE, arch_of(core)->gic_target);
}

void arch_core_park(struct core *core)
{
	call(core, REMOTE_PARK, 0, 0);
}

void smp_set_masked(u32 core, u32 irq, bool masked)
{
	call(core_at(core), REMOTE_MASK, irq, masked);
}

void smp_set_edge(u32 core, u32 irq, bool edge)
{
	call(core_at(core), REMOTE_EDGE, irq, edge);
}

/*
 * Who has injected may rely on it that the guest executes nothing more without the interrupt. If it
 * runs, its core is waited for; otherwise that takes it when the guest runs again.
 */
void smp_have_taken(const struct vcpu *vcpu)
{
	struct core *core = core_of(vcpu->tcb);

	if (core->current == vcpu->tcb)
		call(core, REMOTE_POSTED, 0, 0);
}

/* A VCPU is loaded, if at all, in the core of its thread: migration brings it home. */
void smp_bring_home(const struct vcpu *vcpu)
{
	struct core *core = vcpu->tcb ? core_of(vcpu->tcb) : this_core();

	if (core != this_core() && arch_of(core)->vcpu == vcpu)
		arch_core_park(core);
}

void smp_drop_vttbr(u64 vttbr)
{
	for (u32 i = 0; i < CONFIG_CORE_COUNT; i++)
		if (core_at(i) != this_core() && arch_of(core_at(i))->vttbr == vttbr)
			arch_core_park(core_at(i));
}

bool smp_vttbr_is_live(u64 vttbr)
{
	for (u32 i = 0; i < CONFIG_CORE_COUNT; i++)
		if (core_at(i) != this_core() && arch_of(core_at(i))->vttbr == vttbr)
			return true;
	return false;
}

/* ---- starting ---- */

void smp_init(void)
{
	for (u32 i = 0; i < CONFIG_CORE_COUNT; i++) {
		core_at(i)->index = i;
		core_at(i)->arch = &arch_cores[i];
	}
}

void smp_start(void)
{
	__atomic_store_n(&core_start_allowed, 1, __ATOMIC_RELEASE);
	sev();
	while (watch(&core_started_count) != CONFIG_CORE_COUNT - 1)
		wfe();
	lock_enter();
}

struct tcb *smp_boot_secondary(void)
{
	while (!watch(&core_start_allowed))
		wfe();
	boot_init_core();
	/* By turns, before the first core. */
	lock_enter();
	boot_core_init();
	__atomic_add_fetch(&core_started_count, 1, __ATOMIC_RELEASE);
	sev();
	return boot_finish();
}

#endif
