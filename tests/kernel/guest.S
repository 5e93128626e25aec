/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests for the VCPU tests, all in one page: straight-line code at its beginning, then exception
 * vectors at 0x800. They run at EL1 with the MMU off; registers are set and looked at from outside.
 * An hvc whose x7 is no system call is how a guest hands over.
 */
	.arch_extension fp
	.text
	.balign	4096
	.global	guest_page
guest_page:

	.macro	entry name
	.global	\name
\name:
	.endm

	entry	guest_hvc
	hvc	#0
	b	guest_hvc

	entry	guest_smc
	smc	#0
	hvc	#0

	entry	guest_wfi
	wfi
	hvc	#0

	entry	guest_wfe
	wfe
	hvc	#0

	entry	guest_load
	ldr	x0, [x1]
	hvc	#0

	entry	guest_store
	str	w0, [x1]
	hvc	#0

	entry	guest_jump
	br	x1

	entry	guest_svc
	svc	#0
	hvc	#0

	entry	guest_spin
	add	x0, x0, #1
	b	guest_spin

	entry	guest_timer		// x0 = deadline
	msr	cntv_cval_el0, x0
	mov	x1, #1
	msr	cntv_ctl_el0, x1
	isb
	b	guest_spin

	entry	guest_interrupts	// x10 = GICV
	mov	w0, #0xff
	str	w0, [x10, #4]		// GICC_PMR
	mov	w0, #1
	str	w0, [x10]		// GICC_CTLR
	msr	daifclr, #2
	isb
	b	guest_spin

	entry	guest_fp		// x0 into d0, hand over, d0 into x1
	fmov	d0, x0
	hvc	#0
	fmov	x1, d0
	hvc	#0

	/* In the order of seL4_VCPUReg, for those that EL1 can reach. */
	.macro	for_each_sysreg what
	\what	0, sctlr_el1
	\what	1, cpacr_el1
	\what	2, ttbr0_el1
	\what	3, ttbr1_el1
	\what	4, tcr_el1
	\what	5, mair_el1
	\what	6, amair_el1
	\what	7, contextidr_el1
	\what	8, actlr_el1
	\what	9, afsr0_el1
	\what	10, afsr1_el1
	\what	11, esr_el1
	\what	12, far_el1
	\what	13, par_el1
	\what	14, vbar_el1
	\what	15, tpidr_el1
	\what	16, mpidr_el1
	\what	18, elr_el1
	\what	19, spsr_el1
	\what	20, cntv_ctl_el0
	\what	21, cntv_cval_el0
	\what	23, cntkctl_el1
	.endm

	.macro	sysreg_save n, reg
	mrs	x0, \reg
	str	x0, [x1, #\n * 8]
	.endm

	.macro	sysreg_load n, reg
	.ifnc	\reg, mpidr_el1
	ldr	x0, [x1, #\n * 8]
	msr	\reg, x0
	.endif
	.endm

	entry	guest_save_sysregs	// x1 = where to
	for_each_sysreg sysreg_save
	mov	x0, sp
	str	x0, [x1, #17 * 8]
	hvc	#0

	entry	guest_load_sysregs	// x1 = where from
	for_each_sysreg sysreg_load
	ldr	x0, [x1, #17 * 8]
	mov	sp, x0
	hvc	#0

/* EL1 with its own stack: synchronous exceptions and interrupts. Arm ARM D1.3.1.5. */
	.org	guest_page + 0x800 + 0x200
	.global	guest_vector_sync
guest_vector_sync:
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	hvc	#0
	eret

	.org	guest_page + 0x800 + 0x280
	.global	guest_vector_irq
guest_vector_irq:
	ldr	w1, [x10, #0xc]		// GICC_IAR
	hvc	#0
	str	w1, [x10, #0x10]	// GICC_EOIR
	eret

	.org	guest_page + 4096
