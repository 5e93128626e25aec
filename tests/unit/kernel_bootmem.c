// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's boot memory map: every byte has one owner, whatever overlaps what.
 */
// unit-sources: kernel/arch/arm64/bootmem.c
// unit-cflags: -Ikernel/include -Ikernel/arch/arm64/include
#include <setjmp.h>
#include <stdlib.h>

#include <arch/boot.h>

#include "unit.h"

void panic(const char *what) __attribute__((noreturn));

static jmp_buf panicked;

void panic(const char *what)
{
	longjmp(panicked, 1);
}

static struct region_list list_of(struct region region)
{
	struct region_list list = {.count = 0};

	region_add(&list, region);
	return list;
}

static void subtract_middle(void)
{
	struct region_list list = list_of((struct region){0x1000, 0x9000});

	region_subtract(&list, (struct region){0x3000, 0x5000});
	CHECK_EQ(list.count, 2);
	CHECK_EQ(list.region[0].start, 0x1000);
	CHECK_EQ(list.region[0].end, 0x3000);
	CHECK_EQ(list.region[1].start, 0x5000);
	CHECK_EQ(list.region[1].end, 0x9000);
}

static void subtract_all(void)
{
	struct region_list list = list_of((struct region){0x1000, 0x9000});

	region_add(&list, (struct region){0xa000, 0xb000});
	region_subtract(&list, (struct region){0, 0x10000});
	CHECK_EQ(list.count, 0);
}

static void subtract_empty(void)
{
	struct region_list list = list_of((struct region){0x1000, 0x9000});

	region_subtract(&list, (struct region){0x3000, 0x3000});
	region_subtract(&list, (struct region){0, 0});
	CHECK_EQ(list.count, 1);
}

static void take_top(void)
{
	struct region_list list = list_of((struct region){0x100000, 0x200000});
	pa_t at;

	region_add(&list, (struct region){0x300000, 0x301000});
	at = region_take_top(&list, 0x3000, 0x10000);
	CHECK_EQ(at, 0x1f0000);
	CHECK_EQ(list.count, 3);
	CHECK_EQ(list.region[0].end, 0x1f0000);
	CHECK_EQ(list.region[1].start, 0x1f3000);
}

static void take_too_much(void)
{
	struct region_list list = list_of((struct region){0x1000, 0x9000});

	if (setjmp(panicked)) {
		CHECK(true);
		return;
	}
	region_take_top(&list, 0x10000, 0x1000);
	CHECK(false);
}

#define UNIT_COUNT 200

/* Random operations, compared with one flag per unit of memory. */
static void matches_model(void)
{
	srand(1);
	for (int round = 0; round < 2000; round++) {
		struct region_list list = {.count = 0};
		bool model[UNIT_COUNT] = {false};

		for (int step = 0; step < 10; step++) {
			pa_t start = rand() % UNIT_COUNT;
			pa_t end = start + rand() % (UNIT_COUNT - start + 1);
			bool adding = rand() % 2;

			if (adding)
				region_add(&list, (struct region){start, end});
			else
				region_subtract(&list, (struct region){start, end});
			for (pa_t i = start; i < end; i++)
				model[i] = adding;
		}
		for (uint32_t i = 0; i < list.count; i++) {
			struct region r = list.region[i];

			CHECK(r.start < r.end);
			CHECK(i == 0 || list.region[i - 1].end <= r.start);
			for (pa_t unit = r.start; unit < r.end; unit++) {
				CHECK(model[unit]);
				model[unit] = false;
			}
		}
		for (int i = 0; i < UNIT_COUNT; i++)
			CHECK(!model[i]);
	}
}

int main(void)
{
	unit_run("taking the middle out of a region leaves both ends", subtract_middle);
	unit_run("taking everything leaves nothing", subtract_all);
	unit_run("taking nothing loses nothing", subtract_empty);
	unit_run("memory is taken aligned from the top of the highest region that fits", take_top);
	unit_run("asking for more than there is ends the boot", take_too_much);
	unit_run("random additions and subtractions match a model", matches_model);
	return unit_done();
}
