// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults of native threads: what the handler is told, what its reply does, and what becomes of a
 * thread without a handler. Timeouts: sched.c. Virtual CPUs: vcpu.c.
 */
#include "harness.h"

#define EC_SHIFT	     26
#define EC_INSTRUCTION_ABORT 0x20 /* from a lower exception level; Arm ARM D17.2.37 */
#define EC_DATA_ABORT	     0x24
#define ISS_WNR		     (1 << 6)

/* code.S */
void load_at(seL4_Word address);
void store_at(seL4_Word address);
void undefined(seL4_Word unused);
void unknown_syscall(seL4_Word number);
void fault_survived(seL4_Word value) __attribute__((noreturn));
void syscall_survived(seL4_Word x0, seL4_Word x1, seL4_Word x2, seL4_Word x3, seL4_Word x4,
		      seL4_Word x5, seL4_Word x6, seL4_Word x7) __attribute__((noreturn));

static seL4_CPtr endpoint, reply;

void fault_survived(seL4_Word value)
{
	shared[1] = value;
	shared[0]++;
	thread_park();
}

void syscall_survived(seL4_Word x0, seL4_Word x1, seL4_Word x2, seL4_Word x3, seL4_Word x4,
		      seL4_Word x5, seL4_Word x6, seL4_Word x7)
{
	seL4_Word x[] = {x0, x1, x2, x3, x4, x5, x6, x7};

	for (unsigned int i = 0; i < 8; i++)
		shared[2 + i] = x[i];
	fault_survived(0);
}

static void prepare(void)
{
	endpoint = object_new(seL4_EndpointObject, 0);
	reply = object_new(seL4_ReplyObject, 0);
}

static struct thread *faulter(thread_entry entry, seL4_Word argument)
{
	struct thread *thread = thread_new(entry, argument, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET),
					   badged(endpoint, 9));

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	return thread;
}

static seL4_Fault_t receive_fault(seL4_Word *badge)
{
	return seL4_getFault(seL4_Recv(endpoint, badge, reply));
}

static void fault_vm_read(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_Word badge, va = scratch_va() + 0x123000;
	seL4_MessageInfo_t info;
	seL4_Fault_t fault;

	prepare();
	faulter(load_at, va + 8);
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("reading unmapped memory is a VM fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_VMFault);
	EQUAL("the fault comes with the handler's badge", badge, 9);
	EQUAL("a VM fault has four words", seL4_MessageInfo_get_length(info), 4);
	EQUAL("its IP is the instruction", seL4_Fault_VMFault_get_IP(fault), (seL4_Word)load_at);
	EQUAL("its address is the one that was read", seL4_Fault_VMFault_get_Addr(fault), va + 8);
	EQUAL("it is no instruction fault", seL4_Fault_VMFault_get_PrefetchFault(fault), 0);
	EQUAL("its status is the syndrome of a data abort",
	      (seL4_Fault_VMFault_get_FSR(fault) & 0xffffffff) >> EC_SHIFT, EC_DATA_ABORT);
	EQUAL("of a read", seL4_Fault_VMFault_get_FSR(fault) & ISS_WNR, 0);
	REQUIRE(map_in(seL4_CapInitThreadVSpace, frame, va, seL4_ReadWrite,
		       seL4_ARM_Default_VMAttributes));
	*(volatile seL4_Word *)(va + 8) = 0x600d;
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	TRUE("a reply repeats the instruction", shared[0] == 1 && shared[1] == 0x600d);
}

static void fault_vm_write_and_execute(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_Word badge, va = scratch_va() + 0x125000;
	struct thread *thread;
	seL4_Fault_t fault;

	prepare();
	REQUIRE(map_in(seL4_CapInitThreadVSpace, frame, va, seL4_CanRead,
		       seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever));
	thread = faulter(store_at, va + 16);
	fault = receive_fault(&badge);
	EQUAL("writing read-only memory is a VM fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_VMFault);
	EQUAL("at the address that was written", seL4_Fault_VMFault_get_Addr(fault), va + 16);
	EQUAL("of a write", seL4_Fault_VMFault_get_FSR(fault) & ISS_WNR, ISS_WNR);
	SUCCEEDS("a faulted thread can be sent elsewhere",
		 thread_set_pc(thread, fault_survived, true));
	EQUAL("and goes on there", shared[0], 1);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	EQUAL("the reply is then of no effect", shared[0], 1);

	REQUIRE(thread_set_pc(thread, (thread_entry)(va + 32), true));
	fault = receive_fault(&badge);
	EQUAL("executing execute-never memory is a VM fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_VMFault);
	EQUAL("it is an instruction fault", seL4_Fault_VMFault_get_PrefetchFault(fault), 1);
	EQUAL("its IP is where it jumped to", seL4_Fault_VMFault_get_IP(fault), va + 32);
	EQUAL("its status is the syndrome of an instruction abort",
	      (seL4_Fault_VMFault_get_FSR(fault) & 0xffffffff) >> EC_SHIFT, EC_INSTRUCTION_ABORT);
	seL4_Send(reply, seL4_MessageInfo_new(1, 0, 0, 0));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a reply to a VM fault resumes whatever its label is", badge, 9);
	SUCCEEDS("a faulted thread can be resumed without a reply", seL4_TCB_Resume(thread->tcb));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("and faults again", badge, 9);
}

static void fault_unknown_syscall(void)
{
	seL4_Word badge;
	seL4_MessageInfo_t info;
	seL4_Fault_t fault;
	struct thread *thread;
	bool same = true;

	prepare();
	thread = faulter(unknown_syscall, 77);
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("a number that is no system call is an unknown-syscall fault",
	      seL4_Fault_get_seL4_FaultType(fault), seL4_Fault_UnknownSyscall);
	EQUAL("it has 13 words", seL4_MessageInfo_get_length(info), seL4_UnknownSyscall_Length);
	EQUAL("it says the number", seL4_Fault_UnknownSyscall_get_Syscall(fault), 77);
	for (int i = 0; i < 7; i++)
		same &= seL4_GetMR(seL4_UnknownSyscall_X0 + i) == 200 + (seL4_Word)i;
	TRUE("x0 to x6 are in its words", same);
	EQUAL("x7 is the number", seL4_Fault_UnknownSyscall_get_X7(fault), 77);
	EQUAL("its IP is the svc instruction", seL4_Fault_UnknownSyscall_get_FaultIP(fault),
	      (seL4_Word)unknown_syscall + 8 * 4);
	EQUAL("its SP is the thread's", seL4_Fault_UnknownSyscall_get_SP(fault), thread->stack_top);
	EQUAL("its SPSR is EL0's", seL4_Fault_UnknownSyscall_get_SPSR(fault) & 0xf, 0);
	for (int i = 0; i < 8; i++)
		seL4_SetMR(i, 300 + (seL4_Word)i);
	seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)unknown_syscall + 9 * 4);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 9));
	same = true;
	for (unsigned int i = 0; i < 8; i++)
		same &= shared[2 + i] == 300 + i;
	EQUAL("a reply with nine words goes on behind the svc", shared[0], 1);
	TRUE("with x0 to x7 replaced", same);

	faulter(unknown_syscall, 78);
	receive_fault(&badge);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	fault = receive_fault(&badge);
	EQUAL("a reply without words repeats the svc", seL4_Fault_UnknownSyscall_get_Syscall(fault),
	      78);
	seL4_SetMR(0, 400);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
	fault = receive_fault(&badge);
	TRUE("a reply with one word replaces one register and repeats the svc",
	     seL4_Fault_UnknownSyscall_get_X0(fault) == 400 &&
		     seL4_Fault_UnknownSyscall_get_X1(fault) == 201);
	seL4_SetMR(0, 500);
	seL4_Send(reply, seL4_MessageInfo_new(1, 0, 0, 1));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a reply with a label leaves the thread stopped", badge, 0);
}

static void fault_user_exception(void)
{
	seL4_Word badge;
	seL4_MessageInfo_t info;
	seL4_Fault_t fault;
	struct thread *thread;

	prepare();
	thread = faulter(undefined, 66);
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("an undefined instruction is a user exception", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_UserException);
	EQUAL("it has five words", seL4_MessageInfo_get_length(info), seL4_UserException_Length);
	EQUAL("its IP is the instruction", seL4_Fault_UserException_get_FaultIP(fault),
	      (seL4_Word)undefined);
	EQUAL("its SP is the thread's", seL4_Fault_UserException_get_Stack(fault),
	      thread->stack_top);
	EQUAL("its number is the syndrome, of unknown reason",
	      (seL4_Fault_UserException_get_Number(fault) & 0xffffffff) >> EC_SHIFT, 0);
	EQUAL("its code is 0", seL4_Fault_UserException_get_Code(fault), 0);
	seL4_SetMR(0, (seL4_Word)undefined + 4);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
	TRUE("a reply with an IP goes on there", shared[0] == 1 && shared[1] == 66);
}

static void receive_on(seL4_Word cap)
{
	seL4_RecvWithMRs(cap, seL4_Null, 0, 0, 0, 0, 0);
	fault_survived(cap);
}

static void send_on(seL4_Word cap)
{
	seL4_SendWithMRs(cap, seL4_MessageInfo_new(0, 0, 0, 0), 0, 0, 0, 0);
	fault_survived(cap);
}

static void recv_with_reply(seL4_Word cap)
{
	seL4_RecvWithMRs(endpoint, seL4_Null, cap, 0, 0, 0, 0);
	fault_survived(cap);
}

static void fault_capability(void)
{
	seL4_Word badge, outside = 1ul << 20 | 7;
	seL4_MessageInfo_t info;
	seL4_Fault_t fault;
	seL4_CPtr empty = slot_new();
	struct thread *thread;

	prepare();
	faulter(receive_on, empty);
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("receiving on an empty slot is a cap fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_CapFault);
	EQUAL("it is in the receive phase", seL4_Fault_CapFault_get_InRecvPhase(fault), 1);
	EQUAL("its address is the slot", seL4_Fault_CapFault_get_Addr(fault), empty);
	faulter(receive_on, seL4_CapInitThreadTCB);
	fault = receive_fault(&badge);
	TRUE("receiving on another type of cap is a cap fault in the receive phase",
	     seL4_Fault_get_seL4_FaultType(fault) == seL4_Fault_CapFault &&
		     seL4_Fault_CapFault_get_InRecvPhase(fault) == 1);
	faulter(receive_on, with_rights(endpoint, seL4_CanWrite));
	fault = receive_fault(&badge);
	EQUAL("so is receiving without the read right", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_CapFault);
	faulter(recv_with_reply, seL4_CapInitThreadTCB);
	fault = receive_fault(&badge);
	TRUE("a reply object that is none is a cap fault in the receive phase",
	     seL4_Fault_get_seL4_FaultType(fault) == seL4_Fault_CapFault &&
		     seL4_Fault_CapFault_get_InRecvPhase(fault) == 1);

	thread = faulter(send_on, outside);
	info = seL4_Recv(endpoint, &badge, reply);
	fault = seL4_getFault(info);
	EQUAL("sending outside the CSpace is a cap fault", seL4_Fault_get_seL4_FaultType(fault),
	      seL4_Fault_CapFault);
	EQUAL("it is in the send phase", seL4_Fault_CapFault_get_InRecvPhase(fault), 0);
	EQUAL("its address is the cap", seL4_Fault_CapFault_get_Addr(fault), outside);
	EQUAL("the lookup failed by guard", seL4_Fault_CapFault_get_LookupFailureType(fault),
	      seL4_GuardMismatch);
	EQUAL("64 bits were left", seL4_GetMR(seL4_CapFault_BitsLeft), 64);
	EQUAL("the guard found was 0", seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
	EQUAL("the guard has 47 bits", seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), 47);
	EQUAL("a guard mismatch has seven words", seL4_MessageInfo_get_length(info), 7);
	REQUIRE(thread_set_pc(thread, fault_survived, true));
	EQUAL("the faulted sender can go on", shared[0], 1);
	thread = faulter(send_on, empty);
	EQUAL("a send on an empty slot is no fault", shared[0], 2);
	/* What keeps guests from making system calls: a guard that no capability pointer has. */
	thread = thread_new(send_on, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_SetSpace(thread->tcb, badged(endpoint, 9),
				  object_new(seL4_CapTableObject, 1),
				  seL4_CNode_CapData_new(0x2aaaaaaaaaaaaaa, 58).words[0],
				  seL4_CapInitThreadVSpace, 0));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	fault = receive_fault(&badge);
	TRUE("with a CSpace root whose guard does not match, a send is a cap fault",
	     badge == 9 && seL4_Fault_get_seL4_FaultType(fault) == seL4_Fault_CapFault);
	thread = thread_new(receive_on, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	REQUIRE(seL4_TCB_SetSpace(thread->tcb, badged(endpoint, 10),
				  object_new(seL4_CapTableObject, 4), 0, seL4_CapInitThreadVSpace,
				  0));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	fault = receive_fault(&badge);
	EQUAL("a path that ends early in an empty slot misses a capability",
	      seL4_Fault_CapFault_get_LookupFailureType(fault), seL4_MissingCapability);
	EQUAL("no bits count as left", seL4_GetMR(seL4_CapFault_BitsLeft), 0);
}

static void fault_without_handler(void)
{
	struct thread *thread;
	seL4_UserContext regs;
	seL4_Word badge;

	prepare();
	thread = thread_start(load_at, scratch_va(), ABOVE);
	EQUAL("a thread without a handler stops at its fault", shared[0], 0);
	REQUIRE(seL4_TCB_ReadRegisters(thread->tcb, false, 0, 4, &regs));
	EQUAL("its pc is the instruction", regs.pc, (seL4_Word)load_at);
	SUCCEEDS("it can go on elsewhere", thread_set_pc(thread, fault_survived, true));
	EQUAL("and does", shared[0], 1);

	thread = faulter(load_at, scratch_va());
	SUCCEEDS("a thread whose fault was not received can be suspended",
		 seL4_TCB_Suspend(thread->tcb));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("then its fault is not received", badge, 0);
	thread = faulter(load_at, scratch_va());
	seL4_Recv(endpoint, &badge, reply);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("a reply does not start a thread that was suspended", badge, 0);
	thread = faulter(load_at, scratch_va());
	seL4_Recv(endpoint, &badge, reply);
	SUCCEEDS("the reply object of a fault can be deleted", cap_delete(reply));
	REQUIRE(seL4_TCB_ReadRegisters(thread->tcb, false, 0, 4, &regs));
	EQUAL("which leaves the thread stopped where it was", regs.pc, (seL4_Word)load_at);
}

const struct test_group fault_group = {
	"fault", (void (*const[])(void)){fault_vm_read, fault_vm_write_and_execute,
					 fault_unknown_syscall, fault_user_exception,
					 fault_capability, fault_without_handler, NULL}};
