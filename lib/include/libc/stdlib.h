/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Number parsing for bare-metal builds (C11 7.22); there is no heap and no environment.
 */
#pragma once

#include <stddef.h>

unsigned long strtoul(const char *s, char **end, int base);
_Noreturn void abort(void);
