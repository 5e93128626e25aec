// SPDX-License-Identifier: BSD-2-Clause
/*
 * The arch half of threads: making one the live one, FP/SIMD ownership, and what a new, idle or
 * dying TCB needs. arch_switch_to runs on every switch, fastpaths included: it compares and writes
 * only what differs.
 *
 * FP/SIMD state follows its user: a thread that has lately used it gets it with the switch, any
 * other when its first such instruction traps. A guest kernel between two exits rarely does, while
 * what runs above it in user space does so all the time.
 */
#include <arch/memory.h>
#include <arch/switch.h>
#include <arch/trap.h>

#include "arch.h"
#include "core.h"

_Static_assert(offsetof(struct fpu_state, fpsr) == 512 && offsetof(struct fpu_state, fpcr) == 516,
	       "fpu.S offsets");

/* How many switches a use of FP/SIMD pays for in advance. */
#define FPU_CREDIT 8

static void fpu_open(void)
{
	sysreg_write(cptr_el2, CPTR_RES1);
	/* The kernel's own loads and stores of q registers must not trap. */
	isb();
}

static void fpu_take(struct tcb *tcb)
{
	fpu_open();
	if (this_arch()->fpu_owner)
		fpu_save(&this_arch()->fpu_owner->fpu);
	fpu_load(&tcb->fpu);
	this_arch()->fpu_owner = tcb;
}

void __attribute__((noinline)) fpu_change_owner(struct tcb *tcb)
{
	tcb->fpu_credit--;
	fpu_take(tcb);
}

/* What another core's registers hold of tcb. */
static void release_elsewhere(struct tcb *tcb)
{
#if CONFIG_SMP
	if (!core_is_here(tcb))
		arch_tcb_release(tcb);
#endif
}

void arch_tcb_sync_tls(struct tcb *tcb)
{
	release_elsewhere(tcb);
	if (this_arch()->tls_owner != tcb)
		return;
	tls_change_owner(NULL);
	/* They are loaded again, changed or not, on the way out. */
	if (tcb == this_core()->current)
		this_core()->switch_needed = true;
}

/* The idle loop runs on the kernel's tables: the last address space may stay as it is. */
static void switch_to_idle(void)
{
	/* A stopped guest's pending virtual interrupt may end a WFI: the core would spin. */
	if (this_arch()->vcpu && this_arch()->vcpu->lr_used && !this_arch()->gich_off)
		vgic_silence();
}

void arch_switch_to(struct tcb *tcb)
{
	if (likely(tcb->state != THREAD_IDLE)) {
		arch_switch_now(tcb);
		return;
	}
	if (this_arch()->active)
		vcpu_deactivate(this_arch()->active);
	switch_to_idle();
}

bool fpu_trap(struct tcb *tcb)
{
	if (tcb->flags & TCB_FLAG_FPU_DISABLED)
		return false;
	tcb->fpu_credit = FPU_CREDIT;
	fpu_take(tcb);
	return true;
}

void arch_tcb_init(struct tcb *tcb)
{
	tcb->context.reg[REG_SPSR] = SPSR_USER;
}

void arch_idle_init(struct tcb *tcb)
{
	tcb->context.reg[REG_ELR] = (kva_t)idle_loop;
	tcb->context.reg[REG_SPSR] = SPSR_EL2H | SPSR_F | SPSR_A | SPSR_D;
}

/* The FPU's contents die with their owner. */
static void fpu_forget(struct tcb *tcb)
{
	if (this_arch()->fpu_owner == tcb)
		this_arch()->fpu_owner = NULL;
}

#if CONFIG_SMP
void arch_release_all(void)
{
	struct arch_core *arch = this_arch();

	if (arch->vcpu)
		vcpu_unload();
	if (arch->fpu_owner) {
		fpu_open();
		fpu_save(&arch->fpu_owner->fpu);
		arch->fpu_owner = NULL;
	}
	tls_change_owner(NULL);
	asid_load_empty();
}

void arch_tcb_release(struct tcb *tcb)
{
	struct core *core = core_of(tcb);
	const struct arch_core *arch = arch_of(core);

	if (arch->fpu_owner != tcb && arch->tls_owner != tcb &&
	    (!tcb->vcpu || arch->vcpu != tcb->vcpu))
		return;
	if (core != this_core()) {
		arch_core_park(core);
		return;
	}
	arch_release_all();
	core->switch_needed = true;
}
#endif

void arch_tcb_finalise(struct tcb *tcb)
{
	release_elsewhere(tcb);
	if (tcb->vcpu)
		vcpu_dissociate(tcb->vcpu);
	fpu_forget(tcb);
	if (this_arch()->tls_owner == tcb)
		this_arch()->tls_owner = NULL;
}

void arch_tcb_flags_changed(struct tcb *tcb)
{
	if (tcb->flags & TCB_FLAG_FPU_DISABLED) {
		tcb->fpu_credit = 0;
		release_elsewhere(tcb);
		if (this_arch()->fpu_owner == tcb) {
			fpu_open();
			fpu_save(&tcb->fpu);
			this_arch()->fpu_owner = NULL;
		}
	}
	if (tcb == this_core()->current)
		this_core()->switch_needed = true;
}

u64 arch_sanitise_register(const struct tcb *tcb, enum reg reg, u64 value)
{
	u64 mode = value & SPSR_MODE_MASK;

	if (reg != REG_SPSR)
		return value;
	if (tcb->vcpu && (mode == SPSR_EL0T || mode == SPSR_EL1T || mode == SPSR_EL1H))
		return value;
	return (value & SPSR_NZCV) | SPSR_USER;
}

bool arch_cap_is_vspace_root(struct cap cap)
{
	return cap_type(cap) == CAP_VSPACE && mapping_asid(cap);
}

enum error arch_check_ipc_buffer(va_t va, struct cap cap)
{
	if (cap_type(cap) != CAP_FRAME || (cap_flags(cap) & FRAME_DEVICE))
		return ILLEGAL_OPERATION;
	if (va % sizeof(struct ipc_buffer))
		return ALIGNMENT_ERROR;
	return OK;
}

void arch_halt(void)
{
	for (;;) {
		__asm__ volatile("msr daifset, #0xf\n\twfi" : : : "memory");
	}
}
