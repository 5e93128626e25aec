// SPDX-License-Identifier: BSD-2-Clause
/*
 * CNode invocations: copy, mint, move, mutate, rotate, delete; badges, guards and rights; how paths
 * are resolved, and what each refusal says.
 */
#include "harness.h"

#define BADGE_MAX (~0ul)

static seL4_Error move(seL4_CPtr dest, seL4_CPtr src)
{
	return seL4_CNode_Move(ROOT, dest, DEPTH, ROOT, src, DEPTH);
}

static seL4_Error mutate(seL4_CPtr dest, seL4_CPtr src, seL4_Word data)
{
	return seL4_CNode_Mutate(ROOT, dest, DEPTH, ROOT, src, DEPTH, data);
}

static seL4_Error rotate(seL4_CPtr dest, seL4_Word dest_badge, seL4_CPtr pivot,
			 seL4_Word pivot_badge, seL4_CPtr src)
{
	return seL4_CNode_Rotate(ROOT, dest, DEPTH, dest_badge, ROOT, pivot, DEPTH, pivot_badge,
				 ROOT, src, DEPTH);
}

/* The badge a notification cap signals with. */
static seL4_Word badge_of(seL4_CPtr notification, seL4_CPtr cap)
{
	seL4_Word badge = 0;

	seL4_Signal(cap);
	seL4_Poll(notification, &badge);
	return badge;
}

static void cnode_copy_and_mint(void)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr a = slot_new(), b = slot_new(), c = slot_new();

	SUCCEEDS("a cap can be copied to an empty slot", cap_copy(a, notification));
	FAILS("a copy to an occupied slot must delete it first", cap_copy(a, notification),
	      seL4_DeleteFirst);
	FAILS("a copy from an empty slot fails the lookup", cap_copy(b, c), seL4_FailedLookup);
	EQUAL("the failed lookup was the source", seL4_GetMR(0), 1);
	EQUAL("the failed lookup missed a capability", seL4_GetMR(1), seL4_MissingCapability);
	SUCCEEDS("mint gives an unbadged cap a badge",
		 cap_mint(b, notification, seL4_AllRights, 5));
	EQUAL("the minted cap signals its badge", badge_of(notification, b), 5);
	FAILS("a badged cap cannot get another badge", cap_mint(c, b, seL4_AllRights, 6),
	      seL4_IllegalOperation);
	SUCCEEDS("a badged cap can be copied", cap_copy(c, b));
	EQUAL("the copy of a badged cap has its badge", badge_of(notification, c), 5);
	REQUIRE(cap_delete(c));
	SUCCEEDS("a badge may have all 64 bits",
		 cap_mint(c, notification, seL4_AllRights, BADGE_MAX));
	EQUAL("all 64 bits of a badge arrive", badge_of(notification, c), BADGE_MAX);
	SUCCEEDS("a cap without badges is minted as it is",
		 cap_mint(slot_new(), seL4_CapInitThreadTCB, seL4_AllRights, 7));
}

static void cnode_rights(void)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr reader = with_rights(notification, seL4_CanRead);
	seL4_CPtr writer = with_rights(notification, seL4_CanWrite);
	seL4_Word badge = 77;

	seL4_Signal(reader);
	seL4_Poll(notification, &badge);
	EQUAL("a cap without the write right signals nothing", badge, 0);
	seL4_Signal(writer);
	EQUAL("a cap with the write right signals", (seL4_Poll(notification, &badge), badge), 0);
	REQUIRE(cap_mint(slot_new(), notification, seL4_AllRights, 3));
	SUCCEEDS("rights cannot grow back by copying", cap_copy(slot_new(), reader));
	seL4_Signal(copy_of(reader));
	seL4_Poll(notification, &badge);
	EQUAL("a copy with all rights has only those of its source", badge, 0);
	SUCCEEDS("an endpoint cap without rights can be made",
		 seL4_CNode_Copy(ROOT, slot_new(), DEPTH, ROOT, object_new(seL4_EndpointObject, 0),
				 DEPTH, seL4_NoRights));
}

static void cnode_move_and_mutate(void)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr copy = copy_of(notification), to = slot_new(), cnode;

	SUCCEEDS("a cap can be moved", move(to, copy));
	TRUE("the slot it came from is empty", slot_is_empty(copy));
	TRUE("the slot it went to is not", !slot_is_empty(to));
	FAILS("a move to an occupied slot must delete it first", move(notification, to),
	      seL4_DeleteFirst);
	FAILS("a move from an empty slot fails the lookup", move(slot_new(), copy),
	      seL4_FailedLookup);
	FAILS("a move onto itself must delete first", move(to, to), seL4_DeleteFirst);
	FAILS("mutate does not give a badge", mutate(copy, to, 9), seL4_IllegalOperation);
	FAILS("mutate to an occupied slot must delete it first", mutate(notification, to, 0),
	      seL4_DeleteFirst);
	FAILS("mutate of an empty slot fails the lookup", mutate(slot_new(), copy, 1),
	      seL4_FailedLookup);
	REQUIRE(cap_delete(to));
	cnode = object_new(seL4_CapTableObject, 4);
	SUCCEEDS("mutate gives a CNode cap a guard",
		 mutate(to, cnode, seL4_CNode_CapData_new(0, 60).words[0]));
	FAILS("a guard that leaves no room for the index is refused",
	      mutate(cnode, to, seL4_CNode_CapData_new(0, 61).words[0]), seL4_IllegalOperation);
	SUCCEEDS("a reply cap can be moved", move(slot_new(), object_new(seL4_ReplyObject, 0)));
	SUCCEEDS("an untyped cap can be moved",
		 move(slot_new(), object_new(seL4_UntypedObject, 12)));
}

static seL4_Word frame_at(seL4_CPtr slot)
{
	return seL4_ARM_Page_GetAddress(slot).paddr;
}

/* With frames: endpoint and notification caps refuse to be changed on the way. */
static void cnode_rotate(void)
{
	seL4_CPtr a = objects_new(seL4_ARM_SmallPageObject, 0, 2), b = a + 1, c = slot_new();
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_Word frame_a = frame_at(a), frame_b = frame_at(b);

	SUCCEEDS("rotate moves pivot to destination and source to pivot", rotate(c, 0, b, 0, a));
	TRUE("the source of a rotation is left empty", slot_is_empty(a));
	EQUAL("the pivot's cap is in the destination", frame_at(c), frame_b);
	EQUAL("the source's cap is in the pivot's slot", frame_at(b), frame_a);
	SUCCEEDS("rotate with source as destination swaps", rotate(c, 0, b, 0, c));
	EQUAL("the first of two swapped caps moved", frame_at(b), frame_b);
	EQUAL("the second of two swapped caps moved", frame_at(c), frame_a);
	FAILS("source and pivot must differ", rotate(a, 0, b, 0, b), seL4_IllegalOperation);
	FAILS("destination and pivot must differ", rotate(b, 0, b, 0, c), seL4_IllegalOperation);
	FAILS("a third destination must be empty", rotate(notification, 0, b, 0, c),
	      seL4_DeleteFirst);
	FAILS("an empty pivot fails the lookup", rotate(slot_new(), 0, a, 0, b), seL4_FailedLookup);
	EQUAL("an empty pivot does not count as source", seL4_GetMR(0), 0);
	FAILS("an empty source fails the lookup", rotate(slot_new(), 0, b, 0, a),
	      seL4_FailedLookup);
	FAILS("a notification cap does not rotate", rotate(a, 0, notification, 0, c),
	      seL4_IllegalOperation);
}

static void cnode_paths(void)
{
	seL4_CPtr outer = object_new(seL4_CapTableObject, 4), inner = slot_new();
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr inner_plain = object_new(seL4_CapTableObject, 4);
	seL4_CPtr empty = slot_new();

	/* outer[3] is a CNode cap with the 8-bit guard 0xa5. */
	REQUIRE(seL4_CNode_Mint(outer, 3, 4, ROOT, inner_plain, DEPTH, seL4_AllRights,
				seL4_CNode_CapData_new(0xa5, 8).words[0]));
	SUCCEEDS("a path leads through a guarded CNode",
		 seL4_CNode_Copy(outer, 0x3a57, 16, ROOT, notification, DEPTH, seL4_AllRights));
	SUCCEEDS("the slot a path names is the one the plain CNode has",
		 seL4_CNode_Copy(ROOT, inner, DEPTH, inner_plain, 7, 4, seL4_AllRights));
	FAILS("a wrong guard fails the lookup",
	      seL4_CNode_Copy(outer, 0x3a67, 16, ROOT, notification, DEPTH, seL4_AllRights),
	      seL4_FailedLookup);
	EQUAL("the failed lookup was the destination", seL4_GetMR(0), 0);
	EQUAL("the failed lookup was a guard mismatch", seL4_GetMR(1), seL4_GuardMismatch);
	EQUAL("twelve bits were left", seL4_GetMR(2), 12);
	EQUAL("the guard found is reported", seL4_GetMR(3), 0xa5);
	EQUAL("the guard's size is reported", seL4_GetMR(4), 8);
	FAILS("a path that ends within a CNode's index is a depth mismatch",
	      seL4_CNode_Delete(outer, 0x3a5, 14), seL4_FailedLookup);
	FAILS("a path too long for the slots it meets is a depth mismatch",
	      seL4_CNode_Delete(outer, 0x3a570, 20), seL4_FailedLookup);
	FAILS("depth 0 is out of range", seL4_CNode_Delete(outer, 0, 0), seL4_RangeError);
	EQUAL("the least depth is 1", seL4_GetMR(0), 1);
	EQUAL("the greatest depth is 64", seL4_GetMR(1), 64);
	FAILS("depth 65 is out of range", seL4_CNode_Delete(ROOT, 0, 65), seL4_RangeError);
	FAILS("a depth below the index is a depth mismatch", seL4_CNode_Delete(outer, 0, 3),
	      seL4_FailedLookup);
	EQUAL("a delete's lookup counts as destination", seL4_GetMR(0), 0);
	EQUAL("the lookup failed by depth", seL4_GetMR(1), seL4_DepthMismatch);
	EQUAL("three bits were left", seL4_GetMR(2), 3);
	EQUAL("four bits were found", seL4_GetMR(3), 4);
	FAILS("a source root that is no CNode is an invalid root",
	      seL4_CNode_Copy(ROOT, empty, DEPTH, notification, 0, 64, seL4_AllRights),
	      seL4_FailedLookup);
	EQUAL("the invalid root was the source's", seL4_GetMR(0), 1);
	EQUAL("the lookup reports an invalid root", seL4_GetMR(1), seL4_InvalidRoot);
	SUCCEEDS("deleting an empty slot succeeds", cap_delete(empty));
	SUCCEEDS("revoking an empty slot succeeds", cap_revoke(empty));
}

static void cnode_messages(void)
{
	seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

	FAILS("an unknown label is an illegal operation", raw_call(cnode, 1000, 0, 2),
	      seL4_IllegalOperation);
	FAILS("another object's label is an illegal operation", raw_call(cnode, TCBSuspend, 0, 2),
	      seL4_IllegalOperation);
	FAILS("one word is too few for delete", raw_call(cnode, CNodeDelete, 0, 1),
	      seL4_TruncatedMessage);
	seL4_SetMR(0, 1);
	seL4_SetMR(1, 4);
	FAILS("copy without its source is too short", raw_call(cnode, CNodeCopy, 0, 5),
	      seL4_TruncatedMessage);
	seL4_SetCap(0, ROOT);
	seL4_SetMR(0, 1);
	seL4_SetMR(1, 4);
	seL4_SetMR(2, endpoint);
	seL4_SetMR(3, DEPTH);
	FAILS("copy without its rights is too short", raw_call(cnode, CNodeCopy, 1, 4),
	      seL4_TruncatedMessage);
	FAILS("an invocation of an empty slot is an invalid capability",
	      seL4_CNode_Delete(slot_new(), 0, 4), seL4_InvalidCapability);
	EQUAL("the invalid capability is the service", seL4_GetMR(0), 0);
	FAILS("cancelling badged sends wants all rights",
	      seL4_CNode_CancelBadgedSends(ROOT, with_rights(endpoint, seL4_CanWrite), DEPTH),
	      seL4_IllegalOperation);
	FAILS("cancelling badged sends wants an endpoint cap",
	      seL4_CNode_CancelBadgedSends(ROOT, cnode, DEPTH), seL4_IllegalOperation);
	SUCCEEDS("cancelling on an endpoint without a queue succeeds",
		 seL4_CNode_CancelBadgedSends(ROOT, badged(endpoint, 4), DEPTH));
}

const struct test_group cnode_group = {
	"cnode", (void (*const[])(void)){cnode_copy_and_mint, cnode_rights, cnode_move_and_mutate,
					 cnode_rotate, cnode_paths, cnode_messages, NULL}};
