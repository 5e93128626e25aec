// SPDX-License-Identifier: BSD-2-Clause
/*
 * The derivation list: every slot in use, each derived cap right behind its parent and before the
 * parent's next sibling. Depth is not stored: whether b descends from a follows from the caps (does
 * b denote a part of what a denotes?) and the two flags in the slot.
 *
 * What always holds: an empty slot has no links; next and prev are each other's inverse.
 */

#include "arch.h"
#include "cspace.h"
#include "print.h"

static void set_next(struct slot *slot, const struct slot *next)
{
	slot->next = (u64)next | (slot->next & SLOT_FLAGS);
}

/* Make the neighbours that slot's links name point at it. */
static void attach(struct slot *slot)
{
	if (slot_prev(slot))
		set_next(slot_prev(slot), slot);
	if (slot_next(slot))
		slot_next(slot)->prev = (u64)slot;
}

static void put_after(struct slot *parent, struct slot *dest, struct cap cap, u64 flags)
{
	CHECK(slot_is_empty(dest));
	dest->cap = cap;
	dest->prev = (u64)parent;
	dest->next = (u64)slot_next(parent) | flags;
	attach(dest);
}

/* A copy that differs in badge, or stands for a part, is the original of its own family. */
static bool is_revocable(struct cap copy, struct cap from)
{
	if (cap_is_arch(copy))
		return arch_cap_is_revocable(copy, from);
	switch (cap_type(copy)) {
	case CAP_ENDPOINT:
	case CAP_NOTIFICATION:
		return copy.w1 != from.w1;
	case CAP_IRQ_HANDLER:
		return cap_type(from) == CAP_IRQ_CONTROL;
	case CAP_UNTYPED:
		return true;
	default:
		return false;
	}
}

void slot_insert(struct slot *parent, struct slot *dest, struct cap cap)
{
	struct cap from = parent->cap;
	bool revocable = is_revocable(cap, from);

	/* Two caps to the same untyped must not both hand out its memory: the parent is used up. */
	if (cap_type(from) == CAP_UNTYPED && cap_type(cap) == CAP_UNTYPED && from.w0 == cap.w0)
		parent->cap.w1 = BIT(cap_bits(from));
	put_after(parent, dest, cap, revocable ? SLOT_REVOCABLE | SLOT_FIRST_BADGED : 0);
}

void slot_insert_new(struct slot *parent, struct slot *dest, struct cap cap)
{
	put_after(parent, dest, cap, SLOT_REVOCABLE | SLOT_FIRST_BADGED);
}

static void clear(struct slot *slot)
{
	slot->cap = cap_null();
	slot->prev = 0;
	slot->next = 0;
}

void slot_move(struct slot *from, struct slot *to, struct cap cap)
{
	CHECK(slot_is_empty(to));
	*to = *from;
	to->cap = cap;
	clear(from);
	attach(to);
}

/* Links are re-read between the two halves: a and b may be neighbours. */
void slot_swap(struct slot *a, struct cap cap_a, struct slot *b, struct cap cap_b)
{
	struct slot old_a = *a;
	struct slot old_b;

	if (slot_prev(&old_a))
		set_next(slot_prev(&old_a), b);
	if (slot_next(&old_a))
		slot_next(&old_a)->prev = (u64)b;

	old_b = *b;
	*a = old_b;
	*b = old_a;
	a->cap = cap_b;
	b->cap = cap_a;
	if (slot_prev(&old_b))
		set_next(slot_prev(&old_b), a);
	if (slot_next(&old_b))
		slot_next(&old_b)->prev = (u64)a;
}

void slot_remove(struct slot *slot)
{
	struct slot *prev = slot_prev(slot);
	struct slot *next = slot_next(slot);

	if (prev)
		set_next(prev, next);
	if (next) {
		next->prev = (u64)prev;
		next->next |= slot->next & SLOT_FIRST_BADGED;
	}
	clear(slot);
}

static bool is_parent(const struct slot *parent, const struct slot *child)
{
	struct cap cap = parent->cap;

	if (!(parent->next & SLOT_REVOCABLE) || !cap_same_region(cap, child->cap))
		return false;
	switch (cap_type(cap)) {
	case CAP_ENDPOINT:
	case CAP_NOTIFICATION:
	case CAP_SMC:
		return cap.w1 == 0 ||
		       (cap.w1 == child->cap.w1 && !(child->next & SLOT_FIRST_BADGED));
	default:
		return true;
	}
}

bool slot_has_children(const struct slot *slot)
{
	const struct slot *next = slot_next(slot);

	return next && is_parent(slot, next);
}

bool slot_is_final(const struct slot *slot)
{
	const struct slot *prev = slot_prev(slot);
	const struct slot *next = slot_next(slot);

	if (prev && cap_same_object(prev->cap, slot->cap))
		return false;
	return !next || !cap_same_object(slot->cap, next->cap);
}
