/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A KVM client for tests: thin calls that return -errno, and a VM put together from parts. Runs
 * unchanged on Linux KVM and on Selkie.
 */
#pragma once

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"

#define VCPU_MAX	  8
#define RAM_SIZE	  0x200000ul
#define BAD_POINTER	  ((void *)0x1000ul) /* never mapped: below vm.mmap_min_addr */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define CORE_REG(field) \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

struct vm {
	int kvm;
	int fd;
	int gic; /* -1: none */
	int vcpu[VCPU_MAX];
	struct kvm_run *run[VCPU_MAX];
	size_t run_size;
	uint8_t *ram; /* RAM_SIZE bytes at GUEST_RAM, or NULL */
};

/* ioctl: its result, or -errno. */
int call(int fd, unsigned long request, const void *arg);
#define CALL_VALUE(fd, request, value) call(fd, request, (const void *)(uintptr_t)(value))

/* Each of these ends the test if it fails: the checks are about something else. */
void vm_open(struct vm *vm);		 /* /dev/kvm and a VM */
void vm_add_ram(struct vm *vm);		 /* slot 0, with the guest image in it */
void vm_add_vcpu(struct vm *vm, int id); /* with its run page; not initialised */
void vm_init_vcpu(struct vm *vm, int id, uint32_t features); /* beside PSCI 0.2 */
void vm_add_gic(struct vm *vm);				     /* not initialised, addresses set */
void vm_start_gic(struct vm *vm);			     /* initialises it */
/* RAM, GIC, and that many vCPUs, all but the first powered off. */
void vm_make(struct vm *vm, int vcpu_count);
void vm_close(struct vm *vm);

/* Have vCPU id enter a guest program (enum guest_program) at its next run. */
void vm_enter(struct vm *vm, int id, unsigned int program, uint64_t arg0, uint64_t arg1);
/* KVM_RUN once: 0 or -errno. */
int vm_run(struct vm *vm, int id);
/* SIGALRM after that many milliseconds and then on, to end a KVM_RUN; 0: no more. */
void run_alarm(unsigned int ms);

/* What the guest has written to memory, see port.h. */
struct guest_record *vm_record(const struct vm *vm);

int slot_set(int vm_fd, uint32_t slot, uint32_t flags, uint64_t ipa, uint64_t size,
	     const void *hva);
int reg_get(int vcpu, uint64_t id, void *value);
int reg_set(int vcpu, uint64_t id, const void *value);
int attr_set(int device, uint32_t group, uint64_t attr, const void *value);
int attr_get(int device, uint32_t group, uint64_t attr, void *value);
int attr_has(int device, uint32_t group, uint64_t attr);

/* Anonymous private memory, aligned to 2 MiB. */
void *memory_alloc(size_t size);
