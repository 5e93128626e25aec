// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts as core/ sees them: acknowledge, end, mask; the ones the kernel keeps for itself (vGIC
 * maintenance, virtual timer), which become faults of the running guest; and IRQControl's arch
 * invocations.
 */
#include <arch/gic.h>
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
	return irq == PLAT_IRQ_MAINTENANCE || irq == PLAT_IRQ_VTIMER;
}

u32 arch_irq_get_active(void)
{
	u32 ack = gic_ack();

	if (ACK_IRQ(ack) >= GIC_SPURIOUS_FIRST)
		return IRQ_NONE;
	arch_core.irq_ack = ack;
	return ACK_IRQ(ack);
}

bool arch_irq_is_pending(void)
{
	return gic_irq_pending();
}

/* The end needs the whole acknowledge word: it says which core sent a software interrupt. */
void arch_irq_end(u32 irq)
{
	gic_eoi(arch_core.irq_ack);
}

void arch_irq_set_masked(u32 irq, bool masked)
{
	if (masked)
		gic_mask(irq);
	else
		gic_unmask(irq);
}

void arch_irq_user_ack(u32 irq)
{
	gic_unmask(irq);
}

void arch_irq_set_trigger(u32 irq, bool edge)
{
	gic_set_edge(irq, edge);
}

/*
 * A guest can be blamed only while it runs and may go on running: an interrupt that arrives as its
 * budget ends or its VCPU has just been put aside stays asserted, and comes again.
 */
bool arch_irq_reserved(u32 irq, struct tcb *current)
{
	if (!arch_core.active && irq == PLAT_IRQ_MAINTENANCE)
		vgic_silence();
	if (!arch_core.active || !sched_is_schedulable(current) || current->in_ready_queue)
		return false;
	if (irq == PLAT_IRQ_MAINTENANCE) {
		vgic_maintenance(current);
	} else {
		/* Silent until the monitor has seen to it (VCPU_AckVPPI) and the guest is resumed.
		 */
		vcpu_mask_vtimer(arch_core.active);
		fault_set(current, FAULT_VPPI_EVENT, irq, 0, 0);
	}
	return true;
}

/* ---- time ---- */

ticks_t arch_timer_now(void)
{
	return timer_now();
}

void arch_timer_set_deadline(ticks_t time)
{
	timer_set_deadline(time);
}

void arch_timer_ack(void)
{
	timer_ack();
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

/* Words: irq, trigger (1: edge), slot index, depth; cap: the CNode. */
static enum error irq_get_trigger(struct invocation *inv)
{
	if (inv->length < 4 || inv->extra_count < 1)
		return err_truncated();
	return irq_issue(inv, inv_arg(inv, 0), inv_arg(inv, 2), inv_arg(inv, 3),
			 inv_arg(inv, 1) ? IRQ_TRIGGER_EDGE : IRQ_TRIGGER_LEVEL);
}

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

enum error arch_decode_irq_control(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_IRQ_GET_TRIGGER:
		return irq_get_trigger(inv);
	case LABEL_IRQ_ISSUE_SGI_SIGNAL:
		return irq_issue_sgi_signal(inv);
	default:
		return err_illegal();
	}
}
