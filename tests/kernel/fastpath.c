// SPDX-License-Identifier: BSD-2-Clause
/*
 * Call and ReplyRecv on both sides of each condition of the fastpath: whatever path a kernel takes,
 * messages, badges, contexts and the order in which threads run are the same. Nothing is timed.
 */
#include "harness.h"

seL4_Word call_registers(seL4_CPtr cap); /* code.S */

static seL4_CPtr endpoint, reply, notification;
static volatile seL4_Word answer_length, answer_label;

static seL4_MessageInfo_t words(seL4_Word label, seL4_Word count)
{
	return seL4_MessageInfo_new(label, 0, 0, count);
}

/* Adds 1 to each of four words; records badge, info and how often it was called. */
static void server(seL4_Word unused)
{
	seL4_Word badge, mr[4];
	seL4_MessageInfo_t info =
		seL4_RecvWithMRs(endpoint, &badge, reply, &mr[0], &mr[1], &mr[2], &mr[3]);

	for (;;) {
		shared[0]++;
		shared[1] = badge;
		shared[2] = info.words[0];
		shared[16 + (shared[0] & 7)] = badge;
		if (badge == 0x200 && notification)
			seL4_Signal(notification);
		for (int i = 0; i < 4; i++)
			mr[i]++;
		info = seL4_ReplyRecvWithMRs(endpoint, words(answer_label, answer_length), &badge,
					     &mr[0], &mr[1], &mr[2], &mr[3], reply);
	}
}

static struct thread *server_start(seL4_Word priority, bool passive)
{
	struct thread *thread;

	notification = 0;
	answer_length = 4;
	answer_label = 0;
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
	thread = thread_start(server, 0, priority);
	if (priority < ROOT_PRIORITY)
		sleep_microseconds(1000);
	if (passive)
		REQUIRE(seL4_SchedContext_Unbind(thread->sc));
	return thread;
}

static seL4_MessageInfo_t call(seL4_CPtr cap, seL4_Word label, seL4_Word length)
{
	for (int i = 0; i < 8; i++)
		seL4_SetMR(i, 10 * (seL4_Word)i);
	return seL4_Call(cap, words(label, length));
}

static bool answered(seL4_Word count)
{
	bool right = true;

	for (seL4_Word i = 0; i < count; i++)
		right &= seL4_GetMR((int)i) == 10 * i + 1;
	return right;
}

static void fastpath_messages(void)
{
	seL4_MessageInfo_t info;

	server_start(ABOVE, true);
	info = call(badged(endpoint, ~0ul), 0xabcdef0123456, 4);
	TRUE("four words go both ways", answered(4) && info.words[0] == words(0, 4).words[0]);
	EQUAL("a badge of 64 bits arrives", shared[1], ~0ul);
	EQUAL("a label of 52 bits arrives", shared[2], words(0xabcdef0123456, 4).words[0]);
	answer_label = 0xfedcba9876543;
	answer_length = 0;
	info = call(endpoint, 1, 0);
	EQUAL("a label of 52 bits comes back", info.words[0], words(0xfedcba9876543, 0).words[0]);
	EQUAL("an empty message arrives", shared[2], words(1, 0).words[0]);
	answer_length = 4;
	info = call(endpoint, 2, 5);
	TRUE("five words go by another path, to the same effect",
	     shared[2] == words(2, 5).words[0] && answered(4));
	answer_length = 5;
	info = call(endpoint, 3, 4);
	EQUAL("an answer of five words arrives", seL4_MessageInfo_get_length(info), 5);
	answer_length = 4;
	seL4_SetCap(0, reply);
	info = seL4_Call(endpoint, seL4_MessageInfo_new(4, 0, 1, 1));
	EQUAL("a message with a cap that is not received arrives", shared[2],
	      seL4_MessageInfo_new(4, 0, 0, 1).words[0]);
	info = seL4_Call(endpoint, seL4_MessageInfo_new(5, 7, 0, 1));
	EQUAL("a sender cannot pretend unwrapped caps",
	      seL4_MessageInfo_get_capsUnwrapped((seL4_MessageInfo_t){{shared[2]}}), 0);
	EQUAL("a call preserves all other registers", call_registers(endpoint), 0);
	for (int i = 0; i < 1000; i++)
		call(endpoint, 0, 4);
	EQUAL("a thousand calls are a thousand answers", shared[0], 7 + 1000);
}

static void fastpath_servers(void)
{
	struct thread *thread;

	server_start(ABOVE, false);
	call(endpoint, 0, 4);
	TRUE("a server with a context of its own answers the same", answered(4));
	EQUAL("also with all other registers preserved", call_registers(endpoint), 0);
	server_start(ROOT_PRIORITY, false);
	seL4_Yield();
	call(endpoint, 0, 4);
	TRUE("so does one of the same priority", answered(4));
	server_start(BELOW, true);
	call(endpoint, 0, 4);
	TRUE("and a passive one below", answered(4));
	EQUAL("with all other registers preserved", call_registers(endpoint), 0);
	thread = server_start(ABOVE, true);
	REQUIRE(seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
	call(endpoint, 0, 4);
	TRUE("and one without an IPC buffer", answered(4));
	server_start(ABOVE, true);
	call(with_rights(endpoint, seL4_CapRights_new(1, 0, 0, 1)), 0, 4);
	TRUE("grant-reply and write are enough for a call", answered(4));
	call(with_rights(endpoint, seL4_CapRights_new(0, 1, 0, 1)), 0, 4);
	TRUE("so are grant and write", answered(4));
}

static void caller(seL4_Word cap)
{
	seL4_Word mr[4] = {0, 10, 20, 30};

	seL4_CallWithMRs(cap, words(0, 4), &mr[0], &mr[1], &mr[2], &mr[3]);
	shared[5] = mr[0] == 1 && mr[1] == 11 && mr[2] == 21 && mr[3] == 31;
	shared[6] = shared[6] << 4 | 1;
	thread_park();
}

static void waiter(seL4_Word notification_cap)
{
	seL4_WaitWithMRs(notification_cap, seL4_Null, 0, 0, 0, 0);
	shared[6] = shared[6] << 4 | 2;
	thread_park();
}

static void fastpath_order(void)
{
	struct thread *blocked;
	seL4_CPtr to_wake = object_new(seL4_NotificationObject, 0);

	server_start(ABOVE + 5, true);
	notification = to_wake;
	thread_start(waiter, to_wake, ABOVE + 1);
	thread_start(caller, badged(endpoint, 0x200), ABOVE);
	EQUAL("a thread above the caller runs before the answered caller", shared[6], 0x21);
	shared[6] = 0;
	thread_start(waiter, to_wake, ABOVE - 1);
	thread_start(caller, badged(endpoint, 0x200), ABOVE);
	EQUAL("a thread below the caller runs after it", shared[6], 0x12);
	/* Two callers queue while the server is blocked by its own suspension. */
	blocked = server_start(ABOVE + 5, true);
	REQUIRE(seL4_TCB_Suspend(blocked->tcb));
	thread_start(caller, badged(endpoint, 1), ABOVE);
	thread_start(caller, badged(endpoint, 2), ABOVE);
	shared[0] = 0;
	REQUIRE(seL4_SchedContext_Bind(blocked->sc, blocked->tcb));
	REQUIRE(seL4_TCB_Resume(blocked->tcb));
	EQUAL("queued callers are answered one after the other", shared[0], 2);
	TRUE("in order", shared[17] == 1 && shared[18] == 2);
	EQUAL("and rightly", shared[5], 1);
}

static void fastpath_bound_notification(void)
{
	struct thread *thread = server_start(ABOVE, false);
	seL4_CPtr bound = object_new(seL4_NotificationObject, 0);

	REQUIRE(seL4_TCB_BindNotification(thread->tcb, bound));
	call(endpoint, 0, 4);
	TRUE("a server with an idle bound notification answers", answered(4));
	notification = badged(bound, 0x40);
	call(badged(endpoint, 0x200), 0, 4);
	TRUE("so does one that was signalled meanwhile", answered(4));
	EQUAL("after its answer it takes the signal", shared[1], 0x40);
	call(badged(endpoint, 3), 0, 4);
	TRUE("and the next call", answered(4) && shared[1] == 3);
}

static void reply_less(seL4_Word unused)
{
	seL4_WaitWithMRs(endpoint, seL4_Null, 0, 0, 0, 0);
	shared[0]++;
	thread_park();
}

static void fastpath_no_reply(void)
{
	struct thread *thread, *from;

	endpoint = object_new(seL4_EndpointObject, 0);
	thread = thread_start(reply_less, 0, ABOVE);
	from = thread_start(caller, endpoint, ABOVE);
	EQUAL("a receiver without a reply object gets a call", shared[0], 1);
	EQUAL("which is never answered", shared[6], 0);
	SUCCEEDS("its caller can be resumed", seL4_TCB_Resume(from->tcb));
	SUCCEEDS("and suspended", seL4_TCB_Suspend(from->tcb));
	SUCCEEDS("and the receiver deleted", cap_delete(thread->tcb));
}

const struct test_group fastpath_group = {
	"fastpath", (void (*const[])(void)){fastpath_messages, fastpath_servers, fastpath_order,
					    fastpath_bound_notification, fastpath_no_reply, NULL}};
