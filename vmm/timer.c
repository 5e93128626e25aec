// SPDX-License-Identifier: BSD-2-Clause
/*
 * Timers: the guest's virtual timer, and the physical timer as this process's alarm.
 *
 * The kernel reports an expired virtual timer once, as a VPPIEvent, and masks PPI 27 until AckVPPI.
 * What always holds: AckVPPI comes when the guest ended the virtual interrupt, or when its timer no
 * longer asserts. Earlier, the PPI would fire again before the guest executes anything.
 */
#include "vmm.h"

#define CTL_ENABLE 1u
#define CTL_IMASK  2u

bool timer_deadline(struct vmm *vmm, struct vcpu *vcpu, uint64_t *deadline)
{
	uint64_t control = vcpu_sysreg_get(vcpu, seL4_VCPUReg_CNTV_CTL);
	uint64_t now = counter_now();
	uint64_t virtual_now = now - vmm->counter_offset;
	uint64_t compare;

	if ((control & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE)
		return false;
	compare = vcpu_sysreg_get(vcpu, seL4_VCPUReg_CNTV_CVAL);
	*deadline = compare > virtual_now ? now + (compare - virtual_now) : now;
	return *deadline >= now; /* beyond the counter's range: never */
}

void timer_fired(struct vmm *vmm, struct vcpu *vcpu)
{
	vmm_count(vmm, SELKIE_COUNT_TIMER);
	vcpu->vtimer_masked = true;
	vgic_line_hold(&vmm->gic, vcpu->index, VTIMER_INTID);
}

void timer_ended(struct vmm *vmm, struct vcpu *vcpu)
{
	if (!vcpu->vtimer_masked)
		return;
	vcpu_vtimer_unmask(vcpu);
}

/* It expired while the guest had the interrupt disabled, and may have been programmed anew since.
 */
void timer_enabled(struct vmm *vmm, struct vcpu *vcpu)
{
	uint64_t deadline;

	if (!vcpu->vtimer_masked)
		return;
	if (timer_deadline(vmm, vcpu, &deadline) && deadline <= counter_now())
		return;
	vgic_line_set(&vmm->gic, vcpu->index, VTIMER_INTID, false);
	timer_ended(vmm, vcpu);
}

void timer_offset_set(struct vmm *vmm, uint64_t offset)
{
	vmm->counter_offset = offset;
	for (unsigned int i = 0; i < vmm->vcpu_count; i++)
		if (vmm->vcpu[i].present)
			vcpu_sysreg_set(&vmm->vcpu[i], seL4_VCPUReg_CNTVOFF, offset);
}

static uint64_t alarm_get(void)
{
	uint64_t control, compare;

	asm volatile("mrs %0, cntp_ctl_el0\n\tmrs %1, cntp_cval_el0"
		     : "=r"(control), "=r"(compare));
	/* A guest that reaches the timer may have masked it. */
	return (control & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE ? compare : ~0ull;
}

static void alarm_write(uint64_t deadline)
{
	if (deadline == ~0ull) {
		asm volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory");
		return;
	}
	asm volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
		     :
		     : "r"(deadline), "r"((uint64_t)CTL_ENABLE)
		     : "memory");
}

void timer_alarm_set(uint64_t deadline)
{
	if (alarm_get() != deadline)
		alarm_write(deadline);
}

void timer_alarm_before(uint64_t deadline)
{
	if (alarm_get() > deadline)
		alarm_write(deadline);
}
