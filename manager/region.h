/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: the memory behind ranges of a VMM process, filled frame by frame on first touch.
 *
 * Called for the module (create, populate, destroy) and by the memory slots of VMs. A frame that
 * exists is mapped in the service VM at IPA = PA, writable, until its region is destroyed. Chunks
 * of 2 MiB of the host's address space that lie wholly in the region are one large frame, the rest
 * is pages.
 */
#pragma once

#include <messages.h>

#include "stage2.h"

#define REGION_FRAME_MAX  49152u
#define REGION_HASH_COUNT 16384u
#define REGION_SIZE_MAX	  (1ull << 38)
#define REGION_FRAME_NONE UINT32_MAX

struct region_frame {
	uint32_t hash_next;
	uint32_t region_next;
	uint32_t page; /* of the region's chunk grid */
	cap_t cap;     /* mapped in the service VM */
	cap_t untyped;
	uint16_t region;
	uint8_t bits;
};

struct region {
	bool used;
	bool dying;
	bool pages_only;     /* no large frames; also set when there was none left */
	uint8_t flags;	     /* SELKIE_REGION_* */
	uint16_t slot_count; /* memory slots that use it */
	uint32_t head;	     /* host address modulo 2 MiB */
	uint64_t size;
	uint64_t promised;
	uint32_t frames; /* list */
};

struct regions {
	struct memory *memory;
	struct stage2 *service;
	uint32_t free_frames; /* list */
	uint32_t count;
	struct region region[SELKIE_REGION_MAX];
	uint32_t hash[REGION_HASH_COUNT];
	struct region_frame frame[REGION_FRAME_MAX];
};

void regions_init(struct regions *regions, struct memory *memory, struct stage2 *service);

/* The region's number, or -EINVAL, -ENOSPC, -ENOMEM. */
int region_create(struct regions *regions, uint64_t size, uint64_t head, uint64_t flags);

/* Frees at most *budget frames. -ENOENT, -EBUSY (a slot uses it), -EAGAIN. */
int region_destroy(struct regions *regions, uint64_t number, unsigned int *budget);

/* What holds offset; filled if it was not there. -ENOENT, -EINVAL, -ENOMEM. */
int region_populate(struct regions *regions, uint64_t number, uint64_t offset,
		    const struct region_frame **frame);

/* Physical address of a frame, and its offset in the region. */
pa_t region_frame_base(const struct regions *regions, const struct region_frame *frame);
uint64_t region_frame_offset(const struct regions *regions, const struct region_frame *frame);

/*
 * Whether [offset, offset + size) may appear at ipa: large frames must lie there whole and aligned.
 * 0, -ENOENT or -EINVAL.
 */
int region_check(const struct regions *regions, uint64_t number, uint64_t offset, uint64_t size,
		 ipa_t ipa);
