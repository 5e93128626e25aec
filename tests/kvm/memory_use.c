// SPDX-License-Identifier: BSD-2-Clause
/* What a process does with memory that is a guest's: direct I/O, pinning, fork, unmap, protect,
 * move. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "memory.h"

#define PAGE	   4096ul
#define MIB	   (1ul << 20)
#define GUEST_DATA 0x80000000ull
#define FILE_SIZE  MIB

/* A VM with a second slot of RAM_SIZE bytes at GUEST_DATA. */
static uint8_t *data_make(struct vm *vm)
{
	uint8_t *memory = memory_alloc(RAM_SIZE);

	vm_make(vm, 1);
	if (slot_set(vm->fd, 1, 0, GUEST_DATA, RAM_SIZE, memory))
		give_up("a slot can be had");
	return memory;
}

static uint64_t guest_load(struct vm *vm, uint64_t ipa)
{
	vm_enter(vm, 0, PROGRAM_LOAD, ipa, 0);
	return vm_run(vm, 0) ? ~0ull : vm_record(vm)->value[0];
}

static int guest_store(struct vm *vm, uint64_t ipa, uint64_t value)
{
	vm_enter(vm, 0, PROGRAM_STORE, ipa, value);
	return vm_run(vm, 0);
}

void direct_io(void)
{
	char name[] = "direct-io-XXXXXX";
	uint64_t *memory, wrong = 0;
	struct vm vm;
	int file;

	memory = (uint64_t *)data_make(&vm);
	file = mkostemp(name, O_DIRECT);
	if (file < 0) {
		skip("direct I/O in %s (%s)", get_current_dir_name(), strerror(errno));
		vm_close(&vm);
		return;
	}
	for (size_t i = 0; i < FILE_SIZE / 8; i++)
		memory[i] = i * 0x9e3779b97f4a7c15;
	check_is(pwrite(file, memory, FILE_SIZE, 0), FILE_SIZE,
		 "direct I/O writes from guest memory");
	check_is(pread(file, (uint8_t *)memory + FILE_SIZE, FILE_SIZE, 0), FILE_SIZE,
		 "and reads into it, where nothing was yet");
	for (size_t i = 0; i < FILE_SIZE / 8; i++)
		wrong += memory[FILE_SIZE / 8 + i] != i * 0x9e3779b97f4a7c15;
	check_is((long)wrong, 0, "the same");
	check(guest_load(&vm, GUEST_DATA + FILE_SIZE + 8) == 0x9e3779b97f4a7c15,
	      "the guest sees it");
	check_is(pread(file, BAD_POINTER, PAGE, 0), -1, "not to a wrong pointer");
	close(file);
	unlink(name);
	vm_close(&vm);
	munmap(memory, RAM_SIZE);
}

/* Pages in a pipe outlive the mapping and the VM: nobody may reuse them before they are read. */
void pinned_pages(void)
{
	struct accounts before = accounts_read();
	struct iovec iov;
	uint8_t *memory, *copy = malloc(8 * PAGE);
	struct vm vm, other;
	int pipes[2];
	unsigned int wrong = 0;

	if (pipe(pipes))
		give_up("a pipe can be had");
	memory = data_make(&vm);
	memset(memory, 0x61, 8 * PAGE);
	iov = (struct iovec){memory, 8 * PAGE};
	check_is(vmsplice(pipes[1], &iov, 1, 0), 8 * PAGE, "guest pages go into a pipe");
	munmap(memory, RAM_SIZE);
	vm_close(&vm);

	/* Somebody else's memory meanwhile. */
	memory = data_make(&other);
	memset(memory, 0x62, RAM_SIZE);
	for (size_t got = 0; got < 8 * PAGE;) {
		ssize_t count = read(pipes[0], copy + got, 8 * PAGE - got);

		if (count <= 0)
			break;
		got += (size_t)count;
	}
	for (size_t i = 0; i < 8 * PAGE; i++)
		wrong += copy[i] != 0x61;
	check_is(wrong, 0, "they hold what they held, though mapping and VM are gone");
	munmap(memory, RAM_SIZE);
	vm_close(&other);
	close(pipes[0]);
	close(pipes[1]);
	check_accounts(&before, "that");
}

void read_by_others(void)
{
	uint8_t *memory, copy[16] = {0};
	struct iovec local = {copy, sizeof(copy)}, remote;
	struct vm vm;
	pid_t child;
	int status = 0, file;

	memory = data_make(&vm);
	memcpy(memory + PAGE, "0123456789abcdef", 16);
	file = open("/proc/self/mem", O_RDWR);
	check_is(pread(file, copy, 16, (off_t)(uintptr_t)(memory + PAGE)), 16,
		 "/proc/self/mem reads it");
	check(!memcmp(copy, "0123456789abcdef", 16), "as it is");
	check_is(pwrite(file, "x", 1, (off_t)(uintptr_t)memory), 1, "/proc/self/mem writes it");
	check(guest_load(&vm, GUEST_DATA) == 'x', "as the guest sees");
	close(file);
	child = fork();
	if (!child) {
		memset(copy, 0, sizeof(copy));
		remote = (struct iovec){memory + PAGE, 16};
		_exit(process_vm_readv(getppid(), &local, 1, &remote, 1, 0) == 16 &&
		      !memcmp(copy, "0123456789abcdef", 16));
	}
	waitpid(child, &status, 0);
	check_is(WEXITSTATUS(status), 1, "another process can read it");
	vm_close(&vm);
}

void forked(void)
{
	struct accounts before = accounts_read();
	int status = 0, pipes[2];
	uint8_t *memory;
	struct vm vm;
	pid_t child;
	char byte;

	if (pipe(pipes))
		give_up("a pipe can be had");
	memory = data_make(&vm);
	memory[0] = 0x17;
	child = fork();
	if (!child) {
		bool same = memory[0] == 0x17 && memory[PAGE] == 0;

		/* Until the parent has destroyed everything. */
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) < 0)
			_exit(2);
		_exit(same && memory[0] == 0x17);
	}
	check(guest_load(&vm, GUEST_DATA) == 0x17, "after a fork the guest still has its memory");
	check_is(guest_store(&vm, GUEST_DATA + 8, 1), 0, "and can write to it");
	check(memory[8] == 1, "as the parent sees");
	vm_close(&vm);
	munmap(memory, RAM_SIZE);
	close(pipes[1]);
	waitpid(child, &status, 0);
	check_is(WEXITSTATUS(status), 1,
		 "the child keeps a view of the contents when VM and parent let go");
	check_accounts(&before, "that");
}

void discarded(void)
{
	uint8_t *memory;
	struct vm vm;
	uint64_t value;

	memory = data_make(&vm);
	memset(memory, 0x19, 2 * PAGE);
	check(guest_load(&vm, GUEST_DATA) == 0x1919191919191919, "a guest sees what is there");
	check_is(madvise(memory, RAM_SIZE, MADV_DONTNEED), 0,
		 "the process says that it needs it no more");
	value = guest_load(&vm, GUEST_DATA);
	check(value == 0 || value == 0x1919191919191919, "the guest has zeroes or what was there");
	check(*(volatile uint64_t *)memory == value, "the process sees the same");
	check_is(guest_store(&vm, GUEST_DATA + PAGE, 4), 0, "the guest writes");
	check(memory[PAGE] == 4, "the process sees that too");
	madvise(memory, RAM_SIZE, MADV_FREE);
	madvise(memory, RAM_SIZE, MADV_REMOVE);
	madvise(memory, RAM_SIZE, MADV_MERGEABLE);
	madvise(memory, RAM_SIZE, MADV_COLD);
	madvise(memory, RAM_SIZE, MADV_PAGEOUT);
	madvise(memory, RAM_SIZE, MADV_NOHUGEPAGE);
	madvise(memory, RAM_SIZE, MADV_WIPEONFORK);
	check_is(guest_store(&vm, GUEST_DATA + PAGE, 5), 0,
		 "after all other advice the guest writes");
	check(memory[PAGE] == 5, "and the process sees it");
	vm_close(&vm);
}

void unmapped_while_running(void)
{
	uint8_t *memory, *again;
	struct vm vm;
	int result;

	memory = data_make(&vm);
	memory[0] = 1;
	munmap(memory + RAM_SIZE / 2, RAM_SIZE / 2);
	check(guest_load(&vm, GUEST_DATA) == 1,
	      "half of a slot is unmapped: the other half is there");
	result = guest_store(&vm, GUEST_DATA + RAM_SIZE / 2, 7);
	check(result == 0 || result == -EFAULT, "the unmapped half is the guest's, or EFAULT (%d)",
	      result);
	again = mmap(memory + RAM_SIZE / 2, RAM_SIZE / 2, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check(again == memory + RAM_SIZE / 2 && again[0] == 0, "new memory in its place is new");
	munmap(memory, RAM_SIZE);
	result = guest_store(&vm, GUEST_DATA, 8);
	check(result == 0 || result == -EFAULT, "all of it is unmapped (%d)", result);
	check_is(slot_set(vm.fd, 1, 0, 0, 0, NULL), 0, "the slot can be deleted");
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "the guest goes on");
	vm_close(&vm);
}

static sigjmp_buf fault_jump;

static void on_fault(int number)
{
	siglongjmp(fault_jump, number);
}

/* The signal that a write there raises, or 0. */
static int write_signal(volatile uint8_t *at)
{
	struct sigaction action = {.sa_handler = on_fault};
	int number;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	number = sigsetjmp(fault_jump, 1);
	if (!number)
		*at = 1;
	return number;
}

void protected(void)
{
	uint8_t *memory;
	struct vm vm;
	int result;

	memory = data_make(&vm);
	memory[0] = 2;
	check_is(mprotect(memory, RAM_SIZE, PROT_READ), 0,
		 "guest memory is made read-only to the process");
	check_is(write_signal(memory), SIGSEGV, "which cannot write to it then");
	check(memory[0] == 2, "but read");
	result = guest_store(&vm, GUEST_DATA + PAGE, 3);
	check(result == 0 || result == -EFAULT, "the guest can, or ends with EFAULT (%d)", result);
	check_is(mprotect(memory, RAM_SIZE, PROT_NONE), 0, "it is made inaccessible");
	check_is(write_signal(memory), SIGSEGV, "which it is");
	check_is(mprotect(memory, RAM_SIZE, PROT_READ | PROT_WRITE), 0, "and accessible again");
	check(memory[0] == 2, "with its contents");
	check(guest_load(&vm, GUEST_DATA) == 2, "which the guest sees");
	vm_close(&vm);
}

void moved(void)
{
	uint8_t *memory, *target = memory_alloc(2 * RAM_SIZE) + 5 * PAGE, *at;
	struct vm vm;
	int result;

	memory = data_make(&vm);
	memory[PAGE] = 6;
	at = mremap(memory, RAM_SIZE, RAM_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	check(at == target, "guest memory is moved");
	check(at == MAP_FAILED || at[PAGE] == 6, "its contents move with it");
	result = guest_store(&vm, GUEST_DATA + PAGE, 7);
	check(result == 0 || result == -EFAULT, "the guest has it, or EFAULT (%d)", result);
	if (!result)
		check(at[PAGE] == 7, "and the process sees what it writes");
	at = mremap(target, RAM_SIZE, 2 * RAM_SIZE, MREMAP_MAYMOVE);
	check(at == MAP_FAILED || write_signal(at + RAM_SIZE) == 0, "it grows, or does not");
	vm_close(&vm);
}
