/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The little of KVM's API that the micro rows need. Every function ends the program with a message
 * when the kernel refuses: a benchmark has nothing sensible to do then.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kvm_run;

#define VM_VCPU_MAX 2

struct vm {
	int kvm;
	int fd;
	int vcpu_count;
	int vcpu[VM_VCPU_MAX];
	struct kvm_run *run[VM_VCPU_MAX];
	size_t run_size;
	uint8_t *ram; /* GUEST_RAM_SIZE bytes at GUEST_RAM */
};

/* A VM with RAM that holds the guest blob, a GICv2 and vCPUs about to enter it in that row. */
void vm_create(struct vm *vm, int vcpu_count, int row, uint64_t operations);
void vm_destroy(struct vm *vm);

/* eventfd that the guest's 4-byte write to this port signals. */
int vm_ioeventfd(struct vm *vm, uint64_t port);
/* eventfd that raises this SPI. */
int vm_irqfd(struct vm *vm, uint32_t gsi);

/* KVM_RUN until an exit to user space that is an MMIO access. Returns its kvm_run. */
struct kvm_run *vm_run(struct vm *vm, int vcpu);

void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...);
