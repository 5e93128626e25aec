/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space. RAM appears at KERNEL_WINDOW + physical address, the kernel image
 * included (it is linked there), and the few devices that the kernel drives in one 2 MiB region at
 * the end of the window. Device memory handed to user level is not mapped in the kernel at all.
 */
#pragma once

#include "config.h"

#define KERNEL_WINDOW_SIZE	0x8000000000
#define KERNEL_DEVICE_BASE	(CONFIG_KERNEL_OFFSET + KERNEL_WINDOW_SIZE - 0x200000)

#define TABLE_INDEX_BITS	9
#define TABLE_ENTRY_COUNT	512

/* User address spaces: 40-bit IPA, two concatenated level-1 tables at the root. */
#define USER_TOP		0xffffffffff
#define VSPACE_INDEX_BITS	10

/* Attribute indices of MAIR_EL2; loaders use the same ones (sel4-abi.md, boot protocol). */
#define MAIR_DEVICE_nGnRnE	0
#define MAIR_NORMAL_NC		3
#define MAIR_NORMAL_WB		4
#define MAIR_VALUE		((0x44ull << (8 * MAIR_NORMAL_NC)) | (0xffull << (8 * MAIR_NORMAL_WB)))

#ifndef __ASSEMBLER__
#include "types.h"

struct region {
	pa_t start, end;
};

/* kmap.c: maps kernel image, RAM and devices, and switches to the new tables. Boot only. */
void kmap_init(const struct region *ram, u32 ram_count);
/* Whether the kernel may touch [pa, pa + size): RAM, hence cacheable and without side effects. */
bool kmap_covers(pa_t pa, u64 size);
#endif
