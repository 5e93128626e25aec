// SPDX-License-Identifier: BSD-2-Clause
/*
 * Budgets of the bundled kernel's scheduling contexts: a few known sequences, and random ones that
 * are checked against what must hold after every step, and against a record of all time ever used.
 */
// unit-sources: kernel/core/refill.c
// unit-cflags: -Ikernel/include
#include "refill.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define MIN_BUDGET 10
#define RING_MAX 8
#define STEP_COUNT 20000
#define HISTORY_MAX (STEP_COUNT + 1)

static struct {
	struct sched_context sc;
	struct refill refills[RING_MAX];
} object;

static struct sched_context *const sc = (struct sched_context *)&object;

static void reset(void)
{
	memset(&object, 0, sizeof(object));
	refill_limits.min_budget = MIN_BUDGET;
	refill_limits.max_release = ~0ull / 2;
}

static ticks_t sum(void)
{
	ticks_t total = 0;
	u32 i = sc->refill_head;

	for (;;) {
		total += sc->refills[i].amount;
		if (i == sc->refill_tail)
			return total;
		i = (i + 1) % sc->refill_max;
	}
}

static bool is_ordered(void)
{
	u32 i = sc->refill_head;

	while (i != sc->refill_tail) {
		u32 next = (i + 1) % sc->refill_max;

		if (sc->refills[i].time + sc->refills[i].amount > sc->refills[next].time)
			return false;
		i = next;
	}
	return true;
}

static void used_time_comes_back_one_period_later(void)
{
	reset();
	refill_new(sc, 4, 100, 1000, 5000);
	refill_charge(sc, 30);
	CHECK_EQ(refill_head(sc)->amount, 70);
	CHECK_EQ(refill_tail(sc)->time, 6000);
	CHECK_EQ(refill_tail(sc)->amount, 30);
}

static void an_exhausted_head_makes_room_for_the_next(void)
{
	reset();
	refill_new(sc, 4, 100, 1000, 0);
	refill_charge(sc, 100);
	CHECK_EQ(refill_head(sc)->time, 1000);
	CHECK_EQ(refill_head(sc)->amount, 100);
}

static void a_small_rest_joins_the_next_refill(void)
{
	reset();
	refill_new(sc, 4, 100, 1000, 0);
	refill_charge(sc, 95);
	CHECK_EQ(refill_head(sc)->amount, 100);
	CHECK_EQ(sum(), 100);
}

static void waking_up_merges_what_is_due(void)
{
	reset();
	refill_new(sc, 4, 100, 1000, 0);
	refill_charge(sc, 40);
	CHECK_EQ(refill_unblock(sc, 3000), true);
	CHECK_EQ(refill_head(sc)->time, 3000);
	CHECK_EQ(refill_head(sc)->amount, 100);
	CHECK_EQ(sc->refill_head, sc->refill_tail);
}

static void a_smaller_budget_trims_the_head(void)
{
	reset();
	refill_new(sc, 4, 100, 1000, 0);
	refill_update(sc, 2, 60, 500, 10);
	CHECK_EQ(sum(), 60);
	refill_update(sc, 4, 200, 800, 20);
	CHECK_EQ(sum(), 200);
	CHECK_EQ(refill_tail(sc)->time, 820);
}

static void round_robin_keeps_its_budget(void)
{
	reset();
	refill_new(sc, REFILL_MIN_COUNT, 100, 0, 0);
	refill_charge_round_robin(sc, 60);
	CHECK_EQ(refill_head(sc)->amount, 40);
	CHECK_EQ(refill_is_sufficient(sc, 31), false);
	refill_restart_round_robin(sc);
	CHECK_EQ(refill_head(sc)->amount, 100);
	CHECK_EQ(refill_unblock(sc, 10), false);
}

struct used {
	ticks_t from, amount;
};

static struct used history[HISTORY_MAX];

/* Time used in the window that ends with entry `last`. */
static ticks_t used_in_window(u32 last, ticks_t period)
{
	ticks_t end = history[last].from + history[last].amount;
	ticks_t total = 0;
	u32 i = last + 1;

	while (i-- > 0) {
		ticks_t from = history[i].from, until = from + history[i].amount;

		if (until + period <= end)
			break;
		if (from + period < end)
			from = end - period;
		total += until - from;
	}
	return total;
}

static void no_window_of_a_period_holds_more_than_the_budget(void)
{
	ticks_t budget = 200, period = 1000, now = 0;
	u32 step, count = 0;

	reset();
	srand(1);
	refill_new(sc, RING_MAX, budget, period, now);
	for (step = 0; step < STEP_COUNT; step++) {
		struct refill head = *refill_head(sc);
		ticks_t usage;

		if (head.time > now)
			now = head.time;
		if (rand() % 3 == 0) {
			now += rand() % 400;
			refill_unblock(sc, now);
			head = *refill_head(sc);
		}
		usage = 1 + rand() % head.amount;
		history[count++] = (struct used){ now, usage };
		now += usage;
		refill_charge(sc, usage);
		if (sum() != budget || !is_ordered() || refill_head(sc)->amount < MIN_BUDGET)
			break;
		if (used_in_window(count - 1, period) > budget)
			break;
	}
	CHECK_EQ(step, STEP_COUNT);
}

int main(void)
{
	unit_run("used time comes back one period later", used_time_comes_back_one_period_later);
	unit_run("an exhausted head makes room for the next",
		 an_exhausted_head_makes_room_for_the_next);
	unit_run("a small rest joins the next refill", a_small_rest_joins_the_next_refill);
	unit_run("waking up merges what is due", waking_up_merges_what_is_due);
	unit_run("a smaller budget trims the head", a_smaller_budget_trims_the_head);
	unit_run("round robin keeps its budget", round_robin_keeps_its_budget);
	unit_run("no window of a period holds more than the budget",
		 no_window_of_a_period_holds_more_than_the_budget);
	return unit_done();
}
