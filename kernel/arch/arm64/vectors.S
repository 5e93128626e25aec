/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry and exit of the kernel: the EL2 vector table, and the way back to a thread. While a thread
 * runs, SP_EL2 holds the address of its TCB, whose first member is its context, and TPIDR_EL2 the
 * top of this core's kernel stack, so a trap needs no scratch register. The C handlers are called
 * with the TCB in x0 and return the TCB to run in x0 (entry.h); the stack is empty in between.
 */
#include "config.h"
#include "context.h"

#define EC_SVC64	0x15
#define EC_HVC64	0x16
#define ESR_EC_SHIFT	26

#define LOCK_OWNER	4	/* struct kernel_lock, smp.c */

#if CONFIG_SMP
#define ENTRY_IRQ smp_irq
#else
#define ENTRY_IRQ entry_irq
#endif

/* Vectors that nothing may ever take pass their number on, for the last message. */
.macro vector_fatal number
	.balign 0x80
	mov	x0, #\number
	b	fatal
.endm

.macro vector target
	.balign 0x80
	b	\target
.endm

/* Afterwards: x0 TCB, x9 ELR, SP kernel stack; x1 to x7 are still the thread's. */
.macro save_context
	stp	x0, x1, [sp, #16 * 0]
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x16, x17, [sp, #16 * 8]
	stp	x18, x19, [sp, #16 * 9]
	stp	x20, x21, [sp, #16 * 10]
	stp	x22, x23, [sp, #16 * 11]
	stp	x24, x25, [sp, #16 * 12]
	stp	x26, x27, [sp, #16 * 13]
	stp	x28, x29, [sp, #16 * 14]
	mrs	x8, sp_el0
	mrs	x9, elr_el2
	mrs	x10, spsr_el2
	mov	x0, sp
	mrs	x13, tpidr_el2
	stp	x30, x8, [x0, #CONTEXT_X30]
	stp	x9, x10, [x0, #CONTEXT_ELR]
	mov	sp, x13
.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.global	vector_table
vector_table:
	/* From EL2 with SP_EL0: never selected. */
	vector_fatal 0
	vector_fatal 1
	vector_fatal 2
	vector_fatal 3
	/* From EL2: an interrupt out of the idle loop; anything else is a kernel bug. */
	vector_fatal 4
	vector	irq_from_idle
	vector_fatal 6
	vector_fatal 7
	/* From EL0 or EL1 in AArch64 state. */
	vector	sync_from_user
	vector	irq_from_user
	vector_fatal 10
	vector_fatal 11
	/* AArch32 is never entered: every SPSR says AArch64. */
	vector_fatal 12
	vector_fatal 13
	vector_fatal 14
	vector_fatal 15

	.balign	64
sync_from_user:
	save_context
#if CONFIG_SMP
	mrs	x1, esr_el2
	adr	x30, user_exit
	b	smp_sync
#else
	mrs	x10, esr_el2
	lsr	x11, x10, #ESR_EC_SHIFT
	sub	x12, x9, #4
	adr	x30, user_exit
	cmp	x11, #EC_SVC64
	ccmp	x11, #EC_HVC64, #4, ne
	b.ne	1f

	/* System call: it restarts at the call and continues after it. */
	str	x12, [x0, #CONTEXT_FAULT_PC]
	cmn	x7, #1			/* SYS_CALL */
	b.eq	fastpath_call
	cmn	x7, #2			/* SYS_REPLY_RECV */
	b.eq	fastpath_reply_recv
	mov	x1, x7
	b	entry_syscall

1:	str	x9, [x0, #CONTEXT_FAULT_PC]
	mov	x1, x10
	b	trap_sync
#endif

	.balign	64
irq_from_user:
	save_context
	str	x9, [x0, #CONTEXT_FAULT_PC]
	adr	x30, user_exit
	b	ENTRY_IRQ

/* The idle loop has no state: start over on an empty stack. */
irq_from_idle:
	mov	x0, sp
	mrs	x13, tpidr_el2
	mov	sp, x13
	bl	ENTRY_IRQ
	/* fall through */

	.balign	64
	.global	user_exit
user_exit:
#if CONFIG_SMP
	/*
	 * The lock goes to the next core; waiters watch the word that is stored to (smp.c). An
	 * interrupt from there is taken behind the eret, with the thread's registers complete.
	 */
	adrp	x9, kernel_lock
	add	x9, x9, :lo12:kernel_lock
	ldr	w10, [x9, #LOCK_OWNER]
	add	x9, x9, #LOCK_OWNER
	add	w10, w10, #1
	stlr	w10, [x9]
#endif
	ldp	x9, x10, [x0, #CONTEXT_ELR]
	ldp	x30, x8, [x0, #CONTEXT_X30]
	msr	elr_el2, x9
	msr	spsr_el2, x10
	msr	sp_el0, x8
	mov	sp, x0
	ldp	x2, x3, [sp, #16 * 1]
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldp	x8, x9, [sp, #16 * 4]
	ldp	x10, x11, [sp, #16 * 5]
	ldp	x12, x13, [sp, #16 * 6]
	ldp	x14, x15, [sp, #16 * 7]
	ldp	x16, x17, [sp, #16 * 8]
	ldp	x18, x19, [sp, #16 * 9]
	ldp	x20, x21, [sp, #16 * 10]
	ldp	x22, x23, [sp, #16 * 11]
	ldp	x24, x25, [sp, #16 * 12]
	ldp	x26, x27, [sp, #16 * 13]
	ldp	x28, x29, [sp, #16 * 14]
	ldp	x0, x1, [sp, #16 * 0]
	eret

/* The idle thread's code, at EL2 with interrupts open. */
	.global	idle_loop
idle_loop:
	wfi
	b	idle_loop

fatal:
	mrs	x13, tpidr_el2
	mov	sp, x13
	bl	trap_fatal
