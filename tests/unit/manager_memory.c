// SPDX-License-Identifier: BSD-2-Clause
/*
 * The manager's memory book-keeping on a model of the kernel: slots, buddy allocator, arenas. What
 * counts is exactness: whatever happened in between, everything given back is everything there was.
 */
// unit-sources: manager/slots.c manager/buddy.c manager/memory.c manager/arena.c
#include "../../manager/arena.h"

#include "manager_kernel.h"

#define ROOTS 4u
#define BASE  0x60000000ull

static struct memory memory;
static cap_t next[CAP_SLOT_COUNT];
static struct buddy_block blocks[CAP_SLOT_COUNT];
static struct slots reserve;

static void start(uint32_t slot_count)
{
	kernel_reset();
	memset(&memory, 0, sizeof(memory));
	slots_init(&memory.slots, next, 16, 16 + slot_count);
	buddy_init(&memory.buddy, blocks, &memory.slots);
	for (cap_t i = 0; i < ROOTS; i++) {
		kernel_add_untyped(1 + i, BASE + i * LARGE_SIZE, LARGE_BITS);
		CHECK_EQ(buddy_add(&memory.buddy, 1 + i, BASE + i * LARGE_SIZE, LARGE_BITS), 0);
	}
}

static void check_all_back(uint32_t slot_count)
{
	CHECK_EQ(memory.buddy.free_bytes, ROOTS * LARGE_SIZE);
	CHECK_EQ(memory.slots.free_count, slot_count);
	CHECK_EQ(kernel_count(), ROOTS);
	for (cap_t i = 0; i < ROOTS; i++)
		CHECK_EQ(kernel_caps[1 + i].child_count, 0);
}

static void slots_are_counted_and_reserved_exactly(void)
{
	struct slots slots;

	slots_init(&slots, next, 10, 20);
	CHECK_EQ(slots.free_count, 10);
	CHECK_EQ(slots_reserve(&slots, &reserve, 11), -ENOMEM);
	CHECK_EQ(slots_reserve(&slots, &reserve, 4), 0);
	CHECK_EQ(slots.free_count, 6);
	CHECK_EQ(reserve.free_count, 4);
	for (int i = 0; i < 6; i++)
		CHECK(slots_take(&slots) != CAP_NONE);
	CHECK_EQ(slots_take(&slots), CAP_NONE);
	slots_give(&slots, CAP_NONE);
	CHECK_EQ(slots.free_count, 0);
}

static void a_block_is_where_the_kernel_puts_it(void)
{
	start(200);
	for (unsigned int order = PAGE_BITS; order <= LARGE_BITS; order++) {
		cap_t cap = buddy_take(&memory.buddy, order);

		if (!CHECK(cap != CAP_NONE))
			return;
		CHECK_EQ(buddy_base(&memory.buddy, cap), kernel_caps[cap].base);
		CHECK_EQ(kernel_caps[cap].bits, order);
		buddy_give(&memory.buddy, cap);
		check_all_back(200);
	}
}

static void a_block_at_an_address_is_that_block(void)
{
	cap_t a, b;

	start(200);
	a = buddy_take_at(&memory.buddy, BASE + LARGE_SIZE + 5 * PAGE_SIZE, PAGE_BITS);
	CHECK_EQ(kernel_caps[a].base, BASE + LARGE_SIZE + 5 * PAGE_SIZE);
	CHECK_EQ(buddy_take_at(&memory.buddy, BASE + LARGE_SIZE + 5 * PAGE_SIZE, PAGE_BITS),
		 CAP_NONE);
	CHECK_EQ(buddy_take_at(&memory.buddy, BASE + LARGE_SIZE, LARGE_BITS), CAP_NONE);
	b = buddy_take_at(&memory.buddy, BASE + 3 * LARGE_SIZE, LARGE_BITS);
	CHECK_EQ(kernel_caps[b].base, BASE + 3 * LARGE_SIZE);
	CHECK_EQ(buddy_take_at(&memory.buddy, BASE - LARGE_SIZE, LARGE_BITS), CAP_NONE);
	CHECK_EQ(buddy_take_at(&memory.buddy, BASE + ROOTS * LARGE_SIZE, PAGE_BITS), CAP_NONE);
	CHECK_EQ(buddy_take_at(&memory.buddy, BASE + 1, PAGE_BITS), CAP_NONE);
	buddy_give(&memory.buddy, a);
	buddy_give(&memory.buddy, b);
	check_all_back(200);
}

static void a_request_that_runs_out_of_slots_or_memory_leaves_no_trace(void)
{
	for (uint32_t slot_count = 0; slot_count < 18; slot_count++) {
		start(slot_count);
		CHECK_EQ(buddy_take(&memory.buddy, PAGE_BITS), CAP_NONE);
		check_all_back(slot_count);
	}
	for (unsigned int n = 1; n <= 18; n++) {
		start(100);
		kernel_fail_after = n;
		CHECK_EQ(buddy_take(&memory.buddy, PAGE_BITS), CAP_NONE);
		kernel_fail_after = 0;
		check_all_back(100);
	}
	start(100);
	CHECK_EQ(buddy_take(&memory.buddy, LARGE_BITS + 1), CAP_NONE);
}

static void misplaced_untypeds_are_refused(void)
{
	start(10);
	CHECK_EQ(buddy_add(&memory.buddy, 9, BASE + PAGE_SIZE, LARGE_BITS), -EINVAL);
	CHECK_EQ(buddy_add(&memory.buddy, 9, BASE, PAGE_BITS - 1), -EINVAL);
	CHECK_EQ(buddy_add(&memory.buddy, 9, 0, BUDDY_ORDER_MAX + 1), -EINVAL);
	CHECK_EQ(memory_add(&memory, 9, BASE + LARGE_SIZE, LARGE_BITS + 1), -EINVAL);
}

static void promised_memory_is_not_given_to_others(void)
{
	start(200);
	memory.promised = ROOTS * LARGE_SIZE - PAGE_SIZE;
	CHECK_EQ(memory_take(&memory, LARGE_BITS), CAP_NONE);
	CHECK(memory_take(&memory, PAGE_BITS) != CAP_NONE);
	CHECK_EQ(memory_take(&memory, PAGE_BITS), CAP_NONE);
}

/* Two untypeds above 2 MiB, of which nothing is cut off yet, the larger one first. */
static void start_uncut(void)
{
	start(200);
	kernel_add_untyped(5, BASE + 8 * LARGE_SIZE, LARGE_BITS + 3);
	kernel_add_untyped(6, BASE + 4 * LARGE_SIZE, LARGE_BITS + 2);
	CHECK_EQ(memory_add(&memory, 5, BASE + 8 * LARGE_SIZE, LARGE_BITS + 3), 0);
	CHECK_EQ(memory_add(&memory, 6, BASE + 4 * LARGE_SIZE, LARGE_BITS + 2), 0);
}

static void large_untypeds_are_cut_when_they_are_needed(void)
{
	uint64_t free_bytes, seen = 0;
	uint32_t slots;

	start_uncut();
	CHECK_EQ(memory.buddy.free_bytes, 16 * LARGE_SIZE);
	free_bytes = memory.buddy.free_bytes;
	slots = memory.slots.free_count;
	for (unsigned int i = 0; i < 16; i++) {
		cap_t cap = memory_take(&memory, LARGE_BITS);

		if (!CHECK(cap != CAP_NONE))
			return;
		CHECK_EQ(buddy_base(&memory.buddy, cap), kernel_caps[cap].base);
		CHECK_EQ(kernel_caps[5].child_count > 0, i >= ROOTS + 4);
		CHECK_EQ(kernel_caps[6].child_count > 0, i >= ROOTS);
		free_bytes -= LARGE_SIZE;
		CHECK_EQ(memory.buddy.free_bytes, free_bytes);
		seen |= 1ull << (kernel_caps[cap].base - BASE) / LARGE_SIZE;
	}
	CHECK_EQ(seen, 0xffff);
	CHECK_EQ(memory.slots.free_count, slots);
	CHECK_EQ(memory_take(&memory, PAGE_BITS), CAP_NONE);
}

static void what_was_scrubbed_before_is_cut_as_well(void)
{
	start_uncut();
	kernel_scrubbed = memory.uncut[memory.uncut_count - 1].blocks;
	CHECK_EQ(cap_retype(6, CAP_UNTYPED, LARGE_BITS, kernel_scrubbed), 0);
	memory.unscrubbed--;
	for (unsigned int i = 0; i < 16; i++) {
		cap_t cap = memory_take(&memory, LARGE_BITS);

		CHECK_EQ(buddy_base(&memory.buddy, cap), kernel_caps[cap].base);
	}
	CHECK_EQ(memory.buddy.free_bytes, 0);
}

/* A frame from what has been scrubbed costs nothing, from a kept one clearing, from the rest a
 * stall. */
static void kept_frames_are_used_between_scrubbed_and_other_memory(void)
{
	cap_t untyped[ROOTS + 4 + 1], frame = 100;

	start_uncut();
	memory.unscrubbed--;
	slots_init(&memory.kept_slots, next, 300, 310);
	kernel_cleared = 0;
	untyped[0] = memory_take_frame(&memory, LARGE_BITS, true, frame);
	memory_give_frame(&memory, untyped[0], frame, LARGE_BITS);
	CHECK_EQ(memory.kept_count, 1);
	for (unsigned int i = 0; i < ROOTS + 4 - 1; i++) {
		untyped[i] = memory_take_frame(&memory, LARGE_BITS, true, frame + i);
		CHECK_EQ(kernel_cleared, 0);
	}
	untyped[ROOTS + 3] = memory_take_frame(&memory, LARGE_BITS, true, frame + ROOTS + 3);
	CHECK_EQ(kernel_cleared, 1);
	CHECK_EQ(kernel_caps[5].child_count, 0);
	untyped[ROOTS + 4] = memory_take_frame(&memory, LARGE_BITS, true, frame + ROOTS + 4);
	CHECK_EQ(kernel_cleared, 1);
	CHECK(kernel_caps[5].child_count > 0);
	CHECK(untyped[ROOTS + 4] != CAP_NONE);
}

static void an_untyped_that_cannot_be_cut_is_not_counted(void)
{
	start_uncut();
	for (unsigned int i = 0; i < ROOTS; i++)
		memory_take(&memory, LARGE_BITS);
	kernel_fail_after = 3;
	CHECK(memory_take(&memory, LARGE_BITS) != CAP_NONE);
	CHECK_EQ(memory.buddy.free_bytes, (8 + 1) * LARGE_SIZE);
	CHECK(memory_take(&memory, LARGE_BITS) != CAP_NONE);
	CHECK(memory_take(&memory, LARGE_BITS) != CAP_NONE);
	CHECK_EQ(memory.buddy.free_bytes, 7 * LARGE_SIZE);
}

static void an_arena_knows_where_its_objects_are_and_returns_all(void)
{
	static const enum cap_type types[] = {
		CAP_PAGE, CAP_REPLY, CAP_VSPACE, CAP_ENDPOINT, CAP_TCB, CAP_VCPU, CAP_NOTIFICATION,
	};
	struct arena arena;

	start(300);
	arena_init(&arena, &memory, &memory.slots, 16);
	for (unsigned int i = 0; i < 60; i++) {
		pa_t base;
		cap_t cap = arena_make(&arena, types[i % 7], 0, &base);

		if (!CHECK(cap != CAP_NONE))
			break;
		CHECK_EQ(base, kernel_caps[cap].base);
	}
	CHECK_EQ(arena_make(&arena, CAP_LARGE_PAGE, 0, NULL), CAP_NONE);
	/* A foreign cap, which revoking the chunks does not reach. */
	CHECK_EQ(cap_copy(1, arena_slot(&arena)), 0);
	arena_destroy(&arena);
	check_all_back(300);
}

static void random_work_comes_back_exactly(void)
{
	static cap_t held[256];
	static struct arena arenas[4];
	unsigned int count = 0;

	srand(1);
	start(3000);
	for (unsigned int i = 0; i < 4; i++)
		arena_init(&arenas[i], &memory, &memory.slots, 14 + i % 3);
	for (unsigned int round = 0; round < 4000; round++) {
		unsigned int what = (unsigned int)rand() % 8, i = (unsigned int)rand() % 4;

		kernel_fail_after = rand() % 16 ? 0 : 1 + (unsigned int)rand() % 10;
		if (what < 3 && count < 256) {
			cap_t cap = memory_take(&memory, PAGE_BITS + (unsigned int)rand() % 10);

			if (cap != CAP_NONE)
				held[count++] = cap;
		} else if (what < 5 && count) {
			unsigned int which = (unsigned int)rand() % count;

			buddy_give(&memory.buddy, held[which]);
			held[which] = held[--count];
		} else if (what < 7) {
			arena_make(&arenas[i], rand() % 2 ? CAP_PAGE : CAP_REPLY, 0, NULL);
		} else {
			arena_destroy(&arenas[i]);
		}
	}
	kernel_fail_after = 0;
	for (unsigned int i = 0; i < 4; i++)
		arena_destroy(&arenas[i]);
	while (count)
		buddy_give(&memory.buddy, held[--count]);
	check_all_back(3000);
}

int main(void)
{
	unit_run("slots are counted and reserved exactly", slots_are_counted_and_reserved_exactly);
	unit_run("a block is where the kernel puts it", a_block_is_where_the_kernel_puts_it);
	unit_run("a block at an address is that block", a_block_at_an_address_is_that_block);
	unit_run("a request that runs out of slots or memory leaves no trace",
		 a_request_that_runs_out_of_slots_or_memory_leaves_no_trace);
	unit_run("misplaced untypeds are refused", misplaced_untypeds_are_refused);
	unit_run("promised memory is not given to others", promised_memory_is_not_given_to_others);
	unit_run("large untypeds are cut when they are needed",
		 large_untypeds_are_cut_when_they_are_needed);
	unit_run("what was scrubbed before is cut as well",
		 what_was_scrubbed_before_is_cut_as_well);
	unit_run("kept frames are used between scrubbed and other memory",
		 kept_frames_are_used_between_scrubbed_and_other_memory);
	unit_run("an untyped that cannot be cut is not counted",
		 an_untyped_that_cannot_be_cut_is_not_counted);
	unit_run("an arena knows where its objects are and returns all",
		 an_arena_knows_where_its_objects_are_and_returns_all);
	unit_run("random work comes back exactly", random_work_comes_back_exactly);
	return unit_done();
}
