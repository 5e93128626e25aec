/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets of scheduling contexts: a ring of refills, each an amount of time and the moment from
 * which it may be used (core/refill.c). Pure book-keeping: no global state but the two limits, so
 * that tests/unit drives it on the host.
 *
 * What always holds for a configured context: the ring is not empty, refills are sorted and do not
 * overlap, the head holds at least refill_limits.min_budget, and the sum of all amounts is the
 * budget. A round-robin context (period 0) always has the same two refills: what is left of this
 * turn, and what is used.
 */
#pragma once

#include "objects.h"

struct refill_limits {
	ticks_t min_budget;	/* twice the kernel's worst case: enough to enter and leave */
	ticks_t max_release;	/* refills are never pushed beyond this: no overflow */
};

extern struct refill_limits refill_limits;

static inline struct refill *refill_head(struct sched_context *sc)
{
	return &sc->refills[sc->refill_head];
}

static inline struct refill *refill_tail(struct sched_context *sc)
{
	return &sc->refills[sc->refill_tail];
}

static inline bool refill_is_round_robin(const struct sched_context *sc)
{
	return sc->period == 0;
}

static inline bool refill_is_ready(struct sched_context *sc, ticks_t now)
{
	return refill_head(sc)->time <= now;
}

/* Would the head still hold a usable budget after this much more? */
static inline bool refill_is_sufficient(struct sched_context *sc, ticks_t usage)
{
	ticks_t amount = refill_head(sc)->amount;

	return amount >= usage && amount - usage >= refill_limits.min_budget;
}

enum refill_round_robin {
	REFILL_LEFT,
	REFILL_USED,
};

/* Round robin: `usage` moves from what is left to what is used / a new turn begins. */
static inline void refill_charge_round_robin(struct sched_context *sc, ticks_t usage)
{
	sc->refills[REFILL_LEFT].amount -= usage;
	sc->refills[REFILL_USED].amount += usage;
}

static inline void refill_restart_round_robin(struct sched_context *sc)
{
	sc->refills[REFILL_LEFT].amount += sc->refills[REFILL_USED].amount;
	sc->refills[REFILL_USED].amount = 0;
}

/* How many refills an object of this size holds. */
static inline u32 refill_capacity(u32 object_bits)
{
	return (BIT(object_bits) - sizeof(struct sched_context)) / sizeof(struct refill);
}

/* Start afresh: the whole budget is usable now. period 0: round robin. */
void refill_new(struct sched_context *sc, u32 max, ticks_t budget, ticks_t period, ticks_t now);
/* New parameters for a context in use, without exceeding the new bandwidth even for a moment. */
void refill_update(struct sched_context *sc, u32 max, ticks_t budget, ticks_t period, ticks_t now);
/* Take `usage` from the refills and schedule its replenishment one period later. */
void refill_charge(struct sched_context *sc, ticks_t usage);
/* The thread wakes up at `now`: budget that became due meanwhile is merged. True if changed. */
bool refill_unblock(struct sched_context *sc, ticks_t now);
