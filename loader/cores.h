/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cores besides the first: started by PSCI, each enters the kernel as the first one does and
 * waits there (docs/boot.md). Called by main.c once everything is loaded.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel_entry.h"
#include "mmu.h"
#include "platform.h"

/* What head.S's core_entry works with. */
struct core_start {
	struct mmu_registers mmu;
	const struct kernel_entry *entry;
	uint64_t core;
};

_Static_assert(offsetof(struct core_start, entry) == 32, "as loaded in head.S");

/* PSCI 1.1 (DEN0022), 5.6: CPU_ON's answers. */
#define PSCI_SUCCESS 0

/*
 * Starts a core under the next logical number (1, 2, ...) and with these registers for the kernel,
 * which must stay where they are. Cores are numbered in the order of the device tree, but the one
 * that runs this is number 0. PSCI's answer, which is negative when the core does not start.
 */
int64_t core_start(const struct platform *platform, unsigned int core,
		   const struct kernel_entry *entry);

/* The MPIDR of a logical core; below platform->cpu_count. */
uint64_t core_mpidr(const struct platform *platform, unsigned int core);
