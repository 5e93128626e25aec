/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VCPU object: a guest's EL1 registers and virtual interrupt state. At most one VCPU is loaded
 * in a core; it stays loaded while native threads run ("inactive"), so that leaving a guest and
 * coming back costs only what EL0 and EL1 share. A VCPU and its TCB point at each other.
 */
#pragma once

#include <arch/gic.h>
#include <arch/sysreg.h>

#include "abi.h"
#include "objects.h"

/*
 * Registers of VCPU_ReadRegs and WriteRegs, in the order of their numbers. SHARED ones are saved
 * and restored whenever a guest stops or starts to run, because native threads run on them; the
 * others when another VCPU is loaded, two by two: STEADY ones, which two Linuxes have in common, only
 * if they differ, and the TIMER's control around its deadline.
 */
#define VCPU_REGS(SHARED, OTHER_PAIR, STEADY_PAIR, TIMER)          \
	SHARED(SCTLR, sctlr_el1)                                   \
	SHARED(CPACR, cpacr_el1)                                   \
	OTHER_PAIR(TTBR0, ttbr0_el1, TTBR1, ttbr1_el1)             \
	STEADY_PAIR(TCR, tcr_el1, MAIR, mair_el1)                  \
	OTHER_PAIR(AMAIR, amair_el1, CIDR, contextidr_el1)         \
	OTHER_PAIR(ACTLR, actlr_el1, AFSR0, afsr0_el1)             \
	OTHER_PAIR(AFSR1, afsr1_el1, ESR, esr_el1)                 \
	OTHER_PAIR(FAR, far_el1, PAR, par_el1)                     \
	OTHER_PAIR(VBAR, vbar_el1, TPIDR, tpidr_el1)               \
	OTHER_PAIR(VMPIDR, vmpidr_el2, SP, sp_el1)                 \
	OTHER_PAIR(ELR, elr_el1, SPSR, spsr_el1)                   \
	TIMER(CNTV_CTL, cntv_ctl_el0)                              \
	OTHER_PAIR(CNTV_CVAL, cntv_cval_el0, CNTVOFF, cntvoff_el2) \
	SHARED(CNTKCTL, cntkctl_el1)

#define VCPU_REG_NUMBER(name, sysreg)		   VCPU_REG_##name,
#define VCPU_REG_NUMBERS(a, sysreg_a, b, sysreg_b) VCPU_REG_##a, VCPU_REG_##b,
enum vcpu_reg {
	/* clang-format off */
	VCPU_REGS(VCPU_REG_NUMBER, VCPU_REG_NUMBERS, VCPU_REG_NUMBERS, VCPU_REG_NUMBER)
	VCPU_REG_COUNT,
	/* clang-format on */
};

struct vcpu {
	struct tcb *tcb;
	u64 reg[VCPU_REG_COUNT]; /* those that are not loaded */
	u64 lr_used;		 /* list registers that may be other than zero */
	u32 lr[GIC_LR_MAX];	 /* as last saved, injected or seen in a maintenance interrupt */
	u32 vmcr, apr;
	u64 lr_posted; /* list registers that another core wrote, and this one must load */
	bool vtimer_masked; /* VPPIEvent delivered and not yet acknowledged */
};

_Static_assert(sizeof(struct vcpu) <= 1 << VCPU_BITS, "VCPU size is ABI");
_Static_assert(VCPU_REG_VMPIDR == 16 && VCPU_REG_CNTKCTL == 23 && VCPU_REG_COUNT == 24,
	       "VCPU register numbers are ABI");

/* vcpu.c */
void vcpu_init_core(void);
void vcpu_init(struct vcpu *vcpu);
/* Another VCPU's state takes the place of the loaded one's (switch.h goes on from there). */
void vcpu_load(struct vcpu *vcpu);
/* Bring the whole state of the VCPU that this core has loaded home. */
void vcpu_unload(void);
void vcpu_dissociate(struct vcpu *vcpu);
void vcpu_associate(struct vcpu *vcpu, struct tcb *tcb);
/* The running VCPU's timer interrupt has been passed to its monitor: keep it quiet. */
void vcpu_mask_vtimer(struct vcpu *vcpu);
/* The virtual timer's line at the distributor follows the running guest's wish. */
void vcpu_vtimer_set_masked(bool masked);
u64 vcpu_reg_read(const struct vcpu *vcpu, enum vcpu_reg reg);
void vcpu_reg_write(struct vcpu *vcpu, enum vcpu_reg reg, u64 value);

/* vgic.c */
void vgic_init_core(void);
void vgic_save(struct vcpu *vcpu);
/* `previous` is whose list registers the hardware still holds, or NULL. */
void vgic_load(const struct vcpu *vcpu, const struct vcpu *previous);
void vgic_inject(struct vcpu *vcpu, u32 index, u32 lr);
/* Another core has injected into the loaded VCPU. */
void vgic_take_posted(void);
/* Turn the virtual interface off until a guest runs; what it has to say comes again then. */
void vgic_silence(void);
void vgic_unsilence(void);
/* The maintenance interrupt of the running VCPU: finds the reason and fills in the fault. */
void vgic_maintenance(struct tcb *current);

/* vcpu_invoke.c */
struct invocation;
enum error vcpu_decode(struct invocation *inv);
