/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities of the manager, and the few kernel operations that the book-keeping needs.
 *
 * A cap_t is a slot of the manager's root CNode. cap.c makes the system calls; the unit tests link
 * a model of the kernel in its place, so that everything above this header also runs on the host.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t cap_t;
typedef uint64_t pa_t;	/* physical address */
typedef uint64_t ipa_t; /* a VM's physical address */

#define CAP_NONE       0u
#define CAP_SLOT_COUNT (1u << 17)

#define PAGE_BITS  12u
#define PAGE_SIZE  (1ull << PAGE_BITS)
#define LARGE_BITS 21u
#define LARGE_SIZE (1ull << LARGE_BITS)
#define GIANT_BITS 30u /* what one level-2 table covers */
#define IPA_BITS   40u

enum cap_type {
	CAP_UNTYPED,
	CAP_TCB,
	CAP_ENDPOINT,
	CAP_NOTIFICATION,
	CAP_CNODE,
	CAP_SCHED_CONTEXT,
	CAP_REPLY,
	CAP_VSPACE,
	CAP_PAGE,
	CAP_LARGE_PAGE,
	CAP_PAGE_TABLE,
	CAP_VCPU,
};

/* How a frame is mapped. */
#define CAP_MAP_WRITE  (1u << 0)
#define CAP_MAP_DEVICE (1u << 1)

/* Bits of memory an object takes; bits is the caller's size for untyped, CNode (slots) and SC. */
unsigned int cap_size_bits(enum cap_type type, unsigned int bits);

/* Makes one object in the next free part of untyped. 0 or -ENOMEM. */
int cap_retype(cap_t untyped, enum cap_type type, unsigned int bits, cap_t to);

/* Empties a slot; an empty one stays empty. The last cap of an object takes the object with it. */
void cap_delete(cap_t cap);

/* Deletes everything derived from cap. */
void cap_revoke(cap_t cap);

/* A second cap for the same frame, which can be mapped elsewhere. */
int cap_copy(cap_t from, cap_t to);

/* Into an empty slot; mappings go along. */
void cap_move(cap_t from, cap_t to);

/* Zeroes a 2 MiB frame that is mapped nowhere, down to memory. 0 or a negative errno. */
int cap_clear_large(cap_t frame);

/* 0, -ENOENT: a table is missing or a table is in the way, -EINVAL. An old mapping is replaced. */
int cap_map_page(cap_t frame, cap_t vspace, uint64_t address, unsigned int flags);
int cap_map_table(cap_t table, cap_t vspace, uint64_t address);
void cap_unmap_table(cap_t table);
void cap_unmap_page(cap_t frame);
