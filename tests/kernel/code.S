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

/*
 * call_registers(cap): a Call with four words. Returns 0 if x6-x30 and sp are the same after it,
 * and the four words came back with 1 added to each.
 */
	.global	call_registers
	.type	call_registers, %function
call_registers:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x1, sp
	str	x1, [sp, #96]
	.irp	n, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #100 + \n
	.endr
	mov	x1, #4
	mov	x2, #10
	mov	x3, #20
	mov	x4, #30
	mov	x5, #40
	mov	x7, #-1
	svc	#0
	add	x7, x7, #1
	.irp	n, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	sub	x\n, x\n, #100 + \n
	orr	x7, x7, x\n
	.endr
	sub	x2, x2, #11
	sub	x3, x3, #21
	sub	x4, x4, #31
	sub	x5, x5, #41
	orr	x7, x7, x2
	orr	x7, x7, x3
	orr	x7, x7, x4
	orr	x7, x7, x5
	ldr	x1, [sp, #96]
	mov	x2, sp
	sub	x1, x1, x2
	orr	x0, x7, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.size	call_registers, . - call_registers

/* Calls its argument with one word, 0x77, and then for ever again. Within one page. */
	.balign	64
	.global	foreign_call
	.type	foreign_call, %function
foreign_call:
	mov	x9, x0
1:	mov	x0, x9
	mov	x1, #1
	mov	x2, #0x77
	mov	x6, #0
	mov	x7, #-1
	svc	#0
	b	1b
	.size	foreign_call, . - foreign_call
