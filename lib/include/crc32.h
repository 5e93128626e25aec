/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 as in zlib, Ethernet and gzip: polynomial 0x04C11DB7 reflected, start and end inverted.
 *
 * Pure: builds for the host too. Used by the archive reader.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The CRC of size bytes at data, going on from crc (0 for the first part). */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size);
