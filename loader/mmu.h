/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EL2 translation tables that the loader runs on and hands to the kernel, and cache
 * maintenance. MAIR indices and granule are seL4's boot protocol (docs/boot.md).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "range.h"

enum mmu_attribute { MMU_DEVICE = 0, MMU_NORMAL = 4 }; /* indices into MAIR_EL2 */

/*
 * Maps the 2 MiB blocks that hold virt's range to those that hold phys on, before or after
 * mmu_start(). What is mapped already must be mapped alike. False if the loader's tables run out
 * or a mapping differs, both for the caller to report.
 */
bool mmu_map(struct range virt, uint64_t phys, enum mmu_attribute attribute);

/* What turns MMU and caches on, in the order in which head.S's mmu_start loads it. */
struct mmu_registers {
	uint64_t mair;
	uint64_t tcr;
	uint64_t ttbr0;
	uint64_t sctlr;
};

/* The tables made so far, for this core and for those started later. */
struct mmu_registers mmu_registers(void);

/* Turns MMU and caches on; own code and stack must be mapped identically. (head.S) */
void mmu_start(const struct mmu_registers *registers);

/* Makes what was written there visible to instruction fetch and to observers without caches. */
void cache_clean(struct range range);
