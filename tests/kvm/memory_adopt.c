// SPDX-License-Identifier: BSD-2-Clause
/* How memory of each kind becomes a guest's: contents, neighbours, laziness, refusals. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "memory.h"

#define PAGE	   4096ul
#define MIB	   (1ul << 20)
#define GUEST_DATA 0x80000000ull

/* The guest's 64-bit load. */
static uint64_t guest_load(struct vm *vm, uint64_t ipa)
{
	vm_record(vm)->value[0] = ~ipa;
	vm_enter(vm, 0, PROGRAM_LOAD, ipa, 0);
	if (vm_run(vm, 0))
		return ~ipa;
	return vm_record(vm)->value[0];
}

static int guest_store(struct vm *vm, uint64_t ipa, uint64_t value)
{
	vm_enter(vm, 0, PROGRAM_STORE, ipa, value);
	return vm_run(vm, 0);
}

void contents_survive(void)
{
	size_t size = 16 * MIB, wrong = 0, holes = 0;
	uint8_t *memory = memory_alloc(size + RAM_SIZE);
	uint64_t *words;
	struct vm vm;

	/* An odd page offset, so that head, 2 MiB chunks and tail are all there. */
	memory += 3 * PAGE;
	for (size_t at = 0; at < size; at += 7 * PAGE)
		*(uint64_t *)(memory + at) = at ^ 0x5e1c1e;
	vm_make(&vm, 1);
	check_is(slot_set(vm.fd, 1, 0, GUEST_DATA + 3 * PAGE, size, memory), 0,
		 "a slot over 16 MiB");
	for (size_t at = 0; at < size; at += PAGE) {
		words = (uint64_t *)(memory + at);
		if (at % (7 * PAGE))
			holes += words[0] != 0;
		else
			wrong += words[0] != (at ^ 0x5e1c1e);
	}
	check_is((long)wrong, 0, "every seventh page keeps what was written before");
	check_is((long)holes, 0, "the others read as zero");
	wrong = 0;
	for (size_t at = 0; at < size; at += 21 * 7 * PAGE)
		wrong += guest_load(&vm, GUEST_DATA + 3 * PAGE + at) != (at ^ 0x5e1c1e);
	check_is((long)wrong, 0, "the guest sees the same");
	vm_close(&vm);
	wrong = 0;
	for (size_t at = 0; at < size; at += 7 * PAGE)
		wrong += *(uint64_t *)(memory + at) != (at ^ 0x5e1c1e);
	check_is((long)wrong, 0, "and the process still does when the VM is gone");
}

void both_sides_write(void)
{
	uint64_t *memory = memory_alloc(RAM_SIZE);
	unsigned int wrong = 0;
	struct vm vm;

	vm_make(&vm, 1);
	check_is(slot_set(vm.fd, 1, 0, GUEST_DATA, RAM_SIZE, memory), 0, "a slot");
	vm_enter(&vm, 0, PROGRAM_WALK, GUEST_DATA, RAM_SIZE / PAGE);
	check_is(vm_run(&vm, 0), 0, "the guest writes to each page");
	for (size_t page = 0; page < RAM_SIZE / PAGE; page++)
		wrong += memory[page * PAGE / 8] != page;
	check_is(wrong, 0, "the process sees each");
	for (unsigned int round = 1; round < 50; round++) {
		memory[round * 64] = round * 3;
		wrong += guest_load(&vm, GUEST_DATA + round * 512) != round * 3;
		wrong += guest_store(&vm, GUEST_DATA + round * 512, round * 5) != 0;
		wrong += ((volatile uint64_t *)memory)[round * 64] != round * 5;
	}
	check_is(wrong, 0, "and both see what they write in turn");
	vm_close(&vm);
}

void half_a_mapping(void)
{
	uint8_t *memory = memory_alloc(4 * RAM_SIZE);
	struct vm vm;
	int result;

	for (size_t at = 0; at < 4 * RAM_SIZE; at += PAGE)
		memory[at] = (uint8_t)(at >> 12);
	vm_make(&vm, 1);
	check_is(slot_set(vm.fd, 1, 0, GUEST_DATA, RAM_SIZE + PAGE, memory + RAM_SIZE - PAGE), 0,
		 "a slot over the middle of a mapping");
	check(memory[RAM_SIZE - 2 * PAGE] == 0xfe && memory[2 * RAM_SIZE] == 0,
	      "its neighbours are there");
	memory[RAM_SIZE - 2 * PAGE] = 1;
	check(guest_load(&vm, GUEST_DATA) == 0xff, "the guest sees its part");
	check_is(slot_set(vm.fd, 2, 0, 2 * GUEST_DATA, 4 * RAM_SIZE, memory), 0,
		 "a slot over all of it, with the first");
	check(guest_load(&vm, 2 * GUEST_DATA + RAM_SIZE - 2 * PAGE) == 1,
	      "has what changed before");
	check_is(guest_store(&vm, GUEST_DATA, 0x77), 0, "the guest stores through one");
	check(guest_load(&vm, 2 * GUEST_DATA + RAM_SIZE - PAGE) == 0x77,
	      "and loads through the other");
	result = slot_set(vm.fd, 3, 0, 4 * GUEST_DATA + PAGE, RAM_SIZE, memory);
	check(result == 0 || result == -EINVAL,
	      "an alias one page out of step with the first is taken or refused (%d)", result);
	check_is(slot_set(vm.fd, 1, 0, 0, 0, NULL), 0, "the first slot is deleted");
	check(guest_load(&vm, 2 * GUEST_DATA + RAM_SIZE - PAGE) == 0x77,
	      "the second still has its memory");
	vm_close(&vm);
	check(memory[RAM_SIZE - PAGE] == 0x77, "and so has the process, after the VM");
}

/* A range whose parts have different protections, one of them a guard. */
void mappings_of_many_kinds(void)
{
	uint8_t *memory = memory_alloc(4 * RAM_SIZE);
	struct vm vm;
	int result;

	memset(memory, 0x33, 4 * RAM_SIZE);
	vm_make(&vm, 1);
	mprotect(memory + RAM_SIZE, PAGE, PROT_READ);
	mprotect(memory + 2 * RAM_SIZE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	check_is(slot_set(vm.fd, 1, 0, GUEST_DATA, 4 * RAM_SIZE, memory), 0,
		 "a slot over mappings of several protections");
	check(guest_load(&vm, GUEST_DATA + 2 * RAM_SIZE) == 0x3333333333333333,
	      "the guest sees them");
	vm_close(&vm);

	memory = memory_alloc(4 * RAM_SIZE);
	munmap(memory + RAM_SIZE, PAGE);
	vm_make(&vm, 1);
	result = slot_set(vm.fd, 1, 0, GUEST_DATA, 4 * RAM_SIZE, memory);
	check(result == 0 || result == -EINVAL, "a slot over a gap is taken or refused (%d)",
	      result);
	memory[0] = 1;
	memory[2 * RAM_SIZE] = 2;
	check(memory[0] == 1 && memory[2 * RAM_SIZE] == 2, "what is around the gap can be used");
	vm_close(&vm);
}

void locked_and_populated(void)
{
	uint8_t *memory = memory_alloc(2 * RAM_SIZE);
	struct vm vm;

	memory[5] = 5;
	if (mlock(memory, RAM_SIZE) || madvise(memory + RAM_SIZE, RAM_SIZE, MADV_POPULATE_WRITE))
		skip("locked memory (%s)", strerror(errno));
	madvise(memory, RAM_SIZE, MADV_HUGEPAGE);
	madvise(memory, RAM_SIZE, MADV_DONTFORK);
	vm_make(&vm, 1);
	check_is(slot_set(vm.fd, 1, 0, GUEST_DATA, 2 * RAM_SIZE, memory), 0,
		 "a slot over locked memory");
	check(guest_load(&vm, GUEST_DATA) == 5ull << 40, "the guest sees it");
	munlock(memory, RAM_SIZE);
	check_is(guest_store(&vm, GUEST_DATA + RAM_SIZE, 9), 0, "it can be unlocked, and written");
	check(memory[RAM_SIZE] == 9, "as the process sees");
	vm_close(&vm);
}

void large_and_lazy(void)
{
	size_t size = 384 * MIB;
	uint8_t *memory = memory_alloc(size);
	uint64_t start = now_ms();
	unsigned int wrong = 0;
	struct vm vm;

	vm_make(&vm, 1);
	check_is(slot_set(vm.fd, 1, 0, 0x100000000, size, memory), 0, "a slot over 384 MiB");
	check(now_ms() - start < 5000, "takes little time (%llu ms)",
	      (unsigned long long)(now_ms() - start));
	for (size_t at = 0; at < size; at += 24 * MIB + 5 * PAGE)
		wrong += guest_store(&vm, 0x100000000 + at, at + 1) != 0;
	for (size_t at = 0; at < size; at += 24 * MIB + 5 * PAGE)
		wrong += *(volatile uint64_t *)(memory + at) != at + 1;
	check_is(wrong, 0, "the guest touches it here and there");
	for (size_t at = 11 * MIB; at < size; at += 24 * MIB) {
		*(uint64_t *)(memory + at) = at;
		wrong += guest_load(&vm, 0x100000000 + at) != at;
	}
	check_is(wrong, 0, "and the process too");
	vm_close(&vm);
}

/* Memory that is not private and anonymous: it works, or it is refused with EINVAL and stays
 * usable. */
static void backing(uint8_t *memory, const char *what)
{
	struct vm vm;
	int result;

	if (memory == MAP_FAILED) {
		skip("%s cannot be had", what);
		return;
	}
	memory[0] = 0x44;
	vm_make(&vm, 1);
	result = slot_set(vm.fd, 1, 0, GUEST_DATA, RAM_SIZE, memory);
	check(result == 0 || result == -EINVAL, "%s is taken or refused (%d)", what, result);
	if (!result) {
		check(guest_load(&vm, GUEST_DATA) == 0x44, "%s: the guest sees it", what);
		check_is(guest_store(&vm, GUEST_DATA + PAGE, 0x55), 0, "%s: the guest writes",
			 what);
		check(memory[PAGE] == 0x55, "%s: the process sees that", what);
	}
	check(memory[0] == 0x44, "%s is as it was", what);
	vm_close(&vm);
	munmap(memory, RAM_SIZE);
}

void other_backings(void)
{
	int prot = PROT_READ | PROT_WRITE, memfd = memfd_create("guest", 0);
	char name[] = "/tmp/selkie-memory-XXXXXX";
	int file = mkstemp(name);

	backing(mmap(NULL, RAM_SIZE, prot, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		"shared anonymous memory");
	if (memfd < 0 || ftruncate(memfd, RAM_SIZE))
		give_up("a memfd can be had");
	backing(mmap(NULL, RAM_SIZE, prot, MAP_SHARED, memfd, 0), "a memfd");
	backing(mmap(NULL, RAM_SIZE, prot, MAP_PRIVATE, memfd, 0), "a private memfd");
	if (file >= 0 && !ftruncate(file, RAM_SIZE))
		backing(mmap(NULL, RAM_SIZE, prot, MAP_SHARED, file, 0), "a file");
	backing(mmap(NULL, RAM_SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0),
		"a huge page");
	unlink(name);
}
