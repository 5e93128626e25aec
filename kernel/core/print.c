// SPDX-License-Identifier: BSD-2-Clause
/*
 * Output of the kernel: a small formatter in front of the board's plat_putchar().
 */

#include "print.h"

#include <stdarg.h>

#include "arch.h"

static void put_string(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			plat_putchar('\r');
		plat_putchar(*s);
	}
}

static void put_number(u64 value, u32 base, u32 width)
{
	char digits[24];
	u32 count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count < width && count < sizeof(digits))
		digits[count++] = '0';
	while (count)
		plat_putchar(digits[--count]);
}

void print_always(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		u32 width = 0;
		bool is_long = false;
		i64 number;

		if (*format != '%') {
			if (*format == '\n')
				plat_putchar('\r');
			plat_putchar(*format);
			continue;
		}
		for (format++; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + (*format - '0');
		for (; *format == 'l'; format++)
			is_long = true;
		switch (*format) {
		case 's':
			put_string(va_arg(args, const char *));
			break;
		case 'c':
			plat_putchar(va_arg(args, int));
			break;
		case 'd':
			number = is_long ? va_arg(args, long) : va_arg(args, int);
			if (number < 0)
				plat_putchar('-');
			put_number(number < 0 ? -(u64)number : (u64)number, 10, width);
			break;
		case 'u':
			put_number(is_long ? va_arg(args, u64) : va_arg(args, u32), 10, width);
			break;
		case 'p':
			put_string("0x");
			put_number((u64)va_arg(args, void *), 16, width);
			break;
		case 'x':
			put_number(is_long ? va_arg(args, u64) : va_arg(args, u32), 16, width);
			break;
		default:
			plat_putchar(*format);
		}
	}
	va_end(args);
}

void panic(const char *what)
{
	print_always("\nkernel: stopped: %s\n", what);
	arch_halt();
}
