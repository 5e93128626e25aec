// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading, writing and copying a thread's registers. A vmm does this on every exit, so the loops
 * are plain and the checks few. The order of registers in a message is the API's user context:
 * 17 "frame" registers, then 19 others.
 */

#include "arch.h"
#include "decode.h"
#include "fastpath.h"

#define FRAME_COUNT 17
#define WRITE_ARGS 2		/* flags and count come before the registers */
#define WRITE_DIRECT (MESSAGE_REGISTER_COUNT - WRITE_ARGS)

/* The user context backwards: WORD(index, register). */
#define USER_CONTEXT(WORD)                                                                   \
	WORD(35, REG_TPIDRRO) WORD(34, REG_TPIDR)                                            \
	WORD(33, 28) WORD(32, 27) WORD(31, 26) WORD(30, 25) WORD(29, 24) WORD(28, 23)        \
	WORD(27, 22) WORD(26, 21) WORD(25, 20) WORD(24, 19) WORD(23, 15) WORD(22, 14)        \
	WORD(21, 13) WORD(20, 12) WORD(19, 11) WORD(18, 10) WORD(17, 9) WORD(16, 30)         \
	WORD(15, 29) WORD(14, 18) WORD(13, 17) WORD(12, 16) WORD(11, 8) WORD(10, 7)          \
	WORD(9, 6) WORD(8, 5) WORD(7, 4) WORD(6, 3) WORD(5, 2) WORD(4, 1) WORD(3, 0)         \
	WORD(2, REG_SPSR) WORD(1, REG_SP) WORD(0, REG_FAULT_PC)

#define WORD_REG(index, number) [index] = number,
static const u8 user_context[] = { USER_CONTEXT(WORD_REG) };

#define CONTEXT_COUNT ARRAY_SIZE(user_context)

#define SPSR_INDEX 2		/* the first word that a write finds in the buffer */
#define TLS_COUNT 2		/* the last two: see arch_tcb_sync_tls */

_Static_assert(SPSR_INDEX == WRITE_DIRECT, "write_words begins there");

#define READ_SUSPEND 1u
#define WRITE_RESUME 1u

enum copy_flags {
	SUSPEND_SOURCE = 1,
	RESUME_TARGET = 2,
	COPY_FRAME = 4,
	COPY_INTEGER = 8,
};

/*
 * The first `count` words of the user context: those beyond MESSAGE_REGISTER_COUNT to `words`, the
 * others to `mr`. Jumps into straight code, because every read of a guest's register comes here.
 */
static void read_words(const struct tcb *tcb, u64 *mr, u64 *words, u64 count)
{
	const u64 *reg = tcb->context.reg;

#define WORD_READ(index, number)                                                     \
	case (index) + 1:                                                            \
		((index) < MESSAGE_REGISTER_COUNT ? mr : words)[index] = reg[number]; \
		__attribute__((fallthrough));
	switch (count) {
		USER_CONTEXT(WORD_READ)
	default:
		break;
	}
}

/* Words from the SPSR to `end` of the user context; words[i] is word i. */
static void write_words(struct tcb *tcb, const volatile u64 *words, u64 end)
{
	u64 spsr = words[SPSR_INDEX];
	u64 i;

	if (spsr != tcb->context.reg[REG_SPSR])
		tcb->context.reg[REG_SPSR] = arch_sanitise_register(tcb, REG_SPSR, spsr);
	for (i = SPSR_INDEX + 1; i < end; i++)
		tcb->context.reg[user_context[i]] = words[i];
}

/* Into caller's answer; returns how many words there was room for. */
static u64 read_context(struct tcb *caller, struct tcb *tcb, u64 count)
{
	u64 direct = min_u64(count, MESSAGE_REGISTER_COUNT);
	struct ipc_buffer *buffer;
	u64 *words = NULL;

	if (count > CONTEXT_COUNT - TLS_COUNT)
		arch_tcb_sync_tls(tcb);
	if (count > direct) {
		buffer = thread_ipc_buffer(caller, true);
		if (buffer)
			words = buffer->msg;
		else
			count = direct;
	}
	read_words(tcb, &caller->context.reg[REG_MR0], words, count);
	return count;
}

/*
 * From the message after its two arguments; buffer holds what the registers do not. The pc, and with
 * it the sp, are most of what is ever written.
 */
static void write_context(const struct tcb *caller, const struct ipc_buffer *buffer,
			  struct tcb *tcb, u64 count)
{
	const u64 *mr = &caller->context.reg[REG_MR0 + WRITE_ARGS];

	if (likely(count > 0))
		tcb->context.reg[REG_FAULT_PC] = mr[0];
	if (count > 1)
		tcb->context.reg[REG_SP] = mr[1];
	if (count > WRITE_DIRECT) {
		count = min_u64(count, CONTEXT_COUNT);
		if (count > CONTEXT_COUNT - TLS_COUNT)
			arch_tcb_sync_tls(tcb);
		write_words(tcb, &buffer->msg[WRITE_ARGS], count);
	}
	tcb->context.reg[REG_ELR] = tcb->context.reg[REG_FAULT_PC];
}

static enum error decode_read(struct invocation *inv, struct tcb *tcb)
{
	u64 flags, count;

	if (inv->length < 2)
		return err_truncated();
	flags = inv_arg(inv, 0);
	count = inv_arg(inv, 1);
	if (count < 1 || count > CONTEXT_COUNT)
		return err_range(1, CONTEXT_COUNT);
	if (tcb == inv->caller)
		return err_illegal();

	if (flags & READ_SUSPEND)
		thread_suspend(tcb);
	if (inv->call)
		inv->reply_length = read_context(inv->caller, tcb, count);
	return OK;
}

static enum error decode_write(struct invocation *inv, struct tcb *tcb)
{
	u64 flags, count;

	if (inv->length < WRITE_ARGS)
		return err_truncated();
	flags = inv_arg(inv, 0);
	count = inv_arg(inv, 1);
	if (inv->length - WRITE_ARGS < count)
		return err_truncated();
	if (tcb == inv->caller)
		return err_illegal();

	write_context(inv->caller, inv->buffer, tcb, count);
	if (flags & WRITE_RESUME)
		thread_resume(tcb);
	return OK;
}

/* What a monitor does on every exit, without an invocation around it (core/fastpath.c). */
struct tcb *fastpath_try_registers(struct tcb *current, struct tcb *tcb)
{
	u64 *reg = current->context.reg;
	u64 info = reg[REG_INFO], length = msginfo_length(info);
	u64 flags = reg[REG_MR0], count = reg[REG_MR0 + 1];
	const struct ipc_buffer *buffer = NULL;

	if (unlikely(msginfo_extra_caps(info) || length < WRITE_ARGS || tcb == current ||
		     core_runs_elsewhere(tcb)))
		return NULL;
	if (msginfo_label(info) == LABEL_TCB_READ_REGISTERS) {
		if (unlikely(flags & READ_SUSPEND || count < 1 || count > CONTEXT_COUNT))
			return NULL;
		count = read_context(current, tcb, count);
	} else if (msginfo_label(info) == LABEL_TCB_WRITE_REGISTERS) {
		if (count > WRITE_DIRECT)
			buffer = thread_ipc_buffer(current, false);
		if (unlikely(length - WRITE_ARGS < count || (count > WRITE_DIRECT && !buffer)))
			return NULL;
		write_context(current, buffer, tcb, count);
		count = 0;
	} else {
		return NULL;
	}
	reg[REG_BADGE] = 0;
	reg[REG_INFO] = msginfo_make(0, 0, 0, count);
	if (msginfo_label(info) == LABEL_TCB_READ_REGISTERS || !(flags & WRITE_RESUME) ||
	    fastpath_try_resume(current, tcb))
		return current;
	thread_resume(tcb);
	return sched_finish_quick();
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

	core_stall(src);
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
