/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's optional "config" piece: one key=value per line, blanks around
 * both do not count, # starts a comment line.
 *
 * Pure. Unknown keys are refused by name, so that a typing error is not silently the default.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CONFIG_BOOTARGS_MAX 1024u

struct config {
	uint64_t ram_mib;		    /* service.ram_mib; 0: all there is */
	uint64_t cpus;			    /* service.cpus; 0: as many as cores */
	char bootargs[CONFIG_BOOTARGS_MAX]; /* service.bootargs */
};

/* The defaults. */
void config_init(struct config *config);

/* 0, or -EINVAL with *line (from 1) and *problem telling what is wrong. */
int config_parse(struct config *config, const char *text, size_t size, unsigned int *line,
		 const char **problem);
