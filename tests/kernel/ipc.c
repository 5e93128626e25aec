// SPDX-License-Identifier: BSD-2-Clause
/*
 * Endpoints: each system call in each order of arrival, message lengths, badges, rights, queues,
 * cancelled sends. Helper threads record in shared[] what they saw.
 */
#include "harness.h"

static seL4_CPtr endpoint, reply;

static seL4_MessageInfo_t words(seL4_Word label, seL4_Word count)
{
	return seL4_MessageInfo_new(label, 0, 0, count);
}

/* Receives once and records badge, message info and four words from shared[from] on. */
static void receiver(seL4_Word from)
{
	seL4_Word badge, mr[4];
	seL4_MessageInfo_t info =
		seL4_RecvWithMRs(endpoint, &badge, reply, &mr[0], &mr[1], &mr[2], &mr[3]);

	shared[from] = badge;
	shared[from + 1] = info.words[0];
	for (unsigned int i = 0; i < 4; i++)
		shared[from + 2 + i] = mr[i];
	shared[from + 6]++;
	thread_park();
}

static void sender(seL4_Word cap)
{
	seL4_Word a = 11, b = 12, c = 13, d = 14;

	seL4_SendWithMRs(cap, words(7, 4), &a, &b, &c, &d);
	shared[0]++;
	thread_park();
}

/* Calls with four words; records what came back. */
static void caller(seL4_Word cap)
{
	seL4_Word mr[4] = {21, 22, 23, 24};
	seL4_MessageInfo_t info =
		seL4_CallWithMRs(cap, words(9, 4), &mr[0], &mr[1], &mr[2], &mr[3]);

	shared[10] = info.words[0];
	for (unsigned int i = 0; i < 4; i++)
		shared[11 + i] = mr[i];
	shared[15]++;
	thread_park();
}

static void prepare(void)
{
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
}

static void ipc_send_to_receiver(void)
{
	seL4_CPtr cap;

	prepare();
	cap = badged(endpoint, 0x123456789abcdef0);
	thread_start(receiver, 1, ABOVE);
	for (int i = 0; i < 4; i++)
		seL4_SetMR(i, 31 + (seL4_Word)i);
	seL4_Send(cap, words(0xfffffffffffff, 3));
	EQUAL("a waiting receiver gets the message at once", shared[7], 1);
	EQUAL("the sender's badge arrives", shared[1], 0x123456789abcdef0);
	EQUAL("label and length arrive", shared[2], words(0xfffffffffffff, 3).words[0]);
	TRUE("the words arrive", shared[3] == 31 && shared[4] == 32 && shared[5] == 33);
}

static void ipc_receive_from_sender(void)
{
	seL4_Word badge;
	seL4_MessageInfo_t info;

	prepare();
	thread_start(sender, badged(endpoint, 5), ABOVE);
	EQUAL("a sender without a receiver blocks", shared[0], 0);
	info = seL4_Recv(endpoint, &badge, reply);
	EQUAL("receiving unblocks the sender", shared[0], 1);
	EQUAL("its badge arrives", badge, 5);
	EQUAL("its message info arrives", info.words[0], words(7, 4).words[0]);
	TRUE("its words arrive", seL4_GetMR(0) == 11 && seL4_GetMR(3) == 14);
	thread_start(sender, badged(endpoint, 6), ABOVE);
	info = seL4_NBRecv(endpoint, &badge, reply);
	TRUE("a non-blocking receive takes a waiting message",
	     badge == 6 && info.words[0] == words(7, 4).words[0]);
	badge = 99;
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a non-blocking receive without a sender gives badge 0", badge, 0);
	thread_start(sender, badged(endpoint, 7), ABOVE);
	info = seL4_Wait(endpoint, &badge);
	TRUE("a plain send can be received without a reply object",
	     badge == 7 && seL4_MessageInfo_get_label(info) == 7);
	thread_start(sender, badged(endpoint, 8), ABOVE);
	info = seL4_NBWait(endpoint, &badge);
	EQUAL("also without blocking", badge, 8);
}

static void ipc_long_messages(void)
{
	struct thread *thread;
	bool whole = true;

	prepare();
	thread = thread_start(receiver, 1, ABOVE);
	for (int i = 0; i < 120; i++)
		seL4_SetMR(i, 1000 + (seL4_Word)i);
	seL4_Send(endpoint, words(1, 120));
	EQUAL("a message of 120 words arrives", shared[2], words(1, 120).words[0]);
	for (int i = 4; i < 120; i++)
		whole &= thread->buffer->msg[i] == 1000 + (seL4_Word)i;
	TRUE("words from the fifth on are in the receiver's buffer", whole);
	thread_set_pc(thread, receiver, false);
	seL4_TCB_WriteRegisters(
		thread->tcb, true, 0, 4,
		&(seL4_UserContext){.pc = (seL4_Word)receiver, .sp = thread->stack_top, .x0 = 1});
	seL4_Send(endpoint, words(2, 127));
	EQUAL("a longer length is cut to 120", shared[2], words(2, 120).words[0]);
	thread = thread_new(receiver, 1, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	seL4_Send(endpoint, words(3, 10));
	EQUAL("a receiver without a buffer gets four words", shared[2], words(3, 4).words[0]);
	thread = thread_new(sender, endpoint, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	EQUAL("a sender without a buffer can send four words",
	      seL4_Recv(endpoint, seL4_Null, reply).words[0], words(7, 4).words[0]);
}

static void ipc_call_and_reply(void)
{
	seL4_Word badge;
	seL4_MessageInfo_t info;

	prepare();
	thread_start(caller, badged(endpoint, 3), ABOVE);
	EQUAL("a caller blocks", shared[15], 0);
	info = seL4_Recv(endpoint, &badge, reply);
	TRUE("a call arrives like a send",
	     badge == 3 && info.words[0] == words(9, 4).words[0] && seL4_GetMR(0) == 21);
	EQUAL("a caller stays blocked until the reply", shared[15], 0);
	for (int i = 0; i < 4; i++)
		seL4_SetMR(i, 41 + (seL4_Word)i);
	seL4_Send(reply, words(5, 2));
	EQUAL("the reply unblocks the caller", shared[15], 1);
	EQUAL("the reply's message info arrives", shared[10], words(5, 2).words[0]);
	TRUE("the reply's words arrive", shared[11] == 41 && shared[12] == 42);
	seL4_Send(reply, words(6, 0));
	EQUAL("a second reply goes nowhere", shared[15], 1);

	thread_start(caller, badged(endpoint, 4), BELOW);
	badge = 0;
	info = seL4_Recv(endpoint, &badge, reply);
	EQUAL("a caller below its receiver gets through", badge, 4);
	badge = 99;
	seL4_SetMR(0, 51);
	thread_start(sender, badged(endpoint, 5), ABOVE);
	info = seL4_ReplyRecv(endpoint, words(8, 1), &badge, reply);
	TRUE("reply-and-receive receives", badge == 5 && info.words[0] == words(7, 4).words[0]);
	sleep_microseconds(1000);
	TRUE("reply-and-receive replies", shared[15] == 2 && shared[11] == 51);
}

/* A send in one direction and a receive in the other, in one call. */
static void ipc_nbsend_recv(void)
{
	seL4_CPtr other;
	seL4_Word badge = 0;
	seL4_MessageInfo_t info;

	prepare();
	other = object_new(seL4_EndpointObject, 0);
	thread_start(sender, badged(other, 6), ABOVE);
	seL4_SetMR(0, 61);
	info = seL4_NBSendRecv(endpoint, words(1, 1), other, &badge, reply);
	TRUE("without a receiver only the receive happens",
	     badge == 6 && info.words[0] == words(7, 4).words[0]);
	thread_start(receiver, 16, ABOVE);
	thread_start(sender, badged(other, 7), ABOVE);
	seL4_SetMR(0, 62);
	info = seL4_NBSendRecv(endpoint, words(2, 1), other, &badge, reply);
	EQUAL("the receive happens", badge, 7);
	TRUE("the send happens",
	     shared[22] == 1 && shared[17] == words(2, 1).words[0] && shared[18] == 62);
	thread_start(caller, badged(endpoint, 8), ABOVE);
	seL4_Recv(endpoint, &badge, reply);
	thread_start(sender, badged(other, 9), ABOVE);
	seL4_SetMR(0, 63);
	seL4_NBSendWait(reply, words(3, 1), other, &badge);
	EQUAL("NBSendWait receives", badge, 9);
	TRUE("NBSendWait sends to a reply object", shared[15] == 1 && shared[11] == 63);
	thread_start(caller, badged(endpoint, 10), ABOVE);
	seL4_Recv(endpoint, &badge, reply);
	thread_start(sender, badged(other, 11), ABOVE);
	seL4_SetMR(0, 64);
	seL4_NBSendRecv(reply, words(4, 1), other, &badge, reply);
	EQUAL("NBSendRecv receives on the reply object that it replies to", badge, 11);
	TRUE("NBSendRecv sends to a reply object", shared[15] == 2 && shared[11] == 64);
}

static void ipc_nonblocking_send(void)
{
	seL4_Word badge = 1;

	prepare();
	seL4_NBSend(endpoint, words(1, 0));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a non-blocking send without a receiver leaves nothing", badge, 0);
	thread_start(receiver, 1, ABOVE);
	seL4_NBSend(badged(endpoint, 2), words(4, 0));
	TRUE("a non-blocking send reaches a waiting receiver",
	     shared[7] == 1 && shared[1] == 2 && shared[2] == words(4, 0).words[0]);
}

static void ipc_rights(void)
{
	seL4_Word badge = 1;

	prepare();
	thread_start(receiver, 1, ABOVE);
	seL4_Send(with_rights(endpoint, seL4_CanRead), words(1, 0));
	EQUAL("a send without the write right goes nowhere", shared[7], 0);
	seL4_NBSend(with_rights(endpoint, seL4_CanRead), words(1, 0));
	EQUAL("nor does a non-blocking one", shared[7], 0);
	seL4_Send(with_rights(endpoint, seL4_CanWrite), words(1, 0));
	EQUAL("the write right is enough to send", shared[7], 1);
	thread_start(caller, with_rights(endpoint, seL4_ReadWrite), ABOVE);
	seL4_Recv(endpoint, &badge, reply);
	seL4_Send(reply, words(2, 0));
	EQUAL("a call without grant or grant-reply gets no reply", shared[15], 0);
	thread_start(caller, with_rights(endpoint, seL4_CapRights_new(1, 0, 0, 1)), ABOVE);
	seL4_Recv(endpoint, &badge, reply);
	seL4_Send(reply, words(2, 0));
	EQUAL("a call with grant-reply does", shared[15], 1);
	thread_start(caller, with_rights(endpoint, seL4_CapRights_new(0, 1, 0, 1)), ABOVE);
	seL4_Recv(endpoint, &badge, reply);
	seL4_Send(reply, words(2, 0));
	EQUAL("a call with grant does", shared[15], 2);
}

static void numbered_sender(seL4_Word cap)
{
	seL4_SendWithMRs(cap, words(0, 0), 0, 0, 0, 0);
	shared[0]++;
	thread_park();
}

static void ipc_queues(void)
{
	seL4_CPtr one;
	seL4_Word badge[4] = {0};
	struct thread *thread;

	prepare();
	one = badged(endpoint, 1);
	thread_start(numbered_sender, one, ABOVE);
	thread_start(numbered_sender, badged(endpoint, 2), ABOVE + 3);
	thread_start(numbered_sender, badged(endpoint, 3), ABOVE);
	for (int i = 0; i < 3; i++)
		seL4_Recv(endpoint, &badge[i], reply);
	TRUE("senders queue by priority, then in order of arrival",
	     badge[0] == 2 && badge[1] == 1 && badge[2] == 3);

	thread = thread_start(numbered_sender, one, ABOVE);
	thread_start(numbered_sender, badged(endpoint, 2), ABOVE);
	REQUIRE(seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, ABOVE - 1));
	seL4_Recv(endpoint, &badge[0], reply);
	seL4_Recv(endpoint, &badge[1], reply);
	TRUE("a changed priority changes the place in the queue", badge[0] == 2 && badge[1] == 1);

	shared[0] = 0;
	thread_start(numbered_sender, one, ABOVE);
	thread_start(numbered_sender, badged(endpoint, 2), ABOVE);
	thread_start(numbered_sender, one, ABOVE);
	SUCCEEDS("sends of one badge can be cancelled",
		 seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH));
	seL4_NBRecv(endpoint, &badge[0], reply);
	EQUAL("another badge's sender is still queued", badge[0], 2);
	EQUAL("cancelled senders start over and queue again", shared[0], 1);
	seL4_NBRecv(endpoint, &badge[0], reply);
	seL4_NBRecv(endpoint, &badge[1], reply);
	TRUE("both of them", badge[0] == 1 && badge[1] == 1);
	thread = thread_start(numbered_sender, one, ABOVE);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	badge[0] = 1;
	seL4_NBRecv(endpoint, &badge[0], reply);
	EQUAL("a suspended sender leaves the queue", badge[0], 0);
}

static void ipc_wrong_caps(void)
{
	seL4_MessageInfo_t info;

	prepare();
	info = seL4_Call(ROOT, words(200, 0));
	EQUAL("a call on a CNode with an unknown label fails", seL4_MessageInfo_get_label(info),
	      seL4_IllegalOperation);
	info = seL4_Call(slot_new(), words(0, 0));
	EQUAL("a call on an empty slot is an invalid capability", seL4_MessageInfo_get_label(info),
	      seL4_InvalidCapability);
	seL4_Send(slot_new(), words(0, 0));
	TRUE("a send on an empty slot is dropped", true);
	seL4_NBSend(slot_new(), words(0, 0));
	TRUE("a non-blocking send on an empty slot is dropped", true);
	seL4_NBSend(bootinfo->empty.end + 5, words(0, 0));
	TRUE("a non-blocking send outside the CSpace is dropped", true);
	seL4_Send(ROOT, words(CNodeDelete, 0));
	TRUE("an error of an invocation by send is not reported", true);
	seL4_SetMR(0, endpoint);
	seL4_SetMR(1, DEPTH);
	seL4_Send(ROOT, words(CNodeDelete, 2));
	TRUE("an invocation by send is performed", slot_is_empty(endpoint));
	info = seL4_Call(reply, words(3, 4));
	EQUAL("a call on a reply object that nobody waits on answers nothing", info.words[0], 0);
}

const struct test_group ipc_group = {
	"ipc",
	(void (*const[])(void)){ipc_send_to_receiver, ipc_receive_from_sender, ipc_long_messages,
				ipc_call_and_reply, ipc_nbsend_recv, ipc_nonblocking_send,
				ipc_rights, ipc_queues, ipc_wrong_caps, NULL}};
