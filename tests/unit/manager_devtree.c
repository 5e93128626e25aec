// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading and editing device trees: a real one, dumped by the installed QEMU when the test starts,
 * and thousands of corrupted ones, which must be refused or read, never followed out of their
 * bytes.
 */
// unit-sources: manager/devtree.c manager/devtree_edit.c
// unit-libs: -l:libfdt.so.1
#include "../../manager/devtree.h"

#include <libfdt.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#define TREE_MAX    0x200000
#define ROOM	    0x10000
#define INITRD_BASE 0x48000000u
#define INITRD_SIZE 0x3000000u
#define ECAM	    0x0b000000u
#define BAR	    0x0b100000u

static char original[TREE_MAX], edited[TREE_MAX];
static struct devtree_platform platform;
static const char *problem;

static const struct devtree_service service = {
	.memory = {0x40000000, 0x20000000},
	.initrd = {0x4a000000, 0x100000},
	.ecam = {ECAM, 0x100000},
	.bar = {BAR, 0x10000},
	.bootargs = "console=ttyAMA0 test",
	.cpu_count = 1,
};

static void load(void)
{
	char path[] = "/tmp/selkie-devtree-XXXXXX", command[256];
	int fd = mkstemp(path), chosen;
	FILE *file;

	snprintf(command, sizeof(command),
		 "qemu-system-aarch64 -machine virt,virtualization=on,"
		 "gic-version=2,dumpdtb=%s -cpu cortex-a53 -smp 2 -m 2G -display none 2>/dev/null",
		 path);
	if (!CHECK(fd >= 0) || !CHECK_EQ(system(command), 0))
		exit(unit_done());
	close(fd);
	file = fopen(path, "rb");
	if (!CHECK(file && fread(original, 1, sizeof(original), file) > 1000))
		exit(unit_done());
	fclose(file);
	unlink(path);
	/* QEMU adds the archive only when it boots; and it pads the tree to 1 MiB. */
	CHECK_EQ(fdt_open_into(original, original, TREE_MAX), 0);
	chosen = fdt_path_offset(original, "/chosen");
	CHECK_EQ(fdt_setprop_u32(original, chosen, "linux,initrd-start", INITRD_BASE), 0);
	CHECK_EQ(fdt_setprop_u32(original, chosen, "linux,initrd-end", INITRD_BASE + INITRD_SIZE),
		 0);
	CHECK_EQ(fdt_pack(original), 0);
}

static int read_original(void)
{
	return devtree_read(original, fdt_totalsize(original), &platform, &problem);
}

static void qemus_board_is_understood(void)
{
	CHECK_EQ(read_original(), 0);
	CHECK_EQ(platform.memory.base, 0x40000000);
	CHECK_EQ(platform.memory.size, 0x80000000);
	CHECK_EQ(platform.initrd.base, INITRD_BASE);
	CHECK_EQ(platform.initrd.size, INITRD_SIZE);
	CHECK_EQ(platform.gicd.base, 0x08000000);
	CHECK_EQ(platform.gicc.base, 0x08010000);
	CHECK_EQ(platform.gicv.base, 0x08040000);
	CHECK_EQ(platform.v2m.base, 0x08020000);
	CHECK_EQ(platform.uart_base, 0x09000000);
	CHECK_EQ(platform.uart_intid, 33);
}

static void the_service_vm_may_map_devices_and_nothing_else(void)
{
	read_original();
	CHECK(devtree_is_device(&platform, 0x09000000, 4096));	   /* UART */
	CHECK(devtree_is_device(&platform, 0x0a003000, 4096));	   /* virtio-mmio */
	CHECK(devtree_is_device(&platform, 0x08020000, 4096));	   /* GICv2m */
	CHECK(devtree_is_device(&platform, 0x10200000, 0x200000)); /* PCI window */
	CHECK(devtree_is_device(&platform, 0x4010000000, 0x200000));
	CHECK(devtree_is_device(&platform, 0x8000000000, 0x200000));
	CHECK(!devtree_is_device(&platform, 0x08000000, 4096)); /* GICD */
	CHECK(!devtree_is_device(&platform, 0x08010000, 4096)); /* GICC */
	CHECK(!devtree_is_device(&platform, 0x08030000, 4096)); /* GICH */
	CHECK(!devtree_is_device(&platform, 0x08040000, 4096)); /* GICV */
	CHECK(!devtree_is_device(&platform, 0, 4096));		/* flash */
	CHECK(!devtree_is_device(&platform, 0x40000000, 4096));
	CHECK(!devtree_is_device(&platform, 0x60000000, 4096));
	CHECK(!devtree_is_device(&platform, 0x08020000, 0x200000));
	CHECK(!devtree_is_device(&platform, UINT64_MAX - 4095, 4096));
}

static void the_service_vm_may_bind_device_interrupts_and_nothing_else(void)
{
	read_original();
	CHECK(platform.irq_allowed[0] >> 33 & 1);	   /* UART */
	CHECK(platform.irq_allowed[0] >> 35 & 1);	   /* PCI INTA */
	CHECK(platform.irq_allowed[0] >> 38 & 1);	   /* PCI INTD */
	CHECK(platform.irq_allowed[0] >> 48 & 1);	   /* first virtio-mmio */
	CHECK(platform.irq_allowed[1] >> 15 & 1);	   /* last */
	CHECK_EQ(platform.irq_allowed[0] & 0xffffffff, 0); /* no SGI, no PPI */
	CHECK(!(platform.irq_allowed[1] >> 16 & 1));
	devtree_allow_msi(&platform, 80, 64);
	CHECK(platform.irq_allowed[1] >> 16 & 1);
	CHECK_EQ(platform.irq_allowed[2], 0xffff);
	devtree_allow_msi(&platform, 1020, 1000);
	devtree_allow_msi(&platform, 5000, 1);
}

static void the_edited_tree_is_the_service_vms(void)
{
	int size = devtree_edit(original, edited, ROOM, &service, &problem), node, length;
	const fdt32_t *cell;

	if (!CHECK(size > 0))
		return;
	CHECK_EQ(fdt_check_full(edited, (size_t)size), 0);
	node = fdt_path_offset(edited, "/memory@40000000");
	cell = fdt_getprop(edited, node, "reg", &length);
	CHECK_EQ(length, 16);
	CHECK_EQ(fdt32_to_cpu(cell[1]), 0x40000000);
	CHECK_EQ(fdt32_to_cpu(cell[3]), 0x20000000);
	CHECK(fdt_path_offset(edited, "/cpus/cpu@0") >= 0);
	CHECK_EQ(fdt_path_offset(edited, "/cpus/cpu@1"), -FDT_ERR_NOTFOUND);
	CHECK_EQ(fdt_path_offset(edited, "/cpus/cpu-map"), -FDT_ERR_NOTFOUND);
	CHECK_EQ(fdt_path_offset(edited, "/pmu"), -FDT_ERR_NOTFOUND);
	CHECK_EQ(fdt_path_offset(edited, "/flash@0"), -FDT_ERR_NOTFOUND);
	CHECK_STR(fdt_getprop(edited, fdt_path_offset(edited, "/psci"), "method", NULL), "smc");
	node = fdt_path_offset(edited, "/chosen");
	CHECK_STR(fdt_getprop(edited, node, "bootargs", NULL), "console=ttyAMA0 test");
	cell = fdt_getprop(edited, node, "linux,initrd-end", &length);
	CHECK_EQ(length, 8);
	CHECK_EQ(fdt32_to_cpu(cell[1]), 0x4a100000);
	node = fdt_path_offset(edited, "/intc@8000000");
	fdt_getprop(edited, node, "reg", &length);
	CHECK_EQ(length, 32);
	CHECK(!fdt_getprop(edited, node, "interrupts", NULL));
	fdt_getprop(edited, fdt_path_offset(edited, "/timer"), "interrupts", &length);
	CHECK_EQ(length, 36);
	node = fdt_path_offset(edited, "/pcie@b000000");
	if (!CHECK(node >= 0))
		return;
	cell = fdt_getprop(edited, node, "msi-map", &length);
	CHECK_EQ(fdt_node_check_compatible(
			 edited, fdt_node_offset_by_phandle(edited, fdt32_to_cpu(cell[1])),
			 "arm,gic-v2m-frame"),
		 0);
	CHECK(fdt_path_offset(edited, "/pcie@10000000") >= 0);
	CHECK(fdt_path_offset(edited, "/virtio_mmio@a000000") >= 0);
}

static void two_cpus_can_stay(void)
{
	struct devtree_service two = service;

	two.cpu_count = 2;
	CHECK(devtree_edit(original, edited, ROOM, &two, &problem) > 0);
	CHECK(fdt_path_offset(edited, "/cpus/cpu@0") >= 0);
	CHECK(fdt_path_offset(edited, "/cpus/cpu@1") >= 0);
}

static void without_an_initrd_none_is_named(void)
{
	struct devtree_service none = service;

	none.initrd.size = 0;
	CHECK(devtree_edit(original, edited, ROOM, &none, &problem) > 0);
	CHECK(!fdt_getprop(edited, fdt_path_offset(edited, "/chosen"), "linux,initrd-start", NULL));
}

static void what_does_not_fit_is_said(void)
{
	struct devtree_service taken = service;

	CHECK(devtree_edit(original, edited, fdt_totalsize(original) / 2, &service, &problem) < 0);
	taken.ecam.base = 0x0a000000;
	CHECK(devtree_edit(original, edited, ROOM, &taken, &problem) < 0);
	CHECK_STR(problem, "has a device where the virtual PCI host bridge belongs");
}

static void what_is_missing_is_named(void)
{
	static const struct {
		const char *path, *property, *problem;
	} cut[] = {
		{"/memory@40000000", NULL, "has no memory node"},
		{"/chosen", NULL, "has no /chosen"},
		{"/chosen", "linux,initrd-end",
		 "names no archive (/chosen linux,initrd-start and -end)"},
		{"/intc@8000000", NULL, "has no GICv2 (arm,cortex-a15-gic or arm,gic-400)"},
		{"/intc@8000000", "reg", "has a GIC without virtualization interface"},
		{"/", "#size-cells", "has no 64-bit addresses at its root"},
	};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		int node;

		memcpy(edited, original, fdt_totalsize(original));
		node = fdt_path_offset(edited, cut[i].path);
		if (cut[i].property)
			fdt_delprop(edited, node, cut[i].property);
		else
			fdt_del_node(edited, node);
		CHECK(devtree_read(edited, fdt_totalsize(edited), &platform, &problem) < 0);
		CHECK_STR(problem, cut[i].problem);
	}
	CHECK(devtree_read("short", 5, &platform, &problem) < 0);
	CHECK_STR(problem, "is not a device tree");
	CHECK(devtree_read(original, fdt_totalsize(original) - 100, &platform, &problem) < 0);
}

static void corrupted_trees_are_refused_or_read(void)
{
	size_t size = fdt_totalsize(original);
	unsigned int refused = 0;

	srand(3);
	for (unsigned int round = 0; round < 3000; round++) {
		/* Of the tree's own size, so that the sanitizer sees every step beyond it. */
		char *tree = malloc(size);

		memcpy(tree, original, size);
		for (unsigned int n = 1 + (unsigned int)rand() % 8; n; n--) {
			/* Half of the damage hits the structure's first bytes and the header. */
			size_t at = (size_t)rand() % (rand() % 2 ? size : 512);

			tree[at] = (char)rand();
		}
		if (devtree_read(tree, size, &platform, &problem) ||
		    devtree_edit(tree, edited, ROOM, &service, &problem) < 0)
			refused++;
		free(tree);
	}
	CHECK(refused > 0 && refused < 3000);
}

int main(void)
{
	load();
	unit_run("QEMU's board is understood", qemus_board_is_understood);
	unit_run("the service VM may map devices and nothing else",
		 the_service_vm_may_map_devices_and_nothing_else);
	unit_run("the service VM may bind device interrupts and nothing else",
		 the_service_vm_may_bind_device_interrupts_and_nothing_else);
	unit_run("the edited tree is the service VM's", the_edited_tree_is_the_service_vms);
	unit_run("two CPUs can stay", two_cpus_can_stay);
	unit_run("without an initrd none is named", without_an_initrd_none_is_named);
	unit_run("what does not fit is said", what_does_not_fit_is_said);
	unit_run("what is missing is named", what_is_missing_is_named);
	unit_run("corrupted trees are refused or read", corrupted_trees_are_refused_or_read);
	return unit_done();
}
