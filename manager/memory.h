/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General memory: blocks, slots, what of it is promised to regions that are not filled yet, 2 MiB
 * frames that are kept as frames for the next region, and untypeds that are not cut into blocks
 * yet.
 *
 * Arenas, regions and stage 2 tables take from here. Everything but the filling of a charged region
 * asks for unpromised memory, so that a promise never fails for want of bytes. A kept frame counts
 * as free: it is taken apart when its memory is wanted for something else. So does what is uncut.
 */
#pragma once

#include "buddy.h"

/* Kept out of promises: stage 2 tables of the service VM and growth of running VMs. */
#define MEMORY_MARGIN	 (8ull << 20)
#define MEMORY_KEPT_MAX	 512u
#define MEMORY_UNCUT_MAX 128u

/* An untyped above 2 MiB, which seL4 scrubs in full when the first block is cut off it. */
struct memory_uncut {
	cap_t untyped;
	cap_t blocks; /* the slots of its blocks, in order; buddy_block.next leads on */
	unsigned int order;
};

struct memory {
	struct buddy buddy;
	struct slots slots;
	struct slots kept_slots; /* of the frames below, set aside at the start; may be empty */
	uint64_t promised;
	unsigned int kept_count;
	struct {
		cap_t frame, untyped;
	} kept[MEMORY_KEPT_MAX];
	struct memory_uncut uncut[MEMORY_UNCUT_MAX]; /* smallest last */
	unsigned int uncut_count;
	unsigned int unscrubbed; /* the first so many are not scrubbed yet; scrub.c counts */
};

/* Bytes that a new VM or region may still ask for. */
static inline uint64_t memory_available(const struct memory *memory)
{
	uint64_t taken = memory->promised + MEMORY_MARGIN;

	return memory->buddy.free_bytes > taken ? memory->buddy.free_bytes - taken : 0;
}

/* Hands an unused untyped over. -EINVAL: its order or address does not fit; -ENOMEM. */
int memory_add(struct memory *memory, cap_t untyped, pa_t base, unsigned int order);

/* A block, even if it was promised: for those it was promised to. CAP_NONE: none left. */
cap_t memory_take_promised(struct memory *memory, unsigned int order);

/* A block that nobody was promised. */
cap_t memory_take(struct memory *memory, unsigned int order);

/* A zeroed frame in the empty slot to; its block, or CAP_NONE. Give it back with
 * memory_give_frame(). Unpromised ones leave the margin, for the tables that promised ones need. */
cap_t memory_take_frame(struct memory *memory, unsigned int bits, bool promised, cap_t to);

/* The frame, mapped wherever and without copies, goes; its slot is empty then. */
void memory_give_frame(struct memory *memory, cap_t untyped, cap_t frame, unsigned int bits);
