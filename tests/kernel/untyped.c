// SPDX-License-Identifier: BSD-2-Clause
/*
 * seL4_Untyped_Retype: every object type and size, alignment and zeroing, reuse of memory, and each
 * way in which it refuses.
 */
#include "harness.h"

static const struct {
	seL4_Word type, size_bits, bits;
} types[] = {
	{seL4_UntypedObject, 12, 12},
	{seL4_TCBObject, 0, seL4_TCBBits},
	{seL4_EndpointObject, 0, seL4_EndpointBits},
	{seL4_NotificationObject, 0, seL4_NotificationBits},
	{seL4_CapTableObject, 3, 3 + seL4_SlotBits},
	{seL4_SchedContextObject, 8, 8},
	{seL4_ReplyObject, 0, seL4_ReplyBits},
	{seL4_ARM_VSpaceObject, 0, seL4_VSpaceBits},
	{seL4_ARM_SmallPageObject, 0, seL4_PageBits},
	{seL4_ARM_LargePageObject, 0, seL4_LargePageBits},
	{seL4_ARM_PageTableObject, 0, seL4_PageTableBits},
	{seL4_ARM_VCPUObject, 0, seL4_VCPUBits},
};

/* Exactly as many objects fit in an untyped as their documented size says. */
static void untyped_object_sizes(void)
{
	bool all_fit = true, none_more = true;

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		seL4_CPtr untyped = object_new(seL4_UntypedObject, types[i].bits + 2);
		seL4_CPtr slots = slots_new(5);

		all_fit &= retype(untyped, types[i].type, types[i].size_bits, slots, 4) ==
			   seL4_NoError;
		none_more &= retype(untyped, types[i].type, types[i].size_bits, slots + 4, 1) ==
			     seL4_NotEnoughMemory;
	}
	TRUE("every object type can be made, four to four times its size", all_fit);
	TRUE("a fifth object does not fit", none_more);
}

static void untyped_arguments(void)
{
	seL4_CPtr slot = slot_new();

	FAILS("an unknown object type is an invalid argument",
	      retype(scratch, seL4_ObjectTypeCount, 0, slot, 1), seL4_InvalidArgument);
	EQUAL("the unknown type is argument 0", seL4_GetMR(0), 0);
	FAILS("an untyped below the least size is out of range",
	      retype(scratch, seL4_UntypedObject, 3, slot, 1), seL4_InvalidArgument);
	EQUAL("the untyped's size is argument 1", seL4_GetMR(0), 1);
	FAILS("an untyped above the greatest size is out of range",
	      retype(scratch, seL4_UntypedObject, 48, slot, 1), seL4_RangeError);
	FAILS("a CNode of one slot is refused", retype(scratch, seL4_CapTableObject, 0, slot, 1),
	      seL4_InvalidArgument);
	FAILS("a scheduling context below the least size is refused",
	      retype(scratch, seL4_SchedContextObject, 6, slot, 1), seL4_InvalidArgument);
	FAILS("a size of 64 bits is out of range",
	      retype(scratch, seL4_CapTableObject, 64, slot, 1), seL4_RangeError);
	EQUAL("the greatest size is the range's maximum", seL4_GetMR(1), seL4_MaxUntypedBits);
	FAILS("no objects is out of range", retype(scratch, seL4_EndpointObject, 0, slot, 0),
	      seL4_RangeError);
	EQUAL("at least one object is wanted", seL4_GetMR(0), 1);
	EQUAL("at most 256 objects are made at once", seL4_GetMR(1), 256);
	FAILS("257 objects is out of range", retype(scratch, seL4_EndpointObject, 0, slot, 257),
	      seL4_RangeError);
	SUCCEEDS("256 objects are made at once",
		 retype(scratch, seL4_EndpointObject, 0, slots_new(256), 256));
	SUCCEEDS("the size is ignored for types that have one size",
		 retype(scratch, seL4_EndpointObject, 33, slot_new(), 1));
}

static void untyped_destinations(void)
{
	seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
	seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

	FAILS("an occupied slot must be deleted first",
	      retype(scratch, seL4_EndpointObject, 0, endpoint, 1), seL4_DeleteFirst);
	FAILS("slots beyond the CNode are out of range",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, cnode, 0, 0, 16, 1),
	      seL4_RangeError);
	EQUAL("the range's maximum is the CNode's last slot", seL4_GetMR(1), 15);
	FAILS("a window that leaves the CNode is out of range",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, cnode, 0, 0, 15, 2),
	      seL4_RangeError);
	EQUAL("the range's maximum is the room that is left", seL4_GetMR(1), 1);
	SUCCEEDS("the last slot of a CNode can be filled",
		 seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, cnode, 0, 0, 15, 1));
	SUCCEEDS("a CNode can be named by a path from the root",
		 seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, ROOT, cnode, DEPTH, 0, 1));
	FAILS("a path to something else than a CNode fails the lookup",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, ROOT, endpoint, DEPTH, 0, 1),
	      seL4_FailedLookup);
	FAILS("a path to an empty slot fails the lookup",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, ROOT, slot_new(), DEPTH, 0, 1),
	      seL4_FailedLookup);
	FAILS("a root that is no CNode fails the lookup",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, endpoint, 0, 0, 0, 1),
	      seL4_FailedLookup);
	FAILS("a destination that is an empty slot fails the lookup",
	      seL4_Untyped_Retype(scratch, seL4_EndpointObject, 0, slot_new(), 1, 64, 0, 1),
	      seL4_FailedLookup);
	seL4_SetCap(0, ROOT);
	for (int i = 0; i < 6; i++)
		seL4_SetMR(i, 0);
	FAILS("five words are too few", raw_call(scratch, UntypedRetype, 1, 5),
	      seL4_TruncatedMessage);
	FAILS("a message without the CNode cap is too short",
	      raw_call(scratch, UntypedRetype, 0, 6), seL4_TruncatedMessage);
	FAILS("an untyped knows no other invocation", raw_call(scratch, TCBSuspend, 0, 0),
	      seL4_IllegalOperation);
}

static void untyped_memory(void)
{
	seL4_CPtr untyped = object_new(seL4_UntypedObject, 14);
	seL4_CPtr frames = slots_new(5);
	volatile seL4_Word *words = (volatile seL4_Word *)scratch_va();
	seL4_Word first, second;
	bool zero = true;

	REQUIRE(retype(untyped, seL4_ARM_SmallPageObject, 0, frames, 2));
	first = seL4_ARM_Page_GetAddress(frames).paddr;
	second = seL4_ARM_Page_GetAddress(frames + 1).paddr;
	EQUAL("objects of one call lie side by side", second, first + 4096);
	FAILS("what is left is not enough for three more pages",
	      retype(untyped, seL4_ARM_SmallPageObject, 0, frames + 2, 3), seL4_NotEnoughMemory);
	EQUAL("the error says how many bytes are left", seL4_GetMR(0), 8192);
	REQUIRE(retype(untyped, seL4_EndpointObject, 0, frames + 2, 1));
	REQUIRE(retype(untyped, seL4_ARM_SmallPageObject, 0, frames + 3, 1));
	EQUAL("an object is aligned to its size", seL4_ARM_Page_GetAddress(frames + 3).paddr,
	      first + 3 * 4096);

	REQUIRE(map_in(seL4_CapInitThreadVSpace, frames, scratch_va(), seL4_ReadWrite,
		       seL4_ARM_Default_VMAttributes));
	for (int i = 0; i < 512; i++)
		words[i] = ~0ul;
	REQUIRE(cap_delete(frames));
	FAILS("memory stays used while any object lives",
	      retype(untyped, seL4_ARM_SmallPageObject, 0, frames, 1), seL4_NotEnoughMemory);
	for (int i = 1; i < 4; i++)
		REQUIRE(cap_delete(frames + (seL4_CPtr)i));
	SUCCEEDS("memory is free again when its last object is gone",
		 retype(untyped, seL4_ARM_SmallPageObject, 0, frames, 4));
	EQUAL("reuse starts at the untyped's beginning", seL4_ARM_Page_GetAddress(frames).paddr,
	      first);
	REQUIRE(map_in(seL4_CapInitThreadVSpace, frames, scratch_va(), seL4_ReadWrite,
		       seL4_ARM_Default_VMAttributes));
	for (int i = 0; i < 512; i++)
		zero &= words[i] == 0;
	TRUE("reused memory is zero", zero);
}

/* More than the kernel clears at once, and no multiple of it. */
static void untyped_clearing(void)
{
	seL4_CPtr untyped = object_new(seL4_UntypedObject, 17);
	seL4_CPtr frames = slots_new(21);
	volatile seL4_Word *words = (volatile seL4_Word *)scratch_va();
	unsigned int nonzero = 0;

	for (int round = 0; round < 2; round++) {
		REQUIRE(retype(untyped, seL4_ARM_SmallPageObject, 0, frames, 21));
		for (unsigned int i = 0; i < 21; i++) {
			REQUIRE(map_in(seL4_CapInitThreadVSpace, frames + i, scratch_va(),
				       seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
			for (int word = 0; word < 512; word++) {
				nonzero += words[word] != 0;
				words[word] = ~0ul;
			}
			REQUIRE(cap_delete(frames + i));
		}
	}
	EQUAL("every page of a larger region is zero again", nonzero, 0);
}

static void untyped_device(void)
{
	seL4_Word u = 0;
	seL4_CPtr untyped, slot = slot_new();

	while ((0x48000000 - bootinfo->untypedList[u].paddr) >> bootinfo->untypedList[u].sizeBits)
		u++;
	untyped = bootinfo->untyped.start + u;
	FAILS("device memory makes no endpoint", retype(untyped, seL4_EndpointObject, 0, slot, 1),
	      seL4_InvalidArgument);
	EQUAL("what device memory cannot make is argument 1", seL4_GetMR(0), 1);
	FAILS("device memory makes no TCB", retype(untyped, seL4_TCBObject, 0, slot, 1),
	      seL4_InvalidArgument);
	FAILS("device memory makes no page table",
	      retype(untyped, seL4_ARM_PageTableObject, 0, slot, 1), seL4_InvalidArgument);
	SUCCEEDS("device memory makes frames",
		 retype(untyped, seL4_ARM_LargePageObject, 0, slot, 1));
	REQUIRE(cap_delete(slot));
	SUCCEEDS("device memory makes smaller untypeds",
		 retype(untyped, seL4_UntypedObject, 20, slot, 1));
	FAILS("a piece of device memory is device memory",
	      retype(slot, seL4_NotificationObject, 0, slot_new(), 1), seL4_InvalidArgument);
}

static void untyped_caps(void)
{
	seL4_CPtr untyped = object_new(seL4_UntypedObject, 14);
	seL4_CPtr copy = slot_new(), child = slot_new();

	SUCCEEDS("an untyped without children can be copied", cap_copy(copy, untyped));
	REQUIRE(retype(copy, seL4_EndpointObject, 0, child, 1));
	FAILS("an untyped with children cannot be copied", cap_copy(slot_new(), copy),
	      seL4_RevokeFirst);
	FAILS("an untyped with children cannot be minted",
	      cap_mint(slot_new(), copy, seL4_AllRights, 0), seL4_RevokeFirst);
	FAILS("an untyped that was copied has no memory left of its own",
	      retype(untyped, seL4_EndpointObject, 0, slot_new(), 1), seL4_NotEnoughMemory);
	EQUAL("the error says that nothing is left", seL4_GetMR(0), 0);
	SUCCEEDS("revoking it deletes copy and child", cap_revoke(untyped));
	TRUE("the copy is gone", slot_is_empty(copy));
	TRUE("the child of the copy is gone", slot_is_empty(child));
	SUCCEEDS("then it can be retyped", retype(untyped, seL4_EndpointObject, 0, child, 1));
}

const struct test_group untyped_group = {
	"untyped",
	(void (*const[])(void)){untyped_object_sizes, untyped_arguments, untyped_destinations,
				untyped_memory, untyped_clearing, untyped_device, untyped_caps,
				NULL}};
