/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock of a VM's state, for vmm processes with several threads: fair, and spinning.
 *
 * main.c takes it when a message has come and gives it back before the answer, so that whoever waits
 * for it runs on another core and waits for work that is bounded (docs/smp.md).
 */
#pragma once

#include <stdint.h>

struct lock {
	uint32_t next;	/* ticket for whoever comes */
	uint32_t owner; /* ticket that holds the lock */
};

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Acquire: what the last holder wrote is seen; pairs with lock_give(). */
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		asm volatile("yield");
}

static inline void lock_give(struct lock *lock)
{
	/* Only the holder writes owner. */
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}
