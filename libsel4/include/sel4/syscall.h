/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System-call numbers, as they stand in x7. A user may not count on the debug calls: a kernel
 * without them treats the number as an unknown system call.
 */
#pragma once

#include <sel4/macros.h>

typedef enum {
	seL4_SysCall = -1,
	seL4_SysReplyRecv = -2,
	seL4_SysNBSendRecv = -3,
	seL4_SysNBSendWait = -4,
	seL4_SysSend = -5,
	seL4_SysNBSend = -6,
	seL4_SysRecv = -7,
	seL4_SysNBRecv = -8,
	seL4_SysWait = -9,
	seL4_SysNBWait = -10,
	seL4_SysYield = -11,
#ifdef CONFIG_PRINTING
	seL4_SysDebugPutChar = -12,
	seL4_SysDebugDumpScheduler = -13,
#endif
#ifdef CONFIG_DEBUG_BUILD
	seL4_SysDebugHalt = -14,
	seL4_SysDebugCapIdentify = -15,
	seL4_SysDebugSnapshot = -16,
	seL4_SysDebugNameThread = -17,
#endif
	SEL4_FORCE_LONG_ENUM(seL4_Syscall_ID)
} seL4_Syscall_ID;
