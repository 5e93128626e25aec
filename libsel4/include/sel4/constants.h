/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes, limits and flags of the API that need no type: object sizes as powers of two, message
 * limits, priorities, user address space. Message layouts are in messages.h.
 */
#pragma once

#include <sel4/macros.h>
#include <sel4/simple_types.h>

#define seL4_WordSizeBits  3
#define seL4_WordBits	   (sizeof(seL4_Word) * 8)
#define seL4_SlotBits	   5
#define seL4_GuardBits	   58
#define seL4_GuardSizeBits 6
#define seL4_BadgeBits	   64
#define seL4_CapRightsBits 4

#define seL4_TCBBits		 11
#define seL4_EndpointBits	 4
#define seL4_NotificationBits	 6
#define seL4_ReplyBits		 5
#define seL4_MinSchedContextBits 7
#define seL4_MinUntypedBits	 4
#define seL4_MaxUntypedBits	 47
#define seL4_IPCBufferSizeBits	 10

#define seL4_PageBits		12
#define seL4_LargePageBits	21
#define seL4_HugePageBits	30
#define seL4_PageTableBits	12
#define seL4_PageTableEntryBits 3
#define seL4_PageTableIndexBits 9
/* A 40-bit intermediate physical address needs two concatenated tables at the first level. */
#define seL4_VSpaceBits	       13
#define seL4_VSpaceEntryBits   3
#define seL4_VSpaceIndexBits   10
#define seL4_ASIDPoolBits      12
#define seL4_ASIDPoolIndexBits 9
#define seL4_NumASIDPoolsBits  7
#define seL4_VCPUBits	       12
#define seL4_ARM_VCPUBits      12

/* Last address that user level can map. */
#define seL4_UserVSpaceTop 0x000000fffffffffful
#define seL4_UserTop	   seL4_UserVSpaceTop

#define seL4_FastMessageRegisters    4
#define seL4_UntypedRetypeMaxObjects CONFIG_RETYPE_FAN_OUT_LIMIT
#define seL4_NilData		     0

/* seL4_VMFault_PrefetchFault is one of these. */
#define seL4_DataFault	      0
#define seL4_InstructionFault 1

enum seL4_MsgLimits { seL4_MsgLengthBits = 7, seL4_MsgExtraCapBits = 2, seL4_MsgMaxLength = 120 };
#define seL4_MsgMaxExtraCaps (LIBSEL4_BIT(seL4_MsgExtraCapBits) - 1)

enum priorityConstants {
	seL4_InvalidPrio = -1,
	seL4_MinPrio = 0,
	seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1
};

typedef enum {
	seL4_NoFailure,
	seL4_InvalidRoot,
	seL4_MissingCapability,
	seL4_DepthMismatch,
	seL4_GuardMismatch,
	SEL4_FORCE_LONG_ENUM(seL4_LookupFailureType)
} seL4_LookupFailureType;

typedef enum {
	seL4_TCBFlag_NoFlag = 0,
	seL4_TCBFlag_fpuDisabled = 1,
	SEL4_FORCE_LONG_ENUM(seL4_TCBFlag),
	seL4_TCBFlag_MASK = seL4_TCBFlag_fpuDisabled
} seL4_TCBFlag;

typedef enum {
	seL4_SchedContext_NoFlag = 0,
	seL4_SchedContext_Sporadic = 1,
	SEL4_FORCE_LONG_ENUM(seL4_SchedContextFlag)
} seL4_SchedContextFlag;

/* A scheduling context's size minus its fixed part, which has room for two refills. */
#define seL4_CoreSchedContextBytes (10 * sizeof(seL4_Word) + 6 * 8)
#define seL4_RefillSizeBytes	   (2 * 8)

/* How many refills beyond two fit in a scheduling context of 2^size bytes. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_MaxExtraRefills(seL4_Word size)
{
	return (LIBSEL4_BIT(size) - seL4_CoreSchedContextBytes) / seL4_RefillSizeBytes;
}

_Static_assert(seL4_VSpaceEntryBits + seL4_VSpaceIndexBits == seL4_VSpaceBits, "VSpace size");
_Static_assert(seL4_CoreSchedContextBytes <= LIBSEL4_BIT(seL4_MinSchedContextBits), "SC size");
