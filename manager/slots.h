/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free capability slots of the root CNode: lists threaded through one array.
 *
 * Used by everything that makes capabilities. A slot is on one list, free or its owner's, or on
 * none while somebody holds its number. The counts are exact.
 */
#pragma once

#include "cap.h"

struct slots {
	cap_t *next; /* by slot; shared by all lists */
	cap_t first;
	uint32_t free_count;
};

/* Slots first..end-1 become free; next has an entry for every slot of the CNode. */
void slots_init(struct slots *slots, cap_t *next, cap_t first, cap_t end);

/* Moves count slots from one pool to a new one. 0 or -ENOMEM, then nothing is moved. */
int slots_reserve(struct slots *from, struct slots *to, uint32_t count);

/* A free slot, CAP_NONE if there is none. */
cap_t slots_take(struct slots *slots);

/* Gives back an empty slot; CAP_NONE is ignored. */
void slots_give(struct slots *slots, cap_t cap);
