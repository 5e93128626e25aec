// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a device tree handed to the loader. Only magic and total size are made right:
 * without a true size no reader could stay inside the buffer.
 */
// unit-sources: loader/platform.c
// unit-cflags: -Iloader
// unit-libs: -l:libfdt.so.1
#include "platform.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct platform platform;
	const char *problem = NULL;
	void *fdt;

	if (size < sizeof(struct fdt_header))
		return 0;
	fdt = malloc(size);
	memcpy(fdt, data, size);
	fdt_set_magic(fdt, FDT_MAGIC);
	fdt_set_totalsize(fdt, (uint32_t)size);
	if (platform_read(&platform, fdt, &problem)) {
		if (!problem)
			abort();
	} else if (platform.ram_count == 0 || platform.ram_count > PLATFORM_RAM_MAX ||
		   platform.fdt_used > size) {
		abort();
	}
	free(fdt);
	return 0;
}
