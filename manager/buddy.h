/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buddy allocator whose blocks are untyped capabilities with known physical addresses.
 *
 * Used for general memory (frames and objects, blocks of at most 2 MiB) and for device memory
 * (taken by address). A block is split by retyping it into two untypeds and merged by deleting
 * those; so free blocks cost the kernel nothing and everything comes back exactly.
 */
#pragma once

#include "slots.h"

#define BUDDY_ORDER_MIN PAGE_BITS
#define BUDDY_ORDER_MAX 47u

enum buddy_state { BUDDY_NONE, BUDDY_FREE, BUDDY_TAKEN, BUDDY_SPLIT };

/* What is known about the untyped in a slot. */
struct buddy_block {
	uint32_t page;	      /* physical address / 4 KiB */
	cap_t parent;	      /* CAP_NONE: a block that was there from the start */
	cap_t buddy;	      /* the other half of the parent */
	cap_t previous, next; /* on the free list of its order */
	uint8_t order;
	uint8_t state;
};

struct buddy {
	struct buddy_block *block; /* by slot; may be shared by several allocators */
	struct slots *slots;	   /* for the halves of split blocks */
	cap_t free[BUDDY_ORDER_MAX + 1];
	uint64_t free_bytes;
};

void buddy_init(struct buddy *buddy, struct buddy_block *block, struct slots *slots);

/* Whether a block can be at that address. */
bool buddy_fits(pa_t base, unsigned int order);

/* Hands an unused untyped to the allocator. -EINVAL: its order or address does not fit. */
int buddy_add(struct buddy *buddy, cap_t cap, pa_t base, unsigned int order);

/* A block of that order, smallest that fits first. CAP_NONE: no memory, no slots to split one. */
cap_t buddy_take(struct buddy *buddy, unsigned int order);

/* The block at that address, aligned to its order. CAP_NONE: not free, not ours, or no slots. */
cap_t buddy_take_at(struct buddy *buddy, pa_t base, unsigned int order);

/* Gives a block back; everything made from it has been deleted. */
void buddy_give(struct buddy *buddy, cap_t cap);

static inline pa_t buddy_base(const struct buddy *buddy, cap_t cap)
{
	return (pa_t)buddy->block[cap].page << PAGE_BITS;
}
