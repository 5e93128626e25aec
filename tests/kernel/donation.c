// SPDX-License-Identifier: BSD-2-Clause
/*
 * Passive servers: scheduling contexts that travel with calls, replies, faults and signals, and
 * where they end up when something on the way is taken back.
 */
#include "harness.h"

static seL4_CPtr endpoint, inner, reply, inner_reply;

static seL4_MessageInfo_t words(seL4_Word label, seL4_Word count)
{
	return seL4_MessageInfo_new(label, 0, 0, count);
}

/* Answers each message with its first word plus one. */
static void server(seL4_Word unused)
{
	seL4_Word badge, mr0 = 0, length = 0;

	seL4_RecvWithMRs(endpoint, &badge, reply, &mr0, 0, 0, 0);
	for (;;) {
		shared[0]++;
		shared[1] = badge;
		mr0++;
		length = 1;
		seL4_ReplyRecvWithMRs(endpoint, words(0, length), &badge, &mr0, 0, 0, 0, reply);
	}
}

/* Asks the inner server before it answers. */
static void middle_server(seL4_Word unused)
{
	seL4_Word badge, mr0 = 0;

	seL4_RecvWithMRs(endpoint, &badge, reply, &mr0, 0, 0, 0);
	for (;;) {
		shared[2]++;
		seL4_CallWithMRs(inner, words(0, 1), &mr0, 0, 0, 0);
		seL4_ReplyRecvWithMRs(endpoint, words(0, 1), &badge, &mr0, 0, 0, 0, reply);
	}
}

static void inner_server(seL4_Word unused)
{
	seL4_Word badge, mr0 = 0;

	seL4_RecvWithMRs(inner, &badge, inner_reply, &mr0, 0, 0, 0);
	for (;;) {
		shared[3]++;
		mr0 += 10;
		seL4_ReplyRecvWithMRs(inner, words(0, 1), &badge, &mr0, 0, 0, 0, inner_reply);
	}
}

/* A server that never answers, and keeps what it got. */
static void keeper(seL4_Word unused)
{
	for (;;) {
		seL4_RecvWithMRs(endpoint, seL4_Null, reply, 0, 0, 0, 0);
		shared[4]++;
	}
}

static void client(seL4_Word cap)
{
	seL4_Word mr0 = 70;

	seL4_CallWithMRs(cap, words(0, 1), &mr0, 0, 0, 0);
	shared[5] = mr0;
	shared[6]++;
	thread_park();
}

/* Starts a server on a context of its own, then takes that away. */
static struct thread *passive(thread_entry entry, seL4_Word priority)
{
	struct thread *thread = thread_start(entry, 0, priority);

	if (priority < ROOT_PRIORITY)
		sleep_microseconds(1000);
	REQUIRE(seL4_SchedContext_Unbind(thread->sc));
	return thread;
}

static void prepare(void)
{
	endpoint = object_new(seL4_EndpointObject, 0);
	inner = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
	inner_reply = object_new(seL4_ReplyObject, 0);
}

static seL4_Word call(seL4_CPtr cap, seL4_Word word)
{
	seL4_SetMR(0, word);
	seL4_Call(cap, words(0, 1));
	return seL4_GetMR(0);
}

static void donation_call(void)
{
	struct thread *thread;

	prepare();
	thread = passive(server, ABOVE);
	EQUAL("a passive server runs on its caller's context", call(badged(endpoint, 6), 40), 41);
	EQUAL("it got the caller's badge", shared[1], 6);
	EQUAL("and gives the context back with its reply", call(endpoint, 41), 42);
	FAILS("while it waits it has no context to unbind",
	      seL4_SchedContext_UnbindObject(seL4_CapInitThreadSC, thread->tcb),
	      seL4_IllegalOperation);
	thread_start(client, endpoint, ABOVE);
	thread_start(client, endpoint, ABOVE);
	TRUE("it serves others too", shared[6] == 2 && shared[5] == 71);
	thread = thread_start(client, endpoint, BELOW);
	sleep_microseconds(1000);
	EQUAL("also from below", shared[6], 3);
	seL4_SetMR(0, 50);
	seL4_NBSend(endpoint, words(0, 1));
	EQUAL("a send lends nothing, so the server does not run", shared[0], 5);
	REQUIRE(cap_delete(endpoint));
}

static void donation_low_server(void)
{
	prepare();
	passive(server, BELOW);
	EQUAL("a server below its caller runs as well", call(endpoint, 1), 2);
}

static void donation_nested(void)
{
	prepare();
	passive(inner_server, ABOVE + 2);
	passive(middle_server, ABOVE);
	EQUAL("a context travels through two servers and back", call(endpoint, 5), 15);
	EQUAL("time and again", call(endpoint, 6), 16);
	TRUE("both of them ran", shared[2] == 2 && shared[3] == 2);
}

static void lender(seL4_Word notification)
{
	seL4_Word badge;

	seL4_NBSendRecvWithMRs(endpoint, words(0, 0), notification, &badge, 0, 0, 0, 0,
			       inner_reply);
	shared[10] = badge;
	thread_park();
}

/* Its sender is left without a context, and a signal wakes it on the notification's. */
static void donation_nbsend_recv(void)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);

	prepare();
	passive(keeper, ABOVE);
	thread_start(lender, notification, ABOVE);
	EQUAL("the send of a combined call lends the context", shared[4], 1);
	REQUIRE(seL4_SchedContext_Bind(sc_new(FULL_BUDGET, FULL_BUDGET), notification));
	seL4_Signal(badged(notification, 5));
	EQUAL("the lender wakes on its notification's context", shared[10], 5);
}

static void donation_keeper(void)
{
	struct thread *thread, *first, *second;

	prepare();
	thread = passive(keeper, ABOVE);
	first = thread_start(client, endpoint, ABOVE);
	EQUAL("a server that keeps a call has its caller's context", shared[4], 1);
	second = thread_start(client, endpoint, ABOVE);
	EQUAL("with which it can take another call", shared[4], 2);
	FAILS("the caller's context is not the caller's now",
	      seL4_SchedContext_UnbindObject(first->sc, first->tcb), seL4_IllegalOperation);
	SUCCEEDS("a caller whose context is lent can be suspended", seL4_TCB_Suspend(second->tcb));
	REQUIRE(seL4_TCB_Resume(second->tcb));
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	SUCCEEDS("a server that holds a context can be deleted", cap_delete(thread->tcb));
	EQUAL("nobody got an answer", shared[6], 0);
}

static void donation_reply_deleted(void)
{
	struct thread *thread, *caller;
	seL4_UserContext regs;

	prepare();
	thread = passive(keeper, ABOVE);
	caller = thread_start(client, endpoint, ABOVE);
	EQUAL("a call is taken", shared[4], 1);
	SUCCEEDS("the reply object of a taken call can be deleted", cap_delete(reply));
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	REQUIRE(seL4_TCB_ReadRegisters(caller->tcb, false, 0, 4, &regs));
	EQUAL("its caller is not resumed by that", shared[6], 0);
	seL4_SetMR(0, 1);
	seL4_Send(reply, words(0, 1));
	EQUAL("nor by a reply to the empty slot", shared[6], 0);
	REQUIRE(cap_revoke(scratch));
	TRUE("everything can be taken back in the middle of a call", true);
}

static void notified_server(seL4_Word unused)
{
	seL4_Word badge, mr0 = 0;

	seL4_RecvWithMRs(endpoint, &badge, reply, &mr0, 0, 0, 0);
	for (;;) {
		shared[7] |= badge;
		shared[8]++;
		if (badge & 0x100) { /* a signal: nobody to answer */
			seL4_RecvWithMRs(endpoint, &badge, reply, &mr0, 0, 0, 0);
		} else {
			mr0 += 2;
			seL4_ReplyRecvWithMRs(endpoint, words(0, 1), &badge, &mr0, 0, 0, 0, reply);
		}
	}
}

/* As a VM's monitor works: passive for calls, woken by signals on the notification's context. */
static void donation_notification(void)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr sc = sc_new(FULL_BUDGET, FULL_BUDGET), bound;
	struct thread *thread;

	prepare();
	bound = badged(notification, 0x101);
	thread = passive(notified_server, ABOVE);
	REQUIRE(seL4_TCB_BindNotification(thread->tcb, notification));
	SUCCEEDS("a context can be bound to a bound notification",
		 seL4_SchedContext_Bind(sc, notification));
	seL4_Signal(bound);
	TRUE("a signal wakes a passive thread on the notification's context",
	     shared[8] == 1 && shared[7] == 0x101);
	seL4_Signal(bound);
	EQUAL("which it has given back by receiving", shared[8], 2);
	EQUAL("calls still run on the caller's context", call(badged(endpoint, 2), 4), 6);
	EQUAL("the server saw the call", shared[8], 3);
	seL4_Signal(bound);
	EQUAL("and signals on the notification's", shared[8], 4);
	SUCCEEDS("the context can be unbound from the notification",
		 seL4_SchedContext_UnbindObject(sc, notification));
	REQUIRE(cap_delete(thread->tcb));
	SUCCEEDS("a notification with a context and no thread can be deleted",
		 cap_revoke(notification));
}

void load_at(seL4_Word address); /* code.S: faults at its first instruction */

static void fault_handler(seL4_Word unused)
{
	seL4_RecvWithMRs(endpoint, seL4_Null, reply, 0, 0, 0, 0);
	for (;;) {
		shared[9]++;
		if (shared[9] == 3)
			seL4_RecvWithMRs(endpoint, seL4_Null, reply, 0, 0, 0, 0);
		else
			seL4_ReplyRecvWithMRs(endpoint, words(0, 0), seL4_Null, 0, 0, 0, 0, reply);
	}
}

static void donation_fault(void)
{
	struct thread *thread;

	prepare();
	passive(fault_handler, ABOVE + 1);
	thread = thread_new(load_at, scratch_va(), ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET),
			    endpoint);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	EQUAL("a passive fault handler runs on the faulting thread's context", shared[9], 3);
	SUCCEEDS("a thread whose context its handler holds can be suspended",
		 seL4_TCB_Suspend(thread->tcb));
}

static void donation_context_taken(void)
{
	struct thread *caller, *other;

	prepare();
	passive(keeper, ABOVE);
	caller = thread_start(client, endpoint, ABOVE);
	other = thread_new(client, endpoint, ABOVE, 0, 0);
	EQUAL("a passive server holds a context", shared[4], 1);
	SUCCEEDS("a context on loan can be unbound", seL4_SchedContext_Unbind(caller->sc));
	SUCCEEDS("and bound elsewhere", seL4_SchedContext_Bind(caller->sc, other->tcb));
	prepare();
	passive(keeper, ABOVE);
	caller = thread_start(client, endpoint, ABOVE);
	SUCCEEDS("a context on loan can be deleted", cap_delete(caller->sc));
	EQUAL("nobody got an answer", shared[6], 0);
}

const struct test_group donation_group = {
	"donation", (void (*const[])(void)){donation_call, donation_low_server, donation_nested,
					    donation_nbsend_recv, donation_keeper,
					    donation_reply_deleted, donation_notification,
					    donation_fault, donation_context_taken, NULL}};
