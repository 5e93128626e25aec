// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts: handler caps, delivery and acknowledgement, with the physical timer (PPI 30, which
 * this configuration leaves to user level) and software-generated interrupts as sources.
 */
#include "harness.h"

#define IRQ_MAINTENANCE	   25
#define IRQ_KERNEL_TIMER   26
#define IRQ_VIRTUAL_TIMER  27
#define IRQ_PHYSICAL_TIMER 30
#define IRQ_SPI		   77 /* no device of the board is there */
#define IRQ_SGI		   7

static void timer_start(seL4_Word delay_us)
{
	seL4_Word frequency, deadline;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	deadline = now() + frequency / 1000000 * delay_us;
	__asm__ volatile("msr cntp_cval_el0, %0; isb" : : "r"(deadline));
	__asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(1ul));
}

static void timer_stop(void)
{
	__asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(0ul));
}

static seL4_Error get(seL4_Word irq, seL4_CPtr slot)
{
	return seL4_IRQControl_Get(seL4_CapIRQControl, irq, ROOT, slot, DEPTH);
}

static void irq_control(void)
{
	seL4_CPtr handler = slot_new(), second = slot_new();
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);

	SUCCEEDS("a handler for an interrupt can be had", get(IRQ_SPI, handler));
	FAILS("there is one handler for an interrupt", get(IRQ_SPI, second), seL4_RevokeFirst);
	FAILS("a trigger does not change that",
	      seL4_IRQControl_GetTrigger(seL4_CapIRQControl, IRQ_SPI, 1, ROOT, second, DEPTH),
	      seL4_RevokeFirst);
	FAILS("an occupied slot must be deleted first", get(IRQ_SPI + 1, handler),
	      seL4_DeleteFirst);
	FAILS("an interrupt that does not exist is out of range", get(100000, second),
	      seL4_RangeError);
	EQUAL("the least interrupt is 0", seL4_GetMR(0), 0);
	TRUE("the greatest is what the board has", seL4_GetMR(1) >= 100 && seL4_GetMR(1) < 1024);
	FAILS("the kernel's own timer is taken", get(IRQ_KERNEL_TIMER, second), seL4_RevokeFirst);
	FAILS("the maintenance interrupt is taken", get(IRQ_MAINTENANCE, second), seL4_RevokeFirst);
	FAILS("the virtual timer is taken", get(IRQ_VIRTUAL_TIMER, second), seL4_RevokeFirst);
	FAILS("a path to nowhere fails the lookup",
	      seL4_IRQControl_Get(seL4_CapIRQControl, IRQ_SPI + 1, notification, 0, DEPTH),
	      seL4_FailedLookup);
	FAILS("a handler without its CNode is too short",
	      raw_call(seL4_CapIRQControl, IRQIssueIRQHandler, 0, 3), seL4_TruncatedMessage);
	FAILS("interrupt control knows no other invocation",
	      raw_call(seL4_CapIRQControl, IRQAckIRQ, 0, 0), seL4_IllegalOperation);
	SUCCEEDS("an edge-triggered interrupt can be had",
		 seL4_IRQControl_GetTrigger(seL4_CapIRQControl, IRQ_SPI + 1, 1, ROOT, second,
					    DEPTH));
	SUCCEEDS("a handler can be copied", cap_copy(slot_new(), handler));
	REQUIRE(cap_revoke(handler));
	SUCCEEDS("a handler can be deleted", cap_delete(handler));
	SUCCEEDS("then it can be had again", get(IRQ_SPI, handler));
	FAILS("a handler's notification must be one",
	      seL4_IRQHandler_SetNotification(handler, ROOT), seL4_InvalidCapability);
	EQUAL("the notification counts as cap 0", seL4_GetMR(0), 0);
	FAILS("it must have the write right",
	      seL4_IRQHandler_SetNotification(handler, with_rights(notification, seL4_CanRead)),
	      seL4_InvalidCapability);
	FAILS("setting nothing is too short", raw_call(handler, IRQSetIRQHandler, 0, 0),
	      seL4_TruncatedMessage);
	SUCCEEDS("a handler can be given a notification",
		 seL4_IRQHandler_SetNotification(handler, notification));
	SUCCEEDS("and another", seL4_IRQHandler_SetNotification(handler, badged(notification, 3)));
	SUCCEEDS("and none", seL4_IRQHandler_Clear(handler));
	SUCCEEDS("an interrupt that is not there can be acknowledged",
		 seL4_IRQHandler_Ack(handler));
	FAILS("a handler knows no other invocation", raw_call(handler, IRQIssueIRQHandler, 0, 3),
	      seL4_IllegalOperation);
}

static void irq_delivery(void)
{
	seL4_CPtr handler = slot_new(), notification = object_new(seL4_NotificationObject, 0);
	seL4_Word badge = 0, start;

	REQUIRE(get(IRQ_PHYSICAL_TIMER, handler));
	REQUIRE(seL4_IRQHandler_SetNotification(handler, badged(notification, 0x21)));
	start = now();
	timer_start(2000);
	seL4_Wait(notification, &badge);
	EQUAL("an interrupt signals its handler's notification", badge, 0x21);
	TRUE("in time", microseconds(now() - start) >= 2000);
	timer_start(10);
	spin_microseconds(1000);
	seL4_Poll(notification, &badge);
	EQUAL("it does not come again before it was acknowledged", badge, 0);
	REQUIRE(seL4_IRQHandler_Ack(handler));
	spin_microseconds(100);
	seL4_Poll(notification, &badge);
	EQUAL("acknowledged while its line is high, it comes again", badge, 0x21);
	timer_stop();
	REQUIRE(seL4_IRQHandler_Ack(handler));
	spin_microseconds(1000);
	seL4_Poll(notification, &badge);
	EQUAL("a silent line does not", badge, 0);
	timer_start(10);
	spin_microseconds(1000);
	seL4_Poll(notification, &badge);
	EQUAL("until it is high again", badge, 0x21);
	REQUIRE(seL4_IRQHandler_Clear(handler));
	REQUIRE(seL4_IRQHandler_Ack(handler));
	spin_microseconds(1000);
	seL4_Poll(notification, &badge);
	EQUAL("without a notification it goes nowhere", badge, 0);
	REQUIRE(seL4_IRQHandler_SetNotification(handler, badged(notification, 0x22)));
	REQUIRE(seL4_IRQHandler_Ack(handler));
	timer_start(10);
	spin_microseconds(1000);
	seL4_Poll(notification, &badge);
	EQUAL("with a new one it signals that", badge, 0x22);
	timer_stop();
	REQUIRE(cap_delete(handler));
	REQUIRE(get(IRQ_PHYSICAL_TIMER, handler));
	timer_start(10);
	spin_microseconds(1000);
	timer_stop();
	seL4_Poll(notification, &badge);
	EQUAL("a new handler does not inherit a notification", badge, 0);
	SUCCEEDS("the notification of a handler can be deleted", ({
			 seL4_IRQHandler_SetNotification(handler, notification);
			 cap_revoke(notification);
			 cap_delete(notification);
		 }));
	timer_start(10);
	spin_microseconds(100);
	timer_stop();
	TRUE("an interrupt of such a handler does no harm", true);
}

static void irq_waiter(seL4_Word notification)
{
	seL4_WaitWithMRs(notification, seL4_Null, 0, 0, 0, 0);
	shared[0] = now();
	timer_stop();
	thread_park();
}

static void irq_preemption(void)
{
	seL4_CPtr handler = slot_new(), notification = object_new(seL4_NotificationObject, 0);
	seL4_Word start;

	REQUIRE(get(IRQ_PHYSICAL_TIMER, handler));
	REQUIRE(seL4_IRQHandler_SetNotification(handler, notification));
	thread_start(irq_waiter, notification, ABOVE);
	start = now();
	timer_start(500);
	while (!shared[0] && microseconds(now() - start) < 100000)
		;
	TRUE("an interrupt preempts for a thread above",
	     shared[0] && microseconds(shared[0] - start) < 50000);
}

#ifndef CONFIG_ENABLE_SMP_SUPPORT
static void irq_sgi(void)
{
	seL4_CPtr handler = slot_new(), sgi = slot_new();
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_Word badge = 0;

	FAILS("an SGI above 15 is out of range",
	      seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 16, 0, ROOT, sgi, DEPTH),
	      seL4_RangeError);
	EQUAL("the greatest SGI is 15", seL4_GetMR(1), 15);
	FAILS("an SGI needs a target that exists",
	      seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, IRQ_SGI, 8, ROOT, sgi, DEPTH),
	      seL4_InvalidArgument);
	EQUAL("the target is argument 1", seL4_GetMR(0), 1);
	SUCCEEDS("a cap to raise an SGI can be had",
		 seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, IRQ_SGI, 0, ROOT, sgi, DEPTH));
	FAILS("an occupied slot must be deleted first",
	      seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, IRQ_SGI, 0, ROOT, sgi, DEPTH),
	      seL4_DeleteFirst);
	SUCCEEDS("it can be had twice", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, IRQ_SGI,
								       0, ROOT, slot_new(), DEPTH));
	SUCCEEDS("it can be copied", cap_copy(slot_new(), sgi));
	SUCCEEDS("an SGI has a handler as well", get(IRQ_SGI, handler));
	REQUIRE(seL4_IRQHandler_SetNotification(handler, badged(notification, 0x51)));
	REQUIRE(seL4_IRQHandler_Ack(handler));
	seL4_Signal(sgi);
	spin_microseconds(100);
	seL4_Poll(notification, &badge);
	EQUAL("signalling the cap raises the SGI", badge, 0x51);
	seL4_IRQHandler_Ack(handler);
	seL4_NBSend(sgi, seL4_MessageInfo_new(9, 0, 0, 0));
	spin_microseconds(100);
	seL4_Poll(notification, &badge);
	EQUAL("so does a non-blocking send", badge, 0x51);
}
#endif

const struct test_group irq_group = {"irq", (void (*const[])(void)){
	irq_control, irq_delivery, irq_preemption,
#ifndef CONFIG_ENABLE_SMP_SUPPORT
	irq_sgi, /* with more cores, SGIs are the kernel's */
#endif
	NULL}};
