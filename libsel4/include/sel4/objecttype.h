/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object types as seL4_Untyped_Retype takes them: first the ones every architecture has, then those
 * of AArch64, then those of Arm. The three enumerations number one sequence.
 */
#pragma once

#include <sel4/simple_types.h>

typedef enum api_object {
	seL4_UntypedObject,
	seL4_TCBObject,
	seL4_EndpointObject,
	seL4_NotificationObject,
	seL4_CapTableObject,
	seL4_SchedContextObject,
	seL4_ReplyObject,
	seL4_NonArchObjectTypeCount
} seL4_ObjectType;

typedef enum _mode_object {
	seL4_ARM_HugePageObject = seL4_NonArchObjectTypeCount,
	seL4_ARM_VSpaceObject,
	seL4_ModeObjectTypeCount
} seL4_ModeObjectType;

typedef enum _object {
	seL4_ARM_SmallPageObject = seL4_ModeObjectTypeCount,
	seL4_ARM_LargePageObject,
	seL4_ARM_PageTableObject,
	seL4_ARM_VCPUObject,
	seL4_ObjectTypeCount
} seL4_ArchObjectType;

typedef seL4_Word api_object_t;
typedef seL4_Word object_t;
