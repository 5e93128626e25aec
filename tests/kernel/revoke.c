// SPDX-License-Identifier: BSD-2-Clause
/*
 * Capability derivation: what revoke takes and what it leaves, deletion of objects in use, CNodes
 * that contain themselves, and threads that delete what they stand on.
 */
#include "harness.h"

static void revoke_derivation(void)
{
	seL4_CPtr original = object_new(seL4_EndpointObject, 0);
	seL4_CPtr copy = copy_of(original);
	seL4_CPtr one = badged(original, 1), two = badged(original, 2);
	seL4_CPtr one_copy = copy_of(one);

	SUCCEEDS("revoking a badged cap succeeds", cap_revoke(one));
	TRUE("revoking a badged cap takes its copies", slot_is_empty(one_copy));
	TRUE("another badge is untouched", !slot_is_empty(two));
	SUCCEEDS("revoking a copy succeeds", cap_revoke(copy));
	TRUE("revoking a copy leaves the original", !slot_is_empty(original));
	TRUE("revoking a copy leaves badged caps", !slot_is_empty(one));
	SUCCEEDS("revoking the original succeeds", cap_revoke(original));
	TRUE("revoking the original keeps it", !slot_is_empty(original));
	TRUE("revoking the original takes copies", slot_is_empty(copy));
	TRUE("revoking the original takes every badge",
	     slot_is_empty(one) && slot_is_empty(two) && slot_is_empty(one_copy));
}

static void revoke_after_delete(void)
{
	seL4_CPtr untyped = object_new(seL4_UntypedObject, 14);
	seL4_CPtr endpoint = slot_new(), copy, badge;

	REQUIRE(retype(untyped, seL4_EndpointObject, 0, endpoint, 1));
	copy = copy_of(endpoint);
	badge = badged(endpoint, 3);
	REQUIRE(cap_delete(endpoint));
	TRUE("deleting the original leaves its copies", !slot_is_empty(copy));
	seL4_NBSend(badge, seL4_MessageInfo_new(0, 0, 0, 0));
	FAILS("the object lives while a copy does",
	      retype(untyped, seL4_UntypedObject, 14, slot_new(), 1), seL4_NotEnoughMemory);
	SUCCEEDS("revoking the untyped takes orphaned copies", cap_revoke(untyped));
	TRUE("orphaned copies are gone", slot_is_empty(copy) && slot_is_empty(badge));
	SUCCEEDS("then all of its memory is free",
		 retype(untyped, seL4_UntypedObject, 14, slot_new(), 1));
}

static void revoke_tree(void)
{
	seL4_CPtr top = object_new(seL4_UntypedObject, 18);
	seL4_CPtr level = top, first_child = slots_new(5), leaves = slots_new(5);
	bool empty = true;

	for (seL4_CPtr i = 0; i < 5; i++) {
		REQUIRE(retype(level, seL4_UntypedObject, 17 - i, first_child + i, 1));
		REQUIRE(retype(level, seL4_TCBObject, 0, leaves + i, 1));
		level = first_child + i;
	}
	SUCCEEDS("a tree of untypeds can be revoked from the middle", cap_revoke(first_child + 1));
	for (seL4_CPtr i = 2; i < 5; i++)
		empty &= slot_is_empty(first_child + i) && slot_is_empty(leaves + i);
	TRUE("everything below is gone", empty);
	TRUE("the cap itself and everything above stay",
	     !slot_is_empty(first_child + 1) && !slot_is_empty(first_child) &&
		     !slot_is_empty(leaves + 1) && !slot_is_empty(leaves));
	SUCCEEDS("the top can be revoked", cap_revoke(top));
	TRUE("then nothing is left",
	     slot_is_empty(first_child) && slot_is_empty(leaves) && slot_is_empty(leaves + 1));
	SUCCEEDS("a hundred and more copies can be revoked at once", ({
			 seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

			 for (int i = 0; i < 300; i++)
				 copy_of(endpoint);
			 cap_revoke(endpoint);
		 }));
}

static void revoke_move_keeps_derivation(void)
{
	seL4_CPtr original = object_new(seL4_EndpointObject, 0);
	seL4_CPtr child = badged(original, 1), moved_original = slot_new(), moved = slot_new();

	REQUIRE(seL4_CNode_Move(ROOT, moved, DEPTH, ROOT, child, DEPTH));
	REQUIRE(seL4_CNode_Move(ROOT, moved_original, DEPTH, ROOT, original, DEPTH));
	SUCCEEDS("a moved cap can be revoked", cap_revoke(moved_original));
	TRUE("a moved child is still a child", slot_is_empty(moved));
	original = object_new(seL4_ARM_SmallPageObject, 0);
	child = copy_of(original);
	moved = copy_of(original);
	REQUIRE(seL4_CNode_Rotate(ROOT, moved, DEPTH, 0, ROOT, child, DEPTH, 0, ROOT, moved,
				  DEPTH));
	REQUIRE(cap_revoke(original));
	TRUE("rotated children are still children", slot_is_empty(moved) && slot_is_empty(child));
}

static void revoke_cnodes(void)
{
	seL4_CPtr cnode = object_new(seL4_CapTableObject, 4), other, keep;
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

	REQUIRE(seL4_CNode_Copy(cnode, 2, 4, ROOT, cnode, DEPTH, seL4_AllRights));
	REQUIRE(seL4_CNode_Copy(cnode, 3, 4, ROOT, endpoint, DEPTH, seL4_AllRights));
	SUCCEEDS("a CNode that contains itself can be deleted", cap_delete(cnode));
	cnode = object_new(seL4_CapTableObject, 4);
	other = object_new(seL4_CapTableObject, 4);
	REQUIRE(seL4_CNode_Move(cnode, 1, 4, ROOT, other, DEPTH));
	REQUIRE(seL4_CNode_Copy(cnode, 0x15, 8, ROOT, cnode, DEPTH, seL4_AllRights));
	REQUIRE(seL4_CNode_Copy(cnode, 0x16, 8, ROOT, endpoint, DEPTH, seL4_AllRights));
	SUCCEEDS("CNodes that contain each other can be deleted", cap_delete(cnode));
	/* Deleting the last cap to a CNode deletes what is in it. */
	cnode = object_new(seL4_CapTableObject, 4);
	keep = slot_new();
	REQUIRE(seL4_CNode_Move(cnode, 0, 4, ROOT, endpoint, DEPTH));
	REQUIRE(seL4_CNode_Mint(ROOT, keep, DEPTH, cnode, 0, 4, seL4_AllRights, 8));
	SUCCEEDS("a CNode with an original in it can be deleted", cap_delete(cnode));
	TRUE("deleting an original by its CNode leaves its children", !slot_is_empty(keep));
}

static void blocked_sender(seL4_Word cap)
{
	shared[0]++;
	seL4_SendWithMRs(cap, seL4_MessageInfo_new(0, 0, 0, 0), 0, 0, 0, 0);
	shared[1]++;
	thread_park();
}

static void revoke_objects_in_use(void)
{
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
	seL4_CPtr last = copy_of(endpoint);
	struct thread *thread = thread_start(blocked_sender, endpoint, ABOVE);

	EQUAL("a sender blocks on an endpoint without a receiver", shared[1], 0);
	REQUIRE(cap_delete(endpoint));
	EQUAL("deleting one of two caps leaves the sender blocked", shared[1], 0);
	REQUIRE(cap_delete(last));
	EQUAL("deleting the last cap restarts the sender, whose cap is gone", shared[1], 1);
	SUCCEEDS("a running thread can be deleted", cap_delete(thread->tcb));
	thread = thread_start(blocked_sender, object_new(seL4_EndpointObject, 0), ABOVE);
	EQUAL("another sender blocks", shared[0], 2);
	SUCCEEDS("a blocked thread can be deleted", cap_delete(thread->tcb));
	SUCCEEDS("a scheduling context in use can be deleted", ({
			 thread = thread_start(blocked_sender, object_new(seL4_EndpointObject, 0),
					       ABOVE);
			 cap_delete(thread->sc);
		 }));
}

static void suicide(seL4_Word tcb)
{
	shared[0] = 1;
	seL4_TCB_Suspend(tcb);
	shared[0] = 2;
	thread_park();
}

static void delete_self(seL4_Word tcb)
{
	shared[1] = 1;
	seL4_CNode_Delete(ROOT, tcb, DEPTH);
	shared[1] = 2;
	thread_park();
}

static void revoke_self(void)
{
	struct thread *thread = thread_new(suicide, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	seL4_UserContext regs = {.pc = (seL4_Word)suicide};

	regs.sp = thread->stack_top;
	regs.x0 = thread->tcb;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs));
	EQUAL("a thread that suspends itself stops there", shared[0], 1);
	SUCCEEDS("it can be resumed", seL4_TCB_Resume(thread->tcb));
	EQUAL("resumed, it makes the same call again", shared[0], 1);

	thread = thread_new(delete_self, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	regs.pc = (seL4_Word)delete_self;
	regs.sp = thread->stack_top;
	regs.x0 = thread->tcb;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs));
	EQUAL("a thread that deletes itself stops there", shared[1], 1);
	TRUE("its TCB is gone", slot_is_empty(thread->tcb));
}

const struct test_group revoke_group = {
	"revoke", (void (*const[])(void)){revoke_derivation, revoke_after_delete, revoke_tree,
					  revoke_move_keeps_derivation, revoke_cnodes,
					  revoke_objects_in_use, revoke_self, NULL}};
