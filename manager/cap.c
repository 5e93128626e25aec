// SPDX-License-Identifier: BSD-2-Clause
/*
 * cap.h by system calls. Errors that only a bug of ours could cause come back as -EINVAL.
 */
#include "cap.h"

#include <errno.h>
#include <sel4/sel4.h>

#define CAP_DEPTH 64u /* the root CNode resolves whole CPtrs */

static const struct {
	seL4_Word object;
	unsigned int size_bits;
} cap_info[] = {
	[CAP_UNTYPED] = {seL4_UntypedObject, 0},
	[CAP_TCB] = {seL4_TCBObject, seL4_TCBBits},
	[CAP_ENDPOINT] = {seL4_EndpointObject, seL4_EndpointBits},
	[CAP_NOTIFICATION] = {seL4_NotificationObject, seL4_NotificationBits},
	[CAP_CNODE] = {seL4_CapTableObject, seL4_SlotBits},
	[CAP_SCHED_CONTEXT] = {seL4_SchedContextObject, 0},
	[CAP_REPLY] = {seL4_ReplyObject, seL4_ReplyBits},
	[CAP_VSPACE] = {seL4_ARM_VSpaceObject, seL4_VSpaceBits},
	[CAP_PAGE] = {seL4_ARM_SmallPageObject, PAGE_BITS},
	[CAP_LARGE_PAGE] = {seL4_ARM_LargePageObject, LARGE_BITS},
	[CAP_PAGE_TABLE] = {seL4_ARM_PageTableObject, seL4_PageTableBits},
	[CAP_VCPU] = {seL4_ARM_VCPUObject, seL4_VCPUBits},
};

unsigned int cap_size_bits(enum cap_type type, unsigned int bits)
{
	return cap_info[type].size_bits + bits;
}

int cap_retype(cap_t untyped, enum cap_type type, unsigned int bits, cap_t to)
{
	seL4_Error err = seL4_Untyped_Retype(untyped, cap_info[type].object, bits,
					     seL4_CapInitThreadCNode, 0, 0, to, 1);

	if (err)
		return err == seL4_DeleteFirst ? -EEXIST : -ENOMEM;
	return 0;
}

void cap_delete(cap_t cap)
{
	seL4_CNode_Delete(seL4_CapInitThreadCNode, cap, CAP_DEPTH);
}

void cap_revoke(cap_t cap)
{
	seL4_CNode_Revoke(seL4_CapInitThreadCNode, cap, CAP_DEPTH);
}

int cap_copy(cap_t from, cap_t to)
{
	seL4_Error err = seL4_CNode_Copy(seL4_CapInitThreadCNode, to, CAP_DEPTH,
					 seL4_CapInitThreadCNode, from, CAP_DEPTH, seL4_AllRights);

	return err ? -EINVAL : 0;
}

void cap_move(cap_t from, cap_t to)
{
	seL4_CNode_Move(seL4_CapInitThreadCNode, to, CAP_DEPTH, seL4_CapInitThreadCNode, from,
			CAP_DEPTH);
}

int cap_map_page(cap_t frame, cap_t vspace, uint64_t address, unsigned int flags)
{
	seL4_CapRights_t rights = flags & CAP_MAP_WRITE ? seL4_ReadWrite : seL4_CanRead;
	seL4_ARM_VMAttributes attributes =
		flags & CAP_MAP_DEVICE ? seL4_ARM_ExecuteNever : seL4_ARM_Default_VMAttributes;
	seL4_Error err = seL4_ARM_Page_Map(frame, vspace, address, rights, attributes);

	if (err)
		return err == seL4_FailedLookup ? -ENOENT : -EINVAL;
	return 0;
}

int cap_map_table(cap_t table, cap_t vspace, uint64_t address)
{
	seL4_Error err =
		seL4_ARM_PageTable_Map(table, vspace, address, seL4_ARM_Default_VMAttributes);

	return err ? -EINVAL : 0;
}

void cap_unmap_page(cap_t frame)
{
	seL4_ARM_Page_Unmap(frame);
}

void cap_unmap_table(cap_t table)
{
	seL4_ARM_PageTable_Unmap(table);
}
