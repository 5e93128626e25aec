// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several cores, everything at once: clients and servers on different cores, threads and a guest that
 * the root thread stops, starts, moves, rewrites, deletes and makes again at random (the same way in
 * each run). Whatever happens, calls are answered rightly, what should run runs, and all can be taken
 * back.
 */
#include "guest.h"
#include "smp.h"

#define OPERATIONS 3000
#define VICTIMS	   3
#define VIRQ	   50

enum shared_use {
	ANSWERED = 0,	/* + client */
	WRONG = 4,	/* + client */
	COUNTED = 8,	/* + victim */
	SIGNALLED = 12, /* + core */
};

static seL4_CPtr endpoints, replies, bell;
static struct thread *victims[VICTIMS];
static struct guest guest;
static seL4_Word state;

static seL4_Word below(seL4_Word limit)
{
	/* xorshift64 */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % limit;
}

static void serve(seL4_Word index)
{
	seL4_Word badge, mr0 = 0, mr1 = 0;

	seL4_RecvWithMRs(endpoints + index, &badge, replies + index, &mr0, &mr1, 0, 0);
	for (;;) {
		mr1 = mr0 * 3;
		seL4_ReplyRecvWithMRs(endpoints + index, seL4_MessageInfo_new(0, 0, 0, 2), &badge,
				      &mr0, &mr1, 0, 0, replies + index);
	}
}

static void ask(seL4_Word client)
{
	for (seL4_Word i = client;; i += 7) {
		seL4_Word mr0 = i, mr1 = 0;

		seL4_CallWithMRs(endpoints + client, seL4_MessageInfo_new(0, 0, 0, 1), &mr0, &mr1, 0,
				 0);
		if (mr0 == i && mr1 == i * 3)
			shared[ANSWERED + client]++;
		else
			shared[WRONG + client]++;
		seL4_Signal(bell);
		relax();
	}
}

static void listen(seL4_Word index)
{
	for (;;) {
		seL4_WaitWithMRs(bell, seL4_Null, 0, 0, 0, 0);
		shared[index]++;
	}
}

static seL4_Word random_core(void)
{
	return below(bootinfo->numNodes);
}

static seL4_Error change_registers(struct thread *thread, seL4_Word victim)
{
	seL4_UserContext regs = {.pc = (seL4_Word)count_up, .x0 = COUNTED + victim};

	regs.sp = thread->stack_top;
	return seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs);
}

static seL4_Error rebind(const struct thread *thread)
{
	seL4_Error error = seL4_SchedContext_Unbind(thread->sc);

	return error ? error : seL4_SchedContext_Bind(thread->sc, thread->tcb);
}

/* Its TCB goes, and another takes its place. */
static seL4_Error make_again(struct thread *thread, seL4_Word victim)
{
	REQUIRE(cap_delete(thread->tcb));
	REQUIRE(retype(scratch, seL4_TCBObject, 0, thread->tcb, 1));
	REQUIRE(seL4_TCB_Configure(thread->tcb, ROOT, 0, seL4_CapInitThreadVSpace, 0,
				   (seL4_Word)thread->buffer, thread->buffer_frame));
	REQUIRE(seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, BELOW, BELOW,
					thread->sc, 0));
	return change_registers(thread, victim);
}

static seL4_Error change_guest(void)
{
	seL4_UserContext regs;

	switch (below(5)) {
	case 0:
		return seL4_TCB_Suspend(guest.tcb);
	case 1:
		return seL4_TCB_Resume(guest.tcb);
	case 2:
		move_to(guest.sc, random_core());
		return seL4_NoError;
	case 3:
		return seL4_TCB_ReadRegisters(guest.tcb, below(2), 0, 36, &regs);
	default:
		return seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ, 0, 0, below(4));
	}
}

static seL4_Error operate(void)
{
	seL4_Word victim = below(VICTIMS);
	struct thread *thread = victims[victim];
	seL4_UserContext regs;

	switch (below(11)) {
	case 0:
		return seL4_TCB_Suspend(thread->tcb);
	case 1:
	case 2:
		return seL4_TCB_Resume(thread->tcb);
	case 3:
	case 4:
		move_to(thread->sc, random_core());
		return seL4_NoError;
	case 5:
		return change_registers(thread, victim);
	case 6:
		return seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB,
					    BELOW - 1 + below(3));
	case 7:
		return rebind(thread);
	case 8:
		return below(20) ? seL4_TCB_ReadRegisters(thread->tcb, false, 0, 36, &regs)
				 : make_again(thread, victim);
	case 9:
		seL4_Signal(bell);
		if (!below(20))
			sleep_microseconds(500);
		return seL4_NoError;
	default:
		return change_guest();
	}
}

static void start_all(void)
{
	seL4_Word cores = bootinfo->numNodes;

	guest = guest_new(1); /* before anything has its endpoint's slot */
	endpoints = objects_new(seL4_EndpointObject, 0, 2);
	replies = objects_new(seL4_ReplyObject, 0, 2);
	bell = object_new(seL4_NotificationObject, 0);
	for (seL4_Word i = 0; i < 2; i++) {
		/* The one goes there and back, the other the other way round. */
		start_on(i ? cores - 1 : 0, serve, i, BELOW + 1);
		start_on(i ? 0 : cores - 1, ask, i, BELOW);
		start_on(i ? 0 : 1, listen, SIGNALLED + i, BELOW + 2);
	}
	for (seL4_Word i = 0; i < VICTIMS; i++)
		victims[i] = start_on(i % cores, count_up, COUNTED + i, BELOW);
	REQUIRE(seL4_TCB_SetPriority(guest.tcb, seL4_CapInitThreadTCB, BELOW));
	move_to(guest.sc, 1);
	guest_run(&guest, guest_spin, (seL4_UserContext){0});
}

static void smp_stress(void)
{
	seL4_Word failures = 0;

	state = 4711;
	start_all();
	for (int i = 0; i < OPERATIONS; i++) {
		failures += operate() != seL4_NoError;
		if (i % 100 == 99)
			check(true, "the root task gets on", __FILE__, __LINE__);
	}
	EQUAL("nothing fails that should not", failures, 0);
	for (seL4_Word i = 0; i < VICTIMS; i++) {
		move_to(victims[i]->sc, 1);
		REQUIRE(seL4_TCB_Resume(victims[i]->tcb));
		REQUIRE(seL4_TCB_SetPriority(victims[i]->tcb, seL4_CapInitThreadTCB, BELOW));
	}
	REQUIRE(seL4_TCB_Suspend(guest.tcb));
	for (seL4_Word i = 0; i < 2; i++) {
		seL4_Word before = shared[ANSWERED + i];

		for (int turn = 0; turn < 50; turn++)
			if (shared[ANSWERED + i] == before || !shared[SIGNALLED + i])
				sleep_microseconds(1000);
		TRUE("calls are answered at the end as at the beginning",
		     shared[ANSWERED + i] > before);
		EQUAL("and all rightly", shared[WRONG + i], 0);
		TRUE("signals arrive", shared[SIGNALLED + i] > 0);
	}
	for (seL4_Word i = 0; i < VICTIMS; i++)
		TRUE("threads that may run do", is_counting(&shared[COUNTED + i]));
	SUCCEEDS("everything can be taken back while it runs", cap_revoke(scratch));
}

const struct test_group smp_stress_group = {"smp_stress",
					    (void (*const[])(void)){smp_stress, NULL}};
