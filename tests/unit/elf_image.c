// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ELF reader against a file made here, damaged in one field at a time. Offsets are those of the
 * ELF64 headers, deliberately written down a second time.
 */
// unit-sources: lib/elf_image.c
#include "elf_image.h"

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

#define FILE_SIZE 0x3000
#define PHOFF	  64
#define PHSIZE	  56

static uint8_t file[FILE_SIZE];
static struct elf_image image;

static void put(size_t offset, uint64_t value, size_t bytes)
{
	memcpy(file + offset, &value, bytes);
}

static void put_segment(unsigned int index, uint32_t flags, uint64_t offset, uint64_t vaddr,
			uint64_t filesz, uint64_t memsz)
{
	size_t at = PHOFF + index * PHSIZE;

	put(at, 1, 4);
	put(at + 4, flags, 4);
	put(at + 8, offset, 8);
	put(at + 16, vaddr, 8);
	put(at + 24, vaddr + 0x1000000, 8);
	put(at + 32, filesz, 8);
	put(at + 40, memsz, 8);
	put(at + 48, 0x1000, 8);
}

/* Text at 0x400000, data with BSS at 0x401000, and a header that is not to be loaded. */
static void make_file(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "\177ELF\2\1\1", 7);
	put(16, 2, 2);
	put(18, 183, 2);
	put(20, 1, 4);
	put(24, 0x400010, 8);
	put(32, PHOFF, 8);
	put(52, 64, 2);
	put(54, PHSIZE, 2);
	put(56, 3, 2);
	put_segment(0, 5, 0x1000, 0x400000, 0x800, 0x800);
	put_segment(1, 6, 0x2000, 0x401000, 0x100, 0x4000);
	put_segment(2, 6, 0, 0, 0, 0);
	put(PHOFF + 2 * PHSIZE, 0x6474e551, 4);
}

static const char *read_size(size_t size)
{
	uint8_t *exact = malloc(size + 1);
	const char *problem = NULL;
	int error;

	memcpy(exact + 1, file, size); /* unaligned on purpose */
	error = elf_image_read(&image, exact + 1, size, &problem);
	free(exact);
	if (!error)
		return "fine";
	CHECK_EQ(error, -EINVAL);
	return problem;
}

static const char *read_made(void)
{
	return read_size(FILE_SIZE);
}

static void good(void)
{
	make_file();
	CHECK_STR(read_made(), "fine");
	CHECK_EQ(image.entry, 0x400010);
	CHECK_EQ(image.segment_count, 2);
	CHECK_EQ(image.vaddr_start, 0x400000);
	CHECK_EQ(image.vaddr_end, 0x405000);
	CHECK_EQ(image.segment[0].flags, ELF_SEGMENT_READ | ELF_SEGMENT_EXEC);
	CHECK_EQ(image.segment[1].paddr, 0x1401000);
	CHECK_EQ(image.segment[1].file_size, 0x100);
	CHECK_EQ(image.segment[1].mem_size, 0x4000);
}

struct field_case {
	size_t offset;
	uint64_t value;
	size_t bytes;
	const char *problem;
};

static void wrong_fields(void)
{
	static const struct field_case cases[] = {
		{0, 'X', 1, "is no ELF file"},
		{4, 1, 1, "is no little-endian ELF64 file"},
		{5, 2, 1, "is no little-endian ELF64 file"},
		{6, 0, 1, "is no little-endian ELF64 file"},
		{16, 3, 2, "is not linked at a fixed address"},
		{16, 1, 2, "is not linked at a fixed address"},
		{18, 62, 2, "is not for AArch64"},
		{20, 2, 4, "is no little-endian ELF64 file"},
		{24, 0x400800, 8, "has its entry point outside its code"},
		{24, 0x3ffffc, 8, "has its entry point outside its code"},
		{24, 0x401000, 8, "has its entry point outside its code"},
		{24, 0x400012, 8, "has its entry point outside its code"},
		{32, FILE_SIZE, 8, "is truncated in its program headers"},
		{32, UINT64_MAX, 8, "is truncated in its program headers"},
		{32, FILE_SIZE - 3 * PHSIZE + 1, 8, "is truncated in its program headers"},
		{52, 52, 2, "has ELF headers of an unknown size"},
		{54, 32, 2, "has ELF headers of an unknown size"},
		{56, 0, 2, "has no or too many program headers"},
		{56, 0xffff, 2, "has no or too many program headers"},
		{PHOFF + 8, FILE_SIZE, 8, "is truncated in a segment"},
		{PHOFF + 8, UINT64_MAX, 8, "is truncated in a segment"},
		{PHOFF + 32, 0x801, 8, "has a segment larger in the file than in memory"},
		{PHOFF + 40, 0x1001, 8, "has overlapping segments"},
		{PHOFF + 40, UINT64_MAX, 8, "has a segment that wraps around the address space"},
		{PHOFF + 24, UINT64_MAX, 8, "has a segment that wraps around the address space"},
		{PHOFF + PHSIZE + 16, 0x3ff000, 8, "has overlapping segments"},
		{PHOFF + PHSIZE + 40, UINT64_MAX, 8,
		 "has a segment that wraps around the address space"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file();
		put(cases[i].offset, cases[i].value, cases[i].bytes);
		if (!CHECK_STR(read_made(), cases[i].problem))
			printf("\tcase %zu\n", i);
	}
}

static void truncated(void)
{
	make_file();
	CHECK_STR(read_size(0), "is too short for an ELF file");
	CHECK_STR(read_size(63), "is too short for an ELF file");
	CHECK_STR(read_size(64), "is truncated in its program headers");
	CHECK_STR(read_size(PHOFF + 3 * PHSIZE), "is truncated in a segment");
	CHECK_STR(read_size(0x20ff), "is truncated in a segment");
	CHECK_STR(read_size(0x2100), "fine");
}

static void nothing_to_load(void)
{
	make_file();
	put(PHOFF, 4, 4);
	put(PHOFF + PHSIZE, 4, 4);
	CHECK_STR(read_made(), "has nothing to load");
}

static void too_many(void)
{
	make_file();
	put(56, ELF_SEGMENT_MAX + 1, 2);
	for (unsigned int i = 0; i <= ELF_SEGMENT_MAX; i++)
		put_segment(i, 5, 0x1000, 0x400000 + i * 0x1000, 0x100, 0x100);
	CHECK_STR(read_made(), "has too many segments");
}

int main(void)
{
	unit_run("a good file's segments and entry are read", good);
	unit_run("every wrong field is refused with its own words", wrong_fields);
	unit_run("a truncated file is refused at every length", truncated);
	unit_run("a file without a loadable segment is refused", nothing_to_load);
	unit_run("more segments than fit are refused", too_many);
	return unit_done();
}
