// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as the archive's config piece.
 */
// unit-sources: manager/config.c
#include "../../manager/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	const char *problem;
	unsigned int line;

	config_init(&config);
	config_parse(&config, (const char *)data, size, &line, &problem);
	if (!memchr(config.bootargs, '\0', sizeof(config.bootargs)))
		__builtin_trap();
	return 0;
}
