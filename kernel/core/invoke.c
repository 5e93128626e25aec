// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sending to a cap: look it up, let its object decode and commit, answer the caller. Everything
 * that Call, Send, NBSend and the first half of ReplyRecv and its relatives do comes through
 * invoke() or, with the slot already found, invoke_slot().
 *
 * What always holds: while an object decodes, the caller's state is RESTART, so that whatever ends
 * the call early (preemption, deletion of the caller) leaves a thread that can begin it again.
 */

#include "invoke.h"

#include "arch.h"
#include "cspace.h"
#include "decode.h"
#include "domain.h"
#include "fault.h"
#include "ipc.h"
#include "irq.h"
#include "sched_context.h"

/* ---- errors ---- */

enum error err_invalid_argument(u32 which)
{
	this_core()->error.arg = which;
	return INVALID_ARGUMENT;
}

enum error err_invalid_cap(u32 which)
{
	this_core()->error.arg = which;
	return INVALID_CAPABILITY;
}

enum error err_range(u64 min, u64 max)
{
	this_core()->error.min = min;
	this_core()->error.max = max;
	return RANGE_ERROR;
}

enum error err_failed_lookup(bool is_source)
{
	this_core()->error.arg = is_source;
	return FAILED_LOOKUP;
}

enum error err_not_enough_memory(u64 bytes_left)
{
	this_core()->error.arg = bytes_left;
	return NOT_ENOUGH_MEMORY;
}

static void reply_error(struct tcb *caller, enum error err)
{
	const struct error_info *info = &this_core()->error;
	struct ipc_buffer *buffer = thread_ipc_buffer(caller, true);
	u64 length = 0;

	switch (err) {
	case INVALID_ARGUMENT:
	case INVALID_CAPABILITY:
	case NOT_ENOUGH_MEMORY:
		length = message_set(caller, buffer, 0, info->arg);
		break;
	case RANGE_ERROR:
		message_set(caller, buffer, 0, info->min);
		length = message_set(caller, buffer, 1, info->max);
		break;
	case FAILED_LOOKUP:
		message_set(caller, buffer, 0, info->arg);
		length = fault_write_lookup(caller, buffer, 1, &info->lookup);
		break;
	default:
		break;
	}
	caller->context.reg[REG_BADGE] = 0;
	caller->context.reg[REG_INFO] = msginfo_make(err, 0, 0, length);
}

void inv_set_mr(struct invocation *inv, u32 i, u64 value)
{
	struct ipc_buffer *buffer = NULL;
	u64 length;

	if (!inv->call)
		return;
	if (i >= MESSAGE_REGISTER_COUNT)
		buffer = thread_ipc_buffer(inv->caller, true);
	length = message_set(inv->caller, buffer, i, value);
	inv->reply_length = max_u64(inv->reply_length, length);
}

/* ---- objects ---- */

static enum error send_endpoint(struct invocation *inv)
{
	u32 flags = cap_flags(inv->cap);
	struct send_params p = {
		.badge = inv->cap.w1,
		.blocking = inv->blocking,
		.call = inv->call,
		.can_grant = flags & RIGHT_GRANT,
		.can_grant_reply = flags & RIGHT_GRANT_REPLY,
		.can_donate = inv->can_donate,
	};

	if (!(flags & RIGHT_WRITE))
		return err_invalid_cap(0);
	endpoint_send(cap_ptr(inv->cap), inv->caller, p);
	return OK;
}

static enum error send_notification(struct invocation *inv)
{
	if (!(cap_flags(inv->cap) & RIGHT_WRITE))
		return err_invalid_cap(0);
	notification_signal(cap_ptr(inv->cap), inv->cap.w1);
	return OK;
}

static enum error send_reply(struct invocation *inv)
{
	reply_send(cap_ptr(inv->cap), inv->caller, cap_flags(inv->cap) & RIGHT_GRANT);
	return OK;
}

static enum error (*const decoders[CAP_ARCH_FIRST])(struct invocation *inv) = {
	[CAP_UNTYPED] = untyped_decode,
	[CAP_ENDPOINT] = send_endpoint,
	[CAP_NOTIFICATION] = send_notification,
	[CAP_REPLY] = send_reply,
	[CAP_CNODE] = cnode_decode,
	[CAP_TCB] = tcb_decode,
	[CAP_IRQ_CONTROL] = irq_control_decode,
	[CAP_IRQ_HANDLER] = irq_handler_decode,
	[CAP_DOMAIN] = domain_decode,
	[CAP_SCHED_CONTEXT] = sched_context_decode,
	[CAP_SCHED_CONTROL] = sched_control_decode,
};

/* Objects that the sending half of a combined call may not change. */
#define NOT_IN_FIRST_PHASE \
	(BIT(CAP_TCB) | BIT(CAP_DOMAIN) | BIT(CAP_CNODE) | BIT(CAP_SCHED_CONTROL) | \
	 BIT(CAP_SCHED_CONTEXT))

static enum error decode(struct invocation *inv)
{
	enum cap_type type = cap_type(inv->cap);

	if (cap_is_arch(inv->cap))
		return arch_decode_invocation(inv);
	if (!decoders[type] || (inv->first_phase && (NOT_IN_FIRST_PHASE & BIT(type))))
		return err_invalid_cap(0);
	return decoders[type](inv);
}

static enum error finish(struct invocation *inv, enum error err)
{
	struct tcb *caller = inv->caller;

	if (unlikely(err == PREEMPTED))
		return err;
	if (caller->state != THREAD_RESTART)
		return OK;
	caller->state = THREAD_RUNNING;
	if (!inv->call)
		return OK;
	if (likely(!err)) {
		caller->context.reg[REG_BADGE] = 0;
		caller->context.reg[REG_INFO] = msginfo_make(0, 0, 0, inv->reply_length);
	} else {
		reply_error(caller, err);
	}
	return OK;
}

enum error invoke_slot(struct tcb *caller, struct slot *slot, u32 how)
{
	u64 info = caller->context.reg[REG_INFO];
	struct invocation inv;

	inv.caller = caller;
	inv.slot = slot;
	inv.cap = slot->cap;
	inv.label = msginfo_label(info);
	inv.length = msginfo_length(info);
	inv.call = how & INVOKE_CALL;
	inv.blocking = how & INVOKE_BLOCKING;
	inv.can_donate = how & INVOKE_CAN_DONATE;
	inv.first_phase = how & INVOKE_FIRST_PHASE;
	inv.reply_length = 0;
	inv.extra_count = 0;
	inv.buffer = NULL;
	if (inv.length > MESSAGE_REGISTER_COUNT || msginfo_extra_caps(info)) {
		inv.buffer = thread_ipc_buffer(caller, false);
		if (!inv.buffer)
			inv.length = min_u64(inv.length, MESSAGE_REGISTER_COUNT);
		if (!message_extra_caps(caller, inv.buffer, info, inv.extra, &inv.extra_count)) {
			if (inv.blocking)
				fault_deliver(caller);
			else
				caller->fault.type = FAULT_NONE;
			return OK;
		}
	}

	caller->state = THREAD_RESTART;
	return finish(&inv, decode(&inv));
}

enum error invoke(struct tcb *caller, u64 cptr, u32 how)
{
	struct slot *slot = cspace_lookup(caller, cptr);

	if (likely(slot))
		return invoke_slot(caller, slot, how);
	if (how & INVOKE_BLOCKING) {
		fault_set_cap(caller, cptr, false);
		fault_deliver(caller);
	}
	return OK;
}
