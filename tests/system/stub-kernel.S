/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for the kernel that reports what the loader hands over: one line with x0-x5, EL, the
 * first word of the root task and of the device tree, and of its own BSS. Linked at several
 * addresses (build.mk) to show that the loader takes them from the ELF file.
 */
#define UART 0x09000000		/* mapped identically by the loader */

	.section .text.start, "ax"
	.global	_start
_start:
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
	adr	x0, greeting
	bl	put_text
	mov	x24, #10
1:	ldr	x0, [x20], #8
	bl	put_hex
	subs	x24, x24, #1
	b.ne	1b
	adr	x0, farewell
	bl	put_text
2:	wfi
	b	2b

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
saved:	.space	80

	.section .bss, "aw", %nobits
	.balign	16
bss_word:
	.space	0x4000
stack_top:
