// SPDX-License-Identifier: BSD-2-Clause
/*
 * TCB invocations: registers, priorities, spaces, IPC buffer, flags, TLS base, suspend and resume.
 */
#include "harness.h"

static void count_up(seL4_Word unused)
{
	for (;;)
		shared[0]++;
}

static void remember(seL4_Word argument)
{
	seL4_Word tls;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tls));
	shared[1] = argument;
	shared[2] = tls;
	shared[0]++;
	thread_park();
}

/* In code.S: puts 100 + n into xn, then spins on its last instruction, the 32nd. */
void fill_registers(seL4_Word unused);

static void tcb_registers(void)
{
	struct thread *thread = thread_new(remember, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_UserContext regs = {0}, back = {0};
	seL4_Word *r = &regs.pc, *b = &back.pc;
	bool same = true;

	for (unsigned int i = 0; i < 36; i++)
		r[i] = 0x1000 + i * 4;
	SUCCEEDS("all registers of a stopped thread can be written",
		 seL4_TCB_WriteRegisters(thread->tcb, false, 0, 36, &regs));
	SUCCEEDS("all registers can be read",
		 seL4_TCB_ReadRegisters(thread->tcb, false, 0, 36, &back));
	for (unsigned int i = 0; i < 36; i++)
		same &= i == 2 || b[i] == r[i];
	TRUE("they read back as written", same);
	EQUAL("a native thread's mode bits are EL0's whatever was written", back.spsr & 0xf, 0);
	for (unsigned int i = 0; i < 36; i++)
		r[i] = 7;
	SUCCEEDS("a prefix of the registers can be written",
		 seL4_TCB_WriteRegisters(thread->tcb, false, 0, 5, &regs));
	REQUIRE(seL4_TCB_ReadRegisters(thread->tcb, false, 0, 36, &back));
	TRUE("the prefix was written", back.x0 == 7 && back.x1 == 7);
	EQUAL("what follows the prefix was not", back.x2, 0x1000 + 5 * 4);
	FAILS("reading no registers is out of range",
	      seL4_TCB_ReadRegisters(thread->tcb, false, 0, 0, &back), seL4_RangeError);
	EQUAL("at least one register is read", seL4_GetMR(0), 1);
	EQUAL("at most 36 registers are read", seL4_GetMR(1), 36);
	FAILS("reading too many registers is out of range",
	      seL4_TCB_ReadRegisters(thread->tcb, false, 0, 37, &back), seL4_RangeError);
	FAILS("a thread cannot read its own registers",
	      seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, false, 0, 4, &back),
	      seL4_IllegalOperation);
	FAILS("a thread cannot write its own registers",
	      seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, false, 0, 4, &regs),
	      seL4_IllegalOperation);
	seL4_SetMR(0, 0);
	seL4_SetMR(1, 10);
	FAILS("a count beyond the message is too short",
	      raw_call(thread->tcb, TCBWriteRegisters, 0, 11), seL4_TruncatedMessage);
	FAILS("a write without its flags is too short",
	      raw_call(thread->tcb, TCBWriteRegisters, 0, 1), seL4_TruncatedMessage);
	FAILS("a read without its count is too short",
	      raw_call(thread->tcb, TCBReadRegisters, 0, 1), seL4_TruncatedMessage);
}

static void tcb_registers_running(void)
{
	struct thread *thread =
		thread_new(fill_registers, 0, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_UserContext regs = {0};
	struct thread *other;

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	sleep_microseconds(2000);
	SUCCEEDS("reading can stop the thread",
		 seL4_TCB_ReadRegisters(thread->tcb, true, 0, 36, &regs));
	TRUE("a preempted thread's registers are as it left them",
	     regs.x0 == 100 && regs.x8 == 108 && regs.x16 == 116 && regs.x17 == 117 &&
		     regs.x18 == 118 && regs.x29 == 129 && regs.x30 == 130 && regs.x9 == 109 &&
		     regs.x15 == 115 && regs.x19 == 119 && regs.x28 == 128);
	EQUAL("its pc is where it spins", regs.pc, (seL4_Word)fill_registers + 31 * 4);
	other = thread_new(count_up, 0, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	SUCCEEDS("frame registers can be copied",
		 seL4_TCB_CopyRegisters(other->tcb, thread->tcb, false, false, true, false, 0));
	REQUIRE(seL4_TCB_ReadRegisters(other->tcb, false, 0, 36, &regs));
	TRUE("pc and x0 are frame registers",
	     regs.pc == (seL4_Word)fill_registers + 31 * 4 && regs.x0 == 100);
	EQUAL("x19 is not", regs.x19, 0);
	SUCCEEDS("integer registers can be copied",
		 seL4_TCB_CopyRegisters(other->tcb, thread->tcb, false, false, false, true, 0));
	REQUIRE(seL4_TCB_ReadRegisters(other->tcb, false, 0, 36, &regs));
	TRUE("x9 and x28 are integer registers", regs.x9 == 109 && regs.x28 == 128);
	FAILS("a source that is no TCB is an invalid capability",
	      seL4_TCB_CopyRegisters(other->tcb, ROOT, false, false, true, true, 0),
	      seL4_InvalidCapability);
	EQUAL("the source is cap 1", seL4_GetMR(0), 1);
}

static void tcb_run(void)
{
	struct thread *thread =
		thread_new(remember, 33, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	EQUAL("a configured thread does not run by itself", shared[0], 0);
	SUCCEEDS("the TLS base can be set", seL4_TCB_SetTLSBase(thread->tcb, 0x1234567890));
	SUCCEEDS("a thread can be resumed", seL4_TCB_Resume(thread->tcb));
	EQUAL("a resumed thread above its resumer runs at once", shared[0], 1);
	EQUAL("it got its argument", shared[1], 33);
	EQUAL("its TLS base is in TPIDR_EL0", shared[2], 0x1234567890);
	SUCCEEDS("resuming a thread blocked in a wait succeeds", seL4_TCB_Resume(thread->tcb));
	EQUAL("it waits again", shared[0], 1);
	SUCCEEDS("a blocked thread can be suspended", seL4_TCB_Suspend(thread->tcb));
	SUCCEEDS("a suspended thread can be suspended", seL4_TCB_Suspend(thread->tcb));
	SUCCEEDS("writing registers can resume", thread_set_pc(thread, remember, true));
	EQUAL("resumed by a write it runs at once", shared[0], 2);
	thread = thread_new(remember, 0, ABOVE, 0, 0);
	SUCCEEDS("a thread without a scheduling context can be resumed",
		 seL4_TCB_Resume(thread->tcb));
	EQUAL("but it does not run", shared[0], 2);
	SUCCEEDS("given a scheduling context",
		 seL4_SchedContext_Bind(sc_new(FULL_BUDGET, FULL_BUDGET), thread->tcb));
	EQUAL("it runs", shared[0], 3);
	FAILS("a TCB knows no CNode invocation", raw_call(thread->tcb, CNodeDelete, 0, 2),
	      seL4_IllegalOperation);
	FAILS("a TCB knows no debug invocation", raw_call(thread->tcb, 200, 0, 4),
	      seL4_IllegalOperation);
}

static void tcb_priorities(void)
{
	struct thread *thread = thread_new(remember, 0, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	struct thread *low = thread_new(remember, 0, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	EQUAL("a thread below does not run", shared[0], 0);
	SUCCEEDS("a priority can be raised",
		 seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, ABOVE));
	EQUAL("raised above the caller it runs at once", shared[0], 1);
	FAILS("a priority above the authority's maximum is out of range",
	      seL4_TCB_SetPriority(thread->tcb, low->tcb, BELOW + 1), seL4_RangeError);
	EQUAL("the range's minimum is the least priority", seL4_GetMR(0), seL4_MinPrio);
	EQUAL("the range's maximum is the authority's", seL4_GetMR(1), BELOW);
	SUCCEEDS("a priority at the authority's maximum is fine",
		 seL4_TCB_SetPriority(thread->tcb, low->tcb, BELOW));
	FAILS("a priority of 256 is out of range",
	      seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, 256), seL4_RangeError);
	FAILS("a maximum above the authority's is out of range",
	      seL4_TCB_SetMCPriority(thread->tcb, low->tcb, BELOW + 1), seL4_RangeError);
	SUCCEEDS("a maximum can be set",
		 seL4_TCB_SetMCPriority(low->tcb, seL4_CapInitThreadTCB, 5));
	FAILS("a lowered maximum holds", seL4_TCB_SetPriority(thread->tcb, low->tcb, 6),
	      seL4_RangeError);
	FAILS("an authority that is no TCB is an invalid capability",
	      seL4_TCB_SetPriority(thread->tcb, ROOT, 1), seL4_InvalidCapability);
	EQUAL("the authority is cap 1", seL4_GetMR(0), 1);
	FAILS("a priority without its authority is too short",
	      raw_call(thread->tcb, TCBSetPriority, 0, 1), seL4_TruncatedMessage);
	FAILS("scheduling parameters above the maximum are out of range",
	      seL4_TCB_SetSchedParams(thread->tcb, low->tcb, 1, 6, low->sc, 0), seL4_RangeError);
	FAILS("a scheduling context in use is refused",
	      seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, 1, 1, low->sc, 0),
	      seL4_IllegalOperation);
	FAILS("a scheduling context of another type is an invalid capability",
	      seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, 1, 1, ROOT, 0),
	      seL4_InvalidCapability);
	EQUAL("the scheduling context is cap 2", seL4_GetMR(0), 2);
	FAILS("a fault handler of another type is an invalid capability",
	      seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, 1, 1, thread->sc, ROOT),
	      seL4_InvalidCapability);
	EQUAL("the fault handler is cap 3", seL4_GetMR(0), 3);
	FAILS("a fault handler cap without grant is an invalid capability",
	      seL4_TCB_SetSchedParams(
		      thread->tcb, seL4_CapInitThreadTCB, 1, 1, thread->sc,
		      with_rights(object_new(seL4_EndpointObject, 0), seL4_ReadWrite)),
	      seL4_InvalidCapability);
	SUCCEEDS("send and grant-reply are enough for a fault handler",
		 seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, 1, 1, thread->sc,
					 with_rights(object_new(seL4_EndpointObject, 0),
						     seL4_CapRights_new(1, 0, 0, 1))));
}

static void tcb_spaces(void)
{
	struct thread *thread = thread_new(remember, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
	seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
	seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);

	SUCCEEDS("spaces can be set",
		 seL4_TCB_SetSpace(thread->tcb, 0, cnode, 0, seL4_CapInitThreadVSpace, 0));
	FAILS("a CSpace root that is no CNode is refused",
	      seL4_TCB_SetSpace(thread->tcb, 0, endpoint, 0, seL4_CapInitThreadVSpace, 0),
	      seL4_IllegalOperation);
	FAILS("a VSpace that is none is refused",
	      seL4_TCB_SetSpace(thread->tcb, 0, cnode, 0, endpoint, 0), seL4_IllegalOperation);
	FAILS("a VSpace without an ASID is refused",
	      seL4_TCB_SetSpace(thread->tcb, 0, cnode, 0, vspace, 0), seL4_IllegalOperation);
	FAILS("a fault handler without send is an invalid capability",
	      seL4_TCB_SetSpace(thread->tcb, with_rights(endpoint, seL4_CanGrant), cnode, 0,
				seL4_CapInitThreadVSpace, 0),
	      seL4_InvalidCapability);
	EQUAL("the fault handler is cap 1", seL4_GetMR(0), 1);
	SUCCEEDS("a CSpace root can be given a guard",
		 seL4_TCB_SetSpace(thread->tcb, endpoint, cnode,
				   seL4_CNode_CapData_new(1, 60).words[0], seL4_CapInitThreadVSpace,
				   0));
	FAILS("a guard that leaves no room for the index is refused",
	      seL4_TCB_SetSpace(thread->tcb, 0, cnode, seL4_CNode_CapData_new(0, 61).words[0],
				seL4_CapInitThreadVSpace, 0),
	      seL4_IllegalOperation);
	FAILS("an IPC buffer must be aligned",
	      seL4_TCB_SetIPCBuffer(thread->tcb, (seL4_Word)thread->buffer + 512,
				    thread->buffer_frame),
	      seL4_AlignmentError);
	FAILS("an IPC buffer's frame must be a frame",
	      seL4_TCB_SetIPCBuffer(thread->tcb, (seL4_Word)thread->buffer, endpoint),
	      seL4_IllegalOperation);
	SUCCEEDS("an IPC buffer may lie anywhere in its frame",
		 seL4_TCB_SetIPCBuffer(thread->tcb, (seL4_Word)thread->buffer + 1024, frame));
	SUCCEEDS("a thread need not have an IPC buffer", seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
	FAILS("a device frame is no IPC buffer",
	      seL4_TCB_SetIPCBuffer(thread->tcb, 0x4000, device_frame(0x09000000)),
	      seL4_IllegalOperation);
	FAILS("configuring with a wrong frame is refused",
	      seL4_TCB_Configure(thread->tcb, ROOT, 0, seL4_CapInitThreadVSpace, 0, 0x1000,
				 endpoint),
	      seL4_IllegalOperation);
	FAILS("configuring with two caps is too short",
	      (seL4_SetCap(0, ROOT), seL4_SetCap(1, seL4_CapInitThreadVSpace),
	       raw_call(thread->tcb, TCBConfigure, 2, 3)),
	      seL4_TruncatedMessage);
}

static void tcb_flags(void)
{
	struct thread *thread = thread_new(remember, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_TCB_SetFlags_t answer = seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0);

	SUCCEEDS("flags can be cleared", answer.error);
	EQUAL("the answer is the new flags", answer.flags, 0);
	answer = seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
	EQUAL("a flag can be set", answer.flags, seL4_TCBFlag_fpuDisabled);
	answer = seL4_TCB_SetFlags(thread->tcb, 0, 0);
	EQUAL("flags stay as they are", answer.flags, seL4_TCBFlag_fpuDisabled);
	answer = seL4_TCB_SetFlags(thread->tcb, 0, 0xf0);
	SUCCEEDS("unknown flags are no error", answer.error);
	EQUAL("unknown flags are not kept", answer.flags, seL4_TCBFlag_fpuDisabled);
	answer = seL4_TCB_SetFlags(thread->tcb, 1, 1);
	EQUAL("set wins over clear", answer.flags, 1);
	FAILS("flags without their mask are too short", raw_call(thread->tcb, TCBSetFlags, 0, 1),
	      seL4_TruncatedMessage);
	FAILS("a TLS base without its value is too short",
	      raw_call(thread->tcb, TCBSetTLSBase, 0, 0), seL4_TruncatedMessage);
}

const struct test_group tcb_group = {
	"tcb", (void (*const[])(void)){tcb_registers, tcb_registers_running, tcb_run,
				       tcb_priorities, tcb_spaces, tcb_flags, NULL}};
