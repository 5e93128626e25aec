// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vCPU's registers under KVM's identifiers (KVM_GET_ONE_REG, KVM_SET_ONE_REG).
 *
 * Called for the module's REG_GET and REG_SET on a stopped vCPU. Here are the core registers, the
 * system registers that seL4's VCPU holds, and the timer's; the module itself answers for ID
 * registers, FP/SIMD and firmware registers. Unknown identifiers are -ENOENT.
 */
#include <errno.h>

#include "vmm.h"

/* Identifiers: Linux, arch/arm64/include/uapi/asm/kvm.h. */
#define REG_ARM64_U64 0x6030000000000000ull
#define REG_CORE      (REG_ARM64_U64 | 0x0010ull << 16)
#define REG_SYS	      (REG_ARM64_U64 | 0x0013ull << 16)
#define SYS_REG(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* Core registers are numbered by their offset in struct kvm_regs, in 32-bit words. */
#define CORE_X0	      0u
#define CORE_X30      60u
#define CORE_SP	      62u
#define CORE_PC	      64u
#define CORE_PSTATE   66u
#define CORE_SP_EL1   68u
#define CORE_ELR_EL1  70u
#define CORE_SPSR_EL1 72u
#define CORE_SPSR_ABT 74u
#define CORE_SPSR_FIQ 80u

/* The two have each other's encoding in KVM's interface, for ever. */
#define TIMER_CTL  SYS_REG(3, 3, 14, 3, 1)
#define TIMER_CNT  SYS_REG(3, 3, 14, 3, 2)
#define TIMER_CVAL SYS_REG(3, 3, 14, 0, 2)

#define MPIDR_EL1 SYS_REG(3, 0, 0, 0, 5)

#define CONTEXT(field) (offsetof(seL4_UserContext, field) / sizeof(seL4_Word))
#define IN_CONTEXT     0x8000u /* a word of seL4_UserContext, not a VCPU register */

static const struct {
	uint16_t encoding;
	uint16_t where;
} sysregs[] = {
	{SYS_REG(3, 0, 1, 0, 0), seL4_VCPUReg_SCTLR},
	{SYS_REG(3, 0, 1, 0, 1), seL4_VCPUReg_ACTLR},
	{SYS_REG(3, 0, 1, 0, 2), seL4_VCPUReg_CPACR},
	{SYS_REG(3, 0, 2, 0, 0), seL4_VCPUReg_TTBR0},
	{SYS_REG(3, 0, 2, 0, 1), seL4_VCPUReg_TTBR1},
	{SYS_REG(3, 0, 2, 0, 2), seL4_VCPUReg_TCR},
	{SYS_REG(3, 0, 5, 1, 0), seL4_VCPUReg_AFSR0},
	{SYS_REG(3, 0, 5, 1, 1), seL4_VCPUReg_AFSR1},
	{SYS_REG(3, 0, 5, 2, 0), seL4_VCPUReg_ESR},
	{SYS_REG(3, 0, 6, 0, 0), seL4_VCPUReg_FAR},
	{SYS_REG(3, 0, 7, 4, 0), seL4_VCPUReg_PAR},
	{SYS_REG(3, 0, 10, 2, 0), seL4_VCPUReg_MAIR},
	{SYS_REG(3, 0, 10, 3, 0), seL4_VCPUReg_AMAIR},
	{SYS_REG(3, 0, 12, 0, 0), seL4_VCPUReg_VBAR},
	{SYS_REG(3, 0, 13, 0, 1), seL4_VCPUReg_CIDR},
	{SYS_REG(3, 0, 13, 0, 4), seL4_VCPUReg_TPIDR_EL1},
	{SYS_REG(3, 0, 14, 1, 0), seL4_VCPUReg_CNTKCTL_EL1},
	{SYS_REG(3, 3, 13, 0, 2), IN_CONTEXT | CONTEXT(tpidr_el0)},
	{SYS_REG(3, 3, 13, 0, 3), IN_CONTEXT | CONTEXT(tpidrro_el0)},
	{TIMER_CTL, seL4_VCPUReg_CNTV_CTL},
	{TIMER_CVAL, seL4_VCPUReg_CNTV_CVAL},
};

static uint64_t context_get(struct vcpu *vcpu, unsigned int word)
{
	vcpu_fetch(vcpu, VCPU_CONTEXT_WORDS);
	return ((seL4_Word *)&vcpu->regs)[word];
}

static void where_set(struct vcpu *vcpu, uint16_t where, uint64_t value)
{
	if (where & IN_CONTEXT)
		vcpu_word_set(vcpu, where & ~IN_CONTEXT, value);
	else
		vcpu_sysreg_set(vcpu, (seL4_VCPUReg)where, value);
}

static uint64_t where_get(struct vcpu *vcpu, uint16_t where)
{
	return where & IN_CONTEXT ? context_get(vcpu, where & ~IN_CONTEXT)
				  : vcpu_sysreg_get(vcpu, (seL4_VCPUReg)where);
}

/* Where a core register is, other than X0..X30 and the AArch32 SPSRs; -1: there is none. */
static int core_where(uint32_t core)
{
	switch (core) {
	case CORE_SP:
		return IN_CONTEXT | CONTEXT(sp);
	case CORE_PC:
		return IN_CONTEXT | CONTEXT(pc);
	case CORE_PSTATE:
		return IN_CONTEXT | CONTEXT(spsr);
	case CORE_SP_EL1:
		return seL4_VCPUReg_SP_EL1;
	case CORE_ELR_EL1:
		return seL4_VCPUReg_ELR_EL1;
	case CORE_SPSR_EL1:
		return seL4_VCPUReg_SPSR_EL1;
	default:
		return -1;
	}
}

static int sysreg_where(uint32_t encoding)
{
	for (size_t i = 0; i < sizeof(sysregs) / sizeof(sysregs[0]); i++)
		if (sysregs[i].encoding == encoding)
			return sysregs[i].where;
	return -1;
}

int regs_get(struct vmm *vmm, struct vcpu *vcpu, uint64_t id, uint64_t *value)
{
	uint32_t number = id & 0xffff;
	int where;

	if ((id & ~0xffffull) == REG_CORE) {
		if (number % 2)
			return -ENOENT;
		if (number <= CORE_X30) {
			vcpu_fetch(vcpu, VCPU_CONTEXT_WORDS); /* the others follow */
			*value = vcpu_gpr_get(vcpu, number / 2);
			return 0;
		}
		if (number >= CORE_SPSR_ABT && number <= CORE_SPSR_FIQ) {
			*value = vcpu->spsr_aa32[(number - CORE_SPSR_ABT) / 2];
			return 0;
		}
		where = core_where(number);
	} else if ((id & ~0xffffull) == REG_SYS) {
		if (number == TIMER_CNT) {
			*value = counter_now() - vmm->counter_offset;
			return 0;
		}
		if (number == MPIDR_EL1) {
			*value = vcpu_sysreg_get(vcpu, seL4_VCPUReg_VMPIDR_EL2);
			return 0;
		}
		where = sysreg_where(number);
	} else {
		return -ENOENT;
	}
	if (where < 0)
		return -ENOENT;
	*value = where_get(vcpu, (uint16_t)where);
	return 0;
}

int regs_set(struct vmm *vmm, struct vcpu *vcpu, uint64_t id, uint64_t value)
{
	uint32_t number = id & 0xffff;
	int where;

	if ((id & ~0xffffull) == REG_CORE) {
		if (number % 2)
			return -ENOENT;
		if (number <= CORE_X30) {
			vcpu_gpr_set(vcpu, number / 2, value);
			return 0;
		}
		if (number >= CORE_SPSR_ABT && number <= CORE_SPSR_FIQ) {
			vcpu->spsr_aa32[(number - CORE_SPSR_ABT) / 2] = value;
			return 0;
		}
		where = core_where(number);
	} else if ((id & ~0xffffull) == REG_SYS) {
		if (number == TIMER_CNT) {
			timer_offset_set(vmm, counter_now() - value);
			return 0;
		}
		if (number == MPIDR_EL1)
			return value == vcpu_sysreg_get(vcpu, seL4_VCPUReg_VMPIDR_EL2) ? 0
										       : -EINVAL;
		where = sysreg_where(number);
	} else {
		return -ENOENT;
	}
	if (where < 0)
		return -ENOENT;
	where_set(vcpu, (uint16_t)where, value);
	return 0;
}
