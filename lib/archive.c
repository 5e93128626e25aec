// SPDX-License-Identifier: BSD-2-Clause
/*
 * The boot archive's reader. Everything is copied out of the archive once and checked in the copy;
 * no offset or size is used before its bounds are known.
 */
#include "archive_reader.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "crc32.h"

static int archive_fail(struct archive_problem *problem, const char *piece, const char *what)
{
	memset(problem, 0, sizeof(*problem));
	if (piece)
		memcpy(problem->piece, piece, strnlen(piece, SELKIE_ARCHIVE_NAME_BYTES - 1));
	problem->what = what;
	return -EINVAL;
}

static bool name_is_valid(const char *name)
{
	size_t length = strnlen(name, SELKIE_ARCHIVE_NAME_BYTES);

	if (length == 0 || length == SELKIE_ARCHIVE_NAME_BYTES)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	}
	return true;
}

/* One table entry, against the archive's size and against the entries before it. */
static int check_entry(const struct archive *archive, unsigned int index, uint64_t lowest,
		       struct archive_problem *problem)
{
	const struct selkie_archive_piece *piece = &archive->piece[index];
	uint64_t align = SELKIE_ARCHIVE_ALIGN;

	if (piece->flags & SELKIE_ARCHIVE_ALIGN_2M)
		align = SELKIE_ARCHIVE_ALIGN_LARGE;
	if (!name_is_valid(piece->name))
		return archive_fail(problem, NULL, "a piece has an unprintable name");
	for (unsigned int i = 0; i < index; i++) {
		if (strcmp(archive->piece[i].name, piece->name) == 0)
			return archive_fail(problem, piece->name, "is there twice");
	}
	if (piece->flags & ~SELKIE_ARCHIVE_ALIGN_2M)
		return archive_fail(problem, piece->name, "has flags this version does not know");
	if (piece->offset % align)
		return archive_fail(problem, piece->name, "is misaligned");
	if (piece->offset < lowest)
		return archive_fail(problem, piece->name, "overlaps what is before it");
	if (piece->size == 0)
		return archive_fail(problem, piece->name, "is empty");
	if (piece->room < piece->size || piece->offset > archive->total_size ||
	    piece->room > archive->total_size - piece->offset)
		return archive_fail(problem, piece->name, "reaches beyond the archive's end");
	return 0;
}

int archive_open(struct archive *archive, const void *base, uint64_t size,
		 struct archive_problem *problem)
{
	struct selkie_archive_header header;
	size_t table_size;
	uint64_t lowest;

	if (size < sizeof(header))
		return archive_fail(problem, NULL, "too short for a header");
	memcpy(&header, base, sizeof(header));
	if (memcmp(header.magic, SELKIE_ARCHIVE_MAGIC, SELKIE_ARCHIVE_MAGIC_BYTES) != 0)
		return archive_fail(problem, NULL, "not a Selkie archive (bad magic)");
	if (header.version != SELKIE_ARCHIVE_VERSION)
		return archive_fail(problem, NULL, "of another version");
	if (header.piece_count == 0 || header.piece_count > SELKIE_ARCHIVE_PIECE_MAX)
		return archive_fail(problem, NULL, "bad piece count");
	table_size = header.piece_count * sizeof(struct selkie_archive_piece);
	if (size < sizeof(header) + table_size || header.total_size < sizeof(header) + table_size)
		return archive_fail(problem, NULL, "too short for its table");

	memcpy(archive->piece, (const char *)base + sizeof(header), table_size);
	if (crc32_update(crc32_update(0, &header, offsetof(struct selkie_archive_header, crc32)),
			 archive->piece, table_size) != header.crc32)
		return archive_fail(problem, NULL, "header or table damaged (bad CRC)");

	archive->total_size = header.total_size;
	archive->piece_count = header.piece_count;
	lowest = sizeof(header) + table_size;
	for (unsigned int i = 0; i < archive->piece_count; i++) {
		const struct selkie_archive_piece *piece = &archive->piece[i];

		if (check_entry(archive, i, lowest, problem))
			return -EINVAL;
		lowest = piece->offset + piece->room;
		if (lowest > size)
			return archive_fail(problem, piece->name, "is truncated");
	}
	if (header.total_size > size)
		return archive_fail(problem, NULL, "truncated");
	return 0;
}

int archive_check_piece(const struct selkie_archive_piece *piece, const void *base,
			struct archive_problem *problem)
{
	if (crc32_update(0, (const char *)base + piece->offset, piece->size) != piece->crc32)
		return archive_fail(problem, piece->name, "is damaged (bad CRC)");
	return 0;
}

const struct selkie_archive_piece *archive_find(const struct archive *archive, const char *name)
{
	for (unsigned int i = 0; i < archive->piece_count; i++) {
		if (strcmp(archive->piece[i].name, name) == 0)
			return &archive->piece[i];
	}
	return NULL;
}
