// SPDX-License-Identifier: BSD-2-Clause
/*
 * The service VM's device tree: the platform's own, less what the hypervisor keeps, plus the
 * virtual PCI host bridge of the connector (Linux,
 * Documentation/devicetree/bindings/pci/host-generic-pci).
 */
#include "devtree.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define DEVTREE_GICD_SIZE   0x1000u
#define DEVTREE_GICC_SIZE   0x2000u /* GICV: the second page holds only DIR (GICv2 4.4.15) */
#define DEVTREE_TIMER_LINES 3 /* secure, non-secure, virtual: the fourth is the hypervisor's */
#define DEVTREE_LINE_BYTES  12
#define DEVTREE_PCI_MEM32   0x02000000u
#define DEVTREE_PCI_DOMAIN  1u	     /* the platform's own bridge has 0 */
#define DEVTREE_PCI_IDS	    0x10000u /* every requester of the domain */

/* What the service VM must not see, by compatible string. */
static const char *const devtree_removed[] = {
	"cfi-flash",	   /* firmware's storage */
	"arm,armv8-pmuv3", /* seL4 does not virtualize the PMU */
	"qemu,platform",   /* nothing is on that bus */
};

static int devtree_remove(void *tree)
{
	int node, err;

	for (size_t i = 0; i < sizeof(devtree_removed) / sizeof(devtree_removed[0]); i++)
		while ((node = fdt_node_offset_by_compatible(tree, -1, devtree_removed[i])) >= 0) {
			err = fdt_del_node(tree, node);
			if (err)
				return err;
		}
	return 0;
}

static int devtree_set_range(void *tree, int node, const char *name, uint64_t base, uint64_t size)
{
	fdt64_t value[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	return fdt_setprop(tree, node, name, value, sizeof(value));
}

static int devtree_edit_memory(void *tree, const struct devtree_service *service)
{
	char name[32];
	int node, err;

	while ((node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory",
						     sizeof("memory"))) >= 0) {
		err = fdt_del_node(tree, node);
		if (err)
			return err;
	}
	snprintf(name, sizeof(name), "memory@%lx", (unsigned long)service->memory.base);
	node = fdt_add_subnode(tree, 0, name);
	if (node < 0)
		return node;
	err = fdt_setprop_string(tree, node, "device_type", "memory");
	return err ? err
		   : devtree_set_range(tree, node, "reg", service->memory.base,
				       service->memory.size);
}

/* Keeps the first cpu_count CPUs; the topology names CPUs that are gone, so it goes too. */
static int devtree_edit_cpus(void *tree, const struct devtree_service *service)
{
	int cpus = fdt_path_offset(tree, "/cpus"), map, node, err;
	unsigned int count = 0;

	if (cpus < 0)
		return cpus;
	map = fdt_subnode_offset(tree, cpus, "cpu-map");
	if (map >= 0) {
		err = fdt_del_node(tree, map);
		if (err)
			return err;
		cpus = fdt_path_offset(tree, "/cpus");
	}
	node = fdt_first_subnode(tree, cpus);
	while (node >= 0) {
		int next = fdt_next_subnode(tree, node);

		if (count++ < service->cpu_count) {
			node = next;
			continue;
		}
		err = fdt_del_node(tree, node);
		if (err)
			return err;
		/* Deleting moved what follows here; start over, the kept ones are counted again. */
		count = 0;
		node = fdt_first_subnode(tree, fdt_path_offset(tree, "/cpus"));
	}
	return 0;
}

static int devtree_edit_gic(void *tree, const struct devtree_platform *platform)
{
	fdt64_t reg[4] = {
		cpu_to_fdt64(platform->gicd.base),
		cpu_to_fdt64(DEVTREE_GICD_SIZE),
		cpu_to_fdt64(platform->gicc.base),
		cpu_to_fdt64(DEVTREE_GICC_SIZE),
	};
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,cortex-a15-gic");
	int err;

	if (node < 0)
		node = fdt_node_offset_by_compatible(tree, -1, "arm,gic-400");
	err = fdt_setprop(tree, node, "reg", reg, sizeof(reg));
	if (err)
		return err;
	/* The maintenance interrupt is the hypervisor's. */
	err = fdt_delprop(tree, node, "interrupts");
	return err == -FDT_ERR_NOTFOUND ? 0 : err;
}

static int devtree_edit_timer(void *tree)
{
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,armv8-timer"), length;
	uint8_t lines[DEVTREE_TIMER_LINES * DEVTREE_LINE_BYTES];
	const void *old;

	if (node < 0)
		return node;
	old = fdt_getprop(tree, node, "interrupts", &length);
	if (!old || length < (int)sizeof(lines))
		return -FDT_ERR_BADVALUE;
	memcpy(lines, old, sizeof(lines));
	return fdt_setprop(tree, node, "interrupts", lines, sizeof(lines));
}

static int devtree_edit_psci(void *tree)
{
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,psci-0.2");

	if (node >= 0 && fdt_node_check_compatible(tree, node, "arm,psci-1.0"))
		return -FDT_ERR_BADVALUE;
	if (node < 0)
		node = fdt_node_offset_by_compatible(tree, -1, "arm,psci-1.0");
	if (node < 0) {
		node = fdt_add_subnode(tree, 0, "psci");
		if (node < 0)
			return node;
		if (fdt_setprop_string(tree, node, "compatible", "arm,psci-1.0"))
			return -FDT_ERR_NOSPACE;
	}
	/* hvc from the service VM is a seL4 system call. */
	return fdt_setprop_string(tree, node, "method", "smc");
}

static int devtree_edit_chosen(void *tree, const struct devtree_service *service)
{
	int node = fdt_path_offset(tree, "/chosen"), err;

	if (node < 0)
		return node;
	err = fdt_setprop_string(tree, node, "bootargs", service->bootargs);
	if (err)
		return err;
	if (!service->initrd.size) {
		err = fdt_delprop(tree, node, "linux,initrd-start");
		return err ? err : fdt_delprop(tree, node, "linux,initrd-end");
	}
	err = fdt_setprop_u64(tree, node, "linux,initrd-start", service->initrd.base);
	return err ? err
		   : fdt_setprop_u64(tree, node, "linux,initrd-end",
				     service->initrd.base + service->initrd.size);
}

static int devtree_add_bridge(void *tree, const struct devtree_service *service)
{
	int v2m = fdt_node_offset_by_compatible(tree, -1, "arm,gic-v2m-frame");
	uint32_t phandle = v2m >= 0 ? fdt_get_phandle(tree, v2m) : 0;
	fdt32_t window[7] = {
		cpu_to_fdt32(DEVTREE_PCI_MEM32), cpu_to_fdt32(service->bar.base >> 32),
		cpu_to_fdt32(service->bar.base), cpu_to_fdt32(service->bar.base >> 32),
		cpu_to_fdt32(service->bar.base), cpu_to_fdt32(service->bar.size >> 32),
		cpu_to_fdt32(service->bar.size),
	};
	fdt32_t msi_map[4] = {0, cpu_to_fdt32(phandle), 0, cpu_to_fdt32(DEVTREE_PCI_IDS)};
	fdt32_t buses[2] = {0, 0};
	char name[32];
	int node, err;

	if (!phandle)
		return -FDT_ERR_BADPHANDLE;
	snprintf(name, sizeof(name), "pcie@%lx", (unsigned long)service->ecam.base);
	node = fdt_add_subnode(tree, 0, name);
	if (node < 0)
		return node;
	err = fdt_setprop_string(tree, node, "compatible", "pci-host-ecam-generic");
	err = err ? err : fdt_setprop_string(tree, node, "device_type", "pci");
	err = err ? err
		  : devtree_set_range(tree, node, "reg", service->ecam.base, service->ecam.size);
	err = err ? err : fdt_setprop_u32(tree, node, "#address-cells", 3);
	err = err ? err : fdt_setprop_u32(tree, node, "#size-cells", 2);
	err = err ? err : fdt_setprop(tree, node, "ranges", window, sizeof(window));
	err = err ? err : fdt_setprop(tree, node, "bus-range", buses, sizeof(buses));
	err = err ? err : fdt_setprop_u32(tree, node, "linux,pci-domain", DEVTREE_PCI_DOMAIN);
	err = err ? err : fdt_setprop(tree, node, "msi-map", msi_map, sizeof(msi_map));
	return err ? err : fdt_setprop(tree, node, "dma-coherent", NULL, 0);
}

int devtree_edit(const void *tree, void *buffer, size_t buffer_size,
		 const struct devtree_service *service, const char **problem)
{
	struct devtree_platform platform;
	int err;

	if (devtree_read(tree, fdt_totalsize(tree), &platform, problem))
		return -EINVAL;
	if (devtree_is_device(&platform, service->ecam.base, 1) ||
	    devtree_is_device(&platform, service->bar.base, 1)) {
		*problem = "has a device where the virtual PCI host bridge belongs";
		return -EINVAL;
	}
	err = fdt_open_into(tree, buffer, (int)buffer_size);
	err = err ? err : devtree_remove(buffer);
	err = err ? err : devtree_edit_memory(buffer, service);
	err = err ? err : devtree_edit_cpus(buffer, service);
	err = err ? err : devtree_edit_gic(buffer, &platform);
	err = err ? err : devtree_edit_timer(buffer);
	err = err ? err : devtree_edit_psci(buffer);
	err = err ? err : devtree_edit_chosen(buffer, service);
	err = err ? err : devtree_add_bridge(buffer, service);
	err = err ? err : fdt_pack(buffer);
	if (err) {
		*problem = fdt_strerror(err);
		return -EINVAL;
	}
	return (int)fdt_totalsize(buffer);
}
