// SPDX-License-Identifier: BSD-2-Clause
/*
 * Caps in messages: transfer to the receive slot, unwrapping, what is lost on the way, and how
 * many words and caps arrive when the receive slot cannot take them.
 */
#include "harness.h"

static seL4_CPtr endpoint, reply, cap;
static volatile seL4_Word caps_count; /* how many the sender attaches */
static seL4_CPtr to_send[3];

/* Sends one word and the caps of to_send[], from a buffer that this thread owns. */
static void sender(seL4_Word buffer)
{
	seL4_IPCBuffer *own = (seL4_IPCBuffer *)buffer;
	seL4_Word word = 71;

	for (seL4_Word i = 0; i < caps_count; i++)
		own->caps_or_badges[i] = to_send[i];
	seL4_SendWithMRs(cap, seL4_MessageInfo_new(4, 0, caps_count, 1), &word, 0, 0, 0);
	shared[0]++;
	thread_park();
}

static void prepare(void)
{
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
	cap = endpoint;
	caps_count = 1;
}

static seL4_MessageInfo_t receive(void)
{
	seL4_UserContext regs = {.pc = (seL4_Word)sender};
	struct thread *thread = thread_new(sender, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	regs.sp = thread->stack_top;
	regs.x0 = (seL4_Word)thread->buffer;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs));
	return seL4_Recv(endpoint, seL4_Null, reply);
}

static void transfer_one(void)
{
	seL4_CPtr slot = slot_new(), notification = object_new(seL4_NotificationObject, 0);
	seL4_MessageInfo_t info;
	seL4_Word badge = 0;

	prepare();
	to_send[0] = badged(notification, 6);
	seL4_SetCapReceivePath(ROOT, slot, DEPTH);
	info = receive();
	EQUAL("one cap arrives", seL4_MessageInfo_get_extraCaps(info), 1);
	EQUAL("it is not unwrapped", seL4_MessageInfo_get_capsUnwrapped(info), 0);
	EQUAL("the words arrive with it", seL4_GetMR(0), 71);
	seL4_Signal(slot);
	seL4_Poll(notification, &badge);
	EQUAL("the received cap works, with its badge", badge, 6);
	TRUE("the sender keeps its own", !slot_is_empty(to_send[0]));
	SUCCEEDS("revoking the sender's cap", cap_revoke(notification));
	TRUE("takes the received one", slot_is_empty(slot));
}

static void transfer_refused(void)
{
	seL4_CPtr slot = slot_new(), notification = object_new(seL4_NotificationObject, 0);
	seL4_MessageInfo_t info;

	prepare();
	to_send[0] = notification;
	seL4_SetCapReceivePath(ROOT, endpoint, DEPTH);
	info = receive();
	EQUAL("an occupied receive slot takes nothing", seL4_MessageInfo_get_extraCaps(info), 0);
	EQUAL("the words arrive all the same", seL4_GetMR(0), 71);
	seL4_SetCapReceivePath(0, 0, 0);
	info = receive();
	EQUAL("without a receive slot nothing is transferred", seL4_MessageInfo_get_extraCaps(info),
	      0);
	seL4_SetCapReceivePath(ROOT, slot, DEPTH);
	cap = with_rights(endpoint, seL4_CapRights_new(1, 0, 0, 1));
	info = receive();
	EQUAL("a cap without grant transfers nothing", seL4_MessageInfo_get_extraCaps(info), 0);
	TRUE("the receive slot stays empty", slot_is_empty(slot));
	cap = endpoint;
	to_send[0] = slot_new();
	info = receive();
	EQUAL("an empty slot's cap is nothing to transfer", seL4_MessageInfo_get_extraCaps(info),
	      0);
	EQUAL("the sender did not fail", shared[0], 4);
}

static void transfer_unwrap(void)
{
	seL4_CPtr slot = slot_new(), notification = object_new(seL4_NotificationObject, 0);
	seL4_MessageInfo_t info;

	prepare();
	to_send[0] = badged(endpoint, 44);
	seL4_SetCapReceivePath(ROOT, slot, DEPTH);
	info = receive();
	EQUAL("a cap to the endpoint itself is unwrapped", seL4_MessageInfo_get_capsUnwrapped(info),
	      1);
	EQUAL("it counts as a cap that arrived", seL4_MessageInfo_get_extraCaps(info), 1);
	EQUAL("its badge arrives in its place", seL4_GetBadge(0), 44);
	TRUE("the receive slot stays empty", slot_is_empty(slot));

	caps_count = 3;
	to_send[1] = notification;
	to_send[2] = badged(endpoint, 45);
	info = receive();
	EQUAL("of three caps, two unwrapped, three arrive", seL4_MessageInfo_get_extraCaps(info),
	      3);
	EQUAL("the first and the third are unwrapped", seL4_MessageInfo_get_capsUnwrapped(info), 5);
	EQUAL("the third one's badge arrives", seL4_GetBadge(2), 45);
	TRUE("the second is in the receive slot", !slot_is_empty(slot));
	REQUIRE(cap_delete(slot));
	to_send[0] = notification;
	info = receive();
	EQUAL("there is room for one cap only", seL4_MessageInfo_get_extraCaps(info), 1);
}

/* A reply can carry caps too, if the caller has grant. */
static void caller(seL4_Word buffer)
{
	seL4_IPCBuffer *own = (seL4_IPCBuffer *)buffer;
	seL4_MessageInfo_t info;

	own->receiveCNode = ROOT;
	own->receiveIndex = to_send[1];
	own->receiveDepth = DEPTH;
	info = seL4_CallWithMRs(cap, seL4_MessageInfo_new(4, 0, 0, 0), 0, 0, 0, 0);
	shared[1] = seL4_MessageInfo_get_extraCaps(info);
	shared[0]++;
	thread_park();
}

static void reply_with_cap(void)
{
	struct thread *thread = thread_new(caller, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_UserContext regs = {.pc = (seL4_Word)caller};

	regs.sp = thread->stack_top;
	regs.x0 = (seL4_Word)thread->buffer;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs));
	seL4_Recv(endpoint, seL4_Null, reply);
	seL4_SetCap(0, to_send[0]);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 1, 0));
}

static void transfer_in_reply(void)
{
	prepare();
	to_send[0] = object_new(seL4_NotificationObject, 0);
	to_send[1] = slot_new();
	reply_with_cap();
	TRUE("a reply can carry a cap", shared[0] == 1 && shared[1] == 1);
	TRUE("the caller has it", !slot_is_empty(to_send[1]));
	cap = with_rights(endpoint, seL4_CapRights_new(1, 0, 1, 1));
	to_send[1] = slot_new();
	reply_with_cap();
	EQUAL("a caller with grant-reply only can still be given one", shared[1], 1);
	cap = endpoint;
	reply = with_rights(reply, seL4_ReadWrite);
	to_send[1] = slot_new();
	reply_with_cap();
	EQUAL("a reply cap without grant transfers nothing", shared[1], 0);
	EQUAL("the reply itself arrives", shared[0], 3);
}

const struct test_group transfer_group = {
	"transfer", (void (*const[])(void)){transfer_one, transfer_refused, transfer_unwrap,
					    transfer_in_reply, NULL}};
