// SPDX-License-Identifier: BSD-2-Clause
/*
 * Native code's own C functions, compared with the host's over many sizes and alignments. They are
 * compiled here under names with an own_ prefix, so that both kinds can be called.
 */
// unit-sources: lib/string.c lib/stdlib.c lib/stdio.c
// unit-cflags: -include tests/unit/native_libc.h -fno-builtin -fno-tree-loop-distribute-patterns
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef snprintf
#undef printf

#include "unit.h"

#define BYTES	  160
#define ALIGN_MAX 9

static void fill(uint8_t *data, unsigned int seed)
{
	for (unsigned int i = 0; i < BYTES; i++)
		data[i] = (uint8_t)((i + seed) * 37);
}

static void copies(void)
{
	uint8_t from[BYTES], own[BYTES], host[BYTES];

	for (size_t to_at = 0; to_at < ALIGN_MAX; to_at++) {
		for (size_t from_at = 0; from_at < ALIGN_MAX; from_at++) {
			for (size_t size = 0; size < BYTES - ALIGN_MAX; size++) {
				fill(from, 1);
				fill(own, 2);
				fill(host, 2);
				own_memcpy(own + to_at, from + from_at, size);
				memcpy(host + to_at, from + from_at, size);
				if (!CHECK(memcmp(own, host, BYTES) == 0))
					return;
			}
		}
	}
}

static void moves(void)
{
	uint8_t own[BYTES], host[BYTES];

	for (size_t to_at = 0; to_at < 24; to_at++) {
		for (size_t from_at = 0; from_at < 24; from_at++) {
			for (size_t size = 0; size < BYTES - 24; size++) {
				fill(own, 3);
				fill(host, 3);
				own_memmove(own + to_at, own + from_at, size);
				memmove(host + to_at, host + from_at, size);
				if (!CHECK(memcmp(own, host, BYTES) == 0))
					return;
			}
		}
	}
}

static void sets(void)
{
	uint8_t own[BYTES], host[BYTES];

	for (size_t at = 0; at < ALIGN_MAX; at++) {
		for (size_t size = 0; size < BYTES - ALIGN_MAX; size++) {
			fill(own, 4);
			fill(host, 4);
			own_memset(own + at, 0x1a5, size);
			memset(host + at, 0x1a5, size);
			if (!CHECK(memcmp(own, host, BYTES) == 0))
				return;
		}
	}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void strings(void)
{
	static const char *const texts[] = {"", "a", "ab", "abc", "abd", "\xff", "serial@9"};
	const size_t count = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			CHECK_EQ(sign(own_strcmp(texts[i], texts[j])),
				 sign(strcmp(texts[i], texts[j])));
			for (size_t limit = 0; limit < 5; limit++)
				CHECK_EQ(sign(own_strncmp(texts[i], texts[j], limit)),
					 sign(strncmp(texts[i], texts[j], limit)));
		}
		CHECK_EQ(own_strlen(texts[i]), strlen(texts[i]));
		CHECK_EQ(own_strnlen(texts[i], 2), strnlen(texts[i], 2));
		for (int c = 0; c < 256; c++) {
			CHECK(own_strchr(texts[i], c) == strchr(texts[i], c));
			CHECK(own_strrchr(texts[i], c) == strrchr(texts[i], c));
			CHECK(own_memchr(texts[i], c, strlen(texts[i])) ==
			      memchr(texts[i], c, strlen(texts[i])));
		}
	}
}

/* Formats with both and compares text and length, in a buffer of each size up to enough. */
#define SAME(...)                                                     \
	do {                                                          \
		char own[64], host[64];                               \
		for (size_t size = 1; size <= sizeof(own); size++) {  \
			int a = own_snprintf(own, size, __VA_ARGS__); \
			int b = snprintf(host, size, __VA_ARGS__);    \
			if (!CHECK_EQ(a, b) || !CHECK_STR(own, host)) \
				break;                                \
		}                                                     \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat-truncation"

static void formats(void)
{
	SAME("plain");
	SAME("%%");
	SAME("%d %d %u", -1, INT32_MIN, UINT32_MAX);
	SAME("%x %x", 0xbeef, 0u);
	SAME("%ld %lu %llx %zu", INT64_MIN, UINT64_MAX, 0x123456789abcdefull, (size_t)7);
	SAME("[%s] [%s]", "text", "");
}

static char printed[600];
static size_t printed_count;

static void keep(const char *text, size_t length)
{
	memcpy(printed + printed_count, text, length);
	printed_count += length;
}

static void output(void)
{
	char longest[301] = "";

	own_printf("lost %d\n", 1);
	own_stdout_set(keep);
	CHECK_EQ(own_printf("kept %d\n", 2), 7);
	CHECK_EQ(printed_count, 7);
	CHECK(memcmp(printed, "kept 2\n", 7) == 0);
	memset(longest, 'x', sizeof(longest) - 1);
	CHECK_EQ(own_printf("%s", longest), 255);
	CHECK_EQ(printed_count, 7 + 255);
}

int main(void)
{
	unit_run("memcpy copies every size at every alignment", copies);
	unit_run("memmove copies over itself in both directions", moves);
	unit_run("memset fills every size at every alignment", sets);
	unit_run("string functions agree with the host's", strings);
	unit_run("snprintf agrees with the host's at every buffer size", formats);
	unit_run("printf writes one line to its sink, cut if need be", output);
	return unit_done();
}
