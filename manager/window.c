// SPDX-License-Identifier: BSD-2-Clause
/*
 * The manager's own address space above its image: single pages by number, and 2 MiB frames of the
 * service VM's RAM while the boot archive is read. Addresses are far from where seL4 put the image.
 */
#include "manager.h"

#define WINDOW_PAGES 0x100000000ull
#define WINDOW_LARGE 0x140000000ull

void *window_map(struct manager *manager, unsigned int page, cap_t frame, unsigned int flags)
{
	uint64_t va = WINDOW_PAGES + page * PAGE_SIZE;

	if (object_map(&manager->arena, frame, seL4_CapInitThreadVSpace, va, flags))
		return NULL;
	return (void *)va;
}

void window_unmap(cap_t frame)
{
	seL4_ARM_Page_Unmap(frame);
}

void *window_map_large(struct manager *manager, pa_t offset, cap_t frame)
{
	uint64_t va = WINDOW_LARGE + offset;

	if (object_map(&manager->arena, frame, seL4_CapInitThreadVSpace, va, CAP_MAP_WRITE))
		return NULL;
	return (void *)va;
}
