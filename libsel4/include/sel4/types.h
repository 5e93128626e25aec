/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The API's types: capability pointers by object, the one-word records (message info, rights, CNode
 * data), the IPC buffer and register contexts. Layouts are shared with the kernel.
 */
#pragma once

#include <sel4/config.h>
#include <sel4/simple_types.h>
#include <sel4/constants.h>
#include <sel4/errors.h>
#include <sel4/messages.h>
#include <sel4/objecttype.h>
#include <sel4/syscall.h>

typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_Uint64 seL4_Time;

typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_SchedContext;
typedef seL4_CPtr seL4_SchedControl;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_ARM_ASIDControl;
typedef seL4_CPtr seL4_ARM_ASIDPool;
typedef seL4_CPtr seL4_ARM_Page;
typedef seL4_CPtr seL4_ARM_PageTable;
typedef seL4_CPtr seL4_ARM_SGI_Signal;
typedef seL4_CPtr seL4_ARM_SMC;
typedef seL4_CPtr seL4_ARM_VCPU;
typedef seL4_CPtr seL4_ARM_VSpace;

/* Message info: what a message is (label), and how many words and caps it carries. */
typedef struct seL4_MessageInfo {
	seL4_Uint64 words[1];
} seL4_MessageInfo_t;

LIBSEL4_FIELD(seL4_MessageInfo, label, 12, 52)
LIBSEL4_FIELD(seL4_MessageInfo, capsUnwrapped, 9, 3)
LIBSEL4_FIELD(seL4_MessageInfo, extraCaps, 7, 2)
LIBSEL4_FIELD(seL4_MessageInfo, length, 0, 7)

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Uint64 label,
							    seL4_Uint64 capsUnwrapped,
							    seL4_Uint64 extraCaps,
							    seL4_Uint64 length)
{
	return (seL4_MessageInfo_t){
		{label << 12 | (capsUnwrapped & 7) << 9 | (extraCaps & 3) << 7 | (length & 0x7f)}};
}

typedef struct seL4_CapRights {
	seL4_Uint64 words[1];
} seL4_CapRights_t;

LIBSEL4_FIELD(seL4_CapRights, capAllowGrantReply, 3, 1)
LIBSEL4_FIELD(seL4_CapRights, capAllowGrant, 2, 1)
LIBSEL4_FIELD(seL4_CapRights, capAllowRead, 1, 1)
LIBSEL4_FIELD(seL4_CapRights, capAllowWrite, 0, 1)

LIBSEL4_INLINE_FUNC seL4_CapRights_t seL4_CapRights_new(seL4_Uint64 grant_reply, seL4_Uint64 grant,
							seL4_Uint64 read, seL4_Uint64 write)
{
	return (seL4_CapRights_t){
		{(grant_reply & 1) << 3 | (grant & 1) << 2 | (read & 1) << 1 | (write & 1)}};
}

#define seL4_AllRights	   seL4_CapRights_new(1, 1, 1, 1)
#define seL4_NoRights	   seL4_CapRights_new(0, 0, 0, 0)
#define seL4_ReadWrite	   seL4_CapRights_new(0, 0, 1, 1)
#define seL4_CanRead	   seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite	   seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant	   seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite	   seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead	   seL4_CapRights_new(1, 1, 0, 1)

/* CNode data: the guard that Mint or Mutate gives a CNode cap, or a CSpace root gets. */
typedef struct seL4_CNode_CapData {
	seL4_Uint64 words[1];
} seL4_CNode_CapData_t;

LIBSEL4_FIELD(seL4_CNode_CapData, guard, 6, 58)
LIBSEL4_FIELD(seL4_CNode_CapData, guardSize, 0, 6)

LIBSEL4_INLINE_FUNC seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Uint64 guard,
								seL4_Uint64 guardSize)
{
	return (seL4_CNode_CapData_t){{guard << 6 | (guardSize & 0x3f)}};
}

typedef struct seL4_IPCBuffer_ {
	seL4_MessageInfo_t tag;
	seL4_Word msg[seL4_MsgMaxLength];
	seL4_Word userData;
	seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
	seL4_CPtr receiveCNode;
	seL4_CPtr receiveIndex;
	seL4_Word receiveDepth;
} seL4_IPCBuffer __attribute__((aligned(1 << seL4_IPCBufferSizeBits)));

_Static_assert(sizeof(seL4_IPCBuffer) == 1 << seL4_IPCBufferSizeBits, "IPC buffer size");

/* Registers in the order in which ReadRegisters and WriteRegisters take a prefix of them. */
typedef struct seL4_UserContext_ {
	seL4_Word pc, sp, spsr;
	seL4_Word x0, x1, x2, x3, x4, x5, x6, x7, x8, x16, x17, x18, x29, x30;
	seL4_Word x9, x10, x11, x12, x13, x14, x15;
	seL4_Word x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
	seL4_Word tpidr_el0, tpidrro_el0;
} seL4_UserContext;

typedef struct seL4_ARM_SMCContext_ {
	seL4_Word x0, x1, x2, x3, x4, x5, x6, x7;
} seL4_ARM_SMCContext;

typedef enum {
	seL4_ARM_PageCacheable = 1,
	seL4_ARM_ParityEnabled = 2,
	seL4_ARM_Default_VMAttributes = 3,
	seL4_ARM_ExecuteNever = 4,
	SEL4_FORCE_LONG_ENUM(seL4_ARM_VMAttributes)
} seL4_ARM_VMAttributes;
