// SPDX-License-Identifier: BSD-2-Clause
/*
 * churn: VMs created, destroyed and killed over and over, at moments that a seed determines ("-s
 * seed"). What the manager has left afterwards must be what it had before, exactly, and a
 * bystander's guest must not notice.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "churn.h"
#include "client.h"

#define ROUNDS	    40
#define SLOT_ROUNDS 60
#define WORKERS	    3
#define MIB	    (1ul << 20)

static void use_once(int vcpu_count)
{
	struct vm vm;

	vm_make(&vm, vcpu_count);
	vm_enter(&vm, 0, PROGRAM_DONE, 1, 0);
	if (vm_run(&vm, 0))
		give_up("a guest runs");
	vm_close(&vm);
}

static void create_and_destroy(void)
{
	struct accounts before = accounts_read();

	for (int round = 0; round < ROUNDS; round++)
		use_once(1 + round % 4);
	check(true, "%d guests are created and destroyed", ROUNDS);
	check_accounts(&before, "that");
}

static void slots_again_and_again(void)
{
	struct accounts before;
	struct vm vm;
	int result = 0;

	vm_make(&vm, 1);
	before = accounts_read();
	for (int round = 0; round < SLOT_ROUNDS && !result; round++) {
		uint64_t offset = test_random(1024) * 4096ull,
			 size = (1 + test_random(1024)) * 4096ull;
		uint8_t *memory = memory_alloc(8 * MIB);

		memset(memory + offset, round, test_random((uint32_t)size / 8));
		result = slot_set(vm.fd, 1, 0, 0x80000000 + test_random(512) * 4096ull, size,
				  memory + offset);
		if (!result)
			result = slot_set(vm.fd, 1, 0, 0, 0, NULL);
		munmap(memory, 8 * MIB);
	}
	check_is(result, 0, "%d slots over parts of mappings come and go", SLOT_ROUNDS);
	check_accounts(&before, "that");
	vm_close(&vm);
}

/* A guest that counts for as long as the pipe is open; its sum tells whether anything was lost. */
static void bystander(int until)
{
	uint64_t rounds = 0;
	struct vm vm;
	char byte;

	vm_make(&vm, 1);
	do {
		vm_enter(&vm, 0, PROGRAM_MODIFY, 200, 0);
		if (vm_run(&vm, 0) || *(uint64_t *)vm.run[0]->mmio.data != 200 * 201 / 2)
			_exit(1);
		rounds++;
	} while (read(until, &byte, 1) < 0 && errno == EAGAIN);
	vm_close(&vm);
	_exit(rounds ? 0 : 2);
}

/* Does something of everything until it is killed. */
static void worker(void)
{
	for (;;) {
		uint8_t *memory = memory_alloc(4 * MIB);
		struct vm vm;

		vm_make(&vm, 1 + (int)test_random(3));
		memset(memory, 1, test_random(4 * MIB));
		slot_set(vm.fd, 1, 0, 0x80000000, 4 * MIB, memory);
		vm_enter(&vm, 0, PROGRAM_WALK, 0x80000000, 1 + test_random(1023));
		vm_run(&vm, 0);
		vm_enter(&vm, 0, test_random(2) ? PROGRAM_SPIN : PROGRAM_DONE, 0, 0);
		alarm(1);
		vm_run(&vm, 0);
		alarm(0);
		vm_close(&vm);
		munmap(memory, 4 * MIB);
	}
}

static void on_alarm(int number)
{
}

static pid_t worker_start(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	pid_t child;

	/* Each worker another sequence. */
	test_random(2);
	child = fork();
	if (child)
		return child;
	sigaction(SIGALRM, &action, NULL);
	worker();
	_exit(0);
}

static void kill_at_random(void)
{
	struct accounts before = accounts_read();
	pid_t children[WORKERS], watcher;
	int until[2], status = 0;

	if (pipe2(until, O_NONBLOCK))
		give_up("a pipe can be had");
	watcher = fork();
	if (!watcher) {
		close(until[1]);
		bystander(until[0]);
	}
	close(until[0]);
	for (int i = 0; i < WORKERS; i++)
		children[i] = worker_start();
	for (int round = 0; round < ROUNDS; round++) {
		int victim = (int)test_random(WORKERS);

		sleep_ms(test_random(300));
		kill(children[victim], SIGKILL);
		waitpid(children[victim], NULL, 0);
		children[victim] = worker_start();
	}
	for (int i = 0; i < WORKERS; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	check(true, "%d clients are killed at random moments", ROUNDS + WORKERS);
	close(until[1]);
	waitpid(watcher, &status, 0);
	check(WIFEXITED(status) && !WEXITSTATUS(status),
	      "a bystander's guest counted right throughout");
	check_accounts(&before, "all that");
}

/* No descriptor left: the call fails, and what it began is undone. */
static void without_descriptors(void)
{
	struct kvm_create_device gic = {.type = KVM_DEV_TYPE_ARM_VGIC_V2};
	struct rlimit none, before;
	struct vm vm;
	int result;

	vm_open(&vm);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	check_is(CALL_VALUE(vm.kvm, KVM_CREATE_VM, 0), -EMFILE, "a VM without a descriptor for it");
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 0), -EMFILE, "a vCPU");
	check_is(call(vm.fd, KVM_CREATE_DEVICE, &gic), -EMFILE, "a GIC");
	setrlimit(RLIMIT_NOFILE, &before);
	result = CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 0);
	check(result >= 0, "the vCPU can be created after that (%d)", result);
	vm.vcpu[0] = result;
	vm_close(&vm);
}

static const struct test tests[] = {
	TEST(create_and_destroy), TEST(slots_again_and_again), TEST(without_descriptors),
	TEST(random_calls),	  TEST(kill_at_random),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
