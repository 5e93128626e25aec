/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * State of one core, and the scheduler's interface. Exactly one thread is current; it is not in a
 * ready queue unless it was put there to be rescheduled. The kernel runs with interrupts masked
 * throughout; long operations poll (preemption_point). With several cores, one lock is held from
 * entry to exit (arch/smp.h): whoever is in the kernel may look at and change every core's state.
 */
#pragma once

#include "objects.h"
#include "types.h"
#if CONFIG_SMP
#include <arch/this_core.h>
#endif

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

struct arch_core;

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
#if CONFIG_SMP
	u32 index;
	bool kicked;			/* a reschedule interrupt is on its way there */
	u32 remote;			/* it has a remote call to serve (arch/smp.h) */
	struct arch_core *arch;
#endif
	struct ready_queues ready[CONFIG_DOMAIN_COUNT];
};

#if CONFIG_SMP
/* A core's stack grows down from its state, whose address it always has in a register. */
struct core_block {
	u8 stack[CONFIG_KERNEL_STACK_SIZE];
	struct core core;
} __attribute__((aligned(CONFIG_CORE_BLOCK_SIZE)));

_Static_assert(sizeof(struct core_block) == CONFIG_CORE_BLOCK_SIZE, "start.S relies on it");

extern struct core_block core_blocks[CONFIG_CORE_COUNT];

static inline struct core *core_at(u32 index)
{
	return &core_blocks[index].core;
}

static inline struct core *this_core(void)
{
	return arch_this_core();
}
#else
extern struct core the_core;

static inline struct core *core_at(u32 index)
{
	return &the_core;
}

static inline struct core *this_core(void)
{
	return &the_core;
}
#endif

/* The core that tcb runs on when it runs. */
static inline struct core *core_of(const struct tcb *tcb)
{
	return core_at(tcb->core);
}

static inline u32 core_index(void)
{
#if CONFIG_SMP
	return this_core()->index;
#else
	return 0;
#endif
}

static inline bool core_is_here(const struct tcb *tcb)
{
	return !CONFIG_SMP || core_of(tcb) == this_core();
}

/* Its registers are another core's at the moment. */
static inline bool core_runs_elsewhere(const struct tcb *tcb)
{
	return !core_is_here(tcb) && core_of(tcb)->current == tcb;
}

/* ---- smp.c: threads of other cores; nothing of it exists with one core ---- */

#if CONFIG_SMP
/* tcb does not run any more, until its core has left the kernel again: it is queued there. */
void core_stall(struct tcb *tcb);
/* tcb, which has or gets a context of this core and does not run elsewhere, belongs there now. */
void core_migrate(struct tcb *tcb, u32 index);
/* Something was queued on that core: have it look, if it would not have run anything better. */
void core_notify(struct core *core, const struct tcb *tcb);
/* Another core's kick has arrived. */
void core_kicked(void);
#else
static inline void core_stall(struct tcb *tcb)
{
}

static inline void core_migrate(struct tcb *tcb, u32 index)
{
}

static inline void core_notify(struct core *core, const struct tcb *tcb)
{
}

static inline void core_kicked(void)
{
}
#endif

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

void sched_init(struct core *core);
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
/* The timer may fire before the deadline that was set last (arch_timer_set_deadline). */
void sched_timer_fired(void);
/* The time on the clock is acted upon: charge it to the current context. */
void sched_commit_time(void);
/* Does the current context have the budget for this entry? If not, ends its turn. */
bool sched_check_budget(void);
/* core's current thread, which has been stopped there, goes back to its queues; core is idle. */
void sched_put_aside(struct core *core);
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
