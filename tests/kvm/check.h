/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness of tests/kvm: each program is a list of tests, each test runs in a process of its own
 * and prints one `ok - <sentence>` or `not ok - <sentence>` line per check; the program's last line
 * is `N passed, N failed`. A test that crashes or hangs fails, and the next one runs.
 *
 * What always holds: after each test on Selkie the manager's free memory and capabilities are
 * compared with what they were before it, exactly. That is a check of every test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(function)              \
	{                           \
#function, function \
	}

/*
 * Runs the tests, or those that the arguments name. Returns the program's exit status. "-s seed"
 * sets the seed of test_random.
 */
int test_main(int argc, char **argv, const struct test *tests, size_t count);

/* One check. */
void check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One check: a result of call() is as expected, a negative errno or a value. */
void check_is(long result, long expected, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What cannot be checked here, and why: neither passed nor failed. */
void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The test cannot go on: it fails with this sentence. */
void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...);

/* Whether this is Selkie, not Linux's own KVM. */
bool on_selkie(void);

/* What the manager has left. Zeroes on Linux's KVM. */
struct accounts {
	unsigned long long free_bytes;
	unsigned long long free_caps;
	unsigned long long vms;
	unsigned long long regions;
};

struct accounts accounts_read(void);
/* One check on Selkie, none on KVM: nothing has changed since. */
void check_accounts(const struct accounts *before, const char *after_what);

/* The next of a sequence that the seed determines, below a limit. */
uint32_t test_random(uint32_t limit);
/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t now_ms(void);
void sleep_ms(unsigned int ms);
