// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several cores: threads on each, and everything that one core may do to a thread that runs on, or
 * belongs to, another. The root thread is on core 0 and does not block unless a test says so.
 */
#include "smp.h"

#define OTHER 1 /* the core that most tests use besides core 0 */
#define WAIT_US 3000000
#define A_WHILE_US 20000

/* ---- helpers ---- */

seL4_CPtr control_of(seL4_Word core)
{
	return bootinfo->schedcontrol.start + core;
}

void move_to(seL4_CPtr sc, seL4_Word core)
{
	REQUIRE(seL4_SchedControl_ConfigureFlags(control_of(core), sc, FULL_BUDGET, FULL_BUDGET, 0,
						 0, 0));
}

struct thread *start_on(seL4_Word core, thread_entry entry, seL4_Word argument, seL4_Word priority)
{
	struct thread *thread =
		thread_new(entry, argument, priority, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	move_to(thread->sc, core);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	return thread;
}

bool await(volatile seL4_Word *word, seL4_Word least)
{
	seL4_Word start = now();

	while (*word < least) {
		if (microseconds(now() - start) > WAIT_US)
			return false;
		relax();
	}
	return true;
}

bool is_counting(volatile seL4_Word *word)
{
	seL4_Word start = now(), before = *word;

	while (*word == before) {
		if (microseconds(now() - start) > WAIT_US)
			return false;
		relax();
	}
	return true;
}

/* Whatever was about to happen has happened. */
static bool is_still(volatile seL4_Word *word)
{
	seL4_Word start = now(), before = *word;

	while (microseconds(now() - start) < A_WHILE_US)
		relax();
	return *word == before;
}

void count_up(seL4_Word index)
{
	for (;;) {
		shared[index]++;
		relax();
	}
}

static void mark(seL4_Word core)
{
	__asm__ volatile("msr cntp_cval_el0, %0; isb" : : "r"(MARK + core));
	shared[core] = 1;
	thread_park();
}

void cores_mark(void)
{
	for (seL4_Word core = 0; core < bootinfo->numNodes; core++) {
		struct thread *thread = start_on(core, mark, core, ABOVE);

		REQUIRE(!await(&shared[core], 1));
		REQUIRE(seL4_TCB_Suspend(thread->tcb));
		shared[core] = 0;
	}
}

seL4_Word where(void)
{
	seL4_Word comparator;

	__asm__ volatile("isb; mrs %0, cntp_cval_el0" : "=r"(comparator));
	return comparator - MARK;
}

/* ---- running ---- */

static void tell_where(seL4_Word index)
{
	for (;;) {
		shared[index] = where() + 1;
		shared[index + 16]++;
		relax();
	}
}

static void smp_parallel(void)
{
	seL4_Word cores = bootinfo->numNodes, right = 0, counting = 0;

	cores_mark();
	EQUAL("the root task starts on core 0", where(), 0);
	for (seL4_Word core = 1; core < cores; core++)
		start_on(core, tell_where, core, BELOW);
	for (seL4_Word core = 1; core < cores; core++)
		right += await(&shared[core], 1) && shared[core] == core + 1;
	EQUAL("a thread runs on the core of its scheduling context", right, cores - 1);
	for (seL4_Word core = 1; core < cores; core++)
		counting += is_counting(&shared[core + 16]);
	EQUAL("all of them while this one runs, which is more important", counting, cores - 1);
}

static void smp_migration(void)
{
	seL4_Word cores = bootinfo->numNodes, right = 0;
	struct thread *thread;

	cores_mark();
	thread = start_on(OTHER, tell_where, 5, BELOW);
	for (seL4_Word turn = 0; turn < 40; turn++) {
		/* Not to this core: the root thread could not follow. */
		seL4_Word core = 1 + turn % (cores - 1);

		move_to(thread->sc, core);
		shared[5] = 0;
		right += await(&shared[5], core + 1) && shared[5] == core + 1;
	}
	EQUAL("a running thread can be moved from core to core", right, 40);
	EQUAL("a thread can move itself", ({
		      move_to(seL4_CapInitThreadSC, OTHER);
		      where();
	      }), OTHER);
	EQUAL("and come back", ({
		      move_to(seL4_CapInitThreadSC, 0);
		      where();
	      }), 0);
}

/* ---- messages ---- */

static seL4_CPtr endpoint, reply, ping, pong;

static void answer_signals(seL4_Word index)
{
	for (;;) {
		seL4_WaitWithMRs(ping, seL4_Null, 0, 0, 0, 0);
		shared[index]++;
		seL4_Signal(pong);
	}
}

static void smp_signals(void)
{
	ping = object_new(seL4_NotificationObject, 0);
	pong = object_new(seL4_NotificationObject, 0);
	start_on(OTHER, answer_signals, 4, BELOW);
	for (int i = 0; i < 200; i++) {
		seL4_Signal(ping);
		seL4_Wait(pong, seL4_Null);
	}
	EQUAL("signals wake threads of other cores, both ways", shared[4], 200);
}

/* Answers with word 0 plus one, and where it runs. */
static void serve(seL4_Word index)
{
	seL4_Word badge, mr0 = 0, mr1 = 0;

	seL4_RecvWithMRs(endpoint, &badge, reply, &mr0, 0, 0, 0);
	for (;;) {
		shared[index]++;
		mr0++;
		mr1 = where();
		seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 2), &badge, &mr0,
				      &mr1, 0, 0, reply);
	}
}

static seL4_Word ask(seL4_Word word, seL4_Word *core)
{
	seL4_Word mr0 = word, mr1 = ~0ul;

	seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), &mr0, &mr1, 0, 0);
	*core = mr1;
	return mr0;
}

static void ask_often(seL4_Word index)
{
	seL4_Word core;

	for (seL4_Word i = 0;; i++) {
		shared[index] += ask(i, &core) == i + 1;
		shared[index + 1] = core + 1;
	}
}

static void smp_calls(void)
{
	seL4_Word right = 0, there = 0, core;
	struct thread *server;

	cores_mark();
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
	server = start_on(OTHER, serve, 8, ABOVE);
	for (seL4_Word i = 0; i < 200; i++) {
		right += ask(i, &core) == i + 1;
		there += core == OTHER;
	}
	EQUAL("a server of another core answers", right, 200);
	EQUAL("and stays there with a context of its own", there, 200);

	SUCCEEDS("made passive, it", seL4_SchedContext_UnbindObject(server->sc, server->tcb));
	ask(1, &core);
	EQUAL("runs on the core of whoever calls", core, 0);
	start_on(OTHER, ask_often, 10, BELOW);
	TRUE("whichever that is", await(&shared[11], OTHER + 1));
	/* It may then have to go straight from one caller's core to the next one's, which is idle. */
	start_on(0, ask_often, 12, BELOW);
	for (int i = right = 0; i < 20; i++) {
		seL4_Word before = shared[12];

		sleep_microseconds(1000);
		right += shared[12] != before && shared[13] == 1;
	}
	BETTER("even if two cores call at the same time", right > 0 && is_counting(&shared[10]));
}

/* ---- stopping and changing ---- */

void fill_registers(seL4_Word unused); /* code.S */

static void smp_registers(void)
{
	struct thread *thread = start_on(OTHER, count_up, 6, ABOVE);
	seL4_UserContext regs = {0};

	TRUE("a thread counts", await(&shared[6], 10));
	SUCCEEDS("it can be suspended while it runs elsewhere", seL4_TCB_Suspend(thread->tcb));
	TRUE("then it does not run", is_still(&shared[6]));
	SUCCEEDS("and be resumed", seL4_TCB_Resume(thread->tcb));
	TRUE("then it does", is_counting(&shared[6]));
	SUCCEEDS("its registers can be written while it runs",
		 thread_set_pc(thread, fill_registers, true));
	TRUE("and it is there at once", is_still(&shared[6]));
	SUCCEEDS("they can be read, too",
		 seL4_TCB_ReadRegisters(thread->tcb, false, 0, 36, &regs));
	EQUAL("the pc", regs.pc, (seL4_Word)fill_registers + 31 * 4);
	EQUAL("and others", regs.x19, 119);
	regs.pc = (seL4_Word)count_up;
	regs.x0 = 6;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, false, 0, 4, &regs));
	TRUE("written without being resumed, a running thread goes on", is_counting(&shared[6]));
}

static void smp_priorities(void)
{
	struct thread *high = start_on(OTHER, count_up, 6, ABOVE);
	struct thread *low;

	TRUE("a thread runs", await(&shared[6], 10));
	low = start_on(OTHER, count_up, 7, BELOW);
	TRUE("one below it on the same core does not", is_still(&shared[7]));
	REQUIRE(seL4_TCB_SetPriority(high->tcb, seL4_CapInitThreadTCB, BELOW - 1));
	TRUE("until the other's priority falls below", is_counting(&shared[7]));
	TRUE("which does not run then", is_still(&shared[6]));
	REQUIRE(seL4_TCB_SetPriority(high->tcb, seL4_CapInitThreadTCB, BELOW));
	TRUE("with the same priority they take turns",
	     is_counting(&shared[6]) && is_counting(&shared[7]));
	REQUIRE(seL4_TCB_SetPriority(low->tcb, seL4_CapInitThreadTCB, ABOVE));
	TRUE("a queued thread's priority can be raised from elsewhere",
	     is_counting(&shared[7]) && is_still(&shared[6]));
}

static void smp_budgets(void)
{
	struct thread *thread = start_on(OTHER, count_up, 6, ABOVE);
	seL4_SchedContext_Consumed_t consumed;

	REQUIRE(seL4_SchedControl_ConfigureFlags(control_of(OTHER), thread->sc, 1000, 20000, 0, 0,
						 0));
	TRUE("a thread of another core has its budget in every period",
	     is_counting(&shared[6]) && is_counting(&shared[6]));
	consumed = seL4_SchedContext_Consumed(thread->sc);
	TRUE("its time is counted there", consumed.error == 0 && consumed.consumed > 0);
	SUCCEEDS("its context can be taken away while it runs",
		 seL4_SchedContext_UnbindObject(thread->sc, thread->tcb));
	TRUE("then it does not run", is_still(&shared[6]));
	SUCCEEDS("and be given back", seL4_SchedContext_Bind(thread->sc, thread->tcb));
	TRUE("then it does", is_counting(&shared[6]));
}

static void smp_deletion(void)
{
	struct thread *one = start_on(OTHER, count_up, 6, ABOVE);
	seL4_CPtr sc;

	TRUE("a thread runs", await(&shared[6], 10));
	SUCCEEDS("its context can be deleted", cap_delete(one->sc));
	TRUE("then it stands", is_still(&shared[6]));
	sc = sc_new(FULL_BUDGET, FULL_BUDGET);
	move_to(sc, OTHER);
	REQUIRE(seL4_SchedContext_Bind(sc, one->tcb));
	TRUE("with another it goes on", is_counting(&shared[6]));
	SUCCEEDS("it can be deleted while it runs", cap_delete(one->tcb));
	TRUE("then it is gone", is_still(&shared[6]));
	for (seL4_Word core = 1; core < bootinfo->numNodes; core++)
		start_on(core, count_up, 8 + core, BELOW);
	TRUE("others run", await(&shared[9], 10));
	SUCCEEDS("revoking everything ends them", cap_revoke(scratch));
	TRUE("all", is_still(&shared[9]));
}

const struct test_group smp_group = {
	"smp", (void (*const[])(void)){smp_parallel, smp_migration, smp_signals, smp_calls,
				       smp_registers, smp_priorities, smp_budgets, smp_deletion,
				       NULL}};
