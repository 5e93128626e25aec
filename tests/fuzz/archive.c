// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a boot archive. The table's CRC is made right first, so that the checks behind it
 * are reached; what opens must keep the reader's promise that every piece lies inside.
 */
// unit-sources: lib/archive.c lib/crc32.c
#include "archive_reader.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void repair(uint8_t *base, size_t size)
{
	struct selkie_archive_header header;
	size_t table_size;

	if (size < sizeof(header))
		return;
	memcpy(&header, base, sizeof(header));
	memcpy(header.magic, SELKIE_ARCHIVE_MAGIC, sizeof(header.magic));
	header.version = SELKIE_ARCHIVE_VERSION;
	table_size = header.piece_count * sizeof(struct selkie_archive_piece);
	if (header.piece_count <= SELKIE_ARCHIVE_PIECE_MAX && size >= sizeof(header) + table_size) {
		header.crc32 =
			crc32_update(0, &header, offsetof(struct selkie_archive_header, crc32));
		header.crc32 = crc32_update(header.crc32, base + sizeof(header), table_size);
	}
	memcpy(base, &header, sizeof(header));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive_problem problem;
	struct archive archive;
	uint8_t *base = malloc(size ? size : 1);

	memcpy(base, data, size);
	repair(base, size);
	if (archive_open(&archive, base, size, &problem) == 0) {
		for (unsigned int i = 0; i < archive.piece_count; i++)
			archive_check_piece(&archive.piece[i], base, &problem);
		archive_find(&archive, SELKIE_ARCHIVE_KERNEL);
	} else if (!problem.what ||
		   strnlen(problem.piece, sizeof(problem.piece)) == sizeof(problem.piece)) {
		abort();
	}
	free(base);
	return 0;
}
