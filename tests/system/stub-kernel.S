/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for the kernel that reports what the loader hands over: one line with x0-x5, EL, the
 * first word of the root task and of the device tree, and of its own BSS, and which cores came here
 * with the same x0-x3. Linked at several addresses (build.mk) to show that the loader takes them
 * from the ELF file.
 */
#define UART 0x09000000		/* mapped identically by the loader */
#define CORES 4
#define PATIENCE 20000000	/* counter ticks that the first core gives the others */

	.section .text.start, "ax"
	.global	_start
_start:
	mrs	x19, tpidr_el1
	adrp	x20, arrived
	add	x20, x20, :lo12:arrived
	add	x20, x20, x19, lsl #5
	stp	x0, x1, [x20]
	stp	x2, x3, [x20, #16]
	cbnz	x19, 2f
	adrp	x20, saved
	add	x20, x20, :lo12:saved
	adrp	x21, bss_word
	ldr	x21, [x21, :lo12:bss_word]
	adrp	x22, stack_top
	add	x22, x22, :lo12:stack_top
	mov	sp, x22
	stp	x0, x1, [x20]
	stp	x2, x3, [x20, #16]
	stp	x4, x5, [x20, #32]
	mrs	x22, CurrentEL
	stp	x22, x21, [x20, #48]
	ldr	x22, [x0]		/* identity-mapped, physical */
	ldr	w23, [x4]
	stp	x22, x23, [x20, #64]
	bl	count_cores
	str	x0, [x20, #80]
	adr	x0, greeting
	bl	put_text
	mov	x24, #11
1:	ldr	x0, [x20], #8
	bl	put_hex
	subs	x24, x24, #1
	b.ne	1b
	adr	x0, farewell
	bl	put_text
2:	wfi
	b	2b

/* A bit for each core that stored the same as this one did; after some patience. */
count_cores:
	mrs	x1, cntpct_el0
	ldr	x2, =PATIENCE
	add	x1, x1, x2
1:	mrs	x2, cntpct_el0
	cmp	x2, x1
	b.lo	1b
	adrp	x1, arrived
	add	x1, x1, :lo12:arrived
	mov	x0, #0
	mov	x2, #0
2:	add	x3, x1, x2, lsl #5
	ldp	x4, x5, [x3]
	ldp	x6, x7, [x1]
	cmp	x4, x6
	ccmp	x5, x7, #0, eq
	ldp	x4, x5, [x3, #16]
	ldp	x6, x7, [x1, #16]
	ccmp	x4, x6, #0, eq
	ccmp	x5, x7, #0, eq
	cset	x4, eq
	lsl	x4, x4, x2
	orr	x0, x0, x4
	add	x2, x2, #1
	cmp	x2, #CORES
	b.ne	2b
	ret

put_text:
	ldr	x2, =UART
1:	ldrb	w1, [x0], #1
	cbz	w1, 2f
	str	w1, [x2]
	b	1b
2:	ret

put_hex:
	ldr	x2, =UART
	mov	w1, #' '
	str	w1, [x2]
	mov	x3, #60
1:	lsr	x1, x0, x3
	and	x1, x1, #15
	cmp	x1, #10
	add	x4, x1, #'0'
	add	x1, x1, #('a' - 10)
	csel	x1, x4, x1, lo
	str	w1, [x2]
	subs	x3, x3, #4
	b.ge	1b
	ret

greeting:
	.asciz	"stub kernel:"
farewell:
	.asciz	"\r\n"
	.balign	8

	.section .data, "aw"
	.balign	16
saved:	.space	88

	.section .bss, "aw", %nobits
	.balign	64
arrived:
	.space	CORES * 32
bss_word:
	.space	0x4000
stack_top:
