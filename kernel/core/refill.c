// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sporadic-server budgets (include/refill.h says what they are and what always holds). The
 * scheduler charges time and asks whether the head is usable; SchedControl sets parameters. The
 * amount taken from a refill comes back exactly one period after the refill could be used, so that
 * no window of one period ever contains more than the budget.
 */

#include "refill.h"

struct refill_limits refill_limits;

static u32 ring_next(const struct sched_context *sc, u32 index)
{
	return index + 1 == sc->refill_max ? 0 : index + 1;
}

static bool ring_is_single(const struct sched_context *sc)
{
	return sc->refill_head == sc->refill_tail;
}

static bool ring_is_full(const struct sched_context *sc)
{
	return ring_next(sc, sc->refill_tail) == sc->refill_head;
}

static struct refill ring_pop(struct sched_context *sc)
{
	struct refill head = *refill_head(sc);

	sc->refill_head = ring_next(sc, sc->refill_head);
	return head;
}

static void ring_push(struct sched_context *sc, struct refill refill)
{
	sc->refill_tail = ring_next(sc, sc->refill_tail);
	*refill_tail(sc) = refill;
}

static void ring_reset(struct sched_context *sc, u32 max, ticks_t period, struct refill head)
{
	sc->period = period;
	sc->refill_max = max;
	sc->refill_head = 0;
	sc->refill_tail = 0;
	sc->refills[0] = head;
}

/* A round-robin context books what it has used in a second refill. */
static void add_used_part(struct sched_context *sc)
{
	if (refill_is_round_robin(sc))
		ring_push(sc, (struct refill){ .time = refill_head(sc)->time, .amount = 0 });
}

void refill_new(struct sched_context *sc, u32 max, ticks_t budget, ticks_t period, ticks_t now)
{
	ring_reset(sc, max, period, (struct refill){ .time = now, .amount = budget });
	add_used_part(sc);
}

void refill_update(struct sched_context *sc, u32 max, ticks_t budget, ticks_t period, ticks_t now)
{
	struct refill head = *refill_head(sc);

	if (head.time <= now)
		head.time = now;
	ring_reset(sc, max, period, head);
	if (head.amount >= budget) {
		refill_head(sc)->amount = budget;
		add_used_part(sc);
	} else {
		/* The rest of the new budget is due one new period after the head. */
		ring_push(sc, (struct refill){ .time = head.time + period,
					       .amount = budget - head.amount });
	}
}

/* Add a refill at the end: merged with the tail where they touch or where no room is left. */
static void schedule_used(struct sched_context *sc, struct refill used)
{
	struct refill *tail = refill_tail(sc);

	if (tail->time + tail->amount >= used.time) {
		tail->amount += used.amount;
	} else if (!ring_is_full(sc)) {
		ring_push(sc, used);
	} else {
		tail->time = used.time - tail->amount;
		tail->amount += used.amount;
	}
}

void refill_charge(struct sched_context *sc, ticks_t usage)
{
	struct refill *head = refill_head(sc);

	/* Whole refills first. */
	while (head->amount <= usage && head->time < refill_limits.max_release) {
		usage -= head->amount;
		if (ring_is_single(sc)) {
			head->time += sc->period;
		} else {
			struct refill old = ring_pop(sc);

			old.time += sc->period;
			schedule_used(sc, old);
		}
		head = refill_head(sc);
	}
	/* Then a part of the head, which moves on so as not to overlap its own replenishment. */
	if (usage > 0 && head->time < refill_limits.max_release) {
		struct refill used = { .time = head->time + sc->period, .amount = usage };

		head->amount -= usage;
		head->time += usage;
		schedule_used(sc, used);
	}
	/* A head too small to use is delayed until it joins the next one. */
	while (refill_head(sc)->amount < refill_limits.min_budget && !ring_is_single(sc)) {
		struct refill small = ring_pop(sc);

		refill_head(sc)->amount += small.amount;
		refill_head(sc)->time -= small.amount;
	}
}

bool refill_unblock(struct sched_context *sc, ticks_t now)
{
	if (refill_is_round_robin(sc) || !refill_is_ready(sc, now))
		return false;
	refill_head(sc)->time = now;
	while (!ring_is_single(sc)) {
		struct refill head = *refill_head(sc);
		struct refill *second = &sc->refills[ring_next(sc, sc->refill_head)];

		if (second->time > head.time + head.amount)
			break;
		ring_pop(sc);
		second->time = head.time;
		second->amount += head.amount;
	}
	return true;
}
