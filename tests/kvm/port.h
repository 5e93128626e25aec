/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the test clients and their guest share: memory map, ports, guest programs, the record that
 * the guest keeps. Included by C and by assembly.
 */
#pragma once

#define GUEST_RAM 0x40000000
#define GUEST_RECORD 0x40100000 /* struct guest_record */
#define GUEST_SCRATCH 0x40180000 /* code and data that programs make */
#define GUEST_GICD 0x08000000
#define GUEST_GICC 0x08010000
#define GUEST_PORTS 0x0a000000
#define GUEST_HOLE 0x50000000 /* nothing is there */
#define GUEST_FLASH 0x60000000 /* tests put a READONLY slot there */

#define PORT_DONE 0x0	  /* written: the program is over, with this result */
#define PORT_READ 0x100	  /* read: answered by the client */
#define PORT_DOORBELL 0x200

/* struct guest_record, for assembly. */
#define RECORD_EXCEPTIONS 0
#define RECORD_ESR 8
#define RECORD_ELR 16
#define RECORD_FAR 24
#define RECORD_INTERRUPTS 32 /* one word per vCPU */
#define RECORD_STAGE 64
#define RECORD_CLASSES 72 /* bit n: an exception of class n was taken */
#define RECORD_VALUES 128

#define RECORD_VALUE_COUNT 64

/* Entered with x0 = program, x1 and x2 = its arguments. */
#define PROGRAM_DONE 0		/* PORT_DONE with argument 0 */
#define PROGRAM_FETCH 1		/* branch to argument 0 */
#define PROGRAM_UNDEFINED 2	/* executes undefined instructions, counts exceptions */
#define PROGRAM_LOAD 3		/* 64-bit load from argument 0; value 0 */
#define PROGRAM_STORE 4		/* 64-bit store of argument 1 to argument 0 */
#define PROGRAM_LOAD_PAIR 5	/* ldp from argument 0: no syndrome */
#define PROGRAM_STORE_PAIR 6	/* stp to argument 0: no syndrome */
#define PROGRAM_FLOOD 7		/* argument 0 doorbells */
#define PROGRAM_GIC_WILD 8	/* every offset and size of frame argument 0; 1: 0 reads */
#define PROGRAM_HVC 9		/* values 0..17 in x0..x17 around an hvc, then to 32..49 */
#define PROGRAM_SMC 10		/* likewise */
#define PROGRAM_WFI 11		/* interrupts masked: wfi, then done */
#define PROGRAM_WFE 12		/* argument 0 times */
#define PROGRAM_SPIN 13		/* for ever */
#define PROGRAM_TIMER 14	/* disables CNTP in a loop, argument 0 times (0: for ever) */
#define PROGRAM_SET_WAY 15	/* cache maintenance by set and way */
#define PROGRAM_REGISTERS 16	/* reads what may trap; exceptions are counted */
#define PROGRAM_MODIFY 17	/* writes code and runs it, argument 0 times; result: sum */
#define PROGRAM_STORM 18	/* SGIs to the other vCPU until both took argument 0 */
#define PROGRAM_VECTORS 19	/* VBAR into a hole, then an undefined instruction */
#define PROGRAM_TABLES 20	/* MMU on with translation tables at argument 0 */
#define PROGRAM_WALK 21		/* touches argument 1 pages from argument 0 on */
#define PROGRAM_IRQ 22		/* enables all interrupts and waits for argument 0 of them */
#define PROGRAM_CPTIMER 23	/* leaves CNTP expired, waits for CNTV's condition */
#define PROGRAM_SIZES 24	/* loads of 1 to 8 bytes, signed and not, from PORT_READ */
#define PROGRAM_CALL 25		/* hvc with the arguments in x0 and x1; result: x0 */
#define PROGRAM_GIC_RANDOM 26	/* argument 0 random accesses, IRQs unmasked; 1: seed */
#define PROGRAM_COUNT 27

#define SPI_COUNT 32 /* of the test VMs' GIC */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct guest_record {
	volatile uint64_t exceptions;
	volatile uint64_t esr;
	volatile uint64_t elr;
	volatile uint64_t far;
	volatile uint64_t interrupts[4];
	volatile uint64_t stage;
	volatile uint64_t classes;
	volatile uint64_t reserved[6];
	volatile uint64_t value[RECORD_VALUE_COUNT];
};

#define RECORD_AT(field) __builtin_offsetof(struct guest_record, field)

_Static_assert(RECORD_AT(stage) == RECORD_STAGE, "as assembly has it");
_Static_assert(RECORD_AT(classes) == RECORD_CLASSES, "as assembly has it");
_Static_assert(RECORD_AT(value) == RECORD_VALUES, "as assembly has it");

#define ESR_CLASS(esr) ((esr) >> 26 & 0x3f)
#define CLASS_UNKNOWN 0x00
#define CLASS_FETCH 0x21 /* instruction abort, same exception level */
#define CLASS_DATA 0x25
#endif
