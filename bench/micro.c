// SPDX-License-Identifier: BSD-2-Clause
/*
 * The micro rows: how many instructions one operation of a guest costs, from the guest's own
 * counter.
 *
 * usage: micro [row ...]; prints "row,operations,ticks" once per batch, ticks of CNTVCT for the
 * whole batch. Under the emulator's -icount shift=0 a 62.5 MHz tick is 16 instructions;
 * bench/bench.py does that arithmetic. The first batch of a row warms it up and is not printed. The
 * row "memory" prints bytes in place of ticks, and VMs in place of operations.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "bench.h"
#include "kvm.h"

#define BATCHES	 5
#define ACCOUNTS "/sys/kernel/debug/selkie/memory"

static const struct {
	const char *name;
	int vcpu_count;
	int operations;
} rows[ROW_COUNT] = {
	[ROW_HVC] = {"hvc", 1, 400},
	[ROW_GIC] = {"gic-read", 1, 400},
	[ROW_DOORBELL] = {"doorbell", 1, 400},
	[ROW_MMIO] = {"mmio-read", 1, 400},
	[ROW_LOOP] = {"doorbell-irqfd-loop", 1, 200},
	[ROW_TIMER] = {"timer", 1, 200},
	[ROW_IPI] = {"ipi", 2, 100},
	[ROW_WFI] = {"wfi-irqfd", 1, 200},
	[ROW_COMPUTE] = {"compute", 1, 1000},
	[ROW_CREATE] = {"create", 1, 1},
	[ROW_MEMORY] = {"memory", 1, 16}, /* VMs, not operations */
};

static uint64_t counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

/* The service thread: answers each doorbell of PORT_ECHO with an interrupt. */
struct echo {
	int doorbell;
	int interrupt;
};

static void *echo_thread(void *arg)
{
	const struct echo *echo = arg;
	uint64_t value;

	while (read(echo->doorbell, &value, sizeof(value)) == sizeof(value)) {
		value = 1;
		if (write(echo->interrupt, &value, sizeof(value)) != sizeof(value))
			break;
	}
	return NULL;
}

/*
 * It runs as soon as it is woken. Otherwise it is for Linux to say when a guest that waits without
 * sleeping makes way for it, and the row would be about that.
 */
static void run_at_once(pthread_t thread)
{
	struct sched_param param = {.sched_priority = 1};

	if (pthread_setschedparam(thread, SCHED_FIFO, &param))
		die("a real-time priority was refused");
}

static void *second_vcpu(void *arg)
{
	struct vm *vm = arg;

	for (;;)
		vm_run(vm, 1);
	return NULL;
}

/* Answers the guest's accesses until it has finished a batch; returns what it took. */
static uint64_t batch_run(struct vm *vm)
{
	for (;;) {
		struct kvm_run *run = vm_run(vm, 0);
		uint64_t value;

		if (!run->mmio.is_write) {
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
			continue;
		}
		memcpy(&value, run->mmio.data, sizeof(value));
		if (run->mmio.phys_addr == GUEST_PORTS + PORT_RESULT)
			return value;
		if (run->mmio.phys_addr == GUEST_PORTS + PORT_FAIL)
			die("the guest took an exception, ESR %#llx", (unsigned long long)value);
	}
}

static void row_create(void)
{
	struct vm vm;

	for (int i = 0; i <= BATCHES; i++) {
		uint64_t start = counter();

		vm_create(&vm, 1, ROW_CREATE, 1);
		batch_run(&vm);
		if (i)
			printf("create,1,%llu\n", (unsigned long long)(counter() - start));
		vm_destroy(&vm);
	}
}

/* The number behind a word at the start of a line. */
static uint64_t file_number(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned long long value = 0;
	char line[256];

	if (!file)
		die("%s is not there", path);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, word, strlen(word)) == 0)
			sscanf(line + strlen(word), "%llu", &value);
	}
	fclose(file);
	return value;
}

/* What VMs that have run take beyond their RAM, by the books of Selkie's manager: exact. */
static void row_memory(void)
{
	static struct vm vm[16];
	int count = rows[ROW_MEMORY].operations;

	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t before = file_number(ACCOUNTS, "free_bytes ");

		for (int i = 0; i < count; i++) {
			vm_create(&vm[i], 1, ROW_MEMORY, 1);
			batch_run(&vm[i]);
		}
		printf("memory,%d,%lld\n", count,
		       (long long)(before - file_number(ACCOUNTS, "free_bytes ") -
				   (uint64_t)count * GUEST_RAM_SIZE));
		for (int i = 0; i < count; i++)
			vm_destroy(&vm[i]);
	}
}

/* An eventfd may join writes that nobody looked at in between, but not lose the last or invent one.
 */
static void doorbell_check(int eventfd, uint64_t writes)
{
	uint64_t rung = 0;

	if (read(eventfd, &rung, sizeof(rung)) != sizeof(rung) || rung == 0 || rung > writes)
		die("doorbell: %llu signals for %llu writes", (unsigned long long)rung,
		    (unsigned long long)writes);
}

static void row_run(enum row row)
{
	static struct vm vm; /* threads of earlier rows end with the program */
	static struct echo echo;
	pthread_t thread;
	int idle = -1;

	vm_create(&vm, rows[row].vcpu_count, row, rows[row].operations);
	if (row == ROW_DOORBELL)
		idle = vm_ioeventfd(&vm, PORT_DOORBELL);
	if (row == ROW_LOOP || row == ROW_WFI) {
		echo.doorbell = vm_ioeventfd(&vm, PORT_ECHO);
		echo.interrupt = vm_irqfd(&vm, ECHO_SPI);
		pthread_create(&thread, NULL, echo_thread, &echo);
		if (row == ROW_LOOP)
			run_at_once(thread);
	}
	if (rows[row].vcpu_count == 2)
		pthread_create(&thread, NULL, second_vcpu, &vm);

	batch_run(&vm);
	for (int i = 0; i < BATCHES; i++)
		printf("%s,%d,%llu\n", rows[row].name, rows[row].operations,
		       (unsigned long long)batch_run(&vm));
	fflush(stdout);

	if (idle >= 0)
		doorbell_check(idle, (BATCHES + 1ull) * rows[row].operations);
}

/* Each row in a process of its own, so that it starts clean and its threads end with it. */
static void row_fork(enum row row)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork failed");
	if (pid == 0) {
		if (row == ROW_CREATE)
			row_create();
		else if (row == ROW_MEMORY)
			row_memory();
		else
			row_run(row);
		fflush(stdout);
		_exit(0);
	}

	int status = 0;

	if (waitpid(pid, &status, 0) < 0 || status)
		printf("%s,failed,%d\n", rows[row].name, status);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int row = 0; row < ROW_COUNT; row++) {
		int wanted = argc < 2;

		for (int i = 1; i < argc; i++)
			wanted |= strcmp(argv[i], rows[row].name) == 0;
		if (wanted)
			row_fork(row);
	}
	printf("done,0,0\n");
	return 0;
}
