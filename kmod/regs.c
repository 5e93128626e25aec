// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST: which registers a vCPU has and who keeps
 * each.
 *
 * Called by vcpu.c with vcpu->mutex. Registers fall in four classes: the vmm's (general-purpose,
 * EL1 system and timer registers), the hardware's (identification: a write must repeat the value),
 * constants of this implementation, and those that seL4 shows to nobody (FP/SIMD): kept here, so
 * that a client can write back what it read, without effect on the guest. What always holds: every
 * register in the list can be read and takes its own value back.
 */

#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "selkie.h"

#define REG_CORE(field) (KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define REG_INDEX_MASK (KVM_REG_ARCH_MASK | KVM_REG_SIZE_MASK | KVM_REG_ARM_COPROC_MASK)
#define REG_SYS(op0, op1, crn, crm, op2) ARM64_SYS_REG(op0, op1, crn, crm, op2)
#define REG_SMALL_MAX 8 /* bytes that a call to the vmm carries */

/* PSCI 1.1, which the vmm implements. */
#define REG_PSCI_VERSION 0x10001ull

/* System registers that the vmm keeps. Timer registers under the identifiers that KVM gave them. */
static const u64 regs_vmm[] = {
	REG_SYS(3, 0, 1, 0, 0), /* SCTLR_EL1 */
	REG_SYS(3, 0, 1, 0, 1), /* ACTLR_EL1 */
	REG_SYS(3, 0, 1, 0, 2), /* CPACR_EL1 */
	REG_SYS(3, 0, 2, 0, 0), /* TTBR0_EL1 */
	REG_SYS(3, 0, 2, 0, 1), /* TTBR1_EL1 */
	REG_SYS(3, 0, 2, 0, 2), /* TCR_EL1 */
	REG_SYS(3, 0, 5, 1, 0), /* AFSR0_EL1 */
	REG_SYS(3, 0, 5, 1, 1), /* AFSR1_EL1 */
	REG_SYS(3, 0, 5, 2, 0), /* ESR_EL1 */
	REG_SYS(3, 0, 6, 0, 0), /* FAR_EL1 */
	REG_SYS(3, 0, 10, 2, 0), /* MAIR_EL1 */
	REG_SYS(3, 0, 10, 3, 0), /* AMAIR_EL1 */
	REG_SYS(3, 0, 12, 0, 0), /* VBAR_EL1 */
	REG_SYS(3, 0, 13, 0, 1), /* CONTEXTIDR_EL1 */
	REG_SYS(3, 0, 13, 0, 4), /* TPIDR_EL1 */
	REG_SYS(3, 0, 14, 1, 0), /* CNTKCTL_EL1 */
	REG_SYS(3, 3, 13, 0, 2), /* TPIDR_EL0 */
	REG_SYS(3, 3, 13, 0, 3), /* TPIDRRO_EL0 */
	KVM_REG_ARM_TIMER_CTL,
	KVM_REG_ARM_TIMER_CNT,
	KVM_REG_ARM_TIMER_CVAL,
};

#define REG_MPIDR REG_SYS(3, 0, 0, 0, 5)
#define REG_CLIDR REG_SYS(3, 1, 0, 0, 1)
#define REG_CTR REG_SYS(3, 3, 0, 0, 1)
#define REG_ID REG_SYS(3, 0, 0, 0, 0)
#define REG_ID_FIELDS (KVM_REG_ARM64_SYSREG_CRM_MASK | KVM_REG_ARM64_SYSREG_OP2_MASK)

/* ID registers in the list: CRm 1..7, each op2, and two of CRm 0. */
#define REG_ID_CRM_COUNT 7

u32 regs_preferred_target(void)
{
	if (read_cpuid_implementor() == ARM_CPU_IMP_ARM) {
		switch (read_cpuid_part_number()) {
		case ARM_CPU_PART_CORTEX_A53:
			return KVM_ARM_TARGET_CORTEX_A53;
		case ARM_CPU_PART_CORTEX_A57:
			return KVM_ARM_TARGET_CORTEX_A57;
		}
	}
	return KVM_ARM_TARGET_GENERIC_V8;
}

static bool regs_is_vmm(u64 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs_vmm); i++)
		if (regs_vmm[i] == id)
			return true;
	return false;
}

/* CCSIDR_EL1 of a cache that CLIDR_EL1 lists: index is CSSELR_EL1's, level << 1 | instruction. */
static int regs_read_ccsidr(unsigned int index, u64 *value)
{
	unsigned int type;
	u64 selected;

	if (index > 13)
		return -ENOENT;
	type = (read_sysreg(clidr_el1) >> (3 * (index >> 1))) & 7;
	/* CLIDR_EL1.Ctype: 1 instruction, 2 data, 3 both separate, 4 unified. */
	if ((index & 1) ? !(type & 1) || type == 5 : type < 2)
		return -ENOENT;

	preempt_disable();
	selected = read_sysreg(csselr_el1);
	write_sysreg(index, csselr_el1);
	isb();
	*value = read_sysreg(ccsidr_el1);
	write_sysreg(selected, csselr_el1);
	isb();
	preempt_enable();
	return 0;
}

static int regs_read_demux(u64 id, u64 *value)
{
	if ((id & KVM_REG_ARM_DEMUX_ID_MASK) != KVM_REG_ARM_DEMUX_ID_CCSIDR ||
	    KVM_REG_SIZE(id) != sizeof(u32) || (id & 0xffff & ~0xffull))
		return -ENOENT;
	return regs_read_ccsidr(id & KVM_REG_ARM_DEMUX_VAL_MASK, value);
}

static int regs_read_firmware(u64 id, u64 *value)
{
	switch (id) {
	case KVM_REG_ARM_PSCI_VERSION:
		*value = REG_PSCI_VERSION;
		return 0;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3:
		/* Not available, for each of the three. */
		*value = 0;
		return 0;
	default:
		return -ENOENT;
	}
}

/* Registers that a guest cannot change and a client cannot choose. */
static int regs_read_fixed(const struct selkie_vcpu *vcpu, u64 id, u64 *value)
{
	switch (id & KVM_REG_ARM_COPROC_MASK) {
	case KVM_REG_ARM_DEMUX:
		return regs_read_demux(id, value);
	case KVM_REG_ARM_FW:
		return regs_read_firmware(id, value);
	}

	switch (id) {
	case REG_MPIDR:
		*value = BIT(31) | vcpu->id;
		return 0;
	case REG_CLIDR:
		*value = read_sysreg(clidr_el1);
		return 0;
	case REG_CTR:
		*value = read_sysreg(ctr_el0);
		return 0;
	}
	if ((id & ~(u64)REG_ID_FIELDS) == REG_ID)
		return idregs_read((id & KVM_REG_ARM64_SYSREG_CRM_MASK) >>
				   KVM_REG_ARM64_SYSREG_CRM_SHIFT,
				   id & KVM_REG_ARM64_SYSREG_OP2_MASK, value);
	return -ENOENT;
}

/* Where a core register that is kept here lies, or NULL. Its size must be the register's own. */
static void *regs_kept(struct selkie_vcpu *vcpu, u64 id)
{
	u64 index = id & ~(u64)REG_INDEX_MASK;
	size_t offset = index * sizeof(u32), size = KVM_REG_SIZE(id);
	size_t fp = offsetof(struct kvm_regs, fp_regs), spsr = offsetof(struct kvm_regs, spsr[1]);

	if ((id & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM_CORE || index > sizeof(struct kvm_regs))
		return NULL;
	if (offset >= spsr && offset < spsr + sizeof(vcpu->spsr_aa32))
		return size == sizeof(u64) && !((offset - spsr) % size) ?
		       (void *)vcpu->spsr_aa32 + (offset - spsr) : NULL;
	if (offset >= fp && offset < fp + offsetof(struct user_fpsimd_state, fpsr))
		return size == sizeof(__uint128_t) && !((offset - fp) % size) ?
		       (void *)&vcpu->fp + (offset - fp) : NULL;
	if (offset == fp + offsetof(struct user_fpsimd_state, fpsr))
		return size == sizeof(u32) ? &vcpu->fp.fpsr : NULL;
	if (offset == fp + offsetof(struct user_fpsimd_state, fpcr))
		return size == sizeof(u32) ? &vcpu->fp.fpcr : NULL;
	return NULL;
}

/* A 64-bit core register of the vmm's: everything before spsr[1]. */
static bool regs_is_vmm_core(u64 id)
{
	u64 index = id & ~(u64)REG_INDEX_MASK;

	return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE &&
	       KVM_REG_SIZE(id) == sizeof(u64) && !(index & 1) &&
	       index < offsetof(struct kvm_regs, spsr[1]) / sizeof(u32);
}

static int regs_check(struct selkie_vcpu *vcpu, u64 id)
{
	u64 index = id & ~(u64)REG_INDEX_MASK;

	if ((id & KVM_REG_ARCH_MASK) != KVM_REG_ARM64)
		return -EINVAL;
	/* As Linux's KVM: a core register exists under its own size and from its beginning only. */
	if ((id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE &&
	    index < sizeof(struct kvm_regs) / sizeof(u32) &&
	    !regs_is_vmm_core(id) && !regs_kept(vcpu, id))
		return -EINVAL;
	return KVM_REG_SIZE(id) > sizeof(__uint128_t) ? -ENOENT : 0;
}

/* EL0 and EL1 in AArch64 state are the guest's. */
static bool regs_pstate_valid(u64 pstate)
{
	switch (pstate & (PSR_MODE32_BIT | PSR_MODE_MASK)) {
	case PSR_MODE_EL0t:
	case PSR_MODE_EL1t:
	case PSR_MODE_EL1h:
		return true;
	default:
		return false;
	}
}

int regs_get_one(struct selkie_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	struct selkie_msg msg = { .mr = { vcpu->id, reg->id } };
	void *kept;
	u64 value;
	int err;

	err = regs_check(vcpu, reg->id);
	if (err)
		return err;
	kept = regs_kept(vcpu, reg->id);
	if (kept)
		return copy_to_user(u64_to_user_ptr(reg->addr), kept, KVM_REG_SIZE(reg->id)) ?
		       -EFAULT : 0;
	if (regs_is_vmm(reg->id) || regs_is_vmm_core(reg->id)) {
		err = call_vm(vcpu->vm, SELKIE_VM_REG_GET, 2, &msg);
		value = msg.mr[0];
	} else {
		err = regs_read_fixed(vcpu, reg->id, &value);
	}
	if (err)
		return err;
	return copy_to_user(u64_to_user_ptr(reg->addr), &value,
			    min_t(size_t, KVM_REG_SIZE(reg->id), REG_SMALL_MAX)) ? -EFAULT : 0;
}

int regs_set_one(struct selkie_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	__uint128_t value = 0;
	struct selkie_msg msg;
	void *kept;
	u64 fixed;
	int err;

	err = regs_check(vcpu, reg->id);
	if (err)
		return err;
	if (copy_from_user(&value, u64_to_user_ptr(reg->addr), KVM_REG_SIZE(reg->id)))
		return -EFAULT;
	kept = regs_kept(vcpu, reg->id);
	if (kept) {
		memcpy(kept, &value, KVM_REG_SIZE(reg->id));
		return 0;
	}
	if (reg->id == (REG_CORE(regs.pstate) | KVM_REG_SIZE_U64) && !regs_pstate_valid(value))
		return -EINVAL;
	if (regs_is_vmm(reg->id) || regs_is_vmm_core(reg->id)) {
		msg = (struct selkie_msg) { .mr = { vcpu->id, reg->id, (u64)value } };
		return call_vm(vcpu->vm, SELKIE_VM_REG_SET, 3, &msg);
	}
	err = regs_read_fixed(vcpu, reg->id, &fixed);
	if (err)
		return err;
	return fixed == (u64)value ? 0 : -EINVAL;
}

/* A cursor over the list: counts always, writes while there is room. */
struct regs_cursor {
	u64 __user *out;
	u64 room;
	u64 count;
};

static int regs_list_add(struct regs_cursor *cursor, u64 id)
{
	if (cursor->count++ >= cursor->room)
		return 0;
	return put_user(id, cursor->out++);
}

static int regs_list_core(struct regs_cursor *cursor)
{
	unsigned int i;
	int err = 0;

	/* x0..pstate, sp_el1, elr_el1 and the five SPSRs are 64 bits each and adjacent. */
	for (i = 0; i < offsetof(struct kvm_regs, fp_regs) / sizeof(u64) && !err; i++) {
		if (i * sizeof(u64) >= offsetofend(struct kvm_regs, spsr))
			break;
		err = regs_list_add(cursor, KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 |
					    (2 * i));
	}
	for (i = 0; i < 32 && !err; i++)
		err = regs_list_add(cursor, REG_CORE(fp_regs.vregs[i]) | KVM_REG_SIZE_U128);
	if (!err)
		err = regs_list_add(cursor, REG_CORE(fp_regs.fpsr) | KVM_REG_SIZE_U32);
	if (!err)
		err = regs_list_add(cursor, REG_CORE(fp_regs.fpcr) | KVM_REG_SIZE_U32);
	return err;
}

static int regs_list_fixed(struct regs_cursor *cursor)
{
	static const u64 fixed[] = {
		KVM_REG_ARM_PSCI_VERSION, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1,
		KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3,
		REG_SYS(3, 0, 0, 0, 0), REG_SYS(3, 0, 0, 0, 6), REG_MPIDR, REG_CLIDR, REG_CTR,
	};
	unsigned int i, crm, op2;
	int err = 0;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(fixed) && !err; i++)
		err = regs_list_add(cursor, fixed[i]);
	for (crm = 1; crm <= REG_ID_CRM_COUNT && !err; crm++)
		for (op2 = 0; op2 < 8 && !err; op2++)
			err = regs_list_add(cursor, REG_SYS(3, 0, 0, crm, op2));
	for (i = 0; i < 14 && !err; i++)
		if (!regs_read_ccsidr(i, &value))
			err = regs_list_add(cursor, KVM_REG_ARM64 | KVM_REG_SIZE_U32 |
						    KVM_REG_ARM_DEMUX | i);
	return err;
}

int regs_get_list(struct kvm_reg_list __user *list)
{
	struct regs_cursor cursor = { .out = list->reg };
	unsigned int i;
	int err;

	if (get_user(cursor.room, &list->n))
		return -EFAULT;
	err = regs_list_core(&cursor);
	for (i = 0; i < ARRAY_SIZE(regs_vmm) && !err; i++)
		err = regs_list_add(&cursor, regs_vmm[i]);
	if (!err)
		err = regs_list_fixed(&cursor);
	if (err)
		return err;
	if (put_user(cursor.count, &list->n))
		return -EFAULT;
	return cursor.count > cursor.room ? -E2BIG : 0;
}
