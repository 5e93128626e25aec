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
	i64 highest;			/* priority of the best queued thread, or -1 */
	u64 present[PRIORITY_WORDS];	/* bit per priority */
	struct tcb_queue queue[CONFIG_PRIORITY_COUNT];
};

#define TIME_NEVER (~0ull)

/* What the scheduler has to do before the kernel is left. */
enum sched_action {
	SCHED_KEEP,			/* current goes on */
	SCHED_SWITCH,			/* to `candidate`, unless another is better */
	SCHED_CHOOSE,			/* the best queued thread */
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
	ticks_t deadline;		/* what the timer is set to: budget, domain and releases */
	bool switch_needed;		/* current's VSpace, VCPU or flags changed */
	ticks_t now;			/* time of this kernel entry, core_update_time() */
	ticks_t consumed;		/* since the last charge, not yet taken from sc's refills */
	ticks_t domain_time;		/* left of this domain's slice */
	u32 work_units;
	u8 domain;
	u32 domain_index;		/* in the domain schedule */
	struct tcb_queue release;	/* sorted by the time of the head refill */
	ticks_t release_time;		/* of the first of them, TIME_NEVER if there is none */
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

static inline bool thread_is_blocked(const struct tcb *tcb)
{
	return tcb->state >= THREAD_BLOCKED_RECEIVE && tcb->state <= THREAD_BLOCKED_NOTIFICATION;
}

void thread_suspend(struct tcb *tcb);
/* Let a stopped thread restart at FAULT_PC; whatever it was blocked on is cancelled. */
void thread_resume(struct tcb *tcb);
/* Take tcb out of whatever IPC it is blocked in; it becomes inactive. Forgets its fault. */
void thread_cancel_ipc(struct tcb *tcb);
void thread_set_priority(struct tcb *tcb, u8 priority);
void thread_set_domain(struct tcb *tcb, u8 domain);
/* tcb's IPC buffer as kernel memory, if it has one with the rights that reading/writing takes. */
struct ipc_buffer *thread_ipc_buffer(const struct tcb *tcb, bool write);

/* ---- queue.c: lists of threads, linked through next and prev ---- */

void queue_prepend(struct tcb_queue *queue, struct tcb *tcb);
void queue_append(struct tcb_queue *queue, struct tcb *tcb);
/* Behind all threads of the same or a higher priority. */
void queue_insert_by_priority(struct tcb_queue *queue, struct tcb *tcb);
void queue_insert_before(struct tcb_queue *queue, struct tcb *tcb, struct tcb *successor);
void queue_remove(struct tcb_queue *queue, struct tcb *tcb);

/* ---- sched.c ---- */

static inline bool sched_is_schedulable(const struct tcb *tcb)
{
	return thread_is_runnable(tcb) && tcb->sc && tcb->sc->refill_max > 0 &&
	       !tcb->in_release_queue;
}

void sched_init(void);
/* A thread became runnable: it may preempt the current one on the way out. */
void sched_possible_switch(struct tcb *tcb);
/* Forget about a direct switch: the best queued thread runs next. */
void sched_need_choose(void);
void sched_enqueue(struct tcb *tcb);	/* at the head of its ready queue */
void sched_append(struct tcb *tcb);
void sched_dequeue(struct tcb *tcb);	/* no-op when not queued */
void sched_release_remove(struct tcb *tcb);
/* The context's head refill is not usable yet: its thread waits for that in the release queue. */
void sched_postpone(struct sched_context *sc);

/* No queued thread of the current domain has a higher priority. */
static inline bool sched_is_highest(u8 priority)
{
	const struct core *core = this_core();

	return priority >= core->ready[core->domain].highest;
}

/* Note the time of a kernel entry; what passed since the last one is charged later. */
void sched_update_time(void);
/* The time on the clock is acted upon: charge it to the current context. */
void sched_commit_time(void);
/* Does the current context have the budget for this entry? If not, ends its turn. */
bool sched_check_budget(void);
/* Charge this much to the current context and end its turn. */
void sched_charge(ticks_t consumed, bool can_timeout_fault);
/* Time or interrupts ask for a preemption: a long operation stops at the next point. */
bool sched_is_preempted(void);
/* End of every kernel entry: choose, switch, program the timer. Returns the thread to run. */
struct tcb *sched_finish(void);

/*
 * For the fastpaths: leave to a schedulable thread of this domain that is at least as important as
 * all queued ones, after current has blocked. The time has been noted.
 */
struct tcb *sched_switch_now(struct tcb *to);
/* First of the best queued threads of this domain, or NULL. */
struct tcb *sched_next_ready(void);
/*
 * The way out for entries that did not note the time: if current simply goes on, its time is
 * accounted for by a later entry; otherwise now, then sched_finish().
 */
struct tcb *sched_finish_quick(void);
