// SPDX-License-Identifier: BSD-2-Clause
/*
 * VCPU objects and what of them is in the hardware. switch.h has the part that every switch to a
 * thread of another kind takes; vcpu_invoke.c reads and writes registers wherever they currently
 * are.
 *
 * Three states: not loaded (everything in memory); loaded and inactive (a native thread runs: the
 * SHARED registers in memory, the others in hardware); loaded and active (everything in hardware).
 */
#include <arch/smp.h>
#include <arch/switch.h>
#include <arch/timer.h>
#include <plat/plat.h>

#include "arch.h"
#include "core.h"

struct arch_core arch_cores[CONFIG_CORE_COUNT];

void vcpu_init_core(void)
{
	this_arch()->vcpu = NULL;
	this_arch()->active = NULL;
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	native_load();
	vgic_init_core();
	this_arch()->vtimer_masked = true;
	gic_mask(PLAT_IRQ_VTIMER);
	gic_unmask(PLAT_IRQ_MAINTENANCE);
	if (CONFIG_SMP)
		gic_unmask(GIC_SGI_REMOTE);
	isb();
}

void vcpu_init(struct vcpu *vcpu)
{
	vcpu->reg[VCPU_REG_SCTLR] = SCTLR_EL1_GUEST;
}

/*
 * The virtual timer's line follows the running guest's wish, and needs touching only when guests
 * disagree. A loaded VCPU's timer stays on while native threads run; one that expires then is
 * masked, and fires when the guest goes on.
 */
void vcpu_vtimer_set_masked(bool masked)
{
	this_arch()->vtimer_masked = masked;
	if (masked)
		gic_mask(PLAT_IRQ_VTIMER);
	else
		gic_unmask(PLAT_IRQ_VTIMER);
}

void vcpu_mask_vtimer(struct vcpu *vcpu)
{
	vcpu->vtimer_masked = true;
	if (!this_arch()->vtimer_masked)
		vcpu_vtimer_set_masked(true);
}

/* Both of a pair at once, so that one store or load moves them. */
#define SAVE_PAIR(a, sysreg_a, b, sysreg_b)         \
	{                                           \
		u64 first = sysreg_read(sysreg_a);  \
		u64 second = sysreg_read(sysreg_b); \
                                                    \
		vcpu->reg[VCPU_REG_##a] = first;    \
		vcpu->reg[VCPU_REG_##b] = second;   \
	}
#define LOAD_PAIR(a, sysreg_a, b, sysreg_b) \
	sysreg_write_pair(sysreg_a, vcpu->reg[VCPU_REG_##a], sysreg_b, vcpu->reg[VCPU_REG_##b]);
#define LOAD_STEADY_PAIR(a, sysreg_a, b, sysreg_b)                             \
	if (!loaded || loaded->reg[VCPU_REG_##a] != vcpu->reg[VCPU_REG_##a] || \
	    loaded->reg[VCPU_REG_##b] != vcpu->reg[VCPU_REG_##b])              \
	LOAD_PAIR(a, sysreg_a, b, sysreg_b)

/* What a guest has chosen of the virtual timer's control. */
static u64 vtimer_control(const struct vcpu *vcpu)
{
	return vcpu ? vcpu->reg[VCPU_REG_CNTV_CTL] & ~TIMER_CONTROL_STATUS : 0;
}

/* `next` will be loaded, or nothing. */
static void vcpu_save(struct vcpu *vcpu, const struct vcpu *next)
{
	VCPU_REGS(VCPU_LEAVE, SAVE_PAIR, SAVE_PAIR, VCPU_SAVE)
	/* Two that both run need no stop: the line follows the deadline, and nobody looks now. */
	if (vtimer_control(vcpu) && vtimer_control(vcpu) != vtimer_control(next))
		sysreg_write(cntv_ctl_el0, 0);
	vgic_save(vcpu);
}

/* The long way: another VCPU's state takes the place of the loaded one's. */
void __attribute__((noinline)) vcpu_load(struct vcpu *vcpu)
{
	struct vcpu *loaded = this_arch()->vcpu;

	if (loaded)
		vcpu_save(loaded, vcpu);
	vgic_load(vcpu, loaded);
	VCPU_REGS(VCPU_LEAVE, LOAD_PAIR, LOAD_STEADY_PAIR, VCPU_LEAVE)
	if (vtimer_control(vcpu) != vtimer_control(loaded))
		VCPU_REGS(VCPU_LEAVE, VCPU_LEAVE, VCPU_LEAVE, VCPU_LOAD)
	this_arch()->vcpu = vcpu;
}

/* Bring the whole state of a loaded VCPU home. */
void vcpu_unload(void)
{
	struct vcpu *vcpu = this_arch()->vcpu;

	if (this_arch()->active)
		vcpu_deactivate(vcpu);
	vcpu_save(vcpu, NULL);
	vgic_load(NULL, vcpu);
	this_arch()->vcpu = NULL;
}

void vcpu_dissociate(struct vcpu *vcpu)
{
	struct tcb *tcb = vcpu->tcb;

	smp_bring_home(vcpu);
	if (vcpu == this_arch()->vcpu)
		vcpu_unload();
	vcpu->tcb = NULL;
	if (!tcb)
		return;
	tcb->vcpu = NULL;
	/* Without a VCPU a thread runs at EL0 and nowhere else. */
	tcb->context.reg[REG_SPSR] =
		arch_sanitise_register(tcb, REG_SPSR, tcb->context.reg[REG_SPSR]);
}

void vcpu_associate(struct vcpu *vcpu, struct tcb *tcb)
{
	core_stall(tcb);
	if (tcb->vcpu)
		vcpu_dissociate(tcb->vcpu);
	if (vcpu->tcb)
		vcpu_dissociate(vcpu);
	tcb->vcpu = vcpu;
	vcpu->tcb = tcb;
	if (tcb == this_core()->current)
		vcpu_switch(vcpu);
}

#define IN_HARDWARE_IF_ACTIVE(name, sysreg)        \
	case VCPU_REG_##name:                      \
		in_hardware = this_arch()->active; \
		break;

static bool vcpu_reg_is_in_hardware(const struct vcpu *vcpu, enum vcpu_reg reg)
{
	bool in_hardware = true;

	if (vcpu != this_arch()->vcpu)
		return false;
	switch (reg) {
		VCPU_REGS(IN_HARDWARE_IF_ACTIVE, VCPU_LEAVE, VCPU_LEAVE, VCPU_LEAVE)
	default:
		break;
	}
	return in_hardware;
}

#define READ_CASE(name, sysreg) \
	case VCPU_REG_##name:   \
		return sysreg_read(sysreg);
#define READ_CASES(a, sysreg_a, b, sysreg_b) READ_CASE(a, sysreg_a) READ_CASE(b, sysreg_b)

u64 vcpu_reg_read(const struct vcpu *vcpu, enum vcpu_reg reg)
{
	smp_bring_home(vcpu);
	if (vcpu_reg_is_in_hardware(vcpu, reg)) {
		switch (reg) {
			VCPU_REGS(READ_CASE, READ_CASES, READ_CASES, READ_CASE)
		default:
			break;
		}
	}
	return vcpu->reg[reg];
}

#define WRITE_CASE(name, sysreg)             \
	case VCPU_REG_##name:                \
		sysreg_write(sysreg, value); \
		return;
#define WRITE_CASES(a, sysreg_a, b, sysreg_b) WRITE_CASE(a, sysreg_a) WRITE_CASE(b, sysreg_b)

void vcpu_reg_write(struct vcpu *vcpu, enum vcpu_reg reg, u64 value)
{
	smp_bring_home(vcpu);
	if (vcpu_reg_is_in_hardware(vcpu, reg)) {
		switch (reg) {
			VCPU_REGS(WRITE_CASE, WRITE_CASES, WRITE_CASES, WRITE_CASE)
		default:
			break;
		}
	}
	vcpu->reg[reg] = value;
}
