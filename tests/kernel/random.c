// SPDX-License-Identifier: BSD-2-Clause
/*
 * Twenty thousand random invocations on a window of 48 slots, always the same ones. What a kernel
 * answers (label, length and words; or that it does not answer) is folded into a digest that seL4
 * 16.0.0 gave: a kernel that decides anything differently, or keeps other state, gives another.
 * A helper makes the calls, since some of them block. -DRANDOM_TRACE=n prints operations from n on.
 */
#include <stdio.h>

#include "harness.h"

#define SLOTS	       48
#define ROUNDS	       50
#define OPERATIONS     400 /* per round; each round starts with the same objects */
#ifdef CONFIG_ENABLE_SMP_SUPPORT /* one label more or less chooses others */
#define DIGEST_SEL4_16 0x26d7fbc6054c018eul
#else
#define DIGEST_SEL4_16 0x1af7203f775ed9dful
#endif

#ifndef RANDOM_TRACE
#define RANDOM_TRACE (~0u)
#endif
#ifndef RANDOM_SEED
#define RANDOM_SEED 2ul
#endif

/*
 * How to make up each invocation's arguments. Caps: w any window slot; t U e N s F L V G mostly one
 * that held such an object when the round began (contents[]); b TCB or notification; r mostly the
 * root CNode, v the root task's VSpace, T its TCB; C D I A P mostly the caps of scheduling control,
 * domains, IRQ control, ASID control, an ASID pool.
 * Words: 1 2 3 index and depth in the service, first or second cap; the rest below in word().
 */
static const struct invocation {
	const char *service, *caps, *words;
	bool answers; /* with words that depend on nothing but earlier operations */
} invocations[nArchInvocationLabels] = {
	[TCBCopyRegisters] = {"t", "t", "u", false},
	[TCBReadRegisters] = {"t", "", "fh", false},
	[TCBWriteRegisters] = {"t", "", "fhyzzS", false},
	[TCBConfigure] = {"t", "rvF", "bba", false},
	[TCBSetPriority] = {"t", "T", "p", false},
	[TCBSetMCPriority] = {"t", "T", "p", false},
	[TCBSetSchedParams] = {"t", "Tse", "pp", false},
	[TCBSetTimeoutEndpoint] = {"t", "e", "", false},
	[TCBSetIPCBuffer] = {"t", "F", "a", false},
	[TCBSetSpace] = {"t", "erv", "bb", false},
	[TCBSuspend] = {"t", "", "", false},
	[TCBResume] = {"t", "", "", false},
	[TCBBindNotification] = {"t", "N", "", false},
	[TCBUnbindNotification] = {"t", "", "", false},
	[TCBSetTLSBase] = {"t", "", "u", false},
	[TCBSetFlags] = {"t", "", "ff", true},
	[CNodeRevoke] = {"r", "", "1", false},
	[CNodeDelete] = {"r", "", "1", false},
	[CNodeCancelBadgedSends] = {"r", "", "1", false},
	[CNodeCopy] = {"r", "r", "12R", false},
	[CNodeMint] = {"r", "r", "12Rb", false},
	[CNodeMove] = {"r", "r", "12", false},
	[CNodeMutate] = {"r", "r", "12b", false},
	[CNodeRotate] = {"r", "rr", "1b2b3", false},
	[IRQIssueIRQHandler] = {"I", "r", "q2", false},
	[IRQAckIRQ] = {"w", "", "", false},
	[IRQSetIRQHandler] = {"w", "N", "", false},
	[IRQClearIRQHandler] = {"w", "", "", false},
	[DomainSetSet] = {"D", "t", "h", false},
	[SchedControlConfigureFlags] = {"C", "s", "BPebf", false},
	[SchedContextBind] = {"s", "b", "", false},
	[SchedContextUnbind] = {"s", "", "", false},
	[SchedContextUnbindObject] = {"s", "b", "", false},
	[SchedContextConsumed] = {"s", "", "", false},
	[SchedContextYieldTo] = {"s", "", "", false},
	[ARMVSpaceClean_Data] = {"V", "", "aa", false},
	[ARMVSpaceUnify_Instruction] = {"V", "", "aa", false},
	[ARMPageTableMap] = {"L", "V", "ax", false},
	[ARMPageTableUnmap] = {"L", "", "", false},
	[ARMPageMap] = {"F", "V", "aRx", false},
	[ARMPageUnmap] = {"F", "", "", false},
	[ARMPageClean_Data] = {"F", "", "kk", false},
	[ARMPageGetAddress] = {"F", "", "", false},
	[ARMASIDControlMakePool] = {"A", "Ur", "3", false},
	[ARMASIDPoolAssign] = {"P", "V", "", false},
	[ARMVCPUSetTCB] = {"G", "t", "", false},
	[ARMVCPUInjectIRQ] = {"G", "", "j", false},
	[ARMVCPUReadReg] = {"G", "", "g", false},
	[ARMVCPUWriteReg] = {"G", "", "gu", false},
	[ARMVCPUAckVPPI] = {"G", "", "q", false},
	[ARMIRQIssueIRQHandlerTrigger] = {"I", "r", "qf2", false},
#ifndef CONFIG_ENABLE_SMP_SUPPORT
	[ARMIRQIssueSGISignal] = {"I", "r", "hf2", false},
#endif
};

void wait_on(seL4_Word cap); /* code.S */

static struct {
	seL4_CPtr service;
	seL4_CPtr caps[3];
	seL4_Word words[8];
	seL4_Word label, caps_count, words_count;
} operation;

static volatile struct {
	seL4_Word done, info;
	seL4_Word mr[4];
} answer;

static seL4_CPtr window, pool;
static seL4_Word state, digest;

static seL4_Word random_bits(void)
{
	/* xorshift64 */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

static seL4_Word below(seL4_Word limit)
{
	return random_bits() % limit;
}

/* What a round begins with, in the order of the window's slots. */
static const struct {
	char kind;
	uint8_t type, size_bits, count;
} contents[] = {
	{'U', seL4_UntypedObject, 12, 3},      {'U', seL4_UntypedObject, 14, 2},
	{'t', seL4_TCBObject, 0, 4},	       {'e', seL4_EndpointObject, 0, 2},
	{'N', seL4_NotificationObject, 0, 3},  {'K', seL4_CapTableObject, 4, 2},
	{'s', seL4_SchedContextObject, 8, 3},  {'Y', seL4_ReplyObject, 0, 2},
	{'F', seL4_ARM_SmallPageObject, 0, 3}, {'L', seL4_ARM_PageTableObject, 0, 3},
	{'V', seL4_ARM_VSpaceObject, 0, 2},    {'G', seL4_ARM_VCPUObject, 0, 2},
};
#define CONTENTS_COUNT (sizeof(contents) / sizeof(contents[0]))

static seL4_CPtr slot_of_kind(char kind)
{
	seL4_CPtr at = window + 1;

	for (unsigned int i = 0; i < CONTENTS_COUNT; i++) {
		if (contents[i].kind == kind)
			return at + below(contents[i].count);
		at += contents[i].count;
	}
	return window + below(SLOTS);
}

static seL4_CPtr random_cap(char kind)
{
	if (below(4) == 0)
		return window + below(SLOTS);
	if (below(12) == 0)
		return 0;
	switch (kind) {
	case 'r':
		return below(4) ? ROOT : slot_of_kind('K');
	case 'v':
		return below(2) ? seL4_CapInitThreadVSpace : slot_of_kind('V');
	case 'b':
		return slot_of_kind(below(2) ? 't' : 'N');
	case 'T':
		return seL4_CapInitThreadTCB;
	case 'C':
		return sched_control;
	case 'D':
		return seL4_CapDomain;
	case 'I':
		return seL4_CapIRQControl;
	case 'A':
		return seL4_CapASIDControl;
	case 'P':
		return pool;
	default:
		return slot_of_kind(kind);
	}
}

static seL4_Word random_address(void)
{
	static const unsigned int shifts[] = {10, 12, 21, 21, 30, 38};

	return below(6) << shifts[below(6)];
}

static seL4_Word word(char kind)
{
	static const seL4_Word badges[] = {0, 0, 0, 1, 2, 0x45, 60, 59, 0x1045, ~0ul};
	seL4_Word reg;

	switch (kind) {
	case 'a':
		return random_address();
	case 'b':
		return badges[below(10)];
	case 'e':
		return below(12);
	case 'f':
		return below(4);
	case 'g':
		/* Nothing that starts a timer, bars the counter or has a guest loop. */
		reg = below(seL4_VCPUReg_Num + 1);
		if (reg == seL4_VCPUReg_SCTLR || reg == seL4_VCPUReg_CNTV_CTL ||
		    reg == seL4_VCPUReg_CNTKCTL_EL1)
			return seL4_VCPUReg_TTBR0;
		return reg;
	case 'h':
		return below(20);
	case 'j':
		return below(1100) | below(40) << 16 | below(3) << 24 | below(6) << 32;
	case 'k':
		return below(5000);
	case 'p':
		return below(260);
	case 'q':
		return 60 + below(10);
	case 'R':
		return below(16);
	case 'x':
		return below(8);
	case 'y':
		return below(2) ? (seL4_Word)wait_on : random_address();
	case 'B':
		return 5000 + below(10) * 1000;
	case 'P':
		return 10000 + below(10) * 1000;
	case 'S':
		return window + below(SLOTS);
	case 'u':
		return random_bits();
	default:
		return 0;
	}
}

/* Index and depth of a slot below a CNode: in the window, if that is the root CNode. */
static void add_path(seL4_CPtr cnode)
{
	bool plain = below(16) != 0;

	if (cnode == ROOT) {
		/* Depths that fail, but none whose error tells where the window lies. */
		seL4_Word odd = below(2) ? below(47) : DEPTH + below(6);

		operation.words[operation.words_count++] = window + below(SLOTS);
		operation.words[operation.words_count++] = plain ? DEPTH : odd;
	} else {
		operation.words[operation.words_count++] = below(20);
		operation.words[operation.words_count++] = plain ? 4 : below(70);
	}
}

/* Retype is the one invocation whose arguments decide where others may be. */
static void make_retype(void)
{
	bool direct = below(8) != 0;
	seL4_CPtr cnode = direct ? ROOT : random_cap('K');
	seL4_Word words[] = {below(seL4_ObjectTypeCount + 1),
			     below(15),
			     0,
			     0,
			     direct ? window + below(SLOTS) : below(20),
			     below(4)};

	if (!direct && below(2)) {
		words[2] = cnode;
		words[3] = DEPTH;
		cnode = ROOT;
	}
	operation.service = random_cap('U');
	operation.caps[0] = cnode;
	operation.caps_count = 1;
	for (operation.words_count = 0; operation.words_count < 6; operation.words_count++)
		operation.words[operation.words_count] = words[operation.words_count];
}

static void make_operation(void)
{
	const struct invocation *invocation;

	do
		operation.label = 1 + below(nArchInvocationLabels - 1);
	while (operation.label != UntypedRetype && !invocations[operation.label].service);
	operation.caps_count = 0;
	operation.words_count = 0;
	if (operation.label == UntypedRetype) {
		make_retype();
		return;
	}
	invocation = &invocations[operation.label];
	operation.service = random_cap(*invocation->service);
	for (const char *kind = invocation->caps; *kind; kind++)
		operation.caps[operation.caps_count++] = random_cap(*kind);
	for (const char *kind = invocation->words; *kind; kind++) {
		if (*kind == '1')
			add_path(operation.service);
		else if (*kind == '2' || *kind == '3')
			add_path(operation.caps[*kind - '2']);
		else
			operation.words[operation.words_count++] = word(*kind);
	}
	/* Now and then an argument is missing. */
	if (operation.words_count && !below(30))
		operation.words_count--;
	if (operation.caps_count && !below(30))
		operation.caps_count--;
}

/* The helper: makes the call, or blocks in it, or faults. */
static void perform(seL4_Word buffer_address)
{
	seL4_IPCBuffer *buffer = (seL4_IPCBuffer *)buffer_address;
	seL4_Word mr[4];
	seL4_MessageInfo_t info = seL4_MessageInfo_new(operation.label, 0, operation.caps_count,
						       operation.words_count);

	for (seL4_Word i = 0; i < operation.caps_count; i++)
		buffer->caps_or_badges[i] = operation.caps[i];
	for (seL4_Word i = 4; i < operation.words_count; i++)
		buffer->msg[i] = operation.words[i];
	for (unsigned int i = 0; i < 4; i++)
		mr[i] = operation.words[i];
	info = seL4_CallWithMRs(operation.service, info, &mr[0], &mr[1], &mr[2], &mr[3]);
	answer.info = info.words[0];
	for (unsigned int i = 0; i < 4; i++)
		answer.mr[i] = mr[i];
	answer.done = 1;
	thread_park();
}

static void digest_add(seL4_Word value)
{
	/* FNV-1a, by words. */
	digest = (digest ^ value) * 0x100000001b3ul;
}

static void record_answer(seL4_Word number)
{
	seL4_MessageInfo_t info = {{answer.done ? answer.info : ~0ul}};
	seL4_Word error = seL4_MessageInfo_get_label(info);
	seL4_Word length = answer.done ? seL4_MessageInfo_get_length(info) : 0;
	bool counts = error || invocations[operation.label].answers;

	digest_add(info.words[0]);
	for (seL4_Word i = 0; i < length && i < 4 && counts; i++)
		digest_add(answer.mr[i]);
	if (number >= RANDOM_TRACE)
		printf("%lu: %lu on %ld (%lu %lu %lu %lu %lu; caps %ld %ld): %lx %lx %lx\n", number,
		       operation.label, (long)(operation.service - window), operation.words[0],
		       operation.words[1], operation.words[2], operation.words[3],
		       operation.words[4], (long)(operation.caps[0] - window),
		       (long)(operation.caps[1] - window), info.words[0],
		       counts && length > 0 ? answer.mr[0] : 0,
		       counts && length > 1 ? answer.mr[1] : 0);
}

/* One of everything, and more of what has states; all from untypeds in the window. */
static void fill_window(seL4_CPtr untyped)
{
	seL4_CPtr at = window + 1, tcb = window + 6;

	REQUIRE(cap_copy(window, untyped));
	REQUIRE(cap_delete(untyped));
	for (unsigned int i = 0; i < CONTENTS_COUNT; i++) {
		REQUIRE(retype(window, contents[i].type, contents[i].size_bits, at,
			       contents[i].count));
		at += contents[i].count;
	}
	for (seL4_CPtr i = 0; i < 3; i++)
		REQUIRE(seL4_TCB_Configure(tcb + i, ROOT, 0, seL4_CapInitThreadVSpace, 0, 0, 0));
}

static void random_invocations(void)
{
	seL4_CPtr untyped = objects_new(seL4_UntypedObject, 18, ROUNDS);
	seL4_UserContext regs = {.pc = (seL4_Word)perform};
	struct thread *helper = thread_new(perform, 0, 255, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	unsigned int answered = 0, succeeded = 0;

	window = slots_new(SLOTS);
	pool = slot_new();
	state = RANDOM_SEED;
	REQUIRE(seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl,
					      object_new(seL4_UntypedObject, seL4_ASIDPoolBits),
					      ROOT, pool, DEPTH));
	regs.sp = helper->stack_top;
	regs.x0 = (seL4_Word)helper->buffer;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		fill_window(untyped + round);
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			make_operation();
			answer.done = 0;
			REQUIRE(seL4_TCB_WriteRegisters(helper->tcb, true, 0, 4, &regs));
			record_answer(round * OPERATIONS + i);
			answered += answer.done;
			succeeded += answer.done && !(answer.info >> 12);
		}
		for (seL4_CPtr slot = window; slot < window + SLOTS; slot++) {
			REQUIRE(cap_revoke(slot));
			REQUIRE(cap_delete(slot));
		}
	}
	TRUE("most random invocations are answered", answered > ROUNDS * OPERATIONS / 2);
	TRUE("many of them succeed", succeeded > ROUNDS * OPERATIONS / 20);
	printf("random: %u answered, %u succeeded, digest 0x%lx\n", answered, succeeded, digest);
	/* Sizes and labels are in the digest: it holds for one configuration. */
	if (seL4_TCBBits == 11 && seL4_VSpaceBits == 13)
		EQUAL("twenty thousand random invocations are answered as seL4 does", digest,
		      DIGEST_SEL4_16);
}

const struct test_group random_group = {"random",
					(void (*const[])(void)){random_invocations, NULL}};
