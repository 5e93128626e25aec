// SPDX-License-Identifier: BSD-2-Clause
/*
 * A minimal KVM client: one memory slot, a GICv2, up to two vCPUs. Used by micro.c only. Runs unchanged
 * on Linux KVM and on Selkie; that is its purpose.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "bench.h"
#include "kvm.h"

extern const uint8_t guest_blob[], guest_blob_end[];

#define CORE_REG(field) \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int call(int fd, unsigned long request, void *arg, const char *name)
{
	int result = ioctl(fd, request, arg);

	if (result < 0)
		die("%s: %s", name, strerror(errno));
	return result;
}

#define CALL(fd, request, arg) call(fd, request, (void *)(uintptr_t)(arg), #request)

static void gic_attr(int gic, uint32_t group, uint64_t attr, uint64_t value)
{
	struct kvm_device_attr set = { .group = group, .attr = attr, .addr = (uintptr_t)&value };

	CALL(gic, KVM_SET_DEVICE_ATTR, &set);
}

static void gic_create(struct vm *vm)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_ARM_VGIC_V2 };

	CALL(vm->fd, KVM_CREATE_DEVICE, &create);
	gic_attr(create.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, GUEST_GICD);
	gic_attr(create.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, GUEST_GICC);

	uint32_t irq_count = 64;
	struct kvm_device_attr nr = { .group = KVM_DEV_ARM_VGIC_GRP_NR_IRQS,
				      .addr = (uintptr_t)&irq_count };

	CALL(create.fd, KVM_SET_DEVICE_ATTR, &nr);
	gic_attr(create.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	close(create.fd);
}

static void reg_set(int vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	CALL(vcpu, KVM_SET_ONE_REG, &reg);
}

static void vcpu_create(struct vm *vm, int index, int row, uint64_t operations)
{
	struct kvm_vcpu_init init;
	int fd = CALL(vm->fd, KVM_CREATE_VCPU, index);

	CALL(vm->fd, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
	CALL(fd, KVM_ARM_VCPU_INIT, &init);
	reg_set(fd, CORE_REG(regs.pc), GUEST_RAM + (index ? GUEST_SECOND_OFFSET : 0));
	reg_set(fd, CORE_REG(regs.regs[0]), row);
	reg_set(fd, CORE_REG(regs.regs[1]), operations);

	vm->vcpu[index] = fd;
	vm->run[index] = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (vm->run[index] == MAP_FAILED)
		die("mmap of the run page: %s", strerror(errno));
}

/* Guest RAM at a 2 MiB boundary, so that one large mapping can hold it. */
static uint8_t *ram_alloc(void)
{
	uint8_t *at = mmap(NULL, 2 * GUEST_RAM_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("guest memory: %s", strerror(errno));

	uintptr_t aligned = ((uintptr_t)at + GUEST_RAM_SIZE - 1) & ~(uintptr_t)(GUEST_RAM_SIZE - 1);

	if (aligned != (uintptr_t)at)
		munmap(at, aligned - (uintptr_t)at);
	munmap((void *)(aligned + GUEST_RAM_SIZE), (uintptr_t)at + GUEST_RAM_SIZE - aligned);
	return (uint8_t *)aligned;
}

void vm_create(struct vm *vm, int vcpu_count, int row, uint64_t operations)
{
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die("/dev/kvm: %s", strerror(errno));
	vm->run_size = CALL(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->fd = CALL(vm->kvm, KVM_CREATE_VM, 0);
	vm->ram = ram_alloc();
	memcpy(vm->ram, guest_blob, guest_blob_end - guest_blob);

	struct kvm_userspace_memory_region region = { .guest_phys_addr = GUEST_RAM,
						      .memory_size = GUEST_RAM_SIZE,
						      .userspace_addr = (uintptr_t)vm->ram };

	CALL(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
	vm->vcpu_count = vcpu_count;
	for (int i = 0; i < vcpu_count; i++)
		vcpu_create(vm, i, row, operations);
	gic_create(vm);
}

void vm_destroy(struct vm *vm)
{
	for (int i = 0; i < vm->vcpu_count; i++) {
		munmap(vm->run[i], vm->run_size);
		close(vm->vcpu[i]);
	}
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->ram, GUEST_RAM_SIZE);
}

int vm_ioeventfd(struct vm *vm, uint64_t port)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct kvm_ioeventfd set = { .addr = GUEST_PORTS + port, .len = 4, .fd = fd };

	CALL(vm->fd, KVM_IOEVENTFD, &set);
	return fd;
}

int vm_irqfd(struct vm *vm, uint32_t gsi)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct kvm_irqfd set = { .fd = fd, .gsi = gsi };

	CALL(vm->fd, KVM_IRQFD, &set);
	return fd;
}

struct kvm_run *vm_run(struct vm *vm, int vcpu)
{
	struct kvm_run *run = vm->run[vcpu];

	while (ioctl(vm->vcpu[vcpu], KVM_RUN, 0) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			die("KVM_RUN: %s", strerror(errno));
	}
	if (run->exit_reason != KVM_EXIT_MMIO)
		die("KVM_RUN: unexpected exit %u", run->exit_reason);
	return run;
}
