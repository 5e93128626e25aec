// SPDX-License-Identifier: BSD-2-Clause
/*
 * The user role: a VM whose vCPUs run while the module's RUN call lends them the core.
 *
 * What always holds: a vCPU runs only while a RUN is pending on its core, with the scheduling context
 * that came with it on that core's thread; a RUN ends by answering through the reply object that
 * holds it, and before that the vCPU is stopped, by its own fault or by being suspended.
 */
#include <errno.h>

#include "vmm.h"

#define SLOT_READ_TRIES 4

/* The module waits in RUN no longer. Its reply object is the next to receive with. */
static void run_end(struct core *core, uint64_t label, uint64_t a, uint64_t b, uint64_t c)
{
	core->reply = core->run_reply;
	core->run = NULL;
	core->event = false;
	seL4_SetMR(0, a);
	seL4_SetMR(1, b);
	seL4_SetMR(2, c);
	vmm_answer(core, label, 3);
}

/* RUN ends before it began. */
static void run_refuse(struct core *core, uint64_t label, uint64_t a)
{
	seL4_SetMR(0, a);
	vmm_answer(core, label, 1);
}

/* The SPIs' bits of one word. Most words are empty, and a plain look costs less than an exchange.
 */
static uint64_t bits_take(uint64_t *words, unsigned int word)
{
	uint64_t bits = 0;

	if (__atomic_load_n(&words[word], __ATOMIC_RELAXED))
		bits = __atomic_exchange_n(&words[word], 0, __ATOMIC_ACQUIRE);
	return word ? bits : bits & ~0xffffffffull; /* SGIs and PPIs have words of their own */
}

/* Interrupt lines and edges that the module left in the VM page. */
static void lines_take(struct vmm *vmm, unsigned int word)
{
	struct selkie_vm_page *page = vmm->page;
	uint64_t changed = bits_take(page->irq_changed, word);
	uint64_t rise = bits_take(page->irq_rise, word);
	uint64_t pulse = bits_take(page->irq_pulse, word);
	/* After the exchange: the level that goes with the change, or a newer one. */
	uint64_t level = __atomic_load_n(&page->irq_level[word], __ATOMIC_RELAXED);

	for (; changed; changed &= changed - 1) {
		unsigned int bit = (unsigned int)__builtin_ctzll(changed);

		vgic_line_set(&vmm->gic, 0, word * 64 + bit, level >> bit & 1);
	}
	for (; rise; rise &= rise - 1)
		vgic_rise(&vmm->gic, 0, word * 64 + (unsigned int)__builtin_ctzll(rise));
	for (; pulse; pulse &= pulse - 1)
		vgic_pulse(&vmm->gic, 0, word * 64 + (unsigned int)__builtin_ctzll(pulse));
}

static void ppis_take(struct vmm *vmm, unsigned int cpu)
{
	struct selkie_vm_page *page = vmm->page;
	uint32_t changed, level;

	if (!__atomic_load_n(&page->ppi_changed[cpu], __ATOMIC_RELAXED))
		return;
	changed = __atomic_exchange_n(&page->ppi_changed[cpu], 0, __ATOMIC_ACQUIRE);
	level = __atomic_load_n(&page->ppi_level[cpu], __ATOMIC_RELAXED);
	for (unsigned int intid = VGIC_SGI_COUNT; intid < VGIC_PRIVATE_COUNT; intid++)
		if (changed & 1u << intid && intid != VTIMER_INTID)
			vgic_line_set(&vmm->gic, cpu, intid, level >> intid & 1);
}

bool user_interrupts_take(struct vmm *vmm)
{
	const volatile struct selkie_vm_page *page = vmm->page;

	if (!page->irq_any)
		return false;
	/* Before the words: whoever sets a bit later sets irq_any again. Pairs with the module's
	 * OR. */
	__atomic_exchange_n(&vmm->page->irq_any, 0, __ATOMIC_ACQUIRE);
	/* The VM has no interrupts beyond its GIC's; bits for them are never looked at. */
	for (unsigned int word = 0; word * 64 < vmm->gic.irq_count; word++)
		if (page->irq_changed[word] | page->irq_rise[word] | page->irq_pulse[word])
			lines_take(vmm, word);
	for (unsigned int cpu = 0; cpu < vmm->vcpu_count; cpu++)
		ppis_take(vmm, cpu);
	return true;
}

/* Takes the module's interrupts. True: another vCPU than @vcpu was woken for one of them. */
static bool others_woken(struct vmm *vmm, struct core *core, struct vcpu *vcpu)
{
	bool woken;

	if (!user_interrupts_take(vmm) || vmm->vcpu_count == 1)
		return false;
	core->run = vcpu; /* so that waking is noted for the answer to this call */
	gic_wake_others(vmm, core, vcpu);
	core->run = NULL;
	woken = core->event;
	core->event = false;
	return woken;
}

/* RUN came in on another core than before: the vCPU follows. */
static int user_move(struct vcpu *vcpu, struct core *core)
{
	int error = vmm_manager_call(SELKIE_VMM_VCPU_MOVE, vcpu->index, core->index, 0);

	if (!error)
		vcpu->core = core;
	return error;
}

void user_run(struct vmm *vmm, struct core *core, seL4_Word arg, seL4_Word data,
	      seL4_Word deadline)
{
	struct vcpu *vcpu = vmm_vcpu(vmm, arg);

	vmm_count(vmm, SELKIE_COUNT_RUN);
	if ((arg & 0xff) >= SELKIE_VCPU_MAX || !vcpu->present) {
		run_refuse(core, SELKIE_EXIT_ERROR, EINVAL);
		return;
	}
	if (core->run || vcpu_core(vmm, vcpu)->run == vcpu) {
		run_refuse(core, SELKIE_EXIT_ERROR, EBUSY);
		return;
	}
	if (vcpu->starting)
		vcpu_start(vmm, vcpu);
	if (vcpu->mmio_pending && arg & SELKIE_RUN_MMIO_DONE)
		abort_read_done(vcpu, &vcpu->mmio, data);
	vcpu->mmio_pending = false;
	vcpu->woken = false;
	vcpu->waiting = !vcpu->powered;
	if (!vcpu->powered) {
		run_refuse(core, SELKIE_EXIT_OFF, 0);
		return;
	}
	if (arg & SELKIE_RUN_COMPLETE || core->interrupted || deadline <= counter_now()) {
		core->interrupted = false;
		run_refuse(core, SELKIE_EXIT_INTERRUPT, 0);
		return;
	}
	if (others_woken(vmm, core, vcpu)) {
		run_refuse(core, SELKIE_EXIT_EVENT, 0);
		return;
	}
	if (CORE_MAX > 1 && vcpu->core != core && user_move(vcpu, core)) {
		run_refuse(core, SELKIE_EXIT_ERROR, ENOMEM);
		return;
	}
	vmm_flush(vmm, vcpu);
	core->run = vcpu;
	core->run_reply = core->reply;
	/* Left on, it saves the next RUN the setting of it: the deadline is mostly the same. */
	timer_alarm_before(deadline);
	if (vcpu->reply) {
		/* Stopped by a fault: one system call answers it and receives what comes next. */
		vcpu_write_back(vcpu);
		vcpu->known = 0;
		core->reply = vcpu->reply;
		vcpu->reply = 0;
		vcpu_answer(vmm, vcpu);
	} else {
		core->reply = vmm_reply_take(vmm);
		vcpu_resume(vmm, vcpu);
	}
}

/*
 * A signal from another core and a fault of the vCPU here may come at the same time: then the fault
 * waits at the endpoint, and suspending the vCPU would lose it, for ever if it is the timer's or the
 * end of an interrupt. So it is handled, and that ends the RUN. As long as this thread runs, the vCPU
 * does not, and nothing else can follow. Signals that come meanwhile are for the RUN that ends.
 */
static bool late_fault(struct vmm *vmm, struct core *core)
{
	seL4_MessageInfo_t info;
	seL4_Word badge;

	do {
		info = seL4_NBRecv(SELKIE_SLOT_ENDPOINT(core_index(core)), &badge, core->reply);
	} while (badge && !(badge & SELKIE_BADGE_MESSAGE));
	if (!badge)
		return false;
	core->event = true;
	vmm_message(vmm, core, info, badge);
	return true;
}

static void user_signal(struct vmm *vmm, struct core *core, seL4_Word badge)
{
	vmm_count(vmm, SELKIE_COUNT_SIGNAL);
	if (badge & SELKIE_SIGNAL_KICK) {
		user_interrupts_take(vmm);
		gic_wake_others(vmm, core, core->run);
	}
	if (!core->run) {
		core->interrupted |= (badge & SELKIE_SIGNAL_INTERRUPT) != 0;
		return;
	}
	if (!(badge & SELKIE_SIGNAL_INTERRUPT) && !core->event && core->run->powered) {
		vmm_flush(vmm, core->run);
		return;
	}
	vmm_count(vmm, SELKIE_COUNT_INTERRUPT);
	if (CORE_MAX > 1 && late_fault(vmm, core))
		return;
	core->run->waiting = !core->run->powered;
	vcpu_suspend(vmm, core->run);
	vmm_reply_free(vmm, core->reply);
	run_end(core,
		!core->run->powered ? SELKIE_EXIT_OFF
		: core->event	    ? SELKIE_EXIT_EVENT
				    : SELKIE_EXIT_INTERRUPT,
		0, 0, 0);
}

static void user_stopped(struct vmm *vmm, struct vcpu *vcpu, enum exit_result result)
{
	struct core *core = vcpu_core(vmm, vcpu);
	bool may_wait = core->doorbell && !vgic_has_work(&vmm->gic, vcpu->index);

	core->doorbell = false;
	if (core->run != vcpu) {
		/* Stopped it stays, until the next RUN executes the instruction again. */
		core->reply = vmm_reply_take(vmm);
		return;
	}
	if (result == EXIT_HANDLED) {
		vcpu->waiting = may_wait; /* from now on it is told of interrupts */
		run_end(core, SELKIE_EXIT_EVENT, may_wait, 0, 0);
	} else {
		run_end(core, core->exit.label, core->exit.word[0], core->exit.word[1],
			core->exit.word[2]);
	}
}

/* Whether @ipa is in a memory slot, by the manager's table, which may change while it is read. */
static bool slot_find(struct vmm *vmm, uint64_t ipa, struct selkie_slot *found)
{
	const struct selkie_slot_table *table = vmm->slots;

	for (int tries = 0; tries < SLOT_READ_TRIES; tries++) {
		uint32_t seq = __atomic_load_n(&table->seq, __ATOMIC_ACQUIRE);
		uint32_t count = table->count < SELKIE_SLOT_MAX ? table->count : SELKIE_SLOT_MAX;
		bool hit = false;

		for (uint32_t i = 0; i < count && !hit; i++) {
			*found = table->slot[i];
			hit = ipa - found->ipa < found->size;
		}
		/* The slot was read before seq is read again; pairs with the manager's release. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(seq & 1) && seq == __atomic_load_n(&table->seq, __ATOMIC_RELAXED))
			return hit;
	}
	return false;
}

static int user_populate(struct vmm *vmm, uint64_t ipa, bool write)
{
	struct selkie_slot slot;

	if (!slot_find(vmm, ipa, &slot) || (write && slot.flags & SELKIE_SLOT_READONLY))
		return -EFAULT;
	vmm_count(vmm, SELKIE_COUNT_POPULATE);
	return vmm_manager_call(SELKIE_VMM_POPULATE, ipa, 0, 0);
}

static enum exit_result user_access(struct vmm *vmm, struct vcpu *vcpu, const struct access *access)
{
	uint64_t data = access->write ? vcpu_gpr_get(vcpu, access->reg) : 0;

	vmm_count(vmm, SELKIE_COUNT_MMIO);
	if (access->write) {
		vcpu_advance(vcpu);
	} else {
		vcpu->mmio = *access;
		vcpu->mmio_pending = true;
	}
	return exit_forward(vmm, vcpu, SELKIE_EXIT_MMIO,
			    access->size | (uint64_t)access->write << 8, access->ipa, data);
}

static enum exit_result user_no_syndrome(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa,
					 uint64_t esr)
{
	return exit_forward(vmm, vcpu, SELKIE_EXIT_NISV, esr & 0x1ffffff, ipa, 0);
}

static enum exit_result user_wait(struct vmm *vmm, struct vcpu *vcpu, bool timed, uint64_t deadline)
{
	vcpu->waiting = true;
	return exit_forward(vmm, vcpu, SELKIE_EXIT_WFI, timed, timed ? deadline : 0, 0);
}

static enum exit_result user_off(struct vmm *vmm, struct vcpu *vcpu)
{
	vcpu->waiting = true;
	return exit_forward(vmm, vcpu, SELKIE_EXIT_OFF, 0, 0, 0);
}

/* The others are off from now on, as in KVM, and must not go on running elsewhere. */
static enum exit_result user_system(struct vmm *vmm, struct vcpu *vcpu, bool reset)
{
	for (unsigned int i = 0; i < vmm->vcpu_count; i++) {
		struct vcpu *other = &vmm->vcpu[i];
		struct core *core = vcpu_core(vmm, other);

		if (other == vcpu)
			continue;
		other->powered = false;
		if (core->run == other)
			seL4_NBSend(SELKIE_SLOT_NOTIFICATION(core_index(core)),
				    seL4_MessageInfo_new(0, 0, 0, 0));
	}
	return exit_forward(vmm, vcpu, SELKIE_EXIT_SYSTEM,
			    reset ? SELKIE_SYSTEM_RESET : SELKIE_SYSTEM_SHUTDOWN, 0, 0);
}

/*
 * A vCPU that runs on another core is given its interrupts there. The others are the module's to run:
 * it is told by the end of the RUN in progress here, or by the connector's MSI. A vCPU whose thread
 * does not wait for this has a RUN to come, which looks at the vGIC by itself.
 */
static void user_wake(struct vmm *vmm, struct core *here, struct vcpu *vcpu)
{
	if (CORE_MAX > 1 && vcpu->core->run == vcpu) {
		vmm_flush(vmm, vcpu);
		return;
	}
	if (vcpu->woken || !vcpu->waiting)
		return;
	vcpu->woken = true;
	__atomic_fetch_or(&vmm->page->wake, 1u << vcpu->index, __ATOMIC_RELAXED);
	/* Release: the wake bit is seen by whoever sees event_any; pairs with the module's
	 * exchange. */
	__atomic_store_n(&vmm->page->event_any, 1, __ATOMIC_RELEASE);
	if (here->run)
		here->event = true;
	else
		seL4_NBSend(SELKIE_SLOT_SERVICE, seL4_MessageInfo_new(0, 0, 0, 0));
}

const struct role role_user = {
	.access = user_access,
	.populate = user_populate,
	.no_syndrome = user_no_syndrome,
	.wait = user_wait,
	.off = user_off,
	.system = user_system,
	.wake = user_wake,
	.stopped = user_stopped,
	.signal = user_signal,
	.call = user_call,
};

void user_start(struct vmm *vmm)
{
	vmm->role = &role_user;
	vmm->page = (struct selkie_vm_page *)SELKIE_VM_PAGE_VA;
	vmm->slots = (const struct selkie_slot_table *)SELKIE_SLOT_TABLE_VA;
	vmm->count = vmm->page->count;
	vmm->counter_offset = counter_now(); /* a guest's virtual counter starts at zero */
}
