// SPDX-License-Identifier: BSD-2-Clause
/*
 * The manager's own address space above its image: single pages by number, and 2 MiB frames of the
 * service VM's RAM while the boot archive is read. Addresses are far from where seL4 put the image.
 */
#include "manager.h"

#define WINDOW_PAGES	  0x100000000ull
#define WINDOW_LARGE	  0x140000000ull
#define WINDOW_LINE_BYTES 64u /* data cache line of Cortex-A53, A57, A72 */

void *window_map(struct manager *manager, unsigned int page, cap_t frame, unsigned int flags)
{
	uint64_t va = WINDOW_PAGES + page * PAGE_SIZE;

	if (object_map(&manager->arena, frame, seL4_CapInitThreadVSpace, va, flags))
		return NULL;
	return (void *)va;
}

void *window_map_large(struct manager *manager, pa_t offset, cap_t frame)
{
	uint64_t va = WINDOW_LARGE + offset;

	if (object_map(&manager->arena, frame, seL4_CapInitThreadVSpace, va, CAP_MAP_WRITE))
		return NULL;
	return (void *)va;
}

/* The tables are there since the boot archive was read through the same window. */
int cap_clear_large(cap_t frame)
{
	int err = cap_map_page(frame, seL4_CapInitThreadVSpace, WINDOW_LARGE, CAP_MAP_WRITE);
	uint64_t *at = (uint64_t *)WINDOW_LARGE, *end = at + LARGE_SIZE / sizeof(*at);

	if (err)
		return err;
	for (; at < end; at += WINDOW_LINE_BYTES / sizeof(*at)) {
#pragma GCC unroll 8
		for (unsigned int i = 0; i < WINDOW_LINE_BYTES / sizeof(*at); i++)
			at[i] = 0;
		/* Its next user may have its caches off. */
		__asm__ volatile("dc cvac, %0" : : "r"(at) : "memory");
	}
	/* Completes the maintenance before anybody is told of the frame. */
	__asm__ volatile("dsb sy" : : : "memory");
	cap_unmap_page(frame);
	return 0;
}
