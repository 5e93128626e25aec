/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One VM's ioeventfds: which guest writes ring which event bit.
 *
 * Filled by the module's calls, looked up at every guest write that traps; pure, so that it is
 * unit-tested. What always holds: entries are sorted by address, an event bit is in at most one
 * entry, and no two entries can match the same write.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vmpage.h"

struct ioevent {
	uint64_t ipa;
	uint64_t datamatch;
	uint16_t event;
	uint8_t length; /* bytes, 0: any */
	bool match;	/* compare the value with datamatch */
};

struct ioevent_table {
	unsigned int count;
	unsigned int last; /* entry that matched last: a guest rings the same doorbell again */
	struct ioevent entry[SELKIE_EVENT_MAX];
};

/* -EINVAL: length, event bit; -EEXIST: another entry matches the same write, or the bit is in use;
 * -ENOSPC. As KVM_IOEVENTFD. */
int ioevent_assign(struct ioevent_table *table, const struct ioevent *event);
/* -ENOENT */
int ioevent_deassign(struct ioevent_table *table, unsigned int event);

/*
 * The event bit of a write, or -1. The value is asked for through @value only if an entry at this
 * address compares it, because reading a guest register costs a system call.
 */
int ioevent_match(struct ioevent_table *table, uint64_t ipa, unsigned int size,
		  uint64_t (*value)(void *ctx), void *ctx);
