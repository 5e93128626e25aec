// SPDX-License-Identifier: BSD-2-Clause
/*
 * CRC-32 with the ARMv8 instructions where the target has them (every board we run on), else with a
 * 16-entry table: the host's tests are the only users of that one, so it is small, not quick.
 */
#include "crc32.h"

#ifdef __ARM_FEATURE_CRC32
#include <arm_acle.h>

uint32_t crc32_update(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *p = data;

	crc = ~crc;
	for (; size && (uintptr_t)p % sizeof(uint64_t); size--)
		crc = __crc32b(crc, *p++);
	/* A line per round: at boot this reads the whole archive. */
	for (; size >= 8 * sizeof(uint64_t); size -= 8 * sizeof(uint64_t)) {
#pragma GCC unroll 8
		for (unsigned int i = 0; i < 8; i++, p += sizeof(uint64_t))
			crc = __crc32d(crc, *(const uint64_t *)p);
	}
	for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), p += sizeof(uint64_t))
		crc = __crc32d(crc, *(const uint64_t *)p);
	for (; size; size--)
		crc = __crc32b(crc, *p++);
	return ~crc;
}

#else

/* The CRC of each nibble, polynomial 0x04C11DB7 reflected. */
static const uint32_t nibble_crc[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t crc32_update(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *p = data;

	crc = ~crc;
	while (size--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble_crc[crc & 15];
		crc = (crc >> 4) ^ nibble_crc[crc & 15];
	}
	return ~crc;
}

#endif
