/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending to a cap (core/invoke.c), for core/entry.c.
 */
#pragma once

#include "objects.h"

enum invoke_how {
	INVOKE_CALL = 1,
	INVOKE_BLOCKING = 2,
	INVOKE_CAN_DONATE = 4,
	INVOKE_FIRST_PHASE = 8,
};

/* The current thread sends the message in its registers to cptr. OK or PREEMPTED. */
enum error invoke(struct tcb *caller, u64 cptr, u32 how);
enum error invoke_slot(struct tcb *caller, struct slot *slot, u32 how);
