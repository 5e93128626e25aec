// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scheduling contexts: configuration, binding, budgets and periods, Yield, YieldTo, Consumed,
 * timeout faults. Times are checked within wide bounds: an emulator shares its host.
 */
#include "harness.h"

#define MILLISECOND 1000

static seL4_CPtr endpoint, reply;

static void count(seL4_Word at)
{
	for (;;)
		shared[at]++;
}

static void count_once(seL4_Word at)
{
	shared[at]++;
	thread_park();
}

static void count_and_yield(seL4_Word at)
{
	for (;;) {
		shared[at]++;
		seL4_Yield();
	}
}

static seL4_Error configure(seL4_CPtr sc, seL4_Time budget, seL4_Time period, seL4_Word refills)
{
	return seL4_SchedControl_ConfigureFlags(sched_control, sc, budget, period, refills, 0, 0);
}

static void sched_configure(void)
{
	seL4_CPtr sc = object_new(seL4_SchedContextObject, 8);
	seL4_Word room = seL4_MaxExtraRefills(8);

	SUCCEEDS("a scheduling context can be configured", configure(sc, 1000, 10000, 0));
	SUCCEEDS("and again", configure(sc, 5000, 5000, 0));
	FAILS("a budget of nothing is out of range", configure(sc, 0, 1000, 0), seL4_RangeError);
	TRUE("there is a least budget, and a greatest period",
	     seL4_GetMR(0) > 0 && seL4_GetMR(0) < 1000 && seL4_GetMR(1) > 1000000000);
	SUCCEEDS("the least budget is fine", configure(sc, seL4_GetMR(0), 10000, 0));
	FAILS("a budget above its period is out of range", configure(sc, 2000, 1000, 0),
	      seL4_RangeError);
	EQUAL("the range's maximum is the period", seL4_GetMR(1), 1000);
	FAILS("a period beyond all bounds is out of range", configure(sc, 1000, ~0ul, 0),
	      seL4_RangeError);
	FAILS("a budget beyond all bounds is out of range", configure(sc, ~0ul, ~0ul, 0),
	      seL4_RangeError);
	SUCCEEDS("as many extra refills as fit are fine", configure(sc, 1000, 10000, room));
	FAILS("one more is out of range", configure(sc, 1000, 10000, room + 1), seL4_RangeError);
	EQUAL("the range's maximum is what fits", seL4_GetMR(1), room);
	SUCCEEDS("a sporadic scheduling context can be configured",
		 seL4_SchedControl_ConfigureFlags(sched_control, sc, 1000, 10000, 2, 0,
						  seL4_SchedContext_Sporadic));
	FAILS("what is no scheduling context is an invalid capability",
	      configure(ROOT, 1000, 10000, 0), seL4_InvalidCapability);
	EQUAL("the scheduling context is cap 1", seL4_GetMR(0), 1);
	FAILS("configuring without the context is too short",
	      raw_call(sched_control, SchedControlConfigureFlags, 0, 5), seL4_TruncatedMessage);
	seL4_SetCap(0, sc);
	FAILS("configuring with four words is too short",
	      raw_call(sched_control, SchedControlConfigureFlags, 1, 4), seL4_TruncatedMessage);
	FAILS("scheduling control knows no other invocation",
	      raw_call(sched_control, SchedContextBind, 1, 0), seL4_IllegalOperation);
	FAILS("a scheduling context knows no TCB invocation", raw_call(sc, TCBResume, 0, 0),
	      seL4_IllegalOperation);
}

static void sched_binding(void)
{
	seL4_CPtr sc = sc_new(FULL_BUDGET, FULL_BUDGET), other = sc_new(FULL_BUDGET, FULL_BUDGET);
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	struct thread *thread = thread_new(count_once, 0, ABOVE, 0, 0);
	struct thread *second = thread_new(count_once, 0, ABOVE, 0, 0);

	SUCCEEDS("a context can be bound to a TCB", seL4_SchedContext_Bind(sc, thread->tcb));
	FAILS("a context has one TCB", seL4_SchedContext_Bind(sc, second->tcb),
	      seL4_IllegalOperation);
	FAILS("a TCB has one context", seL4_SchedContext_Bind(other, thread->tcb),
	      seL4_IllegalOperation);
	SUCCEEDS("a context with a TCB can also have a notification",
		 seL4_SchedContext_Bind(sc, notification));
	FAILS("a notification has one context", seL4_SchedContext_Bind(other, notification),
	      seL4_IllegalOperation);
	FAILS("a context has one notification",
	      seL4_SchedContext_Bind(sc, object_new(seL4_NotificationObject, 0)),
	      seL4_IllegalOperation);
	FAILS("what is neither is an invalid capability", seL4_SchedContext_Bind(other, ROOT),
	      seL4_InvalidCapability);
	FAILS("binding nothing is too short", raw_call(other, SchedContextBind, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("unbinding another TCB is an illegal operation",
	      seL4_SchedContext_UnbindObject(sc, second->tcb), seL4_IllegalOperation);
	FAILS("unbinding what is neither is an invalid capability",
	      seL4_SchedContext_UnbindObject(sc, ROOT), seL4_InvalidCapability);
	SUCCEEDS("a TCB can be unbound", seL4_SchedContext_UnbindObject(sc, thread->tcb));
	SUCCEEDS("a notification can be unbound", seL4_SchedContext_UnbindObject(sc, notification));
	FAILS("but not twice", seL4_SchedContext_UnbindObject(sc, notification),
	      seL4_IllegalOperation);
	SUCCEEDS("a context without anything bound can be unbound", seL4_SchedContext_Unbind(sc));
	SUCCEEDS("then it can be bound again", seL4_SchedContext_Bind(sc, second->tcb));
	FAILS("a thread cannot unbind its own context",
	      seL4_SchedContext_Unbind(seL4_CapInitThreadSC), seL4_IllegalOperation);
	FAILS("nor by naming itself",
	      seL4_SchedContext_UnbindObject(seL4_CapInitThreadSC, seL4_CapInitThreadTCB),
	      seL4_IllegalOperation);
	REQUIRE(seL4_TCB_Resume(second->tcb));
	EQUAL("a bound, resumed thread runs", shared[0], 1);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	EQUAL("an unbound one does not", shared[0], 1);
	SUCCEEDS("scheduling parameters can bind a context",
		 seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, ABOVE, ABOVE, other,
					 0));
	EQUAL("bound by them it runs", shared[0], 2);
	SUCCEEDS("scheduling parameters can take a context away",
		 seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, ABOVE, ABOVE, 0, 0));
	SUCCEEDS("so that it can be bound elsewhere",
		 seL4_SchedContext_Bind(other, thread_new(count_once, 0, ABOVE, 0, 0)->tcb));
}

static void sched_budget(void)
{
	seL4_CPtr sc = sc_new(1 * MILLISECOND, 10 * MILLISECOND);
	struct thread *thread = thread_new(count, 0, ABOVE, sc, 0);
	seL4_SchedContext_Consumed_t used;
	seL4_Word before, after, start;

	start = now();
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	TRUE("a thread above runs until its budget is used up",
	     shared[0] > 0 && microseconds(now() - start) >= MILLISECOND / 2);
	before = shared[0];
	spin_microseconds(2 * MILLISECOND);
	EQUAL("without budget it waits for its period", shared[0], before);
	spin_microseconds(100 * MILLISECOND);
	after = shared[0];
	TRUE("in the next periods it runs again", after > before);
	used = seL4_SchedContext_Consumed(sc);
	SUCCEEDS("consumed time can be read", used.error);
	TRUE("it consumed about a tenth",
	     used.consumed >= 5 * MILLISECOND && used.consumed <= 20 * MILLISECOND);
	used = seL4_SchedContext_Consumed(sc);
	TRUE("reading sets consumed time back", used.consumed <= 2 * MILLISECOND);
	SUCCEEDS("a running context can be given more",
		 configure(sc, 5 * MILLISECOND, 10 * MILLISECOND, 0));
	spin_microseconds(50 * MILLISECOND);
	used = seL4_SchedContext_Consumed(sc);
	TRUE("then it consumes about as much as the other",
	     used.consumed >= 10 * MILLISECOND && used.consumed <= 80 * MILLISECOND);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	before = shared[0];
	spin_microseconds(12 * MILLISECOND);
	EQUAL("a suspended thread stays suspended when its period comes", shared[0], before);
}

static void sched_round_robin(void)
{
	seL4_Word first, second;

	REQUIRE(seL4_TCB_Resume(
		thread_new(count, 0, BELOW, sc_new(MILLISECOND, MILLISECOND), 0)->tcb));
	REQUIRE(seL4_TCB_Resume(
		thread_new(count, 1, BELOW, sc_new(MILLISECOND, MILLISECOND), 0)->tcb));
	REQUIRE(seL4_TCB_Resume(
		thread_new(count, 2, BELOW - 1, sc_new(MILLISECOND, MILLISECOND), 0)->tcb));
	sleep_microseconds(20 * MILLISECOND);
	TRUE("full budgets of one priority take turns", shared[0] > 0 && shared[1] > 0);
	EQUAL("a lower priority gets nothing of that", shared[2], 0);
	first = shared[0];
	second = shared[1];
	spin_microseconds(5 * MILLISECOND);
	TRUE("nobody runs below one who spins", first == shared[0] && second == shared[1]);
}

static void sched_yield(void)
{
	seL4_SchedContext_YieldTo_t answer;
	struct thread *thread =
		thread_new(count_and_yield, 0, ROOT_PRIORITY, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	struct thread *low, *high;

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	EQUAL("a thread of the same priority waits for its turn", shared[0], 0);
	seL4_Yield();
	EQUAL("yield gives it the turn, until it yields", shared[0], 1);
	seL4_Yield();
	EQUAL("and again", shared[0], 2);
	answer = seL4_SchedContext_YieldTo(thread->sc);
	SUCCEEDS("a thread can yield to a context", answer.error);
	EQUAL("its thread runs at once", shared[0], 3);
	low = thread_new(count_once, 1, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_Resume(low->tcb));
	answer = seL4_SchedContext_YieldTo(low->sc);
	SUCCEEDS("yielding to a lower thread returns at once", answer.error);
	EQUAL("it did not run", shared[1], 0);
	FAILS("yielding to a context without a thread is an illegal operation",
	      seL4_SchedContext_YieldTo(sc_new(FULL_BUDGET, FULL_BUDGET)).error,
	      seL4_IllegalOperation);
	FAILS("yielding to oneself is an illegal operation",
	      seL4_SchedContext_YieldTo(seL4_CapInitThreadSC).error, seL4_IllegalOperation);
	high = thread_new(count_once, 2, 255, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_SetMCPriority(seL4_CapInitThreadTCB, high->tcb, 150));
	FAILS("yielding above one's maximum is an illegal operation",
	      seL4_SchedContext_YieldTo(high->sc).error, seL4_IllegalOperation);
	REQUIRE(seL4_TCB_SetMCPriority(seL4_CapInitThreadTCB, high->tcb, 255));
	answer = seL4_SchedContext_YieldTo(
		thread_new(count_once, 3, ROOT_PRIORITY, sc_new(FULL_BUDGET, FULL_BUDGET), 0)->sc);
	SUCCEEDS("yielding to a thread that was never started returns at once", answer.error);
	EQUAL("it did not run either", shared[3], 0);
}

static void sched_timeout(void)
{
	seL4_CPtr sc = sc_new(2 * MILLISECOND, 1000 * MILLISECOND);
	struct thread *thread = thread_new(count, 0, ABOVE, sc, 0);
	seL4_UserContext regs = {.pc = (seL4_Word)count};
	seL4_MessageInfo_t info;
	seL4_Word badge = 0, before;
	seL4_Fault_t fault;

	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
	REQUIRE(seL4_SchedControl_ConfigureFlags(sched_control, sc, 2 * MILLISECOND,
						 1000 * MILLISECOND, 0, 0xda7a, 0));
	FAILS("a timeout handler cap without grant is an invalid capability",
	      seL4_TCB_SetTimeoutEndpoint(thread->tcb, with_rights(endpoint, seL4_ReadWrite)),
	      seL4_InvalidCapability);
	FAILS("a timeout handler that is no endpoint is an invalid capability",
	      seL4_TCB_SetTimeoutEndpoint(thread->tcb, ROOT), seL4_InvalidCapability);
	EQUAL("the timeout handler is cap 1", seL4_GetMR(0), 1);
	SUCCEEDS("a timeout handler can be set",
		 seL4_TCB_SetTimeoutEndpoint(thread->tcb, badged(endpoint, 12)));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("an exhausted budget is a timeout fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_Timeout);
	EQUAL("it has two words", seL4_MessageInfo_get_length(info), seL4_Timeout_Length);
	EQUAL("it comes with the handler's badge", badge, 12);
	EQUAL("its data is the context's badge", seL4_Fault_Timeout_get_data(fault), 0xda7a);
	TRUE("it says what was consumed",
	     seL4_Fault_Timeout_get_consumed(fault) >= MILLISECOND &&
		     seL4_Fault_Timeout_get_consumed(fault) <= 20 * MILLISECOND);
	before = shared[0];
	SUCCEEDS("the handler can give new budget",
		 seL4_SchedControl_ConfigureFlags(sched_control, sc, 3 * MILLISECOND,
						  1000 * MILLISECOND, 0, 0xda7b, 0));
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	TRUE("a reply lets the thread go on", shared[0] > before);
	info = seL4_Recv(endpoint, &badge, reply);
	EQUAL("until it times out again", seL4_GetMR(seL4_Timeout_Data), 0xda7b);
	regs.sp = thread->stack_top;
	regs.x0 = 5;
	REQUIRE(configure(sc, 3 * MILLISECOND, 1000 * MILLISECOND, 0));
	seL4_Send(reply, seL4_TimeoutReply_new(true, regs, 4));
	TRUE("a reply can replace registers", shared[5] > 0);
	seL4_Recv(endpoint, &badge, reply);
	before = shared[5];
	REQUIRE(configure(sc, 3 * MILLISECOND, 1000 * MILLISECOND, 0));
	seL4_Send(reply, seL4_TimeoutReply_new(false, regs, 0));
	spin_microseconds(MILLISECOND);
	EQUAL("a reply with a label leaves the thread stopped", shared[5], before);
}

const struct test_group sched_group = {
	"sched", (void (*const[])(void)){sched_configure, sched_binding, sched_budget,
					 sched_round_robin, sched_timeout, sched_yield, NULL}};
