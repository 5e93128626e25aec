// SPDX-License-Identifier: BSD-2-Clause
/*
 * Synchronous exceptions from EL0 and EL1 other than system calls: a table by exception class turns
 * each into a fault of the current thread, or deals with it. Called by vectors.S with the context
 * saved; a fault goes to the thread's handler through entry_fault(). Nothing here looks at guest
 * memory.
 */
#include <arch/sysreg.h>
#include <arch/trap.h>

#include "arch.h"
#include "entry.h"
#include "fault.h"
#include "print.h"

/* An exception with class "unknown" and a 32-bit instruction: undefined, at EL0 or EL1. */
#define ESR_UNDEFINED (1ull << 25)

#define EC_COUNT 64

enum trap_result {
	TRAP_HANDLED, /* the thread goes on where it was */
	TRAP_FAULT,   /* its fault has been filled in */
};

/* Fault status codes (Arm ARM, ESR_EL2, ISS of a data abort) whose IPA is in HPFAR_EL2. */
static bool hpfar_is_valid(u64 esr)
{
	u64 kind = ESR_FSC(esr) >> 2; /* 0 address size, 1 translation, 2 access flag */

	return kind <= 2 || (esr & ESR_S1PTW);
}

/*
 * The guest-physical address behind va, by the guest's own stage 1. PAR_EL1 is the guest's: it may
 * be between an AT instruction and reading the result.
 */
static u64 translate_stage1(u64 va)
{
	u64 guest_par = sysreg_read(par_el1);
	u64 par;

	__asm__ volatile("at s1e1r, %0" : : "r"(va) : "memory");
	/* The translation's result is in PAR_EL1 only after a context synchronisation. */
	isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, guest_par);
	return par & PAR_PA_MASK;
}

static u64 abort_ipa(u64 esr, u64 va)
{
	u64 page =
		hpfar_is_valid(esr) ? HPFAR_TO_IPA(sysreg_read(hpfar_el2)) : translate_stage1(va);

	return page | (va & MASK(PAGE_BITS));
}

/* Native threads run with stage 1 off: their virtual address is the stage-2 input itself. */
static void trap_data_abort(struct tcb *tcb, u64 esr)
{
	u64 address = sysreg_read(far_el2);

	if (tcb->vcpu)
		address = abort_ipa(esr, address);
	fault_set(tcb, FAULT_VM, address, esr, false);
}

static enum trap_result trap_instruction_abort(struct tcb *tcb, u64 esr)
{
	u64 address = tcb->context.reg[REG_FAULT_PC];

	if (tcb->vcpu)
		address = abort_ipa(esr, address);
	fault_set(tcb, FAULT_VM, address, esr, true);
	return TRAP_FAULT;
}

/* WFx, SMC, system registers, FP of threads that may not, ...: the handler gets the syndrome. */
static enum trap_result trap_other(struct tcb *tcb, u64 esr)
{
	fault_set(tcb, FAULT_VCPU, esr, 0, 0);
	return TRAP_FAULT;
}

static enum trap_result trap_undefined(struct tcb *tcb, u64 esr)
{
	if (esr != ESR_UNDEFINED)
		return trap_other(tcb, esr);
	fault_set(tcb, FAULT_USER_EXCEPTION, esr, 0, 0);
	return TRAP_FAULT;
}

static enum trap_result trap_fp(struct tcb *tcb, u64 esr)
{
	return fpu_trap(tcb) ? TRAP_HANDLED : trap_other(tcb, esr);
}

typedef enum trap_result (*trap_handler)(struct tcb *tcb, u64 esr);

static const trap_handler trap_handlers[EC_COUNT] = {
	[EC_UNKNOWN] = trap_undefined,
	[EC_FP_ASIMD] = trap_fp,
	[EC_IABT_LOWER] = trap_instruction_abort,
};

struct tcb *trap_sync(struct tcb *current, u64 esr)
{
	trap_handler handler;

	/* By far the most frequent: not through the table. */
	if (likely(ESR_EC(esr) == EC_DABT_LOWER)) {
		trap_data_abort(current, esr);
		return entry_fault(current);
	}
	handler = trap_handlers[ESR_EC(esr)];
	if (!handler)
		handler = trap_other;
	if (handler(current, esr) == TRAP_HANDLED)
		return current;
	return entry_fault(current);
}

static const char *const vector_names[] = {
	"synchronous",
	"IRQ",
	"FIQ",
	"SError",
};

static const char *const vector_origins[] = {
	"EL2 on SP_EL0",
	"the kernel",
	"user level",
	"AArch32",
};

void trap_fatal(u64 vector)
{
	print_always("kernel: %s exception from %s: esr %lx far %lx elr %lx\n",
		     vector_names[vector % 4], vector_origins[vector / 4 % 4],
		     (unsigned long)sysreg_read(esr_el2), (unsigned long)sysreg_read(far_el2),
		     (unsigned long)sysreg_read(elr_el2));
	arch_halt();
}
