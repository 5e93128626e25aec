/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmark client and its guests share: the guest's memory map, its ports, the rows.
 * Included by C and by assembly.
 */
#pragma once

#define GUEST_RAM 0x40000000
#define GUEST_RAM_SIZE 0x200000
#define GUEST_COUNTS 0x40010000 /* interrupts taken, one 64-bit word per vCPU */
#define GUEST_GICD 0x08000000
#define GUEST_GICC 0x08010000
#define GUEST_PORTS 0x0a000000
#define GUEST_SECOND_OFFSET 64

#define PORT_RESULT 0x000   /* written: CNTVCT ticks that a batch took */
#define PORT_FAIL 0x100	    /* written: ESR of an exception that must not happen */
#define PORT_READ 0x200	    /* read: answered by the client */
#define PORT_DOORBELL 0x300 /* written: ioeventfd that nobody waits for */
#define PORT_ECHO 0x400	    /* written: ioeventfd; a thread answers with irqfd */

#define ECHO_SPI 2 /* INTID 34 */

#define COMPUTE_LOOPS 10000
#define COMPUTE_INSTRUCTIONS (2 * COMPUTE_LOOPS + 3)

#ifndef __ASSEMBLER__
enum row {
	ROW_HVC,
	ROW_GIC,
	ROW_DOORBELL,
	ROW_MMIO,
	ROW_LOOP,
	ROW_TIMER,
	ROW_IPI,
	ROW_WFI,
	ROW_COMPUTE,
	ROW_CREATE,
	ROW_MEMORY,
	ROW_COUNT
};
#endif
