/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where firmware enters and where the loader leaves: the arm64 Image header (Linux:
 * Documentation/arch/arm64/booting.rst), the first instructions of every core, exception vectors,
 * and the jump into the kernel. Runs anywhere: the image is position independent and relocates itself.
 */
#define IMAGE_FLAGS 0xa		/* little endian, 4 KiB pages, may be placed anywhere in RAM */
#define DAIF_ALL 0xf

/* SCTLR_EL2 with MMU and caches off, RES1 bits set, alignment checked as device memory demands. */
#define SCTLR_EL2_START 0x30c50832
#define HCR_EL2_RW 0x80000000	/* EL1 is AArch64; no traps, no stage 2, no VHE */
#define CPTR_EL2_RES1 0x33ff	/* nothing trapped */
#define R_AARCH64_RELATIVE 1027

	.section .head, "ax"
	.global	loader_start
loader_start:
	b	start
	.long	0
	.quad	0			/* text_offset */
	/* loader.ld puts image_size, with BSS, here: it knows it without a relocation */

	.section .head.flags, "a"
	.quad	IMAGE_FLAGS
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* EL2's state on every core, before its MMU is on; x1 = vectors. */
	.macro	start_el2
	msr	vbar_el2, x1
	ldr	x2, =SCTLR_EL2_START
	msr	sctlr_el2, x2
	mov	x2, #HCR_EL2_RW
	msr	hcr_el2, x2
	mov	x2, #CPTR_EL2_RES1
	msr	cptr_el2, x2
	msr	cntvoff_el2, xzr
	.endm

	.text
/* x0 = physical address of the device tree, MMU off, one core. */
start:
	msr	daifset, #DAIF_ALL
	mov	x19, x0
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	mrs	x20, CurrentEL
	lsr	x20, x20, #2
	cmp	x20, #2
	b.lo	at_el1
	b.hi	at_el3

	start_el2
	b	prepare
at_el1:
	msr	vbar_el1, x1
	b	prepare
at_el3:
	msr	vbar_el3, x1
prepare:
	isb

	/*
	 * Stale cache lines over the BSS could later hide, or overwrite, what is written to memory
	 * with the caches off: drop them first. (Code and data were cleaned by whoever loaded us.)
	 */
	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, loader_end
	add	x1, x1, :lo12:loader_end
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		/* DminLine: log2 of the words in a line */
	mov	x3, #4
	lsl	x2, x3, x2
	mov	x3, x0
1:	dc	ivac, x3
	add	x3, x3, x2
	cmp	x3, x1
	b.lo	1b
	dsb	sy
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b

	/* The image is linked at 0: every relocation adds the address it runs at. */
	adrp	x2, loader_start
	adrp	x0, rela_start
	add	x0, x0, :lo12:rela_start
	adrp	x1, rela_end
	add	x1, x1, :lo12:rela_end
3:	cmp	x0, x1
	b.hs	4f
	ldp	x3, x4, [x0], #16
	ldr	x5, [x0], #8
	cmp	w4, #R_AARCH64_RELATIVE
	b.ne	halt
	add	x5, x5, x2
	str	x5, [x2, x3]
	b	3b

4:	adrp	x1, stack_top
	add	x1, x1, :lo12:stack_top
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x19
	mov	x1, x20
	bl	loader_main

	.global	halt
	.type	halt, %function
halt:
	msr	daifset, #DAIF_ALL
	wfi
	b	halt
	.size	halt, . - halt

/*
 * mmu_start(const struct mmu_registers *): see mmu.h. The tables were written with the caches off,
 * after the lines over them had been dropped, or cleaned to memory: a walk sees them there. No stale
 * instruction or translation may survive.
 */
	.global	mmu_start
	.type	mmu_start, %function
mmu_start:
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x3
	isb
	dsb	sy
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el2, x4
	isb
	ret
	.size	mmu_start, . - mmu_start

/*
 * Where PSCI starts another core: EL2, MMU off, x0 = physical address of its struct core_start
 * (cores.h), which the first core has cleaned to memory.
 */
	.global	core_entry
	.type	core_entry, %function
core_entry:
	msr	daifset, #DAIF_ALL
	mov	x19, x0
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	mrs	x20, CurrentEL
	cmp	x20, #(2 << 2)
	b.ne	halt
	start_el2
	isb
	bl	mmu_start		/* its first member */
	ldp	x0, x1, [x19, #32]
	/* fall through */
	.size	core_entry, . - core_entry

/* enter_kernel(const struct kernel_entry *, core): see kernel_entry.h; does not return. */
	.global	enter_kernel
	.type	enter_kernel, %function
enter_kernel:
	mov	x8, x0
	msr	tpidr_el1, x1
	ldp	x0, x1, [x8]
	ldp	x2, x3, [x8, #16]
	ldp	x4, x5, [x8, #32]
	ldr	x8, [x8, #48]
	isb
	br	x8
	.size	enter_kernel, . - enter_kernel

/* Nothing is expected here: the registers that say why, then one line and the end. */
	.macro	vector
	.balign	0x80
	b	exception
	.endm

	.balign	0x800
vectors:
	.rept	16
	vector
	.endr

exception:
	mrs	x3, CurrentEL
	cmp	x3, #(2 << 2)
	b.ne	halt
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	bl	loader_exception
	b	halt

	.section .bss.stack, "aw", %nobits
	.balign	16
	.space	0x4000
stack_top:
