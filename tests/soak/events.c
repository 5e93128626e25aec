// SPDX-License-Identifier: BSD-2-Clause
/*
 * Doorbells, irqfds and interrupts between vCPUs, counted on both sides, for ever.
 *
 *     events wfi FILE  the guest rings, a thread answers by irqfd, the guest sleeps until then
 *     events ipi FILE  two vCPUs wake each other
 *
 * A KVM client with the guest of the micro rows (bench/guest.S). After each batch the guest's count
 * of interrupts and the thread's count of doorbells must be exactly the number of operations: one
 * lost hangs, one too many is an error. FILE gets a line after each batch, like work.c's.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "bench.h"
#include "kvm.h"
#include "progress.h"

#define OPERATIONS 100 /* between two pauses */

struct echo {
	int doorbell;
	int interrupt;
	_Atomic uint64_t rung;
};

static struct echo echo;
static const char *file;

static void report(uint64_t done, const char *error)
{
	progress_write(file, "events %llu error %s", (unsigned long long)done, error);
}

static void *echo_thread(void *unused)
{
	uint64_t value;

	while (read(echo.doorbell, &value, sizeof(value)) == sizeof(value)) {
		echo.rung += value;
		value = 1;
		if (write(echo.interrupt, &value, sizeof(value)) != sizeof(value))
			break;
	}
	return unused;
}

static void *second_vcpu(void *vm)
{
	for (;;)
		vm_run(vm, 1);
	return NULL;
}

static void batch_run(struct vm *vm)
{
	struct kvm_run *run = vm_run(vm, 0);

	if (!run->mmio.is_write || run->mmio.phys_addr != GUEST_PORTS + PORT_RESULT) {
		report(0, "the guest took an exception");
		die("the guest took an exception");
	}
}

/* Each side must have seen exactly as many as the other has sent. */
static void counts_check(const struct vm *vm, uint64_t operations)
{
	const uint64_t *taken = (const uint64_t *)(vm->ram + GUEST_COUNTS - GUEST_RAM);
	uint64_t other = vm->vcpu_count == 2 ? taken[1] : echo.rung;
	char text[128];

	if (taken[0] == operations && other == operations) {
		report(operations, "none");
		return;
	}
	snprintf(text, sizeof(text),
		 "%llu operations, %llu interrupts taken, %llu seen by the other side",
		 (unsigned long long)operations, (unsigned long long)taken[0],
		 (unsigned long long)other);
	report(operations, text);
	die("%s", text);
}

int main(int argc, char **argv)
{
	static struct vm vm;
	enum row row = ROW_COUNT;
	int64_t woken = now_ns();
	pthread_t thread;

	if (argc == 3) {
		if (!strcmp(argv[1], "wfi"))
			row = ROW_WFI;
		else if (!strcmp(argv[1], "ipi"))
			row = ROW_IPI;
		file = argv[2];
	}
	if (row == ROW_COUNT)
		die("usage: events wfi|ipi FILE");

	vm_create(&vm, row == ROW_IPI ? 2 : 1, row, OPERATIONS);
	if (row == ROW_IPI) {
		pthread_create(&thread, NULL, second_vcpu, &vm);
	} else {
		echo.doorbell = vm_ioeventfd(&vm, PORT_ECHO);
		echo.interrupt = vm_irqfd(&vm, ECHO_SPI);
		pthread_create(&thread, NULL, echo_thread, NULL);
	}
	for (uint64_t operations = OPERATIONS;; operations += OPERATIONS) {
		batch_run(&vm);
		counts_check(&vm, operations);
		pace(&woken);
	}
	return 0;
}
