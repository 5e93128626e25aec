/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The connector: the PCI function through which selkie.ko finds Selkie, on a virtual PCI host bridge
 * of its own in the service VM. One 64-bit memory BAR, one MSI. Prose: docs/connector.md.
 *
 * What always holds: the BAR is ordinary memory, to be mapped write-back; the info page does not
 * change after boot; a CPU page and a call page belong to the service vCPU of that number.
 */
#pragma once

#include "types.h"

#define SELKIE_PCI_VENDOR 0x5e14u
#define SELKIE_PCI_DEVICE 0x0001u
#define SELKIE_PCI_CLASS 0x088000u /* system peripheral, other */
#define SELKIE_PCI_REVISION SELKIE_ABI_VERSION

#define SELKIE_BAR_SIZE 0x10000u /* BAR 0 */
#define SELKIE_BAR_INFO 0x0000u
#define SELKIE_BAR_CPU(cpu) (0x1000u + 0x1000u * (cpu))
#define SELKIE_BAR_CALL(cpu) (0x8000u + 0x1000u * (cpu)) /* the vCPU's seL4 IPC buffer */

#define SELKIE_INFO_MAGIC 0x65696b6c6573ull /* "selkie" */

struct selkie_info_page {
	uint64_t magic;
	uint32_t version;   /* SELKIE_ABI_VERSION */
	uint32_t cpu_count; /* service vCPUs */
	uint64_t pool_base; /* user memory, see SELKIE_MGR_INFO */
	uint64_t pool_size;
};

struct selkie_cpu_page {
	uint32_t running; /* VM index + 1 while this CPU is inside RUN, else 0; writer: module */
	uint32_t reserved;
};

SELKIE_ASSERT(SELKIE_BAR_CPU(SELKIE_CPU_MAX) <= SELKIE_BAR_CALL(0), "CPU pages end below call pages");
SELKIE_ASSERT(SELKIE_BAR_CALL(SELKIE_CPU_MAX) <= SELKIE_BAR_SIZE, "call pages end in the BAR");
