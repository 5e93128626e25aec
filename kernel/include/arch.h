/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kernel/arch/<arch> and kernel/plat/<plat> offer to the machine-independent half. Functions
 * named arch_ are the CPU's, plat_ the board's. None of them blocks; those that decode may fail,
 * the others cannot. All are called with interrupts masked.
 */
#pragma once

#include "core.h"
#include "invocation.h"
#include "objects.h"
#include "types.h"

/* ---- time: the kernel's own timer, in counter ticks ---- */

ticks_t arch_timer_now(void);
/* Fire the timer interrupt at this time, or earlier; a time in the past fires at once. */
void arch_timer_set_deadline(ticks_t time, ticks_t now);
/* The timer interrupt is being handled: silence it until `next`, or the next deadline that is set. */
void arch_timer_ack(ticks_t next);
ticks_t arch_us_to_ticks(u64 us);
u64 arch_ticks_to_us(ticks_t ticks);
/* Largest us that arch_us_to_ticks() converts without overflow (bound of budgets and periods). */
u64 arch_timer_max_us(void);
/* Deadlines closer than this are treated as due. */
ticks_t arch_timer_precision(void);

/* Largest time the kernel may hold a core without polling: a budget is at least twice this. */
#define KERNEL_WCET_US 10ull

/* ---- interrupts ---- */

#define IRQ_NONE 0xffffffffu

u32 plat_irq_max(void);			/* largest number IRQControl accepts (159 on QEMU virt) */
u32 plat_irq_timer(void);		/* the kernel timer's number */
bool plat_irq_is_reserved(u32 irq);	/* the kernel's own (vGIC maintenance, VPPI) */
bool plat_irq_is_kick(u32 irq);		/* by which cores reach each other */
/* Acknowledge the interrupt that is being signalled; its line (irq.h), or IRQ_NONE. */
u32 arch_irq_get_active(void);
/* For preemption points: an interrupt is pending (and stays so), or another core wants to enter. */
bool arch_preemption_is_wanted(void);
void arch_irq_end(void);		/* of the acknowledged one: priority drop, deactivation */
void arch_irq_set_masked(u32 line, bool masked);
void arch_irq_user_ack(u32 line);	/* IRQHandler_Ack: let it fire again */
void arch_irq_set_trigger(u32 line, bool edge);
/* A reserved interrupt fired. True: it is a fault of current's, which has been filled in. */
bool arch_irq_reserved(u32 irq, struct tcb *current);

/* ---- threads ---- */

/*
 * Make tcb's address space, VCPU and FPU state the live ones. Called once on the way out when the
 * thread differs from the previous one (also by the fastpaths), or when its VSpace, VCPU or flags
 * changed. tcb may be the idle thread.
 */
void arch_switch_to(struct tcb *tcb);
/* A new TCB (zeroed memory): user-mode SPSR and the like. */
void arch_tcb_init(struct tcb *tcb);
/* The idle thread's context: waits for interrupts in kernel mode. */
void arch_idle_init(struct tcb *tcb);
/* The TCB goes away: dissociate VCPU, forget the FPU's owner. */
void arch_tcb_finalise(struct tcb *tcb);
/* flags changed (FPU): only called with the new value already in tcb->flags. */
void arch_tcb_flags_changed(struct tcb *tcb);
/* A register as user level may set it: the SPSR's mode is EL0t, with a VCPU also EL1t or EL1h. */
u64 arch_sanitise_register(const struct tcb *tcb, enum reg reg, u64 value);

/*
 * While in the kernel all of a thread's registers are in tcb->context, for current too. TPIDR_EL0
 * and TPIDRRO_EL0 may be saved and loaded lazily: core code that touches those two calls this
 * first.
 */
void arch_tcb_sync_tls(struct tcb *tcb);

#if CONFIG_SMP
/* ---- other cores ---- */

/* A reschedule interrupt, which nobody waits for. */
void arch_core_kick(struct core *core);
/*
 * Another core stops what it does, with all of it in memory, and what it was about to do for its
 * current thread begins again later. It reschedules once the caller has left the kernel.
 */
void arch_core_park(struct core *core);
/* What registers of tcb a core still holds go to memory. It does not run on another core. */
void arch_tcb_release(struct tcb *tcb);
#endif

/* Can cap be a thread's VSpace root: a VSpace cap that has been assigned an ASID. */
bool arch_cap_is_vspace_root(struct cap cap);
/* Can cap, with this address, be an IPC buffer: a frame, not of a device, aligned? */
enum error arch_check_ipc_buffer(va_t va, struct cap cap);

/* ---- capabilities of types >= CAP_ARCH_FIRST ---- */

enum error arch_decode_invocation(struct invocation *inv);
/* What a copy of cap in a new slot is (drops mappings); may refuse. */
enum error arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *out);
/* Rights mask (RIGHT_*) applied to a copy. */
struct cap arch_cap_mask_rights(struct cap cap, u32 rights);
/* Mint/Mutate data (badge): `preserve` is true for Mutate. CAP_NULL if not possible. */
struct cap arch_cap_set_data(struct cap cap, u64 data, bool preserve);
/* Would `copy`, made from `from`, itself be an original (SLOT_REVOCABLE)? */
bool arch_cap_is_revocable(struct cap copy, struct cap from);
/* Is `b` a part of, or the same as, what `a` denotes / exactly the same object? */
bool arch_cap_same_region(struct cap a, struct cap b);
bool arch_cap_same_object(struct cap a, struct cap b);
/* Last act before cap vanishes: unmap; free the object's arch state if `is_final`. */
void arch_cap_finalise(struct cap cap, bool is_final);

/* ---- object creation (Untyped_Retype) ---- */

/* Size in bits of an arch object, 0 if the type does not exist. */
u32 arch_object_bits(u64 type);
/* May be created from device memory? (frames only) */
bool arch_object_is_frame(u64 type);
/* Turn clear memory into an object; returns its original cap. */
struct cap arch_object_create(u64 type, kva_t at, bool device);
/* Write zeroes and make them visible to every observer the API promises (clean to PoC/PoU). */
void arch_clear_memory(kva_t at, u64 size);

/* ---- IRQControl labels >= LABEL_IRQ_GET_TRIGGER, and system calls of the arch ---- */

enum error arch_decode_irq_control(struct invocation *inv);

/* ---- output and ends ---- */

void plat_putchar(char c);
void __attribute__((noreturn)) arch_halt(void);
