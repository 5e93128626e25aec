/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code for helper threads that C cannot express: known values in every register, faults at known
 * instructions.
 */
#define FROM_8_TO_30 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
	27, 28, 29, 30
#define TO_30 0, 1, 2, 3, 4, 5, 6, 7, FROM_8_TO_30

	.text

/* Puts 100 + n into xn, then spins on its last instruction, the 32nd. */
	.global	fill_registers
	.type	fill_registers, %function
fill_registers:
	.irp	n, TO_30
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
	.irp	n, 6, FROM_8_TO_30
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
	.irp	n, 6, FROM_8_TO_30
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

/* Waits on its argument, again and again, without a stack. */
	.global	wait_on
	.type	wait_on, %function
wait_on:
	mov	x9, x0
1:	mov	x0, x9
	mov	x7, #-9
	svc	#0
	b	1b
	.size	wait_on, . - wait_on

	.arch_extension fp
	.arch_extension simd

/* Uses a floating-point register with its first instruction. */
	.global	fp_use
	.type	fp_use, %function
fp_use:
	fmov	d0, xzr
	b	fault_survived
	.size	fp_use, . - fp_use

/*
 * fp_worker(seed, turns, result, guest, notification): result becomes 1 if in each turn all 32
 * registers, both halves, and FPCR were after a yield what they were before, else 2.
 */
	.global	fp_worker
	.type	fp_worker, %function
fp_worker:
	mov	x19, x0
	mov	x20, x1
1:
	.irp	n, TO_30, 31
	add	x9, x19, #\n
	fmov	d\n, x9
	add	x9, x9, #64
	ins	v\n\().d[1], x9
	.endr
	and	x9, x19, #0xc00000		// FPCR.RMode
	msr	fpcr, x9
	mov	x7, #-11			// Yield
	cbnz	x3, 2f
	svc	#0
	b	3f
2:	hvc	#0
3:
	.irp	n, TO_30, 31
	add	x9, x19, #\n
	fmov	x10, d\n
	cmp	x9, x10
	b.ne	5f
	add	x9, x9, #64
	umov	x10, v\n\().d[1]
	cmp	x9, x10
	b.ne	5f
	.endr
	and	x9, x19, #0xc00000
	mrs	x10, fpcr
	cmp	x9, x10
	b.ne	5f
	add	x19, x19, #0x123, lsl #12
	add	x19, x19, #1
	subs	x20, x20, #1
	b.ne	1b
	mov	x9, #1
	b	6f
5:	mov	x9, #2
6:	str	x9, [x2]
	mov	x0, x4
	mov	x1, #0
	mov	x7, #-5				// Send
	cbnz	x3, 7f
	svc	#0
	b	.
7:	hvc	#0
	b	.
	.size	fp_worker, . - fp_worker
