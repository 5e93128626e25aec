// SPDX-License-Identifier: BSD-2-Clause
/* The virtual GICv2's device attributes: wrong values, wrong order, every register. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

#define GRP_ADDR KVM_DEV_ARM_VGIC_GRP_ADDR
#define GRP_IRQS KVM_DEV_ARM_VGIC_GRP_NR_IRQS
#define GRP_CTRL KVM_DEV_ARM_VGIC_GRP_CTRL
#define GRP_DIST KVM_DEV_ARM_VGIC_GRP_DIST_REGS
#define GRP_CPU	 KVM_DEV_ARM_VGIC_GRP_CPU_REGS
#define DIST	 KVM_VGIC_V2_ADDR_TYPE_DIST
#define CPU	 KVM_VGIC_V2_ADDR_TYPE_CPU

static int gic_create(struct vm *vm)
{
	struct kvm_create_device create = {.type = KVM_DEV_TYPE_ARM_VGIC_V2};
	int result = call(vm->fd, KVM_CREATE_DEVICE, &create);

	if (!result)
		vm->gic = (int)create.fd;
	return result;
}

void gic_creation(void)
{
	struct kvm_create_device create = {.type = 0xffff};
	struct vm vm;

	vm_open(&vm);
	vm_add_vcpu(&vm, 0);
	check_is(call(vm.fd, KVM_CREATE_DEVICE, &create), -ENODEV, "a device of unknown type");
	create.flags = KVM_CREATE_DEVICE_TEST;
	check_is(call(vm.fd, KVM_CREATE_DEVICE, &create), -ENODEV,
		 "is not there if one asks first");
	create = (struct kvm_create_device){.type = KVM_DEV_TYPE_ARM_VGIC_V2,
					    .flags = KVM_CREATE_DEVICE_TEST};
	check_is(call(vm.fd, KVM_CREATE_DEVICE, &create), 0, "a GICv2 can be had");
	check_is(call(vm.fd, KVM_CREATE_DEVICE, &create), 0, "asking does not create it");
	check_is(gic_create(&vm), 0, "a GICv2 is created");
	check_is(gic_create(&vm), -EEXIST, "a second is not");
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_IRQCHIP, 0), -EEXIST, "nor the older way");
	check_is(call(vm.gic, _IO(KVMIO, 0xff), NULL), -ENOTTY,
		 "a device does not know other ioctls");
	check_is(call(vm.gic, KVM_SET_DEVICE_ATTR, BAD_POINTER), -EFAULT,
		 "an attribute at a wrong pointer");
	check_is(attr_set(vm.gic, 99, 0, &vm), -ENXIO, "a group that does not exist");
	check_is(attr_get(vm.gic, 99, 0, &vm), -ENXIO, "nor for reading");
	check_is(attr_has(vm.gic, 99, 0), -ENXIO, "nor for asking");
	check_is(attr_has(vm.gic, GRP_ADDR, DIST), 0, "the distributor's address is there");
	check_is(attr_has(vm.gic, GRP_CTRL, 99), -ENXIO, "a control that does not exist");
	check_is(attr_has(vm.gic, GRP_CPU, 0), 0, "a register of the CPU's interface");
	check_is(attr_has(vm.gic, GRP_CPU, 1ull << KVM_DEV_ARM_VGIC_CPUID_SHIFT), -EINVAL,
		 "a register of a CPU that does not exist");
	check_is(attr_has(vm.gic, GRP_DIST, 1ull << KVM_DEV_ARM_VGIC_CPUID_SHIFT), -EINVAL,
		 "nor of its part of the distributor");
	vm_close(&vm);
}

void gic_addresses(void)
{
	uint64_t misaligned = GUEST_GICD + 0x800, beyond = 1ull << 40, top = ~0xfffull,
		 base = GUEST_GICD;
	struct kvm_arm_device_addr old = {.id = 7ull << KVM_ARM_DEVICE_ID_SHIFT};
	uint64_t got = 0;
	struct vm vm;

	vm_open(&vm);
	vm_add_ram(&vm);
	vm_add_vcpu(&vm, 0);
	vm_init_vcpu(&vm, 0, 0);
	gic_create(&vm);
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, &misaligned), -EINVAL,
		 "a misaligned distributor");
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, &beyond), -E2BIG,
		 "one outside the address space");
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, &top), -EINVAL, "one whose end wraps around");
	check_is(attr_set(vm.gic, GRP_ADDR, 2, &base), -ENXIO, "a GICv3's part");
	check_is(attr_set(vm.gic, GRP_ADDR, 77, &base), -ENXIO, "an unknown part");
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, BAD_POINTER), -EFAULT,
		 "an address at a wrong pointer");
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, &base), 0, "a good one");
	check_is(attr_set(vm.gic, GRP_ADDR, DIST, &base), -EEXIST, "a second time");
	check_is(attr_get(vm.gic, GRP_ADDR, DIST, &got), 0, "it can be read");
	check(got == base, "as it was set");
	check_is(attr_get(vm.gic, GRP_ADDR, DIST, BAD_POINTER), -EFAULT,
		 "but not to a wrong pointer");
	check_is(call(vm.fd, KVM_ARM_SET_DEVICE_ADDR, &old), -ENODEV,
		 "the older way, unknown device");
	run_alarm(500);
	check_is(vm_run(&vm, 0), -ENXIO, "a GIC without a CPU interface does not run");
	vm_close(&vm);

	vm_open(&vm);
	vm_add_ram(&vm);
	vm_add_vcpu(&vm, 0);
	vm_init_vcpu(&vm, 0, 0);
	gic_create(&vm);
	attr_set(vm.gic, GRP_ADDR, DIST, &base);
	attr_set(vm.gic, GRP_ADDR, CPU, &base);
	check_is(vm_run(&vm, 0), -EINVAL, "a GIC whose two parts overlap does not run");
	run_alarm(0);
	vm_close(&vm);
}

void gic_configuration(void)
{
	static const uint32_t wrong[] = {0, 32, 63, 65, 1025, 1056, ~0u};
	uint32_t count = 96, got = 0;
	struct vm vm;

	vm_open(&vm);
	vm_add_vcpu(&vm, 0);
	gic_create(&vm);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check_is(attr_set(vm.gic, GRP_IRQS, 0, &wrong[i]), -EINVAL, "%u interrupts",
			 wrong[i]);
	check_is(attr_set(vm.gic, GRP_IRQS, 0, BAD_POINTER), -EFAULT, "a count at a wrong pointer");
	check_is(attr_set(vm.gic, GRP_IRQS, 0, &count), 0, "96 interrupts");
	check_is(attr_set(vm.gic, GRP_IRQS, 0, &count), -EBUSY, "a second time");
	check_is(attr_get(vm.gic, GRP_IRQS, 0, &got), 0, "the count can be read");
	check_is(got, 96, "as it was set");
	check_is(attr_set(vm.gic, GRP_CTRL, 99, NULL), -ENXIO, "an unknown control");
	check_is(attr_set(vm.gic, GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0, "initialisation");
	check_is(attr_set(vm.gic, GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0,
		 "again, which is nothing");
	check_is(attr_set(vm.gic, GRP_IRQS, 0, &count), -EBUSY, "the count after it");
	vm_close(&vm);
}

/* Every word of a frame: read, written back, written with all ones. Results outside 0, ENXIO,
 * EINVAL. */
static unsigned int frame_sweep(struct vm *vm, uint32_t group, uint64_t size)
{
	unsigned int strange = 0;

	for (uint64_t offset = 0; offset < size; offset += 4) {
		uint32_t value = 0, ones = ~0u;
		int read = attr_get(vm->gic, group, offset, &value);
		int write = attr_set(vm->gic, group, offset, &value);
		int wild = attr_set(vm->gic, group, offset, &ones);

		if ((read && read != -ENXIO) || write != read ||
		    (wild && wild != -ENXIO && wild != -EINVAL)) {
			if (!strange++)
				check(false,
				      "group %u offset %#llx: read %d, write %d, wild write %d",
				      group, (unsigned long long)offset, read, write, wild);
		}
	}
	return strange;
}

void gic_registers(void)
{
	static const uint64_t beyond[] = {0x1000, 0x10000, 0x80000000, 0xfffffffc};
	uint32_t value = 0;
	struct vm vm;

	vm_make(&vm, 1);
	check_is(attr_get(vm.gic, GRP_DIST, 4, &value), 0, "GICD_TYPER can be read");
	check_is(value & 0x1f, SPI_COUNT / 32, "and has the interrupt count");
	check_is(value >> 5 & 7, 0, "and one CPU");
	check_is(attr_get(vm.gic, GRP_DIST, 4, BAD_POINTER), -EFAULT, "but not to a wrong pointer");
	check_is(attr_set(vm.gic, GRP_DIST, 4, BAD_POINTER), -EFAULT, "nor written from one");
	check_is(attr_get(vm.gic, GRP_DIST, 5ull << 32 | 4, &value), -EINVAL,
		 "of a vCPU that is not there");
	check_is(attr_has(vm.gic, GRP_DIST, 0x10000), -ENXIO, "there is nothing beyond the frame");
	check_is(attr_has(vm.gic, GRP_CPU, 0x10000), -ENXIO, "nor beyond the CPU interface");
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		int result = attr_get(vm.gic, GRP_DIST, beyond[i], &value);

		/* KVM lets such a word read as zero, though it says that it does not have it. */
		check(result == -ENXIO || (!result && !value), "offset %#llx reads as nothing (%d)",
		      (unsigned long long)beyond[i], result);
	}
	check_is((long)frame_sweep(&vm, GRP_DIST, 0x1000), 0, "every word of the distributor");
	check_is((long)frame_sweep(&vm, GRP_CPU, 0x1000), 0, "every word of the CPU interface");
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "the guest runs after that");
	vm_close(&vm);
}
