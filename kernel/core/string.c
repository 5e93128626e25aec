// SPDX-License-Identifier: BSD-2-Clause
/*
 * The memory functions that the compiler calls by name. Sizes here are small; clearing objects is
 * arch_clear_memory().
 */

#include <stddef.h>

void *memset(void *dest, int byte, size_t size);
void *memcpy(void *dest, const void *src, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memset(void *dest, int byte, size_t size)
{
	unsigned char *p = dest;

	while (size--)
		*p++ = byte;
	return dest;
}

void *memcpy(void *dest, const void *src, size_t size)
{
	unsigned char *p = dest;
	const unsigned char *q = src;

	while (size--)
		*p++ = *q++;
	return dest;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *p = a, *q = b;

	for (; size--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
