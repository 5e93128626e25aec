// SPDX-License-Identifier: BSD-2-Clause
/* vCPUs: creation, initialisation, the run page, MP_STATE, immediate_exit, signals and their mask.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

void vcpu_creation(void)
{
	struct vm vm;
	int id, result = 0;

	vm_open(&vm);
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, ~0u), -EINVAL, "vCPU -1");
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 100000), -EINVAL, "vCPU 100000");
	vm_add_vcpu(&vm, 0);
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 0), -EEXIST, "vCPU 0 twice");
	vm_add_gic(&vm);
	for (id = 1; id < VCPU_MAX; id++) {
		result = CALL_VALUE(vm.fd, KVM_CREATE_VCPU, id);
		if (result < 0)
			break;
	}
	check_is(id, VCPU_MAX, "a GICv2 guest can have %d vCPUs", VCPU_MAX);
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, VCPU_MAX), -EINVAL, "but not one more");
	vm_close(&vm);

	vm_make(&vm, 1);
	check_is(CALL_VALUE(vm.fd, KVM_CREATE_VCPU, 1), -EBUSY,
		 "no vCPU can come after the GIC's start");
	vm_close(&vm);
}

/* Ioctls of a vCPU that take a pointer. */
static const struct {
	unsigned long request;
	const char *name;
} pointer_ioctls[] = {
	{KVM_ARM_VCPU_INIT, "ARM_VCPU_INIT"},	  {KVM_GET_ONE_REG, "GET_ONE_REG"},
	{KVM_SET_ONE_REG, "SET_ONE_REG"},	  {KVM_GET_REG_LIST, "GET_REG_LIST"},
	{KVM_GET_MP_STATE, "GET_MP_STATE"},	  {KVM_SET_MP_STATE, "SET_MP_STATE"},
	{KVM_SET_SIGNAL_MASK, "SET_SIGNAL_MASK"},
};

static void init_refusals(struct vm *vm)
{
	struct kvm_vcpu_init good, init;

	call(vm->fd, KVM_ARM_PREFERRED_TARGET, &good);
	init = good;
	init.target = 99;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), -EINVAL, "an unknown target");
	init = good;
	init.features[0] = 1u << 31;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), -ENOENT, "an unknown feature");
	init = good;
	init.features[6] = 1;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), -ENOENT, "an unknown feature word");
	init = good;
	init.features[0] = 1u << KVM_ARM_VCPU_SVE;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), -EINVAL,
		 "a feature that this CPU lacks");
	check_is(vm_run(vm, 0), -ENOEXEC, "no refusal initialises");

	init = good;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), 0, "the preferred target");
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), 0, "and again");
	init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2;
	check_is(call(vm->vcpu[0], KVM_ARM_VCPU_INIT, &init), -EINVAL, "features cannot change");
}

void vcpu_initialisation(void)
{
	uint64_t value;
	struct vm vm;

	vm_open(&vm);
	vm_add_ram(&vm);
	vm_add_vcpu(&vm, 0);
	check_is(vm_run(&vm, 0), -ENOEXEC, "running before the initialisation");
	check_is(reg_get(vm.vcpu[0], CORE_REG(regs.pc), &value), -ENOEXEC,
		 "reading a register before it");
	check_is(call(vm.vcpu[0], KVM_GET_REG_LIST, &(struct kvm_reg_list){0}), -ENOEXEC,
		 "the register list before it");
	init_refusals(&vm);
	check_is(CALL_VALUE(vm.vcpu[0], KVM_RUN, 1), -EINVAL, "KVM_RUN has no argument");
	for (size_t i = 0; i < ARRAY_SIZE(pointer_ioctls); i++)
		check_is(call(vm.vcpu[0], pointer_ioctls[i].request, BAD_POINTER), -EFAULT,
			 "%s with a wrong pointer", pointer_ioctls[i].name);
	vm_enter(&vm, 0, PROGRAM_DONE, 3, 0);
	check_is(vm_run(&vm, 0), 0, "a guest without a GIC runs");
	check(vm.run[0]->exit_reason == KVM_EXIT_MMIO && *(uint64_t *)vm.run[0]->mmio.data == 3,
	      "and ends as it should");
	vm_close(&vm);
}

static void on_signal(int number)
{
}

static void expect_signal(int number)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(number, &action, NULL);
}

void vcpu_run_page(void)
{
	struct vm vm;
	void *far;

	vm_make(&vm, 1);
	far = mmap(NULL, 4096, PROT_READ, MAP_SHARED, vm.vcpu[0], 64 * 4096);
	if (far != MAP_FAILED)
		check(madvise(far, 4096, MADV_POPULATE_READ) < 0, "nothing is behind the run page");
	/* The run page is user space's to scribble on. */
	memset(vm.run[0], 0xff, 4096);
	check_is(vm_run(&vm, 0), -EINTR, "garbage in the run page is taken as immediate_exit");
	vm_enter(&vm, 0, PROGRAM_DONE, 5, 0);
	memset(vm.run[0], 0xff, 4096);
	vm.run[0]->immediate_exit = 0;
	check_is(vm_run(&vm, 0), 0, "and is otherwise harmless");
	check_is(vm.run[0]->exit_reason, KVM_EXIT_MMIO, "the guest's exit is in its place");
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_HOLE, 0);
	check_is(vm_run(&vm, 0), 0, "a guest reads a device");
	memset(vm.run[0], 0xff, 4096);
	vm.run[0]->immediate_exit = 0;
	vm.run[0]->exit_reason = KVM_EXIT_MMIO; /* KVM answers only what still says so */
	check_is(vm_run(&vm, 0), 0, "an answer with a garbled length, address and direction");
	check(vm_record(&vm)->value[0] == ~0ull, "is the data and nothing else");
	vm_enter(&vm, 0, PROGRAM_DONE, 5, 0);
	munmap(vm.run[0], vm.run_size);
	vm.run[0] = NULL;
	check_is(vm_run(&vm, 0), 0, "a vCPU runs without its run page being mapped");
	vm_close(&vm);
}

static void mp_state_set(struct vm *vm, uint32_t state, int expected, const char *what)
{
	struct kvm_mp_state mp = {state};

	check_is(call(vm->vcpu[0], KVM_SET_MP_STATE, &mp), expected, "MP_STATE %s", what);
}

static long mp_state_get(struct vm *vm)
{
	struct kvm_mp_state mp = {~0u};
	int result = call(vm->vcpu[0], KVM_GET_MP_STATE, &mp);

	return result < 0 ? result : (long)mp.mp_state;
}

void vcpu_mp_state(void)
{
	struct vm vm;

	vm_make(&vm, 1);
	check_is(mp_state_get(&vm), KVM_MP_STATE_RUNNABLE, "a vCPU is born RUNNABLE");
	mp_state_set(&vm, KVM_MP_STATE_HALTED, -EINVAL, "HALTED does not exist here");
	mp_state_set(&vm, 0xffff, -EINVAL, "0xffff does not exist");
	mp_state_set(&vm, KVM_MP_STATE_STOPPED, 0, "STOPPED");
	check_is(mp_state_get(&vm), KVM_MP_STATE_STOPPED, "it is STOPPED then");
	vm_enter(&vm, 0, PROGRAM_DONE, 5, 0);
	run_alarm(300);
	check_is(vm_run(&vm, 0), -EINTR, "a STOPPED vCPU waits in KVM_RUN until a signal");
	run_alarm(0);
	mp_state_set(&vm, KVM_MP_STATE_RUNNABLE, 0, "RUNNABLE");
	check_is(vm_run(&vm, 0), 0, "it runs then");
	vm_close(&vm);
}

void vcpu_interruptions(void)
{
	struct vm vm;
	uint64_t start;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_DONE, 5, 0);
	vm.run[0]->immediate_exit = 1;
	check_is(vm_run(&vm, 0), -EINTR, "immediate_exit");
	vm.run[0]->immediate_exit = 0;
	check_is(vm_run(&vm, 0), 0, "without it the guest runs");

	/* The answer to an MMIO read is taken even so. */
	vm_enter(&vm, 0, PROGRAM_LOAD, GUEST_HOLE, 0);
	check_is(vm_run(&vm, 0), 0, "a guest reads a device");
	*(uint64_t *)vm.run[0]->mmio.data = 0x123456789abcdef0;
	vm.run[0]->immediate_exit = 1;
	check_is(vm_run(&vm, 0), -EINTR, "immediate_exit after the read");
	*(uint64_t *)vm.run[0]->mmio.data = 0;
	vm.run[0]->immediate_exit = 0;
	check_is(vm_run(&vm, 0), 0, "the guest goes on");
	check(vm_record(&vm)->value[0] == 0x123456789abcdef0,
	      "with the answer that was there then");

	vm_enter(&vm, 0, PROGRAM_SPIN, 0, 0);
	start = now_ms();
	run_alarm(300);
	check_is(vm_run(&vm, 0), -EINTR, "a signal ends the run of a guest that spins");
	check_is(vm.run[0]->exit_reason, KVM_EXIT_INTR, "with exit reason INTR");
	check(now_ms() - start < 5000, "soon (%llu ms)", (unsigned long long)(now_ms() - start));
	check_is(vm_run(&vm, 0), -EINTR, "and again");
	run_alarm(0);
	vm_enter(&vm, 0, PROGRAM_WFI, 0, 0);
	run_alarm(300);
	check_is(vm_run(&vm, 0), -EINTR, "a signal ends the run of a guest that waits");
	run_alarm(0);
	vm_close(&vm);
}

static int set_mask(struct vm *vm, const void *sigset, uint32_t length)
{
	struct {
		struct kvm_signal_mask mask;
		uint64_t set;
	} arg = {{.len = length}, 0};

	memcpy(arg.mask.sigset, sigset, 8);
	return call(vm->vcpu[0], KVM_SET_SIGNAL_MASK, &arg);
}

void vcpu_signal_mask(void)
{
	uint64_t none = 0, all = ~0ull;
	struct timespec now = {0};
	sigset_t usr1, pending;
	struct vm vm;

	vm_make(&vm, 1);
	expect_signal(SIGUSR1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	check_is(set_mask(&vm, &none, 4), -EINVAL, "a signal mask of the wrong length");
	check_is(set_mask(&vm, &none, 0), -EINVAL, "an empty signal mask");

	/* QEMU's old way: the signal is blocked, but ends KVM_RUN, and stays pending. */
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	check_is(set_mask(&vm, &none, 8), 0, "a mask that lets all signals in");
	raise(SIGUSR1);
	vm_enter(&vm, 0, PROGRAM_SPIN, 0, 0);
	check_is(vm_run(&vm, 0), -EINTR, "a signal that only the mask lets in ends the run");
	sigpending(&pending);
	check(sigismember(&pending, SIGUSR1), "and stays pending");
	check_is(sigtimedwait(&usr1, NULL, &now), SIGUSR1, "until the client takes it");
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);

	/* The other way round: only SIGKILL could end a spinning guest, so let it come to an end.
	 */
	check_is(set_mask(&vm, &all, 8), 0, "a mask that blocks all signals");
	vm_enter(&vm, 0, PROGRAM_DONE, 0, 0);
	check_is(vm_run(&vm, 0), 0, "a guest runs under it");
	check_is(call(vm.vcpu[0], KVM_SET_SIGNAL_MASK, NULL), 0, "no mask again");
	vm_close(&vm);
}
