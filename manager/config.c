// SPDX-License-Identifier: BSD-2-Clause
/*
 * Line by line, without changing or terminating the text.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#define CONFIG_NUMBER_MAX (1u << 20)

void config_init(struct config *config)
{
	memset(config, 0, sizeof(*config));
	memcpy(config->bootargs, "console=ttyAMA0", sizeof("console=ttyAMA0"));
}

static int config_number(const char *value, size_t length, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9' || *number > CONFIG_NUMBER_MAX)
			return -EINVAL;
		*number = *number * 10 + (uint64_t)(value[i] - '0');
	}
	return length ? 0 : -EINVAL;
}

static int config_set_ram(struct config *config, const char *value, size_t length)
{
	return config_number(value, length, &config->ram_mib);
}

static int config_set_cpus(struct config *config, const char *value, size_t length)
{
	return config_number(value, length, &config->cpus);
}

static int config_set_bootargs(struct config *config, const char *value, size_t length)
{
	if (length >= CONFIG_BOOTARGS_MAX || memchr(value, '\0', length))
		return -EINVAL;
	memcpy(config->bootargs, value, length);
	config->bootargs[length] = '\0';
	return 0;
}

static const struct {
	const char *key;
	int (*set)(struct config *config, const char *value, size_t length);
	const char *problem;
} config_keys[] = {
	{"service.ram_mib", config_set_ram, "service.ram_mib is not a number of MiB"},
	{"service.cpus", config_set_cpus, "service.cpus is not a number of CPUs"},
	{"service.bootargs", config_set_bootargs, "service.bootargs is too long"},
};

/* Drops blanks at both ends. */
static const char *config_trim(const char *text, size_t *length)
{
	while (*length && (text[*length - 1] == ' ' || text[*length - 1] == '\r'))
		--*length;
	while (*length && *text == ' ') {
		text++;
		--*length;
	}
	return text;
}

static int config_line(struct config *config, const char *text, size_t length, const char **problem)
{
	size_t key_length, value_length;
	const char *equals, *value;

	text = config_trim(text, &length);
	if (!length || text[0] == '#')
		return 0;
	equals = memchr(text, '=', length);
	*problem = "is not key=value";
	if (!equals)
		return -EINVAL;
	key_length = (size_t)(equals - text);
	value_length = length - key_length - 1;
	text = config_trim(text, &key_length);
	value = config_trim(equals + 1, &value_length);
	for (size_t i = 0; i < sizeof(config_keys) / sizeof(config_keys[0]); i++) {
		if (strlen(config_keys[i].key) != key_length ||
		    memcmp(config_keys[i].key, text, key_length))
			continue;
		*problem = config_keys[i].problem;
		return config_keys[i].set(config, value, value_length);
	}
	*problem = "has an unknown key";
	return -EINVAL;
}

int config_parse(struct config *config, const char *text, size_t size, unsigned int *line,
		 const char **problem)
{
	const char *end = text + size;

	for (*line = 1; text < end; ++*line) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		if (config_line(config, text, (size_t)(stop - text), problem))
			return -EINVAL;
		text = stop + 1;
	}
	return 0;
}
