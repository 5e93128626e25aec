/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vmm's ELF file inside the manager; process.c loads processes from it. VMM_ELF comes
 * from build.mk.
 */
	.section .rodata.vmm, "a"
	.balign 4096
	.global process_vmm_start, process_vmm_end
process_vmm_start:
	.incbin VMM_ELF
process_vmm_end:
