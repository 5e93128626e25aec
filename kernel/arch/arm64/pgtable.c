// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stage-2 tables (Arm ARM, VMSAv8-64): walking, entry encoding, and taking mappings away. Three
 * levels over a 40-bit input: a root of 1024 entries of 1 GiB, then tables of 512. Called by
 * vspace.c with arguments it has checked, and when caps to frames and tables are deleted.
 */
#include <arch/cache.h>
#include <arch/memory.h>
#include <arch/sysreg.h>
#include <arch/vspace.h>

#include "print.h"

#define PTE_MEMATTR_NORMAL_WB (0xfull << 2)
#define PTE_MEMATTR_DEVICE    (0x0ull << 2) /* nGnRnE */
#define PTE_S2AP_READ	      (1ull << 6)
#define PTE_S2AP_WRITE	      (1ull << 7)
#define PTE_SH_INNER	      (3ull << 8)
#define PTE_AF		      (1ull << 10)
#define PTE_XN		      (1ull << 54)

/* VTCR_EL2: 40-bit input, start at level 1, write-back inner-shareable walks. */
#define VTCR_T0SZ_40BIT (64 - 40)
#define VTCR_SL0_LEVEL1 (1ull << 6)
#define VTCR_IRGN0_WBWA (1ull << 8)
#define VTCR_ORGN0_WBWA (1ull << 10)
#define VTCR_SH0_INNER	(3ull << 12)
#define VTCR_PS_40BIT	(2ull << 16)
#define VTCR_RES1	(1ull << 31)

#define MMFR0_PARANGE(mmfr0) ((mmfr0)&0xf)
#define MMFR0_TGRAN4(mmfr0)  ((mmfr0) >> 28 & 0xf)
#define PARANGE_40BIT	     2

void pgtable_init(void)
{
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1);

	if (MMFR0_PARANGE(mmfr0) < PARANGE_40BIT || MMFR0_TGRAN4(mmfr0))
		panic("CPU lacks 40-bit physical addresses or 4 KiB pages");
	sysreg_write(vtcr_el2, VTCR_T0SZ_40BIT | VTCR_SL0_LEVEL1 | VTCR_IRGN0_WBWA |
				       VTCR_ORGN0_WBWA | VTCR_SH0_INNER | VTCR_PS_40BIT |
				       VTCR_RES1);
	isb();
}

static bool pte_is_table(pte_t pte, u32 bits_left)
{
	return (pte & PTE_TYPE_MASK) == PTE_TABLE && bits_left > PAGE_BITS;
}

bool pgtable_is_page(pte_t pte, u32 bits_left)
{
	return (pte & PTE_TYPE_MASK) == (bits_left == PAGE_BITS ? PTE_PAGE : PTE_BLOCK);
}

static pte_t *pte_table(pte_t pte)
{
	return (pte_t *)pa_to_kva(PTE_ADDRESS(pte));
}

struct pte_place pgtable_walk(pte_t *root, va_t va)
{
	struct pte_place place = {
		.slot = &root[va >> HUGE_PAGE_BITS & MASK(VSPACE_INDEX_BITS)],
		.bits_left = HUGE_PAGE_BITS,
	};

	while (pte_is_table(*place.slot, place.bits_left)) {
		place.bits_left -= TABLE_INDEX_BITS;
		place.slot =
			&pte_table(*place.slot)[va >> place.bits_left & MASK(TABLE_INDEX_BITS)];
	}
	return place;
}

pte_t pgtable_page_pte(pa_t pa, u32 bits, u32 rights, u64 attributes)
{
	pte_t pte = pa | PTE_AF | (bits == PAGE_BITS ? PTE_PAGE : PTE_BLOCK);

	if (rights & FRAME_READ)
		pte |= PTE_S2AP_READ;
	if (rights & FRAME_WRITE)
		pte |= PTE_S2AP_WRITE;
	if (attributes & ATTR_CACHEABLE)
		pte |= PTE_MEMATTR_NORMAL_WB | PTE_SH_INNER;
	else
		pte |= PTE_MEMATTR_DEVICE;
	if (attributes & ATTR_EXECUTE_NEVER)
		pte |= PTE_XN;
	return pte;
}

pte_t pgtable_table_pte(const pte_t *table)
{
	return kva_to_pa((kva_t)table) | PTE_TABLE;
}

void pgtable_write(pte_t *slot, pte_t pte)
{
	*(volatile pte_t *)slot = pte;
	/* Walkers may read past the cache; the dsb also orders the entry before a later return. */
	cache_clean_pou(slot, sizeof(*slot));
}

void pgtable_unmap_page(u16 asid, va_t va, kva_t frame, u32 bits)
{
	pte_t *root = asid_find(asid);
	struct pte_place place;

	if (!root)
		return;
	/* The cap may be stale: its place can have been taken by another frame since. */
	place = pgtable_walk(root, va);
	if (place.bits_left != bits || !pgtable_is_page(*place.slot, bits) ||
	    PTE_ADDRESS(*place.slot) != kva_to_pa(frame))
		return;
	pgtable_write(place.slot, 0);
	asid_invalidate_page(asid, va);
}

void pgtable_unmap_table(u16 asid, va_t va, const pte_t *table)
{
	pte_t *slot = asid_find(asid);
	u32 bits_left = HUGE_PAGE_BITS;

	if (!slot)
		return;
	slot = &slot[va >> HUGE_PAGE_BITS & MASK(VSPACE_INDEX_BITS)];
	while (pte_is_table(*slot, bits_left)) {
		pte_t *next = pte_table(*slot);

		if (next == table) {
			pgtable_write(slot, 0);
			asid_invalidate_all(asid);
			return;
		}
		bits_left -= TABLE_INDEX_BITS;
		slot = &next[va >> bits_left & MASK(TABLE_INDEX_BITS)];
	}
}
