/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's saved registers. The context is the first thing in struct tcb, so the address of a TCB
 * is the address of its register frame; entry assembly stores x0-x30 at offset 0 by these offsets.
 *
 * ELR is where the thread continues. FAULT_PC is the address of the instruction that entered the
 * kernel, from which a restarted thread begins again (for a system call: elr - 4); it is what user
 * level calls the pc.
 */
#pragma once

#define CONTEXT_X30 (30 * 8)
#define CONTEXT_SP (31 * 8)
#define CONTEXT_ELR (32 * 8)
#define CONTEXT_SPSR (33 * 8)
#define CONTEXT_FAULT_PC (34 * 8)
#define CONTEXT_TPIDR (35 * 8)
#define CONTEXT_TPIDRRO (36 * 8)

#ifndef __ASSEMBLER__
#include "types.h"

enum reg {
	REG_CAP = 0,		/* in: invoked cap; out: badge */
	REG_BADGE = 0,
	REG_INFO = 1,
	REG_MR0 = 2,
	REG_REPLY = 6,
	REG_SYSCALL = 7,
	REG_NB_SEND_DEST = 8,
	REG_LR = 30,
	REG_SP = 31,
	REG_ELR = 32,
	REG_SPSR = 33,
	REG_FAULT_PC = 34,
	REG_TPIDR = 35,
	REG_TPIDRRO = 36,
	REG_COUNT = 37,
};

struct context {
	u64 reg[REG_COUNT];
};

struct fpu_state {
	__extension__ unsigned __int128 v[32];
	u32 fpsr;
	u32 fpcr;
};

_Static_assert(offsetof(struct context, reg[REG_SP]) == CONTEXT_SP, "entry.S offsets");
_Static_assert(offsetof(struct context, reg[REG_TPIDRRO]) == CONTEXT_TPIDRRO, "entry.S offsets");
#endif
