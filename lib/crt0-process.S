/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of a vmm process (abi/process.h): the manager enters here with x0 = SELKIE_PROCESS_VA and
 * sp at the top of its stack, where the IPC buffer begins. Calls main(process) with the buffer known
 * to libsel4.
 */
	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	mov	x3, sp
	adrp	x2, __sel4_ipc_buffer
	str	x3, [x2, :lo12:__sel4_ipc_buffer]
	mov	x29, xzr
	mov	x30, xzr
	bl	main
	bl	abort
	.size	_start, . - _start
