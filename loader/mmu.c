// SPDX-License-Identifier: BSD-2-Clause
/*
 * VMSAv8-64 stage 1 tables of EL2: 48-bit VA, 4 KiB granule, 2 MiB blocks only. Bits are those of
 * the Arm ARM D8.3 (descriptors) and D19.2 (registers). The tables are this file's own, in BSS.
 */
#include "mmu.h"

#include <stddef.h>

#define TABLE_COUNT 16
#define ENTRY_COUNT 512

#define DESC_VALID	     (1ull << 0)
#define DESC_TABLE	     (1ull << 1)
#define DESC_ATTR(index)     ((uint64_t)(index) << 2)
#define DESC_INNER_SHAREABLE (3ull << 8)
#define DESC_ACCESSED	     (1ull << 10)
#define DESC_EXECUTE_NEVER   (1ull << 54)
#define DESC_ADDRESS	     0x0000fffffffff000ull

#define LEVEL0_SHIFT 39
#define LEVEL1_SHIFT 30
#define LEVEL2_SHIFT 21

/* 0-2 device nGnRnE, nGnRE, GRE; 3-5 normal non-cacheable, write-back, write-through */
#define MAIR_VALUE 0x0000aaff440c0400ull

#define TCR_T0SZ_48    16ull
#define TCR_IRGN0_WBWA (1ull << 8)
#define TCR_ORGN0_WBWA (1ull << 10)
#define TCR_SH0_INNER  (3ull << 12)
#define TCR_PS_SHIFT   16
#define TCR_PS_48      5ull
#define TCR_RES1       (1ull << 31 | 1ull << 23)

#define SCTLR_RES1 0x30c50830ull
#define SCTLR_M	   (1ull << 0)
#define SCTLR_C	   (1ull << 2)
#define SCTLR_I	   (1ull << 12)

static uint64_t tables[TABLE_COUNT][ENTRY_COUNT] __attribute__((aligned(4096)));
static unsigned int used_count; /* besides the root, which is the first */

static uint64_t *next_table(uint64_t *table, uint64_t virt, unsigned int shift)
{
	uint64_t *entry = &table[(virt >> shift) % ENTRY_COUNT];

	if (!(*entry & DESC_VALID)) {
		if (used_count == TABLE_COUNT - 1)
			return NULL;
		*entry = (uintptr_t)tables[++used_count] | DESC_TABLE | DESC_VALID;
	}
	return (uint64_t *)(uintptr_t)(*entry & DESC_ADDRESS);
}

static bool map_block(uint64_t virt, uint64_t phys, enum mmu_attribute attribute)
{
	uint64_t desc =
		phys | DESC_ATTR(attribute) | DESC_INNER_SHAREABLE | DESC_ACCESSED | DESC_VALID;
	uint64_t *table = tables[0];
	uint64_t *entry;

	if (attribute == MMU_DEVICE)
		desc |= DESC_EXECUTE_NEVER;
	table = next_table(table, virt, LEVEL0_SHIFT);
	if (table)
		table = next_table(table, virt, LEVEL1_SHIFT);
	if (!table)
		return false;
	entry = &table[(virt >> LEVEL2_SHIFT) % ENTRY_COUNT];
	if (*entry & DESC_VALID)
		return *entry == desc;
	*entry = desc;
	return true;
}

bool mmu_map(struct range virt, uint64_t phys, enum mmu_attribute attribute)
{
	phys = align_down(phys, LARGE_PAGE_BYTES);
	for (uint64_t va = align_down(virt.start, LARGE_PAGE_BYTES); va < virt.end;
	     va += LARGE_PAGE_BYTES, phys += LARGE_PAGE_BYTES) {
		if (!map_block(va, phys, attribute))
			return false;
	}
	/* New entries, written to memory or cache, before the walks of accesses that follow. */
	asm volatile("dsb ishst\n\tisb" : : : "memory");
	return true;
}

struct mmu_registers mmu_registers(void)
{
	uint64_t range, ps;

	asm volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(range));
	ps = range & 0xf;
	if (ps > TCR_PS_48)
		ps = TCR_PS_48;
	return (struct mmu_registers){
		.mair = MAIR_VALUE,
		.tcr = TCR_T0SZ_48 | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER |
		       ps << TCR_PS_SHIFT | TCR_RES1,
		.ttbr0 = (uintptr_t)tables[0],
		.sctlr = SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I,
	};
}

void cache_clean(struct range range)
{
	uint64_t ctr, line;

	asm volatile("mrs %0, ctr_el0" : "=r"(ctr));
	line = 4ull << (ctr >> 16 & 0xf); /* DminLine */
	for (uint64_t address = align_down(range.start, line); address < range.end; address += line)
		asm volatile("dc civac, %0" : : "r"(address) : "memory");
	/* Data at the point of coherency before instruction caches are emptied, then fetches. */
	asm volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
}
