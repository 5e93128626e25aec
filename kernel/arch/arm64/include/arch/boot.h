/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot only: what the files boot.c, fdt.c, bootmem.c and rootserver.c share, and the BootInfo frame
 * that the root task reads (sel4-abi.md, boot protocol).
 */
#pragma once

#include <arch/memory.h>

#include "objects.h"
#include "types.h"

/* ---- fdt.c ---- */

#define RAM_REGION_MAX 8

/*
 * RAM from the device tree's memory nodes, in its order; returns the number of regions, 0 if the
 * blob is no device tree or names none. Reads nothing outside [blob, blob + size).
 */
u32 fdt_read_ram(const void *blob, u64 size, struct region ram[RAM_REGION_MAX]);

/* ---- bootmem.c: who owns which physical memory ---- */

#define BOOTMEM_REGION_MAX 24

struct region_list {
	struct region region[BOOTMEM_REGION_MAX]; /* sorted, disjoint, not empty */
	u32 count;
};

void region_add(struct region_list *list, struct region region);
void region_subtract(struct region_list *list, struct region region);
/* Take `size` bytes, aligned to `align`, from the top of the highest region that can hold them. */
pa_t region_take_top(struct region_list *list, u64 size, u64 align);

/* ---- BootInfo ---- */

struct slot_range {
	u64 start, end;
};

struct untyped_desc {
	u64 paddr;
	u8 size_bits;
	u8 is_device;
	u8 padding[6];
};

struct bootinfo {
	u64 extra_len;
	u64 node_id;
	u64 node_count;
	u64 io_pt_level_count;
	u64 ipc_buffer;
	struct slot_range empty;
	struct slot_range shared_frames;
	struct slot_range image_frames;
	struct slot_range image_paging;
	struct slot_range io_space_caps;
	struct slot_range extra_pages;
	u64 root_cnode_bits;
	u64 domain;
	struct slot_range sched_control;
	struct slot_range untyped;
	struct untyped_desc untyped_list[CONFIG_BOOTINFO_UNTYPED_COUNT];
};

_Static_assert(offsetof(struct bootinfo, extra_pages) == 120, "BootInfo is ABI");
_Static_assert(offsetof(struct bootinfo, untyped_list) == 184, "BootInfo is ABI");
_Static_assert(sizeof(struct bootinfo) == 3864, "BootInfo is ABI");

struct bootinfo_chunk {
	u64 id;
	u64 length; /* with this header */
};

#define BOOTINFO_CHUNK_FDT 6

/* ---- boot.c ---- */

/* Registers and devices of a core that is not the first. */
void boot_init_core(void);

/* ---- rootserver.c ---- */

/* What the loader said about the root task and the device tree. */
struct boot_image {
	struct region image; /* physical */
	u64 physical_offset; /* physical minus virtual address */
	va_t entry;
	struct region dtb; /* empty if none */
};

/* Create the root task from free memory; everything left becomes untypeds. Then it is current. */
void rootserver_create(const struct boot_image *boot, struct region_list *ram_free,
		       const struct region_list *device);
