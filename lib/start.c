// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the start-up assembly (crt0-*.S) refers to, and the proof that its numbers are the ABI's.
 */
#include <sel4/sel4.h>

#include "process.h"

/* libsel4's idea of the calling thread's IPC buffer; native processes have one thread. */
seL4_IPCBuffer *__sel4_ipc_buffer;

_Static_assert(__builtin_offsetof(seL4_BootInfo, ipcBuffer) == 32, "as in crt0-root.S");
_Static_assert(SELKIE_IPC_BUFFER_VA(0) == SELKIE_STACK_TOP(0), "as in crt0-process.S");
