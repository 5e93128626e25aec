/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and the slots that hold them. A capability is two words:
 *
 *   w0: type 5 | bits 6 | flags 5 | object address 48	(object: kernel virtual address)
 *   w1: what the type needs (badge, guard, free offset, mapping)
 *
 * A slot adds the links of the derivation list: all slots in use, every derived cap right after its
 * parent and before the parent's next sibling, so that "the descendants of a slot" is a run of
 * successors. Slots are 32-byte aligned; the low bits of `next` hold the two derivation flags.
 */
#pragma once

#include "abi.h"
#include "types.h"

enum cap_type {
	CAP_NULL,
	CAP_UNTYPED,		/* bits: size, flag DEVICE, w1: free offset in bytes */
	CAP_ENDPOINT,		/* flags: rights, w1: badge */
	CAP_NOTIFICATION,	/* flags: rights, w1: badge */
	CAP_REPLY,		/* flag GRANT */
	CAP_CNODE,		/* bits: radix, w1: CNode data (guard 58 | guard size 6) */
	CAP_TCB,
	CAP_IRQ_CONTROL,
	CAP_IRQ_HANDLER,	/* w1: interrupt number */
	CAP_ZOMBIE,		/* bits: radix (ZOMBIE_TCB flag: a TCB's slots), w1: slots left */
	CAP_DOMAIN,
	CAP_SCHED_CONTEXT,	/* bits: size */
	CAP_SCHED_CONTROL,	/* w1: core */
	CAP_ARCH_FIRST = 16,
	CAP_FRAME = CAP_ARCH_FIRST,	/* bits: size, flags: FRAME_*, w1: mapping */
	CAP_PAGE_TABLE,		/* w1: mapping */
	CAP_VSPACE,		/* w1: mapping (asid only) */
	CAP_ASID_CONTROL,
	CAP_ASID_POOL,		/* w1: first asid of the pool */
	CAP_VCPU,
	CAP_SMC,		/* w1: badge (function id) */
	CAP_SGI_SIGNAL,		/* w1: sgi | target << 32 */
};

enum cap_flags {
	/* endpoint, notification and reply caps: enum cap_rights */
	UNTYPED_DEVICE = 1,
	ZOMBIE_TCB = 1,
	FRAME_WRITE = 1,
	FRAME_READ = 2,
	FRAME_DEVICE = 4,
};

struct cap {
	u64 w0;
	u64 w1;
};

struct slot {
	struct cap cap;
	u64 prev;		/* struct slot * */
	u64 next;		/* struct slot * | SLOT_REVOCABLE | SLOT_FIRST_BADGED */
};

#define SLOT_REVOCABLE 1ull	/* descendants may exist: this cap is the original */
#define SLOT_FIRST_BADGED 2ull	/* first of a family with one badge */
#define SLOT_FLAGS 3ull

_Static_assert(sizeof(struct slot) == 1 << SLOT_BITS, "slot size is ABI");

static inline struct cap cap_make(enum cap_type type, u64 object, u32 bits, u32 flags, u64 w1)
{
	return (struct cap){ .w0 = (u64)type | (u64)bits << 5 | (u64)flags << 11 | object << 16,
			     .w1 = w1 };
}

static inline struct cap cap_null(void)
{
	return (struct cap){ 0, 0 };
}

static inline enum cap_type cap_type(struct cap cap)
{
	return (enum cap_type)(cap.w0 & 0x1f);
}

static inline bool cap_is_null(struct cap cap)
{
	return cap_type(cap) == CAP_NULL;
}

static inline bool cap_is_arch(struct cap cap)
{
	return cap_type(cap) >= CAP_ARCH_FIRST;
}

static inline u32 cap_bits(struct cap cap)
{
	return cap.w0 >> 5 & 0x3f;
}

static inline u32 cap_flags(struct cap cap)
{
	return cap.w0 >> 11 & 0x1f;
}

static inline kva_t cap_object(struct cap cap)
{
	return cap.w0 >> 16;
}

static inline void *cap_ptr(struct cap cap)
{
	return (void *)cap_object(cap);
}

static inline struct cap cap_with_flags(struct cap cap, u32 flags)
{
	cap.w0 = (cap.w0 & ~(0x1full << 11)) | (u64)flags << 11;
	return cap;
}

static inline struct cap cap_with_w1(struct cap cap, u64 w1)
{
	cap.w1 = w1;
	return cap;
}

/* Frame, page table and VSpace caps: w1 is asid 16 | address 48; asid 0 means not mapped. */
static inline u64 mapping_make(u16 asid, va_t va)
{
	return asid | va << 16;
}

static inline u16 mapping_asid(struct cap cap)
{
	return cap.w1 & 0xffff;
}

static inline va_t mapping_va(struct cap cap)
{
	return cap.w1 >> 16;
}

/* CNode caps: w1 is exactly the "CNode data" word of the API. */
static inline u32 cnode_guard_size(struct cap cap)
{
	return cap.w1 & MASK(CNODE_GUARD_BITS);
}

static inline u64 cnode_guard(struct cap cap)
{
	return cap.w1 >> CNODE_GUARD_BITS;
}

static inline struct slot *slot_prev(const struct slot *slot)
{
	return (struct slot *)slot->prev;
}

static inline struct slot *slot_next(const struct slot *slot)
{
	return (struct slot *)(slot->next & ~SLOT_FLAGS);
}

static inline bool slot_is_empty(const struct slot *slot)
{
	return cap_is_null(slot->cap);
}

/* Boot only: an original cap with no relatives. */
static inline void slot_init(struct slot *slot, struct cap cap)
{
	slot->cap = cap;
	slot->prev = 0;
	slot->next = SLOT_REVOCABLE | SLOT_FIRST_BADGED;
}
