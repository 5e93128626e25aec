// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hypervisor and secure monitor calls: unknown functions, registers that look like a seL4 system
 * call, PSCI. Expectations: SMC Calling Convention (DEN0028), PSCI (DEN0022).
 */
#include <errno.h>
#include <linux/psci.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "guest.h"

#define NOT_SUPPORTED (~0ull)
#define REG_COUNT     18
#define RESULT(vm, n) (vm_record(vm)->value[32 + (n)])

/* seL4's MCS system calls, as x7 (libsel4, api-mcs). */
#define SYSCALL_FIRST  (-1)
#define SYSCALL_LAST   (-11)
#define SYSCALL_NBSEND (-6)
#define SYSCALL_YIELD  (-11)

/* A pattern in x0..x17, for calls that must preserve x4..x17. */
static void registers_fill(struct vm *vm)
{
	for (unsigned int i = 0; i < REG_COUNT; i++)
		vm_record(vm)->value[i] = 0x0101010101010101ull * (i + 1);
}

/* Makes the call; whether the guest went on and has its x4..x17. */
static bool registers_kept(struct vm *vm, unsigned int program)
{
	vm_enter(vm, 0, program, 0, 0);
	if (guest_finish(vm, 0))
		return false;
	for (unsigned int i = 4; i < REG_COUNT; i++)
		if (RESULT(vm, i) != vm_record(vm)->value[i])
			return false;
	return true;
}

static const uint64_t unknown_functions[] = {
	0,	    1,		0x7fffffff, 0x80001234,	 0x84001234,	     0x8400ffff, 0xbf00ff00,
	0xc4001234, 0xc600ff01, 0xffffffff, 0x100000000, 0x123456789abcdef0, ~0ull,	 1ull << 63,
};

static void unknown_calls(unsigned int program, const char *name)
{
	unsigned int bad_results = 0, lost = 0;
	struct vm vm;

	vm_make(&vm, 1);
	for (size_t i = 0; i < ARRAY_SIZE(unknown_functions); i++) {
		registers_fill(&vm);
		vm_record(&vm)->value[0] = unknown_functions[i];
		lost += !registers_kept(&vm, program);
		bad_results += RESULT(&vm, 0) != NOT_SUPPORTED;
	}
	check_is(lost, 0, "a guest survives unknown functions of %s with its x4 to x17", name);
	check_is(bad_results, 0, "and is told each time that they are not supported");
	vm_close(&vm);
}

void hypercall_numbers(void)
{
	unknown_calls(PROGRAM_HVC, "hvc");
}

void monitor_calls(void)
{
	unknown_calls(PROGRAM_SMC, "smc");
}

/* Registers as for seL4 IPC: x0 = capability, x1 = message info, x2.. = words. */
static void ipc_registers(struct vm *vm, int64_t number, uint64_t cptr, uint64_t info)
{
	registers_fill(vm);
	vm_record(vm)->value[0] = cptr;
	vm_record(vm)->value[1] = info;
	vm_record(vm)->value[6] = cptr;
	vm_record(vm)->value[7] = (uint64_t)number;
}

/*
 * On a debug kernel further numbers print, halt or snapshot, whoever calls: those are tried only
 * when SELKIE_DEBUG_KERNEL is not set.
 */
void hypercall_system_calls(void)
{
	static const uint64_t cptrs[] = {0, 1, 2, 3, 64, 0x1000, ~0ull};
	static const uint64_t infos[] = {0, 4, 0x1000, 120, 1 << 7 | 4, 3 << 7 | 127, ~0ull};
	int last = getenv("SELKIE_DEBUG_KERNEL") ? SYSCALL_LAST : -64;
	unsigned int lost = 0, answers = 0, calls = 0;
	struct vm vm;

	vm_make(&vm, 1);
	for (int number = SYSCALL_FIRST; number >= last; number--) {
		for (size_t i = 0; i < ARRAY_SIZE(cptrs); i++) {
			ipc_registers(&vm, number, cptrs[i], infos[i]);
			lost += !registers_kept(&vm, PROGRAM_HVC);
			/* seL4 itself takes these two, silently: nobody can answer. */
			if (number != SYSCALL_NBSEND && number != SYSCALL_YIELD) {
				calls++;
				answers += RESULT(&vm, 0) == NOT_SUPPORTED;
				if (RESULT(&vm, 0) != NOT_SUPPORTED)
					check(false,
					      "x7 = %d, x0 = %#llx, x1 = %#llx: answer %#llx",
					      number, (unsigned long long)cptrs[i],
					      (unsigned long long)infos[i],
					      (unsigned long long)RESULT(&vm, 0));
			}
		}
	}
	check_is(lost, 0, "a guest that calls seL4 gets nothing, and keeps its x4 to x17");
	check_is(answers, calls, "it is told that the function is not supported");
	guest_does(&vm, PROGRAM_DONE, 0, 0, "it goes on");
	vm_close(&vm);
	guest_other_goes_on();
}

static int64_t psci(struct vm *vm, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	int result;

	registers_fill(vm);
	vm_record(vm)->value[0] = function;
	vm_record(vm)->value[1] = x1;
	vm_record(vm)->value[2] = x2;
	vm_record(vm)->value[3] = x3;
	vm_enter(vm, 0, PROGRAM_HVC, 0, 0);
	result = guest_finish(vm, 0);
	if (result)
		give_up("PSCI function %#llx returns (%d)", (unsigned long long)function, result);
	return (int64_t)RESULT(vm, 0);
}

void psci_numbers(void)
{
	struct vm vm;

	vm_make(&vm, 1);
	check(psci(&vm, PSCI_0_2_FN_PSCI_VERSION, 0, 0, 0) >= 0x10000, "PSCI is 1.0 or later");
	check(psci(&vm, PSCI_1_0_FN_PSCI_FEATURES, PSCI_0_2_FN_SYSTEM_OFF, 0, 0) == 0,
	      "it can switch off");
	check((int)psci(&vm, PSCI_1_0_FN_PSCI_FEATURES, 0x84001234, 0, 0) == -1,
	      "it lacks what does not exist");
	for (uint64_t function = 0x8400000b; function < 0x84000020; function++)
		if (function != 0x8400000d && function != 0x8400000e && function != 0x84000012)
			psci(&vm, function, ~0ull, ~0ull, ~0ull);
	check(true, "no other function ends the guest");
	vm_close(&vm);
}

static void on_signal(int number)
{
}

static void *secondary_main(void *arg)
{
	struct vm *vm = arg;

	return (void *)(intptr_t)guest_finish(vm, 1);
}

void psci_processors(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t thread;
	struct vm vm;
	void *result;

	vm_make(&vm, 2);
	sigaction(SIGUSR1, &action, NULL);
	check_is((int)psci(&vm, PSCI_0_2_FN64_CPU_ON, 7, GUEST_RAM, 0), PSCI_RET_INVALID_PARAMS,
		 "CPU_ON of a processor that is not there");
	check_is((int)psci(&vm, PSCI_0_2_FN64_CPU_ON, ~0ull, GUEST_RAM, 0), PSCI_RET_INVALID_PARAMS,
		 "of processor -1");
	check_is((int)psci(&vm, PSCI_0_2_FN64_CPU_ON, 0, GUEST_RAM, 0), PSCI_RET_ALREADY_ON,
		 "of itself");
	check_is((int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 0, 0, 0), 0, "processor 0 is on");
	check_is((int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 1, 0, 0), 1, "processor 1 is off");
	check((int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 9, 0, 0) < 0,
	      "processor 9 does not exist");
	check((int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 0, 9, 0) < 0,
	      "nor does affinity level 9");
	if (pthread_create(&thread, NULL, secondary_main, &vm))
		give_up("a thread can be had");
	for (int round = 0; round < 3; round++) {
		check_is((int)psci(&vm, PSCI_0_2_FN64_CPU_ON, 1, GUEST_RAM, PROGRAM_DONE), 0,
			 "processor 1 is switched on");
		pthread_join(thread, &result);
		check_is((long)result, 0, "it runs to its end");
		check_is((int)psci(&vm, PSCI_0_2_FN64_CPU_ON, 1, GUEST_RAM, 0), PSCI_RET_ALREADY_ON,
			 "it is on then");

		/* It switches itself off, and waits to be switched on again. */
		vm_enter(&vm, 1, PROGRAM_CALL, PSCI_0_2_FN_CPU_OFF, 0);
		pthread_create(&thread, NULL, secondary_main, &vm);
		for (int i = 0;
		     i < 100 && (int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 1, 0, 0) == 0; i++)
			sleep_ms(20);
		check_is((int)psci(&vm, PSCI_0_2_FN64_AFFINITY_INFO, 1, 0, 0), 1,
			 "it switches itself off");
	}
	for (int i = 0; i < 100 && pthread_tryjoin_np(thread, &result); i++) {
		pthread_kill(thread, SIGUSR1);
		sleep_ms(20);
	}
	check_is((long)result, -EINTR, "a processor that is off waits until a signal");
	vm_close(&vm);
}

static void system_event(uint64_t function, unsigned int event, const char *what)
{
	struct vm vm;

	vm_make(&vm, 1);
	registers_fill(&vm);
	vm_record(&vm)->value[0] = function;
	vm_enter(&vm, 0, PROGRAM_HVC, 0, 0);
	check_is(guest_finish(&vm, 0), KVM_EXIT_SYSTEM_EVENT, "%s is an exit", what);
	check_is(vm.run[0]->system_event.type, event, "of its type");
	vm_init_vcpu(&vm, 0, 0);
	guest_does(&vm, PROGRAM_DONE, 0, 0, "after a reset the guest runs again");
	vm_close(&vm);
}

void psci_system(void)
{
	system_event(PSCI_0_2_FN_SYSTEM_OFF, KVM_SYSTEM_EVENT_SHUTDOWN, "SYSTEM_OFF");
	system_event(PSCI_0_2_FN_SYSTEM_RESET, KVM_SYSTEM_EVENT_RESET, "SYSTEM_RESET");
}
