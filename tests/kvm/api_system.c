// SPDX-License-Identifier: BSD-2-Clause
/* Ioctls of /dev/kvm and of a VM that are unknown, have the wrong size or a wrong argument. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

/* Numbers that no ioctl of KVM has, and known ones with an argument of another size. */
static const unsigned long unknown_ioctls[] = {
	_IO(KVMIO, 0xff),
	_IOW(KVMIO, 0xfe, uint64_t),
	_IOWR(KVMIO, 0x46, char[8]),   /* SET_USER_MEMORY_REGION */
	_IOW(KVMIO, 0xae, char[4]),    /* ARM_VCPU_INIT */
	_IOW(KVMIO, 0x76, char[1024]), /* IRQFD */
	_IO('x', 0x80),
	0,
	~0u,
};

static void check_unknown(int fd, const char *what)
{
	char argument[4096] = {0};

	/* arm64's KVM says EINVAL where its API page would have ENOTTY. */
	for (size_t i = 0; i < ARRAY_SIZE(unknown_ioctls); i++) {
		int result = call(fd, unknown_ioctls[i], argument);

		check(result == -EINVAL || result == -ENOTTY, "%s does not know ioctl %#lx (%d)",
		      what, unknown_ioctls[i], result);
	}
}

void system_ioctls(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		give_up("/dev/kvm opens (%s)", strerrorname_np(errno));
	check_is(CALL_VALUE(kvm, KVM_GET_API_VERSION, 0), 12, "the API version is 12");
	check_is(CALL_VALUE(kvm, KVM_GET_API_VERSION, 1), -EINVAL,
		 "GET_API_VERSION has no argument");
	check_is(CALL_VALUE(kvm, KVM_GET_VCPU_MMAP_SIZE, 1), -EINVAL,
		 "GET_VCPU_MMAP_SIZE has no argument");
	check(CALL_VALUE(kvm, KVM_GET_VCPU_MMAP_SIZE, 0) % 4096 == 0,
	      "the run area is whole pages");
	check_unknown(kvm, "/dev/kvm");
	check_is(CALL_VALUE(kvm, KVM_RUN, 0) < 0, 1, "/dev/kvm does not run");
	check(mmap(NULL, 4096, PROT_READ, MAP_SHARED, kvm, 0) == MAP_FAILED,
	      "/dev/kvm cannot be mapped");
	check(read(kvm, &(char){0}, 1) < 0, "/dev/kvm cannot be read");
	check(write(kvm, "x", 1) < 0, "/dev/kvm cannot be written");
	close(kvm);
}

/* Ioctls of a VM that take a pointer. */
static const struct {
	unsigned long request;
	const char *name;
} pointer_ioctls[] = {
	{KVM_SET_USER_MEMORY_REGION, "SET_USER_MEMORY_REGION"},
	{KVM_GET_DIRTY_LOG, "GET_DIRTY_LOG"},
	{KVM_IRQ_LINE, "IRQ_LINE"},
	{KVM_IRQFD, "IRQFD"},
	{KVM_IOEVENTFD, "IOEVENTFD"},
	{KVM_SET_GSI_ROUTING, "SET_GSI_ROUTING"},
	{KVM_CREATE_DEVICE, "CREATE_DEVICE"},
	{KVM_ARM_SET_DEVICE_ADDR, "ARM_SET_DEVICE_ADDR"},
	{KVM_ARM_PREFERRED_TARGET, "ARM_PREFERRED_TARGET"},
	{KVM_ENABLE_CAP, "ENABLE_CAP"},
};

void vm_ioctls(void)
{
	struct kvm_enable_cap cap = {.cap = 0xffff};
	struct vm vm;

	vm_open(&vm);
	for (size_t i = 0; i < ARRAY_SIZE(pointer_ioctls); i++) {
		check_is(call(vm.fd, pointer_ioctls[i].request, BAD_POINTER), -EFAULT,
			 "%s with a wrong pointer", pointer_ioctls[i].name);
		check_is(call(vm.fd, pointer_ioctls[i].request, (void *)~0xful), -EFAULT,
			 "%s with a kernel's pointer", pointer_ioctls[i].name);
	}
	check_unknown(vm.fd, "a VM");
	check_is(call(vm.fd, KVM_ENABLE_CAP, &cap), -EINVAL, "ENABLE_CAP of an unknown capability");
	cap = (struct kvm_enable_cap){.cap = KVM_CAP_ARM_NISV_TO_USER, .flags = 1};
	check_is(call(vm.fd, KVM_ENABLE_CAP, &cap), -EINVAL, "ENABLE_CAP with unknown flags");
	check_is(CALL_VALUE(vm.fd, KVM_RUN, 0) < 0, 1, "a VM does not run");
	check(mmap(NULL, 4096, PROT_READ, MAP_SHARED, vm.fd, 0) == MAP_FAILED,
	      "a VM cannot be mapped");
	vm_close(&vm);
}

void vm_types(void)
{
	static const uint64_t wrong[] = {1, 31, 0x80, 0xff, 0x100, 1ull << 31, 1ull << 32, ~0ull};
	static const uint64_t right[] = {0, 32, 36, 40};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), fd;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		fd = CALL_VALUE(kvm, KVM_CREATE_VM, wrong[i]);
		check_is(fd, -EINVAL, "CREATE_VM of type %#llx", (unsigned long long)wrong[i]);
		if (fd >= 0)
			close(fd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		fd = CALL_VALUE(kvm, KVM_CREATE_VM, right[i]);
		check(fd >= 0, "CREATE_VM with %llu bits of address space",
		      (unsigned long long)(right[i] ? right[i] : 40));
		if (fd >= 0)
			close(fd);
	}
	close(kvm);
}

/* What QEMU, kvmtool, Firecracker, crosvm and cloud-hypervisor refuse to run without, GICv2 guests.
 */
static const struct {
	int cap;
	const char *name;
} needed[] = {
	{KVM_CAP_USER_MEMORY, "USER_MEMORY"},
	{KVM_CAP_DESTROY_MEMORY_REGION_WORKS, "DESTROY_MEMORY_REGION_WORKS"},
	{KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, "JOIN_MEMORY_REGIONS_WORKS"},
	{KVM_CAP_INTERNAL_ERROR_DATA, "INTERNAL_ERROR_DATA"},
	{KVM_CAP_IOEVENTFD, "IOEVENTFD"},
	{KVM_CAP_IOEVENTFD_ANY_LENGTH, "IOEVENTFD_ANY_LENGTH"},
	{KVM_CAP_DEVICE_CTRL, "DEVICE_CTRL"},
	{KVM_CAP_IRQCHIP, "IRQCHIP"},
	{KVM_CAP_IRQFD, "IRQFD"},
	{KVM_CAP_ONE_REG, "ONE_REG"},
	{KVM_CAP_MP_STATE, "MP_STATE"},
	{KVM_CAP_IMMEDIATE_EXIT, "IMMEDIATE_EXIT"},
	{KVM_CAP_READONLY_MEM, "READONLY_MEM"},
	{KVM_CAP_ARM_PSCI, "ARM_PSCI"},
	{KVM_CAP_ARM_PSCI_0_2, "ARM_PSCI_0_2"},
	{KVM_CAP_CHECK_EXTENSION_VM, "CHECK_EXTENSION_VM"},
};

void capabilities(void)
{
	struct vm vm;

	vm_open(&vm);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		check_is(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, needed[i].cap), 1,
			 "capability %s is there, and exactly 1", needed[i].name);
		check_is(CALL_VALUE(vm.fd, KVM_CHECK_EXTENSION, needed[i].cap), 1,
			 "capability %s is there for a VM", needed[i].name);
	}
	check_is(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, 0xffff), 0,
		 "an unknown capability is not there");
	check_is(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, ~0u), 0, "nor is capability -1");
	check(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS) >= 32,
	      "there are 32 slots");
	check(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS) >= 1, "there is a vCPU");
	check(CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE) >= 40,
	      "guests have 40 bits of address space");
	vm_close(&vm);
}
