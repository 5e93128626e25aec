/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling contexts as objects (object/sched_context.c): binding, lending along calls, consumed
 * time, YieldTo; and SchedControl (object/sched_control.c).
 */
#pragma once

#include "core.h"
#include "invocation.h"

void sched_context_bind_tcb(struct sched_context *sc, struct tcb *tcb);
void sched_context_unbind_tcb(struct sched_context *sc);
void sched_context_unbind_notification(struct sched_context *sc);
/* The thread that has sc, if any, gives it up; `to` (which has none) gets it. */
void sched_context_donate(struct sched_context *sc, struct tcb *to);
/* If sc's thread could run but sc has no usable budget now, it waits for it. NULL is fine. */
void sched_context_resume(struct sched_context *sc);
/* sc's thread wakes up: merge what became due. Only sporadic contexts that are not current. */
void sched_context_wake(struct sched_context *sc);
/* Its cap is gone: nobody runs on sc any more. */
void sched_context_finalise(struct sched_context *sc);

/* Microseconds since last asked. */
u64 sched_context_take_consumed(struct sched_context *sc);
void sched_context_cancel_yield(struct tcb *yielder);
void sched_context_complete_yield(struct tcb *yielder);

enum error sched_context_decode(struct invocation *inv);
enum error sched_control_decode(struct invocation *inv);
