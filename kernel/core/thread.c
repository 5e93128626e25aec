// SPDX-License-Identifier: BSD-2-Clause
/*
 * What threads do as a whole: suspend, resume, leave an IPC, change priority or domain. Called by
 * TCB and Domain invocations, by deletion, and by signals. Registers are arch and object/tcb*.c.
 */

#include "arch.h"
#include "core.h"
#include "ipc.h"
#include "sched_context.h"

struct ipc_buffer *thread_ipc_buffer(const struct tcb *tcb, bool write)
{
	struct cap frame = tcb->slots[TCB_IPC_BUFFER].cap;
	u32 flags = cap_flags(frame) & (FRAME_READ | FRAME_WRITE | FRAME_DEVICE);

	if (unlikely(cap_type(frame) != CAP_FRAME))
		return NULL;
	if (unlikely(flags != (FRAME_READ | FRAME_WRITE) && (write || flags != FRAME_READ)))
		return NULL;
	return (struct ipc_buffer *)(cap_object(frame) + (tcb->ipc_buffer & MASK(cap_bits(frame))));
}

void thread_cancel_ipc(struct tcb *tcb)
{
	tcb->fault.type = FAULT_NONE;
	switch (tcb->state) {
	case THREAD_BLOCKED_SEND:
	case THREAD_BLOCKED_RECEIVE:
		endpoint_remove(tcb->blocked_on, tcb);
		if (tcb->state == THREAD_BLOCKED_RECEIVE && tcb->reply)
			reply_unlink(tcb->reply);
		tcb->state = THREAD_INACTIVE;
		break;
	case THREAD_BLOCKED_NOTIFICATION:
		notification_remove(tcb->blocked_on, tcb);
		tcb->state = THREAD_INACTIVE;
		break;
	case THREAD_BLOCKED_REPLY:
		reply_remove_caller(tcb);
		break;
	}
}

void thread_suspend(struct tcb *tcb)
{
	thread_cancel_ipc(tcb);
	/* A running thread continues at ELR, one that is resumed starts at FAULT_PC. */
	if (tcb->state == THREAD_RUNNING)
		tcb->context.reg[REG_FAULT_PC] = tcb->context.reg[REG_ELR];
	sched_dequeue(tcb);
	sched_release_remove(tcb);
	sched_context_cancel_yield(tcb);
	tcb->state = THREAD_INACTIVE;
}

void thread_resume(struct tcb *tcb)
{
	if (tcb->state != THREAD_INACTIVE && !thread_is_blocked(tcb))
		return;
	thread_cancel_ipc(tcb);
	tcb->state = THREAD_RESTART;
	sched_context_wake(tcb->sc);
	sched_context_resume(tcb->sc);
	if (sched_is_schedulable(tcb))
		sched_possible_switch(tcb);
}

void thread_set_priority(struct tcb *tcb, u8 priority)
{
	struct core *core = this_core();

	switch (tcb->state) {
	case THREAD_RUNNING:
	case THREAD_RESTART:
		if (tcb->in_ready_queue || tcb == core->current) {
			sched_dequeue(tcb);
			tcb->priority = priority;
			sched_enqueue(tcb);
			sched_need_choose();
		} else {
			tcb->priority = priority;
		}
		break;
	case THREAD_BLOCKED_RECEIVE:
	case THREAD_BLOCKED_SEND:
		tcb->priority = priority;
		endpoint_reorder(tcb->blocked_on, tcb);
		break;
	case THREAD_BLOCKED_NOTIFICATION:
		tcb->priority = priority;
		notification_reorder(tcb->blocked_on, tcb);
		break;
	default:
		tcb->priority = priority;
	}
}

void thread_set_domain(struct tcb *tcb, u8 domain)
{
	sched_dequeue(tcb);
	tcb->domain = domain;
	if (sched_is_schedulable(tcb))
		sched_enqueue(tcb);
	if (tcb == this_core()->current)
		sched_need_choose();
}
