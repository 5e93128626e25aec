// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as an ELF file, and the plan made from what is accepted: file parts lie inside the
 * file, and a plan that is made overlaps nothing.
 */
// unit-sources: lib/elf_image.c loader/plan.c
// unit-cflags: -Iloader
#include "elf_image.h"

#include <stdlib.h>
#include <string.h>

#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes are read into this, so that reading is not optimised away. */
volatile uint8_t fuzz_sink;

static void make_plan(const struct elf_image *image)
{
	const struct platform board = {
		.ram = {{0x40000000, 0xc0000000}},
		.ram_count = 1,
		.fdt_used = 0x2000,
	};
	const struct occupied occupied = {"archive", {0x48000000, 0x4c000000}};
	char problem[PLAN_PROBLEM_BYTES];
	struct plan plan;

	if (plan_make(&plan, &board, image, image, &occupied, 1, NULL, 0, problem))
		return;
	if (range_overlaps(plan.kernel, occupied.range) || range_overlaps(plan.root, plan.kernel) ||
	    range_overlaps(plan.root, occupied.range) ||
	    !range_contains(board.ram[0], plan.kernel) || !range_contains(board.ram[0], plan.root))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *problem = NULL;
	struct elf_image image;
	uint8_t *file = malloc(size ? size : 1);

	memcpy(file, data, size);
	/* The identification is not worth guessing. */
	if (size >= 64) {
		memcpy(file, "\177ELF\2\1\1", 7);
		memcpy(file + 16, "\2\0\xb7\0\1\0\0\0", 8);
		memcpy(file + 52, "\x40\0\x38\0", 4);
	}
	if (elf_image_read(&image, file, size, &problem) == 0) {
		for (unsigned int i = 0; i < image.segment_count; i++) {
			const struct elf_segment *segment = &image.segment[i];

			if (segment->file_size > segment->mem_size)
				abort();
			for (uint64_t at = 0; at < segment->file_size; at++)
				fuzz_sink += file[segment->file_offset + at];
		}
		make_plan(&image);
	} else if (!problem) {
		abort();
	}
	free(file);
	return 0;
}
