// SPDX-License-Identifier: BSD-2-Clause
/*
 * An address space starts at level 1 (the VSpace object), with a level-2 table for each GiB and a
 * level-3 table for each 2 MiB that is mapped by pages. Tables are on one list per address space,
 * most recently made first; a VM has few.
 */
#include "stage2.h"

#include <errno.h>

void stage2_pool_init(struct stage2_pool *pool, struct stage2_table *table, size_t count)
{
	pool->free = NULL;
	while (count--) {
		table[count].next = pool->free;
		pool->free = &table[count];
	}
}

void stage2_init(struct stage2 *stage2, cap_t vspace, struct arena *arena, struct memory *memory,
		 struct stage2_pool *pool)
{
	*stage2 = (struct stage2){
		.vspace = vspace,
		.arena = arena,
		.memory = memory,
		.pool = pool,
	};
}

/* log2 of what a table with such entries covers. */
static unsigned int stage2_span_bits(unsigned int entry_bits)
{
	return entry_bits == PAGE_BITS ? LARGE_BITS : GIANT_BITS;
}

static struct stage2_table *stage2_find(struct stage2 *stage2, ipa_t ipa, unsigned int entry_bits)
{
	ipa_t base = ipa >> stage2_span_bits(entry_bits) << stage2_span_bits(entry_bits);

	for (struct stage2_table *table = stage2->tables; table; table = table->next)
		if (table->base == base && table->entry_bits == entry_bits)
			return table;
	return NULL;
}

static void stage2_put(struct stage2_pool *pool, struct stage2_table *table)
{
	table->next = pool->free;
	pool->free = table;
}

/* Where a new level-3 table that memory pays for comes from. */
static int stage2_table_from_memory(struct stage2 *stage2, struct stage2_table *table)
{
	struct memory *memory = stage2->memory;
	cap_t untyped, cap;

	/* Promises do not count here: MEMORY_MARGIN is for these tables. */
	untyped = memory_take_promised(memory, cap_size_bits(CAP_PAGE_TABLE, 0));
	if (untyped == CAP_NONE)
		return -ENOMEM;
	cap = slots_take(&memory->slots);
	if (cap == CAP_NONE || cap_retype(untyped, CAP_PAGE_TABLE, 0, cap)) {
		slots_give(&memory->slots, cap);
		buddy_give(&memory->buddy, untyped);
		return -ENOMEM;
	}
	table->cap = cap;
	table->untyped = untyped;
	return 0;
}

/* Takes a table that maps nothing out of the address space. */
static void stage2_drop(struct stage2 *stage2, struct stage2_table *table)
{
	struct stage2_table **link = &stage2->tables;

	while (*link != table)
		link = &(*link)->next;
	*link = table->next;
	if (table->untyped != CAP_NONE) {
		cap_delete(table->cap);
		slots_give(&stage2->memory->slots, table->cap);
		buddy_give(&stage2->memory->buddy, table->untyped);
		stage2_put(stage2->pool, table);
	} else {
		cap_unmap_table(table->cap);
		table->next = stage2->spare;
		stage2->spare = table;
	}
}

static struct stage2_table *stage2_new(struct stage2 *stage2)
{
	struct stage2_table *table = stage2->pool->free;

	if (table)
		stage2->pool->free = table->next;
	return table;
}

static int stage2_add(struct stage2 *stage2, ipa_t ipa, unsigned int entry_bits, unsigned int flags)
{
	unsigned int span = stage2_span_bits(entry_bits);
	bool leaf = entry_bits == PAGE_BITS;
	bool from_memory = leaf && stage2->memory && !(flags & CAP_MAP_DEVICE);
	struct stage2_table *table;
	int err = 0;

	if (leaf && !from_memory && stage2->spare) {
		table = stage2->spare;
		stage2->spare = table->next;
	} else {
		table = stage2_new(stage2);
		if (!table)
			return -ENOMEM;
		*table = (struct stage2_table){.cap = CAP_NONE};
		if (from_memory)
			err = stage2_table_from_memory(stage2, table);
		else
			table->cap = arena_make(stage2->arena, CAP_PAGE_TABLE, 0, NULL);
		if (err || table->cap == CAP_NONE) {
			stage2_put(stage2->pool, table);
			return -ENOMEM;
		}
	}
	table->base = ipa >> span << span;
	table->entry_bits = (uint8_t)entry_bits;
	table->next = stage2->tables;
	stage2->tables = table;
	err = cap_map_table(table->cap, stage2->vspace, table->base);
	if (err)
		stage2_drop(stage2, table);
	return err;
}

static struct stage2_table *stage2_get(struct stage2 *stage2, ipa_t ipa, unsigned int entry_bits,
				       unsigned int flags)
{
	struct stage2_table *table = stage2_find(stage2, ipa, entry_bits);

	if (table || stage2_add(stage2, ipa, entry_bits, flags))
		return table;
	return stage2_find(stage2, ipa, entry_bits);
}

static cap_t *stage2_entry(struct stage2_table *table, ipa_t ipa)
{
	return &table->entry[(ipa - table->base) >> table->entry_bits];
}

int stage2_map(struct stage2 *stage2, cap_t frame, ipa_t ipa, unsigned int bits, unsigned int flags)
{
	struct stage2_table *upper, *table, *pages = NULL;

	if (ipa >> IPA_BITS || (ipa & ((1ull << bits) - 1)))
		return -EINVAL;
	upper = stage2_get(stage2, ipa, LARGE_BITS, flags);
	if (!upper)
		return -ENOMEM;
	if (*stage2_entry(upper, ipa) != CAP_NONE)
		return -EEXIST;
	if (bits == LARGE_BITS) {
		pages = stage2_find(stage2, ipa, PAGE_BITS);
		if (pages && pages->used_count)
			return -EEXIST;
		if (pages)
			stage2_drop(stage2, pages);
		table = upper;
	} else {
		table = stage2_get(stage2, ipa, PAGE_BITS, flags);
		if (!table)
			return -ENOMEM;
		if (*stage2_entry(table, ipa) != CAP_NONE)
			return -EEXIST;
	}
	if (cap_map_page(frame, stage2->vspace, ipa, flags)) {
		if (table != upper && !table->used_count)
			stage2_drop(stage2, table);
		return -EINVAL;
	}
	*stage2_entry(table, ipa) = frame;
	table->used_count++;
	return 0;
}

/* Empties an entry; a level-3 table whose last entry it was goes. True if the table is gone. */
static bool stage2_clear(struct stage2 *stage2, struct stage2_table *table, cap_t *entry)
{
	*entry = CAP_NONE;
	if (--table->used_count || table->entry_bits != PAGE_BITS)
		return false;
	stage2_drop(stage2, table);
	return true;
}

/* The part of one table that lies in [ipa, end). */
static int stage2_unmap_table(struct stage2 *stage2, struct stage2_table *table, ipa_t ipa,
			      ipa_t end, struct slots *slots, unsigned int *budget)
{
	for (unsigned int i = 0; i < STAGE2_ENTRY_COUNT && table->used_count; i++) {
		ipa_t at = table->base + ((ipa_t)i << table->entry_bits);
		cap_t cap = table->entry[i];

		if (cap == CAP_NONE || at < ipa || at >= end)
			continue;
		if (!*budget)
			return -EAGAIN;
		--*budget;
		cap_delete(cap);
		slots_give(slots, cap);
		if (stage2_clear(stage2, table, &table->entry[i]))
			break;
	}
	return 0;
}

int stage2_unmap(struct stage2 *stage2, ipa_t ipa, uint64_t size, struct slots *slots,
		 unsigned int *budget)
{
	struct stage2_table *table = stage2->tables;
	ipa_t end = ipa + size;

	while (table) {
		/* The table may leave this list. */
		struct stage2_table *next = table->next;
		uint64_t span = 1ull << stage2_span_bits(table->entry_bits);
		int err = 0;

		if (table->base < end && table->base + span > ipa)
			err = stage2_unmap_table(stage2, table, ipa, end, slots, budget);
		if (err)
			return err;
		table = next;
	}
	return 0;
}

cap_t stage2_frame(struct stage2 *stage2, ipa_t ipa, unsigned int bits)
{
	struct stage2_table *table = stage2_find(stage2, ipa, bits);

	return table ? *stage2_entry(table, ipa) : CAP_NONE;
}

void stage2_forget(struct stage2 *stage2, ipa_t ipa, unsigned int bits)
{
	struct stage2_table *table = stage2_find(stage2, ipa, bits);

	if (table && *stage2_entry(table, ipa) != CAP_NONE)
		stage2_clear(stage2, table, stage2_entry(table, ipa));
}

void stage2_destroy(struct stage2 *stage2)
{
	struct stage2_table *table;

	while ((table = stage2->tables)) {
		stage2->tables = table->next;
		if (table->untyped != CAP_NONE) {
			cap_delete(table->cap);
			slots_give(&stage2->memory->slots, table->cap);
			buddy_give(&stage2->memory->buddy, table->untyped);
		}
		stage2_put(stage2->pool, table);
	}
	while ((table = stage2->spare)) {
		stage2->spare = table->next;
		stage2_put(stage2->pool, table);
	}
}
