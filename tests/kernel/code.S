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

/* Each starts with the instruction that faults, and ends in fault_survived(value). */
	.global	load_at, store_at, undefined
	.type	load_at, %function
load_at:
	ldr	x0, [x0]
	b	fault_survived
	.size	load_at, . - load_at
	.type	store_at, %function
store_at:
	str	x0, [x0]
	b	fault_survived
	.size	store_at, . - store_at
	.type	undefined, %function
undefined:
	udf	#0
	b	fault_survived
	.size	undefined, . - undefined

/* A system call that does not exist, as its 9th instruction; number in the argument. */
	.global	unknown_syscall
	.type	unknown_syscall, %function
unknown_syscall:
	mov	x7, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6
	mov	x\n, #200 + \n
	.endr
	svc	#0
	b	syscall_survived
	.size	unknown_syscall, . - unknown_syscall
