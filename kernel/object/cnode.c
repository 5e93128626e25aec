// SPDX-License-Identifier: BSD-2-Clause
/*
 * CNode invocations: copying, moving, deleting and revoking the caps in slots. The first two words
 * of every message name the slot in the invoked CNode that is operated on.
 */

#include "arch.h"
#include "cspace.h"
#include "decode.h"
#include "ipc.h"

/* The new cap a Copy, Mint, Move or Mutate puts at the destination; CAP_NULL is refused. */
static enum error make_cap(struct invocation *inv, const struct slot *from, struct cap *out)
{
	struct cap cap = from->cap;

	switch (inv->label) {
	case LABEL_CNODE_COPY:
		if (inv->length < 5)
			return err_truncated();
		return cap_derive(from, cap_mask_rights(cap, inv_arg(inv, 4)), out);
	case LABEL_CNODE_MINT:
		if (inv->length < 6)
			return err_truncated();
		cap = cap_mask_rights(cap, inv_arg(inv, 4));
		return cap_derive(from, cap_set_data(cap, inv_arg(inv, 5), false), out);
	case LABEL_CNODE_MUTATE:
		if (inv->length < 5)
			return err_truncated();
		*out = cap_set_data(cap, inv_arg(inv, 4), true);
		return OK;
	default:
		*out = cap;
		return OK;
	}
}

static enum error decode_put(struct invocation *inv, struct slot *dest)
{
	struct slot *from;
	struct cap cap;
	enum error err;
	u64 depth;

	if (inv->length < 4 || inv->extra_count < 1)
		return err_truncated();
	err = slot_check_empty(dest);
	if (err)
		return err;
	depth = inv_arg(inv, 3);
	err = cspace_lookup_source(inv->extra[0]->cap, inv_arg(inv, 2), depth, &from);
	if (err)
		return err;
	if (slot_is_empty(from))
		return cspace_missing(true, depth);
	err = make_cap(inv, from, &cap);
	if (err)
		return err;
	if (cap_is_null(cap))
		return err_illegal();

	if (inv->label == LABEL_CNODE_MOVE || inv->label == LABEL_CNODE_MUTATE)
		slot_move(from, dest, cap);
	else
		slot_insert(from, dest, cap);
	return OK;
}

static enum error decode_rotate(struct invocation *inv, struct slot *dest)
{
	u64 pivot_data, pivot_depth, from_data, from_depth;
	struct slot *pivot, *from;
	struct cap pivot_cap, from_cap;
	enum error err;

	if (inv->length < 8 || inv->extra_count < 2)
		return err_truncated();
	pivot_data = inv_arg(inv, 2);
	pivot_depth = inv_arg(inv, 4);
	from_data = inv_arg(inv, 5);
	from_depth = inv_arg(inv, 7);
	err = cspace_lookup_source(inv->extra[1]->cap, inv_arg(inv, 6), from_depth, &from);
	if (err)
		return err;
	err = cspace_lookup_source(inv->extra[0]->cap, inv_arg(inv, 3), pivot_depth, &pivot);
	if (err)
		return err;
	if (pivot == from || pivot == dest)
		return err_illegal();
	if (from != dest) {
		err = slot_check_empty(dest);
		if (err)
			return err;
	}
	if (slot_is_empty(from))
		return cspace_missing(true, from_depth);
	if (slot_is_empty(pivot))
		return cspace_missing(false, pivot_depth);
	from_cap = cap_set_data(from->cap, from_data, true);
	pivot_cap = cap_set_data(pivot->cap, pivot_data, true);
	if (cap_is_null(from_cap) || cap_is_null(pivot_cap))
		return err_illegal();

	if (from == dest) {
		slot_swap(from, from_cap, pivot, pivot_cap);
	} else {
		slot_move(pivot, dest, pivot_cap);
		slot_move(from, pivot, from_cap);
	}
	return OK;
}

static enum error decode_cancel_badged_sends(const struct slot *slot)
{
	struct cap cap = slot->cap;

	if (cap_type(cap) != CAP_ENDPOINT || cap_flags(cap) != RIGHTS_ALL)
		return err_illegal();
	if (cap.w1)
		endpoint_cancel_badged_sends(cap_ptr(cap), cap.w1);
	return OK;
}

enum error cnode_decode(struct invocation *inv)
{
	struct slot *slot;
	enum error err;

	if (inv->label < LABEL_CNODE_REVOKE || inv->label > LABEL_CNODE_ROTATE)
		return err_illegal();
	if (inv->length < 2)
		return err_truncated();
	err = cspace_lookup_target(inv->cap, inv_arg(inv, 0), inv_arg(inv, 1), &slot);
	if (err)
		return err;

	switch (inv->label) {
	case LABEL_CNODE_REVOKE:
		return slot_revoke(slot);
	case LABEL_CNODE_DELETE:
		return slot_delete(slot);
	case LABEL_CNODE_CANCEL_BADGED_SENDS:
		return decode_cancel_badged_sends(slot);
	case LABEL_CNODE_ROTATE:
		return decode_rotate(inv, slot);
	default:
		return decode_put(inv, slot);
	}
}
