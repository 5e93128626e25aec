// SPDX-License-Identifier: BSD-2-Clause
/*
 * Six threads that send, receive, call, reply and signal at random, on shared endpoints and with
 * shared reply objects, while the root thread below them stops, restarts and re-equips them
 * whenever all of them are blocked. Priorities differ, so the order of events is the kernel's
 * decision alone: it and everything received fold into a digest, pinned to seL4 16.0.0's.
 */
#include <stdio.h>

#include "harness.h"

#define ACTORS	       6
#define ENDPOINTS      3
#define NOTIFICATIONS  2
#define FIRST_SLOT     2048
#define SOURCES	       (ENDPOINTS + NOTIFICATIONS + 1)
#define CAPS	       16
#define SIGNAL_BADGE   (1ul << 20) /* in each badge of a notification, in none of an endpoint */
#define EVENTS	       40000
#define DIGEST_SEL4_16 0x482f495e61a5bd39ul

#ifndef RANDOM_TRACE
#define RANDOM_TRACE (~0ul)
#endif
#ifndef RANDOM_IPC_SEED
#define RANDOM_IPC_SEED 5ul
#endif

enum {
	OP_SEND,
	OP_NBSEND,
	OP_CALL,
	OP_RECV,
	OP_NBRECV,
	OP_WAIT,
	OP_NBWAIT,
	OP_REPLYRECV,
	OP_NBSENDRECV,
	OP_REPLY,
	OP_YIELD,
	OP_COUNT
};

static struct {
	struct thread *thread;
	seL4_CPtr sc;
	seL4_Word state;
} actors[ACTORS];

static seL4_CPtr caps[CAPS]; /* to send to */
static seL4_CPtr endpoints[ENDPOINTS], notifications[NOTIFICATIONS];
static seL4_CPtr sources[SOURCES]; /* to receive from; the last one lacks the right to */
static seL4_CPtr replies[ACTORS];
static seL4_Word digest, root_state;
static volatile seL4_Word events;

static seL4_Word random_below(seL4_Word *state, seL4_Word limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) % limit;
}

static void record(seL4_Word who, seL4_Word what, const seL4_Word *values, seL4_Word count)
{
	seL4_Word number = events++;

	digest = (digest ^ (who << 8 | what)) * 0x100000001b3ul;
	for (seL4_Word i = 0; i < count; i++)
		digest = (digest ^ values[i]) * 0x100000001b3ul;
	if (number >= RANDOM_TRACE)
		printf("%lu: %lu does %lu: %lx %lx %lx %lx\n", number, who, what, values[0],
		       count > 1 ? values[1] : 0, count > 2 ? values[2] : 0,
		       count > 3 ? values[3] : 0);
}

/*
 * What arrived: badge, info and the words that info says. A signal, or nothing, leaves all but the
 * badge as it was.
 */
static void record_message(seL4_Word who, seL4_Word what, seL4_Word badge, seL4_MessageInfo_t info,
			   const seL4_Word mr[4])
{
	seL4_Word values[8] = {badge, info.words[0]};
	seL4_Word count = 2, length = seL4_MessageInfo_get_length(info);
	/* Word 0 of a fault is a code address: not the kernel's word either. */
	seL4_Word from = seL4_MessageInfo_get_label(info) == seL4_Fault_CapFault;

	if (what != OP_CALL && (!badge || badge & SIGNAL_BADGE)) {
		record(who, what, values, 1);
		return;
	}
	for (seL4_Word i = from; i < length && i < 4; i++)
		values[count++] = mr[i];
	if (length > 4)
		values[count++] = actors[who].thread->buffer->msg[length - 1];
	record(who, what, values, count);
}

/* Any of the receiving system calls, with the words in registers: the API has this for two only. */
static seL4_MessageInfo_t receive(seL4_Word number, seL4_CPtr from, seL4_CPtr reply,
				  seL4_Word *badge, seL4_Word mr[4])
{
	register seL4_Word x0 __asm__("x0") = from;
	register seL4_Word x1 __asm__("x1") = 0;
	register seL4_Word x2 __asm__("x2") = 0;
	register seL4_Word x3 __asm__("x3") = 0;
	register seL4_Word x4 __asm__("x4") = 0;
	register seL4_Word x5 __asm__("x5") = 0;
	register seL4_Word x6 __asm__("x6") = reply;
	register seL4_Word x7 __asm__("x7") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
			 : "r"(x6), "r"(x7)
			 : "memory");
	mr[0] = x2;
	mr[1] = x3;
	mr[2] = x4;
	mr[3] = x5;
	*badge = x0;
	return (seL4_MessageInfo_t){{x1}};
}

static void actor(seL4_Word who)
{
	static const uint8_t lengths[] = {0, 1, 2, 3, 4, 4, 5, 20};
	seL4_Word *state = &actors[who].state;
	seL4_IPCBuffer *buffer = actors[who].thread->buffer;

	while (events < EVENTS) {
		seL4_Word what = random_below(state, OP_COUNT), badge = 0, mr[4];
		seL4_CPtr to = caps[random_below(state, CAPS)];
		seL4_CPtr from = sources[random_below(state, SOURCES)];
		seL4_CPtr reply = replies[random_below(state, ACTORS)];
		seL4_MessageInfo_t info = seL4_MessageInfo_new(random_below(state, 12), 0,
							       random_below(state, 8) == 0,
							       lengths[random_below(state, 8)]);

		for (unsigned int i = 0; i < 4; i++)
			mr[i] = who << 16 | what << 8 | i;
		for (unsigned int i = 4; i < 20; i++)
			buffer->msg[i] = who << 16 | what << 8 | i;
		buffer->caps_or_badges[0] = to;
		switch (what) {
		case OP_SEND:
			seL4_SendWithMRs(to, info, &mr[0], &mr[1], &mr[2], &mr[3]);
			info = seL4_MessageInfo_new(0, 0, 0, 0);
			break;
		case OP_NBSEND:
			seL4_NBSendWithMRs(to, info, &mr[0], &mr[1], &mr[2], &mr[3]);
			info = seL4_MessageInfo_new(0, 0, 0, 0);
			break;
		case OP_REPLY:
			seL4_NBSendWithMRs(reply, info, &mr[0], &mr[1], &mr[2], &mr[3]);
			info = seL4_MessageInfo_new(0, 0, 0, 0);
			break;
		case OP_YIELD:
			seL4_Yield();
			info = seL4_MessageInfo_new(0, 0, 0, 0);
			break;
		case OP_CALL:
			info = seL4_CallWithMRs(to, info, &mr[0], &mr[1], &mr[2], &mr[3]);
			break;
		case OP_RECV:
			info = receive(seL4_SysRecv, from, reply, &badge, mr);
			break;
		case OP_NBRECV:
			info = receive(seL4_SysNBRecv, from, reply, &badge, mr);
			break;
		case OP_WAIT:
			info = receive(seL4_SysWait, from, 0, &badge, mr);
			break;
		case OP_NBWAIT:
			info = receive(seL4_SysNBWait, from, 0, &badge, mr);
			break;
		case OP_REPLYRECV:
			info = seL4_ReplyRecvWithMRs(from, info, &badge, &mr[0], &mr[1], &mr[2],
						     &mr[3], reply);
			break;
		default:
			info = seL4_NBSendRecvWithMRs(to, info, from, &badge, &mr[0], &mr[1],
						      &mr[2], &mr[3], reply);
		}
		record_message(who, what, badge, info, mr);
	}
	thread_park();
}

/* One thing that the root thread does while all actors are blocked; its error is recorded. */
static seL4_Word disturb(void)
{
	seL4_Word who = random_below(&root_state, ACTORS);
	seL4_CPtr tcb = actors[who].thread->tcb, sc = actors[who].sc;
	seL4_CPtr other = actors[random_below(&root_state, ACTORS)].thread->tcb;
	seL4_CPtr cap = caps[random_below(&root_state, CAPS)];
	seL4_CPtr notification = notifications[random_below(&root_state, NOTIFICATIONS)];
	seL4_UserContext regs = {.pc = (seL4_Word)actor, .x0 = who};

	switch (random_below(&root_state, 14)) {
	case 0:
	case 1:
	case 2:
		regs.sp = actors[who].thread->stack_top;
		return seL4_TCB_WriteRegisters(tcb, true, 0, 4, &regs);
	case 3:
		return seL4_TCB_Resume(tcb);
	case 4:
		return seL4_TCB_Suspend(tcb);
	case 5:
		return seL4_CNode_CancelBadgedSends(ROOT, cap, DEPTH);
	case 6:
		return seL4_SchedContext_UnbindObject(sc, other);
	case 7:
	case 8:
		return seL4_SchedContext_Bind(sc, tcb);
	case 9:
		return seL4_SchedContext_Bind(sc, notification);
	case 10:
		return seL4_SchedContext_UnbindObject(sc, notification);
	case 11:
		return seL4_TCB_BindNotification(tcb, notification);
	case 12:
		return seL4_TCB_UnbindNotification(tcb);
	default:
		seL4_NBSend(cap, seL4_MessageInfo_new(3, 0, 0, 2));
		return 0;
	}
}

static void make_caps(void)
{
	/* At the same place on any kernel: cap faults tell where. */
	while (slot_new() < FIRST_SLOT)
		;
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		sources[i] = endpoints[i] = object_new(seL4_EndpointObject, 0);
	for (unsigned int i = 0; i < NOTIFICATIONS; i++)
		sources[ENDPOINTS + i] = notifications[i] = object_new(seL4_NotificationObject, 0);
	sources[SOURCES - 1] = with_rights(endpoints[0], seL4_CanWrite);
	for (unsigned int i = 0; i < CAPS; i++) {
		seL4_CapRights_t rights =
			i % 5 == 4 ? seL4_CapRights_new(i & 1, 0, 1, 1) : seL4_AllRights;

		caps[i] = slot_new();
		if (i % 4 == 3)
			REQUIRE(cap_mint(caps[i], notifications[i / 4 % NOTIFICATIONS], rights,
					 SIGNAL_BADGE | 1ul << i));
		else
			REQUIRE(cap_mint(caps[i], endpoints[i % ENDPOINTS], rights, 1 + i / 2));
	}
}

static void random_ipc(void)
{
	seL4_Word disturbed = 0;

	make_caps();
	root_state = RANDOM_IPC_SEED;
	for (unsigned int i = 0; i < ACTORS; i++) {
		replies[i] = object_new(seL4_ReplyObject, 0);
		actors[i].state = RANDOM_IPC_SEED + 77 * (i + 1);
		actors[i].sc = sc_new(1000000, 1000000);
		actors[i].thread =
			thread_new(actor, i, ABOVE + i, actors[i].sc, i & 1 ? caps[2] : 0);
	}
	for (unsigned int i = 0; i < ACTORS; i++)
		REQUIRE(seL4_TCB_Resume(actors[i].thread->tcb));
	while (events < EVENTS) {
		seL4_Word error = disturb();

		record(ACTORS, 0, &error, 1);
		disturbed++;
	}
	TRUE("threads that exchange messages at random do more than block",
	     disturbed < EVENTS / 4 * 3);
	printf("random_ipc: %lu disturbances, digest 0x%lx\n", disturbed, digest);
	EQUAL("forty thousand random events are those that seL4 has", digest, DIGEST_SEL4_16);
}

const struct test_group random_ipc_group = {"random_ipc",
					    (void (*const[])(void)){random_ipc, NULL}};
