// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ioeventfd table: what matches, what excludes what, and when a guest register is read.
 */
// unit-sources: vmm/ioevent.c
// unit-cflags: -Ivmm
#include <errno.h>
#include <stdlib.h>

#include "ioevent.h"
#include "unit.h"

static struct ioevent_table table;
static uint64_t written;
static unsigned int asked_count;

static uint64_t value_get(void *ctx)
{
	asked_count++;
	return written;
}

static int assign(unsigned int event, uint64_t ipa, unsigned int length)
{
	struct ioevent e = {.ipa = ipa, .event = (uint16_t)event, .length = (uint8_t)length};

	return ioevent_assign(&table, &e);
}

static int assign_match(unsigned int event, uint64_t ipa, unsigned int length, uint64_t datamatch)
{
	struct ioevent e = {ipa, datamatch, (uint16_t)event, (uint8_t)length, true};

	return ioevent_assign(&table, &e);
}

static int match(uint64_t ipa, unsigned int size, uint64_t value)
{
	written = value;
	asked_count = 0;
	return ioevent_match(&table, ipa, size, value_get, NULL);
}

static void exact_address(void)
{
	memset(&table, 0, sizeof(table));
	CHECK_EQ(assign(3, 0x1000, 2), 0);
	CHECK_EQ(match(0x1000, 2, 7), 3);
	CHECK_EQ(match(0x1000, 4, 7), -1);
	CHECK_EQ(match(0x1002, 2, 7), -1);
	CHECK_EQ(match(0x0ffe, 2, 7), -1);
	CHECK_EQ(asked_count, 0);
}

static void any_length(void)
{
	memset(&table, 0, sizeof(table));
	CHECK_EQ(assign(0, 0x2000, 0), 0);
	for (unsigned int size = 1; size <= 8; size *= 2)
		CHECK_EQ(match(0x2000, size, 9), 0);
	CHECK_EQ(asked_count, 0);
}

static void datamatch(void)
{
	memset(&table, 0, sizeof(table));
	CHECK_EQ(assign_match(1, 0x3000, 4, 1), 0);
	CHECK_EQ(assign_match(2, 0x3000, 4, 2), 0);
	CHECK_EQ(assign_match(4, 0x3000, 2, 2), 0);
	CHECK_EQ(match(0x3000, 4, 1), 1);
	CHECK_EQ(match(0x3000, 4, 0xabcd00000002), 2);
	CHECK_EQ(match(0x3000, 2, 2), 4);
	CHECK_EQ(match(0x3000, 4, 3), -1);
	CHECK(asked_count > 0);
	CHECK_EQ(match(0x3000, 8, 1), -1);
	CHECK_EQ(asked_count, 0);
}

static void exclusion(void)
{
	memset(&table, 0, sizeof(table));
	CHECK_EQ(assign(1, 0x1000, 4), 0);
	CHECK_EQ(assign(1, 0x5000, 4), -EEXIST); /* the bit */
	CHECK_EQ(assign(2, 0x1000, 4), -EEXIST);
	CHECK_EQ(assign(2, 0x1000, 0), -EEXIST);
	CHECK_EQ(assign_match(2, 0x1000, 4, 1), -EEXIST);
	CHECK_EQ(assign(2, 0x1000, 2), 0);
	CHECK_EQ(assign_match(3, 0x2000, 4, 5), 0);
	CHECK_EQ(assign_match(4, 0x2000, 4, 5), -EEXIST);
	CHECK_EQ(assign_match(4, 0x2000, 4, 6), 0);
	CHECK_EQ(assign(5, 0x2000, 4), -EEXIST);
}

static void bad_arguments(void)
{
	memset(&table, 0, sizeof(table));
	CHECK_EQ(assign(SELKIE_EVENT_MAX, 0x1000, 4), -EINVAL);
	CHECK_EQ(assign(0, 0x1000, 3), -EINVAL);
	CHECK_EQ(assign(0, 0x1000, 16), -EINVAL);
	CHECK_EQ(assign(0, ~0ull, 4), -EINVAL);
	CHECK_EQ(assign_match(0, 0x1000, 0, 1), -EINVAL);
	CHECK_EQ(ioevent_deassign(&table, 0), -ENOENT);
	CHECK_EQ(table.count, 0);
}

static void full_and_empty(void)
{
	static unsigned int order[SELKIE_EVENT_MAX];

	memset(&table, 0, sizeof(table));
	srand(1);
	for (unsigned int i = 0; i < SELKIE_EVENT_MAX; i++)
		order[i] = i;
	for (unsigned int i = SELKIE_EVENT_MAX - 1; i > 0; i--) {
		unsigned int j = (unsigned int)rand() % (i + 1);
		unsigned int swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (unsigned int i = 0; i < SELKIE_EVENT_MAX; i++)
		CHECK_EQ(assign(order[i], 0x10000 + order[i] * 4, 4), 0);
	for (unsigned int i = 0; i < SELKIE_EVENT_MAX; i++)
		CHECK_EQ(match(0x10000 + i * 4, 4, 0), i);
	for (unsigned int i = 0; i < SELKIE_EVENT_MAX; i += 2)
		CHECK_EQ(ioevent_deassign(&table, i), 0);
	for (unsigned int i = 0; i < SELKIE_EVENT_MAX; i++)
		CHECK_EQ(match(0x10000 + i * 4, 4, 0), i % 2 ? (int)i : -1);
	for (unsigned int i = 1; i < SELKIE_EVENT_MAX; i += 2)
		CHECK_EQ(ioevent_deassign(&table, i), 0);
	CHECK_EQ(table.count, 0);
}

int main(void)
{
	unit_run("a write matches address and length exactly", exact_address);
	unit_run("length 0 takes any length and reads no register", any_length);
	unit_run("a data match compares as many bytes as were written", datamatch);
	unit_run("entries that could match the same write exclude each other", exclusion);
	unit_run("what no guest could write is refused", bad_arguments);
	unit_run("the table fills, is searched and empties in any order", full_and_empty);
	return unit_done();
}
