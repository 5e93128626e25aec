/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One invocation of a capability, as every decode function gets it, and the ways to answer.
 *
 * A decode function checks everything, changes nothing until all checks have passed, then commits.
 * On failure it returns one of the err_*() results below; the dispatcher turns it into the reply.
 * Arguments beyond the fourth come from the caller's IPC buffer, which the caller (or another
 * thread) can write meanwhile on other cores: read each argument once.
 */
#pragma once

#include "cap.h"
#include "core.h"
#include "objects.h"
#include "types.h"

struct invocation {
	struct tcb *caller;
	struct slot *slot;		/* where the invoked cap is */
	struct cap cap;			/* its value at lookup time */
	u64 label;
	u64 length;			/* message words that really exist */
	u32 extra_count;
	struct slot *extra[MESSAGE_MAX_EXTRA_CAPS];
	struct ipc_buffer *buffer;	/* caller's, readable; NULL if it has none */
	bool call;			/* a reply is wanted */
	bool blocking;
	bool can_donate;		/* scheduling context may travel (Call) */
	bool first_phase;		/* of NBSendRecv: errors are dropped */
	u64 reply_length;		/* words set with inv_set_mr */
};

static inline u64 inv_arg(const struct invocation *inv, u32 i)
{
	if (i < MESSAGE_REGISTER_COUNT)
		return inv->caller->context.reg[REG_MR0 + i];
	return *(volatile u64 *)&inv->buffer->msg[i];
}

/* Set word i of the answer; the answer's length becomes at least i + 1. Nothing unless a Call. */
void inv_set_mr(struct invocation *inv, u32 i, u64 value);

enum error err_invalid_argument(u32 which);
enum error err_invalid_cap(u32 which);
enum error err_range(u64 min, u64 max);
/* `is_source` tells which of two lookups failed; the failure itself is in the core's error. */
enum error err_failed_lookup(bool is_source);
enum error err_not_enough_memory(u64 bytes_left);

static inline enum error err_truncated(void)
{
	return TRUNCATED_MESSAGE;
}

static inline enum error err_illegal(void)
{
	return ILLEGAL_OPERATION;
}
