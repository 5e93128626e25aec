// SPDX-License-Identifier: BSD-2-Clause
/*
 * Domains: assignment of threads, and the schedule, which can be replaced at run time.
 */
#include "harness.h"

#define LAST_ENTRY (CONFIG_NUM_DOMAIN_SCHEDULES - 2) /* the very last is always an end marker */
#define LONG_TIME  (1ul << 50)

static void count(seL4_Word unused)
{
	for (;;)
		shared[0]++;
}

static seL4_Error entry(seL4_Word index, seL4_Uint8 domain, seL4_Time ticks)
{
	return seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, index, domain, ticks);
}

static void domain_set(void)
{
	struct thread *thread = thread_new(count, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	SUCCEEDS("a thread can be put in domain 0",
		 seL4_DomainSet_Set(seL4_CapDomain, 0, thread->tcb));
	SUCCEEDS("a thread can be put in the last domain",
		 seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS - 1, thread->tcb));
	FAILS("a domain that does not exist is an invalid argument",
	      seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS, thread->tcb),
	      seL4_InvalidArgument);
	EQUAL("the domain is argument 0", seL4_GetMR(0), 0);
	FAILS("what is no TCB is an invalid argument", seL4_DomainSet_Set(seL4_CapDomain, 0, ROOT),
	      seL4_InvalidArgument);
	EQUAL("the TCB is argument 1", seL4_GetMR(0), 1);
	FAILS("setting no thread is too short",
	      (seL4_SetMR(0, 0), raw_call(seL4_CapDomain, DomainSetSet, 0, 1)),
	      seL4_TruncatedMessage);
	FAILS("setting no domain is too short", raw_call(seL4_CapDomain, DomainSetSet, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("the domain cap knows no other invocation", raw_call(seL4_CapDomain, TCBResume, 0, 0),
	      seL4_IllegalOperation);
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	spin_microseconds(2000);
	EQUAL("a thread outside the current domain does not run, whatever its priority", shared[0],
	      0);
}

static void domain_schedule_arguments(void)
{
	FAILS("an index beyond the schedule is out of range", entry(LAST_ENTRY + 1, 0, 100),
	      seL4_RangeError);
	EQUAL("the range's maximum is the last entry but the end marker", seL4_GetMR(1),
	      LAST_ENTRY);
	FAILS("a domain that does not exist is out of range", entry(1, CONFIG_NUM_DOMAINS, 100),
	      seL4_RangeError);
	EQUAL("the range's maximum is the last domain", seL4_GetMR(1), CONFIG_NUM_DOMAINS - 1);
	FAILS("a duration beyond 56 bits is an invalid argument", entry(1, 0, 1ul << 56),
	      seL4_InvalidArgument);
	EQUAL("the duration is argument 2", seL4_GetMR(0), 2);
	FAILS("an end marker has no domain", entry(1, 1, 0), seL4_InvalidArgument);
	EQUAL("the domain is argument 1", seL4_GetMR(0), 1);
	FAILS("the start of the schedule cannot be an end marker", entry(0, 0, 0),
	      seL4_InvalidArgument);
	FAILS("a schedule cannot start beyond its length",
	      seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, LAST_ENTRY + 2), seL4_RangeError);
	EQUAL("the range's maximum is the last entry", seL4_GetMR(1), LAST_ENTRY + 1);
	FAILS("a schedule cannot start at an end marker",
	      seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, LAST_ENTRY + 1),
	      seL4_InvalidArgument);
	FAILS("a start without its index is too short",
	      raw_call(seL4_CapDomain, DomainScheduleSetStart, 0, 0), seL4_TruncatedMessage);
	FAILS("an entry without its duration is too short",
	      raw_call(seL4_CapDomain, DomainScheduleConfigure, 0, 2), seL4_TruncatedMessage);
	SUCCEEDS("an entry can be an end marker", entry(5, 0, 0));
}

static void domain_schedule(void)
{
	struct thread *thread = thread_new(count, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_Word ticks = 62500; /* a millisecond of the board's counter */
	seL4_Word before;

	REQUIRE(seL4_DomainSet_Set(seL4_CapDomain, 3, thread->tcb));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	SUCCEEDS("an entry for the other domain", entry(11, 3, ticks));
	SUCCEEDS("an entry for this domain", entry(10, 0, ticks));
	SUCCEEDS("and an end", entry(12, 0, 0));
	SUCCEEDS("make a schedule that can be started",
		 seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 10));
	spin_microseconds(10000);
	TRUE("both domains run in turn", shared[0] > 0);
	SUCCEEDS("the old schedule can be started again", ({
			 entry(0, 0, LONG_TIME);
			 seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
		 }));
	before = shared[0];
	spin_microseconds(5000);
	EQUAL("then only this domain runs", shared[0], before);
	for (seL4_Word i = 10; i < 12; i++)
		REQUIRE(entry(i, 0, 0));
	SUCCEEDS("a thread can be brought back",
		 seL4_DomainSet_Set(seL4_CapDomain, 0, thread->tcb));
	REQUIRE(seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, BELOW));
	sleep_microseconds(1000);
	TRUE("and runs", shared[0] > before);
}

const struct test_group domain_group = {
	"domain",
	(void (*const[])(void)){domain_set, domain_schedule_arguments, domain_schedule, NULL}};
