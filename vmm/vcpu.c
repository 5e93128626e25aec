// SPDX-License-Identifier: BSD-2-Clause
/*
 * vCPUs: their registers, starting and stopping them, and exceptions injected into them.
 *
 * Called by every exit handler. A system call costs, so registers are fetched when they are first
 * needed, as a prefix of seL4_UserContext that is just long enough, and what was changed is written
 * by the very call that resumes the vCPU. What always holds: dirty <= known; both are 0 while it
 * runs.
 */
#include <string.h>

#include "vmm.h"

/* Where Xn is in seL4_UserContext, in words. */
#define WORD(field) (offsetof(seL4_UserContext, field) / sizeof(seL4_Word))
static const uint8_t gpr_word[31] = {
	WORD(x0),  WORD(x1),  WORD(x2),	 WORD(x3),  WORD(x4),  WORD(x5),  WORD(x6),  WORD(x7),
	WORD(x8),  WORD(x9),  WORD(x10), WORD(x11), WORD(x12), WORD(x13), WORD(x14), WORD(x15),
	WORD(x16), WORD(x17), WORD(x18), WORD(x19), WORD(x20), WORD(x21), WORD(x22), WORD(x23),
	WORD(x24), WORD(x25), WORD(x26), WORD(x27), WORD(x28), WORD(x29), WORD(x30),
};

/* ReadRegisters answers in four registers at least. */
#define FETCH_MIN 4u

#define SPSR_EL1H_MASKED \
	0x3c5u /* EL1h, DAIF masked: the state after reset and after an exception */
#define SPSR_MODE_MASK 0x1fu
#define SPSR_AARCH32   0x10u
#define SPSR_EL1H      0x5u
#define SCTLR_RESET    0x00c50078u /* MMU and caches off, as KVM resets it */

#define ESR_EC_SHIFT  26
#define ESR_IL	      (1u << 25)
#define ESR_FNV	      (1u << 10) /* FAR not valid: a data abort's message has the IPA only */
#define ESR_EXTABT    0x10u	 /* synchronous external abort */
#define EC_UNKNOWN    0x00u
#define EC_IABT_LOWER 0x20u
#define EC_DABT_LOWER 0x24u

void vcpu_init(struct vmm *vmm, struct vcpu *vcpu, unsigned int index)
{
	vcpu->core = &vmm->core[0];
	vcpu->index = index;
	vcpu->gic = &vmm->gic.cpu[index];
	vcpu->tcb = SELKIE_SLOT_TCB_OF(index);
	vcpu->cap = SELKIE_SLOT_VCPU_OF(index);
}

uint64_t vcpu_sysreg_get(struct vcpu *vcpu, seL4_VCPUReg reg)
{
	seL4_Word mr[4] = {reg};

	return vmm_invoke(vcpu->cap, ARMVCPUReadReg, mr) ? 0 : mr[0];
}

void vcpu_sysreg_set(struct vcpu *vcpu, seL4_VCPUReg reg, uint64_t value)
{
	seL4_Word mr[4] = {reg, value};

	vmm_invoke(vcpu->cap, ARMVCPUWriteReg, mr);
}

seL4_Error vcpu_inject(struct vcpu *vcpu, unsigned int lr, unsigned int intid,
		       unsigned int priority, unsigned int group)
{
	seL4_Word mr[4] = {intid | priority << 16 | group << 24 | (seL4_Word)lr << 32};

	return vmm_invoke(vcpu->cap, ARMVCPUInjectIRQ, mr);
}

void vcpu_vtimer_unmask(struct vcpu *vcpu)
{
	seL4_Word mr[4] = {VTIMER_INTID};

	vcpu->vtimer_masked = false;
	vmm_invoke(vcpu->cap, ARMVCPUAckVPPI, mr);
}

void vcpu_answer(struct vmm *vmm, const struct vcpu *vcpu)
{
	bool takes_words =
		vcpu->fault == seL4_Fault_UnknownSyscall || vcpu->fault == seL4_Fault_UserException;

	vmm_answer(vcpu_core(vmm, vcpu), 0, takes_words ? 0 : LONG_MESSAGE_WORDS);
}

void vcpu_suspend(struct vmm *vmm, struct vcpu *vcpu)
{
	seL4_TCB_Suspend(vcpu->tcb);
	vmm_reply_free(vmm, vcpu->reply);
	vcpu->reply = 0;
}

/*
 * Nothing in seL4's API takes back an interrupt that the guest has acknowledged, nor empties its
 * CPU interface: a reset takes a new VCPU.
 */
static void vcpu_renew(struct vmm *vmm, struct vcpu *vcpu)
{
	int error;

	if (!vcpu->used && !vcpu->gic->lr_used)
		return;
	error = vmm_manager_call(SELKIE_VMM_VCPU_RENEW, vcpu->index, 0, 0);
	if (error)
		vmm_log("vmm: vCPU %u is not reset: error %d", vcpu->index, -error);
	vcpu->used = false;
	/* The new one's timer is not masked. */
	if (vcpu->vtimer_masked)
		vgic_line_set(&vmm->gic, vcpu->index, VTIMER_INTID, false);
	vcpu->vtimer_masked = false;
}

void vcpu_reset(struct vmm *vmm, struct vcpu *vcpu, bool powered)
{
	static const seL4_VCPUReg zeroed[] = {
		seL4_VCPUReg_CPACR,	seL4_VCPUReg_TTBR0,	  seL4_VCPUReg_TTBR1,
		seL4_VCPUReg_TCR,	seL4_VCPUReg_MAIR,	  seL4_VCPUReg_AMAIR,
		seL4_VCPUReg_CIDR,	seL4_VCPUReg_AFSR0,	  seL4_VCPUReg_AFSR1,
		seL4_VCPUReg_ESR,	seL4_VCPUReg_FAR,	  seL4_VCPUReg_PAR,
		seL4_VCPUReg_VBAR,	seL4_VCPUReg_TPIDR_EL1,	  seL4_VCPUReg_SP_EL1,
		seL4_VCPUReg_ELR_EL1,	seL4_VCPUReg_SPSR_EL1,	  seL4_VCPUReg_CNTV_CTL,
		seL4_VCPUReg_CNTV_CVAL, seL4_VCPUReg_CNTKCTL_EL1,
	};

	vcpu_suspend(vmm, vcpu);
	vcpu_renew(vmm, vcpu);
	vgic_cpu_reset(&vmm->gic, vcpu->index);
	for (size_t i = 0; i < sizeof(zeroed) / sizeof(zeroed[0]); i++)
		vcpu_sysreg_set(vcpu, zeroed[i], 0);
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_SCTLR, SCTLR_RESET);
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_CNTVOFF, vmm->counter_offset);
	/* Bit 31 is RES1; Aff0 is enough for eight CPUs (Arm ARM D17.2.101). */
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_VMPIDR_EL2, 1ull << 31 | vcpu->index);

	memset(&vcpu->regs, 0, sizeof(vcpu->regs));
	memset(vcpu->spsr_aa32, 0, sizeof(vcpu->spsr_aa32));
	vcpu->regs.spsr = SPSR_EL1H_MASKED;
	vcpu->known = VCPU_CONTEXT_WORDS;
	vcpu->dirty = VCPU_CONTEXT_WORDS;
	vcpu->starting = false;
	vcpu->mmio_pending = false;
	vcpu->woken = false;
	vcpu->parked = false;
	vcpu->powered = powered;
	vcpu->present = true;
}

void vcpu_power_on(struct vcpu *vcpu, uint64_t entry, uint64_t context)
{
	vcpu->powered = true;
	vcpu->starting = true;
	vcpu->entry = entry;
	vcpu->context = context;
}

void vcpu_start(struct vmm *vmm, struct vcpu *vcpu)
{
	vcpu_reset(vmm, vcpu, true);
	vcpu->regs.pc = vcpu->entry;
	vcpu->regs.x0 = vcpu->context;
}

void vcpu_fetch_more(struct vcpu *vcpu, unsigned int words)
{
	unsigned int count = words > FETCH_MIN ? words : FETCH_MIN;
	seL4_Word mr[4] = {0, count};

	if (vcpu->dirty)
		vcpu_write_back(vcpu); /* what is dirty is newer than what the kernel has */
	vmm_invoke(vcpu->tcb, TCBReadRegisters, mr);
	vcpu->regs.pc = mr[0];
	vcpu->regs.sp = mr[1];
	vcpu->regs.spsr = mr[2];
	vcpu->regs.x0 = mr[3];
	for (unsigned int i = FETCH_MIN; i < count; i++)
		((seL4_Word *)&vcpu->regs)[i] = seL4_GetMR((int)i);
	vcpu->known = count;
}

void vcpu_write_back(struct vcpu *vcpu)
{
	if (vcpu->dirty)
		seL4_TCB_WriteRegisters(vcpu->tcb, false, 0, vcpu->dirty, &vcpu->regs);
	vcpu->dirty = 0;
}

void vcpu_word_set(struct vcpu *vcpu, unsigned int word, uint64_t value)
{
	vcpu_fetch(vcpu, word + 1);
	((seL4_Word *)&vcpu->regs)[word] = value;
	if (vcpu->dirty < word + 1)
		vcpu->dirty = word + 1;
}

/* What is not in regs is taken out of the message and not kept: few handlers read a second one. */
uint64_t vcpu_gpr_get(struct vcpu *vcpu, unsigned int reg)
{
	seL4_Word mr[4] = {0};
	unsigned int word;

	if (reg >= 31)
		return 0;
	word = gpr_word[reg];
	if (word < vcpu->known)
		return ((seL4_Word *)&vcpu->regs)[word];
	mr[1] = word + 1u;
	vmm_invoke(vcpu->tcb, TCBReadRegisters, mr);
	return word == WORD(x0) ? mr[WORD(x0)] : seL4_GetMR((int)word);
}

void vcpu_gpr_set(struct vcpu *vcpu, unsigned int reg, uint64_t value)
{
	if (reg < 31)
		vcpu_word_set(vcpu, gpr_word[reg], value);
}

void vcpu_resume(struct vmm *vmm, struct vcpu *vcpu)
{
	if (vcpu->dirty)
		seL4_TCB_WriteRegisters(vcpu->tcb, true, 0, vcpu->dirty, &vcpu->regs);
	else
		seL4_TCB_Resume(vcpu->tcb);
	vcpu->known = 0;
	vcpu->dirty = 0;
	vcpu->parked = false;
	vcpu->used = true;
	vmm_reply_free(vmm, vcpu->reply);
	vcpu->reply = 0;
}

/* Exception entry to EL1 (Arm ARM D1.10): offsets of the vectors by where it was taken from. */
static void exception_enter(struct vmm *vmm, struct vcpu *vcpu, uint32_t class, uint32_t iss)
{
	vcpu_fetch(vcpu, WORD(spsr) + 1);

	uint64_t mode = vcpu->regs.spsr & SPSR_MODE_MASK;
	uint64_t offset = mode & SPSR_AARCH32 ? 0x600
			  : mode == SPSR_EL1H ? 0x200
			  : mode == 0	      ? 0x400
					      : 0x000;

	/* An abort's class says whether it came from a lower level. */
	if (class != EC_UNKNOWN && offset < 0x400)
		class ++;
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_ELR_EL1, vcpu->regs.pc);
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_SPSR_EL1, vcpu->regs.spsr);
	vcpu_sysreg_set(vcpu, seL4_VCPUReg_ESR, class << ESR_EC_SHIFT | ESR_IL | iss);
	vcpu_word_set(vcpu, WORD(spsr), SPSR_EL1H_MASKED);
	vcpu_word_set(vcpu, WORD(pc), vcpu_sysreg_get(vcpu, seL4_VCPUReg_VBAR) + offset);
	vmm_count(vmm, SELKIE_COUNT_ABORT);
}

void vcpu_inject_undefined(struct vmm *vmm, struct vcpu *vcpu)
{
	exception_enter(vmm, vcpu, EC_UNKNOWN, 0);
}

void vcpu_inject_abort(struct vmm *vmm, struct vcpu *vcpu, bool instruction)
{
	vcpu_fetch(vcpu, 1);
	if (instruction) {
		vcpu_sysreg_set(vcpu, seL4_VCPUReg_FAR, vcpu->regs.pc);
		exception_enter(vmm, vcpu, EC_IABT_LOWER, ESR_EXTABT);
	} else {
		exception_enter(vmm, vcpu, EC_DABT_LOWER, ESR_EXTABT | ESR_FNV);
	}
}
