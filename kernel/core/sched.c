// SPDX-License-Identifier: BSD-2-Clause
/*
 * The scheduler: 256 priorities per domain, time from scheduling contexts. Kernel entries note what
 * may have changed (a candidate, or "choose again"); sched_finish() decides once, on the way out.
 *
 * What always holds between entries: the current thread is schedulable or idle; it is in no queue;
 * no queued thread of the domain has a higher priority; every queued thread has a usable head
 * refill; core->sc is the current thread's context.
 */

#include "arch.h"
#include "core.h"
#include "domain.h"
#include "fault.h"
#include "print.h"
#include "refill.h"
#include "sched_context.h"

#if CONFIG_SMP
struct core_block core_blocks[CONFIG_CORE_COUNT];
#else
struct core the_core;
#endif

/* ---- ready queues ---- */

static void ready_mark(struct ready_queues *ready, u8 priority)
{
	ready->present[priority / 64] |= BIT(priority % 64);
	if (priority > ready->highest)
		ready->highest = priority;
}

static void ready_unmark(struct ready_queues *ready, u8 priority)
{
	i64 word = priority / 64;

	ready->present[word] &= ~BIT(priority % 64);
	if (priority != ready->highest)
		return;
	/* Nothing is queued above: look downwards. */
	while (word >= 0 && !ready->present[word])
		word--;
	ready->highest = word < 0 ? -1 : word * 64 + 63 - __builtin_clzll(ready->present[word]);
}

void sched_init(struct core *core)
{
	u32 i;

	for (i = 0; i < CONFIG_DOMAIN_COUNT; i++)
		core->ready[i].highest = -1;
	core->release_time = TIME_NEVER;
}

void sched_enqueue(struct tcb *tcb)
{
	struct core *core = core_of(tcb);
	struct ready_queues *ready = &core->ready[tcb->domain];

	if (tcb->in_ready_queue)
		return;
	if (!ready->queue[tcb->priority].head)
		ready_mark(ready, tcb->priority);
	queue_prepend(&ready->queue[tcb->priority], tcb);
	tcb->in_ready_queue = true;
	core_notify(core, tcb);
}

void sched_append(struct tcb *tcb)
{
	struct core *core = core_of(tcb);
	struct ready_queues *ready = &core->ready[tcb->domain];

	if (tcb->in_ready_queue)
		return;
	if (!ready->queue[tcb->priority].head)
		ready_mark(ready, tcb->priority);
	queue_append(&ready->queue[tcb->priority], tcb);
	tcb->in_ready_queue = true;
	core_notify(core, tcb);
}

void sched_dequeue(struct tcb *tcb)
{
	struct ready_queues *ready = &core_of(tcb)->ready[tcb->domain];

	if (!tcb->in_ready_queue)
		return;
	queue_remove(&ready->queue[tcb->priority], tcb);
	if (!ready->queue[tcb->priority].head)
		ready_unmark(ready, tcb->priority);
	tcb->in_ready_queue = false;
}

/* ---- release queue: runnable threads whose budget is not due yet ---- */

static void release_insert(struct tcb *tcb)
{
	struct core *core = core_of(tcb);
	ticks_t time = refill_head(tcb->sc)->time;
	struct tcb *successor = core->release.head;

	while (successor && refill_head(successor->sc)->time <= time)
		successor = successor->next;
	queue_insert_before(&core->release, tcb, successor);
	tcb->in_release_queue = true;
	if (core->release.head == tcb)
		core->release_time = time;
}

void sched_release_remove(struct tcb *tcb)
{
	struct core *core = core_of(tcb);

	if (!tcb->in_release_queue)
		return;
	if (core->release.head == tcb) {
		core->reprogram = true;
		core->release_time = tcb->next ? refill_head(tcb->next->sc)->time : TIME_NEVER;
	}
	queue_remove(&core->release, tcb);
	tcb->in_release_queue = false;
}

void sched_postpone(struct sched_context *sc)
{
	struct core *core = core_of(sc->tcb);

	sched_dequeue(sc->tcb);
	release_insert(sc->tcb);
	core->reprogram = true;
	core_notify(core, sc->tcb);
}

static void release_due(struct core *core)
{
	while (core->release_time <= core->now) {
		struct tcb *tcb = core->release.head;

		sched_release_remove(tcb);
		sched_possible_switch(tcb);
	}
}

/* ---- decisions ---- */

void sched_need_choose(void)
{
	struct core *core = this_core();

	if (core->action == SCHED_SWITCH && sched_is_schedulable(core->candidate))
		sched_enqueue(core->candidate);
	core->action = SCHED_CHOOSE;
}

void sched_possible_switch(struct tcb *tcb)
{
	struct core *core = this_core();

	if (!tcb->sc || !tcb->sc->refill_max || tcb->in_release_queue)
		return;
	if (tcb->domain != core->domain || !core_is_here(tcb)) {
		sched_enqueue(tcb);
	} else if (core->action != SCHED_KEEP) {
		sched_need_choose();
		sched_enqueue(tcb);
	} else {
		core->action = SCHED_SWITCH;
		core->candidate = tcb;
	}
}

/* ---- time ---- */

void sched_update_time(void)
{
	struct core *core = this_core();
	ticks_t before = core->now;
	ticks_t passed;

	core->now = arch_timer_now();
	passed = core->now - before;
	core->consumed += passed;
	if (passed + refill_limits.min_budget >= core->domain_time)
		core->domain_time = 0;
	else
		core->domain_time -= passed;
}

static void commit_time(struct core *core)
{
	struct sched_context *sc = core->sc;

	if (sc->refill_max && sc != core->idle->sc) {
		if (refill_is_round_robin(sc))
			refill_charge_round_robin(sc, core->consumed);
		else if (core->consumed)
			refill_charge(sc, core->consumed);
		sc->consumed += core->consumed;
	}
	core->consumed = 0;
}

void sched_commit_time(void)
{
	commit_time(this_core());
}

/* The current thread's turn is over: timeout fault, back of the queue, or wait for budget. */
static void end_turn(struct core *core, bool can_timeout_fault)
{
	struct sched_context *sc = core->sc;

	if (can_timeout_fault && !refill_is_round_robin(sc) &&
	    fault_has_timeout_handler(core->current)) {
		fault_deliver_timeout(core->current);
	} else if (refill_is_ready(sc, core->now) && refill_is_sufficient(sc, 0)) {
		sched_append(core->current);
	} else {
		sched_postpone(sc);
	}
}

void sched_charge(ticks_t consumed, bool can_timeout_fault)
{
	struct core *core = this_core();
	struct sched_context *sc = core->sc;

	if (sc != core->idle->sc) {
		if (refill_is_round_robin(sc))
			refill_restart_round_robin(sc);
		else
			refill_charge(sc, consumed);
		sc->consumed += consumed;
	}
	core->consumed = 0;
	if (sched_is_schedulable(core->current)) {
		end_turn(core, can_timeout_fault);
		sched_need_choose();
		core->reprogram = true;
	}
}

#if CONFIG_SMP
void sched_put_aside(struct core *core)
{
	struct tcb *tcb = core->current;
	struct sched_context *sc = core->sc;
	ticks_t now = arch_timer_now();

	core->consumed += now - core->now;
	core->now = now;
	/* It may have overrun while it waited for the kernel: then this turn ends without a fault. */
	if (refill_is_sufficient(sc, core->consumed)) {
		commit_time(core);
	} else {
		if (refill_is_round_robin(sc))
			refill_restart_round_robin(sc);
		else
			refill_charge(sc, core->consumed);
		sc->consumed += core->consumed;
		core->consumed = 0;
	}
	core->current = core->idle;
	core->sc = core->idle->sc;
	core->action = SCHED_CHOOSE;
	core->reprogram = true;
	if (!sched_is_schedulable(tcb))
		return;
	if (refill_is_ready(sc, now) && refill_is_sufficient(sc, 0))
		sched_enqueue(tcb);
	else
		sched_postpone(sc);
}
#endif

bool sched_check_budget(void)
{
	struct core *core = this_core();

	if (likely(refill_is_sufficient(core->sc, core->consumed)))
		return likely(core->domain_time != 0);
	sched_charge(core->consumed, true);
	return false;
}

bool sched_is_preempted(void)
{
	struct core *core = this_core();

	sched_update_time();
	return arch_preemption_is_wanted() || core->domain_time == 0 || !core->sc->refill_max ||
	       !refill_is_sufficient(core->sc, core->consumed);
}

static void program_timer(struct core *core)
{
	ticks_t deadline = core->now + core->domain_time;

	if (core->current != core->idle)
		deadline = min_u64(deadline, core->now + refill_head(core->sc)->amount);
	core->deadline = min_u64(deadline, core->release_time);
	arch_timer_set_deadline(core->deadline - arch_timer_precision(), core->now);
}

void sched_timer_fired(void)
{
	struct core *core = this_core();

	if (core->now < core->deadline) {
		/* Another thread's, which has been left standing. */
		arch_timer_ack(core->deadline - arch_timer_precision());
	} else {
		arch_timer_ack(TIME_NEVER);
		core->reprogram = true;
	}
}

/* ---- the way out ---- */

static void switch_to(struct core *core, struct tcb *tcb)
{
	sched_dequeue(tcb);
	if (tcb != core->current || core->switch_needed) {
		core->switch_needed = false;
		core->current = tcb;
		arch_switch_to(tcb);
	}
}

static void choose(struct core *core)
{
	const struct ready_queues *ready;

	if (core->domain_time == 0)
		domain_next(core);
	ready = &core->ready[core->domain];
	switch_to(core, ready->highest >= 0 ? ready->queue[ready->highest].head : core->idle);
}

static void decide(struct core *core)
{
	struct tcb *current = core->current;
	struct tcb *candidate = core->candidate;
	bool was_schedulable = sched_is_schedulable(current);
	bool check_queues;

	if (was_schedulable)
		sched_enqueue(current);
	if (core->action == SCHED_CHOOSE || !sched_is_schedulable(candidate)) {
		choose(core);
		return;
	}
	/*
	 * A candidate at least as important as current beats all that was queued before, since
	 * current did. Otherwise the queues decide.
	 */
	check_queues = current == core->idle || candidate->priority < current->priority;
	if (check_queues && !sched_is_highest(candidate->priority)) {
		sched_enqueue(candidate);
		choose(core);
	} else if (was_schedulable && candidate->priority == current->priority) {
		sched_append(candidate);
		choose(core);
	} else {
		switch_to(core, candidate);
	}
}

static void switch_context(struct core *core)
{
	struct sched_context *next = core->current->sc;

	if (core->sc != next) {
		core->reprogram = true;
		if (!next->sporadic)
			refill_unblock(next, core->now);
	}
	if (core->reprogram)
		sched_commit_time();
	core->sc = next;
}

/* Everything is decided: charge time, program the timer, let the current thread go on. */
static struct tcb *leave(struct core *core)
{
	struct tcb *current;

	switch_context(core);
	if (core->reprogram) {
		program_timer(core);
		core->reprogram = false;
	}
	current = core->current;
	if (unlikely(current->yield_to))
		sched_context_complete_yield(current);
	if (current->state == THREAD_RESTART) {
		current->context.reg[REG_ELR] = current->context.reg[REG_FAULT_PC];
		current->state = THREAD_RUNNING;
	}
	return current;
}

struct tcb *sched_finish(void)
{
	struct core *core = this_core();

	release_due(core);
	if (unlikely(core->domain_time == 0)) {
		core->reprogram = true;
		sched_need_choose();
	}
	if (core->action == SCHED_KEEP && core->current != core->idle &&
	    !sched_is_schedulable(core->current))
		core->action = SCHED_CHOOSE;
	if (core->action != SCHED_KEEP) {
		decide(core);
		core->action = SCHED_KEEP;
	} else if (unlikely(core->switch_needed)) {
		switch_to(core, core->current);
	}
	return leave(core);
}

struct tcb *sched_switch_now(struct tcb *to)
{
	struct core *core = this_core();

	core->current = to;
	arch_switch_to(to);
	return leave(core);
}

struct tcb *sched_next_ready(void)
{
	const struct core *core = this_core();
	const struct ready_queues *ready = &core->ready[core->domain];

	return ready->highest >= 0 ? ready->queue[ready->highest].head : NULL;
}

/* Is there anything to do before current goes on? Most invocations change nothing for it. */
static bool is_undisturbed(struct core *core)
{
	struct tcb *current = core->current;

	if (core->reprogram || core->switch_needed || !sched_is_schedulable(current))
		return false;
	if (core->action == SCHED_SWITCH && core->candidate->priority < current->priority &&
	    sched_is_schedulable(core->candidate) && !current->in_ready_queue) {
		/* What decide() would come to. */
		sched_enqueue(core->candidate);
		core->action = SCHED_KEEP;
	}
	return core->action == SCHED_KEEP;
}

struct tcb *sched_finish_quick(void)
{
	struct core *core = this_core();
	struct tcb *current = core->current;

	if (likely(is_undisturbed(core))) {
		if (current->state == THREAD_RESTART) {
			current->context.reg[REG_ELR] = current->context.reg[REG_FAULT_PC];
			current->state = THREAD_RUNNING;
		}
		return current;
	}
	sched_update_time();
	if (!core->sc->refill_max)
		core->consumed = 0;
	else if (!refill_is_sufficient(core->sc, core->consumed))
		sched_charge(core->consumed, true);
	return sched_finish();
}
