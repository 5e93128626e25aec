/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts between two vCPUs on two cores (docs/smp.md), checked for lost wake-ups.
 *
 * Each vCPU sends the other one interrupts, waits for interrupts, and leaves RUN for other reasons; a
 * third party in the module posts interrupts for both. Whenever nothing can move any more, every
 * interrupt must have been delivered. One critical section of a vmm thread is one atomic step: it
 * holds the VM's lock. With -DUNLOCKED the sender looks whether the other vCPU runs before it takes
 * the lock, with -DLATE the module forgets wake-ups only once RUN was answered: both must lose one.
 *
 *   user_run(), others_woken()   vmm/user.c   a RUN begins
 *   user_wake()                  vmm/user.c   an interrupt for another vCPU
 *   user_signal()                vmm/user.c   KICK
 *   run_enter(), run_wait()      kmod/run.c   kicked, running, sleep
 *   vm_scan()                    kmod/vm.c    wake bits
 *   irq_announce(), irq_wake()   kmod/irq.c   irq_any, the vCPU's thread, its core's kick
 */

#define SENDS 2 /* interrupts that each vCPU sends */
#define POSTS 1 /* interrupts that the module posts */

/* The vmm's, under its lock. */
bit pending[2];		/* deliverable to the vCPU, in no list register */
bit in_run[2];		/* on its core */
bit waiting[2], woken[2];
bit event[2];		/* the RUN on that core is to end */
/* Between vmm and module. */
bit posted[2], irq_any;
bit wake[2];
bit running[2];
bit kick[2];		/* notification of each core's thread: sticky */
bit msi;
/* The module's. */
bit kicked[2], asleep[2];

/* Takes what the module posted, and tells every vCPU but the one that is about to run. */
inline deliver(here, except)
{
	if
	:: irq_any ->
		irq_any = 0;
		pending[0] = pending[0] | posted[0];
		pending[1] = pending[1] | posted[1];
		posted[0] = 0;
		posted[1] = 0
	:: else
	fi;
	if
	:: pending[0] && except != 0 -> tell(here, 0)
	:: else
	fi;
	if
	:: pending[1] && except != 1 -> tell(here, 1)
	:: else
	fi
}

inline tell(here, v)
{
	if
	:: in_run[v] -> pending[v] = 0 /* its list registers */
	:: !in_run[v] && waiting[v] && !woken[v] ->
		woken[v] = 1;
		wake[v] = 1;
		if
		:: in_run[here] -> event[here] = 1
		:: else -> msi = 1
		fi
	:: else
	fi
}

inline scan()
{
	if
	:: wake[0] -> wake[0] = 0; kicked[0] = 1; asleep[0] = 0
	:: else
	fi;
	if
	:: wake[1] -> wake[1] = 0; kicked[1] = 1; asleep[1] = 0
	:: else
	fi
}

proctype vcpu(byte me)
{
	byte left = SENDS;
	byte other = 1 - me;
	bit saw;

again:
#ifndef LATE
	kicked[me] = 0;
#endif
	running[me] = 1;
	atomic { /* RUN: user_run() */
		woken[me] = 0;
		waiting[me] = 0;
		in_run[me] = 1;
		event[me] = 0;
		deliver(me, me);
		if
		:: event[me] -> in_run[me] = 0
		:: else -> pending[me] = 0
		fi
	};
	if
	:: !in_run[me] -> goto left_run
	:: else
	fi;
guest:
	do
	:: left > 0 -> /* an SGI */
		left--;
#ifdef UNLOCKED
		saw = in_run[other];
		atomic {
			pending[other] = 1;
			if
			:: saw -> if
				:: in_run[other] -> pending[other] = 0
				:: else
				fi
			:: else -> tell(me, other)
			fi
		};
#else
		atomic { pending[other] = 1; tell(me, other) };
#endif
		if
		:: event[me] -> atomic { in_run[me] = 0 }; goto left_run
		:: else
		fi
	:: atomic { kick[me] -> /* user_signal() on this core's thread */
			kick[me] = 0;
			deliver(me, 2);
			if
			:: event[me] -> in_run[me] = 0
			:: else
			fi
		};
		if
		:: !in_run[me] -> goto left_run
		:: else
		fi
	:: left > 0 -> atomic { in_run[me] = 0 }; goto left_run /* any other exit */
	:: atomic { left == 0 -> /* WFI */
			if
			:: pending[me] -> pending[me] = 0
			:: else -> in_run[me] = 0; waiting[me] = 1
			fi
		};
		if
		:: !in_run[me] -> goto wfi
		:: else
		fi
	od;
left_run:
	running[me] = 0;
#ifdef LATE
	kicked[me] = 0;
#endif
	scan();
	goto again;
wfi:
	running[me] = 0;
#ifdef LATE
	kicked[me] = 0;
#endif
	scan();
	/* On the wait queue before the last look. */
	asleep[me] = 1;
	if
	:: kicked[me] || irq_any -> asleep[me] = 0; goto again
	:: else
	fi;
end_asleep:
	!asleep[me];
	goto again
}

/* A core's thread, when a signal comes and no RUN is in progress there. */
proctype thread(byte me)
{
end_thread:
	do
	:: atomic { kick[me] && !in_run[me] -> kick[me] = 0; deliver(me, 2) }
	od
}

/* The connector's interrupt. */
active proctype interrupt()
{
end_interrupt:
	do
	:: msi -> msi = 0; scan()
	od
}

active proctype post()
{
	byte left = POSTS;
	byte v;

	do
	:: left == 0 -> break
	:: else ->
		left--;
		if
		:: v = 0
		:: v = 1
		fi;
		posted[v] = 1;
		irq_any = 1;
		asleep[v] = 0;
		if
		:: running[v] -> kick[v] = 1
		:: else
		fi
	od
}

init {
	atomic {
		run vcpu(0);
		run vcpu(1);
		run thread(0);
		run thread(1)
	}
}

/* When nothing moves, nothing may be left behind. */
active proctype watch()
{
end_watch:
	timeout;
	assert(!pending[0] && !pending[1] && !posted[0] && !posted[1])
}
