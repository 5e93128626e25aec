// SPDX-License-Identifier: BSD-2-Clause
/* The linked guest image, for a KVM client (bench/, tests/kvm/) to copy into guest memory. */
	.section .rodata
	.balign 64
	.global guest_blob, guest_blob_end
guest_blob:
	.incbin GUEST_BIN
guest_blob_end:
	.section .note.GNU-stack, "", %progbits
