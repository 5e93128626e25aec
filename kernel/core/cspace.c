// SPDX-License-Identifier: BSD-2-Clause
/*
 * Finding a slot by its address in a CSpace: a tree of CNodes, each of which eats a guard and an
 * index from the top of what is left of the address. Every system call starts here.
 */

#include "cspace.h"

#include "core.h"
#include "invocation.h"

#define WORD_BITS 64

static struct slot *fail(enum lookup_failure_type type, u32 bits_left, u32 bits_found, u64 guard)
{
	this_core()->error.lookup = (struct lookup_failure){
		.type = type, .bits_left = bits_left, .bits_found = bits_found, .guard = guard,
	};
	return NULL;
}

/* Walk down until the address is used up or a slot holds no CNode; *bits becomes what is left. */
static struct slot *resolve(struct cap node, u64 address, u32 *bits)
{
	u32 left = *bits;

	if (unlikely(cap_type(node) != CAP_CNODE))
		return fail(LOOKUP_INVALID_ROOT, 0, 0, 0);
	for (;;) {
		u32 guard_size = cnode_guard_size(node);
		u32 level_bits = guard_size + cap_bits(node);
		struct slot *slot;
		u64 found = 0;

		if (guard_size)
			found = address >> ((left - guard_size) % WORD_BITS) & MASK(guard_size);
		if (unlikely(guard_size > left || found != cnode_guard(node)))
			return fail(LOOKUP_GUARD_MISMATCH, left, guard_size, cnode_guard(node));
		if (unlikely(level_bits > left))
			return fail(LOOKUP_DEPTH_MISMATCH, left, level_bits, 0);

		left -= level_bits;
		slot = (struct slot *)cap_ptr(node) + (address >> left & MASK(cap_bits(node)));
		node = slot->cap;
		if (!left || cap_type(node) != CAP_CNODE) {
			*bits = left;
			return slot;
		}
	}
}

struct slot *cspace_lookup(const struct tcb *tcb, u64 cptr)
{
	u32 bits = WORD_BITS;

	return resolve(tcb->slots[TCB_CSPACE].cap, cptr, &bits);
}

static enum error lookup(struct cap root, u64 index, u64 depth, bool is_source, struct slot **out)
{
	struct slot *slot;
	u32 bits;

	if (unlikely(cap_type(root) != CAP_CNODE)) {
		fail(LOOKUP_INVALID_ROOT, 0, 0, 0);
		return err_failed_lookup(is_source);
	}
	if (unlikely(depth < 1 || depth > WORD_BITS))
		return err_range(1, WORD_BITS);
	bits = depth;
	slot = resolve(root, index, &bits);
	if (slot && bits)
		slot = fail(LOOKUP_DEPTH_MISMATCH, bits, 0, 0);
	if (!slot)
		return err_failed_lookup(is_source);
	*out = slot;
	return OK;
}

enum error cspace_lookup_target(struct cap root, u64 index, u64 depth, struct slot **out)
{
	return lookup(root, index, depth, false, out);
}

enum error cspace_lookup_source(struct cap root, u64 index, u64 depth, struct slot **out)
{
	return lookup(root, index, depth, true, out);
}

enum error cspace_missing(bool is_source, u64 bits_left)
{
	fail(LOOKUP_MISSING_CAPABILITY, bits_left, 0, 0);
	return err_failed_lookup(is_source);
}

void cspace_note_missing(void)
{
	fail(LOOKUP_MISSING_CAPABILITY, 0, 0, 0);
}

enum error slot_check_empty(const struct slot *slot)
{
	return slot_is_empty(slot) ? OK : DELETE_FIRST;
}

struct slot *cspace_receive_slot(struct tcb *tcb, struct ipc_buffer *buffer)
{
	const volatile struct ipc_buffer *words = buffer;
	struct slot *root, *slot = NULL;

	root = cspace_lookup(tcb, words->receive_cnode);
	if (!root)
		return NULL;
	if (cspace_lookup_target(root->cap, words->receive_index, words->receive_depth, &slot))
		return NULL;
	return slot_is_empty(slot) ? slot : NULL;
}
