// SPDX-License-Identifier: BSD-2-Clause
/*
 * The connector's configuration space, as Linux's PCI core goes about it.
 */
// unit-sources: vmm/vpci.c
// unit-cflags: -Ivmm
#include "connector.h"
#include "unit.h"
#include "vpci.h"

static void identification(void)
{
	struct vpci pci = {0};

	CHECK_EQ(vpci_read(&pci, 0, 4), SELKIE_PCI_DEVICE << 16 | SELKIE_PCI_VENDOR);
	CHECK_EQ(vpci_read(&pci, 2, 2), SELKIE_PCI_DEVICE);
	CHECK_EQ(vpci_read(&pci, 0x0b, 1), SELKIE_PCI_CLASS >> 16);
	CHECK_EQ(vpci_read(&pci, 0x0e, 1), 0); /* type 0, one function */
	CHECK_EQ(vpci_read(&pci, 0x3d, 1), 0); /* no INTx */
	vpci_write(&pci, 0, 4, 0);
	CHECK_EQ(vpci_read(&pci, 0, 2), SELKIE_PCI_VENDOR);
}

static void bar_sizing(void)
{
	struct vpci pci = {0};

	vpci_write(&pci, 0x10, 4, 0xffffffff);
	vpci_write(&pci, 0x14, 4, 0xffffffff);
	CHECK_EQ(vpci_read(&pci, 0x10, 4), (uint32_t) ~(SELKIE_BAR_SIZE - 1) | 4);
	CHECK_EQ(vpci_read(&pci, 0x14, 4), 0xffffffff);
	vpci_write(&pci, 0x10, 4, 0x0b100000);
	vpci_write(&pci, 0x14, 4, 0);
	CHECK_EQ(pci.bar, 0x0b100000);
	vpci_write(&pci, 0x18, 4, 0xffffffff);
	CHECK_EQ(vpci_read(&pci, 0x18, 4), 0);
	CHECK_EQ(vpci_read(&pci, 0x30, 4), 0); /* no ROM */
}

static void message_signalled(void)
{
	struct vpci pci = {0};
	uint64_t address;
	uint32_t data;

	CHECK_EQ(vpci_read(&pci, 6, 2) & 0x10, 0x10);
	CHECK_EQ(vpci_read(&pci, 0x34, 1), 0x40);
	CHECK_EQ(vpci_read(&pci, 0x40, 1), 5);
	CHECK_EQ(vpci_read(&pci, 0x41, 1), 0);
	CHECK_EQ(vpci_read(&pci, 0x42, 2), 0x80);
	vpci_write(&pci, 0x44, 4, 0x08020040);
	vpci_write(&pci, 0x48, 4, 0x1);
	vpci_write(&pci, 0x4c, 2, 85);
	CHECK(!vpci_msi(&pci, &address, &data));
	vpci_write(&pci, 0x42, 2, 0xffff);
	CHECK_EQ(vpci_read(&pci, 0x42, 2), 0x81);
	CHECK(!vpci_msi(&pci, &address, &data)); /* not a bus master yet */
	vpci_write(&pci, 4, 2, 0xffff);
	CHECK_EQ(vpci_read(&pci, 4, 2), 0x0406);
	CHECK(vpci_msi(&pci, &address, &data));
	CHECK_EQ(address, 0x108020040);
	CHECK_EQ(data, 85);
}

static void nothing_else_there(void)
{
	struct vpci pci = {0};

	CHECK_EQ(vpci_read(&pci, 0x1000, 4), 0xffffffff);
	CHECK_EQ(vpci_read(&pci, 0x8000, 2), 0xffff);
	CHECK_EQ(vpci_read(&pci, VPCI_ECAM_SIZE, 4), 0xffffffff);
	CHECK_EQ((int64_t)vpci_read(&pci, 0, 8), -1);
	CHECK_EQ(vpci_read(&pci, 2, 4), 0xffffffff);
	CHECK_EQ(vpci_read(&pci, 0x100, 4), 0); /* no extended capabilities */
	for (uint64_t offset = 0; offset < 0x2000; offset++)
		for (unsigned int size = 1; size <= 8; size *= 2)
			vpci_write(&pci, offset, size, ~0ull);
	CHECK_EQ(vpci_read(&pci, 0, 2), SELKIE_PCI_VENDOR);
}

int main(void)
{
	unit_run("the connector is identified", identification);
	unit_run("BAR 0 is 64-bit memory and tells its size", bar_sizing);
	unit_run("the MSI capability works when enabled and a bus master", message_signalled);
	unit_run("other devices and odd accesses read all ones", nothing_else_there);
	return unit_done();
}
