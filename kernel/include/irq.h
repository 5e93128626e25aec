/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as objects (object/irq.c): who may handle one, and what happens when it fires.
 */
#pragma once

#include "invocation.h"

enum irq_trigger {
	IRQ_TRIGGER_LEVEL,
	IRQ_TRIGGER_EDGE,
	IRQ_TRIGGER_UNCHANGED,
};

void irq_init(void);
/* An interrupt is being signalled: take, handle and end it. True: current has a fault from it. */
bool irq_handle(struct tcb *current);
/*
 * Checks and commit of issuing a handler cap (IRQControl_Get, and GetTrigger for the arch half):
 * inv->extra[0] is the destination's root. The message's length has been checked.
 */
enum error irq_issue(struct invocation *inv, u64 irq, u64 index, u64 depth,
		     enum irq_trigger trigger);
/* Somebody has a handler for it, or the kernel keeps it. */
bool irq_is_active(u32 irq);
/* The handler's notification cap goes / the last handler cap is gone: the number is free again. */
void irq_handler_clear(u32 irq);
void irq_release(u32 irq);

enum error irq_control_decode(struct invocation *inv);
enum error irq_handler_decode(struct invocation *inv);
