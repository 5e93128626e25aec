// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading, writing and copying a thread's registers. A vmm does this on every exit, so the loops
 * are plain and the checks few. The order of registers in a message is the API's user context:
 * 17 "frame" registers, then 19 others.
 */

#include "arch.h"
#include "decode.h"

#define FRAME_COUNT 17
#define WRITE_ARGS 2		/* flags and count come before the registers */

static const u8 user_context[] = {
	REG_FAULT_PC, REG_SP, REG_SPSR, 0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30,
	9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
	REG_TPIDR, REG_TPIDRRO,
};

#define CONTEXT_COUNT ARRAY_SIZE(user_context)

enum copy_flags {
	SUSPEND_SOURCE = 1,
	RESUME_TARGET = 2,
	COPY_FRAME = 4,
	COPY_INTEGER = 8,
};

static enum error decode_read(struct invocation *inv, struct tcb *tcb)
{
	struct ipc_buffer *buffer;
	u64 *mr = &inv->caller->context.reg[REG_MR0];
	u64 flags, count, i;

	if (inv->length < 2)
		return err_truncated();
	flags = inv_arg(inv, 0);
	count = inv_arg(inv, 1);
	if (count < 1 || count > CONTEXT_COUNT)
		return err_range(1, CONTEXT_COUNT);
	if (tcb == inv->caller)
		return err_illegal();

	if (flags & 1)
		thread_suspend(tcb);
	if (!inv->call)
		return OK;
	if (count > CONTEXT_COUNT - 2)
		arch_tcb_sync_tls(tcb);
	for (i = 0; i < count && i < MESSAGE_REGISTER_COUNT; i++)
		mr[i] = tcb->context.reg[user_context[i]];
	if (i < count) {
		buffer = thread_ipc_buffer(inv->caller, true);
		if (buffer)
			for (; i < count; i++)
				buffer->msg[i] = tcb->context.reg[user_context[i]];
	}
	inv->reply_length = i;
	return OK;
}

static enum error decode_write(struct invocation *inv, struct tcb *tcb)
{
	u64 flags, count, i;

	if (inv->length < WRITE_ARGS)
		return err_truncated();
	flags = inv_arg(inv, 0);
	count = inv_arg(inv, 1);
	if (inv->length - WRITE_ARGS < count)
		return err_truncated();
	if (tcb == inv->caller)
		return err_illegal();

	count = min_u64(count, CONTEXT_COUNT);
	if (count > CONTEXT_COUNT - 2)
		arch_tcb_sync_tls(tcb);
	for (i = 0; i < count; i++) {
		enum reg reg = user_context[i];
		u64 value = inv_arg(inv, i + WRITE_ARGS);

		tcb->context.reg[reg] = reg == REG_SPSR ? arch_sanitise_register(tcb, reg, value)
							: value;
	}
	tcb->context.reg[REG_ELR] = tcb->context.reg[REG_FAULT_PC];
	if (flags & 1)
		thread_resume(tcb);
	return OK;
}

static void copy(struct tcb *dest, const struct tcb *src, u64 first, u64 end)
{
	u64 i;

	for (i = first; i < end; i++)
		dest->context.reg[user_context[i]] = src->context.reg[user_context[i]];
}

static enum error decode_copy(struct invocation *inv, struct tcb *dest)
{
	struct tcb *src;
	u64 flags;

	if (inv->length < 1 || inv->extra_count < 1)
		return err_truncated();
	flags = inv_arg(inv, 0);
	if (cap_type(inv->extra[0]->cap) != CAP_TCB)
		return err_invalid_cap(1);
	src = cap_ptr(inv->extra[0]->cap);

	if (flags & SUSPEND_SOURCE)
		thread_suspend(src);
	if (flags & RESUME_TARGET)
		thread_resume(dest);
	arch_tcb_sync_tls(src);
	arch_tcb_sync_tls(dest);
	if (flags & COPY_FRAME) {
		copy(dest, src, 0, FRAME_COUNT);
		dest->context.reg[REG_SPSR] =
			arch_sanitise_register(dest, REG_SPSR, dest->context.reg[REG_SPSR]);
		dest->context.reg[REG_ELR] = dest->context.reg[REG_FAULT_PC];
	}
	if (flags & COPY_INTEGER)
		copy(dest, src, FRAME_COUNT, CONTEXT_COUNT);
	if (dest == this_core()->current)
		this_core()->switch_needed = true;
	return OK;
}

enum error tcb_decode_registers(struct invocation *inv)
{
	struct tcb *tcb = cap_ptr(inv->cap);

	switch (inv->label) {
	case LABEL_TCB_READ_REGISTERS:
		return decode_read(inv, tcb);
	case LABEL_TCB_WRITE_REGISTERS:
		return decode_write(inv, tcb);
	default:
		return decode_copy(inv, tcb);
	}
}
