// SPDX-License-Identifier: BSD-2-Clause
/*
 * The CRC the archive is protected with, against the published check value. The smallest unit test:
 * a pattern for new ones.
 */
// unit-sources: lib/crc32.c
#include "crc32.h"
#include "unit.h"

static void check_value(void)
{
	/* The "check" figure of CRC-32/ISO-HDLC: the CRC of these nine digits. */
	CHECK_EQ(crc32_update(0, "123456789", 9), 0xcbf43926);
}

static void nothing(void)
{
	CHECK_EQ(crc32_update(0, "", 0), 0);
	CHECK_EQ(crc32_update(0x12345678, "", 0), 0x12345678);
}

static void in_parts(void)
{
	uint32_t crc = crc32_update(0, "1234", 4);

	CHECK_EQ(crc32_update(crc, "56789", 5), 0xcbf43926);
}

int main(void)
{
	unit_run("the published check value comes out", check_value);
	unit_run("nothing leaves the value as it was", nothing);
	unit_run("a CRC taken in two parts is that of the whole", in_parts);
	return unit_done();
}
