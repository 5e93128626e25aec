// SPDX-License-Identifier: BSD-2-Clause
/*
 * ASIDs, VMIDs and the TLB. A VSpace keeps its ASID for life; the 255 usable VMIDs are handed out
 * when a VSpace is first run and taken round robin from older ones when they run out. VMID 0
 * belongs to an address space without mappings, in which threads without a valid VSpace fault at
 * once.
 *
 * A pool entry with a valid VMID is the only reason for that VMID's translations to be in the TLB:
 * whoever clears it invalidates first.
 */
#include <arch/cache.h>
#include <arch/memory.h>
#include <arch/smp.h>
#include <arch/state.h>
#include <arch/sysreg.h>
#include <arch/vspace.h>

#include "core.h"
#include "invocation.h"

#define ENTRY_ROOT(entry) ((pte_t *)((entry) & ~MASK(VSPACE_BITS)))

#define VMID_COUNT 256

struct asid_pool *asid_pools[ASID_POOL_COUNT];
static u16 vmid_owner[VMID_COUNT]; /* ASID, 0: free */
static u32 vmid_next = 1;
static pte_t empty_root[1 << VSPACE_INDEX_BITS] __attribute__((aligned(1 << VSPACE_BITS)));

static u64 *asid_entry(u16 asid)
{
	struct asid_pool *pool = asid_pools[asid >> ASID_POOL_INDEX_BITS];

	return pool ? &pool->entry[asid & MASK(ASID_POOL_INDEX_BITS)] : NULL;
}

pte_t *asid_find(u16 asid)
{
	u64 *entry = asid_entry(asid);

	return entry ? ENTRY_ROOT(*entry) : NULL;
}

enum error asid_lookup(u16 asid, pte_t **root)
{
	*root = asid_find(asid);
	if (*root)
		return OK;
	this_core()->error.lookup = (struct lookup_failure){.type = LOOKUP_INVALID_ROOT};
	return err_failed_lookup(false);
}

void asid_init(void)
{
	cache_clean_pou(empty_root, sizeof(empty_root));
	asid_init_core();
}

void asid_init_core(void)
{
	this_arch()->vttbr = ~0ull;
	this_arch()->vspace_age = 1;
	asid_load_empty();
}

void asid_load_empty(void)
{
	asid_load(kva_to_pa((kva_t)empty_root));
}

/* VTTBR_EL2 for a pool entry that has a VMID. */
static u64 entry_vttbr(u64 entry)
{
	return kva_to_pa((kva_t)ENTRY_ROOT(entry)) | (entry & ASID_VMID_MASK) << VTTBR_VMID_SHIFT;
}

/* Run a TLB operation under the VMID of `entry`; what the hardware holds stays as it was. */
static void with_vmid(u64 entry, void (*operation)(va_t va), va_t va)
{
	u64 vttbr = entry_vttbr(entry);

	/* The table update that this follows is visible to walkers before anything is dropped. */
	dsb_ish();
	if (vttbr == this_arch()->vttbr) {
		operation(va);
	} else {
		sysreg_write(vttbr_el2, vttbr);
		isb();
		operation(va);
		sysreg_write(vttbr_el2, this_arch()->vttbr);
	}
	isb();
}

static void tlb_drop_page(va_t va)
{
	/* Stage-2 entries first, then whatever combines them with stage 1. */
	__asm__ volatile("tlbi ipas2e1is, %0" : : "r"(va >> PAGE_BITS) : "memory");
	dsb_ish();
	__asm__ volatile("tlbi vmalle1is" : : : "memory");
	dsb_ish();
}

static void tlb_drop_all(va_t va)
{
	__asm__ volatile("tlbi vmalls12e1is" : : : "memory");
	dsb_ish();
}

void asid_invalidate_page(u16 asid, va_t va)
{
	u64 *entry = asid_entry(asid);

	if (entry && (*entry & ASID_VMID_VALID))
		with_vmid(*entry, tlb_drop_page, va);
}

void asid_invalidate_all(u16 asid)
{
	u64 *entry = asid_entry(asid);

	if (entry && (*entry & ASID_VMID_VALID))
		with_vmid(*entry, tlb_drop_all, 0);
}

static void vmid_release(u64 *entry)
{
	with_vmid(*entry, tlb_drop_all, 0);
	vmid_owner[*entry & ASID_VMID_MASK] = 0;
	*entry &= ~(ASID_VMID_MASK | ASID_VMID_VALID);
	/* What caps remember is void. 40 bits last for months of nothing but this. */
	for (u32 i = 0; i < CONFIG_CORE_COUNT; i++)
		arch_of(core_at(i))->vspace_age++;
}

/* The entry has no VMID yet: take a free one, or the next one in turn from its owner. */
static void vmid_allocate(u16 asid, u64 *entry)
{
	u32 vmid = vmid_next;

	for (u32 i = 1; i < VMID_COUNT && vmid_owner[vmid]; i++)
		vmid = vmid == VMID_COUNT - 1 ? 1 : vmid + 1;
	/* Another core that runs with it would fill the TLB again. There are more VMIDs than cores. */
	while (vmid_owner[vmid] && smp_vttbr_is_live(entry_vttbr(*asid_entry(vmid_owner[vmid]))))
		vmid = vmid == VMID_COUNT - 1 ? 1 : vmid + 1;
	if (vmid_owner[vmid])
		vmid_release(asid_entry(vmid_owner[vmid]));

	vmid_owner[vmid] = asid;
	*entry |= ASID_VMID_VALID | vmid;
	vmid_next = vmid == VMID_COUNT - 1 ? 1 : vmid + 1;
}

u64 asid_vttbr_slow(struct cap *vspace)
{
	u16 asid = mapping_asid(*vspace);
	u64 vmid, *entry;

	if (cap_type(*vspace) != CAP_VSPACE || !asid)
		return kva_to_pa((kva_t)empty_root);
	entry = asid_entry(asid);
	if (!entry || ENTRY_ROOT(*entry) != cap_ptr(*vspace))
		return kva_to_pa((kva_t)empty_root);
	if (!(*entry & ASID_VMID_VALID))
		vmid_allocate(asid, entry);

	vmid = *entry & ASID_VMID_MASK;
	vspace->w1 =
		asid | vmid << VSPACE_CAP_VMID_SHIFT | this_arch()->vspace_age << VSPACE_CAP_AGE_SHIFT;
	return kva_to_pa(cap_object(*vspace)) | vmid << VTTBR_VMID_SHIFT;
}

/* The entry's translations go, and with them the right of the current thread to run on them. */
static void asid_clear(u64 *entry)
{
	if (*entry & ASID_VMID_VALID) {
		u64 vttbr = entry_vttbr(*entry);

		smp_drop_vttbr(vttbr);
		vmid_release(entry);
		if (vttbr == this_arch()->vttbr)
			asid_load_empty();
	}
	*entry = 0;
}

void asid_delete(u16 asid, const pte_t *root)
{
	u64 *entry = asid_entry(asid);

	if (entry && ENTRY_ROOT(*entry) == root)
		asid_clear(entry);
}

void asid_pool_install(u32 index, struct asid_pool *pool)
{
	asid_pools[index] = pool;
}

void asid_pool_delete(u32 index, const struct asid_pool *pool)
{
	struct asid_pool *installed = asid_pools[index];

	if (installed != pool)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(installed->entry); i++)
		if (installed->entry[i])
			asid_clear(&installed->entry[i]);
	asid_pools[index] = NULL;
}

u16 asid_pool_find_free(u32 index)
{
	struct asid_pool *pool = asid_pools[index];

	for (u32 i = index ? 0 : 1; i < ARRAY_SIZE(pool->entry); i++)
		if (!pool->entry[i])
			return index << ASID_POOL_INDEX_BITS | i;
	return 0;
}

void asid_assign(u16 asid, pte_t *root)
{
	*asid_entry(asid) = (u64)root;
}
