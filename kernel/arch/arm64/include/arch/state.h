/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this core's registers currently hold, so that a switch writes only what differs. Written by
 * thread.c, vcpu.c, asid.c and irq.c.
 */
#pragma once

#include "core.h"
#include "objects.h"
#include "types.h"

struct arch_core {
	struct vcpu *vcpu;     /* whose EL1 state and list registers are loaded, or NULL */
	struct vcpu *active;   /* the same if EL1 is its: HCR_EL2, SCTLR_EL1 */
	bool gich_off;	       /* the virtual interface is off until a guest runs (vgic.c) */
	bool vtimer_masked;    /* state of the virtual timer's line at the distributor */
	u32 lr_count;	       /* list registers that this GIC has */
#if CONFIG_SMP
	u32 gic_target; /* this core's bit as a target of interrupts */
#endif
	u32 irq_ack;	       /* acknowledge word of the interrupt in progress */
	u64 timer_deadline;    /* CNTHP_CVAL_EL2 */
	u64 vttbr;	       /* VTTBR_EL2 */
	u64 vspace_age;	       /* counts VMIDs taken away, from 1 */
	struct tcb *fpu_owner; /* whose state the FP/SIMD registers hold, or NULL */
	struct tcb *tls_owner; /* whose TPIDR_EL0 and TPIDRRO_EL0 are live, or NULL */
};

extern struct arch_core arch_cores[CONFIG_CORE_COUNT];

#if CONFIG_SMP
static inline struct arch_core *arch_of(const struct core *core)
{
	return core->arch;
}
#else
static inline struct arch_core *arch_of(const struct core *core)
{
	return &arch_cores[0];
}
#endif

static inline struct arch_core *this_arch(void)
{
	return arch_of(this_core());
}

#if CONFIG_SMP
/* thread.c: everything that this core's registers hold of threads goes to memory. */
void arch_release_all(void);
#endif

/* thread.c: the FP/SIMD registers change hands, with the switch to a thread that uses them. */
void fpu_change_owner(struct tcb *tcb);
