// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's device-tree reader: it finds RAM in what the loader hands over, and never reads
 * outside the blob however that is damaged.
 */
// unit-sources: kernel/arch/arm64/fdt.c
// unit-cflags: -Ikernel/include -Ikernel/arch/arm64/include
#include <stdlib.h>
#include <string.h>

#include <arch/boot.h>

#include "unit.h"

#define HEADER_SIZE 40

/* A blob under construction: structure block first, then strings. */
struct blob {
	uint8_t bytes[1024];
	uint32_t structure_size;
	char strings[128];
	uint32_t strings_size;
};

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = value >> 24;
	at[1] = value >> 16;
	at[2] = value >> 8;
	at[3] = value;
}

static void word(struct blob *blob, uint32_t value)
{
	put32(blob->bytes + HEADER_SIZE + blob->structure_size, value);
	blob->structure_size += 4;
}

static void bytes(struct blob *blob, const void *data, uint32_t length)
{
	memcpy(blob->bytes + HEADER_SIZE + blob->structure_size, data, length);
	blob->structure_size += (length + 3) & ~3u;
}

static void begin(struct blob *blob, const char *name)
{
	word(blob, 1);
	bytes(blob, name, strlen(name) + 1);
}

static void end(struct blob *blob)
{
	word(blob, 2);
}

static void property(struct blob *blob, const char *name, const void *data, uint32_t length)
{
	word(blob, 3);
	word(blob, length);
	word(blob, blob->strings_size);
	bytes(blob, data, length);
	strcpy(blob->strings + blob->strings_size, name);
	blob->strings_size += strlen(name) + 1;
}

static void cells(struct blob *blob, const char *name, uint32_t count, const uint32_t *values)
{
	uint8_t data[64];

	for (uint32_t i = 0; i < count; i++)
		put32(data + 4 * i, values[i]);
	property(blob, name, data, 4 * count);
}

static uint32_t finish(struct blob *blob)
{
	uint32_t size = HEADER_SIZE + blob->structure_size + blob->strings_size;
	uint32_t header[10] = {0xd00dfeed,
			       size,
			       HEADER_SIZE,
			       HEADER_SIZE + blob->structure_size,
			       HEADER_SIZE,
			       17,
			       16,
			       0,
			       blob->strings_size,
			       blob->structure_size};

	for (uint32_t i = 0; i < 10; i++)
		put32(blob->bytes + 4 * i, header[i]);
	memcpy(blob->bytes + HEADER_SIZE + blob->structure_size, blob->strings, blob->strings_size);
	return size;
}

/* QEMU virt's shape: two cells each, one memory node, other nodes with a reg around it. */
static uint32_t make_virt(struct blob *blob)
{
	memset(blob, 0, sizeof(*blob));
	begin(blob, "");
	cells(blob, "#address-cells", 1, (uint32_t[]){2});
	cells(blob, "#size-cells", 1, (uint32_t[]){2});
	begin(blob, "uart@9000000");
	cells(blob, "reg", 4, (uint32_t[]){0, 0x9000000, 0, 0x1000});
	end(blob);
	begin(blob, "memory@40000000");
	cells(blob, "reg", 8, (uint32_t[]){0, 0x40000000, 0, 0x80000000, 1, 0, 0, 0x1000000});
	property(blob, "device_type", "memory", 7);
	end(blob);
	end(blob);
	word(blob, 9);
	return finish(blob);
}

static void finds_ram(void)
{
	struct region ram[RAM_REGION_MAX];
	struct blob blob;
	uint32_t size = make_virt(&blob);

	CHECK_EQ(fdt_read_ram(blob.bytes, size, ram), 2);
	CHECK_EQ(ram[0].start, 0x40000000);
	CHECK_EQ(ram[0].end, 0xc0000000);
	CHECK_EQ(ram[1].start, 0x100000000);
	CHECK_EQ(ram[1].end, 0x101000000);
}

static void no_tree(void)
{
	struct region ram[RAM_REGION_MAX];
	uint8_t zeroes[64] = {0};

	CHECK_EQ(fdt_read_ram(zeroes, sizeof(zeroes), ram), 0);
	CHECK_EQ(fdt_read_ram(zeroes, 3, ram), 0);
}

/* On the heap with its exact size, so that the sanitizer sees the first byte read beyond. */
static void read_copy(const struct blob *blob, uint32_t size)
{
	struct region ram[RAM_REGION_MAX];
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, blob->bytes, size);
	CHECK(fdt_read_ram(copy, size, ram) <= RAM_REGION_MAX);
	free(copy);
}

static void truncated(void)
{
	struct blob blob;
	uint32_t size = make_virt(&blob);

	for (uint32_t i = 0; i < size; i++)
		read_copy(&blob, i);
}

static void damaged(void)
{
	struct blob blob;
	uint32_t size = make_virt(&blob);

	for (uint32_t at = 0; at < size; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			blob.bytes[at] ^= 1u << bit;
			read_copy(&blob, size);
			blob.bytes[at] ^= 1u << bit;
		}
		for (unsigned int i = 0; i < 2; i++) {
			uint8_t saved = blob.bytes[at];

			blob.bytes[at] = i ? 0xff : 0x7f;
			read_copy(&blob, size);
			blob.bytes[at] = saved;
		}
	}
}

int main(void)
{
	unit_run("RAM of both ranges of a memory node is found", finds_ram);
	unit_run("what is no device tree names no RAM", no_tree);
	unit_run("a tree cut off anywhere is read within its bounds", truncated);
	unit_run("a tree with any byte damaged is read within its bounds", damaged);
	return unit_done();
}
