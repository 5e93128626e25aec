/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the soak's programs say how far they have come, and how much of the CPU they leave to others.
 */
#pragma once

#include <stdint.h>

/* One line into the file: whoever reads it sees the line before or this one, never a part. */
void __attribute__((format(printf, 2, 3)))
progress_write(const char *path, const char *format, ...);

int64_t now_ns(void);

/*
 * Sleeps three times as long as it took since @woken, at least PAUSE_MIN_NS, and sets @woken anew.
 * So a thread is busy for a quarter of the time at most, however slow the machine is, and nobody
 * starves.
 */
void pace(int64_t *woken);

#define PAUSE_MIN_NS 2000000
#define PAUSE_MAX_NS 500000000
