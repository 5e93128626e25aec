/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: who gets them and what the messages look like (object/fault.c). The arch half fills
 * tcb->fault and calls entry_fault(), or fault_deliver() inside another entry.
 */
#pragma once

#include "ipc.h"
#include "objects.h"

static inline void fault_set(struct tcb *tcb, enum fault_type type, u64 w0, u64 w1, u64 w2)
{
	tcb->fault = (struct fault){ .type = type, .w = { w0, w1, w2 } };
}

/* A cap that tcb used cannot be found; why is in the core's last lookup failure. */
static inline void fault_set_cap(struct tcb *tcb, u64 cptr, bool in_receive)
{
	fault_set(tcb, FAULT_CAP, cptr, in_receive, 0);
	tcb->lookup = this_core()->error.lookup;
}

/* Send tcb->fault to tcb's handler; without a handler the thread becomes inactive. */
void fault_deliver(struct tcb *tcb);
bool fault_has_timeout_handler(const struct tcb *tcb);
/* A timeout fault for tcb, which has a timeout handler. */
void fault_deliver_timeout(struct tcb *tcb);
/* May this cap be a fault or timeout handler? */
bool fault_is_handler(struct cap cap);
/*
 * The message of a guest's fault, which fits into registers, as all but hvc do; returns its length,
 * or 0 for another kind.
 */
static inline u64 fault_write_short(const struct tcb *sender, u64 *mr)
{
	const struct fault *fault = &sender->fault;

	switch (fault->type) {
	case FAULT_VM:
		mr[0] = sender->context.reg[REG_FAULT_PC];
		mr[1] = fault->w[0];
		mr[2] = fault->w[2];
		mr[3] = fault->w[1];
		return 4;
	case FAULT_VCPU:
	case FAULT_VPPI_EVENT:
		mr[0] = fault->w[0];
		return 1;
	case FAULT_VGIC_MAINTENANCE:
		mr[0] = fault->w[1] ? fault->w[0] : ~0ull;
		return 1;
	default:
		return 0;
	}
}

/* Message of sender's fault into receiver's registers and buffer; returns its length. */
u64 fault_write_message(struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer);
/* Take a reply to `faulter` from `replier`; true if the faulter shall restart. */
bool fault_read_reply(struct tcb *faulter, struct tcb *replier);
/* A lookup failure as message words from `at`; returns the message's length. */
u64 fault_write_lookup(struct tcb *tcb, struct ipc_buffer *buffer, u32 at,
		       const struct lookup_failure *failure);
