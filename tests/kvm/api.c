// SPDX-License-Identifier: BSD-2-Clause
/*
 * api: what /dev/kvm answers to wrong, odd and borderline calls. Expectations are those of
 * Documentation/virt/kvm/api.rst and of Linux 6.12's KVM on arm64 as observed.
 */
#include "api.h"
#include "check.h"
#include "client.h"

static const struct test tests[] = {
	TEST(system_ioctls),
	TEST(vm_ioctls),
	TEST(vm_types),
	TEST(capabilities),
	TEST(slots_malformed),
	TEST(slots_placement),
	TEST(slots_change),
	TEST(slots_contents),
	TEST(slots_readonly),
	TEST(slots_unmapped),
	TEST(slots_too_large),
	TEST(slots_count),
	TEST(slots_dirty_log),
	TEST(vcpu_creation),
	TEST(vcpu_initialisation),
	TEST(vcpu_run_page),
	TEST(vcpu_mp_state),
	TEST(vcpu_interruptions),
	TEST(vcpu_signal_mask),
	TEST(registers_list),
	TEST(registers_own_values),
	TEST(registers_malformed),
	TEST(registers_hold),
	TEST(gic_creation),
	TEST(gic_addresses),
	TEST(gic_configuration),
	TEST(gic_registers),
	TEST(irq_lines),
	TEST(irq_fds),
	TEST(irq_routing),
	TEST(ioeventfds_malformed),
	TEST(ioeventfds_match),
	TEST(ioeventfds_many),
	TEST(life_closing_orders),
	TEST(life_duplicates),
	TEST(life_fork),
	TEST(life_two_threads),
	TEST(life_close_while_running),
	TEST(life_many_vms),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
