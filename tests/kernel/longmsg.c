// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages of every length through calls and replies, alone and through a chain of servers: short
 * calls with long replies and the other way round, on either side of what registers hold.
 */
#include "harness.h"

#define LEVELS	   5
#define CALL_BASE  1000
#define REPLY_BASE 5000

static seL4_CPtr endpoints[LEVELS], replies[LEVELS];
static seL4_IPCBuffer *volatile buffers[LEVELS];
static volatile seL4_Word call_length, reply_length;
static volatile seL4_Word wrong; /* words that a server saw and should not have */

static const seL4_Word lengths[] = {0, 1, 3, 4, 5, 8, 31, 119, 120};
#define LENGTHS_COUNT (sizeof(lengths) / sizeof(lengths[0]))

static seL4_MessageInfo_t words(seL4_Word count)
{
	return seL4_MessageInfo_new(0, 0, 0, count);
}

/* Registers and buffer as one array. */
static seL4_Word *word_at(seL4_IPCBuffer *buffer, seL4_Word mr[4], seL4_Word i)
{
	return i < 4 ? &mr[i] : &buffer->msg[i];
}

static void fill(seL4_IPCBuffer *buffer, seL4_Word mr[4], seL4_Word base, seL4_Word length)
{
	for (seL4_Word i = 0; i < length; i++)
		*word_at(buffer, mr, i) = base + i;
}

static seL4_Word count_wrong(seL4_IPCBuffer *buffer, seL4_Word mr[4], seL4_Word base,
			     seL4_Word length, seL4_MessageInfo_t info)
{
	seL4_Word count = seL4_MessageInfo_get_length(info) != length;

	for (seL4_Word i = 0; i < length; i++)
		count += *word_at(buffer, mr, i) != base + i;
	return count;
}

/* Passes each call on to the next level, with other words; the last one answers. */
static void server(seL4_Word level)
{
	seL4_IPCBuffer *buffer = buffers[level];
	seL4_Word mr[4];
	seL4_MessageInfo_t info = seL4_RecvWithMRs(endpoints[level], seL4_Null, replies[level],
						   &mr[0], &mr[1], &mr[2], &mr[3]);

	for (;;) {
		shared[level]++;
		wrong += count_wrong(buffer, mr, CALL_BASE, call_length, info);
		if (level + 1 < LEVELS && endpoints[level + 1]) {
			fill(buffer, mr, CALL_BASE, call_length);
			info = seL4_CallWithMRs(endpoints[level + 1], words(call_length), &mr[0],
						&mr[1], &mr[2], &mr[3]);
			wrong += count_wrong(buffer, mr, REPLY_BASE, reply_length, info);
		}
		fill(buffer, mr, REPLY_BASE, reply_length);
		info = seL4_ReplyRecvWithMRs(endpoints[level], words(reply_length), seL4_Null,
					     &mr[0], &mr[1], &mr[2], &mr[3], replies[level]);
	}
}

static void servers_start(seL4_Word levels, bool passive)
{
	wrong = 0;
	for (seL4_Word level = 0; level < LEVELS; level++) {
		struct thread *thread;

		endpoints[level] = 0;
		if (level >= levels)
			continue;
		endpoints[level] = object_new(seL4_EndpointObject, 0);
		replies[level] = object_new(seL4_ReplyObject, 0);
		thread = thread_new(server, level, ABOVE + level, sc_new(FULL_BUDGET, FULL_BUDGET),
				    0);
		buffers[level] = thread->buffer;
		REQUIRE(seL4_TCB_Resume(thread->tcb));
		if (passive)
			REQUIRE(seL4_SchedContext_Unbind(thread->sc));
	}
}

/* Calls with every pair of lengths; how many words were wrong on the way there and back. */
static seL4_Word call_with_all_lengths(void)
{
	seL4_Word mr[4], back = 0;

	for (unsigned int i = 0; i < LENGTHS_COUNT * LENGTHS_COUNT; i++) {
		seL4_MessageInfo_t info;

		call_length = lengths[i / LENGTHS_COUNT];
		reply_length = lengths[i % LENGTHS_COUNT];
		fill(seL4_GetIPCBuffer(), mr, CALL_BASE, call_length);
		info = seL4_CallWithMRs(endpoints[0], words(call_length), &mr[0], &mr[1], &mr[2],
					&mr[3]);
		back += count_wrong(seL4_GetIPCBuffer(), mr, REPLY_BASE, reply_length, info);
	}
	return back;
}

static void longmsg_passive(void)
{
	servers_start(1, true);
	EQUAL("replies of every length to calls of every length come back from a passive server",
	      call_with_all_lengths(), 0);
	EQUAL("which saw every call right", wrong, 0);
	EQUAL("and once", shared[0], LENGTHS_COUNT * LENGTHS_COUNT);
}

static void longmsg_active(void)
{
	servers_start(1, false);
	EQUAL("they come back from a server with a context of its own", call_with_all_lengths(), 0);
	EQUAL("which saw every call right", wrong, 0);
}

static void longmsg_chain(void)
{
	servers_start(LEVELS, true);
	EQUAL("they come back through a chain of five passive servers", call_with_all_lengths(), 0);
	EQUAL("each of which saw every message right", wrong, 0);
	EQUAL("the last of them once", shared[LEVELS - 1], LENGTHS_COUNT * LENGTHS_COUNT);
}

static void longmsg_active_chain(void)
{
	servers_start(LEVELS, false);
	EQUAL("they come back through five servers with contexts of their own",
	      call_with_all_lengths(), 0);
	EQUAL("each of which saw every message right", wrong, 0);
	servers_start(3, true);
	EQUAL("and through three passive ones", call_with_all_lengths(), 0);
}

const struct test_group longmsg_group = {
	"longmsg", (void (*const[])(void)){longmsg_passive, longmsg_active, longmsg_chain,
					   longmsg_active_chain, NULL}};
