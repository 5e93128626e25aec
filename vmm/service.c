// SPDX-License-Identifier: BSD-2-Clause
/*
 * The service role: the VM that has the platform's devices and runs Linux with selkie.ko.
 *
 * vCPU n stays on core n and has a scheduling context of its own; the thread there wakes for its
 * faults and its alarm, core 0's also for physical interrupts and for user vmms' events. What always
 * holds: a physical level interrupt is masked from its signal until the guest ended the virtual one;
 * while a vCPU is parked in WFI, its core's alarm stands at its timer's deadline.
 */
#include <errno.h>

#include "vmm.h"

#define UNKNOWN_ACCESS_LOG_MAX 8 /* lines about accesses to nothing; then silence */

static uint64_t service_counts[SELKIE_COUNT_MAX];

/* Inside whose RUN a service vCPU says it is: VM index + 1, 0 for none. The page is the module's.
 */
static uint32_t running_vm(unsigned int cpu)
{
	const struct selkie_cpu_page *page =
		(const void *)(SELKIE_CONNECTOR_VA + SELKIE_BAR_CPU(cpu));
	uint32_t running = __atomic_load_n(&page->running, __ATOMIC_RELAXED);

	return running <= SELKIE_VM_MAX ? running : 0;
}

/* If the vCPU is inside RUN, that VM's vmm must give it back. NBSend: there may be no such VM. */
static void service_interrupt_run(const struct vcpu *vcpu)
{
	uint32_t running = running_vm(vcpu->index);

	if (running)
		seL4_NBSend(SELKIE_SLOT_VM(running - 1, vcpu->index),
			    seL4_MessageInfo_new(0, 0, 0, 0));
}

/* Whichever state the vCPU is in, it takes its interrupts, or starts if another one said so. */
static void service_wake(struct vmm *vmm, struct core *here, struct vcpu *vcpu)
{
	if (vcpu->starting) {
		if (vcpu_core(vmm, vcpu) != here) {
			seL4_NBSend(SELKIE_SLOT_NOTIFICATION(vcpu->index),
				    seL4_MessageInfo_new(0, 0, 0, 0));
			return;
		}
		vcpu_start(vmm, vcpu);
		vcpu_resume(vmm, vcpu);
	}
	vmm_flush(vmm, vcpu);
	if (!vgic_has_work(&vmm->gic, vcpu->index))
		return;
	/* The alarm stays on, and finds nobody parked. */
	if (vcpu->parked)
		vcpu_resume(vmm, vcpu);
	else
		service_interrupt_run(vcpu);
}

static void irq_fired(struct vmm *vmm, unsigned int bit)
{
	unsigned int intid = vmm->irq_of_bit[bit];
	const struct vgic_irq *irq = vgic_irq_get(&vmm->gic, 0, intid);

	if (!irq)
		return;
	if (irq->edge) {
		vgic_pulse(&vmm->gic, 0, intid);
		seL4_IRQHandler_Ack(SELKIE_SLOT_IRQ(bit));
	} else {
		vgic_line_hold(&vmm->gic, 0, intid);
	}
}

static void service_irq_ended(struct vmm *vmm, unsigned int intid)
{
	if (vmm->bit_of_irq[intid])
		seL4_IRQHandler_Ack(SELKIE_SLOT_IRQ(vmm->bit_of_irq[intid] - 1u));
}

static unsigned int signal_bit_find(const struct vmm *vmm)
{
	unsigned int bit = 0;

	while (bit < SELKIE_SIGNAL_IRQ_MAX && vmm->irq_of_bit[bit])
		bit++;
	return bit;
}

/* The guest enables a line: from now on its physical interrupt comes here. */
static void service_irq_enabled(struct vmm *vmm, unsigned int intid)
{
	struct vgic_irq *irq = vgic_irq_get(&vmm->gic, 0, intid);
	unsigned int bit = signal_bit_find(vmm);
	int error;

	if (intid < VGIC_PRIVATE_COUNT ||
	    !(vmm->process->irq_allowed[intid / 64] >> intid % 64 & 1))
		return;
	if (vmm->bit_of_irq[intid]) {
		/* It may have been masked while the line was disabled: ask the source again. */
		if (irq->hold && !irq->lr) {
			vgic_line_set(&vmm->gic, 0, intid, false);
			service_irq_ended(vmm, intid);
		}
		return;
	}
	error = bit == SELKIE_SIGNAL_IRQ_MAX
			? -ENOSPC
			: vmm_manager_call(SELKIE_VMM_IRQ_BIND, intid, bit, irq->edge);
	if (error) {
		vmm_log("vmm: service VM gets no interrupt %u: error %d", intid, -error);
		return;
	}
	vmm->irq_of_bit[bit] = (uint16_t)intid;
	vmm->bit_of_irq[intid] = (uint8_t)(bit + 1);
	seL4_IRQHandler_Ack(SELKIE_SLOT_IRQ(bit));
}

/* The connector's MSI: an edge at the SPI that the guest wrote into the capability. */
static void connector_raise(struct vmm *vmm)
{
	const struct selkie_process *process = vmm->process;
	uint64_t address;
	uint32_t spi;

	if (!vpci_msi(&vmm->vpci, &address, &spi) || address != process->msi_doorbell)
		return;
	if (spi - process->msi_spi_base < process->msi_spi_count)
		vgic_pulse(&vmm->gic, 0, spi);
}

/* The deadline of a WFI or of a RUN on this core has passed. */
static void alarm_fired(struct vmm *vmm, struct core *core)
{
	struct vcpu *vcpu = &vmm->vcpu[core_index(core)];

	timer_alarm_set(~0ull);
	seL4_IRQHandler_Ack(SELKIE_SLOT_TIMER(core_index(core)));
	if (vcpu->parked)
		vcpu_resume(vmm, vcpu);
	else
		service_interrupt_run(vcpu);
}

/*
 * Guests can reach the physical timer where the kernel exports it to EL0, and could disarm the
 * alarm that ends their RUN. So the clock is compared with the deadline now and then whatever the
 * alarm says.
 */
static void tick(struct vmm *vmm, struct core *core)
{
	struct vcpu *vcpu = &vmm->vcpu[core_index(core)];
	uint64_t deadline;

	if (running_vm(vcpu->index) && timer_deadline(vmm, vcpu, &deadline) &&
	    deadline <= counter_now())
		service_interrupt_run(vcpu);
}

static void service_signal(struct vmm *vmm, struct core *core, seL4_Word badge)
{
	uint64_t bits = badge & ((1ull << SELKIE_SIGNAL_IRQ_MAX) - 1);

	vmm_count(vmm, SELKIE_COUNT_SIGNAL);
	while (bits) {
		irq_fired(vmm, (unsigned int)__builtin_ctzll(bits));
		bits &= bits - 1;
	}
	if (badge & SELKIE_SIGNAL_EVENT)
		connector_raise(vmm);
	if (badge & SELKIE_SIGNAL_TIMER)
		alarm_fired(vmm, core);
	if (badge & SELKIE_SIGNAL_TICK)
		tick(vmm, core);
	for (unsigned int i = 0; i < vmm->vcpu_count; i++)
		service_wake(vmm, core, &vmm->vcpu[i]);
}

static void service_call(struct vmm *vmm, struct core *core, seL4_Word label)
{
	vmm_answer(core, ENOSYS, 0); /* the module has nothing to ask of its own vmm */
}

static int service_populate(struct vmm *vmm, uint64_t ipa, bool write)
{
	if (ipa - vmm->process->ecam_base < VPCI_ECAM_SIZE)
		return -EFAULT;
	vmm_count(vmm, SELKIE_COUNT_POPULATE);
	return vmm_manager_call(SELKIE_VMM_MAP_DEVICE, ipa, 0, 0);
}

static enum exit_result service_access(struct vmm *vmm, struct vcpu *vcpu,
				       const struct access *access)
{
	static unsigned int logged;
	uint64_t offset = access->ipa - vmm->process->ecam_base;
	uint64_t data = 0;

	vmm_count(vmm, SELKIE_COUNT_MMIO);
	if (offset < VPCI_ECAM_SIZE) {
		if (access->write)
			vpci_write(&vmm->vpci, offset, access->size,
				   vcpu_gpr_get(vcpu, access->reg));
		else
			data = vpci_read(&vmm->vpci, offset, access->size);
	} else if (logged < UNKNOWN_ACCESS_LOG_MAX) {
		logged++;
		vcpu_fetch(vcpu, 1);
		vmm_log("vmm: service VM %s 0x%llx, where nothing is (pc 0x%llx)",
			access->write ? "writes" : "reads", (unsigned long long)access->ipa,
			(unsigned long long)vcpu->regs.pc);
	}
	if (access->write)
		vcpu_advance(vcpu);
	else
		abort_read_done(vcpu, access, data);
	return EXIT_HANDLED;
}

static enum exit_result service_no_syndrome(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa,
					    uint64_t esr)
{
	vcpu_inject_abort(vmm, vcpu, false);
	return EXIT_HANDLED;
}

static enum exit_result service_wait(struct vmm *vmm, struct vcpu *vcpu, bool timed,
				     uint64_t deadline)
{
	timer_alarm_set(timed ? deadline : ~0ull);
	vcpu->parked = true;
	return EXIT_FORWARD;
}

static enum exit_result service_off(struct vmm *vmm, struct vcpu *vcpu)
{
	return EXIT_FORWARD;
}

static enum exit_result service_system(struct vmm *vmm, struct vcpu *vcpu, bool reset)
{
	vmm_manager_call(SELKIE_VMM_SYSTEM, reset, 0, 0);
	vcpu->powered = false;
	return EXIT_FORWARD;
}

static void service_stopped(struct vmm *vmm, struct vcpu *vcpu, enum exit_result result)
{
	struct core *core = vcpu_core(vmm, vcpu);

	core->reply = vmm_reply_take(vmm);
	if (result == EXIT_FAULT)
		vmm_log("vmm: service VM stopped at pc 0x%llx: %s 0x%llx",
			(unsigned long long)core->exit.word[1],
			core->exit.word[0] == SELKIE_FAIL_EXCEPTION ? "exception, syndrome"
								   : "fault",
			(unsigned long long)core->exit.word[2]);
	else if (!vcpu->parked && vcpu->powered && core->exit.label == SELKIE_EXIT_NOMEM)
		vmm_log("vmm: service VM stopped: no memory to map 0x%llx",
			(unsigned long long)core->exit.word[0]);
}

const struct role role_service = {
	.access = service_access,
	.populate = service_populate,
	.no_syndrome = service_no_syndrome,
	.wait = service_wait,
	.off = service_off,
	.system = service_system,
	.wake = service_wake,
	.stopped = service_stopped,
	.signal = service_signal,
	.call = service_call,
	.irq_ended = service_irq_ended,
	.irq_enabled = service_irq_enabled,
};

void service_start(struct vmm *vmm)
{
	const struct selkie_process *process = vmm->process;

	vmm->role = &role_service;
	vmm->count = service_counts;
	vmm->gicd_base = process->gicd_base;
	vmm->vcpu_count = process->core_count < CORE_MAX ? process->core_count : CORE_MAX;
	if (gic_start(vmm, vmm->vcpu[0].cap)) {
		vmm_log("vmm: the kernel gives no virtual GIC");
		return;
	}
	vmm->gic_ready = true;
	vmm->gic.cpu_count = vmm->vcpu_count;
	vmm->gic.irq_count =
		process->gic_irq_count < VGIC_IRQ_MAX ? process->gic_irq_count : VGIC_IRQ_MAX;
	for (unsigned int i = 0; i < vmm->vcpu_count; i++) {
		vmm->vcpu[i].core = &vmm->core[i % CORE_MAX];
		vcpu_reset(vmm, &vmm->vcpu[i], i == 0);
		/* In case an earlier owner left it pending: it is taken for nothing then. */
		seL4_IRQHandler_Ack(SELKIE_SLOT_TIMER(i));
	}
	timer_alarm_set(~0ull);

	/* Linux's boot protocol: x0 = device tree, x1..x3 zero, MMU off. */
	vmm->vcpu[0].regs.pc = process->entry_ipa;
	vmm->vcpu[0].regs.x0 = process->dtb_ipa;
	vcpu_resume(vmm, &vmm->vcpu[0]);
}
