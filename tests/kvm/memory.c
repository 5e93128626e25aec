// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory: what happens to a process's memory when it becomes a guest's, and to the guest's when the
 * process plays with it, or dies.
 */
#include "check.h"
#include "client.h"
#include "memory.h"

static const struct test tests[] = {
	TEST(contents_survive),
	TEST(both_sides_write),
	TEST(half_a_mapping),
	TEST(mappings_of_many_kinds),
	TEST(locked_and_populated),
	TEST(large_and_lazy),
	TEST(other_backings),
	TEST(exhausted),
	TEST(direct_io),
	TEST(pinned_pages),
	TEST(read_by_others),
	TEST(forked),
	TEST(discarded),
	TEST(unmapped_while_running),
	TEST(protected),
	TEST(moved),
	TEST(killed_in_each_phase),
	TEST(killed_during_adoption),
	TEST(killed_with_a_child),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_SIZE(tests));
}
