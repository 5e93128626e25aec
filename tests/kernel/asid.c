// SPDX-License-Identifier: BSD-2-Clause
/*
 * Address space identifiers: pools, assignment, exhaustion of both, threads in address spaces of
 * their own (more of them than the hardware has VMIDs), and an address space that goes away.
 */
#include "harness.h"

#define POOLS	  128
#define POOL_SIZE 512
#define VSPACES	  300 /* more than the 256 VMIDs of 8 bits */

static seL4_Error make_pool(seL4_CPtr untyped, seL4_CPtr slot)
{
	return seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, untyped, ROOT, slot, DEPTH);
}

static void asid_pools(void)
{
	seL4_CPtr untypeds = objects_new(seL4_UntypedObject, seL4_ASIDPoolBits, POOLS);
	seL4_CPtr pools = slots_new(POOLS);
	seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
	seL4_Word made = 0;

	FAILS("a pool's memory must have its size",
	      make_pool(object_new(seL4_UntypedObject, seL4_ASIDPoolBits + 1), pools),
	      seL4_InvalidCapability);
	EQUAL("the memory is cap 1", seL4_GetMR(0), 1);
	FAILS("a pool's memory must be untyped", make_pool(vspace, pools), seL4_InvalidCapability);
	FAILS("an occupied slot must be deleted first", make_pool(untypeds, vspace),
	      seL4_DeleteFirst);
	FAILS("a pool without its CNode is too short",
	      (seL4_SetCap(0, untypeds),
	       raw_call(seL4_CapASIDControl, ARMASIDControlMakePool, 1, 2)),
	      seL4_TruncatedMessage);
	FAILS("ASID control knows no other invocation",
	      raw_call(seL4_CapASIDControl, ARMASIDPoolAssign, 2, 2), seL4_IllegalOperation);
	SUCCEEDS("a pool can be made", make_pool(untypeds, pools));
	FAILS("memory in use must be revoked first", make_pool(untypeds, pools + 1),
	      seL4_RevokeFirst);
	SUCCEEDS("a pool can be copied", cap_copy(slot_new(), pools));
	for (made = 1; made < POOLS; made++)
		if (make_pool(untypeds + made, pools + made))
			break;
	EQUAL("there is room for 127 pools beside the first", made, POOLS - 1);
	FAILS("one more must delete another first", make_pool(untypeds + made, pools + made),
	      seL4_DeleteFirst);
	SUCCEEDS("a pool can be taken back", cap_revoke(untypeds));
	SUCCEEDS("then another can be made", make_pool(untypeds, pools));

	SUCCEEDS("a VSpace can be assigned", seL4_ARM_ASIDPool_Assign(pools, vspace));
	FAILS("but once", seL4_ARM_ASIDPool_Assign(pools, vspace), seL4_InvalidCapability);
	EQUAL("the VSpace is cap 1", seL4_GetMR(0), 1);
	FAILS("what is no VSpace cannot be assigned", seL4_ARM_ASIDPool_Assign(pools, ROOT),
	      seL4_InvalidCapability);
	FAILS("assigning nothing is too short", raw_call(pools, ARMASIDPoolAssign, 0, 0),
	      seL4_TruncatedMessage);
	FAILS("a pool knows no other invocation", raw_call(pools, ARMASIDControlMakePool, 2, 2),
	      seL4_IllegalOperation);
	FAILS("a VSpace without an ASID cannot be copied",
	      cap_copy(slot_new(), object_new(seL4_ARM_VSpaceObject, 0)), seL4_IllegalOperation);
	SUCCEEDS("one with an ASID can be copied", cap_copy(slot_new(), vspace));
}

static void asid_exhaustion(void)
{
	seL4_CPtr pool = slot_new(), vspaces = slots_new(POOL_SIZE + 1);
	seL4_Word assigned;

	REQUIRE(make_pool(object_new(seL4_UntypedObject, seL4_ASIDPoolBits), pool));
	for (seL4_Word i = 0; i < POOL_SIZE; i += 256)
		REQUIRE(retype(scratch, seL4_ARM_VSpaceObject, 0, vspaces + i, 256));
	REQUIRE(retype(scratch, seL4_ARM_VSpaceObject, 0, vspaces + POOL_SIZE, 1));
	for (assigned = 0; assigned <= POOL_SIZE; assigned++)
		if (seL4_ARM_ASIDPool_Assign(pool, vspaces + assigned))
			break;
	EQUAL("a pool has room for 512 VSpaces", assigned, POOL_SIZE);
	FAILS("one more must delete another first",
	      seL4_ARM_ASIDPool_Assign(pool, vspaces + POOL_SIZE), seL4_DeleteFirst);
	REQUIRE(cap_delete(vspaces + 17));
	SUCCEEDS("the place of a deleted one is free",
		 seL4_ARM_ASIDPool_Assign(pool, vspaces + POOL_SIZE));
}

/* Runs in another address space: touches nothing but registers and makes one call. */
void foreign_call(seL4_CPtr cap); /* code.S */

static seL4_CPtr foreign_vspace(seL4_CPtr pool, seL4_Word code)
{
	seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);

	REQUIRE(seL4_ARM_ASIDPool_Assign(pool, vspace));
	REQUIRE(map_in(vspace, copy_of(image_frame((void *)code)), code & ~0xffful, seL4_CanRead,
		       seL4_ARM_Default_VMAttributes));
	return vspace;
}

static void asid_many_spaces(void)
{
	seL4_CPtr pool = slot_new(), endpoint = object_new(seL4_EndpointObject, 0);
	seL4_CPtr reply = object_new(seL4_ReplyObject, 0);
	seL4_CPtr vspaces[VSPACES];
	struct thread *thread;
	seL4_Word right = 0, again = 0, badge;

	REQUIRE(make_pool(object_new(seL4_UntypedObject, seL4_ASIDPoolBits), pool));
	for (unsigned int i = 0; i < VSPACES; i++)
		vspaces[i] = foreign_vspace(pool, (seL4_Word)foreign_call);
	thread = thread_new(foreign_call, 0, ABOVE, sc_new(FULL_BUDGET, FULL_BUDGET), 0);
	for (unsigned int i = 0; i < 2 * VSPACES; i++) {
		seL4_UserContext regs = {.pc = (seL4_Word)foreign_call, .x0 = endpoint};

		REQUIRE(seL4_TCB_SetSpace(thread->tcb, badged(endpoint, 2), ROOT, 0,
					  vspaces[i % VSPACES], 0));
		REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 4, &regs));
		seL4_Recv(endpoint, &badge, reply);
		*(i < VSPACES ? &right : &again) += badge == 0 && seL4_GetMR(0) == 0x77;
		REQUIRE(seL4_TCB_Suspend(thread->tcb));
	}
	EQUAL("more address spaces than VMIDs can run", right, VSPACES);
	EQUAL("and run again after their VMIDs were reused", again, VSPACES);
	REQUIRE(seL4_TCB_WriteRegisters(
		thread->tcb, true, 0, 4,
		&(seL4_UserContext){.pc = (seL4_Word)foreign_call, .x0 = endpoint}));
	SUCCEEDS("the address space of a blocked thread can be taken away",
		 cap_revoke(vspaces[VSPACES - 1]));
	seL4_Recv(endpoint, &badge, reply);
	EQUAL("what it sent before still arrives", seL4_GetMR(0), 0x77);
	seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
	seL4_NBRecv(endpoint, &badge, reply);
	EQUAL("then it faults, and its handler is told", badge, 2);
	SUCCEEDS("a pool with VSpaces in it can be deleted", cap_delete(pool));
	FAILS("which leaves them without an ASID",
	      seL4_ARM_VSpace_Clean_Data(vspaces[0], 0x1000, 0x2000), seL4_FailedLookup);
}

const struct test_group asid_group = {
	"asid", (void (*const[])(void)){asid_pools, asid_exhaustion, asid_many_spaces, NULL}};
