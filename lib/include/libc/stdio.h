/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatted output for bare-metal builds: what this tree prints and no more. Conversions: d u x s %,
 * with the lengths l, ll and z; no widths, no flags. Another one comes out as it stands, less its
 * lengths, and takes no argument.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Formats into buffer, always terminated if size > 0; returns the length the whole text has. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Where printf's text goes; until it is set, nowhere. write is called once per printf. */
typedef void (*stdout_write_t)(const char *text, size_t length);
void stdout_set(stdout_write_t write);

/* One call prints at most STDOUT_LINE_MAX - 1 characters; the rest is cut. Returns their count. */
#define STDOUT_LINE_MAX 256
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
