/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as objects (object/irq.c): who may handle one, and what happens when it fires.
 */
#pragma once

#include "invocation.h"

/*
 * What names an interrupt in the kernel and its caps: every core has the first 32 of its own, lines 0
 * to 31 are core 0's, and so on; the shared ones follow. With one core, line and number are the same.
 */
#define IRQ_PRIVATE_COUNT 32

static inline u32 irq_line(u32 core, u32 irq)
{
	return irq < IRQ_PRIVATE_COUNT ? core * IRQ_PRIVATE_COUNT + irq
				       : (CONFIG_CORE_COUNT - 1) * IRQ_PRIVATE_COUNT + irq;
}

static inline bool irq_line_is_private(u32 line)
{
	return line < CONFIG_CORE_COUNT * IRQ_PRIVATE_COUNT;
}

static inline u32 irq_line_core(u32 line)
{
	return CONFIG_SMP && irq_line_is_private(line) ? line / IRQ_PRIVATE_COUNT : 0;
}

static inline u32 irq_line_number(u32 line)
{
	if (CONFIG_SMP && irq_line_is_private(line))
		return line % IRQ_PRIVATE_COUNT;
	return line - (CONFIG_CORE_COUNT - 1) * IRQ_PRIVATE_COUNT;
}

enum irq_trigger {
	IRQ_TRIGGER_LEVEL,
	IRQ_TRIGGER_EDGE,
	IRQ_TRIGGER_UNCHANGED,
};

/* The lines of the core that runs this. */
void irq_init_core(void);
/* An interrupt is being signalled: take, handle and end it. True: current has a fault from it. */
bool irq_handle(struct tcb *current);
/*
 * Checks and commit of issuing a handler cap (IRQControl_Get, and GetTrigger for the arch half):
 * inv->extra[0] is the destination's root. The message's length has been checked.
 */
enum error irq_issue(struct invocation *inv, u32 core, u64 irq, u64 index, u64 depth,
		     enum irq_trigger trigger);
/* Somebody has a handler for it, or the kernel keeps it. */
bool irq_is_active(u32 line);
/* The handler's notification cap goes / the last handler cap is gone: the number is free again. */
void irq_handler_clear(u32 line);
void irq_release(u32 line);

enum error irq_control_decode(struct invocation *inv);
enum error irq_handler_decode(struct invocation *inv);
