// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own stage-1 tables (TTBR0_EL2, 48 bits, 4 KiB granule). boot.c calls kmap_init once,
 * while the loader's tables are still live, then kmap_add_ram for what the device tree names; later
 * nothing changes. RAM is mapped in blocks of 2 MiB or 1 GiB, executable only where the kernel's
 * text lies; devices by page.
 */
#include <arch/cache.h>
#include <arch/devices.h>
#include <arch/memory.h>
#include <arch/sysreg.h>
#include <plat/plat.h>

#include "print.h"

#define DESC_BLOCK	   0x1ull
#define DESC_TABLE	   0x3ull
#define DESC_PAGE	   0x3ull
#define DESC_ATTR(index)   ((u64)(index) << 2)
#define DESC_SH_INNER	   (3ull << 8)
#define DESC_AF		   (1ull << 10)
#define DESC_AP1	   (1ull << 6) /* RES1 where there is no EL0 half */
#define DESC_ADDRESS(desc) ((desc)&0x0000fffffffff000ull)
#define DESC_XN		   (1ull << 54)

#define MAP_NORMAL (DESC_ATTR(MAIR_NORMAL_WB) | DESC_SH_INNER | DESC_AF | DESC_AP1)
#define MAP_DEVICE (DESC_ATTR(MAIR_DEVICE_nGnRnE) | DESC_AF | DESC_AP1 | DESC_XN)

/* One level-2 table describes 1 GiB: for the ends of RAM, whose middle needs none. */
#define L2_TABLE_COUNT 8
#define RAM_REGION_MAX 8

#define TCR_EL2_RES1   ((1u << 31) | (1u << 23))
#define TCR_T0SZ_48BIT 16
#define TCR_IRGN0_WBWA (1u << 8)
#define TCR_ORGN0_WBWA (1u << 10)
#define TCR_SH0_INNER  (3u << 12)
#define TCR_PS_SHIFT   16

static u64 l0_table[TABLE_ENTRY_COUNT] __attribute__((aligned(4096)));
static u64 l1_table[TABLE_ENTRY_COUNT] __attribute__((aligned(4096)));
static u64 l2_tables[L2_TABLE_COUNT][TABLE_ENTRY_COUNT] __attribute__((aligned(4096)));
static u64 device_l2[TABLE_ENTRY_COUNT] __attribute__((aligned(4096)));
static u64 device_l3[TABLE_ENTRY_COUNT] __attribute__((aligned(4096)));

static struct region mapped[RAM_REGION_MAX];
static u32 mapped_count;
static u32 l2_table_count;

extern const char kernel_start[], kernel_text_end[], kernel_end[];

static u64 table_desc(const void *table)
{
	return kva_to_pa((kva_t)table) | DESC_TABLE;
}

static u64 *l2_table_for(pa_t pa)
{
	u64 *entry = &l1_table[pa >> HUGE_PAGE_BITS];

	if (!*entry) {
		if (l2_table_count == L2_TABLE_COUNT)
			return NULL;
		*entry = table_desc(l2_tables[l2_table_count++]);
	}
	return (u64 *)pa_to_kva(DESC_ADDRESS(*entry));
}

static bool is_kernel_text(pa_t block)
{
	return block + BIT(LARGE_PAGE_BITS) > kva_to_pa((kva_t)kernel_start) &&
	       block < kva_to_pa((kva_t)kernel_text_end);
}

static bool kmap_block(pa_t pa)
{
	u64 *l2;

	/* Named twice by the device tree: it is there. */
	if ((l1_table[pa >> HUGE_PAGE_BITS] & DESC_TABLE) == DESC_BLOCK)
		return true;
	l2 = l2_table_for(pa);
	if (!l2)
		return false;
	l2[(pa >> LARGE_PAGE_BITS) % TABLE_ENTRY_COUNT] =
		pa | MAP_NORMAL | DESC_BLOCK | (is_kernel_text(pa) ? 0 : DESC_XN);
	return true;
}

/* Every block that the region touches. */
static void kmap_early(struct region region)
{
	for (pa_t pa = region.start & ~MASK(LARGE_PAGE_BITS); pa < region.end;
	     pa += BIT(LARGE_PAGE_BITS))
		if (!kmap_block(pa))
			panic("no table for early mapping");
}

static void kmap_device(kva_t va, pa_t pa)
{
	device_l3[(va >> PAGE_BITS) % TABLE_ENTRY_COUNT] = pa | MAP_DEVICE | DESC_PAGE;
}

/* The table walker may not snoop: what it will read must have left this core's cache. */
static void clean_tables(void)
{
	cache_clean_pou(l0_table, sizeof(l0_table));
	cache_clean_pou(l1_table, sizeof(l1_table));
	cache_clean_pou(l2_tables, sizeof(l2_tables));
	cache_clean_pou(device_l2, sizeof(device_l2));
	cache_clean_pou(device_l3, sizeof(device_l3));
}

void kmap_activate(void)
{
	u64 pa_range = sysreg_read(id_aa64mmfr0_el1) & 0xf;

	sysreg_write(mair_el2, MAIR_VALUE);
	sysreg_write(tcr_el2, TCR_EL2_RES1 | TCR_T0SZ_48BIT | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA |
				      TCR_SH0_INNER | min_u64(pa_range, 5) << TCR_PS_SHIFT);
	sysreg_write(ttbr0_el2, kva_to_pa((kva_t)l0_table));
	/* The new base is in force before the loader's translations are dropped. */
	isb();
	__asm__ volatile("tlbi alle2" : : : "memory");
	dsb_sy();
	isb();
}

void kmap_init(struct region early)
{
	l0_table[CONFIG_KERNEL_OFFSET >> 39] = table_desc(l1_table);
	kmap_early((struct region){kva_to_pa((kva_t)kernel_start), kva_to_pa((kva_t)kernel_end)});
	kmap_early(early);

	l1_table[TABLE_ENTRY_COUNT - 1] = table_desc(device_l2);
	device_l2[TABLE_ENTRY_COUNT - 1] = table_desc(device_l3);
	kmap_device(DEVICE_GICD, PLAT_GICD_BASE);
	kmap_device(DEVICE_GICC, PLAT_GICC_BASE);
	kmap_device(DEVICE_GICH, PLAT_GICH_BASE);
	kmap_device(DEVICE_UART, PLAT_UART_BASE);
	clean_tables();
	kmap_activate();
}

/* One block of 2 MiB, or of 1 GiB where that fits; returns its size, 0 if there is no table left.
 */
static u64 kmap_next(pa_t pa, pa_t end)
{
	u64 *entry = &l1_table[pa >> HUGE_PAGE_BITS];

	if (!*entry && ALIGNED(pa, HUGE_PAGE_BITS) && end - pa >= BIT(HUGE_PAGE_BITS)) {
		*entry = pa | MAP_NORMAL | DESC_BLOCK | DESC_XN;
		return BIT(HUGE_PAGE_BITS);
	}
	return kmap_block(pa) ? BIT(LARGE_PAGE_BITS) : 0;
}

struct region kmap_add_ram(struct region ram)
{
	pa_t pa = (ram.start + MASK(LARGE_PAGE_BITS)) & ~MASK(LARGE_PAGE_BITS);
	pa_t end =
		min_u64(ram.end & ~MASK(LARGE_PAGE_BITS), KERNEL_WINDOW_SIZE - BIT(HUGE_PAGE_BITS));
	struct region done = {pa, pa};

	if (pa >= end || mapped_count == RAM_REGION_MAX)
		return (struct region){0, 0};
	for (u64 size; done.end < end && (size = kmap_next(done.end, end)); done.end += size)
		;
	mapped[mapped_count++] = done;

	cache_clean_pou(l1_table, sizeof(l1_table));
	cache_clean_pou(l2_tables, sizeof(l2_tables));
	/* The new entries were invalid before, so that no translation has to be dropped. */
	isb();
	return done;
}

bool kmap_covers(pa_t pa, u64 size)
{
	for (u32 i = 0; i < mapped_count; i++)
		if (pa >= mapped[i].start && pa < mapped[i].end)
			return size <= mapped[i].end - pa;
	return false;
}
