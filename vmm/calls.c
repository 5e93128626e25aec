// SPDX-License-Identifier: BSD-2-Clause
/*
 * The module's calls to a user VM's vmm, other than what RUN does: a table by label.
 *
 * Called by the main loop. Every word is the module's and is checked here; a bad one fails that
 * call with an errno and changes nothing. vCPUs that a call touches are stopped, or it fails with
 * EBUSY.
 */
#include <errno.h>

#include "vmm.h"

#define KVM_MP_STATE_RUNNABLE 0
#define KVM_MP_STATE_STOPPED  5

#define GIC_IRQS_MIN	 64u
#define GIC_IRQS_DEFAULT 256u /* KVM's, if user space does not say */
#define GIC_PAGE_MASK	 0xfffull

/* A call's arguments, copied from the message once; a handler may put results into arg, too. */
struct call {
	uint64_t arg[4];
	unsigned int result_count;
};

typedef int call_handler(struct vmm *vmm, struct call *call);

/* A vCPU that exists and does not run. */
static int vcpu_find(struct vmm *vmm, uint64_t index, struct vcpu **vcpu)
{
	if (index >= SELKIE_VCPU_MAX || !vmm->vcpu[index].present)
		return -ENOENT;
	*vcpu = &vmm->vcpu[index];
	if (vcpu_core(vmm, *vcpu)->run == *vcpu)
		return -EBUSY;
	if ((*vcpu)->starting)
		vcpu_start(vmm, *vcpu);
	return 0;
}

static int call_vcpu_init(struct vmm *vmm, struct call *call)
{
	uint64_t index = call->arg[0];
	struct vcpu *vcpu;

	if (index >= SELKIE_VCPU_MAX || call->arg[1] & ~(uint64_t)SELKIE_INIT_POWER_OFF)
		return -EINVAL;
	vcpu = &vmm->vcpu[index];
	if (vcpu_core(vmm, vcpu)->run == vcpu)
		return -EBUSY;
	if (!vcpu->present) {
		/* Has the manager made it? */
		if (seL4_ARM_VCPU_ReadRegs(vcpu->cap, seL4_VCPUReg_SCTLR).error)
			return -ENOENT;
		/* The first vCPU is where the number of list registers can be learnt from. */
		if (vmm->vcpu_count == 0 && gic_start(vmm, vcpu->cap))
			return -ENOENT;
		/* A client may initialise the GIC before its vCPUs: its size is kept. */
		if (vmm->gic_ready)
			vmm->gic.irq_count = vmm->gic_irq_count;
		if (index >= vmm->vcpu_count)
			vmm->vcpu_count = (unsigned int)index + 1;
		vmm->gic.cpu_count = vmm->vcpu_count;
	}
	vcpu_reset(vmm, vcpu, !(call->arg[1] & SELKIE_INIT_POWER_OFF));
	return 0;
}

static int call_reg_get(struct vmm *vmm, struct call *call)
{
	struct vcpu *vcpu;
	int error = vcpu_find(vmm, call->arg[0], &vcpu);

	call->result_count = 1;
	return error ? error : regs_get(vmm, vcpu, call->arg[1], &call->arg[0]);
}

static int call_reg_set(struct vmm *vmm, struct call *call)
{
	struct vcpu *vcpu;
	int error = vcpu_find(vmm, call->arg[0], &vcpu);

	return error ? error : regs_set(vmm, vcpu, call->arg[1], call->arg[2]);
}

static int call_mp_state_get(struct vmm *vmm, struct call *call)
{
	struct vcpu *vcpu;
	int error = vcpu_find(vmm, call->arg[0], &vcpu);

	if (error)
		return error;
	call->arg[0] = vcpu->powered ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_STOPPED;
	call->result_count = 1;
	return 0;
}

static int call_mp_state_set(struct vmm *vmm, struct call *call)
{
	struct vcpu *vcpu;
	int error = vcpu_find(vmm, call->arg[0], &vcpu);

	if (error)
		return error;
	if (call->arg[1] != KVM_MP_STATE_RUNNABLE && call->arg[1] != KVM_MP_STATE_STOPPED)
		return -EINVAL;
	vcpu->powered = call->arg[1] == KVM_MP_STATE_RUNNABLE;
	return 0;
}

static int call_ioevent_assign(struct vmm *vmm, struct call *call)
{
	uint64_t how = call->arg[0];
	uint64_t length = how >> 16 & 0xffff;
	struct ioevent event = {
		.event = (uint16_t)how,
		.length = (uint8_t)length,
		.match = how >> 32 & SELKIE_IOEVENT_DATAMATCH,
		.ipa = call->arg[1],
		.datamatch = call->arg[2],
	};

	if (length > 8 || how >> 32 & ~(uint64_t)SELKIE_IOEVENT_DATAMATCH)
		return -EINVAL;
	return ioevent_assign(&vmm->ioevents, &event);
}

static int call_ioevent_deassign(struct vmm *vmm, struct call *call)
{
	return call->arg[0] < SELKIE_EVENT_MAX
		       ? ioevent_deassign(&vmm->ioevents, (unsigned int)call->arg[0])
		       : -ENOENT;
}

static int gic_cpu_base_set(struct vmm *vmm, uint64_t base)
{
	int error;

	if (vmm->gicc_base != ~0ull)
		return -EEXIST;
	error = vmm_manager_call(SELKIE_VMM_MAP_GICC, base, 0, 0);
	if (!error)
		vmm->gicc_base = base;
	return error;
}

static int call_gic_config(struct vmm *vmm, struct call *call)
{
	uint64_t value = call->arg[1];

	switch (call->arg[0]) {
	case SELKIE_GIC_DIST_BASE:
		if (vmm->gicd_base != ~0ull)
			return -EEXIST;
		if (value & GIC_PAGE_MASK)
			return -EINVAL;
		vmm->gicd_base = value;
		return 0;
	case SELKIE_GIC_CPU_BASE:
		return value & GIC_PAGE_MASK ? -EINVAL : gic_cpu_base_set(vmm, value);
	case SELKIE_GIC_IRQ_COUNT:
		if (value < GIC_IRQS_MIN || value > VGIC_IRQ_MAX || value % 32)
			return -EINVAL;
		if (vmm->gic_irq_count)
			return -EBUSY;
		vmm->gic_irq_count = (unsigned int)value;
		return 0;
	case SELKIE_GIC_INIT:
		if (!vmm->gic_irq_count)
			vmm->gic_irq_count = GIC_IRQS_DEFAULT;
		vmm->gic.irq_count = vmm->gic_irq_count;
		vmm->gic_ready = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static int call_gic_reg_get(struct vmm *vmm, struct call *call)
{
	uint64_t frame = call->arg[0] & 0xff;
	uint64_t cpu = call->arg[0] >> 8;
	uint32_t value = 0;
	int error;

	if (!vmm->gic_ready)
		return -EBUSY;
	if (cpu >= vmm->vcpu_count || frame > SELKIE_GIC_FRAME_CPU || call->arg[1] >> 32)
		return -EINVAL;
	error = (frame == SELKIE_GIC_FRAME_DIST ? vgic_dist_get : vgic_cpu_get)(
		&vmm->gic, (unsigned int)cpu, (uint32_t)call->arg[1], &value);
	call->arg[0] = value;
	call->result_count = 1;
	return error;
}

static int call_gic_reg_set(struct vmm *vmm, struct call *call)
{
	uint64_t frame = call->arg[0] & 0xff;
	uint64_t cpu = call->arg[0] >> 8;
	int error;

	if (!vmm->gic_ready)
		return -EBUSY;
	if (cpu >= vmm->vcpu_count || frame > SELKIE_GIC_FRAME_CPU || call->arg[1] >> 32)
		return -EINVAL;
	error = (frame == SELKIE_GIC_FRAME_DIST ? vgic_dist_set : vgic_cpu_set)(
		&vmm->gic, (unsigned int)cpu, (uint32_t)call->arg[1], (uint32_t)call->arg[2]);
	if (!error && frame == SELKIE_GIC_FRAME_DIST)
		gic_targets_written(vmm, (uint32_t)call->arg[1], sizeof(uint32_t));
	return error;
}

static call_handler *const by_label[] = {
	[SELKIE_VM_VCPU_INIT] = call_vcpu_init,
	[SELKIE_VM_REG_GET] = call_reg_get,
	[SELKIE_VM_REG_SET] = call_reg_set,
	[SELKIE_VM_MP_STATE_GET] = call_mp_state_get,
	[SELKIE_VM_MP_STATE_SET] = call_mp_state_set,
	[SELKIE_VM_IOEVENT_ASSIGN] = call_ioevent_assign,
	[SELKIE_VM_IOEVENT_DEASSIGN] = call_ioevent_deassign,
	[SELKIE_VM_GIC_CONFIG] = call_gic_config,
	[SELKIE_VM_GIC_REG_GET] = call_gic_reg_get,
	[SELKIE_VM_GIC_REG_SET] = call_gic_reg_set,
};

static __attribute__((noinline)) void call_other(struct vmm *vmm, struct core *core,
						 seL4_Word label)
{
	struct call call = {{seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)}, 0};
	call_handler *handler;
	int error;

	handler = label < sizeof(by_label) / sizeof(by_label[0]) ? by_label[label] : NULL;
	error = handler ? handler(vmm, &call) : -ENOSYS;
	if (error)
		call.result_count = 0;
	for (unsigned int i = 0; i < call.result_count; i++)
		seL4_SetMR((int)i, call.arg[i]);
	vmm_answer(core, (seL4_Word)-error, call.result_count);
}

void user_call(struct vmm *vmm, struct core *core, seL4_Word label)
{
	if (label == SELKIE_VM_RUN)
		user_run(vmm, core, seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2));
	else
		call_other(vmm, core, label);
}
