// SPDX-License-Identifier: BSD-2-Clause
/*
 * The test guest: EL1 code with the MMU off, linked at GUEST_RAM. Entered with x0 = program
 * (port.h), x1, x2 = its arguments, by the client or, with a program's number as context, by PSCI
 * CPU_ON. A program ends by writing its result to PORT_DONE.
 *
 * What always holds: x19 = GICD, x20 = GICC, x21 = ports, x22 = record, x24, x25 = arguments, x27 =
 * this vCPU. An exception is recorded and execution goes on at x18, or behind the instruction if
 * x18 is zero; no register is lost by it but TPIDR_EL1 and TPIDRRO_EL0.
 */
#include "port.h"

	.text
	.global guest_start
guest_start:
	mov	x26, x0
	mov	x24, x1
	mov	x25, x2
	mrs	x27, mpidr_el1
	and	x27, x27, #0xff
	ldr	x19, =GUEST_GICD
	ldr	x20, =GUEST_GICC
	ldr	x21, =GUEST_PORTS
	ldr	x22, =GUEST_RECORD
	mov	x18, #0
	adr	x9, vectors
	msr	vbar_el1, x9
	isb
	cmp	x26, #PROGRAM_COUNT
	b.hs	done
	adr	x9, programs
	ldrsw	x10, [x9, x26, lsl #2]
	add	x9, x9, x10
	br	x9
programs:
	.word	done - programs
	.word	fetch - programs
	.word	undefined - programs
	.word	load - programs
	.word	store - programs
	.word	load_pair - programs
	.word	store_pair - programs
	.word	flood - programs
	.word	gic_wild - programs
	.word	hypercall - programs
	.word	monitor_call - programs
	.word	wait_interrupt - programs
	.word	wait_event - programs
	.word	spin - programs
	.word	timer - programs
	.word	set_way - programs
	.word	registers - programs
	.word	modify - programs
	.word	storm - programs
	.word	bad_vectors - programs
	.word	tables - programs
	.word	walk - programs
	.word	interrupts - programs
	.word	both_timers - programs
	.word	sizes - programs
	.word	call - programs
	.word	gic_random - programs

done:
	str	x24, [x21, #PORT_DONE]
	b	done

fetch:
	adr	x18, done
	br	x24

undefined:
	udf	#0
	udf	#0xffff
	hlt	#0
	mrs	x9, S3_7_C15_C15_7
	mrs	x9, S3_4_C12_C0_0	// VBAR_EL2
	b	done

load:
	ldr	x9, [x24]
	str	x9, [x22, #RECORD_VALUES]
	b	done

store:
	str	x25, [x24]
	b	done

load_pair:
	ldp	x9, x10, [x24]
	stp	x9, x10, [x22, #RECORD_VALUES]
	b	done

store_pair:
	stp	x25, x25, [x24]
	b	done

flood:
	str	w24, [x21, #PORT_DOORBELL]
	subs	x24, x24, #1
	b.ne	flood
	b	done

	// Every offset of a frame with one access size; x13 = frame, x14 = its end.
	.macro	sweep load, store, register, step, first
	add	x15, x13, #\first
1:	cbnz	x25, 2f
	\load	\register\()9, [x15]
	b	3f
2:	mov	x9, x25
	\store	\register\()9, [x15]
3:	add	x15, x15, #\step
	cmp	x15, x14
	b.lo	1b
	.endm

gic_wild:
	mov	x13, x19
	add	x14, x13, #0xff8
	cbz	x24, 4f
	mov	x13, x20
	add	x14, x13, #0x1000
	add	x14, x14, #0xff8
4:	sweep	ldrb, strb, w, 1, 0
	sweep	ldrh, strh, w, 2, 0
	sweep	ldr, str, w, 4, 0
	sweep	ldr, str, x, 8, 0
	sweep	ldr, str, w, 12, 1	// misaligned
	sweep	ldrh, strh, w, 14, 3
	b	done

	// x0..x17 from values 0..17, the call, x0..x17 to values 32..49.
	.macro	around call
	add	x28, x22, #RECORD_VALUES
	ldp	x0, x1, [x28]
	ldp	x2, x3, [x28, #16]
	ldp	x4, x5, [x28, #32]
	ldp	x6, x7, [x28, #48]
	ldp	x8, x9, [x28, #64]
	ldp	x10, x11, [x28, #80]
	ldp	x12, x13, [x28, #96]
	ldp	x14, x15, [x28, #112]
	ldp	x16, x17, [x28, #128]
	\call	#0
	stp	x0, x1, [x28, #256]
	stp	x2, x3, [x28, #272]
	stp	x4, x5, [x28, #288]
	stp	x6, x7, [x28, #304]
	stp	x8, x9, [x28, #320]
	stp	x10, x11, [x28, #336]
	stp	x12, x13, [x28, #352]
	stp	x14, x15, [x28, #368]
	stp	x16, x17, [x28, #384]
	b	done
	.endm

	// A linear congruential generator (Knuth's multiplier): x15 = its high bits decide offset, frame
	// and kind of access. Everything is switched on again every 64 accesses.
gic_random:
	bl	gic_start
	ldr	x13, =6364136223846793005
	mov	x14, x25
1:	madd	x14, x14, x13, x13
	lsr	x15, x14, #33
	ror	x16, x14, #21		// the value to write
	and	x17, x15, #0xffc
	tst	x15, #0x7000
	csel	x11, x20, x19, eq	// one in eight: the CPU interface
	add	x17, x17, x11
	tbz	x15, #15, 2f
	tbz	x15, #16, 3f
	str	w16, [x17]
	b	4f
2:	ldr	w11, [x17]
	b	4f
3:	strb	w16, [x17, #1]
4:	sub	x24, x24, #1
	tst	x24, #63
	b.ne	1b
	bl	gic_start
	cbnz	x24, 1b
	msr	daifset, #2
	b	done

hypercall:
	around	hvc
monitor_call:
	around	smc

wait_interrupt:
	wfi
	b	done

wait_event:
	wfe
	subs	x24, x24, #1
	b.ne	wait_event
	b	done

spin:
	b	spin

	// With argument 0 the count wraps: for ever.
timer:
	mov	x9, #3			// enabled, masked
	mov	x10, #-1
1:	msr	cntp_ctl_el0, xzr
	msr	cntp_cval_el0, x10
	msr	cntp_ctl_el0, x9
	isb
	subs	x24, x24, #1
	b.ne	1b
	msr	cntp_ctl_el0, xzr
	b	done

set_way:
	mov	x9, #0x1000
1:	sub	x9, x9, #64
	dc	csw, x9
	dc	cisw, x9
	cbnz	x9, 1b
	dc	civac, x22
	dc	ivac, x22
	dc	cvau, x22
	ic	iallu
	ic	ialluis
	tlbi	vmalle1
	tlbi	alle1is			// EL2's: undefined here
	dsb	sy
	isb
	b	done

	.macro	read register
	mrs	x9, \register
	.endm
registers:
	read	S3_3_C9_C12_0		// PMCR_EL0
	read	S3_3_C9_C13_0		// PMCCNTR_EL0
	read	S3_3_C14_C8_0		// PMEVCNTR0_EL0
	read	S2_0_C0_C2_2		// MDSCR_EL1
	read	S2_0_C1_C1_4		// OSLSR_EL1
	read	S2_0_C1_C0_0		// MDRAR_EL1
	read	S2_0_C0_C0_4		// DBGBVR0_EL1
	read	S2_3_C0_C5_0		// DBGDTRRX_EL0
	read	S3_0_C1_C0_1		// ACTLR_EL1
	read	S3_0_C0_C0_0		// MIDR_EL1
	read	S3_0_C0_C4_0		// ID_AA64PFR0_EL1
	read	S3_0_C0_C5_0		// ID_AA64DFR0_EL1
	read	S3_0_C12_C12_5		// ICC_SRE_EL1
	read	S3_0_C12_C12_0		// ICC_IAR1_EL1
	read	S3_1_C11_C0_2		// L2CTLR_EL1
	read	S3_1_C15_C2_0		// CPUACTLR_EL1
	read	S3_3_C14_C0_1		// CNTPCT_EL0
	read	S3_3_C14_C2_1		// CNTP_CTL_EL0
	read	S3_0_C1_C2_0		// ZCR_EL1
	read	S3_0_C2_C1_0		// APIAKeyLo_EL1
	read	S3_0_C10_C4_7		// LORID_EL1
	read	S3_0_C5_C3_0		// ERRIDR_EL1
	read	S3_3_C2_C4_0		// RNDR
	read	S3_4_C14_C1_0		// CNTHCTL_EL2
	read	S3_6_C1_C1_0		// SCR_EL3
	msr	S2_0_C1_C0_4, xzr	// OSLAR_EL1
	msr	S2_0_C0_C2_2, xzr	// MDSCR_EL1
	msr	S3_3_C9_C12_0, xzr	// PMCR_EL0
	msr	S3_0_C12_C12_5, xzr	// ICC_SRE_EL1
	msr	S3_0_C12_C11_5, xzr	// ICC_SGI1R_EL1
	mov	x9, #3 << 20		// FP/SIMD on
	msr	cpacr_el1, x9
	isb
	fmov	d0, xzr
	b	done

	// "mov w0, #n; ret" at GUEST_SCRATCH, n = argument 0 down to 1; the result is their sum.
modify:
	ldr	x13, =GUEST_SCRATCH
	ldr	w14, =0x52800000	// movz w0, #0
	ldr	w15, =0xd65f03c0	// ret
	mov	x16, #0
1:	orr	w9, w14, w24, lsl #5
	str	w9, [x13]
	str	w15, [x13, #4]
	dc	cvau, x13
	dsb	sy
	ic	ivau, x13
	dsb	sy
	isb
	blr	x13
	add	x16, x16, x0
	subs	x24, x24, #1
	b.ne	1b
	mov	x24, x16
	b	done

	// Distributor, CPU interface and all interrupts on, SPIs to this vCPU; IRQs unmasked.
gic_start:
	mov	w9, #1
	str	w9, [x19]
	mov	w9, #0xf0
	str	w9, [x20, #4]
	mov	w9, #1
	str	w9, [x20]
	mov	w9, #-1
	str	w9, [x19, #0x100]
	str	w9, [x19, #0x104]
	mov	w9, #0x01010101
	mov	x10, #0x820
1:	str	w9, [x19, x10]
	add	x10, x10, #4
	cmp	x10, #0x840
	b.lo	1b
	isb
	msr	daifclr, #2
	ret

storm:
	bl	gic_start
	add	x13, x22, #RECORD_INTERRUPTS
	mov	w14, #0x10000
	eor	x15, x27, #1
	lsl	w14, w14, w15		// the other's bit in the target list, SGI 0
1:	str	w14, [x19, #0xf00]
	wfe
	ldr	x9, [x13]
	ldr	x10, [x13, #8]
	cmp	x9, x24
	ccmp	x10, x24, #0, hs
	b.lo	1b
	msr	daifset, #2
	b	done

bad_vectors:
	ldr	x9, =GUEST_HOLE
	msr	vbar_el1, x9
	isb
	udf	#0

tables:
	mov	x9, #0xff		// attribute 0: normal, write-back
	msr	mair_el1, x9
	// T0SZ 25, 4 KiB pages, inner shareable, cacheable; TTBR1 off; 40 bits
	ldr	x9, =0x280803519
	msr	tcr_el1, x9
	msr	ttbr0_el1, x24
	tlbi	vmalle1
	dsb	sy
	isb
	mrs	x9, sctlr_el1
	orr	x9, x9, #1
	msr	sctlr_el1, x9
	isb
	b	done

walk:
	mov	x13, #0
1:	add	x9, x24, x13, lsl #12
	str	x13, [x9]
	add	x13, x13, #1
	cmp	x13, x25
	b.lo	1b
	b	done

	// IRQs are masked around the test, so that none slips between test and WFI.
interrupts:
	bl	gic_start
	add	x13, x22, #RECORD_INTERRUPTS
	mov	x9, #1
	str	x9, [x22, #RECORD_STAGE]
	str	x9, [x21, #PORT_DOORBELL]
1:	msr	daifset, #2
	ldr	x14, [x13, x27, lsl #3]
	cmp	x14, x24
	b.hs	done
	wfi
	msr	daifclr, #2
	isb
	b	1b

both_timers:
	mov	x9, #1
	msr	cntp_cval_el0, xzr
	msr	cntp_ctl_el0, x9
	mov	x10, #1000
	msr	cntv_tval_el0, x10
	msr	cntv_ctl_el0, x9
	isb
1:	mrs	x10, cntv_ctl_el0
	tbz	x10, #2, 1b
	msr	cntv_ctl_el0, xzr
	b	done			// CNTP stays on, and expired

	.macro	sized load, register, slot
	\load	\register\()9, [x13]
	str	x9, [x22, #RECORD_VALUES + 8 * \slot]
	.endm
sizes:
	add	x13, x21, #PORT_READ
	sized	ldrb, w, 0
	sized	ldrsb, w, 1
	sized	ldrsb, x, 2
	sized	ldrh, w, 3
	sized	ldrsh, w, 4
	sized	ldrsh, x, 5
	sized	ldr, w, 6
	sized	ldrsw, x, 7
	sized	ldr, x, 8
	ldr	xzr, [x13]
	b	done

call:
	mov	x0, x24
	mov	x1, x25
	hvc	#0
	mov	x24, x0
	b	done

irq:
	msr	tpidr_el1, x9
	msr	tpidrro_el0, x10
	ldr	w9, [x20, #0xc]		// GICC_IAR
	and	w10, w9, #0x3ff
	cmp	w10, #1020
	b.hs	1f
	str	w9, [x20, #0x10]	// GICC_EOIR
	add	x10, x22, #RECORD_INTERRUPTS
	add	x10, x10, x27, lsl #3
	ldr	x9, [x10]
	add	x9, x9, #1
	str	x9, [x10]
1:	mrs	x9, tpidr_el1
	mrs	x10, tpidrro_el0
	eret

exception:
	msr	tpidr_el1, x9
	msr	tpidrro_el0, x10
	ldr	x9, [x22, #RECORD_EXCEPTIONS]
	add	x9, x9, #1
	str	x9, [x22, #RECORD_EXCEPTIONS]
	mrs	x9, esr_el1
	str	x9, [x22, #RECORD_ESR]
	lsr	x9, x9, #26
	mov	x10, #1
	lsl	x9, x10, x9
	ldr	x10, [x22, #RECORD_CLASSES]
	orr	x9, x9, x10
	str	x9, [x22, #RECORD_CLASSES]
	mrs	x9, far_el1
	str	x9, [x22, #RECORD_FAR]
	mrs	x9, elr_el1
	str	x9, [x22, #RECORD_ELR]
	add	x9, x9, #4
	cmp	x18, #0
	csel	x9, x9, x18, eq
	msr	elr_el1, x9
	mrs	x9, tpidr_el1
	mrs	x10, tpidrro_el0
	eret

	.ltorg
	.balign 2048
vectors:
	.rept	4
	b	exception
	.balign 128
	.endr
	b	exception		// current EL with SPx: synchronous
	.balign 128
	b	irq
	.balign 128
	.rept	10
	b	exception
	.balign 128
	.endr
