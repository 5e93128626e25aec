/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VM page: 4 KiB that a user VM's vmm and the module share, one per VM.
 *
 * What always holds: every field has one writer, or is a bitmap that one side sets with atomic OR and
 * the other takes with atomic exchange; nobody ever waits for the peer here. Neither side trusts what
 * it reads. Prose, and the memory-ordering argument: docs/events.md.
 */
#pragma once

#include "types.h"

#define SELKIE_IRQ_WORDS 16u	/* INTIDs 0..1023, 64 to a word */
#define SELKIE_EVENT_WORDS 8u	/* ioeventfds 0..511 of one VM */
#define SELKIE_EVENT_MAX (64u * SELKIE_EVENT_WORDS)

enum selkie_counter {
	SELKIE_COUNT_RUN,	/* RUN calls */
	SELKIE_COUNT_MMIO,	/* exits answered by the VMM in user space */
	SELKIE_COUNT_IOEVENT,	/* guest writes that matched an ioeventfd */
	SELKIE_COUNT_GIC,	/* distributor accesses */
	SELKIE_COUNT_HVC,	/* PSCI and SMCCC calls */
	SELKIE_COUNT_WFI,
	SELKIE_COUNT_POPULATE,	/* stage 2 faults answered with memory */
	SELKIE_COUNT_MAINTENANCE, /* vGIC maintenance */
	SELKIE_COUNT_TIMER,	/* virtual timer expiries */
	SELKIE_COUNT_INTERRUPT,	/* RUN ended for the service VM */
	SELKIE_COUNT_INJECT,	/* interrupts put into list registers */
	SELKIE_COUNT_ABORT,	/* aborts injected into the guest */
	SELKIE_COUNT_SYSREG,	/* trapped system registers */
	SELKIE_COUNT_SIGNAL,	/* notifications taken */
	SELKIE_COUNT_MAX = 32
};

/* irq_any: not zero says that there is something to take; what each bit means is the module's. */
#define SELKIE_IRQ_LOOK 1u /* something changed */
#define SELKIE_IRQ_WAKE 2u /* that a sleeping vCPU must see: its thread was woken */

struct selkie_vm_page {
	/*
	 * Module to vmm. An interrupt line: write level, OR rise if it goes up, OR changed, OR irq_any.
	 * (A line that went up and down again unseen is still an edge, if the guest wants edges.) An
	 * interrupt that has no line: OR pulse, OR irq_any.
	 */
	uint64_t irq_level[SELKIE_IRQ_WORDS];	/* writer: module */
	uint64_t irq_rise[SELKIE_IRQ_WORDS];	/* module ORs, vmm exchanges */
	uint64_t irq_changed[SELKIE_IRQ_WORDS];	/* module ORs, vmm exchanges */
	uint64_t irq_pulse[SELKIE_IRQ_WORDS];	/* module ORs, vmm exchanges */
	uint32_t ppi_level[SELKIE_VCPU_MAX];	/* bit n: PPI with INTID n; writer: module */
	uint32_t ppi_changed[SELKIE_VCPU_MAX];	/* module ORs, vmm exchanges */
	uint32_t irq_any;			/* SELKIE_IRQ_*: module ORs last, vmm exchanges first */
	uint32_t reserved0;
	uint64_t event_wanted[SELKIE_EVENT_WORDS]; /* writer: module, before RUN: end it on these */

	/* vmm to module. */
	uint64_t event[SELKIE_EVENT_WORDS];	/* vmm ORs, module exchanges */
	uint32_t event_any;			/* vmm sets last, module exchanges first */
	uint32_t wake;				/* bit n: vCPU n has something to run for */
	uint64_t count[SELKIE_COUNT_MAX];	/* writer: vmm; statistics, never decisions */
	uint8_t irq_target[64 * SELKIE_IRQ_WORDS]; /* writer: vmm. The vCPU that an SPI is for */
};

SELKIE_ASSERT(sizeof(struct selkie_vm_page) <= 4096, "the VM page is one page");
