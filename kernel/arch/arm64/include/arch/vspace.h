/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User address spaces: stage-2 tables for native threads and guests alike. A VSpace is usable once
 * it has an ASID, which names a slot in an ASID pool; the slot also remembers the 8-bit VMID that
 * tags its translations, while it has one.
 */
#pragma once

#include <arch/state.h>
#include <arch/sysreg.h>

#include "cap.h"
#include "core.h"
#include "types.h"

#define USER_TOP	     0xffffffffffull /* 40-bit IPA */
#define VSPACE_INDEX_BITS    10		     /* two concatenated level-1 tables */
#define ASID_POOL_INDEX_BITS 9
#define ASID_POOL_COUNT	     128
#define INITIAL_ASID	     1

typedef u64 pte_t;

#define PTE_VALID	 (1ull << 0)
#define PTE_TYPE_MASK	 3ull
#define PTE_BLOCK	 1ull /* levels 1 and 2 */
#define PTE_TABLE	 3ull /* levels 1 and 2 */
#define PTE_PAGE	 3ull /* level 3 */
#define PTE_ADDRESS(pte) ((pte)&0x0000fffffffff000ull)

/* The place in the tables where va's translation ends, and how many address bits are left there. */
struct pte_place {
	pte_t *slot;
	u32 bits_left;
};

/* pgtable.c */
void pgtable_init(void);
struct pte_place pgtable_walk(pte_t *root, va_t va);
bool pgtable_is_page(pte_t pte, u32 bits_left);
pte_t pgtable_page_pte(pa_t pa, u32 bits, u32 rights, u64 attributes);
pte_t pgtable_table_pte(const pte_t *table);
void pgtable_write(pte_t *slot, pte_t pte);
void pgtable_unmap_page(u16 asid, va_t va, kva_t frame, u32 bits);
void pgtable_unmap_table(u16 asid, va_t va, const pte_t *table);

/* What Page_Map's attribute word says. */
#define ATTR_CACHEABLE	   (1u << 0)
#define ATTR_EXECUTE_NEVER (1u << 2)

/* asid.c */
struct asid_pool {
	u64 entry[1 << ASID_POOL_INDEX_BITS]; /* VSpace root | ASID_VMID_VALID | VMID */
};

#define ASID_VMID_MASK	 0xffull
#define ASID_VMID_VALID	 (1ull << 8)
#define VTTBR_VMID_SHIFT 48

extern struct asid_pool *asid_pools[ASID_POOL_COUNT];

void asid_init(void);
/* What every core but the first does for itself. */
void asid_init_core(void);
/* This core uses nobody's address space. */
void asid_load_empty(void);
/* Root of the VSpace with this ASID, or NULL. */
pte_t *asid_find(u16 asid);
/* The same, with core->error filled in as for a failed invocation. */
enum error asid_lookup(u16 asid, pte_t **root);
/*
 * VTTBR_EL2 for the VSpace cap in a TCB's slot, or the empty space if there is none or its ASID has
 * gone. A VSpace cap's w1 is asid 16 | vmid 8 | age 40; the VMID is the VSpace's as long as no VMID
 * has changed hands since, which is when the age has moved on.
 */
#define VSPACE_CAP_VMID_SHIFT 16
#define VSPACE_CAP_AGE_SHIFT  24
u64 asid_vttbr_slow(struct cap *vspace);
void asid_invalidate_page(u16 asid, va_t va);
void asid_invalidate_all(u16 asid);
void asid_delete(u16 asid, const pte_t *root);
void asid_pool_install(u32 index, struct asid_pool *pool);
void asid_pool_delete(u32 index, const struct asid_pool *pool);
/* First unused ASID of a pool, or 0. */
u16 asid_pool_find_free(u32 index);
void asid_assign(u16 asid, pte_t *root);

static inline u64 asid_vttbr(struct cap *vspace)
{
	if (unlikely(vspace->w1 >> VSPACE_CAP_AGE_SHIFT != this_arch()->vspace_age))
		return asid_vttbr_slow(vspace);
	return kva_to_pa(cap_object(*vspace)) |
	       (vspace->w1 >> VSPACE_CAP_VMID_SHIFT & ASID_VMID_MASK) << VTTBR_VMID_SHIFT;
}

static inline void asid_load(u64 vttbr)
{
	if (vttbr == this_arch()->vttbr)
		return;
	this_arch()->vttbr = vttbr;
	sysreg_write(vttbr_el2, vttbr);
}

/* vspace.c: invocations. */
struct invocation;
enum error vspace_decode(struct invocation *inv);
enum error page_table_decode(struct invocation *inv);
enum error frame_decode(struct invocation *inv);
enum error asid_control_decode(struct invocation *inv);
enum error asid_pool_decode(struct invocation *inv);
