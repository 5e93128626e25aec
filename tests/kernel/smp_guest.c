// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several cores: private interrupts, address spaces that change under a running thread, registers that
 * a core keeps, and virtual CPUs that run on another core than their monitor, which is the root thread.
 */
#include "guest.h"
#include "smp.h"

#define OTHER		   1
#define IRQ_PHYSICAL_TIMER 30
#define IRQ_VIRTUAL_TIMER  27
#define IRQ_SPI		   77 /* no device of the board is there */
#define VIRQ		   40
#define EL1H_UNMASKED	   0x345

static seL4_Word label_of(seL4_MessageInfo_t info)
{
	return seL4_MessageInfo_get_label(info);
}

/* ---- interrupts ---- */

static seL4_Error get(seL4_Word irq, seL4_CPtr slot, seL4_Word core)
{
	return seL4_IRQControl_GetTriggerCore(seL4_CapIRQControl, irq, 0, ROOT, slot, DEPTH, core);
}

static void timer_start(seL4_Word delay_us)
{
	seL4_Word deadline = now() + delay_us * 62;

	__asm__ volatile("msr cntp_cval_el0, %0; isb" : : "r"(deadline));
	__asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(1ul));
	thread_park();
}

static void timer_stop(seL4_Word index)
{
	__asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(0ul));
	shared[index] = 1;
	thread_park();
}

static void smp_interrupts(void)
{
	seL4_CPtr here = slot_new(), there = slot_new(), shared_one = slot_new();
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_Word badge = 0;

	SUCCEEDS("a private interrupt can be had of each core", get(IRQ_PHYSICAL_TIMER, here, 0));
	SUCCEEDS("each for itself", get(IRQ_PHYSICAL_TIMER, there, OTHER));
	FAILS("but only once", get(IRQ_PHYSICAL_TIMER, shared_one, OTHER), seL4_RevokeFirst);
	FAILS("not of a core that does not exist",
	      get(IRQ_PHYSICAL_TIMER, shared_one, bootinfo->numNodes), seL4_InvalidArgument);
	FAILS("nor one that does not exist", get(100000, shared_one, OTHER), seL4_RangeError);
	FAILS("the kernel's timer is taken on every core", get(26, shared_one, OTHER),
	      seL4_RevokeFirst);
	FAILS("by which cores reach each other, too", get(0, shared_one, OTHER), seL4_RevokeFirst);
	FAILS("a trigger alone does not say whose",
	      seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 29, 0, ROOT, shared_one, DEPTH),
	      seL4_IllegalOperation);
	SUCCEEDS("a shared one can be sent to any core", get(IRQ_SPI, shared_one, OTHER));
	FAILS("and is one", get(IRQ_SPI, slot_new(), 0), seL4_RevokeFirst);

	REQUIRE(seL4_IRQHandler_SetNotification(there, badged(notification, 0x31)));
	for (int i = 0; i < 3; i++) {
		struct thread *thread = start_on(OTHER, timer_start, 500, ABOVE);

		seL4_Wait(notification, &badge);
		EQUAL("an interrupt of another core arrives", badge, 0x31);
		REQUIRE(thread_set_pc(thread, timer_stop, false));
		start_on(OTHER, timer_stop, 4 + i, ABOVE);
		REQUIRE(!await(&shared[4 + i], 1));
		SUCCEEDS("and can be acknowledged from here", seL4_IRQHandler_Ack(there));
	}
	SUCCEEDS("a handler can be deleted from here", cap_delete(there));
	SUCCEEDS("and had again", get(IRQ_PHYSICAL_TIMER, there, OTHER));
}

/* ---- address spaces ---- */

static void read_page(seL4_Word va)
{
	for (;;) {
		shared[4] += *(volatile seL4_Word *)va != 1;
		relax();
	}
}

static void smp_mappings(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_CPtr handler = object_new(seL4_EndpointObject, 0);
	seL4_CPtr reply = object_new(seL4_ReplyObject, 0);
	seL4_Word va = scratch_va(), badge, right = 0;
	struct thread *thread = thread_new(read_page, va, BELOW,
					   sc_new(FULL_BUDGET, FULL_BUDGET), badged(handler, 7));

	REQUIRE(map_in(seL4_CapInitThreadVSpace, frame, va, seL4_ReadWrite,
		       seL4_ARM_Default_VMAttributes));
	move_to(thread->sc, OTHER);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	for (int i = 0; i < 20; i++) {
		seL4_MessageInfo_t info;

		REQUIRE(!is_counting(&shared[4]));
		REQUIRE(seL4_ARM_Page_Unmap(frame));
		info = seL4_Recv(handler, &badge, reply);
		right += label_of(info) == seL4_Fault_VMFault && badge == 7 &&
			 seL4_GetMR(seL4_VMFault_Addr) == va;
		REQUIRE(map_in(seL4_CapInitThreadVSpace, frame, va, seL4_ReadWrite,
			       seL4_ARM_Default_VMAttributes));
		seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	}
	EQUAL("a page that is unmapped is gone for other cores at once", right, 20);
}

/* ---- registers ---- */

void fp_worker(seL4_Word seed); /* code.S */

static void tls_worker(seL4_Word index)
{
	for (seL4_Word i = 1;; i++) {
		seL4_Word value;

		__asm__ volatile("msr tpidr_el0, %0" : : "r"(i << 8 | index));
		for (int turn = 0; turn < 100; turn++)
			relax();
		__asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
		if (value != (i << 8 | index))
			shared[index + 8]++;
		shared[index] = i;
	}
}

static void smp_kept_registers(void)
{
	seL4_CPtr done = object_new(seL4_NotificationObject, 0);
	struct thread *threads[4];
	seL4_Word core = 0;

	for (seL4_Word i = 0; i < 4; i++) {
		bool fp = i < 2;
		seL4_UserContext regs = {.pc = (seL4_Word)(fp ? fp_worker : tls_worker)};

		threads[i] = thread_new(tls_worker, 0, BELOW, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
		regs.sp = threads[i]->stack_top;
		regs.x0 = fp ? 1000000 * (i + 1) : i;
		regs.x1 = 1ul << 40; /* turns */
		regs.x2 = (seL4_Word)&shared[i];
		regs.x4 = done;
		REQUIRE(seL4_TCB_SetFlags(threads[i]->tcb, seL4_TCBFlag_fpuDisabled, 0).error);
		REQUIRE(seL4_TCB_WriteRegisters(threads[i]->tcb, true, 0, 36, &regs));
	}
	for (int i = 0; i < 60; i++) {
		core = (core + 1) % bootinfo->numNodes;
		move_to(threads[i % 4]->sc, core);
		sleep_microseconds(500);
	}
	EQUAL("floating-point registers follow a thread from core to core",
	      shared[0] == 2 || shared[1] == 2, 0);
	BETTER("so do thread pointers", shared[2 + 8] + shared[3 + 8] == 0);
	TRUE("and all have run", shared[2] > 0 && shared[3] > 0);
}

/* ---- virtual CPUs ---- */

static struct guest guest_on(seL4_Word core, seL4_Word badge)
{
	struct guest guest = guest_new(badge);

	move_to(guest.sc, core);
	return guest;
}

/* Answers a guest's hand-over so that it goes on behind the hvc. */
static void go_on(void)
{
	seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
	guest_answer(9);
}

static void smp_guest_exits(void)
{
	struct guest guest = guest_on(OTHER, 3);
	seL4_UserContext regs = {.x1 = GUEST_NOTHING};
	seL4_Word badge, right = 0;

	for (int i = 0; i < 100; i++) {
		guest_run(&guest, guest_load, regs);
		right += label_of(guest_wait(&badge)) == seL4_Fault_VMFault && badge == 3 &&
			 seL4_GetMR(seL4_VMFault_Addr) == GUEST_NOTHING;
	}
	EQUAL("a guest's faults reach a monitor on another core", right, 100);

	guest_run(&guest, guest_spin, (seL4_UserContext){0});
	sleep_microseconds(2000);
	REQUIRE(seL4_TCB_Suspend(guest.tcb));
	TRUE("it runs while its monitor sleeps", guest_registers(&guest).x0 > 0);
	REQUIRE(seL4_TCB_Resume(guest.tcb));
	SUCCEEDS("its VCPU can be deleted while it runs", cap_delete(guest.vcpu));
	SUCCEEDS("and its thread", cap_delete(guest.tcb));
}

static void smp_guest_interrupts(void)
{
	struct guest guest = guest_on(OTHER, 3);
	const seL4_UserContext regs = {
		.spsr = EL1H_UNMASKED, .x7 = NOT_A_SYSCALL, .x10 = GUEST_GICV};
	seL4_Word badge, taken = 0, ended = 0, ticks = 0;

	guest_run(&guest, guest_interrupts, regs);
	for (seL4_Word i = 0; i < 50; i++) {
		if (i & 1) /* it may just be about to run, or run */
			spin_microseconds(i * 5);
		REQUIRE(seL4_ARM_VCPU_InjectIRQ(guest.vcpu, VIRQ + i, 0, 0, i % 4));
		taken += label_of(guest_wait(&badge)) == seL4_Fault_UnknownSyscall &&
			 (seL4_GetMR(1) & 0x3ff) == VIRQ + i;
		go_on();
		ended += label_of(guest_wait(&badge)) == seL4_Fault_VGICMaintenance &&
			 seL4_GetMR(seL4_VGICMaintenance_IDX) == i % 4;
		guest_answer(0);
	}
	EQUAL("a guest takes what is injected while it runs on another core", taken, 50);
	EQUAL("and its end is told", ended, 50);
	REQUIRE(seL4_TCB_Suspend(guest.tcb));

	for (int i = 0; i < 10; i++) {
		guest_run(&guest, guest_timer, (seL4_UserContext){.x0 = 1});
		ticks += label_of(guest_wait(&badge)) == seL4_Fault_VPPIEvent &&
			 seL4_GetMR(0) == IRQ_VIRTUAL_TIMER;
		REQUIRE(seL4_TCB_Suspend(guest.tcb));
		REQUIRE(seL4_ARM_VCPU_AckVPPI(guest.vcpu, IRQ_VIRTUAL_TIMER));
	}
	EQUAL("its timer there is told as well, and again once acknowledged", ticks, 10);
}

#define MOVED_COUNT 5
static const seL4_Word moved[MOVED_COUNT] = {seL4_VCPUReg_TTBR0, seL4_VCPUReg_TPIDR_EL1,
					     seL4_VCPUReg_SP_EL1, seL4_VCPUReg_FAR,
					     seL4_VCPUReg_CNTV_CVAL};

/* Of a guest's registers, so many are still there on another core after it ran on the first. */
static seL4_Word moves_with_its_registers(const struct guest *guest, const struct guest *other)
{
	seL4_UserContext regs = {.x1 = GUEST_DATA, .x7 = NOT_A_SYSCALL};
	seL4_Word badge, right = 0, sctlr;

	sctlr = seL4_ARM_VCPU_ReadRegs(guest->vcpu, seL4_VCPUReg_SCTLR).value;
	for (seL4_Word i = 0; i < seL4_VCPUReg_Num; i++)
		shared_page[i] = 0;
	shared_page[seL4_VCPUReg_SCTLR] = sctlr;
	for (seL4_Word i = 0; i < MOVED_COUNT; i++)
		shared_page[moved[i]] = 0x7654000 + (i << 16);
	guest_run(guest, guest_load_sysregs, regs);
	guest_wait(&badge);
	if (other) {
		guest_run(other, guest_hvc, regs);
		guest_wait(&badge);
	}
	for (seL4_Word i = 0; i < MOVED_COUNT; i++)
		shared_page[moved[i]] = 0;
	REQUIRE(seL4_TCB_Suspend(guest->tcb));
	move_to(guest->sc, 0);
	guest_run(guest, guest_save_sysregs, regs);
	guest_wait(&badge);
	for (seL4_Word i = 0; i < MOVED_COUNT; i++)
		right += shared_page[moved[i]] == 0x7654000 + (i << 16);
	REQUIRE(seL4_TCB_Suspend(guest->tcb));
	move_to(guest->sc, OTHER);
	return right;
}

static void smp_guest_migration(void)
{
	struct guest one = guest_on(OTHER, 1), two = guest_on(OTHER, 2);
	seL4_Word badge;

	EQUAL("a guest's registers follow it to another core once a second guest has run on the first",
	      moves_with_its_registers(&one, &two), MOVED_COUNT);
	BETTER("they follow it anyway", moves_with_its_registers(&two, NULL) == MOVED_COUNT);
	REQUIRE(seL4_ARM_VCPU_WriteRegs(one.vcpu, seL4_VCPUReg_TPIDR_EL1, 0x77));
	guest_run(&one, guest_save_sysregs, (seL4_UserContext){.x1 = GUEST_DATA, .x7 = 9});
	guest_wait(&badge);
	EQUAL("what is written from here is what it sees there",
	      shared_page[seL4_VCPUReg_TPIDR_EL1], 0x77);
	BETTER("what is written while it is loaded there is, too", ({
		       seL4_ARM_VCPU_WriteRegs(one.vcpu, seL4_VCPUReg_TPIDR_EL1, 0x99);
		       guest_run(&one, guest_save_sysregs,
				 (seL4_UserContext){.x1 = GUEST_DATA, .x7 = 9});
		       guest_wait(&badge);
		       shared_page[seL4_VCPUReg_TPIDR_EL1] == 0x99;
	       }));
}

static void smp_guest_space(void)
{
	struct guest guest = guest_on(OTHER, 5);
	seL4_Word badge;

	guest_run(&guest, guest_spin, (seL4_UserContext){0});
	sleep_microseconds(1000);
	SUCCEEDS("a running guest's address space can be taken away", cap_revoke(guest.vspace));
	SUCCEEDS("all of it", cap_delete(guest.vspace));
	TRUE("then it faults", label_of(guest_wait(&badge)) == seL4_Fault_VMFault && badge == 5);
}

const struct test_group smp_guest_group = {
	"smp_guest",
	(void (*const[])(void)){smp_interrupts, smp_mappings, smp_kept_registers, smp_guest_exits,
				smp_guest_interrupts, smp_guest_migration, smp_guest_space, NULL}};
