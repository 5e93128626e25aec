// SPDX-License-Identifier: BSD-2-Clause
/*
 * From seL4's bootinfo to the manager's allocators, device tree and console.
 *
 * Nothing can be printed before the UART's page is mapped; what fails earlier stops silently,
 * unless the kernel prints (a debug kernel reports the fault that start-up code ends with).
 */
#include "manager.h"

#include <errno.h>
#include <pl011.h>
#include <stdio.h>
#include <string.h>

#define BOOT_RESERVE_SLOTS 4096u
#define BOOT_ARENA_BITS	   LARGE_BITS
#define BOOT_TABLE_COUNT   1536u /* stage 2 tables of all VMs */
/* What native code is compiled for; a kernel may have more cores. */
#define BOOT_CORE_MAX CONFIG_MAX_NUM_NODES
#define BOOT_FDT_ID   6u /* SEL4_BOOTINFO_HEADER_FDT */

_Static_assert(BOOT_CORE_MAX <= SELKIE_CPU_MAX, "each core has its place in abi/");

static cap_t boot_slot_next[CAP_SLOT_COUNT];
static struct buddy_block boot_blocks[CAP_SLOT_COUNT];
static struct stage2_table boot_tables[BOOT_TABLE_COUNT];
static volatile void *boot_uart;

int boot_memory(struct manager *manager)
{
	const seL4_BootInfo *bi = manager->bootinfo;
	pa_t low = UINT64_MAX, high = 0;

	slots_init(&manager->memory.slots, boot_slot_next, (cap_t)bi->empty.start,
		   (cap_t)bi->empty.end);
	if (slots_reserve(&manager->memory.slots, &manager->reserve, BOOT_RESERVE_SLOTS) ||
	    slots_reserve(&manager->memory.slots, &manager->memory.kept_slots, MEMORY_KEPT_MAX))
		return -ENOMEM;
	buddy_init(&manager->memory.buddy, boot_blocks, &manager->memory.slots);
	buddy_init(&manager->device, boot_blocks, &manager->reserve);
	for (seL4_Word i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
		const seL4_UntypedDesc *ut = &bi->untypedList[i];
		cap_t cap = (cap_t)(bi->untyped.start + i);

		if (ut->sizeBits < PAGE_BITS)
			continue;
		if (ut->isDevice) {
			buddy_add(&manager->device, cap, ut->paddr, ut->sizeBits);
			continue;
		}
		if (memory_add(&manager->memory, cap, ut->paddr, ut->sizeBits))
			return -ENOMEM;
		low = ut->paddr < low ? ut->paddr : low;
		high = ut->paddr + (1ull << ut->sizeBits) > high
			       ? ut->paddr + (1ull << ut->sizeBits)
			       : high;
	}
	if (high <= low)
		return -ENOMEM;
	manager->pool_base = low & ~(LARGE_SIZE - 1);
	manager->pool_size = ((high + LARGE_SIZE - 1) & ~(LARGE_SIZE - 1)) - manager->pool_base;
	arena_init(&manager->arena, &manager->memory, &manager->reserve, BOOT_ARENA_BITS);
	stage2_pool_init(&manager->tables, boot_tables, BOOT_TABLE_COUNT);
	manager->sched_control = (cap_t)bi->schedcontrol.start;
	manager->core_count = (unsigned int)(bi->schedcontrol.end - bi->schedcontrol.start);
	if (manager->core_count > BOOT_CORE_MAX)
		manager->core_count = BOOT_CORE_MAX;
	manager->endpoint = arena_make(&manager->arena, CAP_ENDPOINT, 0, NULL);
	manager->reply = arena_make(&manager->arena, CAP_REPLY, 0, NULL);
	return manager->endpoint && manager->reply ? 0 : -ENOMEM;
}

cap_t device_frame(struct manager *manager, pa_t base)
{
	cap_t untyped, cap;

	for (unsigned int i = 0; i < manager->device_page_count; i++)
		if (manager->device_page[i].base == base)
			return manager->device_page[i].cap;
	if (manager->device_page_count == MANAGER_DEVICE_PAGE_MAX)
		return CAP_NONE;
	untyped = buddy_take_at(&manager->device, base, PAGE_BITS);
	cap = slots_take(&manager->reserve);
	if (untyped == CAP_NONE || cap == CAP_NONE || cap_retype(untyped, CAP_PAGE, 0, cap))
		return CAP_NONE;
	manager->device_page[manager->device_page_count++] = (struct device_page){base, cap};
	return cap;
}

static void boot_print(const char *text, size_t length)
{
	pl011_write(boot_uart, text, length);
}

/* The device tree travels in the extra bootinfo, a list of chunks behind the bootinfo page. */
static void boot_find_fdt(struct manager *manager)
{
	const char *at = (const char *)manager->bootinfo + seL4_BootInfoFrameSize;
	const char *end = at + manager->bootinfo->extraLen;

	while ((size_t)(end - at) >= sizeof(seL4_BootInfoHeader)) {
		const seL4_BootInfoHeader *chunk = (const seL4_BootInfoHeader *)at;

		if (chunk->len < sizeof(*chunk) || chunk->len > (size_t)(end - at))
			return;
		if (chunk->id == BOOT_FDT_ID) {
			manager->fdt = chunk + 1;
			manager->fdt_size = chunk->len - sizeof(*chunk);
			return;
		}
		at += chunk->len;
	}
}

/* Reads the GICv2m frame's MSI_TYPER (Arm SBSA, GICv2m: base SPI in 25:16, count in 9:0). */
static void boot_read_msi(struct manager *manager)
{
	volatile uint32_t *v2m;
	cap_t frame;

	if (!manager->platform.v2m.size)
		return;
	frame = device_frame(manager, manager->platform.v2m.base);
	if (frame == CAP_NONE)
		return;
	v2m = window_map(manager, WINDOW_SCRATCH, frame, CAP_MAP_DEVICE);
	if (!v2m)
		return;
	devtree_allow_msi(&manager->platform, v2m[2] >> 16 & 0x3ff, v2m[2] & 0x3ff);
	cap_unmap_page(frame);
}

int boot_platform(struct manager *manager)
{
	const char *problem = "is missing in seL4's bootinfo";
	cap_t frame;
	int err;

	boot_find_fdt(manager);
	err = manager->fdt
		      ? devtree_read(manager->fdt, manager->fdt_size, &manager->platform, &problem)
		      : -ENOENT;
	if (manager->platform.uart_base) {
		frame = device_frame(manager, manager->platform.uart_base);
		if (frame != CAP_NONE)
			boot_uart = window_map(manager, WINDOW_UART, frame,
					       CAP_MAP_WRITE | CAP_MAP_DEVICE);
		if (boot_uart)
			stdout_set(boot_print);
	}
	if (err) {
		printf("manager: the device tree %s\n", problem);
		return err;
	}
	for (unsigned int i = 0; i < MANAGER_GICV_PAGES; i++) {
		manager->gicv[i] =
			device_frame(manager, manager->platform.gicv.base + i * PAGE_SIZE);
		if (manager->gicv[i] == CAP_NONE) {
			printf("manager: no frame for the GIC's virtual CPU interface at 0x%lx\n",
			       (unsigned long)manager->platform.gicv.base);
			return -ENODEV;
		}
	}
	boot_read_msi(manager);
	return 0;
}
