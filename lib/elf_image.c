// SPDX-License-Identifier: BSD-2-Clause
/*
 * ELF64 headers, as far as a loader of fixed-address programs needs them. Numbers are from the
 * System V ABI (generic: "Object Files", "Program Loading") and "ELF for the Arm 64-bit
 * Architecture" for the machine. Headers are copied before they are looked at: the file may be
 * unaligned.
 */
#include "elf_image.h"

#include <errno.h>
#include <string.h>

#define ELF_MAGIC	     "\177ELF"
#define ELF_CLASS_64	     2
#define ELF_DATA_LITTLE	     1
#define ELF_VERSION	     1
#define ELF_TYPE_EXEC	     2
#define ELF_MACHINE_AARCH64  183
#define ELF_PT_LOAD	     1
#define ELF_HEADER_COUNT_MAX 64

struct elf_file_header {
	char magic[4];
	uint8_t class;
	uint8_t data;
	uint8_t ident_version;
	uint8_t ident_rest[9];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};

struct elf_program_header {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

_Static_assert(sizeof(struct elf_file_header) == 64, "Elf64_Ehdr is 64 bytes");
_Static_assert(sizeof(struct elf_program_header) == 56, "Elf64_Phdr is 56 bytes");

static int elf_fail(const char **problem, const char *what)
{
	*problem = what;
	return -EINVAL;
}

static int check_file_header(const struct elf_file_header *header, size_t size,
			     const char **problem)
{
	if (memcmp(header->magic, ELF_MAGIC, sizeof(header->magic)) != 0)
		return elf_fail(problem, "is no ELF file");
	if (header->class != ELF_CLASS_64 || header->data != ELF_DATA_LITTLE ||
	    header->ident_version != ELF_VERSION || header->version != ELF_VERSION)
		return elf_fail(problem, "is no little-endian ELF64 file");
	if (header->machine != ELF_MACHINE_AARCH64)
		return elf_fail(problem, "is not for AArch64");
	if (header->type != ELF_TYPE_EXEC)
		return elf_fail(problem, "is not linked at a fixed address");
	if (header->ehsize != sizeof(*header) ||
	    header->phentsize != sizeof(struct elf_program_header))
		return elf_fail(problem, "has ELF headers of an unknown size");
	if (header->phnum == 0 || header->phnum > ELF_HEADER_COUNT_MAX)
		return elf_fail(problem, "has no or too many program headers");
	if (header->phoff > size ||
	    header->phnum * sizeof(struct elf_program_header) > size - header->phoff)
		return elf_fail(problem, "is truncated in its program headers");
	return 0;
}

static int add_segment(struct elf_image *image, const struct elf_program_header *ph, size_t size,
		       const char **problem)
{
	if (image->segment_count == ELF_SEGMENT_MAX)
		return elf_fail(problem, "has too many segments");
	if (ph->filesz > ph->memsz)
		return elf_fail(problem, "has a segment larger in the file than in memory");
	if (ph->offset > size || ph->filesz > size - ph->offset)
		return elf_fail(problem, "is truncated in a segment");
	if (ph->memsz > UINT64_MAX - ph->vaddr || ph->memsz > UINT64_MAX - ph->paddr)
		return elf_fail(problem, "has a segment that wraps around the address space");
	if (image->segment_count && ph->vaddr < image->vaddr_end)
		return elf_fail(problem, "has overlapping segments");

	if (image->segment_count == 0)
		image->vaddr_start = ph->vaddr;
	image->vaddr_end = ph->vaddr + ph->memsz;
	image->segment[image->segment_count++] = (struct elf_segment){
		.vaddr = ph->vaddr,
		.paddr = ph->paddr,
		.mem_size = ph->memsz,
		.file_offset = ph->offset,
		.file_size = ph->filesz,
		.flags = ph->flags & (ELF_SEGMENT_EXEC | ELF_SEGMENT_WRITE | ELF_SEGMENT_READ),
	};
	return 0;
}

static int check_entry_point(const struct elf_image *image, const char **problem)
{
	for (unsigned int i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segment[i];

		if ((segment->flags & ELF_SEGMENT_EXEC) && image->entry >= segment->vaddr &&
		    image->entry - segment->vaddr < segment->file_size && image->entry % 4 == 0)
			return 0;
	}
	return elf_fail(problem, "has its entry point outside its code");
}

int elf_image_read(struct elf_image *image, const void *file, size_t size, const char **problem)
{
	struct elf_file_header header;
	struct elf_program_header ph;

	memset(image, 0, sizeof(*image));
	if (size < sizeof(header))
		return elf_fail(problem, "is too short for an ELF file");
	memcpy(&header, file, sizeof(header));
	if (check_file_header(&header, size, problem))
		return -EINVAL;
	image->entry = header.entry;

	for (unsigned int i = 0; i < header.phnum; i++) {
		memcpy(&ph, (const char *)file + header.phoff + i * sizeof(ph), sizeof(ph));
		if (ph.type != ELF_PT_LOAD || ph.memsz == 0)
			continue;
		if (add_segment(image, &ph, size, problem))
			return -EINVAL;
	}
	if (image->segment_count == 0)
		return elf_fail(problem, "has nothing to load");
	return check_entry_point(image, problem);
}
