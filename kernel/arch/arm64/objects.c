// SPDX-License-Identifier: BSD-2-Clause
/*
 * Caps and objects of the arch: what deriving, narrowing, comparing and deleting their caps means,
 * and how memory becomes one of them. Hooks of object/ and core/; the dispatcher of invocations is
 * here too.
 */
#include <arch/cache.h>
#include <arch/memory.h>
#include <arch/smc.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>

#include "arch.h"
#include "invocation.h"

/* ---- caps ---- */

enum error arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *out)
{
	*out = cap;
	switch (cap_type(cap)) {
	case CAP_VSPACE:
	case CAP_PAGE_TABLE:
		/* Two caps to a table of which one could be mapped without the other's knowledge.
		 */
		if (!mapping_asid(cap))
			return ILLEGAL_OPERATION;
		return OK;
	case CAP_FRAME:
		*out = cap_with_w1(cap, 0);
		return OK;
	default:
		return OK;
	}
}

struct cap arch_cap_mask_rights(struct cap cap, u32 rights)
{
	u32 flags = cap_flags(cap);

	if (cap_type(cap) != CAP_FRAME)
		return cap;
	/* There is no write-only memory: without reading nothing remains. */
	if (!(rights & RIGHT_READ))
		flags &= ~(FRAME_READ | FRAME_WRITE);
	if (!(rights & RIGHT_WRITE))
		flags &= ~FRAME_WRITE;
	return cap_with_flags(cap, flags);
}

struct cap arch_cap_set_data(struct cap cap, u64 data, bool preserve)
{
	if (cap_type(cap) != CAP_SMC)
		return cap;
	/* A badge, once given, stays. */
	if (preserve || cap.w1)
		return cap_null();
	return cap_with_w1(cap, data);
}

bool arch_cap_is_revocable(struct cap copy, struct cap from)
{
	switch (cap_type(copy)) {
	case CAP_SGI_SIGNAL:
		return cap_type(from) == CAP_IRQ_CONTROL;
	case CAP_SMC:
		return copy.w1 != from.w1;
	default:
		return false;
	}
}

bool arch_cap_same_region(struct cap a, struct cap b)
{
	if (cap_type(a) != cap_type(b))
		return false;
	switch (cap_type(a)) {
	case CAP_FRAME:
		return cap_object(a) <= cap_object(b) &&
		       cap_object(b) + MASK(cap_bits(b)) <= cap_object(a) + MASK(cap_bits(a));
	case CAP_ASID_CONTROL:
	case CAP_SMC:
		return true;
	case CAP_SGI_SIGNAL:
		return a.w1 == b.w1;
	default:
		return cap_object(a) == cap_object(b);
	}
}

bool arch_cap_same_object(struct cap a, struct cap b)
{
	if (cap_type(a) == CAP_FRAME)
		return cap_type(b) == CAP_FRAME && cap_object(a) == cap_object(b) &&
		       cap_bits(a) == cap_bits(b) &&
		       (cap_flags(a) & FRAME_DEVICE) == (cap_flags(b) & FRAME_DEVICE);
	/* A signal cap is no object: deleting one has no effect on others. */
	if (cap_type(a) == CAP_SGI_SIGNAL)
		return false;
	return arch_cap_same_region(a, b);
}

void arch_cap_finalise(struct cap cap, bool is_final)
{
	u16 asid = mapping_asid(cap);

	switch (cap_type(cap)) {
	case CAP_FRAME:
		/* Every frame cap has its own mapping, final or not. */
		if (asid)
			pgtable_unmap_page(asid, mapping_va(cap), cap_object(cap), cap_bits(cap));
		break;
	case CAP_PAGE_TABLE:
		if (is_final && asid)
			pgtable_unmap_table(asid, mapping_va(cap), cap_ptr(cap));
		break;
	case CAP_VSPACE:
		if (is_final && asid)
			asid_delete(asid, cap_ptr(cap));
		break;
	case CAP_ASID_POOL:
		if (is_final)
			asid_pool_delete(cap.w1 >> ASID_POOL_INDEX_BITS, cap_ptr(cap));
		break;
	case CAP_VCPU:
		if (is_final)
			vcpu_dissociate(cap_ptr(cap));
		break;
	default:
		break;
	}
}

/* ---- objects ---- */

u32 arch_object_bits(u64 type)
{
	switch (type) {
	case OBJECT_HUGE_PAGE:
		return HUGE_PAGE_BITS;
	case OBJECT_LARGE_PAGE:
		return LARGE_PAGE_BITS;
	case OBJECT_SMALL_PAGE:
		return PAGE_BITS;
	case OBJECT_VSPACE:
		return VSPACE_BITS;
	case OBJECT_PAGE_TABLE:
		return PAGE_TABLE_BITS;
	case OBJECT_VCPU:
		return VCPU_BITS;
	default:
		return 0;
	}
}

bool arch_object_is_frame(u64 type)
{
	return type == OBJECT_HUGE_PAGE || type == OBJECT_LARGE_PAGE || type == OBJECT_SMALL_PAGE;
}

/* The memory is zero and clean to the point of coherency (arch_clear_memory). */
struct cap arch_object_create(u64 type, kva_t at, bool device)
{
	switch (type) {
	case OBJECT_VSPACE:
		return cap_make(CAP_VSPACE, at, 0, 0, 0);
	case OBJECT_PAGE_TABLE:
		return cap_make(CAP_PAGE_TABLE, at, 0, 0, 0);
	case OBJECT_VCPU:
		vcpu_init((struct vcpu *)at);
		return cap_make(CAP_VCPU, at, 0, 0, 0);
	default:
		return cap_make(CAP_FRAME, at, arch_object_bits(type),
				FRAME_READ | FRAME_WRITE | (device ? FRAME_DEVICE : 0), 0);
	}
}

void arch_clear_memory(kva_t at, u64 size)
{
	/*
	 * To memory: frames may be read by devices and by guests with caches off, tables by a
	 * walker that does not look into the cache.
	 */
	cache_clear_poc((void *)at, size);
}

/* ---- invocations ---- */

static enum error sgi_signal_decode(struct invocation *inv)
{
	/* Any label: the cap does one thing. */
	gic_send_sgi(inv->cap.w1 & 0xffffffff, 1u << (inv->cap.w1 >> 32));
	return OK;
}

typedef enum error (*decode_function)(struct invocation *inv);

static const decode_function decode_functions[] = {
	[CAP_FRAME - CAP_ARCH_FIRST] = frame_decode,
	[CAP_PAGE_TABLE - CAP_ARCH_FIRST] = page_table_decode,
	[CAP_VSPACE - CAP_ARCH_FIRST] = vspace_decode,
	[CAP_ASID_CONTROL - CAP_ARCH_FIRST] = asid_control_decode,
	[CAP_ASID_POOL - CAP_ARCH_FIRST] = asid_pool_decode,
	[CAP_VCPU - CAP_ARCH_FIRST] = vcpu_decode,
	[CAP_SMC - CAP_ARCH_FIRST] = smc_decode,
	[CAP_SGI_SIGNAL - CAP_ARCH_FIRST] = sgi_signal_decode,
};

enum error arch_decode_invocation(struct invocation *inv)
{
	return decode_functions[cap_type(inv->cap) - CAP_ARCH_FIRST](inv);
}
