// SPDX-License-Identifier: BSD-2-Clause
/*
 * The string functions of bare-metal builds. They never access memory unaligned (the loader runs
 * with the MMU off, where that faults) and use no FP register; long aligned copies go by words.
 */
#include <stdint.h>
#include <string.h>

#define WORD sizeof(uint64_t)

/* What memcpy reads and writes as words may be anything underneath. */
typedef uint64_t __attribute__((may_alias)) word_alias_t;

static inline int both_aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) % WORD) == 0;
}

static void copy_forward(uint8_t *to, const uint8_t *from, size_t size)
{
	if (both_aligned(to, from)) {
		for (; size >= 4 * WORD; size -= 4 * WORD, to += 4 * WORD, from += 4 * WORD) {
			const word_alias_t *source = (const word_alias_t *)from;
			word_alias_t *target = (word_alias_t *)to;
			uint64_t a = source[0], b = source[1], c = source[2], d = source[3];

			target[0] = a;
			target[1] = b;
			target[2] = c;
			target[3] = d;
		}
		for (; size >= WORD; size -= WORD, to += WORD, from += WORD)
			*(word_alias_t *)to = *(const word_alias_t *)from;
	}
	while (size--)
		*to++ = *from++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_forward(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	if (t <= f || t >= f + size) {
		copy_forward(t, f, size);
		return to;
	}
	if (((uintptr_t)t | (uintptr_t)f | size) % WORD == 0) {
		for (; size; size -= WORD) {
			*(word_alias_t *)(t + size - WORD) =
				*(const word_alias_t *)(f + size - WORD);
		}
	}
	for (; size; size--)
		t[size - 1] = f[size - 1];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	uint64_t pattern = (uint8_t)byte * 0x0101010101010101u;
	uint8_t *t = to;

	for (; size && (uintptr_t)t % WORD; size--)
		*t++ = (uint8_t)byte;
	for (; size >= 4 * WORD; size -= 4 * WORD, t += 4 * WORD) {
		word_alias_t *target = (word_alias_t *)t;

		target[0] = pattern;
		target[1] = pattern;
		target[2] = pattern;
		target[3] = pattern;
	}
	while (size--)
		*t++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a;
	const uint8_t *q = b;

	for (; size; size--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

void *memchr(const void *data, int byte, size_t size)
{
	for (const uint8_t *p = data; size; size--, p++) {
		if (*p == (uint8_t)byte)
			return (void *)p;
	}
	return NULL;
}

size_t strnlen(const char *s, size_t limit)
{
	size_t length = 0;

	while (length < limit && s[length])
		length++;
	return length;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit; limit--, a++, b++) {
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)last;
	}
}
