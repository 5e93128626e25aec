/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output. print_always is for the few lines both configurations print (the banner, a dying kernel);
 * print() only exists with KERNEL_DEBUG. Formats: %s %c %d %u %x %p %lu %lx, no widths but %0Nx.
 */
#pragma once

#include "config.h"

void __attribute__((format(printf, 1, 2))) print_always(const char *format, ...);

#if KERNEL_DEBUG
#define print(...) print_always(__VA_ARGS__)
#else
#define print(...) ((void)0)
#endif

/* Something that cannot happen did: say where and stop the machine. */
void __attribute__((noreturn)) panic(const char *what);

/* For our own broken assumptions only, never for input. Compiled in with KERNEL_DEBUG. */
#if KERNEL_DEBUG
#define CHECK(condition) ((condition) ? (void)0 : panic(#condition))
#else
#define CHECK(condition) ((void)0)
#endif
