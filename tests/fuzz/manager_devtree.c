// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as the platform's device tree: refused, or read and edited without a step outside.
 */
// unit-sources: manager/devtree.c manager/devtree_edit.c
// unit-libs: -l:libfdt.so.1
#include "../../manager/devtree.h"

#include <libfdt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct devtree_service service = {
		.memory = {0x40000000, 0x20000000},
		.ecam = {0x0b000000, 0x100000},
		.bar = {0x0b100000, 0x10000},
		.bootargs = "console=ttyAMA0",
		.cpu_count = 1,
	};
	static char edited[0x10000];
	struct devtree_platform platform;
	const char *problem;

	if (!devtree_read(data, size, &platform, &problem))
		devtree_edit(data, edited, sizeof(edited), &service, &problem);
	return 0;
}
