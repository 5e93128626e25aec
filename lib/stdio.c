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

struct conversion {
	bool left;
	bool zero;
	size_t width;
	size_t precision;   /* SIZE_MAX: none */
	unsigned int bytes; /* of an integer argument */
};

static stdout_write_t stdout_write;

static void output_put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void output_repeat(struct output *out, char c, size_t count)
{
	while (count--)
		output_put(out, c);
}

static void output_text(struct output *out, const struct conversion *conv, const char *text,
			size_t length)
{
	size_t pad = conv->width > length ? conv->width - length : 0;

	if (!conv->left)
		output_repeat(out, ' ', pad);
	for (size_t i = 0; i < length; i++)
		output_put(out, text[i]);
	if (conv->left)
		output_repeat(out, ' ', pad);
}

static void output_number(struct output *out, const struct conversion *conv, uint64_t value,
			  unsigned int base, bool upper, const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	size_t prefix_length = strlen(prefix);
	char text[24];
	size_t start = sizeof(text);
	size_t length, pad;

	do {
		text[--start] = digits[value % base];
		value /= base;
	} while (value);
	length = sizeof(text) - start + prefix_length;
	pad = conv->width > length ? conv->width - length : 0;

	if (!conv->left && !conv->zero)
		output_repeat(out, ' ', pad);
	while (*prefix)
		output_put(out, *prefix++);
	if (!conv->left && conv->zero)
		output_repeat(out, '0', pad);
	while (start < sizeof(text))
		output_put(out, text[start++]);
	if (conv->left)
		output_repeat(out, ' ', pad);
}

static const char *parse_conversion(struct conversion *conv, const char *format, va_list *args)
{
	*conv = (struct conversion){.precision = SIZE_MAX, .bytes = sizeof(int)};
	for (;; format++) {
		if (*format == '-')
			conv->left = true;
		else if (*format == '0')
			conv->zero = true;
		else
			break;
	}
	if (*format == '*') {
		conv->width = (unsigned int)va_arg(*args, int);
		format++;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		conv->width = conv->width * 10 + (*format - '0');
	if (*format == '.') {
		conv->precision = 0;
		if (*++format == '*') {
			conv->precision = (unsigned int)va_arg(*args, int);
			format++;
		}
		for (; *format >= '0' && *format <= '9'; format++)
			conv->precision = conv->precision * 10 + (*format - '0');
	}
	for (;; format++) {
		if (*format == 'l' || *format == 'z' || *format == 't' || *format == 'j')
			conv->bytes = 8;
		else if (*format == 'h')
			conv->bytes = conv->bytes == 2 ? 1 : 2;
		else
			return format;
	}
}

static uint64_t unsigned_argument(const struct conversion *conv, va_list *args)
{
	if (conv->bytes == 8)
		return va_arg(*args, uint64_t);
	return va_arg(*args, unsigned int) & (UINT64_MAX >> (64 - 8 * conv->bytes));
}

static int64_t signed_argument(const struct conversion *conv, va_list *args)
{
	if (conv->bytes == 8)
		return va_arg(*args, int64_t);
	return (int64_t)((uint64_t)va_arg(*args, int) << (64 - 8 * conv->bytes)) >>
	       (64 - 8 * conv->bytes);
}

static void output_conversion(struct output *out, const struct conversion *conv, char kind,
			      va_list *args)
{
	const char *text;
	int64_t number;
	char c;

	switch (kind) {
	case 'd':
	case 'i':
		number = signed_argument(conv, args);
		output_number(out, conv, number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
			      false, number < 0 ? "-" : "");
		break;
	case 'u':
		output_number(out, conv, unsigned_argument(conv, args), 10, false, "");
		break;
	case 'o':
		output_number(out, conv, unsigned_argument(conv, args), 8, false, "");
		break;
	case 'x':
	case 'X':
		output_number(out, conv, unsigned_argument(conv, args), 16, kind == 'X', "");
		break;
	case 'p':
		output_number(out, conv, (uintptr_t)va_arg(*args, void *), 16, false, "0x");
		break;
	case 's':
		text = va_arg(*args, const char *);
		if (!text)
			text = "(null)";
		output_text(out, conv, text, strnlen(text, conv->precision));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		output_text(out, conv, &c, 1);
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
	struct conversion conv;
	va_list rest;

	va_copy(rest, args);
	for (; *format; format++) {
		if (*format != '%') {
			output_put(&out, *format);
			continue;
		}
		format = parse_conversion(&conv, format + 1, &rest);
		if (!*format)
			break;
		output_conversion(&out, &conv, *format, &rest);
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
