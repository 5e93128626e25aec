/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of a vmm's thread (abi/process.h): the manager enters here with x0 = SELKIE_PROCESS_VA, x1 =
 * the core and sp at the top of the stack, where the IPC buffer begins. Calls main(process, core) with
 * the buffer known to libsel4: where there are several threads the pointer is thread-local, and the
 * thread's block of such variables is cut off the stack.
 */
#define TLS_SIZE 32	/* two words that belong to the thread pointer, then the pointer */

	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	mov	x3, sp
#ifdef CONFIG_LIB_SEL4_USE_THREAD_LOCALS
	sub	sp, sp, #TLS_SIZE
	mov	x2, sp
	msr	tpidr_el0, x2
	add	x2, x2, #:tprel_hi12:__sel4_ipc_buffer
	str	x3, [x2, #:tprel_lo12_nc:__sel4_ipc_buffer]
#else
	adrp	x2, __sel4_ipc_buffer
	str	x3, [x2, :lo12:__sel4_ipc_buffer]
#endif
	mov	x29, xzr
	mov	x30, xzr
	bl	main
	bl	abort
	.size	_start, . - _start
