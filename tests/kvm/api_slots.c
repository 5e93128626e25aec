// SPDX-License-Identifier: BSD-2-Clause
/* KVM_SET_USER_MEMORY_REGION: wrong slots, borderline slots, changes, and what stays in memory. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

#define PAGE	  4096ul
#define MIB	  (1ul << 20)
#define IPA_LIMIT (1ull << 40)

void slots_malformed(void)
{
	uint8_t *memory = memory_alloc(RAM_SIZE);
	struct vm vm;

	vm_open(&vm);
	check_is(slot_set(vm.fd, 0, 1u << 2, 0, MIB, memory), -EINVAL,
		 "a slot with flag 2 (guest_memfd)");
	check_is(slot_set(vm.fd, 0, 1u << 31, 0, MIB, memory), -EINVAL,
		 "a slot with an unknown flag");
	check_is(slot_set(vm.fd, 0, 0, 0, MIB + 1, memory), -EINVAL,
		 "a size that is not whole pages");
	check_is(slot_set(vm.fd, 0, 0, 0, PAGE / 2, memory), -EINVAL, "a size below one page");
	check_is(slot_set(vm.fd, 0, 0, 0x800, MIB, memory), -EINVAL, "a misaligned guest address");
	check_is(slot_set(vm.fd, 0, 0, 0, MIB, memory + 1), -EINVAL, "a misaligned host address");
	check_is(slot_set(vm.fd, 0x8000, 0, 0, MIB, memory), -EINVAL, "a slot number beyond all");
	check_is(slot_set(vm.fd, 0x10000, 0, 0, MIB, memory), -EINVAL,
		 "an address space that is not there");
	check_is(slot_set(vm.fd, 0, 0, -MIB, 2 * MIB, memory), -EINVAL,
		 "guest addresses that wrap around");
	check_is(slot_set(vm.fd, 0, 0, 0, MIB, (void *)-MIB), -EINVAL, "a kernel's address");
	check_is(slot_set(vm.fd, 0, 0, 0, -MIB, memory), -EINVAL, "a host range that wraps around");
	check_is(slot_set(vm.fd, 0, 0, 0, 1ull << 44, (void *)PAGE), -EINVAL, "too many pages");
	check_is(slot_set(vm.fd, 5, 0, 0, 0, memory), -EINVAL, "deleting a slot that is not there");
	check_is(slot_set(vm.fd, 0, 0, 0, MIB, memory), 0, "a good slot after all of these");
	vm_close(&vm);
}

void slots_placement(void)
{
	uint8_t *memory = memory_alloc(2 * RAM_SIZE);
	struct vm vm;

	vm_open(&vm);
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB, memory), 0, "a first slot");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM, MIB, memory + MIB), -EEXIST,
		 "a second in its place");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM + MIB - PAGE, MIB, memory + MIB), -EEXIST,
		 "one that overlaps its last page");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM - MIB, MIB + PAGE, memory + MIB), -EEXIST,
		 "one that overlaps its first page");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM - MIB, 3 * MIB, memory + MIB), -EEXIST,
		 "one that contains it");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM + PAGE, PAGE, memory + MIB), -EEXIST,
		 "one that is inside it");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM + MIB, MIB, memory + MIB), 0,
		 "one right behind it");
	check_is(slot_set(vm.fd, 2, 0, GUEST_RAM - PAGE, PAGE, memory + 2 * MIB), 0,
		 "one right before it");
	check_is(slot_set(vm.fd, 3, 0, IPA_LIMIT, MIB, memory + 3 * MIB), -EFAULT,
		 "one outside the guest's address space");
	check_is(slot_set(vm.fd, 3, 0, IPA_LIMIT - PAGE, 2 * PAGE, memory + 3 * MIB), -EFAULT,
		 "one that crosses its end");
	check_is(slot_set(vm.fd, 3, 0, IPA_LIMIT - PAGE, PAGE, memory + 3 * MIB), 0,
		 "one that ends where it ends");
	check_is(slot_set(vm.fd, 4, 0, 0x1000000000, MIB, memory), 0,
		 "an alias: the first one's memory at another address");
	check_is(slot_set(vm.fd, 5, 0, 0x1100000000, MIB, memory + MIB / 2), 0,
		 "an alias of half the first and half the second");
	check_is(slot_set(vm.fd, 0, 0, 0, 0, NULL), 0, "deleting the first");
	check_is(slot_set(vm.fd, 6, 0, GUEST_RAM + PAGE, PAGE, memory + PAGE), 0,
		 "its place is free then");
	vm_close(&vm);
}

void slots_change(void)
{
	uint8_t *memory = memory_alloc(RAM_SIZE);
	struct vm vm;

	vm_open(&vm);
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB, memory), 0, "a slot");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB, memory), 0, "the same slot again");
	check_is(slot_set(vm.fd, 0, KVM_MEM_LOG_DIRTY_PAGES, GUEST_RAM, MIB, memory), 0,
		 "dirty logging is switched on");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB, memory), 0, "and off");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB / 2, memory), -EINVAL,
		 "its size cannot change");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, MIB, memory + MIB), -EINVAL,
		 "nor its host address");
	check_is(slot_set(vm.fd, 0, KVM_MEM_READONLY, GUEST_RAM, MIB, memory), -EINVAL,
		 "nor whether it is READONLY");
	check_is(slot_set(vm.fd, 0, 0, 2ull * GUEST_RAM, MIB, memory), 0, "it can move");
	check_is(slot_set(vm.fd, 1, 0, GUEST_RAM, MIB, memory + MIB), 0,
		 "which leaves its place free");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM + PAGE, MIB, memory), -EEXIST,
		 "it cannot move into another");
	check_is(slot_set(vm.fd, 0, 0, IPA_LIMIT, MIB, memory), -EFAULT,
		 "nor out of the address space");
	check_is(slot_set(vm.fd, 0, 0, 2ull * GUEST_RAM, MIB, memory), 0, "and is where it was");
	vm_close(&vm);
}

void slots_contents(void)
{
	struct guest_record *record;
	struct vm vm;

	vm_make(&vm, 1);
	record = vm_record(&vm);
	vm.ram[RAM_SIZE - 8] = 0x5a;
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_RAM + RAM_SIZE - 8, 0);
	check_is(vm_run(&vm, 0), 0, "a guest runs");
	check_is((long)record->value[0], 0x5a, "it sees what was written after its slot was set");
	for (int round = 0; round < 3; round++) {
		check_is(slot_set(vm.fd, 0, 0, 0, 0, NULL), 0, "the slot is deleted");
		check(vm.ram[RAM_SIZE - 8] == 0x5a, "the client still sees the contents");
		vm.ram[RAM_SIZE - 7] = (uint8_t)round;
		check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, RAM_SIZE, vm.ram), 0, "and added again");
		vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_RAM + RAM_SIZE - 8, 0);
		check_is(vm_run(&vm, 0), 0, "the guest runs again");
		check_is((long)record->value[0], 0x5a | round << 8,
			 "and sees the contents of round %d", round);
	}
	vm_enter(&vm, 0, PROGRAM_STORE, GUEST_RAM + RAM_SIZE - 8, 0x1234);
	check_is(vm_run(&vm, 0), 0, "the guest stores");
	check(*(volatile uint64_t *)(vm.ram + RAM_SIZE - 8) == 0x1234,
	      "the client sees what it stored");
	vm_close(&vm);
}

void slots_readonly(void)
{
	uint8_t *flash = memory_alloc(RAM_SIZE);
	struct kvm_run *run;
	struct vm vm;

	vm_make(&vm, 1);
	run = vm.run[0];
	memset(flash, 0x77, PAGE);
	check_is(slot_set(vm.fd, 1, KVM_MEM_READONLY, GUEST_FLASH, RAM_SIZE, flash), 0,
		 "a READONLY slot");
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_FLASH, 0);
	check_is(vm_run(&vm, 0), 0, "a guest reads it");
	check(run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == GUEST_PORTS + PORT_DONE,
	      "without an exit");
	check(vm_record(&vm)->value[0] == 0x7777777777777777, "and finds what is there");
	vm_enter(&vm, 0, PROGRAM_STORE, GUEST_FLASH + 16, 0xdeadbeef);
	check_is(vm_run(&vm, 0), 0, "a guest writes to it");
	check(run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write && run->mmio.len == 8 &&
		      run->mmio.phys_addr == GUEST_FLASH + 16 &&
		      *(uint64_t *)run->mmio.data == 0xdeadbeef,
	      "which is an MMIO exit with address, length and data");
	check(flash[16] == 0x77, "and changes nothing");
	check_is(vm_run(&vm, 0), 0, "the guest goes on");
	check(run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == GUEST_PORTS + PORT_DONE,
	      "behind the store");
	flash[PAGE + 8] = 0x11;
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_FLASH + PAGE + 8, 0);
	check_is(vm_run(&vm, 0), 0, "the guest reads again");
	check(vm_record(&vm)->value[0] == 0x11, "and sees what the client changes");
	for (int round = 0; round < 4; round++) {
		check_is(slot_set(vm.fd, 1, 0, 0, 0, NULL), 0, "flash goes into command mode");
		vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_FLASH, 0);
		check_is(vm_run(&vm, 0), 0, "a guest reads its status");
		check(run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write &&
			      run->mmio.phys_addr == GUEST_FLASH,
		      "which is an MMIO exit");
		check_is(slot_set(vm.fd, 1, KVM_MEM_READONLY, GUEST_FLASH, RAM_SIZE, flash), 0,
			 "flash goes into array mode");
	}
	vm_close(&vm);
}

void slots_unmapped(void)
{
	uint8_t *memory = memory_alloc(RAM_SIZE);
	struct vm vm;
	int result;

	vm_make(&vm, 1);
	munmap(memory, RAM_SIZE);
	result = slot_set(vm.fd, 1, 0, GUEST_HOLE, RAM_SIZE, memory);
	check(result == 0 || result == -EINVAL,
	      "a slot over unmapped memory is taken or refused (%d)", result);
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_HOLE, 0);
	result = vm_run(&vm, 0);
	check(result == -EFAULT || (!result && vm.run[0]->exit_reason == KVM_EXIT_MMIO),
	      "a guest that touches it ends with EFAULT, or an MMIO exit if it was refused (%d)",
	      result);
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	vm_close(&vm);
}

void slots_too_large(void)
{
	struct accounts before = accounts_read();
	struct vm vm, other;
	uint64_t size = (before.free_bytes & -RAM_SIZE) + RAM_SIZE;
	uint8_t *memory;

	if (!on_selkie()) {
		skip("a guest larger than the memory left (KVM overcommits)");
		return;
	}
	vm_make(&other, 1);
	vm_open(&vm);
	before = accounts_read();
	memory = memory_alloc(size);
	memory[PAGE] = 1;
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, size, memory), -ENOMEM,
		 "a guest larger than the memory left");
	check(memory[PAGE] == 1 && memory[0] == 0, "its client keeps its memory");
	check_accounts(&before, "that refusal");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, RAM_SIZE, memory), 0, "a small guest fits");
	vm_enter(&other, 0, PROGRAM_DONE, 7, 0);
	check_is(vm_run(&other, 0), 0, "another guest goes on");
	vm_close(&other);
	vm_close(&vm);
}

void slots_count(void)
{
	struct vm vm;
	uint8_t *memory = memory_alloc(RAM_SIZE);
	int count, result = 0, limit;

	vm_open(&vm);
	limit = CALL_VALUE(vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS);
	check_is(slot_set(vm.fd, (uint32_t)limit, 0, GUEST_RAM, PAGE, memory), -EINVAL,
		 "a slot number that NR_MEMSLOTS excludes");
	if (limit > 256)
		limit = 256;
	for (count = 0; count < limit && !result; count++)
		result = slot_set(vm.fd, (uint32_t)count, 0, GUEST_RAM + (uint64_t)count * 2 * PAGE,
				  PAGE, memory + (size_t)count * PAGE);
	check_is(result, 0, "%d slots of one page each", limit);
	for (count = 0; count < limit && !result; count++)
		result = slot_set(vm.fd, (uint32_t)count, 0, 0, 0, NULL);
	check_is(result, 0, "are deleted");
	vm_close(&vm);
}

void slots_dirty_log(void)
{
	uint64_t bitmap[RAM_SIZE / PAGE / 64] = {0};
	struct kvm_dirty_log log = {.slot = 0, .dirty_bitmap = bitmap};
	struct vm vm;

	vm_make(&vm, 1);
	check_is(call(vm.fd, KVM_GET_DIRTY_LOG, &log), -ENOENT,
		 "the dirty log of a slot without one");
	log.slot = 7;
	check_is(call(vm.fd, KVM_GET_DIRTY_LOG, &log), -ENOENT, "that of a slot that is not there");
	log.slot = 0x8000;
	check_is(call(vm.fd, KVM_GET_DIRTY_LOG, &log), -EINVAL, "that of a slot number beyond all");
	log.slot = 0;
	check_is(slot_set(vm.fd, 0, KVM_MEM_LOG_DIRTY_PAGES, GUEST_RAM, RAM_SIZE, vm.ram), 0,
		 "logging is switched on");
	vm_enter(&vm, 0, PROGRAM_STORE, GUEST_RAM + RAM_SIZE - PAGE, 1);
	check_is(vm_run(&vm, 0), 0, "a guest stores");
	check_is(call(vm.fd, KVM_GET_DIRTY_LOG, &log), 0, "the log can be read");
	check(bitmap[ARRAY_SIZE(bitmap) - 1] >> 63, "and has the page");
	log.dirty_bitmap = BAD_POINTER;
	check_is(call(vm.fd, KVM_GET_DIRTY_LOG, &log), -EFAULT, "the log at a wrong pointer");
	vm_close(&vm);
}
