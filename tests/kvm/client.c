// SPDX-License-Identifier: BSD-2-Clause
/* See client.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "client.h"

extern const uint8_t guest_blob[], guest_blob_end[];

int call(int fd, unsigned long request, const void *arg)
{
	int result = ioctl(fd, request, arg);

	return result < 0 ? -errno : result;
}

static int must(int result, const char *what)
{
	if (result < 0)
		give_up("%s works (%s)", what, strerrorname_np(-result));
	return result;
}

void *memory_alloc(size_t size)
{
	uint8_t *at = mmap(NULL, size + RAM_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *aligned;

	if (at == MAP_FAILED)
		give_up("%zu bytes of memory can be had", size);
	aligned = (uint8_t *)(((uintptr_t)at + RAM_SIZE - 1) & ~(RAM_SIZE - 1));
	if (aligned != at)
		munmap(at, (size_t)(aligned - at));
	munmap(aligned + size, (size_t)(at + RAM_SIZE - aligned));
	return aligned;
}

int slot_set(int vm_fd, uint32_t slot, uint32_t flags, uint64_t ipa, uint64_t size, const void *hva)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = ipa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)hva,
	};

	return call(vm_fd, KVM_SET_USER_MEMORY_REGION, &region);
}

int reg_get(int vcpu, uint64_t id, void *value)
{
	struct kvm_one_reg reg = {id, (uintptr_t)value};

	return call(vcpu, KVM_GET_ONE_REG, &reg);
}

int reg_set(int vcpu, uint64_t id, const void *value)
{
	struct kvm_one_reg reg = {id, (uintptr_t)value};

	return call(vcpu, KVM_SET_ONE_REG, &reg);
}

int attr_set(int device, uint32_t group, uint64_t attr, const void *value)
{
	struct kvm_device_attr set = {.group = group, .attr = attr, .addr = (uintptr_t)value};

	return call(device, KVM_SET_DEVICE_ATTR, &set);
}

int attr_get(int device, uint32_t group, uint64_t attr, void *value)
{
	struct kvm_device_attr get = {.group = group, .attr = attr, .addr = (uintptr_t)value};

	return call(device, KVM_GET_DEVICE_ATTR, &get);
}

int attr_has(int device, uint32_t group, uint64_t attr)
{
	struct kvm_device_attr has = {.group = group, .attr = attr};

	return call(device, KVM_HAS_DEVICE_ATTR, &has);
}

void vm_open(struct vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	memset(vm->vcpu, -1, sizeof(vm->vcpu));
	vm->gic = -1;
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		give_up("/dev/kvm opens (%s)", strerrorname_np(errno));
	vm->run_size = (size_t)must(CALL_VALUE(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
				    "KVM_GET_VCPU_MMAP_SIZE");
	vm->fd = must(CALL_VALUE(vm->kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
}

void vm_add_ram(struct vm *vm)
{
	vm->ram = memory_alloc(RAM_SIZE);
	memcpy(vm->ram, guest_blob, (size_t)(guest_blob_end - guest_blob));
	must(slot_set(vm->fd, 0, 0, GUEST_RAM, RAM_SIZE, vm->ram), "KVM_SET_USER_MEMORY_REGION");
}

void vm_add_vcpu(struct vm *vm, int id)
{
	vm->vcpu[id] = must(CALL_VALUE(vm->fd, KVM_CREATE_VCPU, id), "KVM_CREATE_VCPU");
	vm->run[id] = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu[id], 0);
	if (vm->run[id] == MAP_FAILED)
		give_up("a vCPU's run page can be mapped (%s)", strerrorname_np(errno));
}

void vm_init_vcpu(struct vm *vm, int id, uint32_t features)
{
	struct kvm_vcpu_init init;

	must(call(vm->fd, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2 | features;
	must(call(vm->vcpu[id], KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
}

void vm_add_gic(struct vm *vm)
{
	struct kvm_create_device create = {.type = KVM_DEV_TYPE_ARM_VGIC_V2};
	uint64_t dist = GUEST_GICD, cpu = GUEST_GICC;
	uint32_t count = SPI_COUNT + 32;

	must(call(vm->fd, KVM_CREATE_DEVICE, &create), "KVM_CREATE_DEVICE of a GICv2");
	vm->gic = (int)create.fd;
	must(attr_set(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, &dist),
	     "setting the distributor's address");
	must(attr_set(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, &cpu),
	     "setting the CPU interface's address");
	must(attr_set(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &count), "setting the IRQ count");
}

void vm_start_gic(struct vm *vm)
{
	must(attr_set(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL),
	     "initialising the GIC");
}

void vm_make(struct vm *vm, int vcpu_count)
{
	vm_open(vm);
	vm_add_ram(vm);
	for (int id = 0; id < vcpu_count; id++) {
		vm_add_vcpu(vm, id);
		vm_init_vcpu(vm, id, id ? 1u << KVM_ARM_VCPU_POWER_OFF : 0);
	}
	vm_add_gic(vm);
	vm_start_gic(vm);
}

void vm_close(struct vm *vm)
{
	for (int id = 0; id < VCPU_MAX; id++) {
		if (vm->run[id])
			munmap(vm->run[id], vm->run_size);
		if (vm->vcpu[id] >= 0)
			close(vm->vcpu[id]);
	}
	if (vm->gic >= 0)
		close(vm->gic);
	close(vm->fd);
	close(vm->kvm);
	if (vm->ram)
		munmap(vm->ram, RAM_SIZE);
}

void vm_enter(struct vm *vm, int id, unsigned int program, uint64_t arg0, uint64_t arg1)
{
	uint64_t pc = GUEST_RAM, pstate = 0x3c5, x[] = {program, arg0, arg1};

	/* What the last exit left to be done is done before registers are set (api.rst,
	 * KVM_EXIT_MMIO). */
	vm->run[id]->immediate_exit = 1;
	vm_run(vm, id);
	vm->run[id]->immediate_exit = 0;
	vm_record(vm)->exceptions = 0;
	vm_record(vm)->classes = 0;
	must(reg_set(vm->vcpu[id], CORE_REG(regs.pstate), &pstate), "setting the pstate");
	must(reg_set(vm->vcpu[id], CORE_REG(regs.pc), &pc), "setting the pc");
	for (unsigned int i = 0; i < ARRAY_SIZE(x); i++)
		must(reg_set(vm->vcpu[id], CORE_REG(regs.regs[i]), &x[i]), "setting a register");
}

int vm_run(struct vm *vm, int id)
{
	return CALL_VALUE(vm->vcpu[id], KVM_RUN, 0);
}

struct guest_record *vm_record(const struct vm *vm)
{
	return (struct guest_record *)(vm->ram + (GUEST_RECORD - GUEST_RAM));
}

static void on_alarm(int number)
{
}

void run_alarm(unsigned int ms)
{
	struct sigaction action = {.sa_handler = on_alarm};
	/* Again and again: one that comes before KVM_RUN is lost. */
	struct itimerval timer = {
		.it_value = {ms / 1000, ms % 1000 * 1000},
		.it_interval = {0, ms ? 200000 : 0},
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}
