/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point, as seL4's boot protocol defines it (sel4-abi.md): EL2, MMU and caches
 * on with the loader's tables, x0 to x5 describing the root task's image and the device tree, which
 * are passed on to C as they are. BSS has been cleared by the loader.
 */
#include "config.h"

#define KERNEL_STACK_SIZE 8192

	.section .text.entry, "ax"
	.global	_start
_start:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x9, vector_table
	add	x9, x9, :lo12:vector_table
	msr	vbar_el2, x9
	adrp	x9, kernel_stack_top
	add	x9, x9, :lo12:kernel_stack_top
	msr	tpidr_el2, x9
	mov	sp, x9
	isb
	mov	x29, xzr
	mov	x30, xzr
	bl	boot_main
	b	user_exit

	.section .bss.stack, "aw", %nobits
	.balign	16
	.space	KERNEL_STACK_SIZE
kernel_stack_top:
