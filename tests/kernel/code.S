/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code for helper threads that C cannot express: known values in every register, faults at known
 * instructions.
 */
	.text

/* Puts 100 + n into xn, then spins on its last instruction, the 32nd. */
	.global	fill_registers
	.type	fill_registers, %function
fill_registers:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #100 + \n
	.endr
1:	b	1b
	.size	fill_registers, . - fill_registers
