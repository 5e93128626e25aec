/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the kernel behind manager/cap.h, for the manager's unit tests.
 *
 * It follows seL4's rules for untyped memory (objects are cut off from front to back; space comes
 * back only when the untyped has no children left) and for translation tables, and stops the test
 * when the manager breaks one: a slot used twice, a missing table, a mapping silently replaced.
 */
#pragma once

#include <errno.h>
#include <stdlib.h>

#include "../../manager/cap.h"
#include "unit.h"

#define KERNEL_SLOTS 16384u

struct kernel_cap {
	bool used;
	enum cap_type type;
	unsigned int bits;
	pa_t base;
	cap_t parent;	    /* what it was made or copied from */
	uint64_t watermark; /* untyped: bytes given out */
	unsigned int child_count;
	cap_t vspace; /* frame or table: where it is mapped */
	uint64_t address;
};

static struct kernel_cap kernel_caps[KERNEL_SLOTS];
static unsigned int kernel_cleared;    /* large frames, by cap_clear_large() */
static unsigned int kernel_fail_after; /* 0: never; else the n-th retype from now fails */
static cap_t kernel_scrubbed;	       /* a slot that scrub.c's thread may have filled before */

static inline void kernel_require(bool ok, const char *rule)
{
	if (!ok) {
		printf("the kernel's rule is broken: %s\n", rule);
		abort();
	}
}

static inline void kernel_reset(void)
{
	memset(kernel_caps, 0, sizeof(kernel_caps));
	kernel_fail_after = 0;
	kernel_scrubbed = CAP_NONE;
}

static inline void kernel_add_untyped(cap_t cap, pa_t base, unsigned int bits)
{
	kernel_caps[cap] = (struct kernel_cap){
		.used = true,
		.type = CAP_UNTYPED,
		.bits = bits,
		.base = base,
	};
}

static inline unsigned int kernel_count(void)
{
	unsigned int count = 0;

	for (cap_t i = 0; i < KERNEL_SLOTS; i++)
		count += kernel_caps[i].used;
	return count;
}

unsigned int cap_size_bits(enum cap_type type, unsigned int bits)
{
	static const unsigned int size[] = {
		[CAP_TCB] = 11,	 [CAP_ENDPOINT] = 4,	[CAP_NOTIFICATION] = 6,
		[CAP_CNODE] = 5, [CAP_REPLY] = 5,	[CAP_VSPACE] = 13,
		[CAP_PAGE] = 12, [CAP_LARGE_PAGE] = 21, [CAP_PAGE_TABLE] = 12,
		[CAP_VCPU] = 12,
	};

	return size[type] + bits;
}

int cap_retype(cap_t untyped, enum cap_type type, unsigned int bits, cap_t to)
{
	struct kernel_cap *parent = &kernel_caps[untyped];
	uint64_t size = 1ull << cap_size_bits(type, bits), at;

	kernel_require(parent->used && parent->type == CAP_UNTYPED,
		       "only untyped memory is retyped");
	if (kernel_caps[to].used && to == kernel_scrubbed)
		return -EEXIST;
	kernel_require(!kernel_caps[to].used, "a new object's slot is empty");
	if (kernel_fail_after && !--kernel_fail_after)
		return -ENOMEM;
	if (!parent->child_count)
		parent->watermark = 0;
	at = (parent->watermark + size - 1) & ~(size - 1);
	if (at + size > 1ull << parent->bits)
		return -ENOMEM;
	parent->watermark = at + size;
	parent->child_count++;
	kernel_caps[to] = (struct kernel_cap){
		.used = true,
		.type = type,
		.bits = cap_size_bits(type, bits),
		.base = parent->base + at,
		.parent = untyped,
	};
	return 0;
}

void cap_revoke(cap_t cap)
{
	for (cap_t i = 1; kernel_caps[cap].child_count && i < KERNEL_SLOTS; i++)
		if (kernel_caps[i].used && kernel_caps[i].parent == cap) {
			cap_revoke(i);
			cap_delete(i);
		}
}

void cap_delete(cap_t cap)
{
	struct kernel_cap *gone = &kernel_caps[cap];

	if (!gone->used)
		return;
	kernel_require(gone->type != CAP_UNTYPED || !gone->child_count,
		       "a deleted untyped has no children");
	/* Copies outlive the cap they were made from. */
	for (cap_t i = 1; gone->child_count && i < KERNEL_SLOTS; i++)
		if (kernel_caps[i].used && kernel_caps[i].parent == cap) {
			kernel_caps[i].parent = gone->parent;
			kernel_caps[gone->parent].child_count++;
			gone->child_count--;
		}
	if (gone->parent)
		kernel_caps[gone->parent].child_count--;
	*gone = (struct kernel_cap){.used = false};
}

int cap_copy(cap_t from, cap_t to)
{
	kernel_require(kernel_caps[from].used && !kernel_caps[to].used,
		       "a copy goes into an empty slot");
	kernel_caps[to] = kernel_caps[from];
	kernel_caps[to].parent = from;
	kernel_caps[to].child_count = 0;
	kernel_caps[to].vspace = CAP_NONE;
	kernel_caps[from].child_count++;
	return 0;
}

/* The table that translates address with entries of entry_bits. */
static inline bool kernel_has_table(cap_t vspace, uint64_t address, unsigned int span_bits)
{
	for (cap_t i = 1; i < KERNEL_SLOTS; i++) {
		const struct kernel_cap *cap = &kernel_caps[i];

		/* A table of the model covers 2 MiB or 1 GiB, which of the two was set as it was
		 * mapped. */
		if (cap->used && cap->type == CAP_PAGE_TABLE && cap->vspace == vspace &&
		    cap->watermark == span_bits &&
		    cap->address >> span_bits == address >> span_bits)
			return true;
	}
	return false;
}

int cap_map_page(cap_t frame, cap_t vspace, uint64_t address, unsigned int flags)
{
	struct kernel_cap *cap = &kernel_caps[frame];

	kernel_require(cap->used && (cap->type == CAP_PAGE || cap->type == CAP_LARGE_PAGE),
		       "frames are mapped");
	kernel_require(cap->vspace == CAP_NONE, "a cap is mapped once");
	kernel_require(!(address & ((1ull << cap->bits) - 1)), "addresses are aligned");
	if (!kernel_has_table(vspace, address, 30) ||
	    kernel_has_table(vspace, address, 21) != (cap->type == CAP_PAGE))
		return -ENOENT;
	for (cap_t i = 1; i < KERNEL_SLOTS; i++)
		kernel_require(!kernel_caps[i].used || kernel_caps[i].type == CAP_PAGE_TABLE ||
				       kernel_caps[i].vspace != vspace ||
				       kernel_caps[i].address >> cap->bits !=
					       address >> cap->bits ||
				       kernel_caps[i].bits != cap->bits,
			       "no mapping is replaced");
	cap->vspace = vspace;
	cap->address = address;
	return 0;
}

int cap_map_table(cap_t table, cap_t vspace, uint64_t address)
{
	struct kernel_cap *cap = &kernel_caps[table];

	kernel_require(cap->used && cap->type == CAP_PAGE_TABLE && cap->vspace == CAP_NONE,
		       "an unmapped table is mapped");
	cap->watermark = kernel_has_table(vspace, address, 30) ? 21 : 30;
	cap->vspace = vspace;
	cap->address = address;
	return 0;
}

void cap_unmap_table(cap_t table)
{
	kernel_caps[table].vspace = CAP_NONE;
}

void cap_unmap_page(cap_t frame)
{
	kernel_caps[frame].vspace = CAP_NONE;
}

void cap_move(cap_t from, cap_t to)
{
	kernel_require(kernel_caps[from].used && !kernel_caps[to].used,
		       "a cap moves into an empty slot");
	kernel_caps[to] = kernel_caps[from];
	for (cap_t i = 1; kernel_caps[from].child_count && i < KERNEL_SLOTS; i++)
		if (kernel_caps[i].used && kernel_caps[i].parent == from)
			kernel_caps[i].parent = to;
	kernel_caps[from] = (struct kernel_cap){.used = false};
}

int cap_clear_large(cap_t frame)
{
	kernel_require(kernel_caps[frame].used && kernel_caps[frame].type == CAP_LARGE_PAGE &&
			       kernel_caps[frame].vspace == CAP_NONE,
		       "an unmapped frame is cleared");
	kernel_cleared++;
	return kernel_fail_after && !--kernel_fail_after ? -ENOMEM : 0;
}
