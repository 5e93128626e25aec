/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * State of one core, and the scheduler's interface. Exactly one thread is current; it is not in a
 * ready queue unless it was put there to be rescheduled. The kernel runs with interrupts masked
 * throughout; long operations poll (preemption_point).
 */
#pragma once

#include "objects.h"
#include "types.h"

#define PRIORITY_WORDS (CONFIG_PRIORITY_COUNT / 64)

struct tcb_queue {
	struct tcb *head, *tail;
};

struct ready_queues {
	u64 summary;			/* bit per word of `present` */
	u64 present[PRIORITY_WORDS];	/* bit per priority */
	struct tcb_queue queue[CONFIG_PRIORITY_COUNT];
};

/* What the scheduler has to do before the kernel is left. */
enum sched_action {
	SCHED_KEEP,			/* current goes on */
	SCHED_SWITCH,			/* to `candidate`, unless current or a queued one is better */
	SCHED_CHOOSE,			/* pick the best queued thread */
};

/* Why the last decode step failed: becomes the reply's message registers. */
struct error_info {
	u64 arg;			/* argument or cap number, bytes left, or lookup source */
	u64 min, max;
	struct lookup_failure lookup;
};

struct core {
	struct tcb *current;
	struct sched_context *sc;	/* whom time is charged to; current->sc between entries */
	struct tcb *idle;
	enum sched_action action;
	struct tcb *candidate;
	bool reprogram;			/* the timer's deadline has to be computed anew */
	bool switch_needed;		/* current's VSpace, VCPU or flags changed: arch_switch_to it */
	ticks_t now;			/* time of this kernel entry, core_update_time() */
	ticks_t consumed;		/* since the last charge, not yet taken from sc's refills */
	ticks_t domain_time;		/* left of this domain's slice */
	u32 work_units;
	u8 domain;
	u32 domain_index;		/* in the domain schedule */
	struct tcb *release_head;	/* sorted by the time of the head refill */
	struct error_info error;
	struct ready_queues ready[CONFIG_DOMAIN_COUNT];
};

extern struct core the_core;

static inline struct core *this_core(void)
{
	return &the_core;
}

/* ---- thread.c: states and what changes them ---- */

static inline bool thread_is_runnable(const struct tcb *tcb)
{
	return tcb->state == THREAD_RUNNING || tcb->state == THREAD_RESTART;
}

static inline void thread_set_state(struct tcb *tcb, enum thread_state state)
{
	tcb->state = state;
}

void thread_suspend(struct tcb *tcb);
void thread_resume(struct tcb *tcb);
void thread_cancel_ipc(struct tcb *tcb);
void thread_set_priority(struct tcb *tcb, u8 priority);
void thread_set_domain(struct tcb *tcb, u8 domain);

/* ---- sched.c ---- */

/* Put a thread that became runnable into competition with the current one. */
void sched_possible_switch(struct tcb *tcb);
/* Current blocked, lost its context, or better may be queued: choose again on the way out. */
void sched_need_choose(void);
/* Current or its context changed in a way that may end its turn. */
void sched_recheck(struct tcb *tcb);
void sched_enqueue(struct tcb *tcb);	/* at the head of its queue */
void sched_append(struct tcb *tcb);
void sched_dequeue(struct tcb *tcb);
void sched_release_insert(struct tcb *tcb);
void sched_release_remove(struct tcb *tcb);
/* End of every kernel entry: choose, switch, program the timer. Returns the thread to run. */
struct tcb *sched_finish(void);

static inline bool sched_is_schedulable(const struct tcb *tcb)
{
	return thread_is_runnable(tcb) && tcb->sc && tcb->sc->refill_max > 0 &&
	       !tcb->in_release_queue;
}
