// SPDX-License-Identifier: BSD-2-Clause
/* Lifetimes: files closed in every order, duplicated, inherited, used by two threads. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

/* The descriptors of a VM with one vCPU and a GIC, in the order of bits. */
static void close_in_order(struct vm *vm, unsigned int order)
{
	int fds[] = {vm->kvm, vm->fd, vm->vcpu[0], vm->gic};

	for (unsigned int left = 4; left; left--) {
		unsigned int pick = order % left;

		order /= left;
		close(fds[pick]);
		fds[pick] = fds[left - 1];
	}
}

void life_closing_orders(void)
{
	struct accounts before = accounts_read();
	struct vm vm;

	for (unsigned int order = 0; order < 24; order++) {
		vm_make(&vm, 1);
		vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
		if (vm_run(&vm, 0))
			give_up("a guest runs");
		close_in_order(&vm, order);
		munmap(vm.run[0], vm.run_size);
		munmap(vm.ram, RAM_SIZE);
	}
	check(true, "a VM's four files can be closed in each of 24 orders");
	check_accounts(&before, "24 VMs closed in every order");

	vm_make(&vm, 1);
	close(vm.fd);
	close(vm.kvm);
	close(vm.gic);
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "a vCPU runs on when all other files are closed");
	close(vm.vcpu[0]);
	check(vm.run[0]->exit_reason == KVM_EXIT_MMIO, "a run page outlives its vCPU's file");
	munmap(vm.ram, RAM_SIZE);
	munmap(vm.run[0], vm.run_size);
	check_accounts(&before, "that");
}

void life_duplicates(void)
{
	struct vm vm;
	int vcpu, fd;

	vm_make(&vm, 1);
	vcpu = dup(vm.vcpu[0]);
	fd = dup(vm.fd);
	close(vm.vcpu[0]);
	close(vm.fd);
	vm.vcpu[0] = vcpu;
	vm.fd = fd;
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "a duplicate of a vCPU's file is as good as the first");
	check_is(slot_set(vm.fd, 0, 0, 0, 0, NULL), 0, "and that of a VM's");
	vm_close(&vm);
}

void life_fork(void)
{
	struct vm vm;
	pid_t child;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	child = fork();
	if (!child) {
		check_is(vm_run(&vm, 0), -EIO, "a child cannot run its parent's vCPU");
		check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 1), -EIO, "nor use its VM");
		check_is(attr_set(vm.gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
				  NULL),
			 -EIO, "nor its devices");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	check_is(vm_run(&vm, 0), 0, "the parent can");

	/* A child that outlives its parent's VM keeps the files, not the VM's use. */
	child = fork();
	if (!child) {
		sleep_ms(300);
		_exit(0);
	}
	vm_close(&vm);
	waitpid(child, NULL, 0);
	check(true, "a child that keeps the files does no harm");
}

struct runner {
	struct vm *vm;
	int result;
	volatile int entered;
};

static void *runner_main(void *arg)
{
	struct runner *runner = arg;

	runner->entered = 1;
	runner->result = vm_run(runner->vm, 0);
	runner->entered = 2;
	return NULL;
}

static void on_signal(int number)
{
}

static void runner_start(struct runner *runner, struct vm *vm, pthread_t *thread)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGUSR1, &action, NULL);
	*runner = (struct runner){.vm = vm};
	if (pthread_create(thread, NULL, runner_main, runner))
		give_up("a thread can be had");
	while (!runner->entered)
		sleep_ms(1);
	sleep_ms(50);
}

/* Until it has left: a signal that comes before KVM_RUN is lost. */
static void runner_stop(struct runner *runner, pthread_t thread)
{
	while (runner->entered != 2) {
		pthread_kill(thread, SIGUSR1);
		sleep_ms(20);
	}
	pthread_join(thread, NULL);
}

void life_two_threads(void)
{
	struct runner first, second;
	pthread_t threads[2];
	struct vm vm;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_SPIN, 0, 0);
	runner_start(&first, &vm, &threads[0]);
	runner_start(&second, &vm, &threads[1]);
	check(first.entered == 1 && second.entered == 1, "two threads can run one vCPU");
	runner_stop(&first, threads[0]);
	check_is(first.result, -EINTR, "the first stops on a signal");
	check(second.entered == 1, "the second has its turn then");
	runner_stop(&second, threads[1]);
	check_is(second.result, -EINTR, "and stops on a signal too");
	vm_close(&vm);
}

void life_close_while_running(void)
{
	struct runner runner;
	pthread_t thread;
	struct vm vm;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_SPIN, 0, 0);
	runner_start(&runner, &vm, &thread);
	check_is(slot_set(vm.fd, 1, 0, GUEST_HOLE, RAM_SIZE, memory_alloc(RAM_SIZE)), 0,
		 "a slot is added while the guest runs");
	check_is(slot_set(vm.fd, 1, 0, 0, 0, NULL), 0, "and taken away");
	check_is(slot_set(vm.fd, 0, 0, 0, 0, NULL), 0, "even the one that it runs in");
	check_is(slot_set(vm.fd, 0, 0, GUEST_RAM, RAM_SIZE, vm.ram), 0, "which comes back");
	close(vm.vcpu[0]);
	close(vm.gic);
	close(vm.fd);
	close(vm.kvm);
	sleep_ms(50);
	check(runner.entered == 1 || runner.result == 0 || runner.result == -ENOSYS,
	      "all files are closed while the guest runs");
	runner_stop(&runner, thread);
	check(true, "the thread in KVM_RUN can be stopped");
	munmap(vm.run[0], vm.run_size);
	munmap(vm.ram, RAM_SIZE);
}

void life_many_vms(void)
{
	struct accounts before = accounts_read();
	struct vm vms[24];
	int made, ran = 0;

	for (made = 0; made < (int)ARRAY_SIZE(vms); made++)
		vm_make(&vms[made], 1);
	for (int i = 0; i < made; i++) {
		vm_enter(&vms[i], 0, PROGRAM_DONE, (uint64_t)i, 0);
		if (!vm_run(&vms[i], 0) && *(uint64_t *)vms[i].run[0]->mmio.data == (uint64_t)i)
			ran++;
	}
	check_is(ran, made, "%d VMs of one process run", made);
	while (made--)
		vm_close(&vms[made]);
	check_accounts(&before, "24 VMs at once");

	/* More than there can be: an error, never the loss of those that are there. */
	if (on_selkie()) {
		int fds[64], count, result = 0;

		vm_make(&vms[0], 1);
		for (count = 0; count < 64; count++) {
			result = CALL_VALUE(vms[0].kvm, KVM_CREATE_VM, 0);
			if (result < 0)
				break;
			fds[count] = result;
		}
		check(result == -ENOSPC || result == -ENOMEM, "VMs are not endless (%d)", result);
		vm_enter(&vms[0], 0, PROGRAM_DONE, 0, 0);
		check_is(vm_run(&vms[0], 0), 0, "the one that was there runs on");
		while (count--)
			close(fds[count]);
		vm_close(&vms[0]);
		check_accounts(&before, "as many VMs as there can be");
	}
}
