/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which message register holds what in the messages that the kernel itself sends (faults, timeouts,
 * virtual-CPU events) and in the replies it takes, and the names of a VCPU's registers. The order
 * of the enumerators is the ABI.
 */
#pragma once

#include <sel4/macros.h>

typedef enum {
	seL4_CapFault_IP,
	seL4_CapFault_Addr,
	seL4_CapFault_InRecvPhase,
	seL4_CapFault_LookupFailureType,
	seL4_CapFault_BitsLeft,
	seL4_CapFault_DepthMismatch_BitsFound,
	seL4_CapFault_GuardMismatch_GuardFound = seL4_CapFault_DepthMismatch_BitsFound,
	seL4_CapFault_GuardMismatch_BitsFound,
	SEL4_FORCE_LONG_ENUM(seL4_CapFault_Msg)
} seL4_CapFault_Msg;

/* A reply with label 0 writes the registers back, as many as it carries. */
typedef enum {
	seL4_UnknownSyscall_X0,
	seL4_UnknownSyscall_X1,
	seL4_UnknownSyscall_X2,
	seL4_UnknownSyscall_X3,
	seL4_UnknownSyscall_X4,
	seL4_UnknownSyscall_X5,
	seL4_UnknownSyscall_X6,
	seL4_UnknownSyscall_X7,
	seL4_UnknownSyscall_FaultIP,
	seL4_UnknownSyscall_SP,
	seL4_UnknownSyscall_LR,
	seL4_UnknownSyscall_SPSR,
	seL4_UnknownSyscall_Syscall,
	seL4_UnknownSyscall_Length,
	SEL4_FORCE_LONG_ENUM(seL4_UnknownSyscall_Msg)
} seL4_UnknownSyscall_Msg;

/* As above: IP, SP and SPSR are taken back. Number is ESR_EL2; Code is 0. */
typedef enum {
	seL4_UserException_FaultIP,
	seL4_UserException_SP,
	seL4_UserException_SPSR,
	seL4_UserException_Number,
	seL4_UserException_Code,
	seL4_UserException_Length,
	SEL4_FORCE_LONG_ENUM(seL4_UserException_Msg)
} seL4_UserException_Msg;

typedef enum {
	seL4_VMFault_IP,
	seL4_VMFault_Addr,
	seL4_VMFault_PrefetchFault,
	seL4_VMFault_FSR,
	seL4_VMFault_Length,
	SEL4_FORCE_LONG_ENUM(seL4_VMFault_Msg)
} seL4_VMFault_Msg;

typedef enum {
	seL4_VGICMaintenance_IDX,
	seL4_VGICMaintenance_Length,
	SEL4_FORCE_LONG_ENUM(seL4_VGICMaintenance_Msg)
} seL4_VGICMaintenance_Msg;

typedef enum {
	seL4_VPPIEvent_IRQ,
	seL4_VPPIEvent_Length,
	SEL4_FORCE_LONG_ENUM(seL4_VPPIEvent_Msg)
} seL4_VPPIEvent_Msg;

typedef enum {
	seL4_VCPUFault_HSR,
	seL4_VCPUFault_Length,
	SEL4_FORCE_LONG_ENUM(seL4_VCPUFault_Msg)
} seL4_VCPUFault_Msg;

typedef enum {
	seL4_Timeout_Data,
	seL4_Timeout_Consumed,
	seL4_Timeout_Length,
	SEL4_FORCE_LONG_ENUM(seL4_Timeout_Msg)
} seL4_Timeout_Msg;

/* The reply to a timeout may replace all registers, in the order of seL4_UserContext. */
typedef enum {
	seL4_TimeoutReply_FaultIP,
	seL4_TimeoutReply_SP,
	seL4_TimeoutReply_SPSR_EL1,
	seL4_TimeoutReply_X0,
	seL4_TimeoutReply_X1,
	seL4_TimeoutReply_X2,
	seL4_TimeoutReply_X3,
	seL4_TimeoutReply_X4,
	seL4_TimeoutReply_X5,
	seL4_TimeoutReply_X6,
	seL4_TimeoutReply_X7,
	seL4_TimeoutReply_X8,
	seL4_TimeoutReply_X16,
	seL4_TimeoutReply_X17,
	seL4_TimeoutReply_X18,
	seL4_TimeoutReply_X29,
	seL4_TimeoutReply_X30,
	seL4_TimeoutReply_X9,
	seL4_TimeoutReply_X10,
	seL4_TimeoutReply_X11,
	seL4_TimeoutReply_X12,
	seL4_TimeoutReply_X13,
	seL4_TimeoutReply_X14,
	seL4_TimeoutReply_X15,
	seL4_TimeoutReply_X19,
	seL4_TimeoutReply_X20,
	seL4_TimeoutReply_X21,
	seL4_TimeoutReply_X22,
	seL4_TimeoutReply_X23,
	seL4_TimeoutReply_X24,
	seL4_TimeoutReply_X25,
	seL4_TimeoutReply_X26,
	seL4_TimeoutReply_X27,
	seL4_TimeoutReply_X28,
	seL4_TimeoutReply_Length,
	SEL4_FORCE_LONG_ENUM(seL4_TimeoutReply_Msg)
} seL4_TimeoutReply_Msg;

typedef enum {
	seL4_VCPUReg_SCTLR,
	seL4_VCPUReg_CPACR,
	seL4_VCPURegSaveRange_start,
	seL4_VCPUReg_TTBR0 = seL4_VCPURegSaveRange_start,
	seL4_VCPUReg_TTBR1,
	seL4_VCPUReg_TCR,
	seL4_VCPUReg_MAIR,
	seL4_VCPUReg_AMAIR,
	seL4_VCPUReg_CIDR,
	seL4_VCPUReg_ACTLR,
	seL4_VCPUReg_AFSR0,
	seL4_VCPUReg_AFSR1,
	seL4_VCPUReg_ESR,
	seL4_VCPUReg_FAR,
	seL4_VCPUReg_PAR,
	seL4_VCPUReg_VBAR,
	seL4_VCPUReg_TPIDR_EL1,
	seL4_VCPUReg_VMPIDR_EL2,
	seL4_VCPUReg_SP_EL1,
	seL4_VCPUReg_ELR_EL1,
	seL4_VCPUReg_SPSR_EL1,
	seL4_VCPURegSaveRange_end = seL4_VCPUReg_SPSR_EL1,
	seL4_VCPUReg_CNTV_CTL,
	seL4_VCPUReg_CNTV_CVAL,
	seL4_VCPUReg_CNTVOFF,
	seL4_VCPUReg_CNTKCTL_EL1,
	seL4_VCPUReg_Num,
	SEL4_FORCE_LONG_ENUM(seL4_VCPUReg)
} seL4_VCPUReg;
