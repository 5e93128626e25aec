/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of a vmm process (abi/process.h): the manager enters here with x0 = SELKIE_PROCESS_VA and
 * sp at the top of its stack. Calls main(process) with the IPC buffer known to libsel4.
 */
#define IPC_BUFFER_VA 0x10002000	/* SELKIE_IPC_BUFFER_VA; start.c asserts that they agree */

	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	ldr	x1, =IPC_BUFFER_VA
	adrp	x2, __sel4_ipc_buffer
	str	x1, [x2, :lo12:__sel4_ipc_buffer]
	mov	x29, xzr
	mov	x30, xzr
	bl	main
	bl	abort
	.size	_start, . - _start
