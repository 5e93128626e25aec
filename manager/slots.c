// SPDX-License-Identifier: BSD-2-Clause
/*
 * Free slots as a stack: constant time, and the count is the length of the list.
 */
#include "slots.h"

#include <errno.h>

void slots_init(struct slots *slots, cap_t *next, cap_t first, cap_t end)
{
	slots->next = next;
	slots->first = CAP_NONE;
	slots->free_count = 0;
	for (cap_t cap = end; cap > first; cap--)
		slots_give(slots, cap - 1);
}

int slots_reserve(struct slots *from, struct slots *to, uint32_t count)
{
	if (from->free_count < count)
		return -ENOMEM;
	slots_init(to, from->next, 0, 0);
	while (count--)
		slots_give(to, slots_take(from));
	return 0;
}

cap_t slots_take(struct slots *slots)
{
	cap_t cap = slots->first;

	if (cap == CAP_NONE)
		return CAP_NONE;
	slots->first = slots->next[cap];
	slots->free_count--;
	return cap;
}

void slots_give(struct slots *slots, cap_t cap)
{
	if (cap == CAP_NONE)
		return;
	slots->next[cap] = slots->first;
	slots->first = cap;
	slots->free_count++;
}
