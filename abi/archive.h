/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The boot archive: kernel, root task and payload in one file, handed over as the initrd.
 *
 * tools/pack.py writes it; the loader checks all of it and starts the kernel from it; the manager
 * finds it again through /chosen linux,initrd-start and uses the service VM's pieces where they
 * lie. Prose: docs/boot.md. All fields are little endian. The header and the table after it always
 * fit one 4 KiB page.
 */
#pragma once

#include "types.h"

#define SELKIE_ARCHIVE_MAGIC	   "SELKIEAR"
#define SELKIE_ARCHIVE_MAGIC_BYTES 8
#define SELKIE_ARCHIVE_VERSION	   1
#define SELKIE_ARCHIVE_PIECE_MAX   32
#define SELKIE_ARCHIVE_NAME_BYTES  32

/* Every piece starts on a page; one flagged ALIGN_2M on a 2 MiB boundary of the archive. */
#define SELKIE_ARCHIVE_ALIGN	   0x1000
#define SELKIE_ARCHIVE_ALIGN_LARGE 0x200000

/* flags of a piece; any other bit makes the archive malformed. */
#define SELKIE_ARCHIVE_ALIGN_2M 0x1u

struct selkie_archive_header {
	char magic[SELKIE_ARCHIVE_MAGIC_BYTES];
	uint32_t version;
	uint32_t piece_count;
	uint64_t total_size; /* what was handed over may be longer, not shorter */
	uint32_t reserved;   /* zero */
	uint32_t crc32;	     /* of the header's bytes before this field, then of the table */
};

struct selkie_archive_piece {
	char name[SELKIE_ARCHIVE_NAME_BYTES]; /* NUL-terminated, unique */
	uint64_t offset;		      /* from the archive's start; ascending, no overlap */
	uint64_t size;			      /* bytes of content, covered by crc32 */
	uint64_t room;			      /* the piece's own bytes, >= size; the rest zero */
	uint32_t crc32;
	uint32_t flags;
};

SELKIE_ASSERT(sizeof(struct selkie_archive_header) == 32, "the header is 32 bytes");
SELKIE_ASSERT(sizeof(struct selkie_archive_piece) == 64, "a table entry is 64 bytes");
SELKIE_ASSERT(32 + 64 * SELKIE_ARCHIVE_PIECE_MAX <= SELKIE_ARCHIVE_ALIGN,
	      "header and table fit one page");

/*
 * The pieces. The loader needs the first two; the manager wants the service VM's kernel, which is
 * started where it lies (hence 2 MiB alignment, and room for its BSS), and takes the rest if there.
 */
#define SELKIE_ARCHIVE_KERNEL	"kernel.elf"
#define SELKIE_ARCHIVE_ROOTTASK "roottask.elf"
/* Pairs of u64 start, end (exclusive): what a kernel built for fixed memory takes for RAM. */
#define SELKIE_ARCHIVE_KERNEL_RAM     "kernel.ram"
/* One u64: how many cores the kernel waits for. Without this piece it is one. */
#define SELKIE_ARCHIVE_KERNEL_CORES   "kernel.cores"
#define SELKIE_ARCHIVE_SERVICE_KERNEL "service.kernel"
#define SELKIE_ARCHIVE_SERVICE_INITRD "service.initrd"
/* Text, one key=value per line, # starts a comment line: service.ram_mib, service.bootargs, ... */
#define SELKIE_ARCHIVE_CONFIG "config"
