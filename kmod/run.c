// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_RUN: lends this core to the guest with one seL4 call, and answers the exits that Linux can.
 *
 * Called with vcpu->mutex, the only lock on this path. What always holds when the call is made:
 * interrupts are off, no work for this task and no interrupt was pending after cpu_page.running was
 * set, so whatever comes later ends the call.
 */

#include <linux/cpumask.h>
#include <linux/entry-kvm.h>
#include <linux/kvm_host.h>
#include <linux/math64.h>
#include <linux/uaccess.h>
#include <asm/arch_timer.h>
#include <asm/sysreg.h>

#include "selkie.h"

/* What a RUN exit means for the loop. */
enum run_next {
	RUN_AGAIN = 1, /* positive, beside 0 and negative errnos for "back to user space" */
};

struct run_request {
	u64 flags; /* SELKIE_RUN_* */
	u64 data;
};

#define RUN_ISR_PENDING GENMASK(8, 6) /* ISR_EL1: A, I, F */

/* When this CPU's own timer, which is not loaded while a guest runs, wants an interrupt. */
static u64 run_deadline(void)
{
	u64 ctl = read_sysreg(cntv_ctl_el0);

	if (!(ctl & ARCH_TIMER_CTRL_ENABLE) || (ctl & ARCH_TIMER_CTRL_IT_MASK))
		return ~0ull;
	/* The service VM's virtual counter has no offset, so this is in CNTPCT ticks. */
	return read_sysreg(cntv_cval_el0);
}

/*
 * Who waits for events can have changed only while other threads ran, or by this one's own doing in
 * user space, in which case switches was reset.
 */
static void run_update_wanted(struct selkie_vcpu *vcpu)
{
	unsigned long switches = current->nvcsw + current->nivcsw + 1;

	if (nr_cpu_ids > 1 || switches == vcpu->switches)
		return;
	vcpu->switches = switches;
	ioeventfd_want_all(vcpu->vm);
}

/* After the interrupt that ended the call, so that a tick among them counts as the guest's time. */
static void run_account(void)
{
	local_irq_disable();
	guest_timing_exit_irqoff();
	local_irq_enable();
}

/* The call itself. False when this CPU has something else to do first: nothing was called. */
static bool run_enter(struct selkie_vcpu *vcpu, const struct run_request *request,
		      struct selkie_msg *msg, u64 *info)
{
	struct selkie_vm *vm = vcpu->vm;
	bool entered = false;

	local_irq_disable();
	connector_set_running(vm->index + 1);
	/* Orders running before the last look: the service vmm injects before it reads running. */
	smp_mb();
	if (!xfer_to_guest_mode_work_pending() && !(read_sysreg(isr_el1) & RUN_ISR_PENDING)) {
		run_update_wanted(vcpu);
		/* What it was woken for is the vmm's to find in this RUN; a later wake-up counts. */
		WRITE_ONCE(vcpu->kicked, false);
		guest_timing_enter_irqoff();
		WRITE_ONCE(vcpu->cpu, smp_processor_id());
		/* Orders cpu before the vmm's look at irq_any: pairs with irq_announce. */
		smp_mb();
		*msg = (struct selkie_msg) {
			.mr = { vcpu->id | request->flags, request->data, run_deadline() },
		};
		*info = call_run(vm, msg);
		WRITE_ONCE(vcpu->cpu, -1);
		entered = true;
	}
	connector_set_running(0);
	local_irq_enable();
	if (entered)
		run_account();
	return entered;
}

/* Why a sleeping vCPU goes on. A vCPU that is off takes no interrupts. */
static bool run_woken(struct selkie_vcpu *vcpu, bool off)
{
	return READ_ONCE(vcpu->kicked) || READ_ONCE(vcpu->vm->dead) ||
	       (!off && irq_pending(vcpu->vm));
}

/* Sleeps until something is there for the vCPU. EINTR on a signal. */
static int run_wait(struct selkie_vcpu *vcpu, bool off)
{
	return rcuwait_wait_event(&vcpu->wait, run_woken(vcpu, off), TASK_INTERRUPTIBLE);
}

/* As run_woken, for a vCPU that is on. */
static bool run_woken_on(struct selkie_vcpu *vcpu)
{
	return run_woken(vcpu, false);
}

/* Sleeps, at the longest until the deadline in CNTVCT. EINTR on a signal. */
static int run_sleep(struct selkie_vcpu *vcpu, u64 deadline)
{
	u64 now, ns;
	int err;

	if (deadline == ~0ull)
		return run_wait(vcpu, false);
	now = __arch_counter_get_cntvct();
	if (deadline <= now || run_woken(vcpu, false))
		return 0;
	ns = mul_u64_u64_div_u64(deadline - now, NSEC_PER_SEC, read_sysreg(cntfrq_el0));
	hrtimer_start(&vcpu->timer, ns_to_ktime(min_t(u64, ns, KTIME_MAX)), HRTIMER_MODE_REL_HARD);
	err = run_wait(vcpu, false);
	hrtimer_cancel(&vcpu->timer);
	return err;
}

/* A guest that waits: until there is an interrupt, or the deadline. */
static int run_wait_for_interrupt(struct selkie_vcpu *vcpu, u64 deadline)
{
	u64 begin = __arch_counter_get_cntvct();
	int err = 0;

	if (!haltpoll_wait(vcpu, run_woken_on, deadline))
		err = run_sleep(vcpu, deadline);
	haltpoll_note(vcpu, begin);
	return err;
}

/* A doorbell that somebody waits for, or a wake-up for another vCPU. */
static int run_exit_event(struct selkie_vcpu *vcpu, bool may_wait)
{
	u64 deadline;
	int err;

	if (!may_wait || !park_begin(vcpu, &deadline))
		return 0;
	WRITE_ONCE(vcpu->parked, raw_smp_processor_id());
	err = run_wait_for_interrupt(vcpu, deadline);
	WRITE_ONCE(vcpu->parked, -1);
	park_end(vcpu, deadline);
	return err;
}

static int run_exit_mmio(struct selkie_vcpu *vcpu, const struct selkie_msg *msg)
{
	struct kvm_run *run = vcpu->run;
	unsigned int len = msg->mr[0] & 0xff;
	bool write = msg->mr[0] & BIT(8);

	if (len != 1 && len != 2 && len != 4 && len != 8) {
		vm_kill(vcpu->vm, "its vmm reports an impossible access");
		return -EIO;
	}
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = msg->mr[1];
	run->mmio.len = len;
	run->mmio.is_write = write;
	memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (write)
		memcpy(run->mmio.data, &msg->mr[2], len);
	vcpu->mmio_read = !write;
	vcpu->mmio_len = len;
	return 0;
}

static int run_exit_nisv(struct selkie_vcpu *vcpu, const struct selkie_msg *msg)
{
	struct kvm_run *run = vcpu->run;

	if (!READ_ONCE(vcpu->vm->nisv_to_user)) {
		pr_err_ratelimited("selkie: VM %u: access to %#llx that no instruction syndrome describes\n",
				   vcpu->vm->index, msg->mr[1]);
		return -ENOSYS;
	}
	run->exit_reason = KVM_EXIT_ARM_NISV;
	run->arm_nisv.esr_iss = msg->mr[0];
	run->arm_nisv.fault_ipa = msg->mr[1];
	return 0;
}

static int run_exit_system(struct selkie_vcpu *vcpu, const struct selkie_msg *msg)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = msg->mr[0] == SELKIE_SYSTEM_RESET ? KVM_SYSTEM_EVENT_RESET :
								      KVM_SYSTEM_EVENT_SHUTDOWN;
	run->system_event.ndata = 1;
	return 0;
}

static int run_exit_fail(struct selkie_vcpu *vcpu, const struct selkie_msg *msg)
{
	struct kvm_run *run = vcpu->run;

	pr_err_ratelimited("selkie: VM %u vCPU %u stopped at pc %#llx: %s %#llx\n", vcpu->vm->index,
			   vcpu->id, msg->mr[1],
			   msg->mr[0] == SELKIE_FAIL_EXCEPTION ? "exception, syndrome" :
			   msg->mr[0] == SELKIE_FAIL_FAULT ? "fault of unknown kind" :
			   "its vmm was refused a system call, error", msg->mr[2]);
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
	run->internal.ndata = 3;
	memcpy(run->internal.data, msg->mr, 3 * sizeof(u64));
	return 0;
}

static int run_exit_nomem(struct selkie_vcpu *vcpu, const struct selkie_msg *msg)
{
	pr_err_ratelimited("selkie: VM %u: no memory left for the guest's page at %#llx\n",
			   vcpu->vm->index, msg->mr[0]);
	return -ENOMEM;
}

/* RUN_AGAIN, or what KVM_RUN returns. */
static int run_handle_exit(struct selkie_vcpu *vcpu, u64 info, const struct selkie_msg *msg)
{
	switch (CALL_LABEL(info)) {
	case SELKIE_EXIT_INTERRUPT:
		return RUN_AGAIN;
	case SELKIE_EXIT_EVENT:
		return run_exit_event(vcpu, msg->mr[0]) ?: RUN_AGAIN;
	case SELKIE_EXIT_MMIO:
		return run_exit_mmio(vcpu, msg);
	case SELKIE_EXIT_WFI:
		/* seL4's own answer for a lost capability has this label too, and one word. */
		if (CALL_LENGTH(info) < 2)
			break;
		park_note_wfi(vcpu);
		return run_wait_for_interrupt(vcpu, msg->mr[0] ? msg->mr[1] : ~0ull) ?: RUN_AGAIN;
	case SELKIE_EXIT_SYSTEM:
		return run_exit_system(vcpu, msg);
	case SELKIE_EXIT_NISV:
		return run_exit_nisv(vcpu, msg);
	case SELKIE_EXIT_OFF:
		return run_wait(vcpu, true) ?: RUN_AGAIN;
	case SELKIE_EXIT_FAIL:
		return run_exit_fail(vcpu, msg);
	case SELKIE_EXIT_NOMEM:
		return run_exit_nomem(vcpu, msg);
	case SELKIE_EXIT_ERROR:
		return msg->mr[0] && msg->mr[0] < MAX_ERRNO ? -(int)msg->mr[0] : -EIO;
	}
	vm_kill(vcpu->vm, "its vmm is gone");
	return -EIO;
}

static int run_loop(struct selkie_vcpu *vcpu, struct run_request *request)
{
	struct selkie_msg msg;
	u64 info;
	int ret;

	do {
		if (__xfer_to_guest_mode_work_pending()) {
			ret = xfer_to_guest_mode_handle_work(vcpu->shadow);
			if (ret)
				return ret;
		}
		if (!run_enter(vcpu, request, &msg, &info)) {
			ret = RUN_AGAIN;
			continue;
		}
		*request = (struct run_request) {};
		vm_scan(vcpu->vm);
		ret = run_handle_exit(vcpu, info, &msg);
	} while (ret == RUN_AGAIN);

	if (ret == -EINTR)
		vcpu->run->exit_reason = KVM_EXIT_INTR;
	return ret;
}

/* Gives the answer to an MMIO read to the vmm without entering the guest. */
static int run_complete(struct selkie_vcpu *vcpu, const struct run_request *request)
{
	struct selkie_msg msg = {
		.mr = { vcpu->id | request->flags | SELKIE_RUN_COMPLETE, request->data, 0 },
	};
	u64 info;

	if (!(request->flags & SELKIE_RUN_MMIO_DONE))
		return 0;
	info = call_run(vcpu->vm, &msg);
	/* OFF: another vCPU or user space has stopped this one meanwhile. */
	if (CALL_LABEL(info) == SELKIE_EXIT_INTERRUPT || CALL_LABEL(info) == SELKIE_EXIT_OFF)
		return 0;
	vm_kill(vcpu->vm, "its vmm is gone");
	return -EIO;
}

/* What must be true before a vCPU's first instruction after its reset. */
static int run_prepare(struct selkie_vcpu *vcpu)
{
	struct selkie_vm *vm = vcpu->vm;
	int err;

	if (!vcpu->cache_stale)
		return 0;
	mutex_lock(&vm->lock);
	err = gic_prepare_run(vm);
	mutex_unlock(&vm->lock);
	if (err)
		return err;
	memslot_clean_caches(vm);
	vcpu->cache_stale = false;
	return 0;
}

int run_vcpu(struct selkie_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct run_request request = {};
	int ret;

	if (!vcpu->initialized)
		return -ENOEXEC;
	ret = run_prepare(vcpu);
	if (ret)
		return ret;
	vcpu->switches = 0;
	if (vcpu->mmio_read) {
		request.flags = SELKIE_RUN_MMIO_DONE;
		memcpy(&request.data, run->mmio.data, vcpu->mmio_len);
		vcpu->mmio_read = false;
	}
	if (READ_ONCE(run->immediate_exit__unsafe))
		return run_complete(vcpu, &request) ?: -EINTR;

	/* real_blocked, so that a signal which only our mask lets in is not taken for ignored. */
	if (vcpu->sigset_active)
		sigprocmask(SIG_SETMASK, &vcpu->sigset, &current->real_blocked);
	run->exit_reason = KVM_EXIT_UNKNOWN;
	run->flags = 0;
	ret = run_loop(vcpu, &request);
	/* A signal may have come before the answer was taken. */
	if (request.flags && ret == -EINTR)
		ret = run_complete(vcpu, &request) ?: ret;
	if (vcpu->sigset_active) {
		sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
		sigemptyset(&current->real_blocked);
	}
	return ret;
}
