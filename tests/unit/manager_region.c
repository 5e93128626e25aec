// SPDX-License-Identifier: BSD-2-Clause
/*
 * Regions, the frames that fill them and where those are mapped, on a model of the kernel:
 * promises, large and small frames, slots that cannot be honoured, bounded destruction, and
 * exactness after random creation and destruction.
 */
// unit-sources: manager/slots.c manager/buddy.c manager/memory.c manager/arena.c
// unit-sources: manager/stage2.c manager/region.c
#include "../../manager/region.h"

#include "manager_kernel.h"

#define ROOTS	       24u
#define SLOTS	       8000u
#define POOL	       0x60000000ull
#define TABLES	       64u
#define KEPT	       10u
#define VSPACE_SERVICE 1000u
#define VSPACE_GUEST   1001u
#define FIRST_SLOT     2000u

static struct memory memory;
static struct slots reserve;
static cap_t next[CAP_SLOT_COUNT];
static struct buddy_block blocks[CAP_SLOT_COUNT];
static struct stage2_table tables[TABLES];
static struct stage2_pool pool;
static struct arena service_arena, guest_arena;
static struct stage2 service, guest;
static struct regions regions;
static uint64_t start_bytes;
static uint32_t start_slots;

static void start(void)
{
	kernel_reset();
	memset(&memory, 0, sizeof(memory));
	slots_init(&memory.slots, next, FIRST_SLOT, FIRST_SLOT + SLOTS);
	slots_reserve(&memory.slots, &reserve, 64);
	slots_reserve(&memory.slots, &memory.kept_slots, KEPT);
	buddy_init(&memory.buddy, blocks, &memory.slots);
	for (cap_t i = 0; i < ROOTS; i++) {
		kernel_add_untyped(1 + i, POOL + i * LARGE_SIZE, LARGE_BITS);
		buddy_add(&memory.buddy, 1 + i, POOL + i * LARGE_SIZE, LARGE_BITS);
	}
	stage2_pool_init(&pool, tables, TABLES);
	arena_init(&service_arena, &memory, &reserve, 16);
	stage2_init(&service, VSPACE_SERVICE, &service_arena, &memory, &pool);
	/* The level-2 table of the pool stays: make it before anything is counted. */
	CHECK_EQ(stage2_map(&service, 1, POOL + 1, LARGE_BITS, 0), -EINVAL);
	regions_init(&regions, &memory, &service);
	int warm = region_create(&regions, LARGE_SIZE, 0, 0);
	const struct region_frame *frame;
	unsigned int budget = 10;

	CHECK_EQ(region_populate(&regions, (uint64_t)warm, 0, &frame), 0);
	CHECK_EQ(region_destroy(&regions, (uint64_t)warm, &budget), 0);
	start_bytes = memory.buddy.free_bytes;
	start_slots = memory.slots.free_count;
	arena_init(&guest_arena, &memory, &memory.slots, 16);
	stage2_init(&guest, VSPACE_GUEST, &guest_arena, NULL, &pool);
}

static void check_all_back(void)
{
	CHECK_EQ(memory.buddy.free_bytes, start_bytes);
	CHECK_EQ(memory.slots.free_count, start_slots);
	CHECK_EQ(memory.promised, 0);
	CHECK_EQ(regions.count, 0);
}

static void destroy(int region)
{
	unsigned int budget;
	int err;

	do {
		budget = 100;
		err = region_destroy(&regions, (uint64_t)region, &budget);
	} while (err == -EAGAIN);
	CHECK_EQ(err, 0);
}

static void whole_chunks_are_large_and_the_rest_is_pages(void)
{
	const struct region_frame *frame;
	int region;

	start();
	region = region_create(&regions, 3 * LARGE_SIZE, LARGE_SIZE - PAGE_SIZE, 0);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 0, &frame), 0);
	CHECK_EQ(frame->bits, PAGE_BITS);
	CHECK_EQ(region_frame_offset(&regions, frame), 0);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, PAGE_SIZE + 12345, &frame), 0);
	CHECK_EQ(frame->bits, LARGE_BITS);
	CHECK_EQ(region_frame_offset(&regions, frame), PAGE_SIZE);
	CHECK_EQ(region_frame_base(&regions, frame), kernel_caps[frame->cap].base);
	CHECK_EQ(kernel_caps[frame->cap].address, kernel_caps[frame->cap].base);
	CHECK_EQ(kernel_caps[frame->cap].vspace, VSPACE_SERVICE);
	/* The same place again is the same frame; beyond the last whole chunk it is pages again. */
	const struct region_frame *again;
	CHECK_EQ(region_populate(&regions, (uint64_t)region, LARGE_SIZE, &again), 0);
	CHECK(again == frame);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 3 * LARGE_SIZE - 1, &frame), 0);
	CHECK_EQ(frame->bits, PAGE_BITS);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 3 * LARGE_SIZE, &frame), -EINVAL);
	destroy(region);
	check_all_back();
}

static void what_does_not_fit_is_refused_when_it_is_created(void)
{
	uint64_t all;
	int a;

	start();
	all = memory_available(&memory);
	CHECK_EQ(region_create(&regions, all + PAGE_SIZE, 0, 0), -ENOMEM);
	a = region_create(&regions, all, 0, 0);
	CHECK(a >= 0);
	CHECK_EQ(region_create(&regions, PAGE_SIZE, 0, 0), -ENOMEM);
	/* Read-only regions are not charged: QEMU has 64 MiB of flash that nobody reads. */
	int b = region_create(&regions, 1ull << 30, 0, SELKIE_REGION_READONLY);
	CHECK(b >= 0);
	for (uint64_t at = 0; at < all; at += LARGE_SIZE) {
		const struct region_frame *frame;

		CHECK_EQ(region_populate(&regions, (uint64_t)a, at, &frame), 0);
	}
	destroy(a);
	destroy(b);
	check_all_back();
}

static void bad_regions_are_refused(void)
{
	const struct region_frame *frame;
	unsigned int budget = 1;

	start();
	CHECK_EQ(region_create(&regions, 0, 0, 0), -EINVAL);
	CHECK_EQ(region_create(&regions, PAGE_SIZE + 1, 0, 0), -EINVAL);
	CHECK_EQ(region_create(&regions, PAGE_SIZE, 1, 0), -EINVAL);
	CHECK_EQ(region_create(&regions, PAGE_SIZE, LARGE_SIZE, 0), -EINVAL);
	CHECK_EQ(region_create(&regions, PAGE_SIZE, 0, 4), -EINVAL);
	CHECK_EQ(region_create(&regions, UINT64_MAX & ~(PAGE_SIZE - 1), 0, 0), -EINVAL);
	CHECK_EQ(region_populate(&regions, 0, 0, &frame), -ENOENT);
	CHECK_EQ(region_populate(&regions, UINT64_MAX, 0, &frame), -ENOENT);
	CHECK_EQ(region_destroy(&regions, SELKIE_REGION_MAX, &budget), -ENOENT);
	for (unsigned int i = 0; i < SELKIE_REGION_MAX; i++)
		CHECK(region_create(&regions, PAGE_SIZE, 0, SELKIE_REGION_READONLY) >= 0);
	CHECK_EQ(region_create(&regions, PAGE_SIZE, 0, SELKIE_REGION_READONLY), -ENOSPC);
}

static void a_slot_must_not_cut_or_shift_a_large_frame(void)
{
	int large, small;

	start();
	large = region_create(&regions, 4 * LARGE_SIZE, 0, 0);
	CHECK_EQ(region_check(&regions, (uint64_t)large, 0, 4 * LARGE_SIZE, 0x40000000), 0);
	CHECK_EQ(region_check(&regions, (uint64_t)large, LARGE_SIZE, LARGE_SIZE, 0), 0);
	CHECK_EQ(region_check(&regions, (uint64_t)large, PAGE_SIZE, LARGE_SIZE, PAGE_SIZE),
		 -EINVAL);
	CHECK_EQ(region_check(&regions, (uint64_t)large, 0, LARGE_SIZE + PAGE_SIZE, 0), -EINVAL);
	CHECK_EQ(region_check(&regions, (uint64_t)large, 0, LARGE_SIZE, PAGE_SIZE), -EINVAL);
	CHECK_EQ(region_check(&regions, (uint64_t)large, 0, 5 * LARGE_SIZE, 0), -EINVAL);
	CHECK_EQ(region_check(&regions, (uint64_t)large, PAGE_SIZE, UINT64_MAX, 0), -EINVAL);
	CHECK_EQ(region_check(&regions, 500, 0, PAGE_SIZE, 0), -ENOENT);
	small = region_create(&regions, 4 * LARGE_SIZE, 0, SELKIE_REGION_SMALL);
	CHECK_EQ(region_check(&regions, (uint64_t)small, PAGE_SIZE, LARGE_SIZE, 3 * PAGE_SIZE), 0);
}

static void destruction_is_bounded_and_refused_while_in_use(void)
{
	const struct region_frame *frame;
	unsigned int budget = 3, calls = 1;
	int region;

	start();
	region = region_create(&regions, LARGE_SIZE, 0, SELKIE_REGION_SMALL);
	for (uint64_t i = 0; i < 20; i++)
		CHECK_EQ(region_populate(&regions, (uint64_t)region, i * 7 * PAGE_SIZE, &frame), 0);
	regions.region[region].slot_count++;
	CHECK_EQ(region_destroy(&regions, (uint64_t)region, &budget), -EBUSY);
	regions.region[region].slot_count--;
	while (region_destroy(&regions, (uint64_t)region, &budget) == -EAGAIN) {
		CHECK_EQ(region_populate(&regions, (uint64_t)region, 0, &frame), -ENOENT);
		budget = 3;
		calls++;
	}
	CHECK_EQ(calls, 7);
	check_all_back();
}

static void a_large_frame_replaces_an_empty_table(void)
{
	unsigned int budget = 10;

	start();
	cap_t page = arena_make(&guest_arena, CAP_PAGE, 0, NULL);
	cap_t untyped = memory_take(&memory, LARGE_BITS), large = slots_take(&memory.slots);

	cap_retype(untyped, CAP_LARGE_PAGE, 0, large);
	CHECK_EQ(stage2_map(&guest, page, 0x40001000, PAGE_BITS, CAP_MAP_WRITE), 0);
	CHECK_EQ(stage2_map(&guest, page, 0x40001000, PAGE_BITS, CAP_MAP_WRITE), -EEXIST);
	CHECK_EQ(stage2_map(&guest, large, 0x40000000, LARGE_BITS, CAP_MAP_WRITE), -EEXIST);
	CHECK_EQ(stage2_map(&guest, large, 0x40001000, LARGE_BITS, CAP_MAP_WRITE), -EINVAL);
	CHECK_EQ(stage2_map(&guest, large, 1ull << IPA_BITS, LARGE_BITS, CAP_MAP_WRITE), -EINVAL);
	cap_delete(page);
	stage2_forget(&guest, 0x40001000, PAGE_BITS);
	CHECK_EQ(stage2_map(&guest, large, 0x40000000, LARGE_BITS, CAP_MAP_WRITE), 0);
	page = arena_make(&guest_arena, CAP_PAGE, 0, NULL);
	CHECK_EQ(stage2_map(&guest, page, 0x40001000, PAGE_BITS, CAP_MAP_WRITE), -EEXIST);
	CHECK_EQ(stage2_unmap(&guest, 0x40000000, LARGE_SIZE, &memory.slots, &budget), 0);
	CHECK_EQ(budget, 9);
	buddy_give(&memory.buddy, untyped);
	stage2_destroy(&guest);
	arena_destroy(&guest_arena);
	check_all_back();
}

static void fragmented_memory_is_given_in_pages(void)
{
	static cap_t held[ROOTS * 2];
	const struct region_frame *frame;
	unsigned int count = 0;
	int region;

	start();
	/* A page of each block is taken: but for the first and a kept one no 2 MiB are in one
	 * piece. */
	while (count < ROOTS - 1) {
		held[count] =
			buddy_take_at(&memory.buddy, POOL + (count + 1) * LARGE_SIZE, PAGE_BITS);
		if (held[count] == CAP_NONE)
			break;
		count++;
	}
	region = region_create(&regions, 3 * LARGE_SIZE, 0, 0);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 0, &frame), 0);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, LARGE_SIZE, &frame), 0);
	CHECK_EQ(frame->bits, LARGE_BITS);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 2 * LARGE_SIZE, &frame), 0);
	CHECK_EQ(frame->bits, PAGE_BITS);
	CHECK_EQ(region_populate(&regions, (uint64_t)region, 2 * LARGE_SIZE + PAGE_SIZE, &frame),
		 0);
	CHECK_EQ(region_frame_offset(&regions, frame), 2 * LARGE_SIZE + PAGE_SIZE);
	destroy(region);
	while (count)
		buddy_give(&memory.buddy, held[--count]);
	check_all_back();
}

static void large_frames_are_kept_and_cleared_and_given_up(void)
{
	const struct region_frame *frame;
	unsigned int cleared;
	int all, small;

	start();
	CHECK_EQ(memory.kept_count, 1);
	cleared = kernel_cleared;
	all = region_create(&regions, memory_available(&memory), 0, 0);
	for (uint64_t at = 0; at < regions.region[all].size; at += LARGE_SIZE)
		CHECK_EQ(region_populate(&regions, (uint64_t)all, at, &frame), 0);
	CHECK_EQ(kernel_cleared, cleared); /* fresh blocks were enough */
	destroy(all);
	CHECK_EQ(memory.kept_count, KEPT);
	all = region_create(&regions, memory_available(&memory), 0, 0);
	for (uint64_t at = 0; at < regions.region[all].size; at += LARGE_SIZE)
		CHECK_EQ(region_populate(&regions, (uint64_t)all, at, &frame), 0);
	CHECK(kernel_cleared > cleared);
	destroy(all);
	/* Pages need what is kept: nothing that counts as free is out of their reach. */
	small = region_create(&regions, memory_available(&memory), 0, SELKIE_REGION_SMALL);
	for (uint64_t at = 0; at < regions.region[small].size; at += 8 * PAGE_SIZE)
		CHECK_EQ(region_populate(&regions, (uint64_t)small, at, &frame), 0);
	destroy(small);
	check_all_back();
}

static void random_regions_come_back_exactly(void)
{
	static int live[40];
	unsigned int count = 0;

	start();
	srand(2);
	for (unsigned int round = 0; round < 3000; round++) {
		const struct region_frame *frame;

		kernel_fail_after = rand() % 10 ? 0 : 1 + (unsigned int)rand() % 6;
		if (rand() % 8 == 0 && count < 40) {
			uint64_t size = (1 + (uint64_t)rand() % 1500) * PAGE_SIZE;
			int region =
				region_create(&regions, size, (uint64_t)rand() % 512 * PAGE_SIZE,
					      (uint64_t)rand() % 4);

			if (region >= 0)
				live[count++] = region;
		} else if (rand() % 12 == 0 && count) {
			unsigned int which = (unsigned int)rand() % count;

			destroy(live[which]);
			live[which] = live[--count];
		} else if (count) {
			int region = live[(unsigned int)rand() % count];
			uint64_t size = regions.region[region].size;
			int err = region_populate(&regions, (uint64_t)region,
						  (uint64_t)rand() * PAGE_SIZE % size, &frame);

			CHECK(err == 0 || err == -ENOMEM);
			CHECK(regions.region[region].promised <= size);
		}
	}
	kernel_fail_after = 0;
	while (count)
		destroy(live[--count]);
	check_all_back();
}

int main(void)
{
	unit_run("whole chunks are large and the rest is pages",
		 whole_chunks_are_large_and_the_rest_is_pages);
	unit_run("what does not fit is refused when it is created",
		 what_does_not_fit_is_refused_when_it_is_created);
	unit_run("bad regions are refused", bad_regions_are_refused);
	unit_run("a slot must not cut or shift a large frame",
		 a_slot_must_not_cut_or_shift_a_large_frame);
	unit_run("destruction is bounded and refused while in use",
		 destruction_is_bounded_and_refused_while_in_use);
	unit_run("a large frame replaces an empty table", a_large_frame_replaces_an_empty_table);
	unit_run("fragmented memory is given in pages", fragmented_memory_is_given_in_pages);
	unit_run("large frames are kept, cleared, and given up",
		 large_frames_are_kept_and_cleared_and_given_up);
	unit_run("random regions come back exactly", random_regions_come_back_exactly);
	return unit_done();
}
