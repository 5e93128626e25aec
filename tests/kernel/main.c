// SPDX-License-Identifier: BSD-2-Clause
/*
 * A root task that tests the kernel it runs on: every object type, invocation and system call, good
 * cases and each error. It knows nothing of which kernel that is, and prints what differs from
 * seL4 16.0.0: one line per failed check, counts per group, "N passed, N failed" last. Then it
 * powers the machine off; a watchdog does so, with a line of its own, when a test never ends.
 */
#include <stdio.h>

#include "harness_private.h"
#include "pl011.h"

#define UART_PADDR	0x09000000
#define UART_VA		0x20000000
#define PSCI_SYSTEM_OFF 0x84000008

#define WATCHDOG_PERIOD 4000000
#define WATCHDOG_STACK	4096

int main(seL4_BootInfo *bi);

static const struct test_group *const groups[] = {
	&bootinfo_group, &untyped_group,  &cnode_group,	       &revoke_group, &tcb_group,
	&ipc_group,	 &transfer_group, &notification_group, &sched_group,  &donation_group,
	&fastpath_group, &fault_group,	  &irq_group,	       &smc_group,    &vspace_group,
	&asid_group,	 &vcpu_group,	  &vgic_group,	       &longmsg_group, &fpu_group,
	&random_group,	 &random_ipc_group,
#ifdef CONFIG_ENABLE_SMP_SUPPORT
	&smp_group, &smp_guest_group, &smp_stress_group,
#else
	&domain_group,
#endif
};

static const char *current_group = "start";
static const char *last_check = "none";
static volatile unsigned int passed, failed;

static void uart_write(const char *text, size_t length)
{
	pl011_write((volatile void *)UART_VA, text, length);
}

void machine_off(void)
{
	seL4_ARM_SMCContext call = {.x0 = PSCI_SYSTEM_OFF};

	pl011_drain((volatile void *)UART_VA);
	seL4_ARM_SMC_Call(seL4_CapSMC, &call, &call);
	for (;;)
		;
}

static const char *base_name(const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

bool check(bool ok, const char *name, const char *file, int line)
{
	last_check = name;
	if (ok) {
		passed++;
	} else {
		failed++;
		printf("FAIL %s: %s (%s:%d)\n", current_group, name, base_name(file), line);
	}
	return ok;
}

bool better(bool ok, const char *name, const char *file, int line)
{
	last_check = name;
	passed++; /* for the watchdog, and because it is no failure */
	if (!ok)
		printf("NOT %s: %s (%s:%d)\n", current_group, name, base_name(file), line);
	return ok;
}

bool check_equal(seL4_Word got, seL4_Word want, const char *name, const char *file, int line)
{
	last_check = name;
	if (got == want) {
		passed++;
		return true;
	}
	failed++;
	printf("FAIL %s: %s (%s:%d: got 0x%lx, want 0x%lx)\n", current_group, name, base_name(file),
	       line, got, want);
	return false;
}

void require(seL4_Word error, const char *file, int line)
{
	if (!error)
		return;
	printf("FAIL %s: set-up after \"%s\" (%s:%d: %lu)\n", current_group, last_check,
	       base_name(file), line, error);
	printf("%u passed, %u failed\n", passed, failed + 1);
	machine_off();
}

/* Runs above everything for a moment each period, and wants to see a new check each time. */
static void watchdog(seL4_Word unused)
{
	unsigned int seen;

	do {
		seen = passed + failed;
		seL4_Yield();
	} while (seen != passed + failed);
	printf("FAIL %s: stuck after \"%s\"\n", current_group, last_check);
	printf("%u passed, %u failed\n", passed, failed + 1);
	machine_off();
}

static uint8_t watchdog_stack[WATCHDOG_STACK] __attribute__((aligned(16)));

/* Shares the root thread's IPC buffer: it only needs it when that thread will run no more. */
static void watchdog_start(void)
{
	seL4_CPtr tcb = harness_object_new(seL4_TCBObject, 0);
	seL4_CPtr sc = harness_object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);
	seL4_UserContext regs = {.pc = (seL4_Word)watchdog};

	REQUIRE(seL4_SchedControl_ConfigureFlags(sched_control, sc, 1000, WATCHDOG_PERIOD, 0, 0,
						 0));
	REQUIRE(seL4_TCB_Configure(tcb, ROOT, 0, seL4_CapInitThreadVSpace, 0,
				   (seL4_Word)bootinfo->ipcBuffer, seL4_CapInitThreadIPCBuffer));
	REQUIRE(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 255, 255, sc, 0));
	regs.sp = (seL4_Word)watchdog_stack + sizeof(watchdog_stack);
	REQUIRE(seL4_TCB_WriteRegisters(tcb, true, 0, 4, &regs));
}

static void group_run(const struct test_group *group)
{
	unsigned int passed_before = passed, failed_before = failed;

	current_group = group->name;
	for (unsigned int i = 0; group->tests[i]; i++) {
		group->tests[i]();
		harness_reset();
	}
	printf("%s: %u passed, %u failed\n", group->name, passed - passed_before,
	       failed - failed_before);
}

int main(seL4_BootInfo *bi)
{
	harness_start(bi);
	stdout_set(uart_write);
	REQUIRE(harness_map_device(UART_PADDR, UART_VA));
	REQUIRE(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, ROOT_PRIORITY));
	watchdog_start();
	printf("kernel tests\n");
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		group_run(groups[i]);
	printf("%u passed, %u failed\n", passed, failed);
	machine_off();
}
