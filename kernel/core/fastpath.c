// SPDX-License-Identifier: BSD-2-Clause
/*
 * The short ways through Call and ReplyRecv between a client and a passive server: checks first, in
 * the order in which they are likely to fail, then a handful of stores and the switch. What the
 * checks do not allow goes the general way with the same result, so nothing here is semantics.
 *
 * The scheduling context travels with the message, therefore no time is charged, no timer is
 * programmed and the ready queues are not touched. Calls of caps that only change another object
 * are not worth noting the time either.
 */

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "entry.h"
#include "fastpath.h"
#include "invoke.h"
#include "ipc.h"

static inline bool is_short_message(u64 info)
{
	return !msginfo_extra_caps(info) && (info & 0x7f) <= MESSAGE_REGISTER_COUNT;
}

static inline void copy_short(const struct tcb *from, struct tcb *to, u64 info)
{
	const u64 *src = &from->context.reg[REG_MR0];
	u64 *dest = &to->context.reg[REG_MR0];

	switch (info & 0x7f) {
	case 4:
		dest[3] = src[3];
		/* fall through */
	case 3:
		dest[2] = src[2];
		/* fall through */
	case 2:
		dest[1] = src[1];
		/* fall through */
	case 1:
		dest[0] = src[0];
	}
	to->context.reg[REG_INFO] = info & ~(7ull << 9);
}

static inline struct tcb *switch_to(struct core *core, struct tcb *to)
{
	to->state = THREAD_RUNNING;
	core->current = to;
	arch_switch_now(to);
	return to;
}

struct slot fastpath_no_slot;

/* Objects whose invocations neither read the time nor depend on the caller's budget. */
#define QUICK_TYPES (BIT(CAP_TCB) | BIT(CAP_VCPU) | BIT(CAP_IRQ_HANDLER))

/*
 * Of a VCPU, which has all its arguments in registers: without caps such a call changes nothing but
 * the VCPU, and nothing at all if it fails.
 */
static bool call_vcpu(struct tcb *current, struct slot *slot)
{
	u64 info = current->context.reg[REG_INFO];
	struct invocation inv;

	inv.caller = current;
	inv.cap = slot->cap;
	inv.label = msginfo_label(info);
	inv.length = msginfo_length(info);
	inv.extra_count = 0;
	inv.call = true;
	inv.reply_length = 0;
	if (unlikely(msginfo_extra_caps(info) || arch_decode_invocation(&inv)))
		return false;
	current->context.reg[REG_BADGE] = 0;
	current->context.reg[REG_INFO] = msginfo_make(0, 0, 0, inv.reply_length);
	return true;
}

static struct tcb *call_other(struct tcb *current, struct slot *slot)
{
	enum cap_type type = cap_type(slot->cap);
	struct tcb *next;

	if (type == CAP_TCB) {
		next = fastpath_try_registers(current, cap_ptr(slot->cap));
		if (likely(next))
			return next;
	} else if (type == CAP_VCPU) {
		if (likely(call_vcpu(current, slot)))
			return current;
	} else if (!(QUICK_TYPES & BIT(type))) {
		return entry_syscall(current, SYS_CALL);
	}
	invoke_slot(current, slot, INVOKE_CALL | INVOKE_BLOCKING | INVOKE_CAN_DONATE);
	return sched_finish_quick();
}

struct tcb *fastpath_call(struct tcb *current)
{
	struct core *core = this_core();
	u64 info = current->context.reg[REG_INFO];
	struct slot *slot = fastpath_find_slot(current, current->context.reg[REG_CAP]);
	struct sched_context *sc;
	struct endpoint *ep;
	struct reply *reply;
	struct tcb *server;
	struct cap cap;
	u32 rights;

	cap = slot->cap;
	if (cap_type(cap) != CAP_ENDPOINT)
		return call_other(current, slot);
	rights = cap_flags(cap);
	ep = cap_ptr(cap);
	if (unlikely(!is_short_message(info) ||
		     !(rights & RIGHT_WRITE) || !(rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) ||
		     endpoint_state(ep) != ENDPOINT_RECEIVING))
		return entry_syscall(current, SYS_CALL);
	server = ep->head;
	reply = server->reply;
	if (unlikely(server->sc || !reply || server->domain != core->domain || !core_is_here(server) ||
		     (server->priority < current->priority && !sched_is_highest(server->priority))))
		return entry_syscall(current, SYS_CALL);

	fastpath_leave_endpoint(ep, server);

	/* current waits on the reply object, its context goes to server */
	sc = current->sc;
	reply->tcb = current;
	reply->prev = sc->reply;
	reply->sc = sc;
	if (unlikely(reply->prev)) {
		reply->prev->sc = NULL;
		reply->prev->next = reply;
	}
	sc->reply = reply;
	sc->tcb = server;
	server->sc = sc;
	server->reply = NULL;
	current->sc = NULL;
	current->reply = reply;
	current->state = THREAD_BLOCKED_REPLY;

	copy_short(current, server, info);
	server->context.reg[REG_BADGE] = cap.w1;
	return switch_to(core, server);
}

struct tcb *fastpath_reply_recv(struct tcb *current)
{
	struct core *core = this_core();
	u64 info = current->context.reg[REG_INFO];
	struct cap cap = fastpath_find_cap(current, current->context.reg[REG_CAP]);
	struct cap reply_cap = fastpath_find_cap(current, current->context.reg[REG_REPLY]);
	const struct notification *bound = current->bound_notification;
	struct endpoint *ep = cap_ptr(cap);
	struct reply *reply = cap_ptr(reply_cap);
	struct sched_context *sc = current->sc;
	struct tcb *caller;

	if (unlikely(cap_type(cap) != CAP_ENDPOINT || !(cap_flags(cap) & RIGHT_READ) ||
		     cap_type(reply_cap) != CAP_REPLY || msginfo_extra_caps(info) ||
		     endpoint_state(ep) == ENDPOINT_SENDING ||
		     (bound && bound->state == NOTIFICATION_ACTIVE)))
		return entry_syscall(current, SYS_REPLY_RECV);
	caller = reply->tcb;
	if (caller && caller->fault.type != FAULT_NONE)
		return fastpath_fault_reply_recv(current, ep, reply);
	if (unlikely(!caller || !is_short_message(info) || reply->sc != sc || caller->sc ||
		     caller->domain != core->domain || !core_is_here(caller) || !sched_is_highest(caller->priority)))
		return entry_syscall(current, SYS_REPLY_RECV);

	/* caller leaves the reply object and gets the context back */
	sc->reply = reply->prev;
	if (unlikely(reply->prev)) {
		reply->prev->next = NULL;
		reply->prev->sc = sc;
	}
	reply->prev = NULL;
	reply->sc = NULL;
	sc->tcb = caller;
	caller->sc = sc;
	caller->reply = NULL;
	current->sc = NULL;

	fastpath_wait(ep, current, reply);
	copy_short(current, caller, info);
	caller->context.reg[REG_BADGE] = 0;
	return switch_to(core, caller);
}
