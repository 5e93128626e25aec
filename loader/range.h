/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A range of physical or virtual addresses, end exclusive; shared by the loader's parts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PAGE_BYTES	 0x1000ull
#define LARGE_PAGE_BYTES 0x200000ull
#define HUGE_PAGE_BYTES	 0x40000000ull

struct range {
	uint64_t start;
	uint64_t end;
};

static inline bool range_overlaps(struct range a, struct range b)
{
	return a.start < b.end && b.start < a.end;
}

static inline bool range_contains(struct range outer, struct range inner)
{
	return inner.start >= outer.start && inner.end <= outer.end && inner.start <= inner.end;
}

static inline uint64_t align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

/* The caller knows that value is not within align of the top. */
static inline uint64_t align_up(uint64_t value, uint64_t align)
{
	return align_down(value + align - 1, align);
}
