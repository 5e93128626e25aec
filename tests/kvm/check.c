// SPDX-License-Identifier: BSD-2-Clause
/*
 * The harness: runs tests in child processes, counts in shared memory, compares the manager's
 * accounts. See check.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MEMORY_FILE    "/sys/kernel/debug/selkie/memory"
#define TEST_SECONDS   120 /* under emulation, on a busy machine */
#define ACCOUNTS_TRIES 50

struct counts {
	unsigned int passed;
	unsigned int failed;
};

static struct counts *counts;
static uint32_t random_state = 1;

static void report(const char *how, const char *format, va_list args)
{
	char line[512];

	/* One write, so that lines of concurrent processes do not mix. */
	vsnprintf(line, sizeof(line), format, args);
	dprintf(STDOUT_FILENO, "%s - %s\n", how, line);
}

static void count(bool good)
{
	__atomic_fetch_add(good ? &counts->passed : &counts->failed, 1, __ATOMIC_RELAXED);
}

void check(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(good ? "ok" : "not ok", format, args);
	va_end(args);
	count(good);
}

static const char *describe(long result, char *buffer, size_t size)
{
	const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

	if (name)
		return name;
	snprintf(buffer, size, "%ld", result);
	return buffer;
}

void check_is(long result, long expected, const char *format, ...)
{
	char line[512], got[24], wanted[24];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (result == expected)
		check(true, "%s", line);
	else
		check(false, "%s (%s, not %s)", line, describe(result, got, sizeof(got)),
		      describe(expected, wanted, sizeof(wanted)));
}

void skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report("skip", format, args);
	va_end(args);
}

void give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report("not ok", format, args);
	va_end(args);
	count(false);
	_exit(0);
}

bool on_selkie(void)
{
	return access(MEMORY_FILE, F_OK) == 0;
}

struct accounts accounts_read(void)
{
	struct accounts is = {0};
	FILE *file = fopen(MEMORY_FILE, "r");

	if (!file)
		return is;
	if (fscanf(file, "free_bytes %llu free_caps %llu vms %llu regions %llu", &is.free_bytes,
		   &is.free_caps, &is.vms, &is.regions) != 4)
		is.free_bytes = 0;
	fclose(file);
	return is;
}

void check_accounts(const struct accounts *before, const char *after_what)
{
	struct accounts after;
	unsigned int try;

	if (!on_selkie())
		return;
	/* A killed process's last files are closed in the background. */
	for (try = 0; try < ACCOUNTS_TRIES; try++) {
		after = accounts_read();
		if (!memcmp(before, &after, sizeof(after)))
			break;
		sleep_ms(100);
	}
	check(try < ACCOUNTS_TRIES,
	      "after %s the manager has %lld bytes, %lld caps, %lld VMs, %lld regions more than "
	      "before",
	      after_what, (long long)(after.free_bytes - before->free_bytes),
	      (long long)(after.free_caps - before->free_caps),
	      (long long)(after.vms - before->vms), (long long)(after.regions - before->regions));
}

uint32_t test_random(uint32_t limit)
{
	/* A linear congruential generator (Numerical Recipes' constants); its high bits are the
	 * good ones. */
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)random_state * limit >> 32);
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* The child leads a process group, so that what it leaves behind can be ended with it. */
static void run_child(const struct test *test)
{
	setpgid(0, 0);
	test->run();
	_exit(0);
}

static void run_one(const struct test *test)
{
	struct accounts before = accounts_read();
	uint64_t deadline = now_ms() + TEST_SECONDS * 1000;
	pid_t child = fork(), ended = 0;
	int status = 0;

	if (child < 0)
		give_up("%s: fork: %s", test->name, strerror(errno));
	if (!child)
		run_child(test);
	while (now_ms() < deadline) {
		ended = waitpid(child, &status, WNOHANG);
		if (ended)
			break;
		sleep_ms(10);
	}
	if (!ended) {
		check(false, "%s ends within %d seconds", test->name, TEST_SECONDS);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	} else if (WIFSIGNALED(status)) {
		check(false, "%s runs to its end (it got signal %d)", test->name, WTERMSIG(status));
	}
	kill(-child, SIGKILL);
	check_accounts(&before, test->name);
}

static bool wanted(const struct test *test, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], test->name))
			return true;
	return argc == 0;
}

int test_main(int argc, char **argv, const struct test *tests, size_t test_count)
{
	int option;

	while ((option = getopt(argc, argv, "s:")) != -1) {
		if (option != 's')
			return 2;
		random_state = (uint32_t)strtoul(optarg, NULL, 0);
	}
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < test_count; i++)
		if (wanted(&tests[i], argc - optind, argv + optind))
			run_one(&tests[i]);
	dprintf(STDOUT_FILENO, "%u passed, %u failed\n", counts->passed, counts->failed);
	return counts->failed != 0;
}
