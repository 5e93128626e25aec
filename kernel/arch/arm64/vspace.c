// SPDX-License-Identifier: BSD-2-Clause
/*
 * Invocations of VSpace, page table, frame, ASID control and ASID pool caps. Each decodes fully,
 * then commits. Called by object.c's dispatcher; the order of the checks is the API's, because it
 * decides which error a caller sees.
 */
#include <arch/cache.h>
#include <arch/memory.h>
#include <arch/vspace.h>

#include "arch.h"
#include "cspace.h"
#include "invocation.h"

enum cache_operation {
	CACHE_CLEAN,
	CACHE_INVALIDATE,
	CACHE_CLEAN_INVALIDATE,
	CACHE_UNIFY,
};

/* Device memory that is no RAM is never cached: there is nothing to do then. */
static void cache_perform(enum cache_operation operation, pa_t pa, u64 size)
{
	const void *start = (const void *)pa_to_kva(pa);

	if (!kmap_covers(pa, size))
		return;
	switch (operation) {
	case CACHE_CLEAN:
		cache_clean_poc(start, size);
		break;
	case CACHE_INVALIDATE:
		cache_invalidate_poc(start, size);
		break;
	case CACHE_CLEAN_INVALIDATE:
		cache_clean_invalidate_poc(start, size);
		break;
	case CACHE_UNIFY:
		cache_unify(start, size);
		break;
	}
}

/*
 * The tables behind a VSpace cap given as argument (or invoked: number 0). A cap without an ASID,
 * or whose ASID has passed to another VSpace, is no address space.
 */
static enum error vspace_root(struct cap cap, u32 cap_number, pte_t **root)
{
	enum error error;

	if (!arch_cap_is_vspace_root(cap))
		return err_invalid_cap(cap_number);
	error = asid_lookup(mapping_asid(cap), root);
	if (error)
		return error;
	if (*root != cap_ptr(cap))
		return err_invalid_cap(cap_number);
	return OK;
}

enum error vspace_decode(struct invocation *inv)
{
	struct pte_place place;
	pte_t *root, pte;
	va_t start, end, page;
	enum error error;

	if (inv->label < LABEL_VSPACE_CLEAN || inv->label > LABEL_VSPACE_UNIFY)
		return err_illegal();
	if (inv->length < 2)
		return err_truncated();
	start = inv_arg(inv, 0);
	end = inv_arg(inv, 1);
	if (end <= start)
		return err_invalid_argument(1);
	if (end > USER_TOP)
		return err_illegal();
	error = vspace_root(inv->cap, 0, &root);
	if (error)
		return error;

	place = pgtable_walk(root, start);
	pte = *place.slot;
	/* Nothing mapped, nothing cached on its behalf. */
	if (!pgtable_is_page(pte, place.bits_left))
		return OK;
	page = start & ~MASK(place.bits_left);
	if (page != ((end - 1) & ~MASK(place.bits_left)))
		return err_range(start, page + MASK(place.bits_left));

	cache_perform(inv->label - LABEL_VSPACE_CLEAN, PTE_ADDRESS(pte) + (start - page),
		      end - start);
	return OK;
}

static enum error page_table_unmap(struct invocation *inv)
{
	if (!slot_is_final(inv->slot))
		return REVOKE_FIRST;

	if (mapping_asid(inv->cap)) {
		pgtable_unmap_table(mapping_asid(inv->cap), mapping_va(inv->cap),
				    cap_ptr(inv->cap));
		arch_clear_memory(cap_object(inv->cap), BIT(PAGE_TABLE_BITS));
	}
	inv->slot->cap = cap_with_w1(inv->cap, 0);
	return OK;
}

static enum error page_table_map(struct invocation *inv)
{
	struct pte_place place;
	struct cap vspace;
	pte_t *root;
	va_t va;
	enum error error;

	if (inv->length < 2 || inv->extra_count < 1)
		return err_truncated();
	if (mapping_asid(inv->cap))
		return err_invalid_cap(0);
	va = inv_arg(inv, 0);
	vspace = inv->extra[0]->cap;
	if (!arch_cap_is_vspace_root(vspace))
		return err_invalid_cap(1);
	if (va > USER_TOP)
		return err_invalid_argument(0);
	error = vspace_root(vspace, 1, &root);
	if (error)
		return error;
	place = pgtable_walk(root, va);
	if (place.bits_left == PAGE_BITS || (*place.slot & PTE_VALID))
		return DELETE_FIRST;

	inv->slot->cap = cap_with_w1(
		inv->cap, mapping_make(mapping_asid(vspace), va & ~MASK(place.bits_left)));
	pgtable_write(place.slot, pgtable_table_pte(cap_ptr(inv->cap)));
	return OK;
}

enum error page_table_decode(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_PAGE_TABLE_MAP:
		return page_table_map(inv);
	case LABEL_PAGE_TABLE_UNMAP:
		return page_table_unmap(inv);
	default:
		return err_illegal();
	}
}

static u32 frame_rights(struct cap frame, u64 rights)
{
	return cap_flags(arch_cap_mask_rights(frame, rights)) & (FRAME_READ | FRAME_WRITE);
}

static enum error frame_map(struct invocation *inv)
{
	u32 bits = cap_bits(inv->cap);
	struct pte_place place;
	struct cap vspace;
	pte_t *root, pte;
	u64 attributes;
	u32 rights;
	va_t va;
	bool was_valid;
	enum error error;

	if (inv->length < 3 || inv->extra_count < 1)
		return err_truncated();
	va = inv_arg(inv, 0);
	rights = frame_rights(inv->cap, inv_arg(inv, 1));
	attributes = inv_arg(inv, 2);
	vspace = inv->extra[0]->cap;
	error = vspace_root(vspace, 1, &root);
	if (error)
		return error;
	if (!ALIGNED(va, bits))
		return ALIGNMENT_ERROR;

	/* A cap that is mapped may change its rights and attributes, not its place. */
	if (mapping_asid(inv->cap)) {
		if (mapping_asid(inv->cap) != mapping_asid(vspace))
			return err_invalid_cap(1);
		if (mapping_va(inv->cap) != va)
			return err_invalid_argument(0);
	} else if (va > USER_TOP - MASK(bits)) {
		return err_invalid_argument(0);
	}

	place = pgtable_walk(root, va);
	if (place.bits_left != bits) {
		this_core()->error.lookup = (struct lookup_failure){
			.type = LOOKUP_MISSING_CAPABILITY, .bits_left = place.bits_left};
		return err_failed_lookup(false);
	}

	pte = pgtable_page_pte(kva_to_pa(cap_object(inv->cap)), bits, rights, attributes);
	was_valid = *place.slot & PTE_VALID;
	inv->slot->cap = cap_with_w1(inv->cap, mapping_make(mapping_asid(vspace), va));
	pgtable_write(place.slot, pte);
	if (was_valid)
		asid_invalidate_page(mapping_asid(vspace), va);
	return OK;
}

static enum error frame_unmap(struct invocation *inv)
{
	if (mapping_asid(inv->cap))
		pgtable_unmap_page(mapping_asid(inv->cap), mapping_va(inv->cap),
				   cap_object(inv->cap), cap_bits(inv->cap));
	inv->slot->cap = cap_with_w1(inv->cap, 0);
	return OK;
}

/* Cache operations address a range inside the frame, which has to be mapped somewhere. */
static enum error frame_cache(struct invocation *inv)
{
	u64 size = BIT(cap_bits(inv->cap));
	u64 start, end;
	pte_t *root;
	enum error error;
	pa_t pa;

	if (inv->length < 2)
		return err_truncated();
	if (!mapping_asid(inv->cap))
		return err_illegal();
	error = asid_lookup(mapping_asid(inv->cap), &root);
	if (error)
		return error;
	start = inv_arg(inv, 0);
	end = inv_arg(inv, 1);
	if (end <= start)
		return err_invalid_argument(1);
	if (start >= size || end > size)
		return err_invalid_argument(0);
	pa = kva_to_pa(cap_object(inv->cap)) + start;
	if (pa + (end - start) > KERNEL_WINDOW_SIZE)
		return err_illegal();

	cache_perform(inv->label - LABEL_PAGE_CLEAN, pa, end - start);
	return OK;
}

enum error frame_decode(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_PAGE_MAP:
		return frame_map(inv);
	case LABEL_PAGE_UNMAP:
		return frame_unmap(inv);
	case LABEL_PAGE_CLEAN:
	case LABEL_PAGE_INVALIDATE:
	case LABEL_PAGE_CLEAN_INVALIDATE:
	case LABEL_PAGE_UNIFY:
		return frame_cache(inv);
	case LABEL_PAGE_GET_ADDRESS:
		inv_set_mr(inv, 0, kva_to_pa(cap_object(inv->cap)));
		return OK;
	default:
		return err_illegal();
	}
}

enum error asid_control_decode(struct invocation *inv)
{
	struct slot *parent, *dest;
	struct cap untyped;
	enum error error;
	u32 index = 0;

	if (inv->label != LABEL_ASID_CONTROL_MAKE_POOL)
		return err_illegal();
	if (inv->length < 2 || inv->extra_count < 2)
		return err_truncated();
	while (index < ASID_POOL_COUNT && asid_pools[index])
		index++;
	if (index == ASID_POOL_COUNT)
		return DELETE_FIRST;
	parent = inv->extra[0];
	untyped = parent->cap;
	if (cap_type(untyped) != CAP_UNTYPED || cap_bits(untyped) != ASID_POOL_BITS ||
	    (cap_flags(untyped) & UNTYPED_DEVICE))
		return err_invalid_cap(1);
	if (slot_has_children(parent))
		return REVOKE_FIRST;
	error = cspace_lookup_target(inv->extra[1]->cap, inv_arg(inv, 0), inv_arg(inv, 1), &dest);
	if (error)
		return error;
	error = slot_check_empty(dest);
	if (error)
		return error;

	/* The pool takes the whole untyped. */
	parent->cap = cap_with_w1(untyped, BIT(ASID_POOL_BITS));
	arch_clear_memory(cap_object(untyped), BIT(ASID_POOL_BITS));
	asid_pool_install(index, cap_ptr(untyped));
	slot_insert(
		parent, dest,
		cap_make(CAP_ASID_POOL, cap_object(untyped), 0, 0, index << ASID_POOL_INDEX_BITS));
	return OK;
}

enum error asid_pool_decode(struct invocation *inv)
{
	u32 index = inv->cap.w1 >> ASID_POOL_INDEX_BITS;
	struct slot *slot;
	u16 asid;

	if (inv->label != LABEL_ASID_POOL_ASSIGN)
		return err_illegal();
	if (inv->extra_count < 1)
		return err_truncated();
	slot = inv->extra[0];
	if (cap_type(slot->cap) != CAP_VSPACE || mapping_asid(slot->cap))
		return err_invalid_cap(1);
	if (!asid_pools[index]) {
		this_core()->error.lookup = (struct lookup_failure){.type = LOOKUP_INVALID_ROOT};
		return err_failed_lookup(false);
	}
	if (asid_pools[index] != cap_ptr(inv->cap))
		return err_invalid_cap(0);
	asid = asid_pool_find_free(index);
	if (!asid)
		return DELETE_FIRST;

	asid_assign(asid, cap_ptr(slot->cap));
	slot->cap = cap_with_w1(slot->cap, mapping_make(asid, 0));
	return OK;
}
