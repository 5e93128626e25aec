// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts as core/ sees them: acknowledge, end, mask; the ones the kernel keeps for itself (vGIC
 * maintenance, virtual timer), which become faults of the running guest; and IRQControl's arch
 * invocations.
 */
#include <arch/gic.h>
#include <arch/smp.h>
#include <arch/state.h>
#include <arch/timer.h>
#include <arch/vcpu.h>
#include <plat/plat.h>

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "fault.h"
#include "irq.h"

#define ACK_IRQ(ack) ((ack)&0x3ff)

u32 plat_irq_max(void)
{
	return PLAT_IRQ_MAX;
}

u32 plat_irq_timer(void)
{
	return PLAT_IRQ_TIMER;
}

bool plat_irq_is_reserved(u32 irq)
{
	return irq == PLAT_IRQ_MAINTENANCE || irq == PLAT_IRQ_VTIMER ||
	       (CONFIG_SMP && irq == GIC_SGI_REMOTE);
}

bool plat_irq_is_kick(u32 irq)
{
	return CONFIG_SMP && irq == GIC_SGI_RESCHEDULE;
}

u32 arch_irq_get_active(void)
{
	u32 ack = gic_ack();

	if (ACK_IRQ(ack) >= GIC_SPURIOUS_FIRST)
		return IRQ_NONE;
	this_arch()->irq_ack = ack;
	return irq_line(core_index(), ACK_IRQ(ack));
}

bool arch_preemption_is_wanted(void)
{
	return gic_irq_pending() || smp_lock_is_wanted();
}

/* The end needs the whole acknowledge word: it says which core sent a software interrupt. */
void arch_irq_end(void)
{
	gic_eoi(this_arch()->irq_ack);
}

/* A core's private lines can be reached from that core only. */
static bool is_elsewhere(u32 line)
{
	return CONFIG_SMP && irq_line_is_private(line) && irq_line_core(line) != core_index();
}

void arch_irq_set_masked(u32 line, bool masked)
{
	u32 irq = irq_line_number(line);

	if (is_elsewhere(line))
		smp_set_masked(irq_line_core(line), irq, masked);
	else if (masked)
		gic_mask(irq);
	else
		gic_unmask(irq);
}

void arch_irq_user_ack(u32 line)
{
	arch_irq_set_masked(line, false);
}

void arch_irq_set_trigger(u32 line, bool edge)
{
	if (is_elsewhere(line))
		smp_set_edge(irq_line_core(line), irq_line_number(line), edge);
	else
		gic_set_edge(irq_line_number(line), edge);
}

/*
 * A guest can be blamed only while it runs and may go on running: an interrupt that arrives as its
 * budget ends or its VCPU has just been put aside stays asserted, and comes again.
 */
bool arch_irq_reserved(u32 irq, struct tcb *current)
{
	/* A remote call has been served before the lock was had. */
	if (CONFIG_SMP && irq == GIC_SGI_REMOTE)
		return false;
	if (!this_arch()->active && irq == PLAT_IRQ_MAINTENANCE)
		vgic_silence();
	if (!this_arch()->active && irq == PLAT_IRQ_VTIMER)
		vcpu_vtimer_set_masked(true);
	if (!this_arch()->active || !sched_is_schedulable(current) || current->in_ready_queue)
		return false;
	if (irq == PLAT_IRQ_MAINTENANCE) {
		vgic_maintenance(current);
	} else {
		/* Silent until the monitor has seen to it (VCPU_AckVPPI) and the guest is resumed.
		 */
		vcpu_mask_vtimer(this_arch()->active);
		fault_set(current, FAULT_VPPI_EVENT, irq, 0, 0);
	}
	return true;
}

/* ---- time ---- */

ticks_t arch_timer_now(void)
{
	return timer_now();
}

void arch_timer_set_deadline(ticks_t time, ticks_t now)
{
	timer_set_deadline(time, now);
}

void arch_timer_ack(ticks_t next)
{
	timer_ack(next);
}

ticks_t arch_us_to_ticks(u64 us)
{
	return us * PLAT_COUNTER_KHZ / 1000;
}

u64 arch_ticks_to_us(ticks_t ticks)
{
	/* Whole milliseconds first: the product must not overflow for any uptime. */
	return ticks / PLAT_COUNTER_KHZ * 1000 + ticks % PLAT_COUNTER_KHZ * 1000 / PLAT_COUNTER_KHZ;
}

u64 arch_timer_max_us(void)
{
	return ~0ull / PLAT_COUNTER_KHZ;
}

ticks_t arch_timer_precision(void)
{
	return 0;
}

/* ---- IRQControl ---- */

static enum irq_trigger trigger_arg(const struct invocation *inv)
{
	return inv_arg(inv, 1) ? IRQ_TRIGGER_EDGE : IRQ_TRIGGER_LEVEL;
}

/* Words: irq, trigger (1: edge), slot index, depth; cap: the CNode. */
static enum error irq_get_trigger(struct invocation *inv)
{
	if (inv->length < 4 || inv->extra_count < 1)
		return err_truncated();
	/* Whose? That is for the call that says so. */
	if (CONFIG_SMP && inv_arg(inv, 0) < IRQ_PRIVATE_COUNT)
		return err_illegal();
	return irq_issue(inv, 0, inv_arg(inv, 0), inv_arg(inv, 2), inv_arg(inv, 3),
			 trigger_arg(inv));
}

#if CONFIG_SMP
/* The same, and last word: the core whose interrupt it is or, if shared, which gets it. */
static enum error irq_get_trigger_core(struct invocation *inv)
{
	u64 irq, core;
	enum error error;

	if (inv->length < 5 || inv->extra_count < 1)
		return err_truncated();
	irq = inv_arg(inv, 0);
	core = inv_arg(inv, 4);
	if (irq > PLAT_IRQ_MAX)
		return err_range(0, PLAT_IRQ_MAX);
	if (core >= CONFIG_CORE_COUNT)
		return err_invalid_argument(4);
	error = irq_issue(inv, core, irq, inv_arg(inv, 2), inv_arg(inv, 3) & 0xff,
			  trigger_arg(inv));
	if (!error && irq >= IRQ_PRIVATE_COUNT)
		gic_set_target(irq, arch_of(core_at(core))->gic_target);
	return error;
}
#else
/* Words: SGI number, target core, slot index, depth; cap: the CNode. */
static enum error irq_issue_sgi_signal(struct invocation *inv)
{
	struct slot *dest;
	u64 irq, target;
	enum error error;

	if (inv->length < 4 || inv->extra_count < 1)
		return err_truncated();
	irq = inv_arg(inv, 0);
	target = inv_arg(inv, 1);
	if (irq >= GIC_SGI_COUNT)
		return err_range(0, GIC_SGI_COUNT - 1);
	if (target >= GIC_SGI_TARGET_COUNT)
		return err_invalid_argument(1);
	error = cspace_lookup_target(inv->extra[0]->cap, inv_arg(inv, 2), inv_arg(inv, 3), &dest);
	if (error)
		return error;
	error = slot_check_empty(dest);
	if (error)
		return error;

	slot_insert(inv->slot, dest, cap_make(CAP_SGI_SIGNAL, 0, 0, 0, irq | target << 32));
	return OK;
}
#endif

enum error arch_decode_irq_control(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_IRQ_GET_TRIGGER:
		return irq_get_trigger(inv);
#if CONFIG_SMP
	case LABEL_IRQ_GET_TRIGGER_CORE:
		return irq_get_trigger_core(inv);
#else
	case LABEL_IRQ_ISSUE_SGI_SIGNAL:
		return irq_issue_sgi_signal(inv);
#endif
	default:
		return err_illegal();
	}
}
