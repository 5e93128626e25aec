// SPDX-License-Identifier: BSD-2-Clause
/*
 * The vGIC's state machine on seL4's vCPUs: list registers by InjectIRQ, the timer's and the
 * passthrough interrupts' sources, and the guest's accesses to the distributor.
 *
 * What always holds: after an access, each vCPU that is not running and has something to take was
 * told so; the running one's list registers are filled when it goes on.
 */
#include <errno.h>

#include "vmm.h"

static int gic_inject(void *ctx, unsigned int cpu, unsigned int lr, unsigned int intid,
		      unsigned int priority, unsigned int group)
{
	struct vmm *vmm = ctx;

	return vcpu_inject(&vmm->vcpu[cpu], lr, intid, priority, group) ? -EBUSY : 0;
}

static void gic_ended(void *ctx, unsigned int cpu, unsigned int intid)
{
	struct vmm *vmm = ctx;

	if (intid == VTIMER_INTID)
		timer_ended(vmm, &vmm->vcpu[cpu]);
	else if (vmm->role->irq_ended)
		vmm->role->irq_ended(vmm, intid);
}

static void gic_enabled(void *ctx, unsigned int cpu, unsigned int intid)
{
	struct vmm *vmm = ctx;

	if (intid == VTIMER_INTID)
		timer_enabled(vmm, &vmm->vcpu[cpu]);
	else if (vmm->role->irq_enabled)
		vmm->role->irq_enabled(vmm, intid);
}

static const struct vgic_ops gic_ops = {
	.inject = gic_inject,
	.ended = gic_ended,
	.enabled = gic_enabled,
};

/* The number of list registers shows only as the limit that an index out of range is told. */
int gic_start(struct vmm *vmm, seL4_CPtr vcpu)
{
	seL4_Error error = seL4_ARM_VCPU_InjectIRQ(vcpu, 0, 0, 0, 255);
	seL4_Word max = seL4_GetMR(1);

	if (error != seL4_RangeError || max >= 64)
		return -ENODEV;
	vgic_init(&vmm->gic, &gic_ops, vmm, (unsigned int)max + 1);
	return 0;
}

void gic_wake_others(struct vmm *vmm, struct core *here, const struct vcpu *running)
{
	for (unsigned int i = 0; i < vmm->vcpu_count; i++)
		if (&vmm->vcpu[i] != running && vmm->vcpu[i].powered && vgic_has_work(&vmm->gic, i))
			vmm->role->wake(vmm, here, &vmm->vcpu[i]);
}

/*
 * Tells the module whom SPIs are for, so that it wakes no other vCPU. Whoever posts one sets irq_any,
 * then reads irq_target; here it is the other way round. So either it sees the new target, or this
 * its interrupt, and then the right one is woken from here.
 */
void gic_targets_written(struct vmm *vmm, uint32_t offset, unsigned int size)
{
	if (!vmm->page || offset < VGIC_TARGETS || offset + size > VGIC_TARGETS_END)
		return;
	for (unsigned int intid = offset - VGIC_TARGETS; size--; intid++)
		if (intid < vmm->gic.irq_count)
			vmm->page->irq_target[intid] = (uint8_t)vgic_target(&vmm->gic, intid);
	/* Pairs with irq_post in the module. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	user_interrupts_take(vmm);
}

void gic_access(struct vmm *vmm, struct vcpu *vcpu, const struct access *access)
{
	uint32_t offset = (uint32_t)(access->ipa - vmm->gicd_base);

	if (!access->write) {
		abort_read_done(vcpu, access,
				vgic_dist_read(&vmm->gic, vcpu->index, offset, access->size));
		return;
	}
	vgic_dist_write(&vmm->gic, vcpu->index, offset, access->size,
			vcpu_gpr_get(vcpu, access->reg));
	vcpu_advance(vcpu);
	if (vmm->vcpu_count > 1) {
		gic_targets_written(vmm, offset, access->size);
		gic_wake_others(vmm, vcpu_core(vmm, vcpu), vcpu);
	}
}
