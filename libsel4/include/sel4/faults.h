/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of fault messages. A handler receives the fault's label and words; seL4_getFault turns
 * them into one tagged record, whose fields have accessors by fault and name. A handler in a hurry
 * reads the words directly, with the indices of messages.h.
 */
#pragma once

#include <sel4/functions.h>

enum seL4_Fault_tag {
	seL4_Fault_NullFault = 0,
	seL4_Fault_CapFault = 1,
	seL4_Fault_UnknownSyscall = 2,
	seL4_Fault_UserException = 3,
	seL4_Fault_Timeout = 5,
	seL4_Fault_VMFault = 6,
	seL4_Fault_VGICMaintenance = 7,
	seL4_Fault_VCPUFault = 8,
	seL4_Fault_VPPIEvent = 9
};
typedef enum seL4_Fault_tag seL4_Fault_tag_t;

/* Word 0 is the tag; word 1 + i is the fault's field i. */
typedef struct seL4_Fault {
	seL4_Uint64 words[14];
} seL4_Fault_t;

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault)
{
	return fault.words[0];
}

LIBSEL4_INLINE_FUNC int seL4_Fault_seL4_FaultType_equals(seL4_Fault_t fault, seL4_Uint64 tag)
{
	return fault.words[0] == tag;
}

LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_NullFault_new(void)
{
	return (seL4_Fault_t){{seL4_Fault_NullFault}};
}

#define LIBSEL4_FAULT_FIELD(fault, field, index)                                                   \
	LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_##fault##_get_##field(seL4_Fault_t record)      \
	{                                                                                          \
		return record.words[1 + (index)];                                                  \
	}                                                                                          \
	LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_##fault##_set_##field(seL4_Fault_t record,     \
									  seL4_Uint64 value)       \
	{                                                                                          \
		record.words[1 + (index)] = value;                                                 \
		return record;                                                                     \
	}                                                                                          \
	LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_##fault##_ptr_get_##field(seL4_Fault_t *record) \
	{                                                                                          \
		return record->words[1 + (index)];                                                 \
	}                                                                                          \
	LIBSEL4_INLINE_FUNC void seL4_Fault_##fault##_ptr_set_##field(seL4_Fault_t *record,        \
								      seL4_Uint64 value)           \
	{                                                                                          \
		record->words[1 + (index)] = value;                                                \
	}

LIBSEL4_FAULT_FIELD(CapFault, IP, seL4_CapFault_IP)
LIBSEL4_FAULT_FIELD(CapFault, Addr, seL4_CapFault_Addr)
LIBSEL4_FAULT_FIELD(CapFault, InRecvPhase, seL4_CapFault_InRecvPhase)
LIBSEL4_FAULT_FIELD(CapFault, LookupFailureType, seL4_CapFault_LookupFailureType)
LIBSEL4_FAULT_FIELD(CapFault, MR4, 4)
LIBSEL4_FAULT_FIELD(CapFault, MR5, 5)
LIBSEL4_FAULT_FIELD(CapFault, MR6, 6)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X0, seL4_UnknownSyscall_X0)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X1, seL4_UnknownSyscall_X1)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X2, seL4_UnknownSyscall_X2)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X3, seL4_UnknownSyscall_X3)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X4, seL4_UnknownSyscall_X4)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X5, seL4_UnknownSyscall_X5)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X6, seL4_UnknownSyscall_X6)
LIBSEL4_FAULT_FIELD(UnknownSyscall, X7, seL4_UnknownSyscall_X7)
LIBSEL4_FAULT_FIELD(UnknownSyscall, FaultIP, seL4_UnknownSyscall_FaultIP)
LIBSEL4_FAULT_FIELD(UnknownSyscall, SP, seL4_UnknownSyscall_SP)
LIBSEL4_FAULT_FIELD(UnknownSyscall, LR, seL4_UnknownSyscall_LR)
LIBSEL4_FAULT_FIELD(UnknownSyscall, SPSR, seL4_UnknownSyscall_SPSR)
LIBSEL4_FAULT_FIELD(UnknownSyscall, Syscall, seL4_UnknownSyscall_Syscall)
LIBSEL4_FAULT_FIELD(UserException, FaultIP, seL4_UserException_FaultIP)
LIBSEL4_FAULT_FIELD(UserException, Stack, seL4_UserException_SP)
LIBSEL4_FAULT_FIELD(UserException, SPSR, seL4_UserException_SPSR)
LIBSEL4_FAULT_FIELD(UserException, Number, seL4_UserException_Number)
LIBSEL4_FAULT_FIELD(UserException, Code, seL4_UserException_Code)
LIBSEL4_FAULT_FIELD(Timeout, data, seL4_Timeout_Data)
LIBSEL4_FAULT_FIELD(Timeout, consumed, seL4_Timeout_Consumed)
LIBSEL4_FAULT_FIELD(VMFault, IP, seL4_VMFault_IP)
LIBSEL4_FAULT_FIELD(VMFault, Addr, seL4_VMFault_Addr)
LIBSEL4_FAULT_FIELD(VMFault, PrefetchFault, seL4_VMFault_PrefetchFault)
LIBSEL4_FAULT_FIELD(VMFault, FSR, seL4_VMFault_FSR)
LIBSEL4_FAULT_FIELD(VGICMaintenance, IDX, seL4_VGICMaintenance_IDX)
LIBSEL4_FAULT_FIELD(VCPUFault, HSR, seL4_VCPUFault_HSR)
LIBSEL4_FAULT_FIELD(VPPIEvent, irq, seL4_VPPIEvent_IRQ)

/* How many words the message of a fault has; 0 for a label that is no fault. */
LIBSEL4_INLINE_FUNC seL4_Word libsel4_fault_length(seL4_Word label)
{
	switch (label) {
	case seL4_Fault_CapFault:
		return seL4_CapFault_GuardMismatch_BitsFound + 1;
	case seL4_Fault_UnknownSyscall:
		return seL4_UnknownSyscall_Length;
	case seL4_Fault_UserException:
		return seL4_UserException_Length;
	case seL4_Fault_Timeout:
		return seL4_Timeout_Length;
	case seL4_Fault_VMFault:
		return seL4_VMFault_Length;
	case seL4_Fault_VGICMaintenance:
		return seL4_VGICMaintenance_Length;
	case seL4_Fault_VCPUFault:
		return seL4_VCPUFault_Length;
	case seL4_Fault_VPPIEvent:
		return seL4_VPPIEvent_Length;
	default:
		return 0;
	}
}

/* The fault that the message just received describes, or a NullFault. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
	seL4_Word label = seL4_MessageInfo_get_label(tag);
	seL4_Word length = libsel4_fault_length(label);
	seL4_Fault_t fault = {{length ? label : (seL4_Word)seL4_Fault_NullFault}};

	for (seL4_Word i = 0; i < length; i++)
		fault.words[1 + i] = seL4_GetMR((int)i);
	return fault;
}

LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getArchFault(seL4_MessageInfo_t tag)
{
	if (seL4_MessageInfo_get_label(tag) == seL4_Fault_CapFault)
		return seL4_Fault_NullFault_new();
	return seL4_getFault(tag);
}

#define LIBSEL4_IS_FAULT(name, fault)                              \
	LIBSEL4_INLINE_FUNC seL4_Bool name(seL4_MessageInfo_t tag) \
	{                                                          \
		return seL4_MessageInfo_get_label(tag) == (fault); \
	}

LIBSEL4_IS_FAULT(seL4_isNullFault_tag, seL4_Fault_NullFault)
LIBSEL4_IS_FAULT(seL4_isCapFault_tag, seL4_Fault_CapFault)
LIBSEL4_IS_FAULT(seL4_isUnknownSyscall_tag, seL4_Fault_UnknownSyscall)
LIBSEL4_IS_FAULT(seL4_isUserException_tag, seL4_Fault_UserException)
LIBSEL4_IS_FAULT(seL4_isTimeoutFault_tag, seL4_Fault_Timeout)
LIBSEL4_IS_FAULT(seL4_isVMFault_tag, seL4_Fault_VMFault)

/* The answer to a timeout fault: resume (or not), with the first length registers replaced. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_TimeoutReply_new(seL4_Bool resume,
							     seL4_UserContext regs,
							     seL4_Word length)
{
	for (seL4_Word i = 0; i < length; i++)
		seL4_SetMR((int)i, (&regs.pc)[i]);
	return seL4_MessageInfo_new(!resume, 0, 0, length);
}
