/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding slots (core/cspace.c) and changing them: derivation tree, insertion, move, delete,
 * revoke (core/slot.c, core/delete.c). On a failed lookup the reason is left in
 * this_core()->error.lookup.
 */
#pragma once

#include "cap.h"
#include "objects.h"
#include "types.h"

/* Slot that a whole word names in tcb's CSpace, or NULL. */
struct slot *cspace_lookup(const struct tcb *tcb, u64 cptr);
/*
 * Slot that (root, index, depth) names, as CNode operations and Retype address it; *out is set on
 * OK. FAILED_LOOKUP with the error filled in otherwise.
 */
enum error cspace_lookup_target(struct cap root, u64 index, u64 depth, struct slot **out);
enum error cspace_lookup_source(struct cap root, u64 index, u64 depth, struct slot **out);
/* FAILED_LOOKUP because the slot found is empty / only note that in the core's error. */
enum error cspace_missing(bool is_source, u64 bits_left);
void cspace_note_missing(void);
/* DELETE_FIRST unless the slot is free. */
enum error slot_check_empty(const struct slot *slot);
/* Slot into which a message's cap goes, from the receiver's IPC buffer; NULL if none is given. */
struct slot *cspace_receive_slot(struct tcb *tcb, struct ipc_buffer *buffer);

/* ---- slots ---- */

/* Put a copy/child of parent's cap into an empty slot: same object, right after the parent. */
void slot_insert(struct slot *parent, struct slot *dest, struct cap cap);
/* Put a freshly created object's original cap into an empty slot, as child of `parent`. */
void slot_insert_new(struct slot *parent, struct slot *dest, struct cap cap);
void slot_move(struct slot *from, struct slot *to, struct cap cap);
void slot_swap(struct slot *a, struct cap cap_a, struct slot *b, struct cap cap_b);
/* Delete one cap (and its object with the last). PREEMPTED: call again. */
enum error slot_delete(struct slot *slot);
/* The same for caps that cannot need preemption (IRQ handler's notification, TCB's own slots). */
void slot_delete_one(struct slot *slot);
enum error slot_revoke(struct slot *slot);
/* Unlink and clear, whatever the cap was: for core/delete.c. */
void slot_remove(struct slot *slot);
/* Would deleting it take more than a bounded moment? */
bool slot_is_long_delete(const struct slot *slot);
bool slot_has_children(const struct slot *slot);
bool slot_is_final(const struct slot *slot);

/* Derive a copy of cap (held in slot) for another slot; may refuse (children, zombies, ...). */
enum error cap_derive(const struct slot *slot, struct cap cap, struct cap *out);
struct cap cap_mask_rights(struct cap cap, u32 rights);
struct cap cap_set_data(struct cap cap, u64 data, bool preserve);
bool cap_same_object(struct cap a, struct cap b);
bool cap_same_region(struct cap a, struct cap b);
/* OK, or PREEMPTED if an interrupt waits and enough work has been done since the last poll. */
enum error preemption_point(void);
enum error preemption_point_after(u32 work_units);
