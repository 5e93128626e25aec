/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole unit-test harness: named tests, CHECKs, one summary line.
 *
 * A test is a function that CHECKs; its name is a sentence that says what holds. A CHECK that fails
 * prints where and what, marks the running test as failed and lets it go on. main() is a list of
 * unit_run() calls that ends with `return unit_done();`.
 */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct {
	const char *name;
	unsigned int passed_count;
	unsigned int failed_count;
	bool failed;
} unit_state;

static inline bool unit_check(bool ok, const char *what, const char *file, int line)
{
	if (!ok) {
		unit_state.failed = true;
		printf("%s:%d: %s: %s\n", file, line, unit_state.name, what);
	}
	return ok;
}

static inline bool unit_check_eq(int64_t a, int64_t b, const char *what, const char *file, int line)
{
	if (a != b) {
		unit_check(false, what, file, line);
		printf("\tleft  %" PRId64 " (0x%" PRIx64 ")\n\tright %" PRId64 " (0x%" PRIx64 ")\n",
		       a, (uint64_t)a, b, (uint64_t)b);
	}
	return a == b;
}

static inline bool unit_check_str(const char *a, const char *b, const char *what, const char *file,
				  int line)
{
	bool same = a && b && strcmp(a, b) == 0;

	if (!same) {
		unit_check(false, what, file, line);
		printf("\tleft  \"%s\"\n\tright \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
	}
	return same;
}

/* Each yields whether it held, so that a test can stop where going on makes no sense. */
#define CHECK(cond)	unit_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_EQ(a, b)	unit_check_eq((int64_t)(a), (int64_t)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) unit_check_str((a), (b), #a " is " #b, __FILE__, __LINE__)

static inline void unit_run(const char *name, void (*test)(void))
{
	unit_state.name = name;
	unit_state.failed = false;
	test();
	if (unit_state.failed)
		unit_state.failed_count++;
	else
		unit_state.passed_count++;
}

static inline int unit_done(void)
{
	printf("%u passed, %u failed\n", unit_state.passed_count, unit_state.failed_count);
	return unit_state.failed_count ? 1 : 0;
}
