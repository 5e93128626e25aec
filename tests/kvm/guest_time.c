// SPDX-License-Identifier: BSD-2-Clause
/* Guests that wait, and guests that meddle with timers that others need. */
#include <errno.h>
#include <pthread.h>

#include "check.h"
#include "client.h"
#include "guest.h"

void waiting(void)
{
	uint64_t start = now_ms();
	struct vm vm;

	vm_make(&vm, 1);
	for (int round = 0; round < 3; round++) {
		vm_enter(&vm, 0, PROGRAM_WFI, 0, 0);
		run_alarm(200);
		check_is(vm_run(&vm, 0), -EINTR, "a guest waits for an interrupt until a signal");
		run_alarm(0);
	}
	check(now_ms() - start > 400, "it did wait");
	guest_does(&vm, PROGRAM_DONE, 0, 0, "it can be led out");
	vm_close(&vm);
}

void waiting_for_events(void)
{
	struct vm vm;

	vm_make(&vm, 1);
	guest_does(&vm, PROGRAM_WFE, 2000, 0,
		   "a guest waits 2000 times for an event that never comes");
	vm_close(&vm);
}

void physical_timer(void)
{
	uint64_t start = now_ms();
	struct vm vm;

	vm_make(&vm, 1);
	guest_does(&vm, PROGRAM_TIMER, 3000, 0, "a guest switches CNTP off and on, 3000 times");
	check(!(vm_record(&vm)->classes & ~(1ull << CLASS_UNKNOWN)), "at worst it is undefined");
	vm_close(&vm);
	start = now_ms();
	sleep_ms(100);
	check(now_ms() - start < 1000, "the service VM's timer ticks as before (%llu ms for 100)",
	      (unsigned long long)(now_ms() - start));
}

static void *sleeper_main(void *arg)
{
	uint64_t start = now_ms(), *took = arg;

	for (int i = 0; i < 10; i++)
		sleep_ms(20);
	*took = now_ms() - start;
	return NULL;
}

/* The guest keeps CNTP off while this process and another thread need their timers. */
void physical_timer_for_ever(void)
{
	uint64_t took = 0, start;
	pthread_t thread;
	struct vm vm;

	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_TIMER, 0, 0);
	if (pthread_create(&thread, NULL, sleeper_main, &took))
		give_up("a thread can be had");
	start = now_ms();
	run_alarm(500);
	check_is(vm_run(&vm, 0), -EINTR,
		 "a guest that meddles with CNTP for ever stops on an alarm");
	run_alarm(0);
	check(now_ms() - start < 3000, "that comes in time (%llu ms for 500)",
	      (unsigned long long)(now_ms() - start));
	pthread_join(thread, NULL);
	check(took < 3000, "another thread's sleeps took %llu ms for 200",
	      (unsigned long long)took);
	vm_close(&vm);
	guest_other_goes_on();
}

void both_timers(void)
{
	uint64_t start;
	struct vm vm;

	vm_make(&vm, 1);
	guest_does(&vm, PROGRAM_CPTIMER, 0, 0, "a guest leaves CNTP expired and waits for CNTV");
	start = now_ms();
	for (int i = 0; i < 10; i++)
		sleep_ms(10);
	check(now_ms() - start < 2000, "the service VM's timer ticks as before (%llu ms for 100)",
	      (unsigned long long)(now_ms() - start));
	guest_does(&vm, PROGRAM_CPTIMER, 0, 0, "and again");
	vm_close(&vm);
}
