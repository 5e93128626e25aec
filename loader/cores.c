// SPDX-License-Identifier: BSD-2-Clause
/*
 * Starting other cores with PSCI's CPU_ON (DEN0022, 5.6) and numbering them. What a core reads
 * before its caches are on is cleaned to memory first.
 */
#include "cores.h"

#include "range.h"

#define PSCI_CPU_ON_64 0xc4000003u
#define MPIDR_AFFINITY 0xff00ffffffull

void core_entry(void);

static uint64_t own_mpidr(void)
{
	uint64_t mpidr;

	asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	return mpidr & MPIDR_AFFINITY;
}

uint64_t core_mpidr(const struct platform *platform, unsigned int core)
{
	uint64_t own = own_mpidr();
	unsigned int number = 0;

	if (core == 0)
		return own;
	for (unsigned int i = 0; i < platform->cpu_count; i++) {
		if (platform->cpu[i] != own && ++number == core)
			return platform->cpu[i];
	}
	return own; /* PSCI answers ALREADY_ON */
}

static int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	register uint64_t x0 asm("x0") = PSCI_CPU_ON_64;
	register uint64_t x1 asm("x1") = mpidr;
	register uint64_t x2 asm("x2") = entry;
	register uint64_t x3 asm("x3") = context;

	/* SMCCC 1.0 lets the callee change x4-x17. */
	asm volatile("smc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
		     :
		     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "memory");
	return (int64_t)x0;
}

int64_t core_start(const struct platform *platform, unsigned int core,
		   const struct kernel_entry *entry)
{
	static struct core_start start[PLATFORM_CPU_MAX];
	struct core_start *own = &start[core];

	*own = (struct core_start){.mmu = mmu_registers(), .entry = entry, .core = core};
	cache_clean((struct range){(uintptr_t)own, (uintptr_t)(own + 1)});
	return psci_cpu_on(core_mpidr(platform, core), (uintptr_t)core_entry, (uintptr_t)own);
}
