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
	arena->chunk_bits = chunk_bits;
}

int arena_grow(struct arena *arena)
{
	cap_t chunk;

	if (arena->chunk_count == ARENA_CHUNK_MAX)
		return -ENOMEM;
	chunk = memory_take(arena->memory, arena->chunk_bits);
	if (chunk == CAP_NONE)
		return -ENOMEM;
	arena->chunk[arena->chunk_count++] = chunk;
	arena->used = 0;
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
	uint64_t at = (arena->used + size - 1) & ~(size - 1);
	cap_t cap, chunk;

	if (size > 1ull << arena->chunk_bits)
		return CAP_NONE;
	if (!arena->chunk_count || at + size > 1ull << arena->chunk_bits) {
		if (arena_grow(arena))
			return CAP_NONE;
		at = 0;
	}
	cap = arena_slot(arena);
	if (cap == CAP_NONE)
		return CAP_NONE;
	chunk = arena->chunk[arena->chunk_count - 1];
	if (cap_retype(chunk, type, bits, cap))
		return CAP_NONE;
	arena->used = at + size;
	if (base)
		*base = buddy_base(&arena->memory->buddy, chunk) + at;
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
	arena->used = 0;
}
