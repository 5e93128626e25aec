/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of seL4's boot protocol on AArch64, in the order in which head.S loads them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kernel_entry {
	uint64_t user_start;   /* x0: root task, physical */
	uint64_t user_end;     /* x1 */
	uint64_t user_offset;  /* x2: physical - virtual */
	uint64_t user_entry;   /* x3: virtual */
	uint64_t fdt;	       /* x4: physical */
	uint64_t fdt_size;     /* x5 */
	uint64_t kernel_entry; /* virtual */
};

_Static_assert(offsetof(struct kernel_entry, kernel_entry) == 48, "as loaded in head.S");

/* core: the logical number that the kernel finds in TPIDR_EL1. */
_Noreturn void enter_kernel(const struct kernel_entry *entry, uint64_t core);
_Noreturn void halt(void);
