// SPDX-License-Identifier: BSD-2-Clause
/*
 * Just enough of the flattened device tree (Devicetree Specification 0.4, chapter 5) to find RAM:
 * the root's cell counts, and `reg` of its children whose device_type is "memory". Called once by
 * boot.c. The blob comes from the loader, so every offset is checked before it is followed.
 */
#include <arch/boot.h>

#define FDT_MAGIC      0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE   2
#define FDT_PROP       3
#define FDT_NOP	       4

struct fdt_header {
	u32 magic;
	u32 total_size;
	u32 struct_offset;
	u32 strings_offset;
	u32 reserve_map_offset;
	u32 version;
	u32 last_compatible_version;
	u32 boot_cpu;
	u32 strings_size;
	u32 struct_size;
};

struct fdt {
	const u8 *structure;
	u32 structure_size;
	const char *strings;
	u32 strings_size;
	u32 position; /* in the structure block; beyond its end after an error */
};

struct property {
	const char *name;
	const u8 *value;
	u32 length;
};

static u32 be32(const void *bytes)
{
	const u8 *b = bytes;

	return (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool fdt_open(struct fdt *fdt, const void *blob, u64 size)
{
	const struct fdt_header *header = blob;
	u32 structure, strings;

	if (size < sizeof(*header) || be32(&header->magic) != FDT_MAGIC)
		return false;
	size = min_u64(size, be32(&header->total_size));
	structure = be32(&header->struct_offset);
	strings = be32(&header->strings_offset);
	fdt->structure_size = be32(&header->struct_size);
	fdt->strings_size = be32(&header->strings_size);
	if (structure > size || fdt->structure_size > size - structure || strings > size ||
	    fdt->strings_size == 0 || fdt->strings_size > size - strings)
		return false;
	fdt->structure = (const u8 *)blob + structure;
	fdt->strings = (const char *)blob + strings;
	fdt->position = 0;
	/* With a final zero, a name that starts inside the block also ends inside it. */
	return fdt->strings[fdt->strings_size - 1] == 0;
}

/* Next word of the structure block; an end of input reads as 0, which is no token. */
static u32 fdt_word(struct fdt *fdt)
{
	u32 word;

	if (fdt->structure_size < 4 || fdt->position > fdt->structure_size - 4) {
		fdt->position = fdt->structure_size;
		return 0;
	}
	word = be32(fdt->structure + fdt->position);
	fdt->position += 4;
	return word;
}

static void fdt_skip_name(struct fdt *fdt)
{
	while (fdt->position < fdt->structure_size && fdt->structure[fdt->position])
		fdt->position++;
	fdt->position = (fdt->position + 4) & ~3u;
}

static bool fdt_property(struct fdt *fdt, struct property *property)
{
	u32 name;

	property->length = fdt_word(fdt);
	name = fdt_word(fdt);
	if (fdt->position > fdt->structure_size || name >= fdt->strings_size ||
	    property->length > fdt->structure_size - fdt->position)
		return false;
	property->name = fdt->strings + name;
	property->value = fdt->structure + fdt->position;
	fdt->position += (property->length + 3) & ~3u;
	return true;
}

static u64 read_cells(const u8 *value, u32 cell_count)
{
	u64 number = 0;

	for (u32 i = 0; i < cell_count; i++)
		number = number << 32 | be32(value + 4 * i);
	return number;
}

/* The node being read, as a candidate for RAM. */
struct node {
	bool is_memory;
	struct property reg;
};

struct cells {
	u32 address, size;
};

static u32 add_ram(const struct node *node, struct cells cells, struct region ram[RAM_REGION_MAX],
		   u32 count)
{
	u32 entry_size = 4 * (cells.address + cells.size);

	if (!node->is_memory || cells.address > 2 || cells.size > 2 || !entry_size)
		return count;
	for (u32 at = 0; at + entry_size <= node->reg.length && count < RAM_REGION_MAX;
	     at += entry_size) {
		pa_t start = read_cells(node->reg.value + at, cells.address);
		u64 size = read_cells(node->reg.value + at + 4 * cells.address, cells.size);

		if (size && start + size > start)
			ram[count++] = (struct region){start, start + size};
	}
	return count;
}

u32 fdt_read_ram(const void *blob, u64 size, struct region ram[RAM_REGION_MAX])
{
	struct cells cells = {.address = 2, .size = 1}; /* the specification's defaults */
	struct property property;
	struct node node = {0};
	struct fdt fdt;
	u32 depth = 0, count = 0;

	if (!fdt_open(&fdt, blob, size))
		return 0;
	for (;;) {
		switch (fdt_word(&fdt)) {
		case FDT_BEGIN_NODE:
			fdt_skip_name(&fdt);
			if (++depth == 2)
				node = (struct node){0};
			break;
		case FDT_END_NODE:
			if (depth == 2)
				count = add_ram(&node, cells, ram, count);
			if (!depth || !--depth)
				return count;
			break;
		case FDT_PROP:
			if (!fdt_property(&fdt, &property))
				return count;
			if (depth == 1 && property.length == 4 &&
			    text_equal(property.name, "#address-cells"))
				cells.address = be32(property.value);
			else if (depth == 1 && property.length == 4 &&
				 text_equal(property.name, "#size-cells"))
				cells.size = be32(property.value);
			else if (depth == 2 && text_equal(property.name, "reg"))
				node.reg = property;
			else if (depth == 2 && property.length == sizeof("memory") &&
				 text_equal(property.name, "device_type"))
				node.is_memory = !__builtin_memcmp(property.value, "memory",
								   sizeof("memory"));
			break;
		case FDT_NOP:
			break;
		default:
			return count;
		}
	}
}
