/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader wants to know of the board, read from its device tree.
 *
 * Pure: also built for the host's tests. The tree is checked as a whole before anything is used.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "range.h"

#define PLATFORM_RAM_MAX 8
#define PLATFORM_CPU_MAX 8

/* The booting protocol bounds a device tree to 2 MiB, aligned to 8 bytes. */
#define PLATFORM_FDT_BYTES_MAX 0x200000
#define PLATFORM_FDT_ALIGN     8

struct platform {
	struct range ram[PLATFORM_RAM_MAX];
	unsigned int ram_count;
	struct range fdt;    /* the tree as it was handed over */
	uint64_t fdt_used;   /* bytes of it that hold anything */
	struct range initrd; /* empty: there is none */
	bool has_uart;
	uint64_t uart; /* a PL011's registers, physical */
	uint64_t cpu[PLATFORM_CPU_MAX]; /* MPIDR affinity fields, in the tree's order */
	unsigned int cpu_count;
	bool has_psci; /* by SMC: the only way that works at EL2 */
};

/*
 * Reads the tree at fdt. 0, or -EINVAL with *problem a sentence's end ("the device tree ..."). The
 * UART is filled in as early as it is known, so that a problem found later can be printed.
 */
int platform_read(struct platform *platform, const void *fdt, const char **problem);
