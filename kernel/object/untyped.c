// SPDX-License-Identifier: BSD-2-Clause
/*
 * Untyped memory: Retype turns the free part of a region into objects whose caps are the region
 * cap's children. A region without children is cleared and used again from its start; clearing can
 * be preempted, and goes on where it stopped because the cap's free offset says how far it got.
 */

#include "decode.h"

#include "arch.h"
#include "cspace.h"
#include "print.h"

#define CLEAR_CHUNK_BITS 14	/* at most this much is cleared at once */
#define CLEAR_UNIT_BITS 8	/* this much is one unit of work */

struct retype {
	u64 type;
	u64 user_bits;		/* as given: radix, size, or ignored */
	u32 bits;		/* the object's */
	u64 count;
	struct slot *dest;	/* first of `count` empty slots */
	bool reset;		/* no children: the region starts over */
};

/* Size in bits that type has with this argument; more than UNTYPED_MAX_BITS if it is nonsense. */
static u64 object_bits(u64 type, u64 user_bits)
{
	switch (type) {
	case OBJECT_UNTYPED:
	case OBJECT_SCHED_CONTEXT:
		return user_bits;
	case OBJECT_TCB:
		return TCB_BITS;
	case OBJECT_ENDPOINT:
		return ENDPOINT_BITS;
	case OBJECT_NOTIFICATION:
		return NOTIFICATION_BITS;
	case OBJECT_CNODE:
		return SLOT_BITS + user_bits;
	case OBJECT_REPLY:
		return REPLY_BITS;
	default:
		return arch_object_bits(type);
	}
}

static struct cap create_object(const struct retype *r, kva_t at, bool device)
{
	switch (r->type) {
	case OBJECT_UNTYPED:
		return cap_make(CAP_UNTYPED, at, r->bits, device ? UNTYPED_DEVICE : 0, 0);
	case OBJECT_TCB:
		arch_tcb_init((struct tcb *)at);
		((struct tcb *)at)->domain = this_core()->domain;
		return cap_make(CAP_TCB, at, 0, 0, 0);
	case OBJECT_ENDPOINT:
		return cap_make(CAP_ENDPOINT, at, 0, RIGHTS_ALL, 0);
	case OBJECT_NOTIFICATION:
		return cap_make(CAP_NOTIFICATION, at, 0, RIGHT_READ | RIGHT_WRITE, 0);
	case OBJECT_CNODE:
		return cap_make(CAP_CNODE, at, r->user_bits, 0, 0);
	case OBJECT_SCHED_CONTEXT:
		return cap_make(CAP_SCHED_CONTEXT, at, r->bits, 0, 0);
	case OBJECT_REPLY:
		return cap_make(CAP_REPLY, at, 0, RIGHT_GRANT, 0);
	default:
		return arch_object_create(r->type, at, device);
	}
}

/* Clear from the end of the used part downwards, so that the free offset is always true. */
static enum error reset(struct slot *slot)
{
	struct cap cap = slot->cap;
	u32 unit_bits = cap_bits(cap) < CLEAR_UNIT_BITS ? cap_bits(cap) : CLEAR_UNIT_BITS;
	u64 used = (cap.w1 + MASK(unit_bits)) & ~MASK(unit_bits);

	if (cap_flags(cap) & UNTYPED_DEVICE)
		used = 0;
	while (used) {
		u64 size = used - ((used - 1) & ~MASK(CLEAR_CHUNK_BITS));
		enum error err;

		used -= size;
		arch_clear_memory(cap_object(cap) + used, size);
		slot->cap.w1 = used;
		err = preemption_point_after((size + MASK(CLEAR_UNIT_BITS)) >> CLEAR_UNIT_BITS);
		if (err)
			return err;
	}
	slot->cap.w1 = 0;
	return OK;
}

static enum error commit(struct slot *slot, const struct retype *r)
{
	bool device = cap_flags(slot->cap) & UNTYPED_DEVICE;
	u64 offset, i;

	if (r->reset) {
		enum error err = reset(slot);

		if (err)
			return err;
	}
	offset = (slot->cap.w1 + MASK(r->bits)) & ~MASK(r->bits);
	slot->cap.w1 = offset + (r->count << r->bits);
	for (i = 0; i < r->count; i++) {
		kva_t at = cap_object(slot->cap) + offset + (i << r->bits);

		slot_insert_new(slot, &r->dest[i], create_object(r, at, device));
	}
	return OK;
}

static enum error check_type(struct invocation *inv, struct retype *r)
{
	u64 bits;

	r->type = inv_arg(inv, 0);
	r->user_bits = inv_arg(inv, 1);
	if (r->type >= OBJECT_TYPE_COUNT)
		return err_invalid_argument(0);
	bits = object_bits(r->type, r->user_bits);
	if (r->user_bits >= 64 || bits > UNTYPED_MAX_BITS)
		return err_range(0, UNTYPED_MAX_BITS);
	r->bits = bits;
	if ((r->type == OBJECT_CNODE && r->user_bits == 0) ||
	    (r->type == OBJECT_UNTYPED && r->user_bits < UNTYPED_MIN_BITS) ||
	    (r->type == OBJECT_SCHED_CONTEXT && r->user_bits < SCHED_CONTEXT_MIN_BITS))
		return err_invalid_argument(1);
	return OK;
}

static enum error check_destination(struct invocation *inv, struct retype *r)
{
	struct cap node = inv->extra[0]->cap;
	u64 depth = inv_arg(inv, 3);
	u64 offset = inv_arg(inv, 4);
	u64 node_size, i;

	r->count = inv_arg(inv, 5);
	if (depth != 0) {
		struct slot *slot;
		enum error err = cspace_lookup_target(node, inv_arg(inv, 2), depth, &slot);

		if (err)
			return err;
		node = slot->cap;
	}
	if (cap_type(node) != CAP_CNODE)
		return cspace_missing(false, depth);
	node_size = BIT(cap_bits(node));
	if (offset > node_size - 1)
		return err_range(0, node_size - 1);
	if (r->count < 1 || r->count > CONFIG_RETYPE_LIMIT)
		return err_range(1, CONFIG_RETYPE_LIMIT);
	if (r->count > node_size - offset)
		return err_range(1, node_size - offset);
	r->dest = (struct slot *)cap_ptr(node) + offset;
	for (i = 0; i < r->count; i++) {
		enum error err = slot_check_empty(&r->dest[i]);

		if (err)
			return err;
	}
	return OK;
}

static enum error check_memory(struct invocation *inv, struct retype *r)
{
	u64 free;

	r->reset = !slot_has_children(inv->slot);
	free = BIT(cap_bits(inv->cap)) - (r->reset ? 0 : inv->cap.w1);
	if (free >> r->bits < r->count)
		return err_not_enough_memory(free);
	if ((cap_flags(inv->cap) & UNTYPED_DEVICE) && r->type != OBJECT_UNTYPED &&
	    !arch_object_is_frame(r->type))
		return err_invalid_argument(1);
	return OK;
}

enum error untyped_decode(struct invocation *inv)
{
	struct retype r = { 0 };
	enum error err;

	if (inv->label != LABEL_UNTYPED_RETYPE)
		return err_illegal();
	if (inv->length < 6 || inv->extra_count < 1)
		return err_truncated();
	err = check_type(inv, &r);
	if (!err)
		err = check_destination(inv, &r);
	if (!err)
		err = check_memory(inv, &r);
	if (err)
		return err;
	return commit(inv->slot, &r);
}
