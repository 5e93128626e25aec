// SPDX-License-Identifier: BSD-2-Clause
/*
 * Follows the kernel's own rule for cutting objects off an untyped: the next multiple of the
 * object's size (seL4 manual, "Untyped memory"), so that physical addresses are known without
 * asking.
 */
#include "arena.h"

#include <errno.h>
#include <string.h>

void arena_init(struct arena *arena, struct memory *memory, struct slots *slots,
		unsigned int chunk_bits)
{
	memset(arena, 0, sizeof(*arena));
	arena->memory = memory;
	arena->slots = slots;
	arena->large.bits = chunk_bits;
	arena->small.bits = PAGE_BITS;
}

static int arena_grow(struct arena *arena, struct arena_part *part)
{
	cap_t chunk;

	if (arena->chunk_count == ARENA_CHUNK_MAX)
		return -ENOMEM;
	chunk = memory_take(arena->memory, part->bits);
	if (chunk == CAP_NONE)
		return -ENOMEM;
	arena->chunk[arena->chunk_count++] = chunk;
	part->chunk = chunk;
	part->used = 0;
	return 0;
}

cap_t arena_slot(struct arena *arena)
{
	cap_t cap = slots_take(arena->slots);

	if (cap != CAP_NONE) {
		arena->slots->next[cap] = arena->first;
		arena->first = cap;
	}
	return cap;
}

cap_t arena_make(struct arena *arena, enum cap_type type, unsigned int bits, pa_t *base)
{
	uint64_t size = 1ull << cap_size_bits(type, bits);
	struct arena_part *part = size < PAGE_SIZE ? &arena->small : &arena->large;
	uint64_t at = (part->used + size - 1) & ~(size - 1);
	cap_t cap;

	if (size > 1ull << part->bits)
		return CAP_NONE;
	if (part->chunk == CAP_NONE || at + size > 1ull << part->bits) {
		if (arena_grow(arena, part))
			return CAP_NONE;
		at = 0;
	}
	cap = arena_slot(arena);
	if (cap == CAP_NONE || cap_retype(part->chunk, type, bits, cap))
		return CAP_NONE;
	part->used = at + size;
	if (base)
		*base = buddy_base(&arena->memory->buddy, part->chunk) + at;
	return cap;
}

void arena_destroy(struct arena *arena)
{
	for (unsigned int i = 0; i < arena->chunk_count; i++)
		cap_revoke(arena->chunk[i]);
	/* What is left are copies of other owners' caps. */
	while (arena->first != CAP_NONE) {
		cap_t cap = arena->first;

		arena->first = arena->slots->next[cap];
		cap_delete(cap);
		slots_give(arena->slots, cap);
	}
	while (arena->chunk_count)
		buddy_give(&arena->memory->buddy, arena->chunk[--arena->chunk_count]);
	arena->large.chunk = CAP_NONE;
	arena->small.chunk = CAP_NONE;
}
