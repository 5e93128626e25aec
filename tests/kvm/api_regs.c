// SPDX-License-Identifier: BSD-2-Clause
/* KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "check.h"
#include "client.h"

#define REGISTERS_MAX 2048

static struct kvm_reg_list *list_get(const struct vm *vm)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + REGISTERS_MAX * sizeof(list->reg[0]));

	list->n = REGISTERS_MAX;
	if (call(vm->vcpu[0], KVM_GET_REG_LIST, list) < 0)
		give_up("GET_REG_LIST works");
	return list;
}

static bool listed(const struct kvm_reg_list *list, uint64_t id)
{
	for (uint64_t i = 0; i < list->n; i++)
		if (list->reg[i] == id)
			return true;
	return false;
}

void registers_list(void)
{
	struct {
		struct kvm_reg_list head;
		uint64_t reg[4];
	} small = {.head.n = 4, .reg = {1, 2, 3, 4}};
	struct kvm_reg_list *list;
	bool twice = false;
	struct vm vm;

	vm_make(&vm, 1);
	list = list_get(&vm);
	check(list->n > 70, "there are %llu registers", (unsigned long long)list->n);
	check_is(call(vm.vcpu[0], KVM_GET_REG_LIST, &small), -E2BIG, "too small a list");
	check_is((long)small.head.n, (long)list->n, "says how many there are");
	small.head.n = ~0ull;
	check(call(vm.vcpu[0], KVM_GET_REG_LIST, BAD_POINTER) == -EFAULT,
	      "a list at a wrong pointer");
	check(listed(list, CORE_REG(regs.pc)), "the pc is listed");
	check(listed(list, KVM_REG_ARM_TIMER_CNT), "the timer's count is listed");
	check(listed(list, KVM_REG_ARM_PSCI_VERSION), "the PSCI version is listed");
	for (uint64_t i = 0; i < list->n; i++)
		for (uint64_t j = 0; j < i; j++)
			twice |= list->reg[i] == list->reg[j];
	check(!twice, "none is listed twice");
	vm_close(&vm);
}

static size_t reg_size(uint64_t id)
{
	return 1u << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

void registers_own_values(void)
{
	struct kvm_reg_list *list;
	uint64_t bad_reads = 0, bad_writes = 0, overruns = 0;
	struct vm vm;

	vm_make(&vm, 1);
	list = list_get(&vm);
	for (uint64_t i = 0; i < list->n; i++) {
		uint8_t value[64];
		size_t size = reg_size(list->reg[i]);

		memset(value, 0xa5, sizeof(value));
		if (reg_get(vm.vcpu[0], list->reg[i], value) < 0) {
			check(false, "register %#llx can be read",
			      (unsigned long long)list->reg[i]);
			bad_reads++;
			continue;
		}
		for (size_t byte = size; byte < sizeof(value); byte++)
			overruns += value[byte] != 0xa5;
		if (reg_set(vm.vcpu[0], list->reg[i], value) < 0) {
			check(false, "register %#llx takes its own value",
			      (unsigned long long)list->reg[i]);
			bad_writes++;
		}
		if (reg_get(vm.vcpu[0], list->reg[i], BAD_POINTER) != -EFAULT ||
		    reg_set(vm.vcpu[0], list->reg[i], BAD_POINTER) != -EFAULT)
			check(false, "register %#llx at a wrong pointer is EFAULT",
			      (unsigned long long)list->reg[i]);
	}
	check(!bad_reads, "all %llu registers can be read", (unsigned long long)list->n);
	check(!bad_writes, "all %llu take their own values back", (unsigned long long)list->n);
	check(!overruns, "no read writes more than the register's size");
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "the guest runs after that");
	vm_close(&vm);
}

/* Identifiers near real ones, and far from any. */
static const struct {
	uint64_t id;
	int expected;
	const char *what;
} wrong[] = {
	{0, -EINVAL, "no architecture"},
	{KVM_REG_X86 | KVM_REG_SIZE_U64, -EINVAL, "another architecture"},
	{~0ull, -EINVAL, "all bits"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | 0xffff, -ENOENT,
	 "a core register beyond all"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | 1, -EINVAL, "half a core register"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | 0, -EINVAL,
	 "a core register of 4 bytes"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U2048 | KVM_REG_ARM_CORE | 0, -EINVAL,
	 "a core register of 256 bytes"},
	{ARM64_SYS_REG(3, 7, 15, 15, 7), -ENOENT, "a system register that does not exist"},
	{ARM64_SYS_REG(0, 0, 0, 0, 0), -ENOENT, "an instruction that is no register"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | 0xffff, -ENOENT,
	 "a firmware register"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | 0xff, -ENOENT,
	 "a cache that is not there"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | 0x100, -ENOENT,
	 "a demultiplexed something"},
	{KVM_REG_ARM64 | KVM_REG_SIZE_U64 | 0x0fff0000, -ENOENT, "a class that does not exist"},
};

void registers_malformed(void)
{
	uint8_t value[256] = {0};
	struct vm vm;

	vm_make(&vm, 1);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		check_is(reg_get(vm.vcpu[0], wrong[i].id, value), wrong[i].expected, "reading %s",
			 wrong[i].what);
		check_is(reg_set(vm.vcpu[0], wrong[i].id, value), wrong[i].expected, "writing %s",
			 wrong[i].what);
	}
	vm_close(&vm);
}

/* Values that must survive, and values that the guest must see. */
void registers_hold(void)
{
	static const struct {
		uint64_t id, value;
		const char *name;
	} hold[] = {
		{CORE_REG(regs.regs[30]), ~0ull, "x30"},
		{CORE_REG(regs.sp), 0x123456789abcdef0, "sp_el0"},
		{CORE_REG(sp_el1), 0xfedcba9876543210, "sp_el1"},
		{CORE_REG(elr_el1), 0xffff000012345678, "elr_el1"},
		{CORE_REG(regs.pc), 0xffff800012345678, "pc"},
		{ARM64_SYS_REG(3, 0, 2, 0, 0), 0x0001000040000000, "ttbr0_el1"},
		{ARM64_SYS_REG(3, 0, 12, 0, 0), 0xffff800010000800, "vbar_el1"},
		{ARM64_SYS_REG(3, 0, 13, 0, 4), 0xdeadbeefcafef00d, "tpidr_el1"},
		{ARM64_SYS_REG(3, 3, 13, 0, 2), 0x0123456701234567, "tpidr_el0"},
		{ARM64_SYS_REG(3, 0, 10, 2, 0), 0x00000000004404ff, "mair_el1"},
		{ARM64_SYS_REG(3, 0, 6, 0, 0), 0xffffffff80000000, "far_el1"},
		{KVM_REG_ARM_TIMER_CVAL, 0x7fffffffffffffff, "cntv_cval"},
	};
	uint64_t value, mode;
	struct vm vm;

	vm_make(&vm, 1);
	for (size_t i = 0; i < ARRAY_SIZE(hold); i++) {
		check_is(reg_set(vm.vcpu[0], hold[i].id, &hold[i].value), 0, "%s is set",
			 hold[i].name);
		value = 0;
		check_is(reg_get(vm.vcpu[0], hold[i].id, &value), 0, "%s is read", hold[i].name);
		check(value == hold[i].value, "%s holds its value", hold[i].name);
	}
	/* EL2, EL3 and illegal modes are not the guest's. */
	mode = 0x3c9;
	check_is(reg_set(vm.vcpu[0], CORE_REG(regs.pstate), &mode), -EINVAL, "a pstate in EL2");
	mode = 0x3cd;
	check_is(reg_set(vm.vcpu[0], CORE_REG(regs.pstate), &mode), -EINVAL, "a pstate in EL3");
	mode = 0x3c2;
	check_is(reg_set(vm.vcpu[0], CORE_REG(regs.pstate), &mode), -EINVAL, "a pstate in no mode");
	mode = 0x1d3;
	check_is(reg_set(vm.vcpu[0], CORE_REG(regs.pstate), &mode), -EINVAL,
		 "an AArch32 pstate in an AArch64 vCPU");
	vm_init_vcpu(&vm, 0, 0);
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "a reset vCPU runs");
	vm_close(&vm);
}
