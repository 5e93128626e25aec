// SPDX-License-Identifier: BSD-2-Clause
/*
 * Invocations of VCPU caps. Called by object.c's dispatcher.
 */
#include <arch/smp.h>
#include <arch/state.h>
#include <arch/vcpu.h>
#include <plat/plat.h>

#include "invocation.h"

#define VIRQ_MAX     1023
#define PRIORITY_MAX 31
#define GROUP_MAX    1

static enum error vcpu_set_tcb(struct invocation *inv)
{
	struct cap tcb;

	if (inv->extra_count < 1)
		return err_truncated();
	tcb = inv->extra[0]->cap;
	if (cap_type(tcb) != CAP_TCB)
		return err_illegal();

	vcpu_associate(cap_ptr(inv->cap), cap_ptr(tcb));
	return OK;
}

/* Word 0: virq 16 | priority 8 | group 8 | list register 8. */
static enum error vcpu_inject_irq(struct invocation *inv)
{
	struct vcpu *vcpu = cap_ptr(inv->cap);
	u32 virq, priority, group, index;
	u64 word;

	if (inv->length < 1)
		return err_truncated();
	word = inv_arg(inv, 0);
	virq = word & 0xffff;
	priority = word >> 16 & 0xff;
	group = word >> 24 & 0xff;
	index = word >> 32 & 0xff;
	if (virq > VIRQ_MAX)
		return err_range(0, VIRQ_MAX);
	if (priority > PRIORITY_MAX)
		return err_range(0, PRIORITY_MAX);
	if (group > GROUP_MAX)
		return err_range(0, GROUP_MAX);
	if (index >= this_arch()->lr_count)
		return err_range(0, this_arch()->lr_count - 1);
	if ((vcpu->lr[index] & LR_STATE_MASK) == LR_STATE_ACTIVE)
		return DELETE_FIRST;

	vgic_inject(vcpu, index,
		    LR_VIRQ(virq) | LR_EOI | LR_PRIORITY(priority) | LR_STATE_PENDING |
			    (group ? LR_GROUP1 : 0));
	return OK;
}

static enum error vcpu_read_regs(struct invocation *inv)
{
	u64 reg;

	if (inv->length < 1)
		return err_truncated();
	reg = inv_arg(inv, 0);
	if (reg >= VCPU_REG_COUNT)
		return err_invalid_argument(1);

	inv_set_mr(inv, 0, vcpu_reg_read(cap_ptr(inv->cap), reg));
	return OK;
}

static enum error vcpu_write_regs(struct invocation *inv)
{
	u64 reg;

	if (inv->length < 2)
		return err_truncated();
	reg = inv_arg(inv, 0);
	if (reg >= VCPU_REG_COUNT)
		return err_invalid_argument(1);

	vcpu_reg_write(cap_ptr(inv->cap), reg, inv_arg(inv, 1));
	return OK;
}

static enum error vcpu_ack_vppi(struct invocation *inv)
{
	struct vcpu *vcpu = cap_ptr(inv->cap);
	u64 irq;

	if (inv->length < 1)
		return err_truncated();
	irq = inv_arg(inv, 0);
	if (irq > PLAT_IRQ_MAX)
		return err_range(0, PLAT_IRQ_MAX);
	if (irq != PLAT_IRQ_VTIMER)
		return err_invalid_argument(0);

	/* Takes effect when the guest is resumed, which one that runs elsewhere has to be first. */
	smp_bring_home(vcpu);
	vcpu->vtimer_masked = false;
	return OK;
}

enum error vcpu_decode(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_VCPU_SET_TCB:
		return vcpu_set_tcb(inv);
	case LABEL_VCPU_INJECT_IRQ:
		return vcpu_inject_irq(inv);
	case LABEL_VCPU_READ_REGS:
		return vcpu_read_regs(inv);
	case LABEL_VCPU_WRITE_REGS:
		return vcpu_write_regs(inv);
	case LABEL_VCPU_ACK_VPPI:
		return vcpu_ack_vppi(inv);
	default:
		return err_illegal();
	}
}
