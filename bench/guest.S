// SPDX-License-Identifier: BSD-2-Clause
/*
 * The guest of the micro rows: EL1 code with the MMU off, linked at GUEST_RAM. Entered with x0 = row
 * (enum row in bench.h), x1 = operations per batch. Each row performs its operation x1 times between two
 * reads of CNTVCT and writes the difference to PORT_RESULT; it then starts over, so that the client
 * decides how many batches there are. A second vCPU enters at guest_second.
 *
 * What always holds: x19 = GICD, x20 = GICC, x21 = ports, x22 = address of the interrupt count,
 * x28 = operations per batch; IRQ handlers touch x9-x12 only.
 */
#include "bench.h"

	.text
	.global guest_start
guest_start:
	b	first
	.balign 64
guest_second:
	mov	x27, #1
	b	common
first:
	mov	x27, #0
common:
	mov	x26, x0
	mov	x28, x1
	ldr	x19, =GUEST_GICD
	ldr	x20, =GUEST_GICC
	ldr	x21, =GUEST_PORTS
	ldr	x22, =GUEST_COUNTS
	add	x22, x22, x27, lsl #3
	adr	x9, vectors
	msr	vbar_el1, x9
	mov	w9, #1			// distributor on
	str	w9, [x19]
	mov	w9, #0xf0		// priority mask open, CPU interface on
	str	w9, [x20, #4]
	mov	w9, #1
	str	w9, [x20]
	mov	w9, #-1			// SGIs and PPIs, and SPIs 32..63
	str	w9, [x19, #0x100]
	str	w9, [x19, #0x104]
	mov	w9, #0x01010101		// SPIs 32..35 to CPU 0
	str	w9, [x19, #0x820]
	isb
	msr	daifclr, #2
	cbnz	x27, second_loop

	adr	x9, rows
	ldr	w10, [x9, x26, lsl #2]
	add	x9, x9, w10, sxtw
	br	x9
rows:
	.word	row_hvc - rows
	.word	row_gic - rows
	.word	row_doorbell - rows
	.word	row_mmio - rows
	.word	row_loop - rows
	.word	row_timer - rows
	.word	row_ipi - rows
	.word	row_wfi - rows
	.word	row_compute - rows
	.word	row_first - rows	// ROW_CREATE
	.word	row_first - rows	// ROW_MEMORY

	// Brackets of a batch: x23 = operations left, x24 = start.
	.macro	batch_begin
	mov	x23, x28
	isb
	mrs	x24, cntvct_el0
	.endm
	.macro	batch_end again
	isb
	mrs	x25, cntvct_el0
	sub	x25, x25, x24
	str	x25, [x21, #PORT_RESULT]
	b	\again
	.endm

row_hvc:
	batch_begin
1:	mov	w0, #0x84000000		// PSCI_VERSION
	hvc	#0
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_hvc

row_gic:
	batch_begin
1:	ldr	w0, [x19, #4]		// GICD_TYPER
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_gic

row_doorbell:
	batch_begin
1:	str	w23, [x21, #PORT_DOORBELL]
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_doorbell

row_mmio:
	batch_begin
1:	ldr	w0, [x21, #PORT_READ]
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_mmio

	// Doorbell, wait (spinning) for the interrupt that the service thread raises in answer.
row_loop:
	batch_begin
1:	ldr	x13, [x22]
	str	w23, [x21, #PORT_ECHO]
2:	ldr	x14, [x22]
	cmp	x13, x14
	b.eq	2b
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_loop

row_timer:
	batch_begin
1:	ldr	x13, [x22]
	msr	cntv_tval_el0, xzr
	mov	x9, #1
	msr	cntv_ctl_el0, x9
	isb
2:	ldr	x14, [x22]
	cmp	x13, x14
	b.eq	2b
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_timer

	// SGI 1 to the other vCPU, sleep until it answers with one.
row_ipi:
	batch_begin
1:	ldr	x13, [x22]
	ldr	w15, =0x00020001		// target list: CPU 1, SGI 1
	str	w15, [x19, #0xf00]
	bl	wait_count
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_ipi

row_wfi:
	batch_begin
1:	ldr	x13, [x22]
	str	w23, [x21, #PORT_ECHO]
	bl	wait_count
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_wfi

	// COMPUTE_INSTRUCTIONS per operation, to be compared with the bare machine.
row_compute:
	batch_begin
1:	mov	x9, #COMPUTE_LOOPS
2:	subs	x9, x9, #1
	b.ne	2b
	subs	x23, x23, #1
	b.ne	1b
	batch_end row_compute

row_first:
	str	x24, [x21, #PORT_RESULT]
	b	row_first

	// Sleep until the count at x22 is no longer x13. IRQs are masked around the test, so that the
	// interrupt cannot slip between test and WFI: it stays pending and ends the WFI.
wait_count:
	msr	daifset, #2
1:	ldr	x14, [x22]
	cmp	x13, x14
	b.ne	2f
	wfi
	msr	daifclr, #2
	isb
	msr	daifset, #2
	b	1b
2:	msr	daifclr, #2
	ret

	// Its own count starts at 0 in fresh memory, so an SGI that came early is not missed.
second_loop:
	mov	x13, #0
second_again:
	bl	wait_count
	mov	x13, x14
	ldr	w15, =0x00010001		// answer to CPU 0
	str	w15, [x19, #0xf00]
	b	second_again

irq:
	ldr	w9, [x20, #0xc]		// GICC_IAR
	and	w10, w9, #0x3ff
	cmp	w10, #27
	b.ne	1f
	msr	cntv_ctl_el0, xzr
	isb
1:	cmp	w10, #1023
	b.eq	2f
	str	w9, [x20, #0x10]	// GICC_EOIR
	ldr	x11, [x22]
	add	x11, x11, #1
	str	x11, [x22]
2:	eret

bad:
	mrs	x9, esr_el1
	str	x9, [x21, #PORT_FAIL]
	b	bad

	.ltorg
	.balign 2048
vectors:
	.rept	5
	b	bad
	.balign 128
	.endr
	b	irq			// current EL with SPx: IRQ
	.balign 128
	.rept	10
	b	bad
	.balign 128
	.endr
