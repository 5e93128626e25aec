// SPDX-License-Identifier: BSD-2-Clause
/*
 * The last page of the manager's memory. Ordinary slots are charged in full when they are set;
 * READONLY ones are not, so that a guest can use up all there is by reading them.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "memory.h"

#define GUEST_DATA 0x100000000ull

#define BEYOND (8 * RAM_SIZE) /* how much larger than what is left the slot is */

/*
 * Reads one page in 2 MiB as long as there are large pages, then each, until that fails. What
 * KVM_RUN said.
 */
static int use_up(struct vm *vm, uint64_t size)
{
	int result = 0;

	for (uint64_t at = 0; at < size && !result; at += at < size - BEYOND ? RAM_SIZE : 4096) {
		vm_enter(vm, 0, PROGRAM_LOAD, GUEST_DATA + at, 0);
		result = vm_run(vm, 0);
	}
	return result;
}

/* The signal that ends a process which reads this, or 0. */
static int read_signal(const volatile uint8_t *at)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		(void)*at;
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void while_exhausted(struct vm *greedy, struct vm *other, const uint8_t *last)
{
	int result = CALL_VALUE(greedy->kvm, KVM_CREATE_VM, 0);

	check(result == -ENOMEM || result >= 0, "another VM is refused for want of memory (%d)",
	      result);
	if (result >= 0)
		close(result);
	check_is(slot_set(other->fd, 1, 0, GUEST_DATA, 64 * RAM_SIZE, memory_alloc(64 * RAM_SIZE)),
		 -ENOMEM, "another guest's memory is refused");
	check(read_signal(last) == SIGBUS,
	      "a process that reads a page which is not there gets SIGBUS");
	vm_enter(other, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(other, 0), 0, "a guest that has its memory goes on");
	vm_enter(greedy, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(greedy, 0), 0, "so does the greedy one, with what it has");
}

void exhausted(void)
{
	struct accounts before = accounts_read();
	struct vm greedy, other;
	uint64_t size;
	uint8_t *memory;

	if (!on_selkie()) {
		skip("using up all memory (KVM's is Linux's)");
		return;
	}
	vm_make(&other, 1);
	vm_make(&greedy, 1);
	size = (accounts_read().free_bytes & -RAM_SIZE) + BEYOND;
	memory = memory_alloc(size);
	check_is(slot_set(greedy.fd, 1, KVM_MEM_READONLY, GUEST_DATA, size, memory), 0,
		 "a READONLY slot larger than all memory");
	check_is(use_up(&greedy, size), -ENOMEM, "its guest reads until nothing is left");
	while_exhausted(&greedy, &other, memory + size - 1);
	check_is(slot_set(greedy.fd, 1, 0, 0, 0, NULL), 0, "the slot is deleted");
	munmap(memory, size);
	vm_close(&greedy);
	vm_close(&other);
	check_accounts(&before, "both guests");
}
