// SPDX-License-Identifier: BSD-2-Clause
/*
 * abort, and what a compiler's hardening of foreign objects (Debian's libfdt.a) refers to.
 */
#include <stdint.h>
#include <stdlib.h>

/* libfdt.a is built with -fstack-protector-strong. Nothing random exists this early. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x5e1c1e00a5c3f00d;

_Noreturn void __stack_chk_fail(void);

_Noreturn void abort(void)
{
	__builtin_trap();
}

_Noreturn void __stack_chk_fail(void)
{
	abort();
}
