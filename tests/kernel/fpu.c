// SPDX-License-Identifier: BSD-2-Clause
/*
 * Floating-point and SIMD registers: each thread and guest has its own, whoever runs in between; a
 * thread whose flag forbids them faults.
 */
#include "guest.h"

#define WORKERS	   6
#define TURNS	   1000
#define CPACR_FPEN (3ul << 20)

/* code.S: fills all registers, yields, checks them, so many times; then signals and spins. */
void fp_worker(seL4_Word seed);
void fp_use(seL4_Word unused);

/* Odd ones are guests at EL1, in the root task's address space. */
static struct thread *worker_start(unsigned int number, seL4_CPtr notification)
{
	bool guest = number & 1;
	struct thread *thread = thread_new(fp_worker, 0, BELOW,
					   sc_new(1000 + number * 300, 1000 + number * 300), 0);
	seL4_UserContext regs = {.pc = (seL4_Word)fp_worker, .x3 = guest, .x4 = notification};

	regs.sp = thread->stack_top;
	regs.x0 = 1000000 * (number + 1);
	regs.x1 = TURNS;
	regs.x2 = (seL4_Word)&shared[number];
	if (guest) {
		seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);

		regs.spsr = SPSR_EL1H_MASKED;
		REQUIRE(seL4_ARM_VCPU_SetTCB(vcpu, thread->tcb));
		REQUIRE(seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_CPACR, CPACR_FPEN));
	}
	REQUIRE(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0).error);
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 36, &regs));
	return thread;
}

static void fpu_switching(void)
{
	seL4_CPtr notifications = objects_new(seL4_NotificationObject, 0, WORKERS);
	unsigned int right[2] = {0, 0};

	for (unsigned int i = 0; i < WORKERS; i++)
		worker_start(i, notifications + i);
	for (unsigned int i = 0; i < WORKERS; i++) {
		seL4_Wait(notifications + i, seL4_Null);
		right[i & 1] += shared[i] == 1;
	}
	EQUAL("threads keep their floating-point registers", right[0], WORKERS / 2);
	EQUAL("guests keep theirs", right[1], WORKERS / 2);
}

static void fpu_disabled(void)
{
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
	seL4_CPtr reply = object_new(seL4_ReplyObject, 0);
	struct thread *thread =
		thread_new(fp_use, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), endpoint);
	seL4_MessageInfo_t info;

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	info = seL4_Recv(endpoint, seL4_Null, reply);
	EQUAL("with its flag set a thread that uses them has a VCPU fault, VCPU or not",
	      seL4_MessageInfo_get_label(info), seL4_Fault_VCPUFault);
	EQUAL("with the syndrome of a trapped access", ESR_CLASS(seL4_GetMR(seL4_VCPUFault_HSR)),
	      EC_FP_ACCESS);
	REQUIRE(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0).error);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	EQUAL("with the flag cleared it goes on", shared[0], 1);
	REQUIRE(seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled).error);
	REQUIRE(thread_set_pc(thread, fp_use, true));
	info = seL4_Recv(endpoint, seL4_Null, reply);
	EQUAL("and with the flag set again it does not", seL4_MessageInfo_get_label(info),
	      seL4_Fault_VCPUFault);
}

const struct test_group fpu_group = {"fpu",
				     (void (*const[])(void)){fpu_switching, fpu_disabled, NULL}};
