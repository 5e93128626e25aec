// SPDX-License-Identifier: BSD-2-Clause
/*
 * The boot archive's reader against archives made here, whole and damaged in one place each. The
 * buffer is exactly as long as what is handed over, so that a read beyond it is caught.
 */
// unit-sources: lib/archive.c lib/crc32.c
#include "archive_reader.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "crc32.h"
#include "unit.h"

#define CONTENT_SIZE 100
#define PIECE_COUNT  3
#define ARCHIVE_SIZE (0x400000 + 0x3000)

static struct selkie_archive_header header;
static struct selkie_archive_piece table[PIECE_COUNT];
static struct archive archive;
static struct archive_problem problem;

/* kernel.elf on the first free page, service.kernel at 2 MiB with room, config after that. */
static void make_table(void)
{
	memset(table, 0, sizeof(table));
	strcpy(table[0].name, SELKIE_ARCHIVE_KERNEL);
	table[0].offset = 0x1000;
	strcpy(table[1].name, SELKIE_ARCHIVE_SERVICE_KERNEL);
	table[1].offset = 0x200000;
	table[1].flags = SELKIE_ARCHIVE_ALIGN_2M;
	strcpy(table[2].name, SELKIE_ARCHIVE_CONFIG);
	table[2].offset = 0x402000;
	for (unsigned int i = 0; i < PIECE_COUNT; i++) {
		table[i].size = CONTENT_SIZE;
		table[i].room = CONTENT_SIZE;
	}
	table[1].room = 0x202000;
	header = (struct selkie_archive_header){
		.magic = SELKIE_ARCHIVE_MAGIC,
		.version = SELKIE_ARCHIVE_VERSION,
		.piece_count = PIECE_COUNT,
		.total_size = ARCHIVE_SIZE,
	};
}

static uint8_t *make_archive(void)
{
	uint8_t *base = calloc(1, ARCHIVE_SIZE);

	for (unsigned int i = 0; i < PIECE_COUNT; i++) {
		if (table[i].offset <= ARCHIVE_SIZE - CONTENT_SIZE)
			memset(base + table[i].offset, 'a' + i, CONTENT_SIZE);
		table[i].crc32 =
			crc32_update(0, base + (table[i].offset % ARCHIVE_SIZE), CONTENT_SIZE);
	}
	header.crc32 = crc32_update(0, &header, offsetof(struct selkie_archive_header, crc32));
	header.crc32 = crc32_update(header.crc32, table, sizeof(table));
	memcpy(base, &header, sizeof(header));
	memcpy(base + sizeof(header), table, sizeof(table));
	return base;
}

/* What archive_open() says about the archive that header and table describe. */
static const char *open_made(void)
{
	uint8_t *base = make_archive();
	int error = archive_open(&archive, base, ARCHIVE_SIZE, &problem);

	free(base);
	if (!error)
		return "fine";
	CHECK_EQ(error, -EINVAL);
	return problem.what;
}

/* The same for its first size bytes only. */
static const char *open_truncated(uint64_t size)
{
	uint8_t *base, *exact = malloc(size ? size : 1);
	int error;

	make_table();
	base = make_archive();
	memcpy(exact, base, size);
	error = archive_open(&archive, exact, size, &problem);
	free(exact);
	free(base);
	return error ? problem.what : "fine";
}

static void whole(void)
{
	const struct selkie_archive_piece *piece;
	uint8_t *base;

	make_table();
	base = make_archive();
	CHECK_EQ(archive_open(&archive, base, ARCHIVE_SIZE, &problem), 0);
	CHECK_EQ(archive.piece_count, PIECE_COUNT);
	piece = archive_find(&archive, SELKIE_ARCHIVE_SERVICE_KERNEL);
	if (CHECK(piece)) {
		CHECK_EQ(piece->offset, 0x200000);
		CHECK_EQ(piece->room, 0x202000);
		CHECK_EQ(archive_check_piece(piece, base, &problem), 0);
	}
	CHECK(!archive_find(&archive, "nothing"));
	free(base);
}

static void damaged_piece(void)
{
	uint8_t *base;

	make_table();
	base = make_archive();
	base[0x1000 + CONTENT_SIZE - 1] ^= 1;
	CHECK_EQ(archive_open(&archive, base, ARCHIVE_SIZE, &problem), 0);
	CHECK_EQ(archive_check_piece(&archive.piece[0], base, &problem), -EINVAL);
	CHECK_STR(problem.piece, SELKIE_ARCHIVE_KERNEL);
	CHECK_STR(problem.what, "is damaged (bad CRC)");
	CHECK_EQ(archive_check_piece(&archive.piece[1], base, &problem), 0);
	free(base);
}

static void truncated(void)
{
	CHECK_STR(open_truncated(0), "too short for a header");
	CHECK_STR(open_truncated(sizeof(header) - 1), "too short for a header");
	CHECK_STR(open_truncated(sizeof(header)), "too short for its table");
	CHECK_STR(open_truncated(sizeof(header) + sizeof(table) - 1), "too short for its table");
	CHECK_STR(open_truncated(0x1000), "is truncated");
	CHECK_STR(problem.piece, SELKIE_ARCHIVE_KERNEL);
	CHECK_STR(open_truncated(0x300000), "is truncated");
	CHECK_STR(problem.piece, SELKIE_ARCHIVE_SERVICE_KERNEL);
	CHECK_STR(open_truncated(ARCHIVE_SIZE - 1), "truncated");
	CHECK_STR(problem.piece, "");
	CHECK_STR(open_truncated(ARCHIVE_SIZE), "fine");
}

static void bad_header(void)
{
	make_table();
	header.magic[0] = 'X';
	CHECK_STR(open_made(), "not a Selkie archive (bad magic)");
	make_table();
	header.version++;
	CHECK_STR(open_made(), "of another version");
	make_table();
	header.piece_count = 0;
	CHECK_STR(open_made(), "bad piece count");
	header.piece_count = SELKIE_ARCHIVE_PIECE_MAX + 1;
	CHECK_STR(open_made(), "bad piece count");
	header.piece_count = UINT32_MAX;
	CHECK_STR(open_made(), "bad piece count");
}

static void bad_table_crc(void)
{
	uint8_t *base;

	make_table();
	for (size_t i = 12; i < sizeof(header) + sizeof(table); i++) {
		if (i >= 16 && i < 24)
			continue; /* total_size: too short comes before the CRC */
		base = make_archive();
		base[i] ^= 0x40;
		CHECK_EQ(archive_open(&archive, base, ARCHIVE_SIZE, &problem), -EINVAL);
		free(base);
	}
}

static void bad_names(void)
{
	make_table();
	table[1].name[0] = '\0';
	CHECK_STR(open_made(), "a piece has an unprintable name");
	make_table();
	memset(table[1].name, 'n', sizeof(table[1].name));
	CHECK_STR(open_made(), "a piece has an unprintable name");
	make_table();
	table[1].name[3] = '\n';
	CHECK_STR(open_made(), "a piece has an unprintable name");
	make_table();
	strcpy(table[2].name, table[0].name);
	CHECK_STR(open_made(), "is there twice");
}

static void bad_places(void)
{
	make_table();
	table[0].offset = 0x1800;
	CHECK_STR(open_made(), "is misaligned");
	make_table();
	table[1].offset = 0x201000;
	CHECK_STR(open_made(), "is misaligned");
	make_table();
	table[1].offset = 0;
	CHECK_STR(open_made(), "overlaps what is before it");
	make_table();
	table[2].offset = 0x401000;
	CHECK_STR(open_made(), "overlaps what is before it");
	make_table();
	table[2].offset = 0x403000;
	CHECK_STR(open_made(), "reaches beyond the archive's end");
	make_table();
	table[2].offset = 0xfffffffffffff000;
	CHECK_STR(open_made(), "reaches beyond the archive's end");
	CHECK_STR(problem.piece, SELKIE_ARCHIVE_CONFIG);
}

static void bad_sizes(void)
{
	make_table();
	table[0].size = 0;
	CHECK_STR(open_made(), "is empty");
	make_table();
	table[0].room = CONTENT_SIZE - 1;
	CHECK_STR(open_made(), "reaches beyond the archive's end");
	make_table();
	table[2].room = UINT64_MAX;
	CHECK_STR(open_made(), "reaches beyond the archive's end");
	make_table();
	table[2].size = UINT64_MAX;
	table[2].room = UINT64_MAX;
	CHECK_STR(open_made(), "reaches beyond the archive's end");
	make_table();
	table[0].flags = 2;
	CHECK_STR(open_made(), "has flags this version does not know");
}

int main(void)
{
	unit_run("a whole archive opens and its pieces are found", whole);
	unit_run("a piece whose content changed is named", damaged_piece);
	unit_run("a truncated archive is refused at every length", truncated);
	unit_run("a header with a wrong field is refused", bad_header);
	unit_run("any changed bit of header and table is noticed", bad_table_crc);
	unit_run("names are printable, terminated and unique", bad_names);
	unit_run("pieces are aligned, ascending and inside the archive", bad_places);
	unit_run("sizes, room and flags are checked", bad_sizes);
	return unit_done();
}
