/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domain schedule (object/domain.c): which domain runs for how long, set by the holder of the
 * Domain cap, advanced by the scheduler.
 */
#pragma once

#include "core.h"
#include "invocation.h"

void domain_init(struct core *core);
/* The current slice is over: go to the next entry of the schedule. */
void domain_next(struct core *core);
enum error domain_decode(struct invocation *inv);
