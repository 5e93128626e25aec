/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the manager starts a vmm process: what is mapped where, which capability is in which slot.
 *
 * One thread per core, each entered at the ELF's entry point with x0 = SELKIE_PROCESS_VA, x1 = its
 * core, sp = SELKIE_STACK_TOP(core) and its IPC buffer at SELKIE_IPC_BUFFER_VA(core). All share one
 * address space and one CSpace of SELKIE_PROCESS_CSPACE_BITS slots, CPtr = slot number. A user vmm's
 * thread answers the first call that it receives without a look: the manager learns so that it waits.
 * What always holds: the process page and the slot table are read-only to the vmm.
 */
#pragma once

#include "types.h"

#define SELKIE_PROCESS_CSPACE_BITS 9u

#define SELKIE_SLOT_MANAGER 4u	     /* the manager's endpoint, badged */
#define SELKIE_SLOT_SERVICE 5u	     /* user vmm: the service vmm's notification, SELKIE_SIGNAL_EVENT */
#define SELKIE_SLOT_REPLY(n) (16u + (n)) /* one per vCPU, and one per core to receive with */
#define SELKIE_REPLY_MAX (SELKIE_VCPU_MAX + SELKIE_CPU_MAX)
#define SELKIE_SLOT_TCB_OF(vcpu) (32u + 2u * (vcpu))
#define SELKIE_SLOT_VCPU_OF(vcpu) (33u + 2u * (vcpu))
#define SELKIE_SLOT_ENDPOINT(core) (48u + 2u * (core))	 /* its thread's: calls and faults */
#define SELKIE_SLOT_NOTIFICATION(core) (49u + 2u * (core)) /* to signal that thread, SELKIE_SIGNAL_LOOK */
#define SELKIE_SLOT_IRQ(bit) (64u + (bit))	/* service vmm: IRQ handler for that signal bit */
#define SELKIE_SLOT_TIMER(core) (120u + (core)) /* service vmm: IRQ handler of the core's PPI 30 */
#define SELKIE_SLOT_VM(vm, core) \
	(128u + SELKIE_CPU_MAX * (vm) + (core)) /* service vmm: that user vmm's notification,
						 * badge SELKIE_SIGNAL_INTERRUPT */
SELKIE_ASSERT(SELKIE_SLOT_REPLY(SELKIE_REPLY_MAX) <= SELKIE_SLOT_TCB_OF(0), "reply objects fit");
SELKIE_ASSERT(SELKIE_SLOT_TIMER(SELKIE_CPU_MAX) <= SELKIE_SLOT_VM(0, 0), "timers fit");
SELKIE_ASSERT(SELKIE_SLOT_VM(SELKIE_VM_MAX, 0) <= 1u << SELKIE_PROCESS_CSPACE_BITS, "slots fit");

/* All within the 2 MiB of the image, so that one table translates them. */
#define SELKIE_PROCESS_VA 0x500000ul  /* struct selkie_process, read-only */
#define SELKIE_SLOT_TABLE_OFFSET 0x200ul
#define SELKIE_SLOT_TABLE_VA (SELKIE_PROCESS_VA + SELKIE_SLOT_TABLE_OFFSET) /* user vmm: struct
									     * selkie_slot_table */
#define SELKIE_VM_PAGE_VA 0x502000ul  /* user vmm: struct selkie_vm_page */
/* A thread's stack and, above it in the same page, its IPC buffer; an unmapped page is below. */
#define SELKIE_THREAD_VA(core) (0x510000ul + 0x4000ul * (core))
#define SELKIE_THREAD_SIZE 0x1000ul
#define SELKIE_IPC_BUFFER_SIZE 0x400ul
#define SELKIE_IPC_BUFFER_VA(core) (SELKIE_THREAD_VA(core) + SELKIE_THREAD_SIZE - SELKIE_IPC_BUFFER_SIZE)
#define SELKIE_STACK_TOP(core) SELKIE_IPC_BUFFER_VA(core)
#define SELKIE_CONNECTOR_VA 0x520000ul   /* service vmm: info page, CPU pages (as in the BAR) */

enum selkie_role { SELKIE_ROLE_USER = 1, SELKIE_ROLE_SERVICE = 2 };

struct selkie_process {
	uint32_t version; /* SELKIE_ABI_VERSION */
	uint32_t role;
	uint32_t vm;	     /* index; the service VM's is SELKIE_VM_MAX */
	uint32_t core_count; /* threads of this process; also the service VM's vCPUs */
	uint64_t counter_hz;

	/* Service VM only. */
	uint64_t entry_ipa; /* first instruction, MMU off; x0 = dtb_ipa */
	uint64_t dtb_ipa;
	uint64_t gicd_base; /* emulated; 64 KiB on the board, registers in the first 4 KiB */
	uint64_t gicc_base; /* GICV is mapped there */
	uint32_t gic_irq_count;
	uint32_t msi_spi_base; /* GICv2m frame: SPIs that devices may raise by writing to it */
	uint32_t msi_spi_count;
	uint32_t uart_spi;
	uint64_t msi_doorbell; /* IPA of the frame's SETSPI register */
	uint64_t ecam_base;    /* virtual PCI host bridge: one bus, 1 MiB, emulated */
	uint64_t bar_base;     /* where the connector's BAR 0 is mapped, SELKIE_BAR_SIZE */
	uint64_t irq_allowed[16]; /* INTIDs the service VM may bind */
};

SELKIE_ASSERT(sizeof(struct selkie_process) <= SELKIE_SLOT_TABLE_OFFSET, "the slot table is behind");

struct selkie_slot {
	uint64_t ipa;
	uint64_t size; /* bytes; 0: empty */
	uint64_t flags; /* SELKIE_SLOT_READONLY */
};

/* Written by the manager: seq odd while it changes. Indexed by KVM slot number. */
struct selkie_slot_table {
	uint32_t seq;
	uint32_t count; /* one more than the highest slot in use */
	struct selkie_slot slot[SELKIE_SLOT_MAX];
};

SELKIE_ASSERT(SELKIE_SLOT_TABLE_OFFSET + sizeof(struct selkie_slot_table) <= 4096, "both are one page");
