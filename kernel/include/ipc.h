/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between threads: endpoints, notifications, reply objects, and the transfer itself.
 */
#pragma once

#include "core.h"
#include "invocation.h"
#include "objects.h"

/* ---- object/endpoint.c ---- */

static inline enum endpoint_state endpoint_state(const struct endpoint *ep)
{
	return (enum endpoint_state)(ep->tail & 3);
}

struct send_params {
	u64 badge;
	bool blocking;
	bool call;
	bool can_grant;
	bool can_grant_reply;
	bool can_donate;
};

/* Send sender's message, or its fault if it has one. */
void endpoint_send(struct endpoint *ep, struct tcb *sender, struct send_params p);
void endpoint_receive(struct endpoint *ep, struct tcb *receiver, bool blocking,
		      struct reply *reply);
void endpoint_append(struct endpoint *ep, struct tcb *tcb, enum endpoint_state state);
void endpoint_remove(struct endpoint *ep, struct tcb *tcb);
/* tcb's priority changed while it waits. */
void endpoint_reorder(struct endpoint *ep, struct tcb *tcb);
/* Everyone who waits starts over: the endpoint's last cap is gone. */
void endpoint_cancel_all(struct endpoint *ep);
void endpoint_cancel_badged_sends(struct endpoint *ep, u64 badge);

/* ---- object/notification.c ---- */

void notification_signal(struct notification *ntfn, u64 badge);
void notification_wait(struct notification *ntfn, struct tcb *tcb, bool blocking);
/* tcb takes what is pending on the ACTIVE notification that it is bound to. */
void notification_take(struct notification *ntfn, struct tcb *tcb);
/* tcb stops running on the context that it got from ntfn. */
void notification_return_context(struct notification *ntfn, struct tcb *tcb);
void notification_remove(struct notification *ntfn, struct tcb *tcb);
void notification_reorder(struct notification *ntfn, struct tcb *tcb);
void notification_bind(struct notification *ntfn, struct tcb *tcb);
void notification_unbind(struct tcb *tcb);
void notification_finalise(struct notification *ntfn);

/* ---- object/reply.c ---- */

/* caller waits on reply; its context goes to callee if can_donate and callee has none. */
void reply_push(struct reply *reply, struct tcb *caller, struct tcb *callee, bool can_donate);
/* Separate a caller from its reply object, handing a lent context back if it is the newest. */
void reply_remove(struct reply *reply);
/* The caller goes away: its reply object leaves the chain, the context stays with the server. */
void reply_remove_caller(struct tcb *caller);
/* Undo the link between a reply object and the thread that offers it or waits on it. */
void reply_unlink(struct reply *reply);
void reply_finalise(struct reply *reply);
/* Answer whoever waits on reply with sender's message. */
void reply_send(struct reply *reply, struct tcb *sender, bool can_grant);

/* ---- core/message.c ---- */

/* Move sender's message, or fault, to receiver. ep: whose own caps arrive as badges. */
void message_transfer(struct tcb *sender, const struct endpoint *ep, u64 badge, bool can_grant,
		      struct tcb *receiver);
/* Write word i; returns how many words the message has now (4 without a buffer). */
u64 message_set(struct tcb *tcb, struct ipc_buffer *buffer, u32 i, u64 value);
/* Resolve the extra caps that info announces. False: a CapFault has been put in sender->fault. */
bool message_extra_caps(struct tcb *sender, const struct ipc_buffer *buffer, u64 info,
			struct slot *extra[MESSAGE_MAX_EXTRA_CAPS], u32 *count);
