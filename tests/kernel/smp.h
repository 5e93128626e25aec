/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of several cores share. Where a thread runs is seen by the one thing that user level
 * can leave in a core: the comparator of its physical timer, which is off.
 */
#pragma once

#include "harness.h"

#define MARK 0xc0de0000ul /* + the core's number */

seL4_CPtr control_of(seL4_Word core);
/* A full scheduling context moves, with its thread, which may be running. */
void move_to(seL4_CPtr sc, seL4_Word core);
/* A helper with a context of its own on that core, started. */
struct thread *start_on(seL4_Word core, thread_entry entry, seL4_Word argument, seL4_Word priority);

/* Which core is this? cores_mark() must have been called in this test. */
void cores_mark(void);
seL4_Word where(void);

/* Lets other cores work: under emulation that counts instructions, they take turns. */
static inline void relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* Waits until the word is at least that, without a system call; false after seconds. */
bool await(volatile seL4_Word *word, seL4_Word least);
/* Does the word change within a while? */
bool is_counting(volatile seL4_Word *word);

/* A helper: counts in shared[index], for ever. */
void count_up(seL4_Word index);
