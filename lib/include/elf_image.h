/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loadable segments of an ELF file that nobody vouches for: ELF64, little endian, AArch64,
 * statically linked at a fixed address.
 *
 * Pure: used by the loader (kernel, root task), the manager (vmm) and the host's tests. After
 * elf_image_read() succeeded, segments ascend without overlap, their file parts lie inside the
 * file, no address wraps, and the entry point lies in an executable segment.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENT_MAX 8

#define ELF_SEGMENT_EXEC  0x1u
#define ELF_SEGMENT_WRITE 0x2u
#define ELF_SEGMENT_READ  0x4u

struct elf_segment {
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t mem_size; /* > 0; bytes beyond file_size are zero */
	uint64_t file_offset;
	uint64_t file_size;
	uint32_t flags; /* ELF_SEGMENT_* */
};

struct elf_image {
	uint64_t entry;
	uint64_t vaddr_start; /* of the first segment */
	uint64_t vaddr_end;   /* of the last one */
	unsigned int segment_count;
	struct elf_segment segment[ELF_SEGMENT_MAX];
};

/* Reads and checks headers. 0, or -EINVAL with *problem saying what is wrong ("is not ..."). */
int elf_image_read(struct elf_image *image, const void *file, size_t size, const char **problem);
