/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual PCI host bridge of the service VM: ECAM space with one function, the connector.
 *
 * Called by the service role for accesses to the ECAM window; pure, so that it is unit-tested.
 * What always holds: the function has one 64-bit memory BAR of SELKIE_BAR_SIZE and an MSI
 * capability with one vector; what does not exist reads as all ones and ignores writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VPCI_ECAM_SIZE 0x100000u /* one bus */

struct vpci {
	uint16_t command;
	uint64_t bar;
	uint16_t msi_control;
	uint64_t msi_address;
	uint16_t msi_data;
};

uint64_t vpci_read(const struct vpci *pci, uint64_t offset, unsigned int size);
void vpci_write(struct vpci *pci, uint64_t offset, unsigned int size, uint64_t value);
/* What raising the MSI would write where. False: MSI is off. */
bool vpci_msi(const struct vpci *pci, uint64_t *address, uint32_t *data);
