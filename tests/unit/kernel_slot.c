// SPDX-License-Identifier: BSD-2-Clause
/*
 * The bundled kernel's derivation list against a model that keeps a parent for every cap: random
 * copies, mints, moves, swaps and deletions must leave the same descendants on both sides.
 */
// unit-sources: kernel/core/slot.c kernel/core/cap.c
// unit-cflags: -Ikernel/include
#include "cspace.h"

#include <stdlib.h>

#include "arch.h"
#include "unit.h"

#define SLOT_COUNT 24
#define STEP_COUNT 20000
#define NOBODY -1

static struct slot slots[SLOT_COUNT] __attribute__((aligned(32)));
static int parent[SLOT_COUNT];

/* No arch caps here. */
enum error arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *out)
{
	return OK;
}

struct cap arch_cap_mask_rights(struct cap cap, u32 rights)
{
	return cap;
}

struct cap arch_cap_set_data(struct cap cap, u64 data, bool preserve)
{
	return cap;
}

bool arch_cap_is_revocable(struct cap copy, struct cap from)
{
	return false;
}

bool arch_cap_same_region(struct cap a, struct cap b)
{
	return false;
}

bool arch_cap_same_object(struct cap a, struct cap b)
{
	return false;
}

static void reset(void)
{
	int i;

	for (i = 0; i < SLOT_COUNT; i++) {
		slots[i] = (struct slot){ 0 };
		parent[i] = NOBODY;
	}
	slot_init(&slots[0], cap_make(CAP_ENDPOINT, 0x1000, 0, RIGHTS_ALL, 0));
}

static bool descends(int slot, int ancestor)
{
	for (slot = parent[slot]; slot != NOBODY; slot = parent[slot])
		if (slot == ancestor)
			return true;
	return false;
}

/*
 * The list's view: successors up to the first that is no child. Each is made the direct successor
 * for a moment to ask.
 */
static u32 list_descendants(int ancestor)
{
	struct slot *slot = &slots[ancestor];
	u32 set = 0;

	while (slot_next(slot)) {
		struct slot saved = slots[ancestor];
		bool is_child;

		slot = slot_next(slot);
		slots[ancestor].next = (u64)slot | (saved.next & SLOT_FLAGS);
		is_child = slot_has_children(&slots[ancestor]);
		slots[ancestor] = saved;
		if (!is_child)
			break;
		set |= 1u << (slot - slots);
	}
	return set;
}

static u32 model_descendants(int ancestor)
{
	u32 set = 0;
	int i;

	for (i = 0; i < SLOT_COUNT; i++)
		if (!slot_is_empty(&slots[i]) && descends(i, ancestor))
			set |= 1u << i;
	return set;
}

static bool agrees(void)
{
	int i;

	for (i = 0; i < SLOT_COUNT; i++)
		if (!slot_is_empty(&slots[i]) && list_descendants(i) != model_descendants(i))
			return false;
	return true;
}

static void rename_parents(int from, int to)
{
	int i;

	for (i = 0; i < SLOT_COUNT; i++)
		if (parent[i] == from)
			parent[i] = to;
}

static void copy(int from, int to, u64 badge)
{
	struct cap cap = slots[from].cap;

	if (badge && cap.w1 == 0)
		cap.w1 = badge;
	parent[to] = slots[from].next & SLOT_REVOCABLE ? from : parent[from];
	slot_insert(&slots[from], &slots[to], cap);
}

static void move(int from, int to)
{
	slot_move(&slots[from], &slots[to], slots[from].cap);
	parent[to] = parent[from];
	parent[from] = NOBODY;
	rename_parents(from, to);
}

static void swap(int a, int b)
{
	int kept;

	slot_swap(&slots[a], slots[a].cap, &slots[b], slots[b].cap);
	rename_parents(a, SLOT_COUNT);
	rename_parents(b, a);
	rename_parents(SLOT_COUNT, b);
	kept = parent[a];
	parent[a] = parent[b];
	parent[b] = kept;
}

static void erase(int slot)
{
	rename_parents(slot, parent[slot]);
	parent[slot] = NOBODY;
	slot_remove(&slots[slot]);
}

static void random_steps_agree_with_the_model(void)
{
	u32 step;

	reset();
	srand(7);
	for (step = 0; step < STEP_COUNT; step++) {
		int a = rand() % SLOT_COUNT, b = rand() % SLOT_COUNT;

		if (a == b || slot_is_empty(&slots[a]))
			continue;
		switch (rand() % 6) {
		case 0:
		case 1:
			if (slot_is_empty(&slots[b]))
				copy(a, b, rand() % 4);
			break;
		case 2:
			if (slot_is_empty(&slots[b]))
				move(a, b);
			break;
		case 3:
			if (!slot_is_empty(&slots[b]))
				swap(a, b);
			break;
		default:
			/* the original stays: without it the family has no head */
			if (parent[a] != NOBODY)
				erase(a);
		}
		if (!agrees())
			break;
	}
	CHECK_EQ(step, STEP_COUNT);
}

static void the_last_cap_is_final(void)
{
	reset();
	copy(0, 1, 0);
	copy(0, 2, 5);
	CHECK_EQ(slot_is_final(&slots[0]), false);
	CHECK_EQ(slot_is_final(&slots[1]), false);
	erase(1);
	erase(2);
	CHECK_EQ(slot_is_final(&slots[0]), true);
}

int main(void)
{
	unit_run("random steps agree with the model", random_steps_agree_with_the_model);
	unit_run("the last cap is final", the_last_cap_is_final);
	return unit_done();
}
