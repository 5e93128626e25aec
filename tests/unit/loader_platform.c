// SPDX-License-Identifier: BSD-2-Clause
/*
 * The loader's reading of device trees, on trees built here with libfdt's writer: QEMU's shape, the
 * Raspberry Pi's (UART behind a translating bus), and malformed ones.
 */
// unit-sources: loader/platform.c
// unit-cflags: -Iloader
// unit-libs: -l:libfdt.so.1
#include "platform.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

#include "unit.h"

#define TREE_BYTES 0x4000

static uint64_t tree_buffer[TREE_BYTES / 8];
static void *const tree = tree_buffer;
static struct platform platform;
static const char *problem;

static void add_reg(const char *name, const uint32_t *cells, int count)
{
	fdt32_t reg[8];

	for (int i = 0; i < count; i++)
		reg[i] = cpu_to_fdt32(cells[i]);
	CHECK_EQ(fdt_property(tree, name, reg, count * 4), 0);
}

static void begin_tree(uint32_t address_cells, uint32_t size_cells)
{
	memset(tree, 0, TREE_BYTES);
	fdt_create(tree, TREE_BYTES);
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", address_cells);
	fdt_property_u32(tree, "#size-cells", size_cells);
}

static void end_tree(void)
{
	fdt_end_node(tree);
	CHECK_EQ(fdt_finish(tree), 0);
}

static void add_memory(const char *name, const uint32_t *cells, int count, const char *status)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "device_type", "memory");
	if (cells)
		add_reg("reg", cells, count);
	if (status)
		fdt_property_string(tree, "status", status);
	fdt_end_node(tree);
}

static void add_uart(const char *name, const uint32_t *cells, int count, const char *status)
{
	fdt_begin_node(tree, name);
	fdt_property(tree, "compatible", "arm,pl011\0arm,primecell", 24);
	add_reg("reg", cells, count);
	if (status)
		fdt_property_string(tree, "status", status);
	fdt_end_node(tree);
}

static const uint32_t qemu_ram[] = {0, 0x40000000, 0, 0x80000000};
static const uint32_t qemu_uart[] = {0, 0x09000000, 0, 0x1000};
static const uint32_t second_uart[] = {0, 0x09040000, 0, 0x1000};

static void make_qemu(void)
{
	begin_tree(2, 2);
	add_memory("memory@40000000", qemu_ram, 4, NULL);
	add_uart("pl011@9040000", second_uart, 4, NULL);
	add_uart("pl011@9000000", qemu_uart, 4, NULL);
	fdt_begin_node(tree, "chosen");
	fdt_property_string(tree, "stdout-path", "/pl011@9000000");
	fdt_property_u32(tree, "linux,initrd-start", 0x48000000);
	fdt_property_u64(tree, "linux,initrd-end", 0x4b000000);
	fdt_end_node(tree);
	end_tree();
}

static const char *read_tree(void)
{
	int error = platform_read(&platform, tree, &problem);

	return error ? problem : "fine";
}

static void qemu(void)
{
	make_qemu();
	CHECK_STR(read_tree(), "fine");
	CHECK(platform.has_uart);
	CHECK_EQ(platform.uart, 0x09000000);
	CHECK_EQ(platform.ram_count, 1);
	CHECK_EQ(platform.ram[0].start, 0x40000000);
	CHECK_EQ(platform.ram[0].end, 0xc0000000);
	CHECK_EQ(platform.initrd.start, 0x48000000);
	CHECK_EQ(platform.initrd.end, 0x4b000000);
}

static void slack(void)
{
	uint32_t used;

	make_qemu();
	used = fdt_totalsize(tree);
	fdt_set_totalsize(tree, TREE_BYTES);
	CHECK_STR(read_tree(), "fine");
	CHECK(platform.fdt_used >= used);
	CHECK(platform.fdt_used < used + 16);
	CHECK_EQ(platform.fdt.end - platform.fdt.start, TREE_BYTES);
	fdt_set_totalsize(tree, platform.fdt_used);
	CHECK_EQ(fdt_check_full(tree, platform.fdt_used), 0);
}

/* stdout-path by alias with options; the UART's bus maps 0x7e000000 to 0xfe000000. */
static void raspberry_pi(void)
{
	static const uint32_t ram[] = {0, 0, 0x3b400000, 0, 0x40000000, 0xbc000000};
	static const uint32_t ranges[] = {0x7e000000, 0, 0xfe000000, 0x01800000,
					  0x40000000, 0, 0xff800000, 0x00800000};
	static const uint32_t uart[] = {0x7e201000, 0x200};

	begin_tree(2, 1);
	fdt_begin_node(tree, "aliases");
	fdt_property_string(tree, "serial0", "/soc/serial@7e201000");
	fdt_end_node(tree);
	fdt_begin_node(tree, "chosen");
	fdt_property_string(tree, "stdout-path", "serial0:115200n8");
	fdt_end_node(tree);
	add_memory("memory@0", ram, 6, NULL);
	fdt_begin_node(tree, "soc");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 1);
	add_reg("ranges", ranges, 8);
	add_uart("serial@7e201000", uart, 2, NULL);
	fdt_end_node(tree);
	end_tree();

	CHECK_STR(read_tree(), "fine");
	CHECK(platform.has_uart);
	CHECK_EQ(platform.uart, 0xfe201000);
	CHECK_EQ(platform.ram_count, 2);
	CHECK_EQ(platform.ram[1].end, 0xfc000000);
	CHECK_EQ(platform.initrd.start, platform.initrd.end);
}

static void disabled(void)
{
	static const uint32_t secure[] = {0, 0xe000000, 0, 0x1000000};

	begin_tree(2, 2);
	add_memory("secram@e000000", secure, 4, "disabled");
	add_memory("memory@40000000", qemu_ram, 4, "okay");
	add_uart("pl011@9040000", second_uart, 4, "disabled");
	add_uart("pl011@9000000", qemu_uart, 4, NULL);
	end_tree();
	CHECK_STR(read_tree(), "fine");
	CHECK_EQ(platform.ram_count, 1);
	CHECK_EQ(platform.uart, 0x09000000);
}

static void no_uart(void)
{
	begin_tree(2, 2);
	add_memory("memory@40000000", qemu_ram, 4, NULL);
	end_tree();
	CHECK_STR(read_tree(), "fine");
	CHECK(!platform.has_uart);
}

static void add_cpu(const char *name, uint32_t mpidr, const char *type, const char *status)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "device_type", type);
	fdt_property_string(tree, "status", status);
	add_reg("reg", &mpidr, 1);
	fdt_end_node(tree);
}

static void make_cpus(const char *psci, const char *method)
{
	begin_tree(2, 2);
	add_memory("memory@40000000", qemu_ram, 4, NULL);
	fdt_begin_node(tree, "cpus");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 0);
	add_cpu("cpu@0", 0, "cpu", "okay");
	add_cpu("cpu@1", 1, "cpu", "fail");
	add_cpu("cpu@100", 0x100, "cpu", "okay");
	add_cpu("l2-cache", 7, "cache", "okay");
	fdt_end_node(tree);
	fdt_begin_node(tree, "psci");
	fdt_property_string(tree, "compatible", psci);
	fdt_property_string(tree, "method", method);
	fdt_end_node(tree);
	end_tree();
}

static void cpus(void)
{
	make_cpus("arm,psci-1.0", "smc");
	CHECK_STR(read_tree(), "fine");
	CHECK_EQ(platform.cpu_count, 2);
	CHECK_EQ(platform.cpu[0], 0);
	CHECK_EQ(platform.cpu[1], 0x100);
	CHECK(platform.has_psci);
	make_cpus("arm,psci-0.2", "hvc");
	CHECK_STR(read_tree(), "fine");
	CHECK(!platform.has_psci);
	make_cpus("arm,psci", "smc"); /* 0.1: function numbers of its own */
	CHECK_STR(read_tree(), "fine");
	CHECK(!platform.has_psci);
}

static void bad_memory(void)
{
	static const uint32_t wraps[] = {~0u, 0, ~0u, 0};

	begin_tree(2, 2);
	end_tree();
	CHECK_STR(read_tree(), "describes no memory");
	begin_tree(2, 2);
	add_memory("memory@0", NULL, 0, NULL);
	end_tree();
	CHECK_STR(read_tree(), "has a memory node without a usable reg property");
	begin_tree(3, 2);
	add_memory("memory@0", qemu_ram, 4, NULL);
	end_tree();
	CHECK_STR(read_tree(), "has a memory node without a usable reg property");
	begin_tree(2, 2);
	add_memory("memory@0", wraps, 4, NULL);
	end_tree();
	CHECK_STR(read_tree(), "has memory that wraps around");
}

static void bad_initrd(void)
{
	begin_tree(2, 2);
	add_memory("memory@40000000", qemu_ram, 4, NULL);
	fdt_begin_node(tree, "chosen");
	fdt_property_u32(tree, "linux,initrd-start", 0x48000000);
	fdt_property_u32(tree, "linux,initrd-end", 0x47000000);
	fdt_end_node(tree);
	end_tree();
	CHECK_STR(read_tree(), "has a malformed linux,initrd-start or -end");
}

static void malformed(void)
{
	CHECK_EQ(platform_read(&platform, NULL, &problem), -EINVAL);
	CHECK_STR(problem, "is missing");
	make_qemu();
	fdt_set_magic(tree, 0x12345678);
	CHECK_STR(read_tree(), "is none (bad magic)");
	make_qemu();
	fdt_set_off_dt_struct(tree, 0x7fffffff);
	CHECK_STR(read_tree(), "has a malformed header");
	make_qemu();
	fdt_set_totalsize(tree, PLATFORM_FDT_BYTES_MAX + 1);
	CHECK_STR(read_tree(), "has a malformed header");
	make_qemu();
	*(uint32_t *)((char *)tree + fdt_off_dt_struct(tree) + 8) = ~0u;
	CHECK_STR(read_tree(), "is malformed");
}

/* Whatever byte of a tree is wrong, reading it ends, without an access outside it. */
static void any_byte(void)
{
	uint64_t *copy;

	make_qemu();
	for (uint32_t i = 0; i < fdt_totalsize(tree); i++) {
		uint32_t size = fdt_totalsize(tree);

		if (i >= 4 && i < 8)
			continue; /* totalsize: nothing else says how much there is */
		copy = malloc(size);
		memcpy(copy, tree, size);
		((uint8_t *)copy)[i] ^= 0xff;
		platform_read(&platform, copy, &problem);
		free(copy);
	}
}

int main(void)
{
	unit_run("QEMU's tree gives UART, RAM and initrd", qemu);
	unit_run("slack at a tree's end is not part of what is used", slack);
	unit_run("a UART named by alias behind a translating bus is found", raspberry_pi);
	unit_run("disabled nodes do not count", disabled);
	unit_run("a board without a PL011 is read all the same", no_uart);
	unit_run("cores that can be started are listed", cpus);
	unit_run("memory that cannot be is refused", bad_memory);
	unit_run("an initrd that ends before it starts is refused", bad_initrd);
	unit_run("a malformed tree is refused", malformed);
	unit_run("a tree with any one byte wrong does no harm", any_byte);
	return unit_done();
}
