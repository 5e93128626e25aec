/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of a root task: the kernel enters here with x0 = address of the BootInfo and no stack.
 * Calls main(bootinfo) with the IPC buffer known to libsel4; a root task never returns.
 */
#define BOOTINFO_IPC_BUFFER 32	/* offset of seL4_BootInfo.ipcBuffer */
#define STACK_SIZE 0x10000

	/* The image's lowest pages (native.ld), so that an overflow faults. */
	.section .stack, "aw", %nobits
	.balign	16
	.space	STACK_SIZE
root_stack_top:

	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	adrp	x1, root_stack_top
	add	x1, x1, :lo12:root_stack_top
	mov	sp, x1
	ldr	x1, [x0, #BOOTINFO_IPC_BUFFER]
	adrp	x2, __sel4_ipc_buffer
	str	x1, [x2, :lo12:__sel4_ipc_buffer]
	mov	x29, xzr
	mov	x30, xzr
	bl	main
	bl	abort
	.size	_start, . - _start
