// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults: a thread that cannot go on sends a message on its handler's endpoint, as if it had made a
 * call; the reply lets it go on, for some faults with new registers.
 *
 * What always holds: tcb->fault.type is FAULT_NONE unless the thread waits to deliver that fault,
 * or for the reply to it.
 */

#include "fault.h"

#include "arch.h"
#include "print.h"
#include "sched_context.h"

static const u8 unknown_syscall_regs[] = {
	0, 1, 2, 3, 4, 5, 6, 7, REG_FAULT_PC, REG_SP, REG_ELR, REG_SPSR,
};

static const u8 user_exception_regs[] = { REG_FAULT_PC, REG_SP, REG_SPSR };

static const u8 timeout_reply_regs[] = {
	REG_FAULT_PC, REG_SP, REG_SPSR, 0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30,
	9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
};

bool fault_is_handler(struct cap cap)
{
	u32 flags = cap_flags(cap);

	if (cap_is_null(cap))
		return true;
	return cap_type(cap) == CAP_ENDPOINT && (flags & RIGHT_WRITE) &&
	       (flags & (RIGHT_GRANT | RIGHT_GRANT_REPLY));
}

static void send_fault(struct tcb *tcb, struct cap handler, bool can_donate)
{
	struct send_params p = {
		.badge = handler.w1,
		.blocking = true,
		.can_grant = cap_flags(handler) & RIGHT_GRANT,
		.can_grant_reply = cap_flags(handler) & RIGHT_GRANT_REPLY,
		.can_donate = can_donate,
	};

	endpoint_send(cap_ptr(handler), tcb, p);
}

void fault_deliver(struct tcb *tcb)
{
	struct cap handler = tcb->slots[TCB_FAULT_HANDLER].cap;

	if (likely(cap_type(handler) == CAP_ENDPOINT)) {
		send_fault(tcb, handler, tcb->sc);
		return;
	}
	print("thread without a fault handler: fault %lu (%lx, %lx) at %lx\n", tcb->fault.type,
	      tcb->fault.w[0], tcb->fault.w[1], tcb->context.reg[REG_FAULT_PC]);
	tcb->fault.type = FAULT_NONE;
	tcb->state = THREAD_INACTIVE;
}

bool fault_has_timeout_handler(const struct tcb *tcb)
{
	return cap_type(tcb->slots[TCB_TIMEOUT_HANDLER].cap) == CAP_ENDPOINT;
}

void fault_deliver_timeout(struct tcb *tcb)
{
	fault_set(tcb, FAULT_TIMEOUT, tcb->sc->badge, 0, 0);
	send_fault(tcb, tcb->slots[TCB_TIMEOUT_HANDLER].cap, false);
}

/* ---- messages ---- */

static void write_regs(const struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer,
		       const u8 *regs, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		message_set(receiver, buffer, i, sender->context.reg[regs[i]]);
}

/* The frequent one, word by word: x0-x7, pc, sp, elr, spsr, number. */
static u64 write_unknown_syscall(const struct tcb *sender, struct tcb *receiver,
				 struct ipc_buffer *buffer)
{
	const u64 *from = sender->context.reg;
	u64 *mr = &receiver->context.reg[REG_MR0];

	mr[0] = from[0];
	mr[1] = from[1];
	mr[2] = from[2];
	mr[3] = from[3];
	if (!buffer)
		return MESSAGE_REGISTER_COUNT;
	buffer->msg[4] = from[4];
	buffer->msg[5] = from[5];
	buffer->msg[6] = from[6];
	buffer->msg[7] = from[7];
	buffer->msg[8] = from[REG_FAULT_PC];
	buffer->msg[9] = from[REG_SP];
	buffer->msg[10] = from[REG_ELR];
	buffer->msg[11] = from[REG_SPSR];
	buffer->msg[12] = sender->fault.w[0];
	return 13;
}

static u64 write_words(struct tcb *receiver, struct ipc_buffer *buffer, u32 at, const u64 *words,
		       u32 count)
{
	u64 length = at;
	u32 i;

	for (i = 0; i < count; i++)
		length = message_set(receiver, buffer, at + i, words[i]);
	return length;
}

u64 fault_write_lookup(struct tcb *tcb, struct ipc_buffer *buffer, u32 at,
		       const struct lookup_failure *failure)
{
	u64 words[4] = { failure->type, failure->bits_left };
	u32 count = 2;

	switch (failure->type) {
	case LOOKUP_INVALID_ROOT:
		count = 1;
		break;
	case LOOKUP_DEPTH_MISMATCH:
		words[2] = failure->bits_found;
		count = 3;
		break;
	case LOOKUP_GUARD_MISMATCH:
		words[2] = failure->guard;
		words[3] = failure->bits_found;
		count = 4;
		break;
	}
	return write_words(tcb, buffer, at, words, count);
}

u64 fault_write_message(struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer)
{
	const struct fault *fault = &sender->fault;
	u64 pc = sender->context.reg[REG_FAULT_PC];
	u64 words[3];

	switch (fault->type) {
	case FAULT_UNKNOWN_SYSCALL:
		return write_unknown_syscall(sender, receiver, buffer);
	case FAULT_USER_EXCEPTION:
		write_regs(sender, receiver, buffer, user_exception_regs,
			   ARRAY_SIZE(user_exception_regs));
		return write_words(receiver, buffer, ARRAY_SIZE(user_exception_regs), fault->w, 2);
	case FAULT_TIMEOUT:
		words[0] = fault->w[0];
		words[1] = sender->sc ? sched_context_take_consumed(sender->sc) : 0;
		return write_words(receiver, buffer, 0, words, sender->sc ? 2 : 1);
	case FAULT_CAP:
		words[0] = pc;
		words[1] = fault->w[0];
		words[2] = fault->w[1];
		write_words(receiver, buffer, 0, words, 3);
		return fault_write_lookup(receiver, buffer, 3, &sender->lookup);
	default:
		return fault_write_short(sender, &receiver->context.reg[REG_MR0]);
	}
}

/* Words of the reply into the faulter's registers; count is at most the reply's length. */
static void read_regs(struct tcb *faulter, const struct tcb *replier, const u8 *regs, u64 count)
{
	u64 *to = faulter->context.reg;
	const u64 *mr = &replier->context.reg[REG_MR0];
	const volatile struct ipc_buffer *buffer;
	u64 spsr = to[REG_SPSR];
	u64 i;

	for (i = 0; i < count && i < MESSAGE_REGISTER_COUNT; i++)
		to[regs[i]] = mr[i];
	if (i < count) {
		buffer = thread_ipc_buffer(replier, false);
		for (; buffer && i < count; i++)
			to[regs[i]] = buffer->msg[i];
	}
	if (to[REG_SPSR] != spsr)
		to[REG_SPSR] = arch_sanitise_register(faulter, REG_SPSR, to[REG_SPSR]);
}

/*
 * The frequent one: x0-x7 and the pc, as far as a monitor goes to step over a call it has answered;
 * shorter and longer replies are for the table.
 */
static void read_unknown_syscall(struct tcb *faulter, const struct tcb *replier, u64 length)
{
	const volatile struct ipc_buffer *buffer;
	const u64 *mr = &replier->context.reg[REG_MR0];
	u64 *to = faulter->context.reg;

	buffer = length == 9 ? thread_ipc_buffer(replier, false) : NULL;
	if (unlikely(!buffer)) {
		read_regs(faulter, replier, unknown_syscall_regs,
			  min_u64(length, ARRAY_SIZE(unknown_syscall_regs)));
		return;
	}
	to[0] = mr[0];
	to[1] = mr[1];
	to[2] = mr[2];
	to[3] = mr[3];
	to[4] = buffer->msg[4];
	to[5] = buffer->msg[5];
	to[6] = buffer->msg[6];
	to[7] = buffer->msg[7];
	to[REG_FAULT_PC] = buffer->msg[8];
}

bool fault_read_reply(struct tcb *faulter, struct tcb *replier)
{
	u64 info = replier->context.reg[REG_INFO];
	u64 length = msginfo_length(info);
	bool restart = msginfo_label(info) == 0;

	switch (faulter->fault.type) {
	case FAULT_UNKNOWN_SYSCALL:
		read_unknown_syscall(faulter, replier, length);
		return restart;
	case FAULT_USER_EXCEPTION:
		read_regs(faulter, replier, user_exception_regs,
			  min_u64(length, ARRAY_SIZE(user_exception_regs)));
		return restart;
	case FAULT_TIMEOUT:
		read_regs(faulter, replier, timeout_reply_regs,
			  min_u64(length, ARRAY_SIZE(timeout_reply_regs)));
		return restart;
	default:
		return true;
	}
}
