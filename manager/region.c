// SPDX-License-Identifier: BSD-2-Clause
/*
 * Offsets are counted from the chunk that holds the region's first byte ("grid"), so that chunk
 * borders are multiples of 2 MiB. Frames are found by (region, first page of the frame) in a hash
 * table, and listed per region.
 */
#include "region.h"

#include <errno.h>
#include <string.h>

void regions_init(struct regions *regions, struct memory *memory, struct stage2 *service)
{
	memset(regions, 0, sizeof(*regions));
	regions->memory = memory;
	regions->service = service;
	memset(regions->hash, 0xff, sizeof(regions->hash));
	regions->free_frames = REGION_FRAME_NONE;
	for (uint32_t i = REGION_FRAME_MAX; i; i--) {
		regions->frame[i - 1].region_next = regions->free_frames;
		regions->free_frames = i - 1;
	}
}

static struct region *region_get(struct regions *regions, uint64_t number)
{
	if (number >= SELKIE_REGION_MAX || !regions->region[number].used)
		return NULL;
	return &regions->region[number];
}

/* Whether the chunk with that index is wholly inside the region. */
static bool region_chunk_is_whole(const struct region *region, uint64_t chunk)
{
	return chunk << LARGE_BITS >= region->head &&
	       (chunk + 1) << LARGE_BITS <= region->head + region->size;
}

static uint32_t region_hash(uint16_t number, uint32_t page)
{
	uint32_t key = page * 0x9e3779b1u + number * 0x85ebca6bu;

	return (key ^ key >> 15) % REGION_HASH_COUNT;
}

static struct region_frame *region_find(struct regions *regions, uint16_t number, uint32_t page)
{
	uint32_t i = regions->hash[region_hash(number, page)];

	while (i != REGION_FRAME_NONE &&
	       (regions->frame[i].region != number || regions->frame[i].page != page))
		i = regions->frame[i].hash_next;
	return i == REGION_FRAME_NONE ? NULL : &regions->frame[i];
}

/* Memory that the region was promised is now its own, or is promised again. */
static void region_promise(struct regions *regions, struct region *region, int64_t bytes)
{
	region->promised += (uint64_t)bytes;
	regions->memory->promised += (uint64_t)bytes;
}

int region_create(struct regions *regions, uint64_t size, uint64_t head, uint64_t flags)
{
	uint64_t promised;
	unsigned int i = 0;

	if (!size || size > REGION_SIZE_MAX || size % PAGE_SIZE || head >= LARGE_SIZE ||
	    head % PAGE_SIZE || flags & ~(uint64_t)(SELKIE_REGION_SMALL | SELKIE_REGION_READONLY))
		return -EINVAL;
	promised = flags & SELKIE_REGION_READONLY ? 0 : size;
	if (promised > memory_available(regions->memory))
		return -ENOMEM;
	while (i < SELKIE_REGION_MAX && regions->region[i].used)
		i++;
	if (i == SELKIE_REGION_MAX)
		return -ENOSPC;
	regions->region[i] = (struct region){
		.used = true,
		.flags = (uint8_t)flags,
		.head = (uint32_t)head,
		.size = size,
		.pages_only = flags & SELKIE_REGION_SMALL,
		.frames = REGION_FRAME_NONE,
	};
	region_promise(regions, &regions->region[i], (int64_t)promised);
	regions->count++;
	return (int)i;
}

/* Makes a frame and maps it in the service VM. */
static int region_fill(struct regions *regions, uint16_t number, uint32_t page, unsigned int bits,
		       struct region_frame **result)
{
	struct region *region = &regions->region[number];
	struct memory *memory = regions->memory;
	uint32_t i = regions->free_frames;
	bool promised = region->promised >= 1ull << bits;
	struct region_frame *frame;
	cap_t untyped, cap;

	if (i == REGION_FRAME_NONE)
		return -ENOMEM;
	cap = slots_take(&memory->slots);
	if (cap == CAP_NONE)
		return -ENOMEM;
	untyped = memory_take_frame(memory, bits, promised, cap);
	if (untyped == CAP_NONE)
		goto no_memory;
	if (stage2_map(regions->service, cap, buddy_base(&memory->buddy, untyped), bits,
		       CAP_MAP_WRITE))
		goto no_mapping;
	if (promised)
		region_promise(regions, region, -(int64_t)(1ull << bits));
	frame = &regions->frame[i];
	regions->free_frames = frame->region_next;
	*frame = (struct region_frame){
		.hash_next = regions->hash[region_hash(number, page)],
		.region_next = region->frames,
		.page = page,
		.cap = cap,
		.untyped = untyped,
		.region = number,
		.bits = (uint8_t)bits,
	};
	regions->hash[region_hash(number, page)] = i;
	region->frames = i;
	*result = frame;
	return 0;

no_mapping:
	memory_give_frame(memory, untyped, cap, bits);
no_memory:
	slots_give(&memory->slots, cap);
	return -ENOMEM;
}

int region_populate(struct regions *regions, uint64_t number, uint64_t offset,
		    const struct region_frame **result)
{
	struct region *region = region_get(regions, number);
	struct region_frame *frame = NULL;
	uint64_t grid;
	uint32_t page;
	int err = 0;

	if (!region || region->dying)
		return -ENOENT;
	if (offset >= region->size)
		return -EINVAL;
	grid = region->head + offset;
	page = (uint32_t)(grid >> LARGE_BITS << (LARGE_BITS - PAGE_BITS));
	if (!(region->flags & SELKIE_REGION_SMALL) &&
	    region_chunk_is_whole(region, grid >> LARGE_BITS)) {
		frame = region_find(regions, (uint16_t)number, page);
		if (frame && frame->bits != LARGE_BITS)
			frame = NULL;
		if (!frame && !region->pages_only &&
		    region_fill(regions, (uint16_t)number, page, LARGE_BITS, &frame))
			region->pages_only = true;
	}
	if (!frame) {
		page = (uint32_t)(grid >> PAGE_BITS);
		frame = region_find(regions, (uint16_t)number, page);
		if (!frame)
			err = region_fill(regions, (uint16_t)number, page, PAGE_BITS, &frame);
	}
	if (!err)
		*result = frame;
	return err;
}

pa_t region_frame_base(const struct regions *regions, const struct region_frame *frame)
{
	return buddy_base(&regions->memory->buddy, frame->untyped);
}

uint64_t region_frame_offset(const struct regions *regions, const struct region_frame *frame)
{
	return ((uint64_t)frame->page << PAGE_BITS) - regions->region[frame->region].head;
}

static void region_drop(struct regions *regions, struct region *region, uint32_t i)
{
	struct region_frame *frame = &regions->frame[i];
	struct memory *memory = regions->memory;
	uint32_t *link = &regions->hash[region_hash(frame->region, frame->page)];
	pa_t base = buddy_base(&memory->buddy, frame->untyped);

	while (*link != i)
		link = &regions->frame[*link].hash_next;
	*link = frame->hash_next;
	region->frames = frame->region_next;
	memory_give_frame(memory, frame->untyped, frame->cap, frame->bits);
	slots_give(&memory->slots, frame->cap);
	stage2_forget(regions->service, base, frame->bits);
	frame->region_next = regions->free_frames;
	regions->free_frames = i;
}

int region_destroy(struct regions *regions, uint64_t number, unsigned int *budget)
{
	struct region *region = region_get(regions, number);

	if (!region)
		return -ENOENT;
	if (region->slot_count)
		return -EBUSY;
	region->dying = true;
	while (region->frames != REGION_FRAME_NONE) {
		if (!*budget)
			return -EAGAIN;
		--*budget;
		region_drop(regions, region, region->frames);
	}
	region_promise(regions, region, -(int64_t)region->promised);
	region->used = false;
	regions->count--;
	return 0;
}

int region_check(const struct regions *regions, uint64_t number, uint64_t offset, uint64_t size,
		 ipa_t ipa)
{
	const struct region *region;
	uint64_t start, end;

	if (number >= SELKIE_REGION_MAX || !regions->region[number].used ||
	    regions->region[number].dying)
		return -ENOENT;
	region = &regions->region[number];
	if (offset >= region->size || size > region->size - offset)
		return -EINVAL;
	if (region->flags & SELKIE_REGION_SMALL)
		return 0;
	start = region->head + offset;
	end = start + size;
	if (start % LARGE_SIZE && region_chunk_is_whole(region, start >> LARGE_BITS))
		return -EINVAL;
	if (end % LARGE_SIZE && region_chunk_is_whole(region, end >> LARGE_BITS))
		return -EINVAL;
	/* A whole chunk in the range? Then guest and host must agree modulo 2 MiB. */
	if ((start + LARGE_SIZE - 1) >> LARGE_BITS < end >> LARGE_BITS &&
	    (ipa - start) % LARGE_SIZE)
		return -EINVAL;
	return 0;
}
