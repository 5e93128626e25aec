// SPDX-License-Identifier: BSD-2-Clause
/*
 * The seL4 API, pinned: values, layouts and signatures that native code relies on. Compiled (never
 * run) against libsel4/ on every build of the kernel tests, and against an SDK's headers when there
 * is one; a difference between the two does not compile. Numbers here are the ABI of the release
 * configuration of seL4 16.0.0, AArch64, MCS, hypervisor.
 */
#include <stddef.h>

#include <sel4/sel4.h>

seL4_IPCBuffer *__sel4_ipc_buffer;

#define IS(name, value)		_Static_assert((name) == (value), #name " is " #value)
#define SIZE(type, bytes)	_Static_assert(sizeof(type) == (bytes), #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)

/* Scalars and records */
SIZE(seL4_Word, 8);
SIZE(seL4_CPtr, 8);
SIZE(seL4_Bool, 1);
SIZE(seL4_Uint8, 1);
SIZE(seL4_Uint16, 2);
SIZE(seL4_Uint32, 4);
SIZE(seL4_Time, 8);
SIZE(seL4_MessageInfo_t, 8);
SIZE(seL4_CapRights_t, 8);
SIZE(seL4_CNode_CapData_t, 8);
SIZE(seL4_UserContext, 36 * 8);
SIZE(seL4_ARM_SMCContext, 8 * 8);
SIZE(seL4_ARM_VMAttributes, 8);
SIZE(seL4_VCPUReg, 8);
SIZE(seL4_Fault_t, 14 * 8);
SIZE(seL4_IPCBuffer, 1024);
_Static_assert(_Alignof(seL4_IPCBuffer) == 1024, "IPC buffer alignment");
AT(seL4_IPCBuffer, tag, 0);
AT(seL4_IPCBuffer, msg, 8);
AT(seL4_IPCBuffer, userData, 968);
AT(seL4_IPCBuffer, caps_or_badges, 976);
AT(seL4_IPCBuffer, receiveCNode, 1000);
AT(seL4_IPCBuffer, receiveIndex, 1008);
AT(seL4_IPCBuffer, receiveDepth, 1016);
AT(seL4_UserContext, pc, 0);
AT(seL4_UserContext, sp, 8);
AT(seL4_UserContext, spsr, 16);
AT(seL4_UserContext, x0, 24);
AT(seL4_UserContext, x8, 88);
AT(seL4_UserContext, x16, 96);
AT(seL4_UserContext, x18, 112);
AT(seL4_UserContext, x29, 120);
AT(seL4_UserContext, x30, 128);
AT(seL4_UserContext, x9, 136);
AT(seL4_UserContext, x15, 184);
AT(seL4_UserContext, x19, 192);
AT(seL4_UserContext, x28, 264);
AT(seL4_UserContext, tpidr_el0, 272);
AT(seL4_UserContext, tpidrro_el0, 280);

/* Bootinfo */
SIZE(seL4_SlotRegion, 16);
SIZE(seL4_UntypedDesc, 16);
SIZE(seL4_BootInfo, 3864);
SIZE(seL4_BootInfoHeader, 16);
AT(seL4_UntypedDesc, sizeBits, 8);
AT(seL4_UntypedDesc, isDevice, 9);
AT(seL4_BootInfo, extraLen, 0);
AT(seL4_BootInfo, nodeID, 8);
AT(seL4_BootInfo, numNodes, 16);
AT(seL4_BootInfo, numIOPTLevels, 24);
AT(seL4_BootInfo, ipcBuffer, 32);
AT(seL4_BootInfo, empty, 40);
AT(seL4_BootInfo, sharedFrames, 56);
AT(seL4_BootInfo, userImageFrames, 72);
AT(seL4_BootInfo, userImagePaging, 88);
AT(seL4_BootInfo, ioSpaceCaps, 104);
AT(seL4_BootInfo, extraBIPages, 120);
AT(seL4_BootInfo, initThreadCNodeSizeBits, 136);
AT(seL4_BootInfo, initThreadDomain, 144);
AT(seL4_BootInfo, schedcontrol, 152);
AT(seL4_BootInfo, untyped, 168);
AT(seL4_BootInfo, untypedList, 184);
IS(SEL4_BOOTINFO_HEADER_FDT, 6);
IS(seL4_CapNull, 0);
IS(seL4_CapInitThreadTCB, 1);
IS(seL4_CapInitThreadCNode, 2);
IS(seL4_CapInitThreadVSpace, 3);
IS(seL4_CapIRQControl, 4);
IS(seL4_CapASIDControl, 5);
IS(seL4_CapInitThreadASIDPool, 6);
IS(seL4_CapBootInfoFrame, 9);
IS(seL4_CapInitThreadIPCBuffer, 10);
IS(seL4_CapDomain, 11);
IS(seL4_CapInitThreadSC, 14);
IS(seL4_CapSMC, 15);
IS(seL4_NumInitialCaps, 16);

/* System calls */
IS(seL4_SysCall, -1);
IS(seL4_SysReplyRecv, -2);
IS(seL4_SysNBSendRecv, -3);
IS(seL4_SysNBSendWait, -4);
IS(seL4_SysSend, -5);
IS(seL4_SysNBSend, -6);
IS(seL4_SysRecv, -7);
IS(seL4_SysNBRecv, -8);
IS(seL4_SysWait, -9);
IS(seL4_SysNBWait, -10);
IS(seL4_SysYield, -11);

/* Errors and lookup failures */
IS(seL4_NoError, 0);
IS(seL4_InvalidArgument, 1);
IS(seL4_InvalidCapability, 2);
IS(seL4_IllegalOperation, 3);
IS(seL4_RangeError, 4);
IS(seL4_AlignmentError, 5);
IS(seL4_FailedLookup, 6);
IS(seL4_TruncatedMessage, 7);
IS(seL4_DeleteFirst, 8);
IS(seL4_RevokeFirst, 9);
IS(seL4_NotEnoughMemory, 10);
IS(seL4_NumErrors, 11);
IS(seL4_NoFailure, 0);
IS(seL4_InvalidRoot, 1);
IS(seL4_MissingCapability, 2);
IS(seL4_DepthMismatch, 3);
IS(seL4_GuardMismatch, 4);

/* Objects, sizes, limits */
IS(seL4_UntypedObject, 0);
IS(seL4_TCBObject, 1);
IS(seL4_EndpointObject, 2);
IS(seL4_NotificationObject, 3);
IS(seL4_CapTableObject, 4);
IS(seL4_SchedContextObject, 5);
IS(seL4_ReplyObject, 6);
IS(seL4_ARM_HugePageObject, 7);
IS(seL4_ARM_VSpaceObject, 8);
IS(seL4_ARM_SmallPageObject, 9);
IS(seL4_ARM_LargePageObject, 10);
IS(seL4_ARM_PageTableObject, 11);
IS(seL4_ARM_VCPUObject, 12);
IS(seL4_ObjectTypeCount, 13);
IS(seL4_TCBBits, 11);
IS(seL4_EndpointBits, 4);
IS(seL4_NotificationBits, 6);
IS(seL4_ReplyBits, 5);
IS(seL4_SlotBits, 5);
IS(seL4_MinSchedContextBits, 7);
IS(seL4_VCPUBits, 12);
IS(seL4_PageBits, 12);
IS(seL4_LargePageBits, 21);
IS(seL4_HugePageBits, 30);
IS(seL4_PageTableBits, 12);
IS(seL4_PageTableIndexBits, 9);
IS(seL4_VSpaceBits, 13);
IS(seL4_VSpaceIndexBits, 10);
IS(seL4_ASIDPoolBits, 12);
IS(seL4_ASIDPoolIndexBits, 9);
IS(seL4_NumASIDPoolsBits, 7);
IS(seL4_MinUntypedBits, 4);
IS(seL4_MaxUntypedBits, 47);
IS(seL4_IPCBufferSizeBits, 10);
IS(seL4_GuardBits, 58);
IS(seL4_GuardSizeBits, 6);
IS(seL4_WordBits, 64);
IS(seL4_MsgMaxLength, 120);
IS(seL4_MsgMaxExtraCaps, 3);
IS(seL4_FastMessageRegisters, 4);
IS(seL4_MaxPrio, 255);
IS(seL4_UntypedRetypeMaxObjects, 256);
IS(seL4_UserVSpaceTop, 0xfffffffffful);
IS(seL4_CoreSchedContextBytes, 128);
IS(seL4_RefillSizeBytes, 16);
IS(seL4_TCBFlag_fpuDisabled, 1);
IS(seL4_SchedContext_Sporadic, 1);
IS(seL4_ARM_PageCacheable, 1);
IS(seL4_ARM_Default_VMAttributes, 3);
IS(seL4_ARM_ExecuteNever, 4);

/* Faults and the words of their messages */
IS(seL4_Fault_NullFault, 0);
IS(seL4_Fault_CapFault, 1);
IS(seL4_Fault_UnknownSyscall, 2);
IS(seL4_Fault_UserException, 3);
IS(seL4_Fault_Timeout, 5);
IS(seL4_Fault_VMFault, 6);
IS(seL4_Fault_VGICMaintenance, 7);
IS(seL4_Fault_VCPUFault, 8);
IS(seL4_Fault_VPPIEvent, 9);
IS(seL4_CapFault_IP, 0);
IS(seL4_CapFault_Addr, 1);
IS(seL4_CapFault_InRecvPhase, 2);
IS(seL4_CapFault_LookupFailureType, 3);
IS(seL4_CapFault_BitsLeft, 4);
IS(seL4_CapFault_GuardMismatch_GuardFound, 5);
IS(seL4_CapFault_GuardMismatch_BitsFound, 6);
IS(seL4_UnknownSyscall_X0, 0);
IS(seL4_UnknownSyscall_X7, 7);
IS(seL4_UnknownSyscall_FaultIP, 8);
IS(seL4_UnknownSyscall_SP, 9);
IS(seL4_UnknownSyscall_LR, 10);
IS(seL4_UnknownSyscall_SPSR, 11);
IS(seL4_UnknownSyscall_Syscall, 12);
IS(seL4_UnknownSyscall_Length, 13);
IS(seL4_UserException_FaultIP, 0);
IS(seL4_UserException_SP, 1);
IS(seL4_UserException_SPSR, 2);
IS(seL4_UserException_Number, 3);
IS(seL4_UserException_Code, 4);
IS(seL4_UserException_Length, 5);
IS(seL4_VMFault_IP, 0);
IS(seL4_VMFault_Addr, 1);
IS(seL4_VMFault_PrefetchFault, 2);
IS(seL4_VMFault_FSR, 3);
IS(seL4_VMFault_Length, 4);
IS(seL4_VGICMaintenance_IDX, 0);
IS(seL4_VPPIEvent_IRQ, 0);
IS(seL4_VCPUFault_HSR, 0);
IS(seL4_Timeout_Data, 0);
IS(seL4_Timeout_Consumed, 1);
IS(seL4_Timeout_Length, 2);
IS(seL4_TimeoutReply_X16, 12);
IS(seL4_TimeoutReply_X28, 33);
IS(seL4_TimeoutReply_Length, 34);

/* VCPU registers */
IS(seL4_VCPUReg_SCTLR, 0);
IS(seL4_VCPUReg_CPACR, 1);
IS(seL4_VCPUReg_TTBR0, 2);
IS(seL4_VCPUReg_TTBR1, 3);
IS(seL4_VCPUReg_TCR, 4);
IS(seL4_VCPUReg_MAIR, 5);
IS(seL4_VCPUReg_AMAIR, 6);
IS(seL4_VCPUReg_CIDR, 7);
IS(seL4_VCPUReg_ACTLR, 8);
IS(seL4_VCPUReg_AFSR0, 9);
IS(seL4_VCPUReg_AFSR1, 10);
IS(seL4_VCPUReg_ESR, 11);
IS(seL4_VCPUReg_FAR, 12);
IS(seL4_VCPUReg_PAR, 13);
IS(seL4_VCPUReg_VBAR, 14);
IS(seL4_VCPUReg_TPIDR_EL1, 15);
IS(seL4_VCPUReg_VMPIDR_EL2, 16);
IS(seL4_VCPUReg_SP_EL1, 17);
IS(seL4_VCPUReg_ELR_EL1, 18);
IS(seL4_VCPUReg_SPSR_EL1, 19);
IS(seL4_VCPUReg_CNTV_CTL, 20);
IS(seL4_VCPUReg_CNTV_CVAL, 21);
IS(seL4_VCPUReg_CNTVOFF, 22);
IS(seL4_VCPUReg_CNTKCTL_EL1, 23);
IS(seL4_VCPUReg_Num, 24);

/* Labels */
IS(UntypedRetype, 1);
IS(TCBReadRegisters, 2);
IS(TCBWriteRegisters, 3);
IS(TCBCopyRegisters, 4);
IS(TCBConfigure, 5);
IS(TCBSetPriority, 6);
IS(TCBSetMCPriority, 7);
IS(TCBSetSchedParams, 8);
IS(TCBSetTimeoutEndpoint, 9);
IS(TCBSetIPCBuffer, 10);
IS(TCBSetSpace, 11);
IS(TCBSuspend, 12);
IS(TCBResume, 13);
IS(TCBBindNotification, 14);
IS(TCBUnbindNotification, 15);
IS(TCBSetTLSBase, 16);
IS(TCBSetFlags, 17);
IS(CNodeRevoke, 18);
IS(CNodeDelete, 19);
IS(CNodeCancelBadgedSends, 20);
IS(CNodeCopy, 21);
IS(CNodeMint, 22);
IS(CNodeMove, 23);
IS(CNodeMutate, 24);
IS(CNodeRotate, 25);
IS(IRQIssueIRQHandler, 26);
IS(IRQAckIRQ, 27);
IS(IRQSetIRQHandler, 28);
IS(IRQClearIRQHandler, 29);
IS(DomainSetSet, 30);
IS(DomainScheduleConfigure, 31);
IS(DomainScheduleSetStart, 32);
IS(SchedControlConfigureFlags, 33);
IS(SchedContextBind, 34);
IS(SchedContextUnbind, 35);
IS(SchedContextUnbindObject, 36);
IS(SchedContextConsumed, 37);
IS(SchedContextYieldTo, 38);
IS(ARMVSpaceClean_Data, 39);
IS(ARMVSpaceInvalidate_Data, 40);
IS(ARMVSpaceCleanInvalidate_Data, 41);
IS(ARMVSpaceUnify_Instruction, 42);
IS(ARMSMCCall, 43);
IS(ARMPageTableMap, 44);
IS(ARMPageTableUnmap, 45);
IS(ARMPageMap, 46);
IS(ARMPageUnmap, 47);
IS(ARMPageClean_Data, 48);
IS(ARMPageInvalidate_Data, 49);
IS(ARMPageCleanInvalidate_Data, 50);
IS(ARMPageUnify_Instruction, 51);
IS(ARMPageGetAddress, 52);
IS(ARMASIDControlMakePool, 53);
IS(ARMASIDPoolAssign, 54);
IS(ARMVCPUSetTCB, 55);
IS(ARMVCPUInjectIRQ, 56);
IS(ARMVCPUReadReg, 57);
IS(ARMVCPUWriteReg, 58);
IS(ARMVCPUAckVPPI, 59);
IS(ARMIRQIssueIRQHandlerTrigger, 60);
#ifdef CONFIG_ENABLE_SMP_SUPPORT
IS(ARMIRQIssueIRQHandlerTriggerCore, 61);
#else
IS(ARMIRQIssueSGISignal, 61);
#endif
IS(nArchInvocationLabels, 62);

/*
 * Signatures. The compiler must accept each function as an initialiser of a pointer of the written
 * type; with -Werror a different one does not compile.
 */
typedef seL4_Word W;
typedef seL4_Word *P;
typedef seL4_MessageInfo_t M;
typedef seL4_Error E;

#define SIGNATURE(result, name, ...)                      \
	extern result (*const check_##name)(__VA_ARGS__); \
	result (*const check_##name)(__VA_ARGS__) = name

SIGNATURE(void, seL4_Send, W, M);
SIGNATURE(void, seL4_NBSend, W, M);
SIGNATURE(void, seL4_SendWithMRs, W, M, P, P, P, P);
SIGNATURE(void, seL4_NBSendWithMRs, W, M, P, P, P, P);
SIGNATURE(void, seL4_Signal, W);
SIGNATURE(void, seL4_Yield, void);
SIGNATURE(M, seL4_Recv, W, P, W);
SIGNATURE(M, seL4_NBRecv, W, P, W);
SIGNATURE(M, seL4_RecvWithMRs, W, P, W, P, P, P, P);
SIGNATURE(M, seL4_Wait, W, P);
SIGNATURE(M, seL4_NBWait, W, P);
SIGNATURE(M, seL4_Poll, W, P);
SIGNATURE(M, seL4_WaitWithMRs, W, P, P, P, P, P);
SIGNATURE(M, seL4_Call, W, M);
SIGNATURE(M, seL4_CallWithMRs, W, M, P, P, P, P);
SIGNATURE(M, seL4_ReplyRecv, W, M, P, W);
SIGNATURE(M, seL4_ReplyRecvWithMRs, W, M, P, P, P, P, P, W);
SIGNATURE(M, seL4_NBSendRecv, W, M, W, P, W);
SIGNATURE(M, seL4_NBSendRecvWithMRs, W, M, W, P, P, P, P, P, W);
SIGNATURE(M, seL4_NBSendWait, W, M, W, P);
SIGNATURE(M, seL4_NBSendWaitWithMRs, W, M, W, P, P, P, P, P);

SIGNATURE(void, seL4_SetIPCBuffer, seL4_IPCBuffer *);
SIGNATURE(seL4_IPCBuffer *, seL4_GetIPCBuffer, void);
SIGNATURE(W, seL4_GetMR, int);
SIGNATURE(void, seL4_SetMR, int, W);
SIGNATURE(W, seL4_GetUserData, void);
SIGNATURE(void, seL4_SetUserData, W);
SIGNATURE(W, seL4_GetBadge, int);
SIGNATURE(W, seL4_GetCap, int);
SIGNATURE(void, seL4_SetCap, int, W);
SIGNATURE(void, seL4_GetCapReceivePath, P, P, P);
SIGNATURE(void, seL4_SetCapReceivePath, W, W, W);
SIGNATURE(M, seL4_MessageInfo_new, W, W, W, W);
SIGNATURE(W, seL4_MessageInfo_get_label, M);
SIGNATURE(W, seL4_MessageInfo_get_length, M);
SIGNATURE(W, seL4_MessageInfo_get_extraCaps, M);
SIGNATURE(W, seL4_MessageInfo_get_capsUnwrapped, M);
SIGNATURE(M, seL4_MessageInfo_set_label, M, W);
SIGNATURE(M, seL4_MessageInfo_set_length, M, W);
SIGNATURE(W, seL4_MessageInfo_ptr_get_label, M *);
SIGNATURE(void, seL4_MessageInfo_ptr_set_label, M *, W);
SIGNATURE(seL4_CapRights_t, seL4_CapRights_new, W, W, W, W);
SIGNATURE(W, seL4_CapRights_get_capAllowGrant, seL4_CapRights_t);
SIGNATURE(seL4_CNode_CapData_t, seL4_CNode_CapData_new, W, W);
SIGNATURE(W, seL4_CNode_CapData_get_guard, seL4_CNode_CapData_t);
SIGNATURE(W, seL4_MaxExtraRefills, W);

SIGNATURE(E, seL4_Untyped_Retype, W, W, W, W, W, W, W, W);
SIGNATURE(E, seL4_TCB_ReadRegisters, W, seL4_Bool, seL4_Uint8, W, seL4_UserContext *);
SIGNATURE(E, seL4_TCB_WriteRegisters, W, seL4_Bool, seL4_Uint8, W, seL4_UserContext *);
SIGNATURE(E, seL4_TCB_CopyRegisters, W, W, seL4_Bool, seL4_Bool, seL4_Bool, seL4_Bool, seL4_Uint8);
SIGNATURE(E, seL4_TCB_Configure, W, W, W, W, W, W, W);
SIGNATURE(E, seL4_TCB_SetPriority, W, W, W);
SIGNATURE(E, seL4_TCB_SetMCPriority, W, W, W);
SIGNATURE(E, seL4_TCB_SetSchedParams, W, W, W, W, W, W);
SIGNATURE(E, seL4_TCB_SetTimeoutEndpoint, W, W);
SIGNATURE(E, seL4_TCB_SetIPCBuffer, W, W, W);
SIGNATURE(E, seL4_TCB_SetSpace, W, W, W, W, W, W);
SIGNATURE(E, seL4_TCB_Suspend, W);
SIGNATURE(E, seL4_TCB_Resume, W);
SIGNATURE(E, seL4_TCB_BindNotification, W, W);
SIGNATURE(E, seL4_TCB_UnbindNotification, W);
SIGNATURE(E, seL4_TCB_SetTLSBase, W, W);
SIGNATURE(seL4_TCB_SetFlags_t, seL4_TCB_SetFlags, W, W, W);
SIGNATURE(E, seL4_CNode_Revoke, W, W, seL4_Uint8);
SIGNATURE(E, seL4_CNode_Delete, W, W, seL4_Uint8);
SIGNATURE(E, seL4_CNode_CancelBadgedSends, W, W, seL4_Uint8);
SIGNATURE(E, seL4_CNode_Copy, W, W, seL4_Uint8, W, W, seL4_Uint8, seL4_CapRights_t);
SIGNATURE(E, seL4_CNode_Mint, W, W, seL4_Uint8, W, W, seL4_Uint8, seL4_CapRights_t, W);
SIGNATURE(E, seL4_CNode_Move, W, W, seL4_Uint8, W, W, seL4_Uint8);
SIGNATURE(E, seL4_CNode_Mutate, W, W, seL4_Uint8, W, W, seL4_Uint8, W);
SIGNATURE(E, seL4_CNode_Rotate, W, W, seL4_Uint8, W, W, W, seL4_Uint8, W, W, W, seL4_Uint8);
SIGNATURE(E, seL4_IRQControl_Get, W, W, W, W, seL4_Uint8);
SIGNATURE(E, seL4_IRQControl_GetTrigger, W, W, W, W, W, seL4_Uint8);
#ifdef CONFIG_ENABLE_SMP_SUPPORT
SIGNATURE(E, seL4_IRQControl_GetTriggerCore, W, W, W, W, W, seL4_Uint8, W);
#else
SIGNATURE(E, seL4_IRQControl_IssueSGISignal, W, W, W, W, W, seL4_Uint8);
#endif
SIGNATURE(E, seL4_IRQHandler_Ack, W);
SIGNATURE(E, seL4_IRQHandler_SetNotification, W, W);
SIGNATURE(E, seL4_IRQHandler_Clear, W);
SIGNATURE(E, seL4_DomainSet_Set, W, seL4_Uint8, W);
SIGNATURE(E, seL4_DomainSet_ScheduleConfigure, W, W, seL4_Uint8, seL4_Time);
SIGNATURE(E, seL4_DomainSet_ScheduleSetStart, W, W);
SIGNATURE(E, seL4_SchedControl_ConfigureFlags, W, W, seL4_Time, seL4_Time, W, W, W);
SIGNATURE(E, seL4_SchedControl_Configure, W, W, seL4_Time, seL4_Time, W, W);
SIGNATURE(E, seL4_SchedContext_Bind, W, W);
SIGNATURE(E, seL4_SchedContext_Unbind, W);
SIGNATURE(E, seL4_SchedContext_UnbindObject, W, W);
SIGNATURE(seL4_SchedContext_Consumed_t, seL4_SchedContext_Consumed, W);
SIGNATURE(seL4_SchedContext_YieldTo_t, seL4_SchedContext_YieldTo, W);
SIGNATURE(E, seL4_ARM_VSpace_Clean_Data, W, W, W);
SIGNATURE(E, seL4_ARM_VSpace_Invalidate_Data, W, W, W);
SIGNATURE(E, seL4_ARM_VSpace_CleanInvalidate_Data, W, W, W);
SIGNATURE(E, seL4_ARM_VSpace_Unify_Instruction, W, W, W);
SIGNATURE(E, seL4_ARM_SMC_Call, W, seL4_ARM_SMCContext *, seL4_ARM_SMCContext *);
SIGNATURE(E, seL4_ARM_PageTable_Map, W, W, W, seL4_ARM_VMAttributes);
SIGNATURE(E, seL4_ARM_PageTable_Unmap, W);
SIGNATURE(E, seL4_ARM_Page_Map, W, W, W, seL4_CapRights_t, seL4_ARM_VMAttributes);
SIGNATURE(E, seL4_ARM_Page_Unmap, W);
SIGNATURE(E, seL4_ARM_Page_Clean_Data, W, W, W);
SIGNATURE(E, seL4_ARM_Page_Invalidate_Data, W, W, W);
SIGNATURE(E, seL4_ARM_Page_CleanInvalidate_Data, W, W, W);
SIGNATURE(E, seL4_ARM_Page_Unify_Instruction, W, W, W);
SIGNATURE(seL4_ARM_Page_GetAddress_t, seL4_ARM_Page_GetAddress, W);
SIGNATURE(E, seL4_ARM_ASIDControl_MakePool, W, W, W, W, seL4_Uint8);
SIGNATURE(E, seL4_ARM_ASIDPool_Assign, W, W);
SIGNATURE(E, seL4_ARM_VCPU_SetTCB, W, W);
SIGNATURE(E, seL4_ARM_VCPU_InjectIRQ, W, seL4_Uint16, seL4_Uint8, seL4_Uint8, seL4_Uint8);
SIGNATURE(seL4_ARM_VCPU_ReadRegs_t, seL4_ARM_VCPU_ReadRegs, W, seL4_VCPUReg);
SIGNATURE(E, seL4_ARM_VCPU_WriteRegs, W, seL4_VCPUReg, W);
SIGNATURE(E, seL4_ARM_VCPU_AckVPPI, W, W);

SIGNATURE(seL4_Fault_t, seL4_getFault, M);
SIGNATURE(W, seL4_Fault_get_seL4_FaultType, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_CapFault_get_IP, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_CapFault_get_Addr, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_CapFault_get_MR6, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_UnknownSyscall_get_X0, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_UnknownSyscall_get_FaultIP, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_UnknownSyscall_get_Syscall, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_UserException_get_Stack, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_UserException_get_Code, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_Timeout_get_data, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_Timeout_get_consumed, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VMFault_get_Addr, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VMFault_get_PrefetchFault, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VMFault_get_FSR, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VGICMaintenance_get_IDX, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VCPUFault_get_HSR, seL4_Fault_t);
SIGNATURE(W, seL4_Fault_VPPIEvent_get_irq, seL4_Fault_t);
SIGNATURE(seL4_Bool, seL4_isVMFault_tag, M);
SIGNATURE(seL4_Bool, seL4_isTimeoutFault_tag, M);
SIGNATURE(M, seL4_TimeoutReply_new, seL4_Bool, seL4_UserContext, W);
