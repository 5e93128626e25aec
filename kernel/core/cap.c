// SPDX-License-Identifier: BSD-2-Clause
/*
 * What caps of the machine-independent types denote, and what copies of them may be: regions,
 * rights, badges and guards. Pure functions; the arch half answers for its types.
 */

#include "arch.h"
#include "cspace.h"
#include "invocation.h"

/* Size of the memory behind a cap; false for caps without memory of their own. */
static bool cap_region(struct cap cap, u32 *bits)
{
	switch (cap_type(cap)) {
	case CAP_UNTYPED:
	case CAP_SCHED_CONTEXT:
		*bits = cap_bits(cap);
		return true;
	case CAP_ENDPOINT:
		*bits = ENDPOINT_BITS;
		return true;
	case CAP_NOTIFICATION:
		*bits = NOTIFICATION_BITS;
		return true;
	case CAP_REPLY:
		*bits = REPLY_BITS;
		return true;
	case CAP_CNODE:
		*bits = cap_bits(cap) + SLOT_BITS;
		return true;
	case CAP_TCB:
		*bits = TCB_BITS;
		return true;
	case CAP_ZOMBIE:
		*bits = cap_flags(cap) & ZOMBIE_TCB ? (u32)TCB_BITS : cap_bits(cap) + SLOT_BITS;
		return true;
	case CAP_FRAME:
		*bits = cap_bits(cap);
		return true;
	case CAP_PAGE_TABLE:
		*bits = PAGE_TABLE_BITS;
		return true;
	case CAP_VSPACE:
		*bits = VSPACE_BITS;
		return true;
	case CAP_ASID_POOL:
		*bits = ASID_POOL_BITS;
		return true;
	case CAP_VCPU:
		*bits = VCPU_BITS;
		return true;
	default:
		return false;
	}
}

static bool untyped_covers(struct cap untyped, struct cap cap)
{
	kva_t base = cap_object(untyped), start = cap_object(cap);
	u32 bits;

	if (!cap_region(cap, &bits))
		return false;
	return start >= base && start + MASK(bits) <= base + MASK(cap_bits(untyped));
}

bool cap_same_region(struct cap a, struct cap b)
{
	if (cap_is_arch(a))
		return cap_is_arch(b) && arch_cap_same_region(a, b);
	switch (cap_type(a)) {
	case CAP_UNTYPED:
		return untyped_covers(a, b);
	case CAP_ENDPOINT:
	case CAP_NOTIFICATION:
	case CAP_TCB:
	case CAP_REPLY:
		return cap_type(a) == cap_type(b) && cap_object(a) == cap_object(b);
	case CAP_CNODE:
	case CAP_SCHED_CONTEXT:
		return cap_type(a) == cap_type(b) && cap_object(a) == cap_object(b) &&
		       cap_bits(a) == cap_bits(b);
	case CAP_DOMAIN:
	case CAP_SCHED_CONTROL:
		return cap_type(a) == cap_type(b);
	case CAP_IRQ_CONTROL:
		return cap_type(b) == CAP_IRQ_CONTROL || cap_type(b) == CAP_IRQ_HANDLER ||
		       cap_type(b) == CAP_SGI_SIGNAL;
	case CAP_IRQ_HANDLER:
		return cap_type(b) == CAP_IRQ_HANDLER && a.w1 == b.w1;
	default:
		return false;
	}
}

bool cap_same_object(struct cap a, struct cap b)
{
	if (cap_type(a) == CAP_UNTYPED || cap_type(a) == CAP_IRQ_CONTROL)
		return false;
	if (cap_is_arch(a) && cap_is_arch(b))
		return arch_cap_same_object(a, b);
	return cap_same_region(a, b);
}

enum error cap_derive(const struct slot *slot, struct cap cap, struct cap *out)
{
	if (cap_is_arch(cap))
		return arch_cap_derive(slot, cap, out);
	switch (cap_type(cap)) {
	case CAP_ZOMBIE:
	case CAP_IRQ_CONTROL:
		*out = cap_null();
		return OK;
	case CAP_UNTYPED:
		*out = cap;
		return slot_has_children(slot) ? REVOKE_FIRST : OK;
	default:
		*out = cap;
		return OK;
	}
}

struct cap cap_mask_rights(struct cap cap, u32 rights)
{
	if (cap_is_arch(cap))
		return arch_cap_mask_rights(cap, rights);
	switch (cap_type(cap)) {
	case CAP_ENDPOINT:
	case CAP_NOTIFICATION:
	case CAP_REPLY:
		return cap_with_flags(cap, cap_flags(cap) & rights);
	default:
		return cap;
	}
}

struct cap cap_set_data(struct cap cap, u64 data, bool preserve)
{
	u32 guard_size;

	if (cap_is_arch(cap))
		return arch_cap_set_data(cap, data, preserve);
	switch (cap_type(cap)) {
	case CAP_ENDPOINT:
	case CAP_NOTIFICATION:
		/* A badge is given once, when the cap is minted. */
		return preserve || cap.w1 ? cap_null() : cap_with_w1(cap, data);
	case CAP_CNODE:
		guard_size = data & MASK(CNODE_GUARD_BITS);
		if (guard_size + cap_bits(cap) > 64)
			return cap_null();
		return cap_with_w1(cap, (data >> CNODE_GUARD_BITS & MASK(guard_size))
						<< CNODE_GUARD_BITS | guard_size);
	default:
		return cap;
	}
}
