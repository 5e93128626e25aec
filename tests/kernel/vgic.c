// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts of virtual CPUs: injection into list registers, maintenance faults, the virtual timer.
 */
#include "guest.h"

#define IRQ_VIRTUAL_TIMER 27
#define VIRQ		  40

static seL4_Word label_of(seL4_MessageInfo_t info)
{
	return seL4_MessageInfo_get_label(info);
}

static const seL4_UserContext unmasked = {.spsr = 0x345, .x7 = NOT_A_SYSCALL, .x10 = GUEST_GICV};

static void vgic_arguments(void)
{
	seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);

	SUCCEEDS("an interrupt can be put into a list register",
		 seL4_ARM_VCPU_InjectIRQ(vcpu, VIRQ, 0, 0, 0));
	SUCCEEDS("a pending one can be replaced", seL4_ARM_VCPU_InjectIRQ(vcpu, VIRQ, 31, 1, 0));
	SUCCEEDS("the greatest interrupt is 1023", seL4_ARM_VCPU_InjectIRQ(vcpu, 1023, 0, 0, 1));
	FAILS("interrupt 1024 is out of range", seL4_ARM_VCPU_InjectIRQ(vcpu, 1024, 0, 0, 1),
	      seL4_RangeError);
	EQUAL("the range's maximum is 1023", seL4_GetMR(1), 1023);
	FAILS("priority 32 is out of range", seL4_ARM_VCPU_InjectIRQ(vcpu, VIRQ, 32, 0, 1),
	      seL4_RangeError);
	EQUAL("the range's maximum is 31", seL4_GetMR(1), 31);
	FAILS("group 2 is out of range", seL4_ARM_VCPU_InjectIRQ(vcpu, VIRQ, 0, 2, 1),
	      seL4_RangeError);
	EQUAL("the range's maximum is 1", seL4_GetMR(1), 1);
	FAILS("list register 64 is out of range", seL4_ARM_VCPU_InjectIRQ(vcpu, VIRQ, 0, 0, 64),
	      seL4_RangeError);
	EQUAL("the range's maximum is the last list register", seL4_GetMR(1), 3);
	FAILS("an injection without words is too short", raw_call(vcpu, ARMVCPUInjectIRQ, 0, 0),
	      seL4_TruncatedMessage);
	SUCCEEDS("the virtual timer can be acknowledged",
		 seL4_ARM_VCPU_AckVPPI(vcpu, IRQ_VIRTUAL_TIMER));
	FAILS("another interrupt cannot", seL4_ARM_VCPU_AckVPPI(vcpu, 30), seL4_InvalidArgument);
	EQUAL("the interrupt is argument 0", seL4_GetMR(0), 0);
	FAILS("nor one that does not exist", seL4_ARM_VCPU_AckVPPI(vcpu, 100000), seL4_RangeError);
	FAILS("an acknowledgement without words is too short", raw_call(vcpu, ARMVCPUAckVPPI, 0, 0),
	      seL4_TruncatedMessage);
}

/* Answers a guest's hand-over so that it goes on behind the hvc. */
static void go_on(void)
{
	seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
	guest_answer(9);
}

static void vgic_injection(void)
{
	struct guest guest = guest_new(3);
	seL4_MessageInfo_t info;
	seL4_Word badge;

	REQUIRE(seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ, 0, 0, 2));
	guest_run(&guest, guest_interrupts, unmasked);
	info = guest_wait(&badge);
	TRUE("a guest takes an injected interrupt",
	     label_of(info) == seL4_Fault_UnknownSyscall && (seL4_GetMR(1) & 0x3ff) == VIRQ);
	go_on();
	info = guest_wait(&badge);
	EQUAL("ending it is a maintenance fault", label_of(info), seL4_Fault_VGICMaintenance);
	EQUAL("which has one word", seL4_MessageInfo_get_length(info), 1);
	EQUAL("the list register", seL4_GetMR(seL4_VGICMaintenance_IDX), 2);
	SUCCEEDS("then the list register is free",
		 seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ + 1, 0, 0, 2));
	SUCCEEDS("another one with a better priority",
		 seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ + 2, 0, 0, 0));
	guest_answer(0);
	info = guest_wait(&badge);
	TRUE("an interrupt injected while loaded is taken",
	     label_of(info) == seL4_Fault_UnknownSyscall && (seL4_GetMR(1) & 0x3ff) > VIRQ);
	go_on();
	info = guest_wait(&badge);
	EQUAL("and ended", label_of(info), seL4_Fault_VGICMaintenance);
	guest_answer(0);
	info = guest_wait(&badge);
	EQUAL("and the next is taken", label_of(info), seL4_Fault_UnknownSyscall);
	go_on();
	info = guest_wait(&badge);
	EQUAL("and ended as well", label_of(info), seL4_Fault_VGICMaintenance);
}

/* Priority decides, not the order of injection. */
static void vgic_priorities(void)
{
	struct guest guest = guest_new(3);
	seL4_Word badge;

	REQUIRE(seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ, 20, 0, 0));
	REQUIRE(seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ + 1, 5, 0, 1));
	guest_run(&guest, guest_interrupts, unmasked);
	guest_wait(&badge);
	EQUAL("the lower value is the higher priority", seL4_GetMR(1) & 0x3ff, VIRQ + 1);
}

/* A masked guest keeps what is pending, across a switch to another guest. */
static void vgic_switching(void)
{
	struct guest one = guest_new(1), two = guest_new(2);
	seL4_UserContext masked = unmasked;
	seL4_MessageInfo_t info;
	seL4_Word badge;

	masked.spsr = SPSR_EL1H_MASKED;
	guest_run(&one, guest_hvc, masked);
	guest_wait(&badge);
	REQUIRE(seL4_ARM_VCPU_InjectIRQ(one.vcpu, VIRQ, 0, 0, 0));
	guest_run(&two, guest_hvc, unmasked);
	info = guest_wait(&badge);
	TRUE("another guest does not see it",
	     badge == 2 && label_of(info) == seL4_Fault_UnknownSyscall &&
		     seL4_GetMR(seL4_UnknownSyscall_FaultIP) == guest_ipa(guest_hvc));
	guest_run(&one, guest_interrupts, unmasked);
	info = guest_wait(&badge);
	TRUE("its own guest takes it later", badge == 1 && (seL4_GetMR(1) & 0x3ff) == VIRQ);
	guest_run(&two, guest_hvc, unmasked);
	guest_wait(&badge);
	FAILS("while it is active the list register is in use, though another guest ran",
	      seL4_ARM_VCPU_InjectIRQ(one.vcpu, VIRQ, 0, 0, 0), seL4_DeleteFirst);
}

static void vgic_timer(void)
{
	struct guest guest = guest_new(4), other = guest_new(5);
	seL4_UserContext regs = unmasked;
	seL4_MessageInfo_t info;
	seL4_Word badge, offset = now() - 1000, start;

	REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTVOFF, offset));
	regs.spsr = SPSR_EL1H_MASKED;
	start = now();
	regs.x0 = start - offset + 62500; /* a millisecond from now, in the guest's time */
	guest_run(&guest, guest_timer, regs);
	info = guest_wait(&badge);
	EQUAL("the virtual timer is an event", label_of(info), seL4_Fault_VPPIEvent);
	EQUAL("which has one word", seL4_MessageInfo_get_length(info), seL4_VPPIEvent_Length);
	EQUAL("the interrupt's number", seL4_GetMR(seL4_VPPIEvent_IRQ), IRQ_VIRTUAL_TIMER);
	TRUE("it comes when the guest's time is up", now() - start >= 62500);
	EQUAL("the timer's condition can be read",
	      seL4_ARM_VCPU_ReadRegs(guest.vcpu, seL4_VCPUReg_CNTV_CTL).value & 5, 5);
	REQUIRE(seL4_TCB_SetPriority(guest.tcb, seL4_CapInitThreadTCB, BELOW));
	guest_answer(0);
	sleep_microseconds(2000);
	seL4_NBRecv(guest_endpoint, &badge, guest_reply);
	EQUAL("unacknowledged it does not come again", badge, 0);
	SUCCEEDS("it can be acknowledged", seL4_ARM_VCPU_AckVPPI(guest.vcpu, IRQ_VIRTUAL_TIMER));
	info = guest_wait(&badge);
	EQUAL("then it comes again, since it is still up", label_of(info), seL4_Fault_VPPIEvent);
	SUCCEEDS("a monitor can silence the timer",
		 seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CTL, 0));
	REQUIRE(seL4_ARM_VCPU_AckVPPI(guest.vcpu, IRQ_VIRTUAL_TIMER));
	guest_answer(0);
	sleep_microseconds(2000);
	badge = 0;
	seL4_NBRecv(guest_endpoint, &badge, guest_reply);
	EQUAL("then it does not come", badge, 0);
	REQUIRE(seL4_TCB_Suspend(guest.tcb));

	/* The timer of a guest that is not loaded is silent, and not lost. */
	REQUIRE(seL4_TCB_SetPriority(guest.tcb, seL4_CapInitThreadTCB, ABOVE));
	REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CVAL, now() - offset));
	REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CTL, 1));
	regs = unmasked;
	guest_run(&other, guest_hvc, regs);
	info = guest_wait(&badge);
	TRUE("another guest runs undisturbed",
	     badge == 5 && label_of(info) == seL4_Fault_UnknownSyscall);
	guest_run(&guest, guest_spin, regs);
	info = guest_wait(&badge);
	TRUE("loaded again, the guest has its timer event",
	     badge == 4 && label_of(info) == seL4_Fault_VPPIEvent);
}

/* The timer of a guest that has just run: a kernel may have left its state in the registers. */
static void vgic_timer_beside(void)
{
	struct guest guest = guest_new(4);
	seL4_Word badge = 0;

	for (int idle = 0; idle < 2; idle++) {
		seL4_Word deadline;
		seL4_MessageInfo_t info;

		guest_run(&guest, guest_hvc, unmasked);
		guest_wait(&badge);
		deadline = now() + 62500; /* CNTVOFF is zero */
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CVAL, deadline));
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CTL, 1));
		if (idle)
			sleep_microseconds(3000);
		while (now() < deadline + 62500)
			continue;
		badge = 0;
		seL4_NBRecv(guest_endpoint, &badge, guest_reply);
		EQUAL("a stopped guest's timer is silent", badge, 0);
		guest_run(&guest, guest_spin, unmasked);
		info = guest_wait(&badge);
		EQUAL("when the guest goes on, it comes", label_of(info), seL4_Fault_VPPIEvent);
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_CNTV_CTL, 0));
		REQUIRE(seL4_ARM_VCPU_AckVPPI(guest.vcpu, IRQ_VIRTUAL_TIMER));
	}
}

/* Two guests whose timers run, each with a time of its own. */
static void vgic_timers_exchanged(void)
{
	struct guest guest[2] = {guest_new(0), guest_new(1)};
	seL4_Word start = now(), badge;

	for (unsigned int i = 0; i < 2; i++) {
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest[i].vcpu, seL4_VCPUReg_CNTVOFF, start * i));
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest[i].vcpu, seL4_VCPUReg_CNTV_CVAL,
						start - start * i + 62500 * (2 - i)));
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest[i].vcpu, seL4_VCPUReg_CNTV_CTL, 1));
		guest_run(&guest[i], guest_hvc, unmasked);
		EQUAL("neither is up at first", label_of(guest_wait(&badge)),
		      seL4_Fault_UnknownSyscall);
	}
	for (unsigned int i = 2; i-- > 0;) {
		guest_run(&guest[i], guest_spin, unmasked);
		TRUE("each is up in its guest",
		     label_of(guest_wait(&badge)) == seL4_Fault_VPPIEvent && badge == i);
		TRUE("and not before", now() - start >= 62500 * (2 - i));
		REQUIRE(seL4_TCB_Suspend(guest[i].tcb));
	}
}

/*
 * What a guest has acknowledged cannot be taken back; a new VCPU in the old one's memory knows
 * nothing of it.
 */
static void vgic_renewal(void)
{
	struct guest guest = guest_new(1), other = guest_new(2);
	seL4_CPtr memory = object_new(seL4_UntypedObject, seL4_VCPUBits);
	seL4_MessageInfo_t info;
	seL4_Word badge;

	guest.vcpu = slot_new();
	for (int i = 0; i < 2; i++) {
		SUCCEEDS("a VCPU can be made",
			 retype(memory, seL4_ARM_VCPUObject, 0, guest.vcpu, 1));
		SUCCEEDS("and bound", seL4_ARM_VCPU_SetTCB(guest.vcpu, guest.tcb));
		REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_VBAR, GUEST_CODE + 0x800));
		SUCCEEDS("its list register is free",
			 seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ, 0, 0, 0));
		guest_run(&guest, guest_interrupts, unmasked);
		info = guest_wait(&badge);
		TRUE("and the interrupt is taken", label_of(info) == seL4_Fault_UnknownSyscall &&
							   (seL4_GetMR(1) & 0x3ff) == VIRQ);
		guest_run(&other, guest_hvc, unmasked);
		guest_wait(&badge);
		FAILS("it is active", seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ, 0, 0, 0),
		      seL4_DeleteFirst);
		REQUIRE(seL4_TCB_Suspend(guest.tcb));
		SUCCEEDS("its memory can be had back", cap_revoke(memory));
		TRUE("and it is gone", slot_is_empty(guest.vcpu));
	}
}

const struct test_group vgic_group = {
	"vgic", (void (*const[])(void)){vgic_arguments, vgic_injection, vgic_priorities,
					vgic_switching, vgic_timer, vgic_timer_beside,
					vgic_timers_exchanged, vgic_renewal, NULL}};
