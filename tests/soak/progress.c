// SPDX-License-Identifier: BSD-2-Clause
/*
 * Counts into a file, and pauses: see progress.h. Part of work, events and watch.
 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "progress.h"

#define NS_PER_S 1000000000ll

void progress_write(const char *path, const char *format, ...)
{
	char draft[256];
	va_list args;
	FILE *out;

	snprintf(draft, sizeof(draft), "%s.new", path);
	out = fopen(draft, "w");
	if (!out)
		return;
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
	if (fclose(out) == 0)
		rename(draft, path);
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

void pace(int64_t *woken)
{
	int64_t pause = 3 * (now_ns() - *woken);
	struct timespec time = {};

	if (pause < PAUSE_MIN_NS)
		pause = PAUSE_MIN_NS;
	if (pause > PAUSE_MAX_NS)
		pause = PAUSE_MAX_NS;
	time.tv_nsec = pause;
	nanosleep(&time, NULL);
	*woken = now_ns();
}
