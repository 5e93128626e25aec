/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug system calls (core/debug.c): output, halt, cap types, thread names. Only with
 * KERNEL_CONFIG=debug; otherwise their numbers are unknown system calls.
 */
#pragma once

#include "objects.h"

#if KERNEL_DEBUG
/* True if nr was one of them and has been done. */
bool debug_syscall(struct tcb *current, i64 nr);
#else
static inline bool debug_syscall(struct tcb *current, i64 nr)
{
	return false;
}
#endif
