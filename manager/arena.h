/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One owner's kernel objects: untyped chunks, cut from front to back, and the slots of their caps.
 *
 * A VM has one, the service VM (and the manager itself) another. Nothing is freed alone: destroying
 * the arena revokes the chunks, empties every slot and gives both back, whatever was made or half
 * made.
 */
#pragma once

#include "memory.h"

#define ARENA_CHUNK_MAX 256u

struct arena {
	struct memory *memory;
	struct slots *slots; /* memory's, or a reserve of the owner's own */
	cap_t chunk[ARENA_CHUNK_MAX];
	unsigned int chunk_count;
	/* What is being cut: objects smaller than a page come from chunks of one page. */
	struct arena_part {
		unsigned int bits; /* size of a chunk */
		cap_t chunk;	   /* CAP_NONE: none yet */
		uint64_t used;	   /* bytes of it */
	} large, small;
	cap_t first; /* list of slots */
};

void arena_init(struct arena *arena, struct memory *memory, struct slots *slots,
		unsigned int chunk_bits);

/* Makes an object; *base, if asked for, is where it is. CAP_NONE: out of memory or slots. */
cap_t arena_make(struct arena *arena, enum cap_type type, unsigned int bits, pa_t *base);

/* An empty slot that lives as long as the arena, for a copy of some cap. CAP_NONE: none left. */
cap_t arena_slot(struct arena *arena);

void arena_destroy(struct arena *arena);
