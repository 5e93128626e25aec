// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts: IRQControl hands out one handler cap per number, a handler signals a notification.
 * A number is masked from the moment it fires until it is acknowledged, and while nobody has a
 * handler for it. The kernel's own numbers (timer, vGIC) can never be had.
 */

#include "irq.h"

#include "arch.h"
#include "cspace.h"
#include "ipc.h"
#include "print.h"

/* All that a GIC can number. */
#define LINE_COUNT (1020 + (CONFIG_CORE_COUNT - 1) * IRQ_PRIVATE_COUNT)

enum irq_state {
	IRQ_INACTIVE,
	IRQ_SIGNAL,
	IRQ_TIMER,
	IRQ_RESERVED,
	IRQ_KICK,		/* from another core */
};

/* By line. */
static u8 irq_state[LINE_COUNT];
static struct slot irq_slot[LINE_COUNT] __attribute__((aligned(32)));

static void irq_set_state(u32 line, enum irq_state state)
{
	irq_state[line] = state;
	arch_irq_set_masked(line, state == IRQ_INACTIVE);
}

void irq_init_core(void)
{
	u32 core = core_index();
	u32 irq;

	for (irq = 0; irq < IRQ_PRIVATE_COUNT; irq++) {
		if (plat_irq_is_reserved(irq))
			irq_state[irq_line(core, irq)] = IRQ_RESERVED;
		else if (plat_irq_is_kick(irq))
			irq_set_state(irq_line(core, irq), IRQ_KICK);
	}
	irq_set_state(irq_line(core, plat_irq_timer()), IRQ_TIMER);
}

bool irq_handle(struct tcb *current)
{
	u32 line = arch_irq_get_active();
	bool is_fault = false;
	struct cap cap;

	if (line == IRQ_NONE)
		return false;
	switch (line < LINE_COUNT ? irq_state[line] : IRQ_INACTIVE) {
	case IRQ_SIGNAL:
		cap = irq_slot[line].cap;
		if (cap_type(cap) == CAP_NOTIFICATION && (cap_flags(cap) & RIGHT_WRITE))
			notification_signal(cap_ptr(cap), cap.w1);
		arch_irq_set_masked(line, true);
		break;
	case IRQ_TIMER:
		sched_timer_fired();
		break;
	case IRQ_RESERVED:
		is_fault = arch_irq_reserved(irq_line_number(line), current);
		break;
	case IRQ_KICK:
		core_kicked();
		break;
	default:
		/* Nobody asked for it. */
		arch_irq_set_masked(line, true);
		break;
	}
	arch_irq_end();
	return is_fault;
}

bool irq_is_active(u32 line)
{
	return irq_state[line] != IRQ_INACTIVE;
}

void irq_handler_clear(u32 line)
{
	slot_delete_one(&irq_slot[line]);
}

void irq_release(u32 line)
{
	irq_set_state(line, IRQ_INACTIVE);
}

enum error irq_issue(struct invocation *inv, u32 core, u64 irq, u64 index, u64 depth,
		     enum irq_trigger trigger)
{
	struct slot *dest;
	enum error err;
	u32 line;

	if (irq > plat_irq_max())
		return err_range(0, plat_irq_max());
	line = irq_line(core, irq);
	if (irq_is_active(line))
		return REVOKE_FIRST;
	err = cspace_lookup_target(inv->extra[0]->cap, index, depth, &dest);
	if (!err)
		err = slot_check_empty(dest);
	if (err)
		return err;

	if (trigger != IRQ_TRIGGER_UNCHANGED)
		arch_irq_set_trigger(line, trigger == IRQ_TRIGGER_EDGE);
	irq_set_state(line, IRQ_SIGNAL);
	slot_insert(inv->slot, dest, cap_make(CAP_IRQ_HANDLER, 0, 0, 0, line));
	return OK;
}

enum error irq_control_decode(struct invocation *inv)
{
	if (inv->label != LABEL_IRQ_ISSUE_HANDLER)
		return arch_decode_irq_control(inv);
	if (inv->length < 3 || inv->extra_count < 1)
		return err_truncated();
	return irq_issue(inv, 0, inv_arg(inv, 0), inv_arg(inv, 1), inv_arg(inv, 2),
			 IRQ_TRIGGER_UNCHANGED);
}

enum error irq_handler_decode(struct invocation *inv)
{
	u32 line = inv->cap.w1;
	struct cap cap;

	switch (inv->label) {
	case LABEL_IRQ_ACK:
		arch_irq_user_ack(line);
		return OK;
	case LABEL_IRQ_SET_HANDLER:
		if (inv->extra_count < 1)
			return err_truncated();
		cap = inv->extra[0]->cap;
		if (cap_type(cap) != CAP_NOTIFICATION || !(cap_flags(cap) & RIGHT_WRITE))
			return err_invalid_cap(0);
		irq_handler_clear(line);
		slot_insert(inv->extra[0], &irq_slot[line], cap);
		return OK;
	case LABEL_IRQ_CLEAR_HANDLER:
		irq_handler_clear(line);
		return OK;
	default:
		return err_illegal();
	}
}
