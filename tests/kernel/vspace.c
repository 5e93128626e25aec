// SPDX-License-Identifier: BSD-2-Clause
/*
 * Address spaces: page tables, frames of each size, rights and attributes, remapping, unmapping by
 * every way there is, cache maintenance.
 */
#include "harness.h"

#define VA	scratch_va()
#define GIB	0x40000000ul
#define MIB2	0x200000ul
#define DEFAULT seL4_ARM_Default_VMAttributes

static seL4_CPtr root = seL4_CapInitThreadVSpace;

static seL4_Error map(seL4_CPtr frame, seL4_Word va)
{
	return seL4_ARM_Page_Map(frame, root, va, seL4_ReadWrite, DEFAULT);
}

static void vspace_tables(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_CPtr tables = objects_new(seL4_ARM_PageTableObject, 0, 4);
	seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
	seL4_Word va = 8 * GIB;

	FAILS("a page without tables fails the lookup", map(frame, va), seL4_FailedLookup);
	EQUAL("the lookup was not the source", seL4_GetMR(0), 0);
	EQUAL("the missing table covers 30 bits", seL4_GetMR(2), 30);
	SUCCEEDS("a table can be mapped", seL4_ARM_PageTable_Map(tables, root, va, DEFAULT));
	FAILS("then the next level is missing", map(frame, va), seL4_FailedLookup);
	EQUAL("which covers 21 bits", seL4_GetMR(2), 21);
	FAILS("a mapped table cannot be mapped again",
	      seL4_ARM_PageTable_Map(tables, root, va + GIB, DEFAULT), seL4_InvalidCapability);
	EQUAL("the table is cap 0", seL4_GetMR(0), 0);
	SUCCEEDS("a second level can be mapped",
		 seL4_ARM_PageTable_Map(tables + 1, root, va, DEFAULT));
	FAILS("there is no third level", seL4_ARM_PageTable_Map(tables + 2, root, va, DEFAULT),
	      seL4_DeleteFirst);
	SUCCEEDS("then a page can be mapped", map(frame, va));
	*(volatile seL4_Word *)va = 5;
	EQUAL("and used", *(volatile seL4_Word *)va, 5);
	FAILS("a VSpace that is none is an invalid capability",
	      seL4_ARM_PageTable_Map(tables + 2, tables + 1, va, DEFAULT), seL4_InvalidCapability);
	EQUAL("the VSpace is cap 1", seL4_GetMR(0), 1);
	FAILS("a VSpace without an ASID is an invalid capability",
	      seL4_ARM_PageTable_Map(tables + 2, vspace, va, DEFAULT), seL4_InvalidCapability);
	FAILS("an address beyond the VSpace is an invalid argument",
	      seL4_ARM_PageTable_Map(tables + 2, root, 1ul << 40, DEFAULT), seL4_InvalidArgument);
	FAILS("a copied table cannot be unmapped",
	      (copy_of(tables + 1), seL4_ARM_PageTable_Unmap(tables + 1)), seL4_RevokeFirst);
	REQUIRE(cap_revoke(tables + 1));
	SUCCEEDS("the only cap can unmap it", seL4_ARM_PageTable_Unmap(tables + 1));
	SUCCEEDS("an unmapped table can be unmapped", seL4_ARM_PageTable_Unmap(tables + 1));
	FAILS("pages below an unmapped table are gone",
	      seL4_ARM_Page_Map(frame, root, va, seL4_ReadWrite, DEFAULT), seL4_FailedLookup);
	SUCCEEDS("a page whose table is gone can be unmapped", seL4_ARM_Page_Unmap(frame));
	FAILS("an unmapped table cannot be copied while it is unmapped",
	      cap_copy(slot_new(), tables + 3), seL4_IllegalOperation);
	FAILS("mapping a table without its VSpace is too short",
	      raw_call(tables + 3, ARMPageTableMap, 0, 2), seL4_TruncatedMessage);
	FAILS("a table knows no frame invocation", raw_call(tables + 3, ARMPageGetAddress, 0, 0),
	      seL4_IllegalOperation);
}

static void vspace_frames(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_CPtr other = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_CPtr large = object_new(seL4_ARM_LargePageObject, 0);
	seL4_CPtr copy;

	REQUIRE(map_in(root, frame, VA, seL4_ReadWrite, DEFAULT));
	FAILS("a frame has one address", map(frame, VA + 0x1000), seL4_InvalidArgument);
	EQUAL("the address is argument 0", seL4_GetMR(0), 0);
	SUCCEEDS("it can be mapped again where it is", map(frame, VA));
	copy = copy_of(frame);
	SUCCEEDS("a copy of its cap can be mapped elsewhere", map(copy, VA + 0x1000));
	*(volatile seL4_Word *)VA = 0x1111;
	EQUAL("both are the same memory", *(volatile seL4_Word *)(VA + 0x1000), 0x1111);
	SUCCEEDS("another frame can take a page's place", map(other, VA + 0x1000));
	EQUAL("its memory is there", *(volatile seL4_Word *)(VA + 0x1000), 0);
	SUCCEEDS("unmapping the cap that lost its place succeeds", seL4_ARM_Page_Unmap(copy));
	*(volatile seL4_Word *)(VA + 0x1000) = 0x2222;
	EQUAL("and leaves the other", *(volatile seL4_Word *)(VA + 0x1000), 0x2222);
	EQUAL("the first is where it was", *(volatile seL4_Word *)VA, 0x1111);
	FAILS("an address must be aligned", map(copy, VA + 0x800), seL4_AlignmentError);
	FAILS("a large page's even more", map(large, VA + 0x1000), seL4_AlignmentError);
	FAILS("a large page where a table is fails the lookup", map(large, VA), seL4_FailedLookup);
	SUCCEEDS("a large page goes where none is", map(large, VA + MIB2));
	*(volatile seL4_Word *)(VA + 2 * MIB2 - 8) = 3;
	EQUAL("and reaches to its end", *(volatile seL4_Word *)(VA + 2 * MIB2 - 8), 3);
	FAILS("a table does not go where a large page is",
	      seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), root, VA + MIB2,
				     DEFAULT),
	      seL4_DeleteFirst);
	FAILS("an address beyond the VSpace is an invalid argument", map(copy, 1ul << 40),
	      seL4_InvalidArgument);
	FAILS("a VSpace that is none is an invalid capability",
	      seL4_ARM_Page_Map(copy, ROOT, VA, seL4_ReadWrite, DEFAULT), seL4_InvalidCapability);
	FAILS("mapping without its VSpace is too short", raw_call(copy, ARMPageMap, 0, 3),
	      seL4_TruncatedMessage);
	FAILS("a frame knows no table invocation", raw_call(copy, ARMPageTableUnmap, 0, 0),
	      seL4_IllegalOperation);
	SUCCEEDS("an unmapped frame can be unmapped", seL4_ARM_Page_Unmap(copy));
	EQUAL("frames of 2 MiB are aligned", seL4_ARM_Page_GetAddress(large).paddr & (MIB2 - 1), 0);
	EQUAL("a copy has its frame's address", seL4_ARM_Page_GetAddress(copy).paddr,
	      seL4_ARM_Page_GetAddress(frame).paddr);
}

static seL4_CPtr endpoint, reply;

static void load(seL4_Word address)
{
	shared[1] = *(volatile seL4_Word *)address;
	shared[0]++;
	thread_park();
}

static void store(seL4_Word address)
{
	*(volatile seL4_Word *)address = 9;
	shared[0]++;
	thread_park();
}

/* Whether a helper that does this faults. */
static bool faults(thread_entry entry, seL4_Word address)
{
	seL4_Word badge = 0;
	struct thread *thread;

	if (!endpoint || slot_is_empty(endpoint)) {
		endpoint = object_new(seL4_EndpointObject, 0);
		reply = object_new(seL4_ReplyObject, 0);
	}
	thread = thread_new(entry, address, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET),
			    badged(endpoint, 1));
	REQUIRE(seL4_TCB_Resume(thread->tcb));
	seL4_NBRecv(endpoint, &badge, reply);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	return badge == 1;
}

static void vspace_rights(void)
{
	seL4_CPtr frame, reader;

	endpoint = 0;
	frame = object_new(seL4_ARM_SmallPageObject, 0);
	REQUIRE(map_in(root, frame, VA, seL4_CanRead, DEFAULT));
	TRUE("a page mapped for reading can be read", !faults(load, VA));
	TRUE("and not written", faults(store, VA));
	SUCCEEDS("mapping it again changes its rights", map(frame, VA));
	TRUE("then it can be written", !faults(store, VA));
	REQUIRE(seL4_ARM_Page_Map(frame, root, VA, seL4_CanRead, DEFAULT));
	TRUE("and takes them away again", faults(store, VA));
	reader = with_rights(frame, seL4_CanRead);
	REQUIRE(map(reader, VA + 0x1000));
	TRUE("a cap without the write right maps for reading only",
	     !faults(load, VA + 0x1000) && faults(store, VA + 0x1000));
	SUCCEEDS("a page without rights can be mapped",
		 seL4_ARM_Page_Map(copy_of(frame), root, VA + 0x2000, seL4_NoRights, DEFAULT));
	TRUE("it cannot be read", faults(load, VA + 0x2000));
	SUCCEEDS("a page can be mapped uncached",
		 seL4_ARM_Page_Map(copy_of(frame), root, VA + 0x3000, seL4_ReadWrite, 0));
	TRUE("and used", !faults(store, VA + 0x3000));
}

static void vspace_unmapping(void)
{
	seL4_CPtr frame, copy, table;

	endpoint = 0;
	frame = object_new(seL4_ARM_SmallPageObject, 0);
	REQUIRE(map_in(root, frame, VA, seL4_ReadWrite, DEFAULT));
	copy = copy_of(frame);
	REQUIRE(map(copy, VA + 0x1000));
	TRUE("mapped pages can be read", !faults(load, VA) && !faults(load, VA + 0x1000));
	SUCCEEDS("a page can be unmapped", seL4_ARM_Page_Unmap(frame));
	TRUE("it is gone at once", faults(load, VA));
	TRUE("a copy's mapping stays", !faults(load, VA + 0x1000));
	REQUIRE(cap_delete(copy));
	TRUE("deleting a cap unmaps its page", faults(load, VA + 0x1000));
	copy = copy_of(frame);
	REQUIRE(map(copy, VA + 0x1000));
	REQUIRE(cap_revoke(frame));
	TRUE("revoking a cap unmaps its copies' pages", faults(load, VA + 0x1000));
	table = object_new(seL4_ARM_PageTableObject, 0);
	REQUIRE(seL4_ARM_PageTable_Map(table, root, VA + MIB2, DEFAULT));
	REQUIRE(map(frame, VA + MIB2));
	TRUE("a page in a table can be read", !faults(load, VA + MIB2));
	REQUIRE(cap_delete(table));
	TRUE("deleting the table unmaps it", faults(load, VA + MIB2));
	SUCCEEDS("and the frame can be mapped elsewhere after an unmap", ({
			 seL4_ARM_Page_Unmap(frame);
			 map(frame, VA);
		 }));
}

static void vspace_caches(void)
{
	seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0);
	seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);

	FAILS("cache maintenance of an unmapped frame is refused",
	      seL4_ARM_Page_Clean_Data(frame, 0, 4096), seL4_IllegalOperation);
	REQUIRE(map_in(root, frame, VA, seL4_ReadWrite, DEFAULT));
	*(volatile seL4_Word *)VA = 0xcafe;
	SUCCEEDS("a frame can be cleaned", seL4_ARM_Page_Clean_Data(frame, 0, 4096));
	SUCCEEDS("and cleaned and invalidated", seL4_ARM_Page_CleanInvalidate_Data(frame, 0, 4096));
	SUCCEEDS("and invalidated", seL4_ARM_Page_Invalidate_Data(frame, 64, 128));
	SUCCEEDS("and made executable", seL4_ARM_Page_Unify_Instruction(frame, 0, 4096));
	EQUAL("its content is the same", *(volatile seL4_Word *)VA, 0xcafe);
	FAILS("an empty range is an invalid argument", seL4_ARM_Page_Clean_Data(frame, 64, 64),
	      seL4_InvalidArgument);
	EQUAL("the end is argument 1", seL4_GetMR(0), 1);
	FAILS("a range beyond the frame is an invalid argument",
	      seL4_ARM_Page_Clean_Data(frame, 0, 4097), seL4_InvalidArgument);
	EQUAL("the start is argument 0", seL4_GetMR(0), 0);
	SUCCEEDS("a VSpace's range can be cleaned", seL4_ARM_VSpace_Clean_Data(root, VA, VA + 64));
	SUCCEEDS("and cleaned and invalidated",
		 seL4_ARM_VSpace_CleanInvalidate_Data(root, VA, VA + 4096));
	SUCCEEDS("and invalidated", seL4_ARM_VSpace_Invalidate_Data(root, VA + 64, VA + 128));
	SUCCEEDS("and made executable", seL4_ARM_VSpace_Unify_Instruction(root, VA, VA + 4096));
	FAILS("a range that crosses a page is out of range",
	      seL4_ARM_VSpace_Clean_Data(root, VA + 4000, VA + 4100), seL4_RangeError);
	EQUAL("the range's minimum is its start", seL4_GetMR(0), VA + 4000);
	EQUAL("the range's maximum is the page's last byte", seL4_GetMR(1), VA + 4095);
	FAILS("an empty range is an invalid argument here as well",
	      seL4_ARM_VSpace_Clean_Data(root, VA, VA), seL4_InvalidArgument);
	FAILS("a range beyond the VSpace is an illegal operation",
	      seL4_ARM_VSpace_Clean_Data(root, VA, 2ul << 40), seL4_IllegalOperation);
	SUCCEEDS("a range that is not mapped is no error",
		 seL4_ARM_VSpace_Clean_Data(root, VA + 0x10000, VA + 0x10040));
	FAILS("a VSpace without an ASID is an invalid capability",
	      seL4_ARM_VSpace_Clean_Data(vspace, VA, VA + 64), seL4_InvalidCapability);
	FAILS("a range without its end is too short", raw_call(root, ARMVSpaceClean_Data, 0, 1),
	      seL4_TruncatedMessage);
	FAILS("a VSpace knows no other invocation", raw_call(root, ARMPageUnmap, 0, 2),
	      seL4_IllegalOperation);
}

const struct test_group vspace_group = {
	"vspace", (void (*const[])(void)){vspace_tables, vspace_frames, vspace_rights,
					  vspace_unmapping, vspace_caches, NULL}};
