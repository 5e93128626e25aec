// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading the platform's tree. Addresses at the root have two cells, sizes two (Devicetree
 * Specification 2.3.5); interrupts are the GIC's three cells: 0 for an SPI, number, flags.
 */
#include "devtree.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#define DEVTREE_SPI_FIRST	32u
#define DEVTREE_IRQ_CELLS	3
#define DEVTREE_PCI_RANGE_CELLS 7

static int devtree_fail(const char **problem, const char *what)
{
	*problem = what;
	return -EINVAL;
}

static uint64_t devtree_cells(const fdt32_t *cell, unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_to_cpu(*cell++);
	return value;
}

/* Entry index of a node's reg with 2 + 2 cells. False: there is none, or it wraps. */
static bool devtree_reg(const void *tree, int node, unsigned int index, struct devtree_range *range)
{
	int length;
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", &length);

	if (!reg || length < (int)(16 * (index + 1)))
		return false;
	range->base = devtree_cells(reg + 4 * index, 2);
	range->size = devtree_cells(reg + 4 * index + 2, 2);
	return range->size && range->base + range->size > range->base;
}

static bool devtree_has(const void *tree, int node, const char *property)
{
	return fdt_getprop(tree, node, property, NULL) != NULL;
}

static bool devtree_type_is(const void *tree, int node, const char *type)
{
	int length;
	const char *value = fdt_getprop(tree, node, "device_type", &length);

	return value && length == (int)strlen(type) + 1 && !memcmp(value, type, (size_t)length);
}

static void devtree_add_device(struct devtree_platform *platform, uint64_t base, uint64_t size)
{
	uint64_t start = base & ~(uint64_t)(DEVTREE_PAGE - 1);
	uint64_t end = (base + size + DEVTREE_PAGE - 1) & ~(uint64_t)(DEVTREE_PAGE - 1);

	if (!size || end <= start || devtree_is_device(platform, start, end - start))
		return;
	/* Neighbours (thirty-two virtio-mmio slots) become one range. */
	for (unsigned int i = 0; i < platform->device_count; i++) {
		struct devtree_range *range = &platform->device[i];

		if (range->base + range->size == start) {
			range->size += end - start;
			return;
		}
		if (range->base == end) {
			range->base = start;
			range->size += end - start;
			return;
		}
	}
	if (platform->device_count < DEVTREE_RANGE_MAX)
		platform->device[platform->device_count++] =
			(struct devtree_range){start, end - start};
}

static uint32_t devtree_allow_irq(struct devtree_platform *platform, const fdt32_t *cell)
{
	uint32_t number = fdt32_to_cpu(cell[1]), intid = number + DEVTREE_SPI_FIRST;

	if (fdt32_to_cpu(cell[0]) != 0 || number >= DEVTREE_IRQ_COUNT - DEVTREE_SPI_FIRST)
		return 0;
	platform->irq_allowed[intid / 64] |= 1ull << intid % 64;
	return intid;
}

void devtree_allow_msi(struct devtree_platform *platform, uint32_t first, uint32_t count)
{
	platform->msi_first = first;
	platform->msi_count = count;
	for (uint32_t i = first; i < DEVTREE_IRQ_COUNT && i - first < count; i++)
		platform->irq_allowed[i / 64] |= 1ull << i % 64;
}

/* A node's own interrupts; the first one's INTID, 0 if there is none. */
static uint32_t devtree_add_irqs(const void *tree, int node, struct devtree_platform *platform)
{
	int length;
	const fdt32_t *irq = fdt_getprop(tree, node, "interrupts", &length);
	uint32_t first = 0;

	for (int i = 0; irq && i + DEVTREE_IRQ_CELLS <= length / 4; i += DEVTREE_IRQ_CELLS) {
		uint32_t intid = devtree_allow_irq(platform, irq + i);

		if (!i)
			first = intid;
	}
	return first;
}

/* A PCI host bridge: its windows (ranges) and its four legacy interrupts (interrupt-map). */
static void devtree_add_pci(const void *tree, int node, int gic, struct devtree_platform *platform)
{
	int length, parent_cells = fdt_address_cells(tree, gic), cells;
	const fdt32_t *entry = fdt_getprop(tree, node, "ranges", &length);

	for (int i = 0; entry && i + DEVTREE_PCI_RANGE_CELLS <= length / 4;
	     i += DEVTREE_PCI_RANGE_CELLS)
		devtree_add_device(platform, devtree_cells(entry + i + 3, 2),
				   devtree_cells(entry + i + 5, 2));
	/* child address (3), pin, controller, controller's unit address, its interrupt */
	if (parent_cells < 0 || !devtree_has(tree, gic, "#address-cells"))
		parent_cells = 0;
	cells = 5 + parent_cells + DEVTREE_IRQ_CELLS;
	entry = fdt_getprop(tree, node, "interrupt-map", &length);
	for (int i = 0; entry && i + cells <= length / 4; i += cells)
		if (fdt32_to_cpu(entry[i + 4]) == fdt_get_phandle(tree, gic))
			devtree_allow_irq(platform, entry + i + 5 + parent_cells);
}

static bool devtree_is_kept_back(const void *tree, int node)
{
	return devtree_type_is(tree, node, "memory") ||
	       devtree_has(tree, node, "interrupt-controller") ||
	       fdt_node_check_compatible(tree, node, "cfi-flash") == 0 ||
	       fdt_node_check_compatible(tree, node, "arm,armv8-timer") == 0;
}

static void devtree_read_devices(const void *tree, int gic, struct devtree_platform *platform)
{
	struct devtree_range range;
	int node;

	fdt_for_each_subnode(node, tree, 0)
	{
		if (devtree_is_kept_back(tree, node))
			continue;
		for (unsigned int i = 0; devtree_reg(tree, node, i, &range); i++)
			devtree_add_device(platform, range.base, range.size);
		devtree_add_irqs(tree, node, platform);
		if (devtree_type_is(tree, node, "pci"))
			devtree_add_pci(tree, node, gic, platform);
	}
}

static int devtree_read_gic(const void *tree, struct devtree_platform *platform, int *node,
			    const char **problem)
{
	int gic, v2m;

	gic = fdt_node_offset_by_compatible(tree, -1, "arm,cortex-a15-gic");
	if (gic < 0)
		gic = fdt_node_offset_by_compatible(tree, -1, "arm,gic-400");
	if (gic < 0)
		return devtree_fail(problem, "has no GICv2 (arm,cortex-a15-gic or arm,gic-400)");
	if (!devtree_reg(tree, gic, 0, &platform->gicd) ||
	    !devtree_reg(tree, gic, 1, &platform->gicc) ||
	    !devtree_reg(tree, gic, 3, &platform->gicv))
		return devtree_fail(problem, "has a GIC without virtualization interface");
	v2m = fdt_node_offset_by_compatible(tree, -1, "arm,gic-v2m-frame");
	if (v2m >= 0 && devtree_reg(tree, v2m, 0, &platform->v2m))
		devtree_add_device(platform, platform->v2m.base, platform->v2m.size);
	*node = gic;
	return 0;
}

static bool devtree_read_address(const void *tree, int node, const char *name, uint64_t *value)
{
	int length;
	const fdt32_t *cell = fdt_getprop(tree, node, name, &length);

	if (!cell || (length != 4 && length != 8))
		return false;
	*value = devtree_cells(cell, (unsigned int)length / 4);
	return true;
}

/* The console that /chosen names, if it is a PL011. */
static void devtree_read_uart(const void *tree, int chosen, struct devtree_platform *platform)
{
	struct devtree_range uart;
	const char *path, *colon;
	int length, node;

	path = fdt_getprop(tree, chosen, "stdout-path", &length);
	if (!path || length <= 1)
		return;
	colon = memchr(path, ':', (size_t)length);
	node = fdt_path_offset_namelen(tree, path, colon ? (int)(colon - path) : length - 1);
	if (node >= 0 && fdt_node_check_compatible(tree, node, "arm,pl011") == 0 &&
	    devtree_reg(tree, node, 0, &uart)) {
		platform->uart_base = uart.base;
		platform->uart_intid = devtree_add_irqs(tree, node, platform);
	}
}

int devtree_read(const void *tree, size_t size, struct devtree_platform *platform,
		 const char **problem)
{
	int node, gic;
	uint64_t end;

	memset(platform, 0, sizeof(*platform));
	if (size < sizeof(struct fdt_header) || fdt_check_full(tree, size))
		return devtree_fail(problem, "is not a device tree");
	if (fdt_address_cells(tree, 0) != 2 || fdt_size_cells(tree, 0) != 2)
		return devtree_fail(problem, "has no 64-bit addresses at its root");
	node = fdt_path_offset(tree, "/chosen");
	if (node < 0)
		return devtree_fail(problem, "has no /chosen");
	devtree_read_uart(tree, node, platform);
	if (!devtree_read_address(tree, node, "linux,initrd-start", &platform->initrd.base) ||
	    !devtree_read_address(tree, node, "linux,initrd-end", &end) ||
	    end <= platform->initrd.base)
		return devtree_fail(problem,
				    "names no archive (/chosen linux,initrd-start and -end)");
	platform->initrd.size = end - platform->initrd.base;
	node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", sizeof("memory"));
	if (node < 0 || !devtree_reg(tree, node, 0, &platform->memory))
		return devtree_fail(problem, "has no memory node");
	if (devtree_read_gic(tree, platform, &gic, problem))
		return -EINVAL;
	devtree_read_devices(tree, gic, platform);
	return 0;
}

bool devtree_is_device(const struct devtree_platform *platform, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < platform->device_count; i++) {
		const struct devtree_range *range = &platform->device[i];

		if (base >= range->base && size <= range->size &&
		    base - range->base <= range->size - size)
			return true;
	}
	return false;
}
