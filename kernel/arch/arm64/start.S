/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point, as seL4's boot protocol defines it (docs/boot.md): EL2, MMU and caches
 * on with the loader's tables, x0 to x5 describing the root task's image and the device tree, which
 * are passed on to C as they are. BSS has been cleared by the loader. With several cores, all come
 * here, and TPIDR_EL1 says which this is.
 */
#include "config.h"

	.section .text.entry, "ax"
	.global	_start
_start:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x9, vector_table
	add	x9, x9, :lo12:vector_table
	msr	vbar_el2, x9
#if CONFIG_SMP
	mrs	x10, tpidr_el1
	adrp	x9, core_blocks + CONFIG_KERNEL_STACK_SIZE
	add	x9, x9, :lo12:core_blocks + CONFIG_KERNEL_STACK_SIZE
	mov	x11, #CONFIG_CORE_BLOCK_SIZE
	madd	x9, x10, x11, x9
#else
	adrp	x9, kernel_stack_top
	add	x9, x9, :lo12:kernel_stack_top
#endif
	msr	tpidr_el2, x9
	mov	sp, x9
	isb
	mov	x29, xzr
	mov	x30, xzr
#if CONFIG_SMP
	cbnz	x10, 1f
#endif
	bl	boot_main
	b	user_exit
#if CONFIG_SMP
1:	bl	smp_boot_secondary
	b	user_exit
#else

	.section .bss.stack, "aw", %nobits
	.balign	16
	.space	CONFIG_KERNEL_STACK_SIZE
kernel_stack_top:
#endif
