/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making a thread the live one, as far as every switch goes: inline, because a guest's exit and the
 * way back are two of them. thread.c and vcpu.c hold what is rarer; the fastpaths use
 * arch_switch_now for a thread that is not idle, everybody else arch_switch_to (arch.h).
 */
#pragma once

#include <arch/gic.h>
#include <arch/state.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>

#define SWITCH_INLINE static inline __attribute__((always_inline))

#define VCPU_LEAVE(...)
#define VCPU_SAVE(name, sysreg) vcpu->reg[VCPU_REG_##name] = sysreg_read(sysreg);
#define VCPU_LOAD(name, sysreg) sysreg_write(sysreg, vcpu->reg[VCPU_REG_##name]);

/* EL1 as native threads want it. */
SWITCH_INLINE void native_load(void)
{
	sysreg_write(cntkctl_el1, CNTKCTL_NATIVE);
	sysreg_write(cpacr_el1, CPACR_FPEN);
	sysreg_write(sctlr_el1, SCTLR_EL1_NATIVE);
	sysreg_write(hcr_el2, HCR_NATIVE);
}

/* The active VCPU's SHARED registers go home. The way out (eret) orders this before user level. */
SWITCH_INLINE void vcpu_deactivate(struct vcpu *vcpu)
{
	VCPU_REGS(VCPU_SAVE, VCPU_LEAVE, VCPU_LEAVE, VCPU_LEAVE)
	native_load();
	this_arch()->active = NULL;
}

SWITCH_INLINE void vcpu_activate(struct vcpu *vcpu)
{
	if (unlikely(this_arch()->vtimer_masked != vcpu->vtimer_masked))
		vcpu_vtimer_set_masked(vcpu->vtimer_masked);
	if (unlikely(this_arch()->gich_off))
		vgic_unsilence();
	if (CONFIG_SMP && unlikely(vcpu->lr_posted))
		vgic_take_posted();
	this_arch()->active = vcpu;
	sysreg_write(hcr_el2, HCR_VCPU);
	VCPU_REGS(VCPU_LOAD, VCPU_LEAVE, VCPU_LEAVE, VCPU_LEAVE)
}

/* Make EL1 that of `vcpu`, which is not the active one, or of native threads if it is NULL. */
SWITCH_INLINE void vcpu_switch(struct vcpu *vcpu)
{
	if (this_arch()->active)
		vcpu_deactivate(this_arch()->active);
	if (!vcpu)
		return;
	if (this_arch()->vcpu != vcpu)
		vcpu_load(vcpu);
	vcpu_activate(vcpu);
}

/* TPIDR_EL0 and TPIDRRO_EL0, which EL0 reads whenever it likes: home, and the next thread's in. */
SWITCH_INLINE void tls_change_owner(struct tcb *tcb)
{
	struct tcb *owner = this_arch()->tls_owner;

	if (likely(owner)) {
		u64 tpidr = sysreg_read(tpidr_el0), tpidrro = sysreg_read(tpidrro_el0);

		owner->context.reg[REG_TPIDR] = tpidr;
		owner->context.reg[REG_TPIDRRO] = tpidrro;
	}
	this_arch()->tls_owner = tcb;
	if (tcb) {
		u64 tpidr = tcb->context.reg[REG_TPIDR];
		u64 tpidrro = tcb->context.reg[REG_TPIDRRO];

		sysreg_write(tpidr_el0, tpidr);
		sysreg_write(tpidrro_el0, tpidrro);
	}
}

SWITCH_INLINE void fpu_switch(struct tcb *tcb)
{
	if (this_arch()->fpu_owner == tcb)
		sysreg_write(cptr_el2, CPTR_RES1);
	else if (!tcb->fpu_credit)
		sysreg_write(cptr_el2, CPTR_RES1 | CPTR_TFP);
	else
		fpu_change_owner(tcb);
}

/* arch_switch_to() for a thread that is not idle. */
SWITCH_INLINE void arch_switch_now(struct tcb *tcb)
{
	if (tcb->vcpu != this_arch()->active)
		vcpu_switch(tcb->vcpu);
	asid_load(asid_vttbr(&tcb->slots[TCB_VSPACE].cap));
	if (this_arch()->tls_owner != tcb)
		tls_change_owner(tcb);
	fpu_switch(tcb);
}
