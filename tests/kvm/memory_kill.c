// SPDX-License-Identifier: BSD-2-Clause
/* kill -9 at every point of a VM's life. The manager must have everything back each time. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "memory.h"

#define MIB (1ul << 20)

enum phase {
	PHASE_OPEN,
	PHASE_MEMORY,
	PHASE_VCPU,
	PHASE_GIC,
	PHASE_INITIALISED,
	PHASE_EVENTS,
	PHASE_HAS_RUN,
	PHASE_MMIO_PENDING,
	PHASE_SPINNING,
	PHASE_WAITING,
	PHASE_FAULTING,
	PHASE_TWO_RUNNING,
	PHASE_COUNT
};

static const char *const phase_names[PHASE_COUNT] = {
	[PHASE_OPEN] = "with a VM",
	[PHASE_MEMORY] = "with memory",
	[PHASE_VCPU] = "with a vCPU",
	[PHASE_GIC] = "with a GIC",
	[PHASE_INITIALISED] = "when initialised",
	[PHASE_EVENTS] = "with irqfds and ioeventfds",
	[PHASE_HAS_RUN] = "when the guest has run",
	[PHASE_MMIO_PENDING] = "when the guest waits for an MMIO read",
	[PHASE_SPINNING] = "while the guest runs",
	[PHASE_WAITING] = "while the guest waits for an interrupt",
	[PHASE_FAULTING] = "while the guest faults",
	[PHASE_TWO_RUNNING] = "while two vCPUs run",
};

static void *second_main(void *arg)
{
	vm_run(arg, 1);
	return NULL;
}

static void add_events(struct vm *vm)
{
	int event = eventfd(0, EFD_CLOEXEC);
	struct kvm_ioeventfd io = {.addr = GUEST_PORTS + PORT_DOORBELL, .len = 4, .fd = event};
	struct kvm_irqfd irqfd = {.gsi = 2, .fd = (uint32_t)event};

	call(vm->fd, KVM_IOEVENTFD, &io);
	call(vm->fd, KVM_IRQFD, &irqfd);
}

static void run_phase(struct vm *vm, enum phase phase)
{
	static const unsigned int programs[PHASE_COUNT] = {
		[PHASE_SPINNING] = PROGRAM_SPIN,
		[PHASE_WAITING] = PROGRAM_WFI,
		[PHASE_FAULTING] = PROGRAM_VECTORS,
		[PHASE_TWO_RUNNING] = PROGRAM_SPIN,
	};
	pthread_t thread;

	vm_enter(vm, 0, PROGRAM_DONE, 0, 0);
	vm_run(vm, 0);
	if (phase == PHASE_MMIO_PENDING) {
		vm_enter(vm, 0, PROGRAM_LOAD, GUEST_HOLE, 0);
		vm_run(vm, 0);
	}
	if (phase == PHASE_TWO_RUNNING) {
		vm_init_vcpu(vm, 1, 0);
		vm_enter(vm, 1, PROGRAM_SPIN, 0, 0);
		pthread_create(&thread, NULL, second_main, vm);
	}
	if (programs[phase])
		vm_enter(vm, 0, programs[phase], 0, 0);
}

/* Goes as far as the phase, says so, and stays there. */
static void live(enum phase phase, int ready)
{
	struct vm vm;

	vm_open(&vm);
	if (phase >= PHASE_MEMORY)
		vm_add_ram(&vm);
	for (int id = 0; id < 2 && phase >= PHASE_VCPU; id++) {
		vm_add_vcpu(&vm, id);
		vm_init_vcpu(&vm, id, id ? 1u << KVM_ARM_VCPU_POWER_OFF : 0);
	}
	if (phase >= PHASE_GIC)
		vm_add_gic(&vm);
	if (phase >= PHASE_INITIALISED)
		vm_start_gic(&vm);
	if (phase >= PHASE_EVENTS)
		add_events(&vm);
	if (phase >= PHASE_HAS_RUN)
		run_phase(&vm, phase);
	if (write(ready, "x", 1) != 1)
		_exit(1);
	if (phase >= PHASE_SPINNING)
		vm_run(&vm, 0);
	pause();
}

static void kill_in(enum phase phase)
{
	int ready[2], status = 0;
	pid_t child;
	char byte;

	if (pipe(ready))
		give_up("a pipe can be had");
	child = fork();
	if (!child)
		live(phase, ready[1]);
	close(ready[1]);
	check_is(read(ready[0], &byte, 1), 1, "a client gets as far as %s", phase_names[phase]);
	close(ready[0]);
	sleep_ms(50);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it is killed %s",
	      phase_names[phase]);
}

void killed_in_each_phase(void)
{
	struct accounts before = accounts_read();

	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		kill_in(phase);
		check_accounts(&before, phase_names[phase]);
	}
}

/* At random moments while much memory is copied. */
void killed_during_adoption(void)
{
	struct accounts before = accounts_read();

	for (int round = 0; round < 10; round++) {
		pid_t child = fork();

		if (!child) {
			uint8_t *memory = memory_alloc(48 * MIB);
			struct vm vm;

			memset(memory, 1, 48 * MIB);
			vm_open(&vm);
			for (;;) {
				slot_set(vm.fd, 1, 0, 0x80000000, 48 * MIB, memory);
				slot_set(vm.fd, 1, 0, 0, 0, NULL);
			}
		}
		sleep_ms(20 + test_random(400));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	check(true, "ten clients are killed while their memory becomes a guest's");
	check_accounts(&before, "that");
}

/* A child that shares the memory outlives the killed client. */
void killed_with_a_child(void)
{
	struct accounts before = accounts_read();
	int ready[2];
	pid_t client;
	char byte;

	if (pipe(ready))
		give_up("a pipe can be had");
	client = fork();
	if (!client) {
		struct vm vm;

		vm_make(&vm, 1);
		vm_enter(&vm, 0, PROGRAM_SPIN, 0, 0);
		if (!fork()) {
			sleep_ms(300);
			_exit(vm.ram[0] != 0);
		}
		if (write(ready[1], "x", 1) == 1)
			vm_run(&vm, 0);
		_exit(0);
	}
	check_is(read(ready[0], &byte, 1), 1,
		 "a client has a child that shares its guest's memory");
	sleep_ms(50);
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	sleep_ms(400);
	check_accounts(&before, "both are gone");
}
