// SPDX-License-Identifier: BSD-2-Clause
/*
 * guest: small EL1 guests that misbehave. Each must get what the architecture says, or its VM must
 * end; nobody else may notice.
 */
#include <errno.h>

#include "check.h"
#include "client.h"
#include "guest.h"

static const struct test tests[] = {
	TEST(unmapped_fetch),
	TEST(undefined_instructions),
	TEST(mmio_holes),
	TEST(mmio_sizes),
	TEST(mmio_without_syndrome),
	TEST(bad_exception_vectors),
	TEST(bad_translation_tables),
	TEST(trapped_registers),
	TEST(set_way_maintenance),
	TEST(modified_code),
	TEST(hypercall_numbers),
	TEST(hypercall_system_calls),
	TEST(monitor_calls),
	TEST(psci_numbers),
	TEST(psci_processors),
	TEST(psci_system),
	TEST(waiting),
	TEST(waiting_for_events),
	TEST(physical_timer),
	TEST(physical_timer_for_ever),
	TEST(both_timers),
	TEST(doorbell_flood),
	TEST(gic_wild_reads),
	TEST(gic_wild_writes),
	TEST(gic_random),
	TEST(interrupt_wakes),
	TEST(interrupt_flood),
	TEST(sgi_storm),
};

int guest_finish(struct vm *vm, int vcpu)
{
	struct kvm_run *run = vm->run[vcpu];
	int result = vm_run(vm, vcpu);

	if (result)
		return result;
	if (run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
	    run->mmio.phys_addr == GUEST_PORTS + PORT_DONE)
		return 0;
	return (int)run->exit_reason;
}

uint64_t guest_result(const struct vm *vm, int vcpu)
{
	return *(uint64_t *)vm->run[vcpu]->mmio.data;
}

bool guest_does(struct vm *vm, unsigned int program, uint64_t arg0, uint64_t arg1, const char *what)
{
	int result;

	vm_enter(vm, 0, program, arg0, arg1);
	result = guest_finish(vm, 0);
	check_is(result, 0, "%s", what);
	return !result;
}

void guest_other_goes_on(void)
{
	struct vm vm;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_DONE, 42, 0);
	check(!guest_finish(&vm, 0) && guest_result(&vm, 0) == 42, "another guest starts and runs");
	vm_close(&vm);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
