// SPDX-License-Identifier: BSD-2-Clause
/*
 * Formatted output without allocation. printf formats a whole line first and hands it over in one
 * piece, so that a sink that is a message to another process sees lines, not characters.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct output {
	char *buffer;
	size_t size;
	size_t length; /* of the whole text, even where it no longer fits */
};

static stdout_write_t stdout_write;

static void output_put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void output_text(struct output *out, const char *text)
{
	while (*text)
		output_put(out, *text++);
}

static void output_number(struct output *out, uint64_t value, unsigned int base)
{
	char text[24];
	size_t start = sizeof(text);

	text[--start] = '\0';
	do {
		text[--start] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	output_text(out, text + start);
}

static void output_conversion(struct output *out, char kind, bool is_long, va_list *args)
{
	const char *text;
	int64_t number;

	switch (kind) {
	case 'd':
		number = is_long ? va_arg(*args, int64_t) : va_arg(*args, int);
		if (number < 0)
			output_put(out, '-');
		output_number(out, number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
		break;
	case 'u':
	case 'x':
		output_number(out, is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int),
			      kind == 'x' ? 16 : 10);
		break;
	case 's':
		text = va_arg(*args, const char *);
		output_text(out, text ? text : "(null)");
		break;
	default:
		output_put(out, '%');
		if (kind != '%')
			output_put(out, kind);
	}
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	struct output out = {.buffer = buffer, .size = size};
	bool is_long;
	va_list rest;

	va_copy(rest, args);
	for (; *format; format++) {
		if (*format != '%') {
			output_put(&out, *format);
			continue;
		}
		is_long = false;
		while (*++format == 'l' || *format == 'z')
			is_long = true;
		if (!*format)
			break;
		output_conversion(&out, *format, is_long, &rest);
	}
	va_end(rest);
	if (size)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buffer, size, format, args);
	va_end(args);
	return length;
}

void stdout_set(stdout_write_t write)
{
	stdout_write = write;
}

int printf(const char *format, ...)
{
	char line[STDOUT_LINE_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length >= STDOUT_LINE_MAX)
		length = STDOUT_LINE_MAX - 1;
	if (stdout_write)
		stdout_write(line, length);
	return length;
}
