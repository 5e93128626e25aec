// SPDX-License-Identifier: BSD-2-Clause
/*
 * Splitting takes two slots, merging gives them back. A request that fails half way down has split
 * blocks that nobody uses: giving back the block it had reached merges them again.
 */
#include "buddy.h"

#include <errno.h>
#include <string.h>

void buddy_init(struct buddy *buddy, struct buddy_block *block, struct slots *slots)
{
	memset(buddy, 0, sizeof(*buddy));
	buddy->block = block;
	buddy->slots = slots;
}

static void buddy_link(struct buddy *buddy, cap_t cap)
{
	struct buddy_block *block = &buddy->block[cap];
	cap_t next = buddy->free[block->order];

	block->state = BUDDY_FREE;
	block->previous = CAP_NONE;
	block->next = next;
	if (next != CAP_NONE)
		buddy->block[next].previous = cap;
	buddy->free[block->order] = cap;
}

static void buddy_unlink(struct buddy *buddy, cap_t cap, enum buddy_state state)
{
	struct buddy_block *block = &buddy->block[cap];

	if (block->previous != CAP_NONE)
		buddy->block[block->previous].next = block->next;
	else
		buddy->free[block->order] = block->next;
	if (block->next != CAP_NONE)
		buddy->block[block->next].previous = block->previous;
	block->state = state;
}

bool buddy_fits(pa_t base, unsigned int order)
{
	return order >= BUDDY_ORDER_MIN && order <= BUDDY_ORDER_MAX &&
	       !(base & ((1ull << order) - 1)) && base >> PAGE_BITS <= UINT32_MAX;
}

int buddy_add(struct buddy *buddy, cap_t cap, pa_t base, unsigned int order)
{
	if (!buddy_fits(base, order))
		return -EINVAL;
	buddy->block[cap] = (struct buddy_block){
		.page = (uint32_t)(base >> PAGE_BITS),
		.order = (uint8_t)order,
	};
	buddy_link(buddy, cap);
	buddy->free_bytes += 1ull << order;
	return 0;
}

/* Makes the halves of a free block; the lower one is the first that the kernel cuts off. */
static int buddy_split(struct buddy *buddy, cap_t cap)
{
	struct buddy_block *parent = &buddy->block[cap];
	unsigned int order = parent->order - 1u;
	cap_t low = slots_take(buddy->slots), high = slots_take(buddy->slots);

	if (low == CAP_NONE || high == CAP_NONE)
		goto no_slots;
	if (cap_retype(cap, CAP_UNTYPED, order, low))
		goto no_slots;
	if (cap_retype(cap, CAP_UNTYPED, order, high)) {
		cap_delete(low);
		goto no_slots;
	}
	buddy_unlink(buddy, cap, BUDDY_SPLIT);
	buddy->block[low] = (struct buddy_block){
		.page = parent->page,
		.parent = cap,
		.buddy = high,
		.order = (uint8_t)order,
	};
	buddy->block[high] = (struct buddy_block){
		.page = parent->page + (1u << (order - PAGE_BITS)),
		.parent = cap,
		.buddy = low,
		.order = (uint8_t)order,
	};
	buddy_link(buddy, high);
	buddy_link(buddy, low);
	return 0;

no_slots:
	slots_give(buddy->slots, high);
	slots_give(buddy->slots, low);
	return -ENOMEM;
}

/* Merges a free block with its buddy as long as that is free too. */
static void buddy_merge(struct buddy *buddy, cap_t cap)
{
	struct buddy_block *block = &buddy->block[cap];

	while (block->parent != CAP_NONE && buddy->block[block->buddy].state == BUDDY_FREE) {
		cap_t other = block->buddy, parent = block->parent;

		buddy_unlink(buddy, cap, BUDDY_NONE);
		buddy_unlink(buddy, other, BUDDY_NONE);
		cap_delete(cap);
		cap_delete(other);
		slots_give(buddy->slots, cap);
		slots_give(buddy->slots, other);
		buddy_link(buddy, parent);
		cap = parent;
		block = &buddy->block[cap];
	}
}

/* Cuts a free block down to the one of that order which holds page, and takes that. */
static cap_t buddy_carve(struct buddy *buddy, cap_t cap, uint32_t page, unsigned int order)
{
	while (buddy->block[cap].order > order) {
		if (buddy_split(buddy, cap)) {
			buddy_merge(buddy, cap);
			return CAP_NONE;
		}
		/* The halves are the heads of their free list, the lower one first. */
		cap = buddy->free[buddy->block[cap].order - 1u];
		if (page >= buddy->block[buddy->block[cap].buddy].page)
			cap = buddy->block[cap].buddy;
	}
	buddy_unlink(buddy, cap, BUDDY_TAKEN);
	buddy->free_bytes -= 1ull << order;
	return cap;
}

cap_t buddy_take(struct buddy *buddy, unsigned int order)
{
	if (order < BUDDY_ORDER_MIN)
		order = BUDDY_ORDER_MIN;
	for (unsigned int from = order; from <= BUDDY_ORDER_MAX; from++) {
		cap_t cap = buddy->free[from];

		if (cap != CAP_NONE)
			return buddy_carve(buddy, cap, buddy->block[cap].page, order);
	}
	return CAP_NONE;
}

cap_t buddy_take_at(struct buddy *buddy, pa_t base, unsigned int order)
{
	uint32_t page = (uint32_t)(base >> PAGE_BITS);

	if (!buddy_fits(base, order))
		return CAP_NONE;
	for (unsigned int from = order; from <= BUDDY_ORDER_MAX; from++)
		for (cap_t cap = buddy->free[from]; cap != CAP_NONE; cap = buddy->block[cap].next)
			if (page >= buddy->block[cap].page &&
			    page - buddy->block[cap].page < 1ull << (from - PAGE_BITS))
				return buddy_carve(buddy, cap, page, order);
	return CAP_NONE;
}

void buddy_give(struct buddy *buddy, cap_t cap)
{
	buddy->free_bytes += 1ull << buddy->block[cap].order;
	buddy_link(buddy, cap);
	buddy_merge(buddy, cap);
}
