// SPDX-License-Identifier: BSD-2-Clause
/*
 * Why frames are kept: the kernel scrubs memory that changes its type word by word, a million
 * instructions for 2 MiB; clearing the frame here takes a quarter. So blocks that were never a
 * frame are used first, then kept frames, and these are given up one by one when smaller blocks run
 * out.
 *
 * Untypeds are cut when their blocks are needed, the smallest first. Once scrub.c has scrubbed one
 * that is cheaper than a kept frame; before, it is the last that is tried.
 */
#include "memory.h"

#include <errno.h>

int memory_add(struct memory *memory, cap_t untyped, pa_t base, unsigned int order)
{
	struct memory_uncut uncut = {.untyped = untyped, .blocks = CAP_NONE, .order = order};
	unsigned int i = memory->uncut_count;

	if (order <= LARGE_BITS)
		return buddy_add(&memory->buddy, untyped, base, order);
	if (!buddy_fits(base, order))
		return -EINVAL;
	if (i == MEMORY_UNCUT_MAX)
		return -ENOMEM;
	for (pa_t at = base + (1ull << order); at > base; at -= LARGE_SIZE) {
		cap_t block = slots_take(&memory->slots);

		if (block == CAP_NONE)
			return -ENOMEM;
		memory->buddy.block[block] = (struct buddy_block){
			.page = (uint32_t)((at - LARGE_SIZE) >> PAGE_BITS),
			.next = uncut.blocks,
			.order = LARGE_BITS,
		};
		uncut.blocks = block;
	}
	for (; i && memory->uncut[i - 1].order < order; i--)
		memory->uncut[i] = memory->uncut[i - 1];
	memory->uncut[i] = uncut;
	memory->unscrubbed = ++memory->uncut_count;
	memory->buddy.free_bytes += 1ull << order;
	return 0;
}

static bool memory_cut(struct memory *memory)
{
	const struct memory_uncut *uncut;
	int err = 0;

	if (!memory->uncut_count)
		return false;
	uncut = &memory->uncut[--memory->uncut_count];
	memory->buddy.free_bytes -= 1ull << uncut->order;
	for (cap_t block = uncut->blocks; block != CAP_NONE && !err;) {
		cap_t next = memory->buddy.block[block].next;

		err = cap_retype(uncut->untyped, CAP_UNTYPED, LARGE_BITS, block);
		/* The first one is there if it was scrubbed before. */
		if (err == -EEXIST && block == uncut->blocks)
			err = 0;
		if (!err)
			buddy_give(&memory->buddy, block);
		block = next;
	}
	return true;
}

static bool memory_cut_scrubbed(struct memory *memory)
{
	return memory->uncut_count > __atomic_load_n(&memory->unscrubbed, __ATOMIC_RELAXED) &&
	       memory_cut(memory);
}

static bool memory_drop_kept(struct memory *memory)
{
	unsigned int last = memory->kept_count - 1;

	if (!memory->kept_count)
		return false;
	cap_delete(memory->kept[last].frame);
	slots_give(&memory->kept_slots, memory->kept[last].frame);
	memory->buddy.free_bytes -= LARGE_SIZE;
	buddy_give(&memory->buddy, memory->kept[last].untyped);
	memory->kept_count = last;
	return true;
}

cap_t memory_take_promised(struct memory *memory, unsigned int order)
{
	cap_t untyped = buddy_take(&memory->buddy, order);

	while (untyped == CAP_NONE &&
	       (memory_cut_scrubbed(memory) || memory_drop_kept(memory) || memory_cut(memory)))
		untyped = buddy_take(&memory->buddy, order);
	return untyped;
}

cap_t memory_take(struct memory *memory, unsigned int order)
{
	if (memory->buddy.free_bytes < memory->promised + (1ull << order))
		return CAP_NONE;
	return memory_take_promised(memory, order);
}

/* The last kept frame, cleared. */
static cap_t memory_take_kept(struct memory *memory, cap_t to)
{
	unsigned int last = --memory->kept_count;
	cap_t untyped = memory->kept[last].untyped;

	memory->buddy.free_bytes -= LARGE_SIZE;
	cap_move(memory->kept[last].frame, to);
	slots_give(&memory->kept_slots, memory->kept[last].frame);
	if (!cap_clear_large(to))
		return untyped;
	cap_delete(to);
	if (!cap_retype(untyped, CAP_LARGE_PAGE, 0, to))
		return untyped;
	buddy_give(&memory->buddy, untyped);
	return CAP_NONE;
}

cap_t memory_take_frame(struct memory *memory, unsigned int bits, bool promised, cap_t to)
{
	bool large = bits == LARGE_BITS;
	cap_t untyped;

	if (!promised && memory_available(memory) < 1ull << bits)
		return CAP_NONE;
	if (large && memory->kept_count && memory->buddy.free[LARGE_BITS] == CAP_NONE &&
	    !memory_cut_scrubbed(memory))
		return memory_take_kept(memory, to);
	untyped = memory_take_promised(memory, bits);
	if (untyped == CAP_NONE || !cap_retype(untyped, large ? CAP_LARGE_PAGE : CAP_PAGE, 0, to))
		return untyped;
	buddy_give(&memory->buddy, untyped);
	return CAP_NONE;
}

void memory_give_frame(struct memory *memory, cap_t untyped, cap_t frame, unsigned int bits)
{
	cap_t slot = CAP_NONE;

	if (bits == LARGE_BITS && memory->kept_count < MEMORY_KEPT_MAX)
		slot = slots_take(&memory->kept_slots);
	if (slot == CAP_NONE) {
		cap_delete(frame);
		buddy_give(&memory->buddy, untyped);
		return;
	}
	cap_unmap_page(frame);
	cap_move(frame, slot);
	memory->kept[memory->kept_count].frame = slot;
	memory->kept[memory->kept_count++].untyped = untyped;
	memory->buddy.free_bytes += LARGE_SIZE;
}
