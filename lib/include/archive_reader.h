/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a boot archive (abi/archive.h) that nobody vouches for.
 *
 * Pure: used by the loader (everything, with the CRCs), by the manager (the pieces of the service
 * VM) and by the host's tests. After archive_open() succeeded every piece lies inside the archive.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "archive.h"

struct archive {
	uint64_t total_size;
	unsigned int piece_count;
	/* a checked copy of the table */
	struct selkie_archive_piece piece[SELKIE_ARCHIVE_PIECE_MAX];
};

/* What is wrong, and with which piece; for one line to the user. */
struct archive_problem {
	char piece[SELKIE_ARCHIVE_NAME_BYTES]; /* "" when it is the archive as a whole */
	const char *what;
};

/*
 * Checks header and table of the archive at base, of which size bytes were handed over, and copies
 * the table. Reads nothing beyond its first page. 0, or -EINVAL with *problem filled in.
 */
int archive_open(struct archive *archive, const void *base, uint64_t size,
		 struct archive_problem *problem);

/* Compares a piece's content with its CRC. 0, or -EINVAL with *problem filled in. */
int archive_check_piece(const struct selkie_archive_piece *piece, const void *base,
			struct archive_problem *problem);

/* The piece of that name, or NULL. */
const struct selkie_archive_piece *archive_find(const struct archive *archive, const char *name);
