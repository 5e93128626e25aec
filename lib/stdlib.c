// SPDX-License-Identifier: BSD-2-Clause
/*
 * strtoul, and what a compiler's hardening of foreign objects (Debian's libfdt.a) refers to.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* libfdt.a is built with -fstack-protector-strong. Nothing random exists this early. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x5e1c1e00a5c3f00d;

_Noreturn void __stack_chk_fail(void);

_Noreturn void abort(void)
{
	__builtin_trap();
}

_Noreturn void __stack_chk_fail(void)
{
	abort();
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return UINT_MAX;
}

static bool has_hex_prefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	const char *start = s;
	unsigned long value = 0;
	bool any = false, negative = false, overflow = false;

	while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	if (*s == '+' || *s == '-')
		negative = *s++ == '-';
	if ((base == 0 || base == 16) && has_hex_prefix(s)) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = *s == '0' ? 8 : 10;
	}
	for (; digit_value(*s) < (unsigned int)base; s++, any = true) {
		overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		overflow |= __builtin_add_overflow(value, digit_value(*s), &value);
	}
	if (end)
		*end = (char *)(any ? s : start);
	if (overflow)
		return ULONG_MAX;
	return negative ? -value : value;
}
