// SPDX-License-Identifier: BSD-2-Clause
/*
 * System registers that trap: few do under seL4, which leaves most to the guest.
 *
 * Called by exit.c for exception class 0x18. Registers of optional features that a guest may probe
 * (debug, performance monitors, the physical timer) read as zero and ignore writes; what the
 * architecture says does not exist here is undefined to the guest, as on hardware.
 */
#include "vmm.h"

/* ISS of a trapped MSR or MRS (Arm ARM D17.2.37). */
#define ISS_READ     1u
#define ISS_RT(esr)  ((esr) >> 5 & 0x1f)
#define ISS_CRN(esr) ((esr) >> 10 & 0xf)
#define ISS_OP0(esr) ((esr) >> 20 & 3)

#define CRN_PERFORMANCE 9u
#define CRN_TIMER	14u

static bool reads_as_zero(uint64_t esr)
{
	if (ISS_OP0(esr) == 2) /* debug registers */
		return true;
	return ISS_OP0(esr) == 3 && (ISS_CRN(esr) == CRN_PERFORMANCE || ISS_CRN(esr) == CRN_TIMER);
}

enum exit_result sysreg_trap(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr)
{
	vmm_count(vmm, SELKIE_COUNT_SYSREG);
	if (!reads_as_zero(esr)) {
		vcpu_inject_undefined(vmm, vcpu);
		return EXIT_HANDLED;
	}
	if (esr & ISS_READ)
		vcpu_gpr_set(vcpu, ISS_RT(esr), 0);
	vcpu_advance(vcpu);
	return EXIT_HANDLED;
}
