// SPDX-License-Identifier: BSD-2-Clause
/*
 * The archive's config piece: defaults, keys, and the line that a refusal names.
 */
// unit-sources: manager/config.c
#include "../../manager/config.h"

#include "unit.h"

static struct config config;
static unsigned int line;
static const char *problem;

static int parse(const char *text)
{
	config_init(&config);
	return config_parse(&config, text, strlen(text), &line, &problem);
}

static void an_empty_config_is_the_default(void)
{
	CHECK_EQ(parse(""), 0);
	CHECK_EQ(config.ram_mib, 0);
	CHECK_STR(config.bootargs, "console=ttyAMA0");
	CHECK_EQ(parse("\n# nothing\n   \n"), 0);
}

static void keys_set_their_values(void)
{
	CHECK_EQ(parse("service.cpus = 2\n"), 0);
	CHECK_EQ(config.cpus, 2);
	CHECK_EQ(parse("service.ram_mib=384\n service.bootargs = console=ttyAMA0 quiet \r\n"), 0);
	CHECK_EQ(config.ram_mib, 384);
	CHECK_STR(config.bootargs, "console=ttyAMA0 quiet");
	CHECK_EQ(parse("service.bootargs="), 0);
	CHECK_STR(config.bootargs, "");
}

static void a_wrong_line_is_named(void)
{
	char text[CONFIG_BOOTARGS_MAX + 64] = "service.bootargs=";

	CHECK(parse("# one\nservice.rom_mib=1\n") != 0);
	CHECK_EQ(line, 2);
	CHECK_STR(problem, "has an unknown key");
	CHECK(parse("service.ram_mib=12x\n") != 0);
	CHECK_EQ(line, 1);
	CHECK(parse("service.ram_mib=") != 0);
	CHECK(parse("service.ram_mib=99999999999999999999999") != 0);
	CHECK(parse("\n\nhello") != 0);
	CHECK_EQ(line, 3);
	memset(text + strlen(text), 'a', CONFIG_BOOTARGS_MAX);
	CHECK(parse(text) != 0);
	config_init(&config);
	CHECK(config_parse(&config, "service.bootargs=a\0b", 20, &line, &problem) != 0);
}

int main(void)
{
	unit_run("an empty config is the default", an_empty_config_is_the_default);
	unit_run("keys set their values", keys_set_their_values);
	unit_run("a wrong line is named", a_wrong_line_is_named);
	return unit_done();
}
