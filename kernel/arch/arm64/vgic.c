// SPDX-License-Identifier: BSD-2-Clause
/*
 * List registers of the loaded VCPU: save, load, injection, and the maintenance interrupt that a
 * guest's end of interrupt raises. Registers that hold nothing are not touched: each access to the
 * GIC is dear on real hardware.
 */
#include <arch/gic.h>
#include <arch/smp.h>
#include <arch/state.h>
#include <arch/vcpu.h>

#include "fault.h"

#define VTR_LIST_REGS(vtr) (((vtr)&0x3f) + 1)

/* The lowest bit that is set; the caller knows there is one. */
static u32 first_bit(u64 bits)
{
	return __builtin_ctzll(bits);
}

void vgic_init_core(void)
{
	this_arch()->lr_count = VTR_LIST_REGS(gich_read(GICH_VTR));
	for (u32 i = 0; i < this_arch()->lr_count; i++)
		gich_write(GICH_LR(i), 0);
	gich_write(GICH_HCR, GICH_HCR_EN);
}

/*
 * What other cores have injected into the VCPU that is loaded here: the values are in memory, the
 * registers can be written from here only. We come here before the guest goes on.
 */
void vgic_take_posted(void)
{
#if CONFIG_SMP
	struct vcpu *vcpu = this_arch()->vcpu;

	if (!vcpu)
		return;
	for (u64 left = vcpu->lr_posted; left; left &= left - 1)
		gich_write(GICH_LR(first_bit(left)), vcpu->lr[first_bit(left)]);
	vcpu->lr_posted = 0;
#endif
}

/* vcpu is not loaded in this core. */
static void inject_elsewhere(struct vcpu *vcpu, u32 index, u32 lr)
{
	vcpu->lr[index] = lr;
#if CONFIG_SMP
	if (!vcpu->tcb || vcpu != arch_of(core_of(vcpu->tcb))->vcpu)
		return;
	vcpu->lr_posted |= BIT(index);
	smp_have_taken(vcpu);
#endif
}

void vgic_save(struct vcpu *vcpu)
{
	vgic_take_posted();
	vcpu->vmcr = gich_read(GICH_VMCR);
	/* What was not there cannot have become active. */
	if (vcpu->apr || vcpu->lr_used)
		vcpu->apr = gich_read(GICH_APR);
	for (u64 left = vcpu->lr_used; left; left &= left - 1) {
		u32 i = first_bit(left);

		vcpu->lr[i] = gich_read(GICH_LR(i));
		/* Over and its end of interrupt reported: the register is free. */
		if (!(vcpu->lr[i] & (LR_STATE_MASK | LR_EOI)))
			vcpu->lr_used &= ~BIT(i);
	}
}

void vgic_load(const struct vcpu *vcpu, const struct vcpu *previous)
{
	u64 used = vcpu ? vcpu->lr_used : 0;

	for (u64 left = previous ? previous->lr_used & ~used : 0; left; left &= left - 1)
		gich_write(GICH_LR(first_bit(left)), 0);
	if (!vcpu)
		return;
	if (!previous || previous->vmcr != vcpu->vmcr)
		gich_write(GICH_VMCR, vcpu->vmcr);
	if (!previous || previous->apr != vcpu->apr)
		gich_write(GICH_APR, vcpu->apr);
	for (u64 left = used; left; left &= left - 1)
		gich_write(GICH_LR(first_bit(left)), vcpu->lr[first_bit(left)]);
}

void vgic_inject(struct vcpu *vcpu, u32 index, u32 lr)
{
	vcpu->lr_used |= BIT(index);
	if (unlikely(vcpu != this_arch()->vcpu)) {
		inject_elsewhere(vcpu, index, lr);
		return;
	}
	vgic_take_posted();
	gich_write(GICH_LR(index), lr);
}

/*
 * The virtual interface stays on while native threads run: virtual interrupts do not reach them
 * (HCR_EL2.TGE), and nothing ends one. It has to be turned off when nobody runs, and for a
 * maintenance interrupt that a guest's last instruction before its trap raised: that must not come
 * again and again.
 */
void vgic_silence(void)
{
	gich_write(GICH_HCR, 0);
	this_arch()->gich_off = true;
}

void vgic_unsilence(void)
{
	this_arch()->gich_off = false;
	gich_write(GICH_HCR, GICH_HCR_EN);
}

void vgic_maintenance(struct tcb *current)
{
	struct vcpu *vcpu = current->vcpu;
	u64 ended;
	u32 index;

	vgic_take_posted();
	ended = gich_read(GICH_EISR0);
	if (this_arch()->lr_count > 32)
		ended |= (u64)gich_read(GICH_EISR1) << 32;
	if (!ended || first_bit(ended) >= this_arch()->lr_count) {
		fault_set(current, FAULT_VGIC_MAINTENANCE, 0, false, 0);
		return;
	}

	/* One at a time: the others keep the interrupt asserted. An ended one is not active. */
	index = first_bit(ended);
	vcpu->lr[index] = 0;
	vcpu->lr_used &= ~BIT(index);
	gich_write(GICH_LR(index), 0);
	fault_set(current, FAULT_VGIC_MAINTENANCE, index, true, 0);
}
