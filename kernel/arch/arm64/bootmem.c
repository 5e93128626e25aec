// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sorted lists of physical regions, from which boot.c works out what is free RAM and what is device
 * memory. Boot only; running out of list entries loses memory but never hands out any twice.
 */
#include <arch/boot.h>

#include "print.h"

static void region_insert(struct region_list *list, u32 at, struct region region)
{
	if (list->count == BOOTMEM_REGION_MAX)
		panic("memory map too fragmented");
	for (u32 i = list->count; i > at; i--)
		list->region[i] = list->region[i - 1];
	list->region[at] = region;
	list->count++;
}

static void region_remove(struct region_list *list, u32 at)
{
	list->count--;
	for (u32 i = at; i < list->count; i++)
		list->region[i] = list->region[i + 1];
}

void region_add(struct region_list *list, struct region region)
{
	u32 at = 0;

	if (region.start >= region.end)
		return;
	/* What is there already, in whole or in part, is not added again. */
	region_subtract(list, region);
	while (at < list->count && list->region[at].start < region.start)
		at++;
	region_insert(list, at, region);
}

void region_subtract(struct region_list *list, struct region region)
{
	if (region.start >= region.end)
		return;
	for (u32 i = 0; i < list->count;) {
		struct region *r = &list->region[i];
		struct region above = {max_u64(r->start, region.end), r->end};

		if (r->end <= region.start || r->start >= region.end) {
			i++;
			continue;
		}
		r->end = max_u64(r->start, region.start);
		if (r->start == r->end)
			region_remove(list, i);
		else
			i++;
		if (above.start < above.end)
			region_insert(list, i++, above);
	}
}

pa_t region_take_top(struct region_list *list, u64 size, u64 align)
{
	for (u32 i = list->count; i-- > 0;) {
		struct region r = list->region[i];
		pa_t start = (r.end - size) & ~(align - 1);

		if (size > r.end - r.start || start < r.start)
			continue;
		region_subtract(list, (struct region){start, start + size});
		return start;
	}
	panic("no memory for the root task");
}
