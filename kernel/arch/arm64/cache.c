// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cache maintenance by virtual address (Arm ARM, "Caches and memory hierarchy"). Called when memory
 * becomes an object, when page tables change, and for the Clean, Invalidate and Unify invocations.
 * Works on any mapped kernel address; the caller has checked that the range is RAM.
 */
#include <arch/cache.h>
#include <arch/sysreg.h>

/* What DC ZVA zeroes (DCZID_EL0.BS, in words), unless it is prohibited (DZP). */
#define DCZID_BLOCK(dczid) (4ul << ((dczid)&0xf))
#define DCZID_DZP	   (1ul << 4)

#define COMMON_LINE 64 /* every core's that we know, for zeroing too */
#define GROUP_LINES 8

static u64 dcache_line;
static u64 icache_line;
static u64 zero_block; /* 0: DC ZVA is prohibited */

void cache_init(void)
{
	u64 ctr = sysreg_read(ctr_el0);
	u64 dczid = sysreg_read(dczid_el0);

	zero_block = dczid & DCZID_DZP ? 0 : DCZID_BLOCK(dczid);
	dcache_line = 4ul << ((ctr >> 16) & 0xf);
	icache_line = 4ul << (ctr & 0xf);
}

static u64 line_of(const void *start, u64 line_size)
{
	return (u64)start & ~(line_size - 1);
}

/*
 * All memory goes through here once at boot: a group of lines per round, the address of each line
 * made once for both instructions, takes a third of the instructions of two plain loops.
 */
static kva_t clear_groups(kva_t at, kva_t end)
{
	while (end - at >= GROUP_LINES * COMMON_LINE) {
#pragma GCC unroll 8
		for (u32 i = 0; i < GROUP_LINES; i++)
			__asm__ volatile("dc zva, %0" : : "r"(at + i * COMMON_LINE) : "memory");
#pragma GCC unroll 8
		for (u32 i = 0; i < GROUP_LINES; i++)
			__asm__ volatile("dc cvac, %0" : : "r"(at + i * COMMON_LINE) : "memory");
		at += GROUP_LINES * COMMON_LINE;
	}
	return at;
}

void cache_clear_poc(void *start, u64 size)
{
	kva_t at = (kva_t)start, end = at + size;

	if (zero_block == COMMON_LINE && dcache_line == COMMON_LINE && at % COMMON_LINE == 0)
		at = clear_groups(at, end);
	size = end - at;
	if (zero_block && ((at | size) & (zero_block - 1)) == 0) {
		for (kva_t block = at; block < end; block += zero_block)
			__asm__ volatile("dc zva, %0" : : "r"(block) : "memory");
	} else {
		for (kva_t word = at; word < end; word += sizeof(u64))
			*(volatile u64 *)word = 0;
	}
	cache_clean_poc((const void *)at, size);
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
