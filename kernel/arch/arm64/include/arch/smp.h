/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several cores: the kernel's lock, calls from the core that holds it to others, and their start.
 *
 * The lock is taken right after a trap has saved the thread's registers, and given back when the next
 * thread's are about to be loaded. Remote calls are served in one place only, the loop in which a core
 * waits for the lock: whoever makes one holds the lock, so that is where an interrupt brings the
 * others, if they are not there already. Nobody waits for a core that could wait for him.
 */
#pragma once

#include "config.h"
#include "core.h"
#include "types.h"

#if CONFIG_SMP
struct vcpu;

/* Is another core waiting to enter the kernel? */
bool smp_lock_is_wanted(void);
/* The first core, before anything else: who is who. */
void smp_init(void);
/* The first core, once everything is in place: let the others in, wait for them, take the lock. */
void smp_start(void);
/* start.S: where cores other than the first enter C; returns the idle thread. */
struct tcb *smp_boot_secondary(void);

/* vectors.S: with the thread's registers saved. They take the lock. */
struct tcb *smp_sync(struct tcb *current, u64 esr);
struct tcb *smp_irq(struct tcb *current);

/* ---- remote calls ---- */

void smp_set_masked(u32 core, u32 irq, bool masked);
void smp_set_edge(u32 core, u32 irq, bool edge);
/* The VCPU is loaded in its thread's core, which has to take what was posted (vgic.c). */
void smp_have_taken(const struct vcpu *vcpu);
/* The VCPU's registers are in memory, if another core had them. */
void smp_bring_home(const struct vcpu *vcpu);
/* No core but this one runs, or walks tables, by this VTTBR_EL2. */
void smp_drop_vttbr(u64 vttbr);
/* Does another core's hardware use this VTTBR_EL2? */
bool smp_vttbr_is_live(u64 vttbr);
#else
static inline bool smp_lock_is_wanted(void)
{
	return false;
}

static inline void smp_init(void)
{
}

static inline void smp_start(void)
{
}

static inline void smp_set_masked(u32 core, u32 irq, bool masked)
{
}

static inline void smp_set_edge(u32 core, u32 irq, bool edge)
{
}

static inline void smp_bring_home(const struct vcpu *vcpu)
{
}

static inline void smp_drop_vttbr(u64 vttbr)
{
}

static inline bool smp_vttbr_is_live(u64 vttbr)
{
	return false;
}
#endif
