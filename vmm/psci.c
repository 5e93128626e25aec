// SPDX-License-Identifier: BSD-2-Clause
/*
 * PSCI 1.1 (Arm DEN 0022) and the SMC calling convention 1.1 (DEN 0028), for hvc and smc alike.
 *
 * Called by exit.c with the pc already past the call. What is not here answers NOT_SUPPORTED, as
 * the convention wants it for unknown functions, and never stops the guest.
 */
#include "vmm.h"

#define SMCCC_64 0x40000000u

enum psci_function {
	SMCCC_VERSION = 0x80000000,
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_SUSPEND = 0x84000001,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0x84000003,
	PSCI_AFFINITY_INFO = 0x84000004,
	PSCI_MIGRATE_INFO_TYPE = 0x84000006,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
	PSCI_FEATURES = 0x8400000a,
	PSCI_SYSTEM_RESET2 = 0x84000012,
};

enum psci_status {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_ALREADY_ON = -4,
};

#define PSCI_VERSION_1_1     0x10001
#define SMCCC_VERSION_1_1    0x10001
#define PSCI_TOS_NOT_PRESENT 2
#define AFFINITY_ON	     0
#define AFFINITY_OFF	     1
#define MPIDR_AFFINITY	     0xff00ffffffull

/* Which functions exist, by their 32-bit identifier; some have a 64-bit form too. */
static bool function_known(uint32_t function)
{
	switch (function) {
	case PSCI_CPU_SUSPEND | SMCCC_64:
	case PSCI_CPU_ON | SMCCC_64:
	case PSCI_AFFINITY_INFO | SMCCC_64:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
	case SMCCC_VERSION:
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case PSCI_SYSTEM_RESET2:
		return true;
	default:
		return false;
	}
}

static struct vcpu *vcpu_by_affinity(struct vmm *vmm, uint64_t affinity)
{
	uint64_t index = affinity & MPIDR_AFFINITY;

	return index < vmm->vcpu_count && vmm->vcpu[index].present ? &vmm->vcpu[index] : NULL;
}

static int64_t cpu_on(struct vmm *vmm, struct vcpu *vcpu, uint64_t affinity, uint64_t entry,
		      uint64_t context)
{
	struct vcpu *target = vcpu_by_affinity(vmm, affinity);

	if (!target)
		return PSCI_INVALID_PARAMETERS;
	if (target->powered)
		return PSCI_ALREADY_ON;
	vcpu_power_on(target, entry, context);
	vmm->role->wake(vmm, vcpu_core(vmm, vcpu), target);
	return PSCI_SUCCESS;
}

static int64_t affinity_info(struct vmm *vmm, uint64_t affinity, uint64_t level)
{
	const struct vcpu *target = vcpu_by_affinity(vmm, affinity);

	if (!target || level)
		return PSCI_INVALID_PARAMETERS;
	return target->powered ? AFFINITY_ON : AFFINITY_OFF;
}

/* The states below a WFI lose nothing, so that every suspend is a WFI (DEN 0022, 5.4.1). */
static enum exit_result cpu_suspend(struct vmm *vmm, struct vcpu *vcpu)
{
	uint64_t deadline;
	bool timed;

	vmm_count(vmm, SELKIE_COUNT_WFI);
	vcpu_gpr_set(vcpu, 0, PSCI_SUCCESS);
	timed = timer_deadline(vmm, vcpu, &deadline);
	if (vgic_has_work(&vmm->gic, vcpu->index) || (timed && deadline <= counter_now()))
		return EXIT_HANDLED;
	return vmm->role->wait(vmm, vcpu, timed, deadline);
}

static enum exit_result system_off(struct vmm *vmm, struct vcpu *vcpu, bool reset)
{
	vcpu_gpr_set(vcpu, 0, (uint64_t)PSCI_NOT_SUPPORTED); /* should it ever come back */
	return vmm->role->system(vmm, vcpu, reset);
}

bool psci_constant(uint32_t function, uint64_t arg, int64_t *result)
{
	switch (function) {
	case SMCCC_VERSION:
		*result = SMCCC_VERSION_1_1;
		return true;
	case PSCI_VERSION:
		*result = PSCI_VERSION_1_1;
		return true;
	case PSCI_MIGRATE_INFO_TYPE:
		*result = PSCI_TOS_NOT_PRESENT;
		return true;
	case PSCI_FEATURES:
		*result = function_known((uint32_t)arg) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED;
		return true;
	default:
		*result = PSCI_NOT_SUPPORTED;
		return !function_known(function);
	}
}

enum exit_result psci_call(struct vmm *vmm, struct vcpu *vcpu)
{
	uint32_t function = (uint32_t)vcpu_gpr_get(vcpu, 0);
	uint64_t mask = function & SMCCC_64 ? ~0ull : 0xffffffff;
	uint64_t arg[3];
	int64_t result;

	for (unsigned int i = 0; i < 3; i++)
		arg[i] = vcpu_gpr_get(vcpu, i + 1) & mask;
	vmm_count(vmm, SELKIE_COUNT_HVC);
	if (psci_constant(function, arg[0], &result)) {
		vcpu_gpr_set(vcpu, 0, (uint64_t)result);
		return EXIT_HANDLED;
	}
	switch (function & ~SMCCC_64) {
	case PSCI_AFFINITY_INFO:
		result = affinity_info(vmm, arg[0], arg[1]);
		break;
	case PSCI_CPU_ON:
		result = cpu_on(vmm, vcpu, arg[0], arg[1], arg[2]);
		break;
	case PSCI_CPU_SUSPEND:
		return cpu_suspend(vmm, vcpu);
	case PSCI_CPU_OFF:
		vcpu->powered = false;
		return vmm->role->off(vmm, vcpu);
	case PSCI_SYSTEM_OFF:
		return system_off(vmm, vcpu, false);
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
		return system_off(vmm, vcpu, true);
	default:
		result = PSCI_NOT_SUPPORTED;
		break;
	}
	vcpu_gpr_set(vcpu, 0, (uint64_t)result);
	return EXIT_HANDLED;
}
