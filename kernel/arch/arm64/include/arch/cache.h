/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cache maintenance by virtual address, on kernel-window addresses. Ranges are [start, start+size);
 * the line size comes from CTR_EL0. Each function completes (dsb) before it returns.
 */
#pragma once

#include "types.h"

void cache_init(void);
/* Zeroes the range, to the point of coherency. It is aligned to 16 bytes. */
void cache_clear_poc(void *start, u64 size);
void cache_clean_poc(const void *start, u64 size);
void cache_clean_pou(const void *start, u64 size);
void cache_invalidate_poc(const void *start, u64 size);
void cache_clean_invalidate_poc(const void *start, u64 size);
/* Makes new instructions in the range visible to the fetch side of this core. */
void cache_unify(const void *start, u64 size);
