/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the assembly of vectors.S and fpu.S calls and is called by.
 */
#pragma once

#include "objects.h"

/* A synchronous exception of a thread that is no system call; returns the thread to run. */
struct tcb *trap_sync(struct tcb *current, u64 esr);
/* An exception that only a broken kernel or machine raises; `vector` counts from the table's top.
 */
void __attribute__((noreturn)) trap_fatal(u64 vector);
/* thread.c: an FP/SIMD instruction trapped; true if the thread now has its state and may go on. */
bool fpu_trap(struct tcb *tcb);
/* fpu.S: q0 to q31, FPSR and FPCR; FP/SIMD must be open to EL2. */
void fpu_save(struct fpu_state *fpu);
void fpu_load(const struct fpu_state *fpu);
/* vectors.S: where the idle thread runs. */
extern const char idle_loop[];
extern const char vector_table[];
