/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM page's signalling (docs/events.md), checked for lost wake-ups.
 *
 * Two interrupt sources set bits for a VM whose one vCPU thread is inside RUN, on its way there, or
 * asleep, and sometimes lower a line, which wakes nobody; the guest sets ioeventfd bits. Whenever
 * nothing can move any more, every bit must have been taken, but that of a lowered line. Promela is
 * sequentially consistent; with -DREORDER each side's store and the load behind it change places, as
 * they could without the barrier there, and the search must then find a lost bit.
 *
 *   irq_announce()      kmod/irq.c     bits, irq_any
 *   irq_wake()          kmod/irq.c     wakes the thread, looks at vcpu->cpu (running here), KICK
 *   run_enter()         kmod/run.c     running, then the call
 *   user_run()          vmm/user.c     takes irq_any and the bits when a RUN begins, and on KICK
 *   run_wait()          kmod/run.c     sleeps unless irq_any says WAKE, on the wait queue
 *   vm_scan()           kmod/vm.c      takes event_any and the bits after a RUN
 */

#define SETS 2		/* interrupts that each source raises */
#define WRITES 2	/* doorbells that the guest rings */

#define LOOK 1
#define WAKE 2

bit irq_bits;			/* module to vmm: rising lines and pulses */
byte irq_any;
bit event_bits, event_any;	/* vmm to module */
byte running;			/* RUNs in progress or about to be */
bit kick;			/* the vmm's notification: sticky */
bit asleep;			/* the vCPU thread is on the wait queue */
byte irq_taken, event_taken;	/* that something was taken at all */

inline take_irqs()
{
	/* The word first, the bits after. */
	if
	:: irq_any ->
		irq_any = 0;
		if
		:: irq_bits -> irq_bits = 0; irq_taken = 1
		:: else
		fi
	:: else
	fi
}

inline take_events()
{
	if
	:: event_any ->
		event_any = 0;
		if
		:: event_bits -> event_bits = 0; event_taken = 1
		:: else
		fi
	:: else
	fi
}

active [2] proctype source()
{
	byte left = SETS;
	bit was_running;
	byte flags;

	do
	:: left == 0 -> break
	:: else ->
		left--;
		if
		:: irq_bits = 1; flags = LOOK | WAKE
		:: flags = LOOK	/* a line goes down */
		fi;
#ifdef REORDER
		was_running = (running > 0);
		atomic { irq_any = irq_any | flags }
#else
		atomic { irq_any = irq_any | flags }
		was_running = (running > 0);
#endif
		if
		:: flags & WAKE ->
			asleep = 0;	/* waking the thread: it looks at irq_any again */
			if
			:: was_running -> kick = 1
			:: else
			fi
		:: else
		fi
	od
}

/* The vCPU thread: in the module, and inside RUN in the vmm and the guest. */
active proctype vcpu()
{
	byte doorbells = WRITES;

again:
#ifdef REORDER
	take_irqs();
	running++;
#else
	running++;
	take_irqs();
#endif
guest:
	do
	:: kick -> kick = 0; take_irqs()
	:: doorbells > 0 ->
		/* The bits first, the word last; then the RUN ends. */
		doorbells--;
		event_bits = 1;
		event_any = 1;
		running--;
		take_events();
		goto again
	:: goto wfi			/* the guest waits for an interrupt */
	:: doorbells == 0 && !kick ->	/* the guest computes: only a KICK gets through to it */
end_guest:	kick;
	od;
wfi:
	running--;
	take_events();
	/* On the wait queue before the last look. */
	asleep = 1;
	if
	:: irq_any & WAKE -> asleep = 0; goto again
	:: else
	fi;
end_asleep:
	!asleep;
	goto again
}

/* When nothing moves, nothing may be left behind. */
active proctype watch()
{
end_watch:
	timeout;
	assert(!irq_bits && !event_bits)
}
