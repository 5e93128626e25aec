/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fixed-width shorthands, the kernel's error set and small helpers used by every file. Address
 * types are distinct by name: pa_t is physical, va_t is a user (stage-2 input) address; kernel
 * pointers are plain pointers or kva_t. Physical memory appears at pa + CONFIG_KERNEL_OFFSET.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

typedef u64 pa_t;
typedef u64 va_t;
typedef u64 kva_t;
typedef u64 ticks_t;

/* What a decode function returns. 1-10 are the numbers user level sees in the reply's label. */
enum error {
	OK = 0,
	INVALID_ARGUMENT = 1,
	INVALID_CAPABILITY = 2,
	ILLEGAL_OPERATION = 3,
	RANGE_ERROR = 4,
	ALIGNMENT_ERROR = 5,
	FAILED_LOOKUP = 6,
	TRUNCATED_MESSAGE = 7,
	DELETE_FIRST = 8,
	REVOKE_FIRST = 9,
	NOT_ENOUGH_MEMORY = 10,
	PREEMPTED = 16,		/* the call restarts from its first instruction */
};

#define BIT(n) (1ull << (n))
#define MASK(n) (BIT(n) - 1)
#define ALIGNED(x, bits) (((x) & MASK(bits)) == 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

static inline kva_t pa_to_kva(pa_t pa)
{
	return pa + CONFIG_KERNEL_OFFSET;
}

static inline pa_t kva_to_pa(kva_t kva)
{
	return kva - CONFIG_KERNEL_OFFSET;
}
