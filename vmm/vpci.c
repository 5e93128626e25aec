// SPDX-License-Identifier: BSD-2-Clause
/*
 * Configuration space of the virtual PCI host bridge: see vpci.h for who calls it.
 *
 * Reads assemble a 32-bit register and cut the bytes out of it; writes merge the bytes into it and
 * then store the bits that are writable (PCI Local Bus Specification 3.0, chapter 6).
 */
#include "vpci.h"

#include "connector.h"

enum {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04,
	PCI_CLASS = 0x08,
	PCI_BAR0 = 0x10,
	PCI_BAR1 = 0x14,
	PCI_SUBSYSTEM = 0x2c,
	PCI_CAPABILITIES = 0x34,
	PCI_MSI = 0x40,
	PCI_MSI_ADDRESS = 0x44,
	PCI_MSI_ADDRESS_HIGH = 0x48,
	PCI_MSI_DATA = 0x4c,
};

#define COMMAND_MEMORY	    0x0002u
#define COMMAND_MASTER	    0x0004u
#define COMMAND_INTX_OFF    0x0400u
#define COMMAND_WRITABLE    (COMMAND_MEMORY | COMMAND_MASTER | COMMAND_INTX_OFF)
#define STATUS_CAPABILITIES 0x0010u
#define BAR_64BIT	    0x4u
#define MSI_ID		    0x05u
#define MSI_ENABLE	    0x0001u
#define MSI_64BIT	    0x0080u

static uint32_t register_get(const struct vpci *pci, unsigned int offset)
{
	switch (offset) {
	case PCI_ID:
		return SELKIE_PCI_DEVICE << 16 | SELKIE_PCI_VENDOR;
	case PCI_COMMAND:
		return STATUS_CAPABILITIES << 16 | pci->command;
	case PCI_CLASS:
		return SELKIE_PCI_CLASS << 8 | SELKIE_PCI_REVISION;
	case PCI_BAR0:
		return (uint32_t)pci->bar | BAR_64BIT;
	case PCI_BAR1:
		return (uint32_t)(pci->bar >> 32);
	case PCI_SUBSYSTEM:
		return SELKIE_PCI_DEVICE << 16 | SELKIE_PCI_VENDOR;
	case PCI_CAPABILITIES:
		return PCI_MSI;
	case PCI_MSI:
		return (uint32_t)(MSI_64BIT | pci->msi_control) << 16 | MSI_ID;
	case PCI_MSI_ADDRESS:
		return (uint32_t)pci->msi_address;
	case PCI_MSI_ADDRESS_HIGH:
		return (uint32_t)(pci->msi_address >> 32);
	case PCI_MSI_DATA:
		return pci->msi_data;
	default:
		return 0;
	}
}

static uint64_t low_set(uint64_t old, uint32_t low)
{
	return (old & ~0xffffffffull) | low;
}

static uint64_t high_set(uint64_t old, uint32_t high)
{
	return (old & 0xffffffffull) | (uint64_t)high << 32;
}

static void register_set(struct vpci *pci, unsigned int offset, uint32_t value)
{
	switch (offset) {
	case PCI_COMMAND:
		pci->command = value & COMMAND_WRITABLE;
		break;
	case PCI_BAR0: /* sizing: the bits below the size read as zero */
		pci->bar = low_set(pci->bar, value & ~(SELKIE_BAR_SIZE - 1));
		break;
	case PCI_BAR1:
		pci->bar = high_set(pci->bar, value);
		break;
	case PCI_MSI:
		pci->msi_control = value >> 16 & MSI_ENABLE;
		break;
	case PCI_MSI_ADDRESS:
		pci->msi_address = low_set(pci->msi_address, value & ~3u);
		break;
	case PCI_MSI_ADDRESS_HIGH:
		pci->msi_address = high_set(pci->msi_address, value);
		break;
	case PCI_MSI_DATA:
		pci->msi_data = (uint16_t)value;
		break;
	default:
		break;
	}
}

/* Only bus 0, device 0, function 0 is there: the first 4 KiB of the ECAM window. */
static bool access_ok(uint64_t offset, unsigned int size)
{
	return offset < 0x1000 && (size == 1 || size == 2 || size == 4) && offset % size == 0;
}

static uint32_t size_mask(unsigned int size)
{
	return 0xffffffffu >> (32 - size * 8);
}

uint64_t vpci_read(const struct vpci *pci, uint64_t offset, unsigned int size)
{
	if (!access_ok(offset, size))
		return size == 8 ? ~0ull : size_mask(size);
	return register_get(pci, (unsigned int)offset & ~3u) >> offset % 4 * 8 & size_mask(size);
}

void vpci_write(struct vpci *pci, uint64_t offset, unsigned int size, uint64_t value)
{
	unsigned int shift = offset % 4 * 8;
	unsigned int word = (unsigned int)offset & ~3u;

	if (!access_ok(offset, size))
		return;
	register_set(pci, word,
		     (register_get(pci, word) & ~(size_mask(size) << shift)) |
			     ((uint32_t)value & size_mask(size)) << shift);
}

bool vpci_msi(const struct vpci *pci, uint64_t *address, uint32_t *data)
{
	*address = pci->msi_address;
	*data = pci->msi_data;
	return (pci->msi_control & MSI_ENABLE) && (pci->command & COMMAND_MASTER);
}
