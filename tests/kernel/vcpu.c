// SPDX-License-Identifier: BSD-2-Clause
/*
 * Virtual CPUs: binding, registers, what makes a guest exit and how it goes on, system calls by
 * hvc, switching between guests.
 */
#include "guest.h"

static seL4_Word label_of(seL4_MessageInfo_t info)
{
	return seL4_MessageInfo_get_label(info);
}

static seL4_Word vcpu_read(const struct guest *guest, seL4_VCPUReg reg)
{
	return seL4_ARM_VCPU_ReadRegs(guest->vcpu, reg).value;
}

static void vcpu_binding(void)
{
	seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
	seL4_CPtr other = object_new(seL4_ARM_VCPUObject, 0);
	seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
	seL4_UserContext regs = {.spsr = SPSR_EL1H_MASKED};

	REQUIRE(seL4_TCB_WriteRegisters(tcb, false, 0, 3, &regs));
	REQUIRE(seL4_TCB_ReadRegisters(tcb, false, 0, 4, &regs));
	EQUAL("without a VCPU a thread cannot be at EL1", regs.spsr & 0xf, 0);
	SUCCEEDS("a VCPU can be bound to a TCB", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
	regs.spsr = SPSR_EL1H_MASKED;
	REQUIRE(seL4_TCB_WriteRegisters(tcb, false, 0, 3, &regs));
	REQUIRE(seL4_TCB_ReadRegisters(tcb, false, 0, 4, &regs));
	EQUAL("with a VCPU it can", regs.spsr & 0xf, 5);
	SUCCEEDS("another VCPU can take the TCB", seL4_ARM_VCPU_SetTCB(other, tcb));
	SUCCEEDS("the first can take it back", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
	FAILS("what is no TCB is refused", seL4_ARM_VCPU_SetTCB(vcpu, ROOT), seL4_IllegalOperation);
	FAILS("binding nothing is too short", raw_call(vcpu, ARMVCPUSetTCB, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("a VCPU knows no other invocation", raw_call(vcpu, TCBResume, 0, 0),
	      seL4_IllegalOperation);
	SUCCEEDS("a VCPU can be copied", cap_copy(slot_new(), vcpu));
	SUCCEEDS("a TCB with a VCPU can be deleted", cap_delete(tcb));
	SUCCEEDS("its VCPU can be bound again",
		 seL4_ARM_VCPU_SetTCB(vcpu, object_new(seL4_TCBObject, 0)));
	REQUIRE(cap_revoke(vcpu));
	SUCCEEDS("a VCPU with a TCB can be deleted", cap_delete(vcpu));
}

/* Every register, of a VCPU that is not loaded. */
static void vcpu_registers(void)
{
	seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
	unsigned int right = 0;

	for (seL4_Word reg = 0; reg < seL4_VCPUReg_Num; reg++) {
		seL4_Word value = reg == seL4_VCPUReg_CNTV_CTL ? 0 : 0x12345000 + reg * 16;
		seL4_ARM_VCPU_ReadRegs_t back;

		if (seL4_ARM_VCPU_WriteRegs(vcpu, reg, value))
			continue;
		back = seL4_ARM_VCPU_ReadRegs(vcpu, reg);
		right += !back.error && back.value == value;
	}
	EQUAL("every register can be written and reads back", right, seL4_VCPUReg_Num);
	FAILS("a register that does not exist cannot be read",
	      seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_Num).error, seL4_InvalidArgument);
	EQUAL("the register counts as argument 1", seL4_GetMR(0), 1);
	FAILS("a register that does not exist cannot be written",
	      seL4_ARM_VCPU_WriteRegs(vcpu, seL4_VCPUReg_Num, 0), seL4_InvalidArgument);
	FAILS("reading nothing is too short", raw_call(vcpu, ARMVCPUReadReg, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("writing without a value is too short", raw_call(vcpu, ARMVCPUWriteReg, 0, 1),
	      seL4_TruncatedMessage);
	vcpu = object_new(seL4_ARM_VCPUObject, 0);
	EQUAL("a new VCPU has its MMU and caches off",
	      seL4_ARM_VCPU_ReadRegs(vcpu, seL4_VCPUReg_SCTLR).value & 0x1005, 0);
}

static void vcpu_hvc(void)
{
	struct guest guest = guest_new(4);
	seL4_Word badge = 0;
	seL4_MessageInfo_t info;
	seL4_UserContext regs = {.x7 = NOT_A_SYSCALL, .x28 = 0x28};
	bool same = true;

	regs.x0 = 10;
	regs.x6 = 16;
	regs.sp = 0x5000;
	guest_run(&guest, guest_hvc, regs);
	info = guest_wait(&badge);
	EQUAL("an hvc that is no system call is an unknown-syscall fault", label_of(info),
	      seL4_Fault_UnknownSyscall);
	EQUAL("it comes with the handler's badge", badge, 4);
	EQUAL("it has 13 words", seL4_MessageInfo_get_length(info), seL4_UnknownSyscall_Length);
	TRUE("x0 to x7 are in its words",
	     seL4_GetMR(0) == 10 && seL4_GetMR(6) == 16 && seL4_GetMR(7) == NOT_A_SYSCALL);
	EQUAL("its IP is the hvc", seL4_GetMR(seL4_UnknownSyscall_FaultIP), guest_ipa(guest_hvc));
	EQUAL("its SPSR is EL1's", seL4_GetMR(seL4_UnknownSyscall_SPSR) & 0xf, 5);
	EQUAL("its number is x7", seL4_GetMR(seL4_UnknownSyscall_Syscall), NOT_A_SYSCALL);
	for (int i = 0; i < 7; i++)
		seL4_SetMR(i, 300 + (seL4_Word)i);
	seL4_SetMR(7, NOT_A_SYSCALL + 1);
	seL4_SetMR(seL4_UnknownSyscall_FaultIP, guest_ipa(guest_hvc) + 4);
	guest_answer(9);
	info = guest_wait(&badge);
	for (int i = 0; i < 7; i++)
		same &= seL4_GetMR(i) == 300 + (seL4_Word)i;
	TRUE("a reply with nine words sets x0 to x7 and goes on",
	     same && seL4_GetMR(seL4_UnknownSyscall_Syscall) == NOT_A_SYSCALL + 1);
	regs = guest_registers(&guest);
	EQUAL("other registers are kept", regs.x28, 0x28);
	regs.pc = guest_ipa(guest_hvc);
	regs.x0 = 77;
	SUCCEEDS("a stopped guest can be sent on without a reply",
		 seL4_TCB_WriteRegisters(guest.tcb, true, 0, 4, &regs));
	info = guest_wait(&badge);
	TRUE("and goes on with what was written",
	     label_of(info) == seL4_Fault_UnknownSyscall && seL4_GetMR(0) == 77);
}

static void vcpu_traps(void)
{
	struct guest guest = guest_new(5);
	seL4_UserContext regs = {.x0 = 0x84000000, .x7 = NOT_A_SYSCALL};
	seL4_MessageInfo_t info;
	seL4_Word badge;

	guest_run(&guest, guest_smc, regs);
	info = guest_wait(&badge);
	EQUAL("an smc is a VCPU fault", label_of(info), seL4_Fault_VCPUFault);
	EQUAL("it has one word", seL4_MessageInfo_get_length(info), seL4_VCPUFault_Length);
	EQUAL("the syndrome of an smc", ESR_CLASS(seL4_GetMR(seL4_VCPUFault_HSR)), EC_SMC64);
	EQUAL("the pc is at the smc", guest_registers(&guest).pc, guest_ipa(guest_smc));
	EQUAL("registers hold the arguments", guest_registers(&guest).x0, 0x84000000);
	guest_answer(0);
	info = guest_wait(&badge);
	EQUAL("a reply alone repeats it", label_of(info), seL4_Fault_VCPUFault);
	guest_skip(&guest);
	info = guest_wait(&badge);
	EQUAL("with the pc moved on it goes on", label_of(info), seL4_Fault_UnknownSyscall);
	guest_run(&guest, guest_wfi, regs);
	info = guest_wait(&badge);
	TRUE("a wfi is a VCPU fault",
	     label_of(info) == seL4_Fault_VCPUFault && ESR_CLASS(seL4_GetMR(0)) == EC_WFX);
	EQUAL("its syndrome says that it is no wfe", seL4_GetMR(0) & 1, 0);
	guest_skip(&guest);
	info = guest_wait(&badge);
	EQUAL("the guest goes on behind it", label_of(info), seL4_Fault_UnknownSyscall);
	guest_run(&guest, guest_svc, regs);
	info = guest_wait(&badge);
	TRUE("an svc at EL1 stays in the guest, at its vector",
	     label_of(info) == seL4_Fault_UnknownSyscall && ESR_CLASS(seL4_GetMR(1)) == EC_SVC64 &&
		     seL4_GetMR(2) == guest_ipa(guest_svc) + 4);
}

static void vcpu_stage2_faults(void)
{
	struct guest guest = guest_new(6);
	seL4_UserContext regs = {.x0 = 0xabcd, .x1 = GUEST_NOTHING, .x7 = NOT_A_SYSCALL};
	seL4_MessageInfo_t info;
	seL4_Word badge;

	guest_run(&guest, guest_load, regs);
	info = guest_wait(&badge);
	EQUAL("a load from nowhere is a VM fault", label_of(info), seL4_Fault_VMFault);
	EQUAL("its address is the IPA", seL4_GetMR(seL4_VMFault_Addr), GUEST_NOTHING);
	EQUAL("its IP is the load", seL4_GetMR(seL4_VMFault_IP), guest_ipa(guest_load));
	EQUAL("it is no instruction fault", seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
	EQUAL("its status is the syndrome of a data abort", ESR_CLASS(seL4_GetMR(seL4_VMFault_FSR)),
	      EC_DATA_ABORT);
	EQUAL("which is valid and says: 8 bytes, into x0",
	      seL4_GetMR(seL4_VMFault_FSR) >> ESR_ISS_SRT & 0x1ff, ISS_VALID_8_BYTES_X0);
	EQUAL("of a read", seL4_GetMR(seL4_VMFault_FSR) & ESR_ISS_WNR, 0);
	regs = guest_registers(&guest);
	regs.pc += 4;
	regs.x0 = 0x600d;
	REQUIRE(seL4_TCB_WriteRegisters(guest.tcb, true, 0, 4, &regs));
	info = guest_wait(&badge);
	TRUE("emulated by writing registers it goes on",
	     label_of(info) == seL4_Fault_UnknownSyscall && seL4_GetMR(0) == 0x600d);
	guest_run(&guest, guest_store, regs);
	info = guest_wait(&badge);
	TRUE("a store to nowhere is a VM fault of a write",
	     label_of(info) == seL4_Fault_VMFault && seL4_GetMR(seL4_VMFault_FSR) & ESR_ISS_WNR);
	regs.x1 = GUEST_NOTHING & ~3ul;
	guest_run(&guest, guest_jump, regs);
	info = guest_wait(&badge);
	TRUE("a jump to nowhere is an instruction fault",
	     label_of(info) == seL4_Fault_VMFault && seL4_GetMR(seL4_VMFault_PrefetchFault) == 1 &&
		     seL4_GetMR(seL4_VMFault_Addr) == regs.x1 &&
		     ESR_CLASS(seL4_GetMR(seL4_VMFault_FSR)) == EC_INSTRUCTION_ABORT);
	regs.x1 = GUEST_DATA + 0x800;
	regs.x0 = 0x5eed;
	guest_run(&guest, guest_store, regs);
	info = guest_wait(&badge);
	TRUE("a store to memory is no fault", label_of(info) == seL4_Fault_UnknownSyscall &&
						      (shared_page[0x100] & 0xffffffff) == 0x5eed);
}

static void vcpu_system_registers(void)
{
	struct guest guest = guest_new(7);
	/* Values that have no effect on a guest with its MMU off and keep to implemented bits. */
	static const seL4_Word values[] = {
		[seL4_VCPUReg_SCTLR] = 0x30d00800,
		[seL4_VCPUReg_CPACR] = 0x300000,
		[seL4_VCPUReg_TTBR0] = 0x1230000,
		[seL4_VCPUReg_TTBR1] = 0x4560000,
		[seL4_VCPUReg_TCR] = 0x80803520,
		[seL4_VCPUReg_MAIR] = 0xff440c0400,
		[seL4_VCPUReg_CIDR] = 0x77,
		[seL4_VCPUReg_ESR] = 0x56000000,
		[seL4_VCPUReg_FAR] = 0xfedcba9876543210,
		[seL4_VCPUReg_PAR] = 0x800,
		[seL4_VCPUReg_VBAR] = 0x41800,
		[seL4_VCPUReg_TPIDR_EL1] = 0x1122334455667788,
		[seL4_VCPUReg_VMPIDR_EL2] = 0x80000003,
		[seL4_VCPUReg_SP_EL1] = 0x8880,
		[seL4_VCPUReg_ELR_EL1] = 0x9990,
		[seL4_VCPUReg_SPSR_EL1] = 0x3c5,
		[seL4_VCPUReg_CNTV_CVAL] = 0x7fffffffffff,
		[seL4_VCPUReg_CNTKCTL_EL1] = 0x3,
	};
	static const seL4_Word count = sizeof(values) / sizeof(values[0]);
	seL4_UserContext regs = {.x1 = GUEST_DATA, .x7 = NOT_A_SYSCALL};
	unsigned int seen = 0, wanted = 0, back = 0;
	seL4_Word badge;

	for (seL4_Word reg = 0; reg < count; reg++)
		if (values[reg])
			REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, reg, values[reg]));
	guest_run(&guest, guest_save_sysregs, regs);
	guest_wait(&badge);
	for (seL4_Word reg = 0; reg < count; reg++) {
		if (!values[reg])
			continue;
		wanted++;
		seen += shared_page[reg] == values[reg];
	}
	EQUAL("a guest sees every register as it was written", seen, wanted);
	for (seL4_Word reg = 0; reg < count; reg++)
		if (values[reg])
			back += vcpu_read(&guest, reg) == values[reg];
	EQUAL("they read back while the VCPU is loaded", back, wanted);

	for (seL4_Word reg = 0; reg < count; reg++)
		shared_page[reg] = values[reg];
	shared_page[seL4_VCPUReg_TTBR0] = 0x9870000;
	shared_page[seL4_VCPUReg_TPIDR_EL1] = 0x55;
	shared_page[seL4_VCPUReg_FAR] = 0x66;
	shared_page[seL4_VCPUReg_SP_EL1] = 0x7770;
	shared_page[seL4_VCPUReg_CNTV_CVAL] = 0x7ffffffffff0;
	guest_run(&guest, guest_load_sysregs, regs);
	guest_wait(&badge);
	EQUAL("what a guest writes can be read: TTBR0", vcpu_read(&guest, seL4_VCPUReg_TTBR0),
	      0x9870000);
	EQUAL("TPIDR_EL1", vcpu_read(&guest, seL4_VCPUReg_TPIDR_EL1), 0x55);
	EQUAL("FAR", vcpu_read(&guest, seL4_VCPUReg_FAR), 0x66);
	EQUAL("SP_EL1", vcpu_read(&guest, seL4_VCPUReg_SP_EL1), 0x7770);
	EQUAL("CNTV_CVAL", vcpu_read(&guest, seL4_VCPUReg_CNTV_CVAL), 0x7ffffffffff0);
	EQUAL("SCTLR", vcpu_read(&guest, seL4_VCPUReg_SCTLR), values[seL4_VCPUReg_SCTLR]);
}

/* Two guests in turn: nothing of one shows in the other. */
static void vcpu_switching(void)
{
	struct guest one = guest_new(1), two = guest_new(2);
	seL4_UserContext regs = {.x1 = GUEST_DATA, .x7 = NOT_A_SYSCALL};
	seL4_Word badge, counted;

	REQUIRE(seL4_ARM_VCPU_WriteRegs(one.vcpu, seL4_VCPUReg_TPIDR_EL1, 0x111));
	REQUIRE(seL4_ARM_VCPU_WriteRegs(two.vcpu, seL4_VCPUReg_TPIDR_EL1, 0x222));
	guest_run(&one, guest_save_sysregs, regs);
	guest_wait(&badge);
	EQUAL("the first guest sees its register", shared_page[seL4_VCPUReg_TPIDR_EL1], 0x111);
	guest_run(&two, guest_save_sysregs, regs);
	guest_wait(&badge);
	EQUAL("the second sees its own", shared_page[seL4_VCPUReg_TPIDR_EL1], 0x222);
	guest_run(&one, guest_save_sysregs, regs);
	guest_wait(&badge);
	EQUAL("the first sees its register again", shared_page[seL4_VCPUReg_TPIDR_EL1], 0x111);
	EQUAL("the register of the VCPU that is not loaded reads back",
	      vcpu_read(&two, seL4_VCPUReg_TPIDR_EL1), 0x222);

	for (int i = 0; i < 2; i++) {
		const struct guest *guest = i ? &two : &one;

		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest->vcpu, seL4_VCPUReg_CPACR, 0x300000));
		regs.x0 = 0xf00d0 + (seL4_Word)i;
		guest_run(guest, guest_fp, regs);
		guest_wait(&badge);
	}
	regs = guest_registers(&one);
	regs.pc += 4;
	REQUIRE(seL4_TCB_WriteRegisters(one.tcb, true, 0, 1, &regs));
	guest_wait(&badge);
	EQUAL("floating-point registers are the guest's own", seL4_GetMR(1), 0xf00d0);

	REQUIRE(seL4_TCB_SetPriority(one.tcb, seL4_CapInitThreadTCB, BELOW));
	guest_run(&one, guest_spin, (seL4_UserContext){0});
	sleep_microseconds(2000);
	REQUIRE(seL4_TCB_Suspend(one.tcb));
	counted = guest_registers(&one).x0;
	TRUE("a guest below runs while its monitor sleeps", counted > 0);
	SUCCEEDS("a suspended guest can be resumed", seL4_TCB_Resume(one.tcb));
	sleep_microseconds(2000);
	SUCCEEDS("a loaded VCPU can be deleted", (cap_revoke(one.vcpu), cap_delete(one.vcpu)));
	TRUE("the other guest goes on",
	     (guest_run(&two, guest_hvc, (seL4_UserContext){.x7 = 5}),
	      label_of(guest_wait(&badge)) == seL4_Fault_UnknownSyscall));
}

static seL4_CPtr service, service_reply;

static void echo(seL4_Word unused)
{
	seL4_Word badge, mr[4];

	seL4_RecvWithMRs(service, &badge, service_reply, &mr[0], &mr[1], &mr[2], &mr[3]);
	for (;;) {
		shared[3] = badge;
		for (int i = 0; i < 4; i++)
			mr[i] += 1000;
		seL4_ReplyRecvWithMRs(service, seL4_MessageInfo_new(0, 0, 0, 4), &badge, &mr[0],
				      &mr[1], &mr[2], &mr[3], service_reply);
	}
}

static void vcpu_system_calls(void)
{
	struct guest guest = guest_new(8);
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_UserContext regs = {.x2 = 1, .x3 = 2, .x4 = 3, .x5 = 4, .x9 = 9, .x28 = 28};
	struct thread *server;
	seL4_Word badge;

	service = object_new(seL4_EndpointObject, 0);
	service_reply = object_new(seL4_ReplyObject, 0);
	server = thread_start(echo, 0, ABOVE + 1);
	REQUIRE(seL4_SchedContext_Unbind(server->sc));
	regs.x0 = badged(service, 0x99);
	regs.x1 = seL4_MessageInfo_new(5, 0, 0, 4).words[0];
	regs.x7 = (seL4_Word)seL4_SysCall;
	/* Its second hvc calls with what the first left: badge 0, an invalid capability. */
	REQUIRE(seL4_TCB_SetPriority(guest.tcb, seL4_CapInitThreadTCB, BELOW));
	regs.pc = guest_ipa(guest_hvc);
	regs.spsr = SPSR_EL1H_MASKED;
	REQUIRE(seL4_TCB_WriteRegisters(guest.tcb, true, 0, 36, &regs));
	sleep_microseconds(1000);
	REQUIRE(seL4_TCB_Suspend(guest.tcb));
	EQUAL("a guest's hvc can be a system call, and reach a server", shared[3], 0x99);
	regs = guest_registers(&guest);
	TRUE("other registers are kept", regs.x9 == 9 && regs.x28 == 28);
	EQUAL("a call on an empty slot answers an invalid capability",
	      seL4_MessageInfo_get_label((seL4_MessageInfo_t){{regs.x1}}), seL4_InvalidCapability);

	regs = (seL4_UserContext){.x7 = (seL4_Word)seL4_SysSend};
	regs.x0 = badged(notification, 0x31);
	guest_run(&guest, guest_hvc, regs);
	sleep_microseconds(500);
	REQUIRE(seL4_TCB_Suspend(guest.tcb));
	seL4_Poll(notification, &badge);
	EQUAL("a guest can signal", badge, 0x31);

	/* User VMs have nothing to look up. */
	REQUIRE(seL4_TCB_SetPriority(guest.tcb, seL4_CapInitThreadTCB, ABOVE));
	REQUIRE(seL4_TCB_SetSpace(
		guest.tcb, badged(guest_endpoint, 9), object_new(seL4_CapTableObject, 1),
		seL4_CNode_CapData_new(0x2aaaaaaaaaaaaaa, 58).words[0], guest.vspace, 0));
	guest_run(&guest, guest_hvc, (seL4_UserContext){.x0 = 3, .x7 = (seL4_Word)seL4_SysCall});
	TRUE("without a CSpace a guest's call is a cap fault",
	     label_of(guest_wait(&badge)) == seL4_Fault_CapFault && badge == 9);
	guest_run(&guest, guest_hvc, (seL4_UserContext){.x0 = 3, .x7 = (seL4_Word)seL4_SysSend});
	EQUAL("so is its send", label_of(guest_wait(&badge)), seL4_Fault_CapFault);
	guest_run(&guest, guest_hvc, (seL4_UserContext){.x0 = 3, .x7 = (seL4_Word)seL4_SysRecv});
	EQUAL("and its receive", label_of(guest_wait(&badge)), seL4_Fault_CapFault);
	EQUAL("the cap fault's IP is the hvc", seL4_GetMR(seL4_CapFault_IP), guest_ipa(guest_hvc));
}

const struct test_group vcpu_group = {
	"vcpu", (void (*const[])(void)){vcpu_binding, vcpu_registers, vcpu_hvc, vcpu_traps,
					vcpu_stage2_faults, vcpu_system_registers, vcpu_switching,
					vcpu_system_calls, NULL}};
