/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mapped where in a VM's address space, and the translation tables that this needs.
 *
 * Used for the service VM and for user VMs. Every mapped frame cap is known by its address, so that
 * a range can be unmapped piece by piece and a second mapping at the same place is refused (the
 * kernel would silently replace the first). A table that maps nothing any more goes back where it
 * came from.
 */
#pragma once

#include <stddef.h>

#include "arena.h"

#define STAGE2_ENTRY_COUNT 512u

struct stage2_table {
	struct stage2_table *next;
	ipa_t base;
	cap_t cap;
	cap_t untyped; /* from memory, CAP_NONE: from the arena */
	uint16_t used_count;
	uint8_t entry_bits;		 /* PAGE_BITS or LARGE_BITS */
	cap_t entry[STAGE2_ENTRY_COUNT]; /* mapped frames */
};

struct stage2_pool {
	struct stage2_table *free;
};

struct stage2 {
	cap_t vspace;
	struct arena *arena; /* tables that stay until the end */
	struct memory
		*memory; /* not NULL: level-3 tables for memory come and go with their frames */
	struct stage2_pool *pool;
	struct stage2_table *tables;
	struct stage2_table *spare; /* unused level-3 tables of the arena */
};

void stage2_pool_init(struct stage2_pool *pool, struct stage2_table *table, size_t count);

void stage2_init(struct stage2 *stage2, cap_t vspace, struct arena *arena, struct memory *memory,
		 struct stage2_pool *pool);

/*
 * Maps a frame of 2^bits bytes; the cap stays the caller's until stage2_unmap() or stage2_forget().
 * -EEXIST: something is mapped there. -ENOMEM: no table. -EINVAL: no such address.
 */
int stage2_map(struct stage2 *stage2, cap_t frame, ipa_t ipa, unsigned int bits,
	       unsigned int flags);

/*
 * Deletes the frame caps mapped inside the range, gives their slots back and subtracts their number
 * from *budget. -EAGAIN: the budget ran out first.
 */
int stage2_unmap(struct stage2 *stage2, ipa_t ipa, uint64_t size, struct slots *slots,
		 unsigned int *budget);

/* The frame cap mapped at an address, CAP_NONE if there is none. */
cap_t stage2_frame(struct stage2 *stage2, ipa_t ipa, unsigned int bits);

/* The frame cap mapped there has been deleted by its owner. */
void stage2_forget(struct stage2 *stage2, ipa_t ipa, unsigned int bits);

/* Gives the book-keeping back; the tables themselves went with the arena. */
void stage2_destroy(struct stage2 *stage2);
