/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General memory: blocks, slots, and what of it is promised to regions that are not filled yet.
 *
 * Arenas, regions and stage 2 tables take from here. Everything but the filling of a charged region
 * asks for unpromised memory, so that a promise never fails for want of bytes.
 */
#pragma once

#include "buddy.h"

/* Kept out of promises: stage 2 tables of the service VM and growth of running VMs. */
#define MEMORY_MARGIN (8ull << 20)

struct memory {
	struct buddy buddy;
	struct slots slots;
	uint64_t promised;
};

/* Bytes that a new VM or region may still ask for. */
static inline uint64_t memory_available(const struct memory *memory)
{
	uint64_t taken = memory->promised + MEMORY_MARGIN;

	return memory->buddy.free_bytes > taken ? memory->buddy.free_bytes - taken : 0;
}

/* A block that nobody was promised. CAP_NONE: none left. */
static inline cap_t memory_take(struct memory *memory, unsigned int order)
{
	if (memory->buddy.free_bytes < memory->promised + (1ull << order))
		return CAP_NONE;
	return buddy_take(&memory->buddy, order);
}
