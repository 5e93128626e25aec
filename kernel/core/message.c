// SPDX-License-Identifier: BSD-2-Clause
/*
 * Moving a message between two threads: registers, IPC buffer words, caps. Nothing here can fail;
 * what cannot be moved is cut off, and the receiver's message info says what arrived.
 */

#include "core.h"
#include "cspace.h"
#include "fault.h"
#include "ipc.h"

u64 message_set(struct tcb *tcb, struct ipc_buffer *buffer, u32 i, u64 value)
{
	if (i < MESSAGE_REGISTER_COUNT)
		tcb->context.reg[REG_MR0 + i] = value;
	else if (buffer)
		buffer->msg[i] = value;
	else
		return MESSAGE_REGISTER_COUNT;
	return i + 1;
}

bool message_extra_caps(struct tcb *sender, const struct ipc_buffer *buffer, u64 info,
			struct slot *extra[MESSAGE_MAX_EXTRA_CAPS], u32 *count)
{
	u32 wanted = msginfo_extra_caps(info);
	u32 i;

	*count = 0;
	if (!buffer)
		return true;
	for (i = 0; i < wanted; i++) {
		u64 cptr = *(const volatile u64 *)&buffer->caps_or_badges[i];

		extra[i] = cspace_lookup(sender, cptr);
		if (!extra[i]) {
			fault_set_cap(sender, cptr, false);
			return false;
		}
	}
	*count = wanted;
	return true;
}

static u64 copy_words(const struct tcb *sender, const struct ipc_buffer *from,
		      struct tcb *receiver, struct ipc_buffer *to, u64 length)
{
	const u64 *src = &sender->context.reg[REG_MR0];
	u64 *dest = &receiver->context.reg[REG_MR0];
	u64 i;

	for (i = 0; i < length && i < MESSAGE_REGISTER_COUNT; i++)
		dest[i] = src[i];
	if (!from || !to)
		return i;
	for (; i < length; i++)
		to->msg[i] = from->msg[i];
	return i;
}

/*
 * Caps to the endpoint that the message came through arrive as their badges; the first other one is
 * put into the receive slot. The first cap that cannot be moved ends the transfer.
 */
static u64 transfer_caps(struct slot *const extra[], u32 count, const struct endpoint *ep,
			 struct tcb *receiver, struct ipc_buffer *buffer)
{
	struct slot *dest = cspace_receive_slot(receiver, buffer);
	u64 unwrapped = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		struct cap cap = extra[i]->cap;
		struct cap derived;

		if (cap_type(cap) == CAP_ENDPOINT && cap_ptr(cap) == ep) {
			buffer->caps_or_badges[i] = cap.w1;
			unwrapped |= BIT(i);
			continue;
		}
		if (!dest || cap_derive(extra[i], cap, &derived) != OK || cap_is_null(derived))
			break;
		slot_insert(extra[i], dest, derived);
		dest = NULL;
	}
	return msginfo_make(0, unwrapped, i, 0);
}

void message_transfer(struct tcb *sender, const struct endpoint *ep, u64 badge, bool can_grant,
		      struct tcb *receiver)
{
	struct ipc_buffer *to = thread_ipc_buffer(receiver, true);
	struct slot *extra[MESSAGE_MAX_EXTRA_CAPS];
	struct ipc_buffer *from;
	u32 extra_count = 0;
	u64 info, caps = 0;

	receiver->context.reg[REG_BADGE] = badge;
	if (sender->fault.type != FAULT_NONE) {
		u64 length = fault_write_message(sender, receiver, to);

		receiver->context.reg[REG_INFO] = msginfo_make(sender->fault.type, 0, 0, length);
		return;
	}

	info = sender->context.reg[REG_INFO];
	from = thread_ipc_buffer(sender, false);
	if (can_grant && msginfo_extra_caps(info) &&
	    !message_extra_caps(sender, from, info, extra, &extra_count))
		sender->fault.type = FAULT_NONE;
	info = msginfo_make(msginfo_label(info), 0, 0,
			    copy_words(sender, from, receiver, to, msginfo_length(info)));
	if (extra_count && to)
		caps = transfer_caps(extra, extra_count, ep, receiver, to);
	receiver->context.reg[REG_INFO] = info | caps;
}
