/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space. RAM appears at CONFIG_KERNEL_OFFSET + physical address, the
 * kernel image included (it is linked there), and the few devices that the kernel drives in one
 * 2 MiB region at the end of the window. What is handed out as device memory but is no RAM is not
 * mapped in the kernel at all.
 */
#pragma once

#include "abi.h"
#include "config.h"
#include "types.h"

#define KERNEL_WINDOW_SIZE 0x8000000000ull
#define KERNEL_DEVICE_BASE (CONFIG_KERNEL_OFFSET + KERNEL_WINDOW_SIZE - 0x200000)

#define TABLE_INDEX_BITS  9
#define TABLE_ENTRY_COUNT 512

/* Attribute indices of MAIR_EL2; loaders use the same ones (sel4-abi.md, boot protocol). */
#define MAIR_DEVICE_nGnRnE 0
#define MAIR_NORMAL_NC	   3
#define MAIR_NORMAL_WB	   4
#define MAIR_VALUE	   ((0x44ull << (8 * MAIR_NORMAL_NC)) | (0xffull << (8 * MAIR_NORMAL_WB)))

struct region {
	pa_t start, end;
};

/* kmap.c, boot only. Maps the kernel image, `early` and the devices; switches to the new tables. */
void kmap_init(struct region early);
/* The same tables for another core. */
void kmap_activate(void);
/*
 * Adds RAM, of which the kernel image's own block and `early` may be part. Returns what is mapped:
 * whole 2 MiB blocks inside the window, as far as tables reach; the rest is none of the kernel's.
 */
struct region kmap_add_ram(struct region ram);
/* Whether the kernel may touch [pa, pa + size): RAM, hence cacheable and without side effects. */
bool kmap_covers(pa_t pa, u64 size);
