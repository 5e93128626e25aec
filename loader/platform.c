// SPDX-License-Identifier: BSD-2-Clause
/*
 * Device-tree reading with libfdt: UART, RAM, initrd, cores. Property names and encodings are those
 * of the Devicetree Specification 0.4; linux,initrd-* as in Linux's booting protocol, PSCI as in
 * its binding.
 */
#include "platform.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#define PATH_DEPTH_MAX 8

static int platform_fail(const char **problem, const char *what)
{
	*problem = what;
	return -EINVAL;
}

static uint64_t read_cells(const fdt32_t *cells, int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_ld(cells++);
	return value;
}

/* At most two cells make an address or a size that we can hold. */
static bool cells_are_valid(int address_cells, int size_cells)
{
	return address_cells >= 1 && address_cells <= 2 && size_cells >= 0 && size_cells <= 2;
}

static bool node_is_enabled(const void *fdt, int node)
{
	const char *status = fdt_getprop(fdt, node, "status", NULL);

	return !status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

static bool property_is(const void *fdt, int node, const char *name, const char *value)
{
	int length;
	const char *text = fdt_getprop(fdt, node, name, &length);

	return text && length == (int)strlen(value) + 1 && memcmp(text, value, length) == 0;
}

/* Turns an address on bus's child bus into one on bus's own parent bus (spec 2.3.8, "ranges"). */
static bool translate_once(const void *fdt, int bus, int parent, uint64_t *address)
{
	int child_cells = fdt_address_cells(fdt, bus);
	int size_cells = fdt_size_cells(fdt, bus);
	int parent_cells = fdt_address_cells(fdt, parent);
	const fdt32_t *ranges;
	int length, entry_cells;

	ranges = fdt_getprop(fdt, bus, "ranges", &length);
	if (!ranges)
		return false;
	if (length == 0)
		return true;
	if (!cells_are_valid(child_cells, size_cells) || !cells_are_valid(parent_cells, 0))
		return false;
	entry_cells = child_cells + parent_cells + size_cells;
	for (int left = length / 4; left >= entry_cells; left -= entry_cells) {
		uint64_t child = read_cells(ranges, child_cells);
		uint64_t base = read_cells(ranges + child_cells, parent_cells);
		uint64_t size = read_cells(ranges + child_cells + parent_cells, size_cells);

		if (*address >= child && *address - child < size) {
			*address = base + (*address - child);
			return true;
		}
		ranges += entry_cells;
	}
	return false;
}

/* The physical address of a device's first register range. */
static bool read_device_address(const void *fdt, int node, uint64_t *address)
{
	int bus = fdt_parent_offset(fdt, node);
	int address_cells, length;
	const fdt32_t *reg;

	if (bus < 0)
		return false;
	address_cells = fdt_address_cells(fdt, bus);
	reg = fdt_getprop(fdt, node, "reg", &length);
	if (!reg || !cells_are_valid(address_cells, 0) || length / 4 < address_cells)
		return false;
	*address = read_cells(reg, address_cells);

	for (int depth = 0; depth < PATH_DEPTH_MAX; depth++) {
		int parent = fdt_parent_offset(fdt, bus);

		if (parent < 0)
			return parent == -FDT_ERR_NOTFOUND; /* bus is the root */
		if (!translate_once(fdt, bus, parent, address))
			return false;
		bus = parent;
	}
	return false;
}

/* The node that /chosen stdout-path names ("path-or-alias[:options]"), if it is a PL011. */
static int find_stdout_pl011(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *path, *options;
	int length, node;

	if (chosen < 0)
		return -1;
	path = fdt_getprop(fdt, chosen, "stdout-path", &length);
	if (!path || length <= 0 || path[length - 1] != '\0')
		return -1;
	options = strchr(path, ':');
	node = fdt_path_offset_namelen(fdt, path, options ? (int)(options - path) : length - 1);
	if (node < 0 || fdt_node_check_compatible(fdt, node, "arm,pl011") != 0)
		return -1;
	return node;
}

static void read_uart(struct platform *platform, const void *fdt)
{
	int node = find_stdout_pl011(fdt);

	if (node < 0) {
		node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
		while (node >= 0 && !node_is_enabled(fdt, node))
			node = fdt_node_offset_by_compatible(fdt, node, "arm,pl011");
	}
	platform->has_uart = node >= 0 && read_device_address(fdt, node, &platform->uart);
}

static int read_memory_node(struct platform *platform, const void *fdt, int node,
			    const char **problem)
{
	int parent = fdt_parent_offset(fdt, node);
	int address_cells = fdt_address_cells(fdt, parent);
	int size_cells = fdt_size_cells(fdt, parent);
	const fdt32_t *reg;
	int length;

	reg = fdt_getprop(fdt, node, "reg", &length);
	if (!reg || !cells_are_valid(address_cells, size_cells) || size_cells == 0)
		return platform_fail(problem, "has a memory node without a usable reg property");
	for (int left = length / 4; left >= address_cells + size_cells;
	     left -= address_cells + size_cells) {
		uint64_t start = read_cells(reg, address_cells);
		uint64_t size = read_cells(reg + address_cells, size_cells);

		reg += address_cells + size_cells;
		if (size > UINT64_MAX - start)
			return platform_fail(problem, "has memory that wraps around");
		if (size == 0)
			continue;
		if (platform->ram_count == PLATFORM_RAM_MAX)
			return platform_fail(problem, "has too many memory ranges");
		platform->ram[platform->ram_count++] = (struct range){start, start + size};
	}
	return 0;
}

static int read_memory(struct platform *platform, const void *fdt, const char **problem)
{
	static const char type[] = "memory";
	int node = -1;

	for (;;) {
		node = fdt_node_offset_by_prop_value(fdt, node, "device_type", type, sizeof(type));
		if (node < 0)
			break;
		if (node_is_enabled(fdt, node) && read_memory_node(platform, fdt, node, problem))
			return -EINVAL;
	}
	if (platform->ram_count == 0)
		return platform_fail(problem, "describes no memory");
	return 0;
}

/* 32 or 64 bits, as firmware likes it. */
static bool read_chosen_address(const void *fdt, int chosen, const char *name, uint64_t *value)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, chosen, name, &length);

	if (!cells || (length != 4 && length != 8))
		return false;
	*value = read_cells(cells, length / 4);
	return true;
}

static int read_initrd(struct platform *platform, const void *fdt, const char **problem)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct range *initrd = &platform->initrd;

	if (chosen < 0 || !fdt_getprop(fdt, chosen, "linux,initrd-start", NULL))
		return 0;
	if (!read_chosen_address(fdt, chosen, "linux,initrd-start", &initrd->start) ||
	    !read_chosen_address(fdt, chosen, "linux,initrd-end", &initrd->end) ||
	    initrd->end < initrd->start)
		return platform_fail(problem, "has a malformed linux,initrd-start or -end");
	return 0;
}

/* Cores that PSCI can start; the function numbers of PSCI 0.2 and later are fixed. */
static void read_cpus(struct platform *platform, const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int psci = fdt_node_offset_by_compatible(fdt, -1, "arm,psci-0.2");
	int node, length, cells;

	if (psci < 0)
		psci = fdt_node_offset_by_compatible(fdt, -1, "arm,psci-1.0");
	platform->has_psci = psci >= 0 && property_is(fdt, psci, "method", "smc");
	if (cpus < 0)
		return;
	cells = fdt_address_cells(fdt, cpus);
	fdt_for_each_subnode(node, fdt, cpus) {
		const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

		if (!property_is(fdt, node, "device_type", "cpu") || !node_is_enabled(fdt, node) ||
		    !cells_are_valid(cells, 0) || !reg || length / 4 < cells ||
		    platform->cpu_count == PLATFORM_CPU_MAX)
			continue;
		platform->cpu[platform->cpu_count++] = read_cells(reg, cells);
	}
}

/* How much of the tree holds anything: QEMU leaves hundreds of KiB of slack. */
static uint64_t fdt_used_bytes(const void *fdt)
{
	uint64_t struct_end = (uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
	uint64_t strings_end = (uint64_t)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
	uint64_t reserve_end = fdt_off_mem_rsvmap(fdt) +
			       (fdt_num_mem_rsv(fdt) + 1) * sizeof(struct fdt_reserve_entry);
	uint64_t used = struct_end > strings_end ? struct_end : strings_end;

	if (fdt_version(fdt) < 17) /* does not say how long its structure block is */
		return fdt_totalsize(fdt);
	used = align_up(used > reserve_end ? used : reserve_end, PLATFORM_FDT_ALIGN);
	return used < fdt_totalsize(fdt) ? used : fdt_totalsize(fdt);
}

int platform_read(struct platform *platform, const void *fdt, const char **problem)
{
	memset(platform, 0, sizeof(*platform));
	if (!fdt)
		return platform_fail(problem, "is missing");
	if ((uintptr_t)fdt % PLATFORM_FDT_ALIGN)
		return platform_fail(problem, "is misaligned");
	if (fdt_magic(fdt) != FDT_MAGIC)
		return platform_fail(problem, "is none (bad magic)");
	if (fdt_check_header(fdt) || fdt_totalsize(fdt) > PLATFORM_FDT_BYTES_MAX)
		return platform_fail(problem, "has a malformed header");
	if (fdt_check_full(fdt, fdt_totalsize(fdt)))
		return platform_fail(problem, "is malformed");

	platform->fdt.start = (uintptr_t)fdt;
	platform->fdt.end = (uintptr_t)fdt + fdt_totalsize(fdt);
	platform->fdt_used = fdt_used_bytes(fdt);
	read_uart(platform, fdt);
	read_cpus(platform, fdt);
	if (read_memory(platform, fdt, problem))
		return -EINVAL;
	return read_initrd(platform, fdt, problem);
}
