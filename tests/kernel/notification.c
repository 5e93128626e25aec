// SPDX-License-Identifier: BSD-2-Clause
/*
 * Notifications: signals that accumulate, waiters and their order, binding to a TCB, and how a
 * bound notification shows up at an endpoint.
 */
#include "harness.h"

static seL4_CPtr notification, endpoint, reply;

static void prepare(void)
{
	notification = object_new(seL4_NotificationObject, 0);
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
}

static void waiter(seL4_Word at)
{
	seL4_Word badge = 99;

	seL4_WaitWithMRs(notification, &badge, 0, 0, 0, 0);
	shared[at] = badge;
	shared[0]++;
	shared[at + 2] = shared[0];
	thread_park();
}

static void endpoint_receiver(seL4_Word unused)
{
	seL4_Word badge = 99;

	for (;;) {
		seL4_RecvWithMRs(endpoint, &badge, reply, 0, 0, 0, 0);
		shared[1] = badge;
		shared[0]++;
	}
}

static void notification_signals(void)
{
	seL4_Word badge = 99;
	seL4_MessageInfo_t info;

	prepare();
	seL4_Poll(notification, &badge);
	EQUAL("polling a notification without a signal gives badge 0", badge, 0);
	seL4_Signal(badged(notification, 1));
	seL4_Signal(badged(notification, 4));
	seL4_Wait(notification, &badge);
	EQUAL("badges of signals accumulate", badge, 5);
	seL4_Poll(notification, &badge);
	EQUAL("taking a signal clears it", badge, 0);
	seL4_Signal(badged(notification, 3));
	seL4_Signal(badged(notification, 3));
	seL4_Poll(notification, &badge);
	EQUAL("equal badges accumulate to one", badge, 3);
	seL4_Signal(badged(notification, 8));
	seL4_NBRecv(notification, &badge, reply);
	EQUAL("a signal can be taken by NBRecv", badge, 8);
	seL4_Signal(badged(notification, 16));
	seL4_Recv(notification, &badge, reply);
	EQUAL("a signal can be taken by Recv", badge, 16);
	seL4_NBSend(badged(notification, 32), seL4_MessageInfo_new(5, 0, 0, 0));
	seL4_Poll(notification, &badge);
	EQUAL("a non-blocking send signals", badge, 32);
	seL4_Send(badged(notification, 64), seL4_MessageInfo_new(7, 0, 0, 4));
	seL4_Poll(notification, &badge);
	EQUAL("a send of a message signals too", badge, 64);
	info = seL4_Call(badged(notification, 128), seL4_MessageInfo_new(7, 0, 0, 0));
	EQUAL("a call on a notification answers at once", info.words[0], 0);
	seL4_Poll(notification, &badge);
	EQUAL("and signals", badge, 128);
}

static void notification_waiters(void)
{
	struct thread *thread;
	seL4_Word badge;

	prepare();
	thread_start(waiter, 1, ABOVE);
	thread_start(waiter, 4, ABOVE + 3);
	seL4_Signal(badged(notification, 1));
	EQUAL("a signal wakes one waiter", shared[0], 1);
	TRUE("waiters queue by priority", shared[4] == 1 && shared[1] == 0);
	seL4_Signal(badged(notification, 2));
	EQUAL("the next signal wakes the next", shared[1], 2);
	thread_start(waiter, 1, ABOVE);
	thread_start(waiter, 4, ABOVE);
	seL4_Signal(notification);
	seL4_Signal(notification);
	TRUE("waiters of one priority wake in order of arrival", shared[3] == 3 && shared[6] == 4);
	thread = thread_start(waiter, 1, ABOVE);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	seL4_Signal(badged(notification, 9));
	seL4_Poll(notification, &badge);
	EQUAL("a suspended waiter takes no signal", badge, 9);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	seL4_Signal(badged(notification, 10));
	EQUAL("a resumed waiter waits again", shared[1], 10);
	thread_start(waiter, 1, BELOW);
	seL4_Signal(badged(notification, 11));
	sleep_microseconds(1000);
	EQUAL("a signal stays for a thread that runs later", shared[1], 11);
	seL4_Signal(badged(notification, 12));
	REQUIRE(cap_delete(notification));
	TRUE("an active notification can be deleted", true);
}

static void notification_binding(void)
{
	struct thread *thread, *other;
	seL4_CPtr bound;

	prepare();
	thread = thread_new(endpoint_receiver, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	other = thread_new(endpoint_receiver, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	SUCCEEDS("a notification can be bound to a TCB",
		 seL4_TCB_BindNotification(thread->tcb, notification));
	FAILS("a TCB has one bound notification",
	      seL4_TCB_BindNotification(thread->tcb, object_new(seL4_NotificationObject, 0)),
	      seL4_IllegalOperation);
	FAILS("a notification is bound to one TCB",
	      seL4_TCB_BindNotification(other->tcb, notification), seL4_IllegalOperation);
	FAILS("an endpoint cannot be bound", seL4_TCB_BindNotification(other->tcb, endpoint),
	      seL4_IllegalOperation);
	FAILS("binding needs the read right",
	      seL4_TCB_BindNotification(
		      other->tcb,
		      with_rights(object_new(seL4_NotificationObject, 0), seL4_CanWrite)),
	      seL4_IllegalOperation);
	FAILS("binding without a cap is too short", raw_call(other->tcb, TCBBindNotification, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("unbinding a TCB without a notification is an illegal operation",
	      seL4_TCB_UnbindNotification(other->tcb), seL4_IllegalOperation);
	bound = badged(notification, 0x77);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	seL4_Signal(bound);
	EQUAL("a signal ends the bound thread's receive on an endpoint", shared[0], 1);
	EQUAL("it shows as the signal's badge", shared[1], 0x77);
	seL4_Send(badged(endpoint, 3), seL4_MessageInfo_new(1, 0, 0, 0));
	EQUAL("messages still arrive", shared[1], 3);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	seL4_Signal(bound);
	EQUAL("a signal waits for a suspended thread", shared[0], 2);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	TRUE("and is taken by its next receive", shared[0] == 3 && shared[1] == 0x77);
	SUCCEEDS("a notification can be unbound", seL4_TCB_UnbindNotification(thread->tcb));
	seL4_Signal(bound);
	EQUAL("unbound, a signal does not reach the thread", shared[0], 3);
}

/* The same for the root thread, which looks at the order of things. */
static void notification_bound_first(void)
{
	seL4_CPtr bound;
	seL4_Word badge = 0;

	prepare();
	bound = badged(notification, 0x55);
	REQUIRE(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
	thread_start(waiter, 1, ABOVE);
	EQUAL("nobody but its thread can wait on a bound notification", shared[0], 0);
	seL4_Signal(bound);
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a pending signal is taken before a message", badge, 0x55);
	seL4_Signal(bound);
	seL4_Recv(endpoint, &badge, reply);
	EQUAL("also by a blocking receive", badge, 0x55);
	seL4_Signal(bound);
	seL4_Wait(endpoint, &badge);
	EQUAL("also by a wait on an endpoint", badge, 0x55);
	seL4_Signal(bound);
	seL4_Wait(notification, &badge);
	EQUAL("its thread may wait on it directly", badge, 0x55);
	SUCCEEDS("it can be deleted while bound", cap_revoke(notification));
	SUCCEEDS("deleting it", cap_delete(notification));
	FAILS("unbinds it", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB),
	      seL4_IllegalOperation);
}

const struct test_group notification_group = {
	"notification",
	(void (*const[])(void)){notification_signals, notification_waiters, notification_binding,
				notification_bound_first, NULL}};
