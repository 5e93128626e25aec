/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: who gets them and what the messages look like (object/fault.c). The arch half fills
 * tcb->fault and calls entry_fault(), or fault_deliver() inside another entry.
 */
#pragma once

#include "objects.h"

static inline void fault_set(struct tcb *tcb, enum fault_type type, u64 w0, u64 w1, u64 w2)
{
	tcb->fault = (struct fault){ .type = type, .w = { w0, w1, w2 } };
}

/* Send tcb->fault to tcb's handler; without a usable handler the thread becomes inactive. */
void fault_deliver(struct tcb *tcb);
/* A timeout fault for tcb, if it has a timeout handler and is not already in one. */
void fault_deliver_timeout(struct tcb *tcb);
/* Message of sender's fault into receiver's registers and buffer; returns its length. */
u64 fault_write_message(struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer);
/* Take a reply to `faulter` from `replier`; true if the faulter shall restart. */
bool fault_read_reply(struct tcb *faulter, struct tcb *replier);
