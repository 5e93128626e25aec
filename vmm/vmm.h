/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One VM's monitor: the state that its parts share, and what each part offers the others.
 *
 * A vmm process has one struct vmm, and a thread with a struct core on each core. Its role (struct
 * role) says how the service VM and a user VM differ; everything else, the vCPUs, the vGIC, PSCI and
 * the timer, is the same for both. What always holds: a vCPU is either running or stopped, and if
 * stopped by a fault, one reply object holds that fault; the reply object to receive with is free.
 * A thread reads and writes all of it with the lock held, and registers of a VCPU object only of a
 * vCPU that is on its core or not running (docs/smp.md).
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

#include "connector.h"
#include "ioevent.h"
#include "lock.h"
#include "messages.h"
#include "process.h"
#include "vgic.h"
#include "vmpage.h"
#include "vpci.h"

struct vmm;
struct vcpu;

/* Threads of this process at most: with one, everything that is for several folds away. */
#define CORE_MAX CONFIG_MAX_NUM_NODES
_Static_assert(CORE_MAX <= SELKIE_CPU_MAX, "each core has its place in abi/");

#define VTIMER_INTID 27u /* the virtual timer's PPI, the same for every guest */

/* What became of a guest's exit. Unknown never means handled. */
enum exit_result {
	EXIT_HANDLED, /* the guest goes on */
	EXIT_FORWARD, /* the guest stays stopped; the handler said why: core->exit, or it is parked
		       */
	EXIT_FAULT,   /* the VM cannot go on; core->exit says why */
};

/* The answer that ends a RUN call: SELKIE_EXIT_* and its words. */
struct exit_report {
	uint64_t label;
	uint64_t word[3];
};

/* One guest access to an IPA that is not plain memory. */
struct access {
	uint64_t ipa;
	uint8_t size; /* bytes: 1, 2, 4, 8 */
	uint8_t reg;  /* Xt, 31: the zero register */
	bool write;
	bool sign_extend;
	bool wide; /* Xt, not Wt */
};

/* Words of seL4_UserContext up to and including all of it. */
#define VCPU_CONTEXT_WORDS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

struct vcpu {
	unsigned int index;
	struct core *core; /* where it runs and its faults come: see vcpu_core() */
	seL4_CPtr tcb;
	seL4_CPtr cap;
	const struct vgic_cpu *gic; /* what is pending for it */
	bool present;	    /* initialised at least once */
	bool used;	    /* has run since it was initialised */
	bool powered;	    /* in PSCI's sense */
	bool parked;	    /* service VM: stopped in WFI */
	bool waiting;	    /* user VM: its last RUN ended for want of something to do */
	bool starting;	    /* by CPU_ON: to be reset before it runs */
	uint64_t entry, context; /* then its pc and x0 */
	bool woken;	    /* user VM: told to run since its last RUN */
	bool vtimer_masked; /* the kernel masks PPI 27 until AckVPPI */
	bool mmio_pending;  /* user VM: a read that the module answers */
	struct access mmio;
	seL4_Word fault; /* label of the fault that stopped it */
	seL4_CPtr reply; /* reply object that holds this fault, 0: none */
	/*
	 * The registers' first words, read when needed and written when the vCPU is resumed. Valid
	 * while it is stopped.
	 */
	unsigned int known; /* words of regs that are valid */
	unsigned int dirty; /* words of regs to write */
	seL4_UserContext regs;
	uint64_t spsr_aa32[4]; /* SPSR_abt, und, irq, fiq: kept for user space, no guest has them */
};

/* How the two kinds of VM differ. */
struct role {
	/* An access outside memory, GIC and event table. */
	enum exit_result (*access)(struct vmm *vmm, struct vcpu *vcpu, const struct access *access);
	/* A stage 2 fault: was there memory to be mapped? -EFAULT: no memory belongs there. */
	int (*populate)(struct vmm *vmm, uint64_t ipa, bool write);
	/* A data abort whose syndrome does not describe the access. */
	enum exit_result (*no_syndrome)(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa,
					uint64_t esr);
	/* Nothing to do: stop the vCPU until an interrupt or, if @timed, the deadline. */
	enum exit_result (*wait)(struct vmm *vmm, struct vcpu *vcpu, bool timed, uint64_t deadline);
	enum exit_result (*off)(struct vmm *vmm, struct vcpu *vcpu);
	enum exit_result (*system)(struct vmm *vmm, struct vcpu *vcpu, bool reset);
	/* Another vCPU than the running one has something to do. */
	void (*wake)(struct vmm *vmm, struct core *here, struct vcpu *vcpu);
	/* The vCPU stays stopped, and its core's reply holds its fault: choose another one to
	 * receive with, and end the RUN, or tell that the VM is stuck. */
	void (*stopped)(struct vmm *vmm, struct vcpu *vcpu, enum exit_result result);
	void (*signal)(struct vmm *vmm, struct core *core, seL4_Word badge);
	void (*call)(struct vmm *vmm, struct core *core, seL4_Word label);
	/* Interrupts that a physical source drives; NULL hooks of a user VM do nothing. */
	void (*irq_ended)(struct vmm *vmm, unsigned int intid);
	void (*irq_enabled)(struct vmm *vmm, unsigned int intid);
};

extern const struct role role_service;
extern const struct role role_user;

/* One thread of this process, on the core of the same number. */
struct core {
	unsigned int index;

	/* The main loop's state: what to receive with, and whether to answer through it first. */
	seL4_CPtr reply;
	bool answer;
	seL4_MessageInfo_t answer_info;

	/* User VM: the RUN call in progress here. */
	struct vcpu *run;
	seL4_CPtr run_reply;
	struct exit_report exit;
	bool event; /* an ioeventfd or another vCPU is to be reported before the guest goes on */
	bool doorbell; /* it is an ioeventfd */
	bool interrupted; /* a signal to end RUN came when there was none: the next one ends at once
			   */
};

struct vmm {
	const struct selkie_process *process;
	const struct role *role;
	struct lock lock;
	struct core core[CORE_MAX];
	struct vcpu vcpu[SELKIE_VCPU_MAX];
	unsigned int vcpu_count; /* one more than the highest present */
	struct vgic gic;
	bool gic_ready;
	uint64_t gicd_base; /* ~0: not set */
	uint64_t gicc_base;
	uint64_t counter_offset; /* CNTVOFF */
	uint64_t *count;	 /* SELKIE_COUNT_* */

	uint32_t reply_free;	 /* bit n: SELKIE_SLOT_REPLY(n) is free */

	/* User VM. */
	unsigned int gic_irq_count; /* 0: not configured */
	struct ioevent_table ioevents;
	struct selkie_vm_page *page;
	const struct selkie_slot_table *slots;

	/* Service VM. */
	struct vpci vpci;
	uint16_t irq_of_bit[SELKIE_SIGNAL_IRQ_MAX]; /* INTID, 0: free */
	uint8_t bit_of_irq[VGIC_IRQ_MAX];	    /* 1 + signal bit, 0: not bound */
};

static inline unsigned int core_index(const struct core *core)
{
	return CORE_MAX == 1 ? 0 : core->index;
}

static inline struct core *vcpu_core(struct vmm *vmm, const struct vcpu *vcpu)
{
	return CORE_MAX == 1 ? vmm->core : vcpu->core;
}

/*
 * The vCPU that a badge or a RUN names. Opaque to the compiler, which would else multiply for its
 * address again at every use.
 */
static inline struct vcpu *vmm_vcpu(struct vmm *vmm, uint64_t index)
{
	struct vcpu *vcpu = &vmm->vcpu[index % SELKIE_VCPU_MAX];

	asm("" : "+r"(vcpu));
	return vcpu;
}

/* What the end of the RUN, if it has to end, will say. */
static inline enum exit_result exit_forward(struct vmm *vmm, const struct vcpu *vcpu,
					    enum selkie_exit label, uint64_t a, uint64_t b,
					    uint64_t c)
{
	vcpu_core(vmm, vcpu)->exit = (struct exit_report){label, {a, b, c}};
	return EXIT_FORWARD;
}

/*
 * A message of more words than registers hold, whatever it says: a genuine kernel tries its IPC
 * fastpath on every shorter Call and ReplyRecv, which invocations and replies to faults never pass.
 */
#define LONG_MESSAGE_WORDS 5

/* One invocation with at most four words each way, both in @mr. Returns the error. */
static inline seL4_Error vmm_invoke(seL4_CPtr cap, seL4_Word label, seL4_Word mr[4])
{
	return (seL4_Error)seL4_MessageInfo_get_label(
		seL4_CallWithMRs(cap, seL4_MessageInfo_new(label, 0, 0, LONG_MESSAGE_WORDS), &mr[0],
				 &mr[1], &mr[2], &mr[3]));
}

static inline void vmm_count(struct vmm *vmm, enum selkie_counter counter)
{
	vmm->count[counter]++;
}

/* What became deliverable goes into the vCPU's list registers. */
static inline void vmm_flush(struct vmm *vmm, const struct vcpu *vcpu)
{
	if (vcpu->gic->candidate_words)
		vmm->count[SELKIE_COUNT_INJECT] += vgic_flush(&vmm->gic, vcpu->index);
}

static inline uint64_t counter_now(void)
{
	uint64_t now;

	/* The barrier keeps the read from being done ahead of what led here (Arm ARM D11.2.1). */
	asm volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(now) : : "memory");
	return now;
}

/* main.c */
void vmm_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vmm_manager_call(seL4_Word label, seL4_Word a, seL4_Word b, seL4_Word c);
seL4_CPtr vmm_reply_take(struct vmm *vmm);
void vmm_reply_free(struct vmm *vmm, seL4_CPtr reply);
/* What was received with core->reply: a fault, a call or a signal. */
void vmm_message(struct vmm *vmm, struct core *core, seL4_MessageInfo_t info, seL4_Word badge);
/* Makes the main loop answer through core->reply with @word_count words already in the buffer. */
void vmm_answer(struct core *core, seL4_Word label, seL4_Word word_count);

/* exit.c */
void exit_fault(struct vmm *vmm, struct core *core, unsigned int index, seL4_Word label);

/* abort.c: stage 2 faults */
enum exit_result abort_data(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa, uint64_t esr);
enum exit_result abort_instruction(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa);
/* Ends a read: @data as the device gave it goes to its register, and the pc moves on. */
void abort_read_done(struct vcpu *vcpu, const struct access *access, uint64_t data);

/* vcpu.c */
void vcpu_init(struct vmm *vmm, struct vcpu *vcpu, unsigned int index);
void vcpu_reset(struct vmm *vmm, struct vcpu *vcpu, bool powered);
/* PSCI's CPU_ON: the vCPU is powered at once, and reset by vcpu_start() on the core where it runs,
 * which may still hold the registers that it had before. */
void vcpu_power_on(struct vcpu *vcpu, uint64_t entry, uint64_t context);
void vcpu_start(struct vmm *vmm, struct vcpu *vcpu);
/* Makes sure that the first @words words of vcpu->regs are valid. */
void vcpu_fetch_more(struct vcpu *vcpu, unsigned int words);
static inline void vcpu_fetch(struct vcpu *vcpu, unsigned int words)
{
	if (vcpu->known < words)
		vcpu_fetch_more(vcpu, words);
}
uint64_t vcpu_gpr_get(struct vcpu *vcpu, unsigned int reg);
void vcpu_gpr_set(struct vcpu *vcpu, unsigned int reg, uint64_t value);
void vcpu_word_set(struct vcpu *vcpu, unsigned int word, uint64_t value);
/* Past the instruction that trapped. */
static inline void vcpu_advance(struct vcpu *vcpu)
{
	vcpu_fetch(vcpu, 1);
	vcpu->regs.pc += 4;
	if (!vcpu->dirty)
		vcpu->dirty = 1;
}
uint64_t vcpu_sysreg_get(struct vcpu *vcpu, seL4_VCPUReg reg);
void vcpu_sysreg_set(struct vcpu *vcpu, seL4_VCPUReg reg, uint64_t value);
/* Puts a pending interrupt into a list register. */
seL4_Error vcpu_inject(struct vcpu *vcpu, unsigned int lr, unsigned int intid,
		       unsigned int priority, unsigned int group);
/* Lets the kernel report the virtual timer again. */
void vcpu_vtimer_unmask(struct vcpu *vcpu);
/* Makes the main loop answer the vCPU's fault, so that it goes on, with no registers in the reply. */
void vcpu_answer(struct vmm *vmm, const struct vcpu *vcpu);
/* Writes what is dirty to a vCPU that stays stopped. */
void vcpu_write_back(struct vcpu *vcpu);
/* Lets a stopped vCPU run on with what is dirty written; frees the reply object of its fault. */
void vcpu_resume(struct vmm *vmm, struct vcpu *vcpu);
void vcpu_suspend(struct vmm *vmm, struct vcpu *vcpu);
/* Exceptions taken to the guest's EL1. The caller has found the guest at fault. */
void vcpu_inject_undefined(struct vmm *vmm, struct vcpu *vcpu);
void vcpu_inject_abort(struct vmm *vmm, struct vcpu *vcpu, bool instruction);

/* gic.c: the vGIC on seL4's vCPUs */
int gic_start(struct vmm *vmm, seL4_CPtr vcpu);
void gic_access(struct vmm *vmm, struct vcpu *vcpu, const struct access *access);
/* After each write to the distributor. */
void gic_targets_written(struct vmm *vmm, uint32_t offset, unsigned int size);
/* After vGIC state changed: wakes every vCPU but @running that has something to take. */
void gic_wake_others(struct vmm *vmm, struct core *here, const struct vcpu *running);

/* timer.c */
void timer_fired(struct vmm *vmm, struct vcpu *vcpu);
void timer_ended(struct vmm *vmm, struct vcpu *vcpu);
void timer_enabled(struct vmm *vmm, struct vcpu *vcpu);
/* The virtual timer's next expiry in CNTPCT ticks. False: it is off. */
bool timer_deadline(struct vmm *vmm, struct vcpu *vcpu, uint64_t *deadline);
void timer_offset_set(struct vmm *vmm, uint64_t offset);
/* The physical timer, which ends a RUN or a WFI of the service VM: ~0 turns it off. */
void timer_alarm_set(uint64_t deadline);
/* At the deadline or earlier: an alarm that is set already stays. */
void timer_alarm_before(uint64_t deadline);

/* psci.c: PSCI and SMCCC, by hvc and smc alike. The pc is past the call already. */
enum exit_result psci_call(struct vmm *vmm, struct vcpu *vcpu);
/* A function whose answer depends on nothing but its first argument. */
bool psci_constant(uint32_t function, uint64_t arg, int64_t *result);

/* sysreg.c */
enum exit_result sysreg_trap(struct vmm *vmm, struct vcpu *vcpu, uint64_t esr);

/* regs.c: KVM's ONE_REG. 0, -ENOENT, -EINVAL */
int regs_get(struct vmm *vmm, struct vcpu *vcpu, uint64_t id, uint64_t *value);
int regs_set(struct vmm *vmm, struct vcpu *vcpu, uint64_t id, uint64_t value);

/* user.c, calls.c: a user VM */
void user_call(struct vmm *vmm, struct core *core, seL4_Word label);
bool user_interrupts_take(struct vmm *vmm);
void user_run(struct vmm *vmm, struct core *core, seL4_Word arg, seL4_Word data,
	      seL4_Word deadline);
void user_start(struct vmm *vmm);

/* service.c */
void service_start(struct vmm *vmm);
