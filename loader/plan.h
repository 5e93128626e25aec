/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where kernel, device tree and root task go, decided before a byte is moved.
 *
 * Pure: also built for the host's tests. After plan_make() succeeded everything has its place in
 * RAM and nothing overlaps; carrying the plan out cannot fail.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "elf_image.h"
#include "platform.h"
#include "range.h"

struct plan {
	struct range kernel;	    /* physical */
	struct range kernel_window; /* virtual: to the end of the kernel's 1 GiB */
	struct range fdt;	    /* the copy that the kernel gets */
	struct range root;	    /* physical; ends on a page */
	uint64_t root_offset;	    /* physical - virtual, modulo 2^64 */
};

/* Memory that has something in it, and what to call it. */
struct occupied {
	const char *name;
	struct range range;
};

#define PLAN_PROBLEM_BYTES 160

/*
 * Occupied is what must stay where it is. memory is what the kernel takes for RAM without asking,
 * as packed with it; count 0: it reads the device tree. 0, or -EINVAL with the line for the user.
 */
int plan_make(struct plan *plan, const struct platform *platform, const struct elf_image *kernel,
	      const struct elf_image *root, const struct occupied *occupied,
	      unsigned int occupied_count, const struct range *memory, unsigned int memory_count,
	      char problem[PLAN_PROBLEM_BYTES]);

/*
 * A place in RAM for size bytes at a multiple of 2 MiB, clear of plan and occupied; where the
 * loader goes if it is in the way. False if there is none.
 */
bool plan_find_free(const struct plan *plan, const struct platform *platform,
		    const struct occupied *occupied, unsigned int occupied_count, uint64_t size,
		    struct range *place);
