// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cache maintenance by virtual address (Arm ARM, "Caches and memory hierarchy"). Called when memory
 * becomes an object, when page tables change, and for the Clean, Invalidate and Unify invocations.
 * Works on any mapped kernel address; the caller has checked that the range is RAM.
 */
#include <arch/cache.h>
#include <arch/sysreg.h>

static u64 dcache_line;
static u64 icache_line;

void cache_init(void)
{
	u64 ctr = sysreg_read(ctr_el0);

	dcache_line = 4ul << ((ctr >> 16) & 0xf);
	icache_line = 4ul << (ctr & 0xf);
}

static u64 line_of(const void *start, u64 line_size)
{
	return (u64)start & ~(line_size - 1);
}

void cache_clean_poc(const void *start, u64 size)
{
	for (u64 line = line_of(start, dcache_line); line < (u64)start + size; line += dcache_line)
		__asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
	dsb_sy();
}

void cache_clean_pou(const void *start, u64 size)
{
	for (u64 line = line_of(start, dcache_line); line < (u64)start + size; line += dcache_line)
		__asm__ volatile("dc cvau, %0" : : "r"(line) : "memory");
	dsb_ish();
}

void cache_invalidate_poc(const void *start, u64 size)
{
	u64 end = (u64)start + size;

	/*
	 * A line that is only partly inside holds somebody else's bytes: write it back first. The
	 * same for all others would defeat the purpose, which is to see what a device wrote.
	 */
	if ((u64)start % dcache_line)
		__asm__ volatile("dc civac, %0" : : "r"(start) : "memory");
	if (end % dcache_line)
		__asm__ volatile("dc civac, %0" : : "r"(end) : "memory");
	dsb_sy();
	for (u64 line = line_of(start, dcache_line); line < (u64)start + size; line += dcache_line)
		__asm__ volatile("dc ivac, %0" : : "r"(line) : "memory");
	dsb_sy();
}

void cache_clean_invalidate_poc(const void *start, u64 size)
{
	for (u64 line = line_of(start, dcache_line); line < (u64)start + size; line += dcache_line)
		__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
	dsb_sy();
}

void cache_unify(const void *start, u64 size)
{
	/* The new instructions reach the point of unification before stale ones are dropped. */
	cache_clean_pou(start, size);
	for (u64 line = line_of(start, icache_line); line < (u64)start + size; line += icache_line)
		__asm__ volatile("ic ivau, %0" : : "r"(line) : "memory");
	dsb_ish();
	isb();
}
