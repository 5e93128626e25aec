// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connector's PCI driver: finds Selkie, maps the connector's pages, makes struct pages for user
 * VMs' memory, takes the MSI. docs/connector.md describes the device.
 *
 * What always holds: at most one connector is bound, and while it is, /dev/kvm is there. The pool's
 * struct pages exist from probe to remove; a pool page's content may be touched only between the
 * manager's answer that it is there and the destruction of its region.
 */

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/memremap.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/smp.h>
#include <asm/cputype.h>

#include "connector.h"
#include "selkie.h"

struct connector {
	struct pci_dev *pdev;
	void *bar;
	unsigned long pool_pfn;
	unsigned long pool_page_count;
	struct dev_pagemap pgmap;
};

static struct connector *connector;

/* Every pool page keeps the reference it was born with, so this is never reached. */
static void connector_page_free(struct page *page)
{
	WARN_ONCE(1, "selkie: pool page %lx lost its last reference\n", page_to_pfn(page));
}

static const struct dev_pagemap_ops connector_pgmap_ops = {
	.page_free = connector_page_free,
};

bool connector_present(void)
{
	return connector;
}

bool connector_owns(unsigned long pfn, unsigned long count)
{
	return pfn >= connector->pool_pfn && count <= connector->pool_page_count &&
	       pfn - connector->pool_pfn <= connector->pool_page_count - count;
}

void connector_set_running(u32 value)
{
	struct selkie_cpu_page *page = connector->bar + SELKIE_BAR_CPU(smp_processor_id());

	WRITE_ONCE(page->running, value);
}

/* A user VM's vmm has something for us and nobody was inside its RUN. */
static irqreturn_t connector_interrupt(int irq, void *data)
{
	vm_scan_all();
	return IRQ_HANDLED;
}

/* Capabilities and pages go by the service vCPU's number, which is its MPIDR's Aff0. */
static void connector_check_cpu(void *misplaced)
{
	int cpu = smp_processor_id();

	if (MPIDR_AFFINITY_LEVEL(read_cpuid_mpidr(), 0) != cpu)
		WRITE_ONCE(*(int *)misplaced, cpu + 1);
}

/* Checks what the info page and the manager say, each against our own expectation. */
static int connector_check(struct connector *c)
{
	struct device *dev = &c->pdev->dev;
	struct selkie_info_page info;
	struct selkie_msg msg = {};
	int misplaced = 0, err;

	memcpy(&info, c->bar + SELKIE_BAR_INFO, sizeof(info));
	if (info.magic != SELKIE_INFO_MAGIC || info.version != SELKIE_ABI_VERSION) {
		dev_err(dev, "connector speaks version %u, this module %u: use a matching module\n",
			info.version, SELKIE_ABI_VERSION);
		return -ENODEV;
	}
	if (nr_cpu_ids > SELKIE_CPU_MAX || info.cpu_count < nr_cpu_ids) {
		dev_err(dev, "connector has pages for %u CPUs, this system may have %u\n",
			info.cpu_count, nr_cpu_ids);
		return -ENODEV;
	}
	on_each_cpu(connector_check_cpu, &misplaced, true);
	if (misplaced) {
		dev_err(dev, "Linux's CPU %d is another service vCPU: order the device tree's CPUs by reg\n",
			misplaced - 1);
		return -ENODEV;
	}
	err = call_manager(SELKIE_MGR_INFO, 0, &msg);
	if (err || msg.mr[0] != SELKIE_ABI_VERSION || msg.mr[1] != info.pool_base ||
	    msg.mr[2] != info.pool_size) {
		dev_err(dev, "manager and connector disagree (error %d, version %llu, pool %#llx + %#llx)\n",
			err, msg.mr[0], msg.mr[1], msg.mr[2]);
		return -ENODEV;
	}
	if (!info.pool_size || !IS_ALIGNED(info.pool_base | info.pool_size, PMD_SIZE)) {
		dev_err(dev, "pool %#llx + %#llx is not made of 2 MiB blocks\n", info.pool_base,
			info.pool_size);
		return -ENODEV;
	}
	c->pool_pfn = PHYS_PFN(info.pool_base);
	c->pool_page_count = PHYS_PFN(info.pool_size);
	return 0;
}

static int connector_map_pool(struct connector *c)
{
	void *pool;

	c->pgmap.type = MEMORY_DEVICE_GENERIC;
	c->pgmap.ops = &connector_pgmap_ops;
	c->pgmap.nr_range = 1;
	c->pgmap.range.start = PFN_PHYS(c->pool_pfn);
	c->pgmap.range.end = PFN_PHYS(c->pool_pfn + c->pool_page_count) - 1;
	pool = memremap_pages(&c->pgmap, numa_mem_id());
	return PTR_ERR_OR_ZERO(pool);
}

static int connector_map(struct connector *c)
{
	struct pci_dev *pdev = c->pdev;
	int err;

	if (pdev->revision != SELKIE_PCI_REVISION || pci_resource_len(pdev, 0) < SELKIE_BAR_SIZE) {
		dev_err(&pdev->dev, "connector revision %u with a BAR of %#llx bytes is not known\n",
			pdev->revision, (u64)pci_resource_len(pdev, 0));
		return -ENODEV;
	}
	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = pci_request_region(pdev, 0, "selkie");
	if (err)
		goto err_disable;
	/* The BAR is ordinary memory: the peer's mapping is write-back too. */
	c->bar = memremap(pci_resource_start(pdev, 0), SELKIE_BAR_SIZE, MEMREMAP_WB);
	if (!c->bar) {
		err = -ENOMEM;
		goto err_region;
	}
	return 0;

err_region:
	pci_release_region(pdev, 0);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void connector_unmap(struct connector *c)
{
	memunmap(c->bar);
	pci_release_region(c->pdev, 0);
	pci_disable_device(c->pdev);
}

static int connector_request_irq(struct connector *c)
{
	int err;

	pci_set_master(c->pdev);
	err = pci_alloc_irq_vectors(c->pdev, 1, 1, PCI_IRQ_MSI);
	if (err < 0)
		return err;
	err = request_irq(pci_irq_vector(c->pdev, 0), connector_interrupt, 0, "selkie", c);
	if (err)
		pci_free_irq_vectors(c->pdev);
	return err;
}

static int connector_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct connector *c;
	int err;

	if (connector)
		return -EBUSY;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->pdev = pdev;
	err = connector_map(c);
	if (err)
		goto err_free;
	err = connector_check(c);
	if (err)
		goto err_unmap;
	err = connector_map_pool(c);
	if (err) {
		dev_err(&pdev->dev, "no struct pages for the pool (%d)\n", err);
		goto err_unmap;
	}
	connector = c;
	pci_set_drvdata(pdev, c);
	err = connector_request_irq(c);
	if (err) {
		dev_err(&pdev->dev, "no MSI (%d)\n", err);
		goto err_pool;
	}
	err = main_register();
	if (err)
		goto err_irq;
	dev_info(&pdev->dev, "/dev/kvm on Selkie: %lu MiB for user VMs\n",
		 c->pool_page_count >> (20 - PAGE_SHIFT));
	return 0;

err_irq:
	free_irq(pci_irq_vector(pdev, 0), c);
	pci_free_irq_vectors(pdev);
err_pool:
	connector = NULL;
	memunmap_pages(&c->pgmap);
err_unmap:
	connector_unmap(c);
err_free:
	kfree(c);
	return err;
}

/* On module removal no file of ours is open; on hot removal the open ones are waited for. */
static void connector_remove(struct pci_dev *pdev)
{
	struct connector *c = pci_get_drvdata(pdev);

	main_unregister();
	vm_wait_none();
	region_flush();
	free_irq(pci_irq_vector(pdev, 0), c);
	pci_free_irq_vectors(pdev);
	memunmap_pages(&c->pgmap);
	connector = NULL;
	connector_unmap(c);
	kfree(c);
}

static const struct pci_device_id connector_ids[] = {
	{ PCI_DEVICE(SELKIE_PCI_VENDOR, SELKIE_PCI_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, connector_ids);

static struct pci_driver connector_driver = {
	.name = "selkie",
	.id_table = connector_ids,
	.probe = connector_probe,
	.remove = connector_remove,
	.driver = {
		/* VMs cannot outlive the connector; open files keep the module. */
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

int connector_init(void)
{
	return pci_register_driver(&connector_driver);
}

void connector_exit(void)
{
	pci_unregister_driver(&connector_driver);
}
