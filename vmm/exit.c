// SPDX-License-Identifier: BSD-2-Clause
/*
 * Dispatch of guest exits: a table by fault label, then one by exception class.
 *
 * The main loop calls exit_fault() for every fault message of a vCPU. Handlers say HANDLED, FORWARD
 * or FAULT; what comes after, resuming the guest with the fewest system calls or leaving it
 * stopped, is here alone. docs/exit-path.md follows three exits through the tree.
 */
#include <errno.h>

#include "vmm.h"

#define EC(esr)	 ((esr) >> 26 & 0x3f)
#define EC_COUNT 64

/* Exception classes (Arm ARM D17.2.37). */
enum {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_HVC64 = 0x16,
	EC_SMC64 = 0x17,
	EC_SYSREG = 0x18,
	EC_IABT = 0x20,
	EC_DABT = 0x24,
};

#define WFX_WFE 1u /* ISS bit 0 */

/* Words of seL4_UserContext that an UnknownSyscall message carries: pc, sp, spsr, x0..x7. */
#define HVC_WORDS	11u
#define HVC_REPLY_WORDS (seL4_UnknownSyscall_FaultIP + 1)

typedef enum exit_result exit_handler(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr);

static enum exit_result fail(struct vmm *vmm, struct vcpu *vcpu, uint64_t kind, uint64_t detail)
{
	vcpu_fetch(vcpu, 1);
	exit_forward(vmm, vcpu, SELKIE_EXIT_FAIL, kind, vcpu->regs.pc, detail);
	return EXIT_FAULT;
}

static enum exit_result class_undefined(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr)
{
	vcpu_inject_undefined(vmm, vcpu);
	return EXIT_HANDLED;
}

/* WFE is a hint for spin-wait loops: go on at once, and never block on it. */
static enum exit_result class_wfx(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr)
{
	uint64_t deadline;
	bool timed;

	vcpu_advance(vcpu);
	if (esr & WFX_WFE)
		return EXIT_HANDLED;
	vmm_count(vmm, SELKIE_COUNT_WFI);
	if (vgic_has_work(&vmm->gic, vcpu->index))
		return EXIT_HANDLED;
	timed = timer_deadline(vmm, vcpu, &deadline);
	if (timed && deadline <= counter_now())
		return EXIT_HANDLED;
	return vmm->role->wait(vmm, vcpu, timed, deadline);
}

static enum exit_result class_smc(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr)
{
	vcpu_fetch(vcpu, HVC_WORDS);
	vcpu_advance(vcpu);
	return psci_call(vmm, vcpu);
}

static exit_handler *const by_class[EC_COUNT] = {
	[EC_UNKNOWN] = class_undefined, [EC_WFX] = class_wfx,	   [EC_HVC64] = class_smc,
	[EC_SMC64] = class_smc,		[EC_SYSREG] = sysreg_trap,
};

/* VCPUFault: the syndrome, and a pc that is still at the instruction. */
static enum exit_result label_vcpu_fault(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	uint64_t esr = seL4_GetMR(seL4_VCPUFault_HSR);
	exit_handler *handler = by_class[EC(esr)];

	return handler ? handler(vmm, vcpu, esr) : fail(vmm, vcpu, SELKIE_FAIL_EXCEPTION, esr);
}

static enum exit_result label_vm_fault(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	uint64_t ipa = seL4_GetMR(seL4_VMFault_Addr);
	uint64_t esr = seL4_GetMR(seL4_VMFault_FSR);
	bool instruction = seL4_GetMR(seL4_VMFault_PrefetchFault);

	vcpu->regs.pc = seL4_GetMR(seL4_VMFault_IP);
	vcpu->known = 1;
	return instruction ? abort_instruction(vmm, vcpu, ipa) : abort_data(vmm, vcpu, ipa, esr);
}

/*
 * hvc: PSCI or SMCCC. The message has what the call may use, the reply takes its results. For a
 * constant answer the message, changed in two words, is the reply, unless an injection would use
 * the buffer.
 */
static enum exit_result label_hvc(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	int64_t constant;

	if (!vcpu->gic->candidate_words &&
	    psci_constant((uint32_t)seL4_GetMR(seL4_UnknownSyscall_X0),
			  seL4_GetMR(seL4_UnknownSyscall_X1), &constant)) {
		vmm_count(vmm, SELKIE_COUNT_HVC);
		seL4_SetMR(seL4_UnknownSyscall_X0, (seL4_Word)constant);
		seL4_SetMR(seL4_UnknownSyscall_FaultIP,
			   seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
		vmm_answer(vcpu_core(vmm, vcpu), 0, HVC_REPLY_WORDS);
		return EXIT_HANDLED;
	}
	vcpu->regs.pc = seL4_GetMR(seL4_UnknownSyscall_FaultIP);
	vcpu->regs.sp = seL4_GetMR(seL4_UnknownSyscall_SP);
	vcpu->regs.spsr = seL4_GetMR(seL4_UnknownSyscall_SPSR);
	for (unsigned int i = 0; i < 8; i++)
		(&vcpu->regs.x0)[i] = seL4_GetMR((int)(seL4_UnknownSyscall_X0 + i));
	vcpu->known = HVC_WORDS;
	vcpu_advance(vcpu);
	return psci_call(vmm, vcpu);
}

/* An hvc whose x7 happened to be a system call's number: the empty CSpace made it a fault. */
static enum exit_result label_cap_fault(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	vcpu_fetch(vcpu, HVC_WORDS);
	vcpu_advance(vcpu);
	return psci_call(vmm, vcpu);
}

static enum exit_result label_undefined(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	vcpu_inject_undefined(vmm, vcpu);
	return EXIT_HANDLED;
}

static enum exit_result label_maintenance(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	seL4_Word lr = seL4_GetMR(seL4_VGICMaintenance_IDX);

	vmm_count(vmm, SELKIE_COUNT_MAINTENANCE);
	/* A line that went down on another core meanwhile must not be delivered again. */
	if (CORE_MAX > 1 && vmm->page && user_interrupts_take(vmm))
		gic_wake_others(vmm, vcpu_core(vmm, vcpu), vcpu);
	/* -1: the guest ended something that no list register held */
	if (lr < VGIC_LR_MAX)
		vgic_lr_end(&vmm->gic, vcpu->index, (unsigned int)lr);
	return EXIT_HANDLED;
}

static enum exit_result label_vppi(struct vmm *vmm, struct vcpu *vcpu, uint64_t unused)
{
	timer_fired(vmm, vcpu);
	return EXIT_HANDLED;
}

static exit_handler *const by_label[] = {
	[seL4_Fault_CapFault] = label_cap_fault,
	[seL4_Fault_UnknownSyscall] = label_hvc,
	[seL4_Fault_UserException] = label_undefined,
	[seL4_Fault_VMFault] = label_vm_fault,
	[seL4_Fault_VGICMaintenance] = label_maintenance,
	[seL4_Fault_VCPUFault] = label_vcpu_fault,
	[seL4_Fault_VPPIEvent] = label_vppi,
};

/*
 * The guest goes on: the reply to its fault restarts it and receives in one system call. Registers
 * of an hvc travel in the reply, others are written before it.
 */
static void go_on(struct vmm *vmm, struct core *core, struct vcpu *vcpu)
{
	if (vcpu->fault == seL4_Fault_UnknownSyscall && vcpu->dirty && vcpu->dirty <= HVC_WORDS) {
		for (unsigned int i = 0; i < 8; i++)
			seL4_SetMR((int)(seL4_UnknownSyscall_X0 + i), (&vcpu->regs.x0)[i]);
		seL4_SetMR(seL4_UnknownSyscall_FaultIP, vcpu->regs.pc);
		vmm_answer(core, 0, HVC_REPLY_WORDS);
	} else if (!core->answer) {
		if (vcpu->dirty)
			vcpu_write_back(vcpu);
		vcpu_answer(vmm, vcpu);
	}
	vcpu->reply = 0;
	vcpu->known = 0;
	vcpu->dirty = 0;
}

void exit_fault(struct vmm *vmm, struct core *core, unsigned int index, seL4_Word label)
{
	struct vcpu *vcpu = vmm_vcpu(vmm, index);
	exit_handler *handler =
		label < sizeof(by_label) / sizeof(by_label[0]) ? by_label[label] : NULL;
	enum exit_result result;

	vcpu->fault = label;
	vcpu->reply = core->reply;
	vcpu->known = 0;
	vcpu->dirty = 0;
	result = handler ? handler(vmm, vcpu, 0) : fail(vmm, vcpu, SELKIE_FAIL_FAULT, label);
	if (result == EXIT_HANDLED && !core->event) {
		vmm_flush(vmm, vcpu);
		go_on(vmm, core, vcpu);
		return;
	}
	vmm->role->stopped(vmm, vcpu, result);
}
