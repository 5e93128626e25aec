// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of ioeventfds: a sorted array with binary search. See ioevent.h for who calls it.
 *
 * Which entries exclude each other is KVM's rule: same address and (either takes any length, or the
 * lengths are equal and either takes any value or the values are equal).
 */
#include "ioevent.h"

#include <errno.h>
#include <string.h>

/* The first entry at or above @ipa. */
static unsigned int lower_bound(const struct ioevent_table *table, uint64_t ipa)
{
	unsigned int low = 0;
	unsigned int high = table->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (table->entry[middle].ipa < ipa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t value_mask(unsigned int size)
{
	return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

static bool excludes(const struct ioevent *a, const struct ioevent *b)
{
	if (a->ipa != b->ipa)
		return false;
	if (!a->length || !b->length)
		return true;
	return a->length == b->length && (!a->match || !b->match || a->datamatch == b->datamatch);
}

int ioevent_assign(struct ioevent_table *table, const struct ioevent *event)
{
	struct ioevent new = *event;
	unsigned int at;

	if (new.event >= SELKIE_EVENT_MAX || (new.length &(new.length - 1)) || new.length > 8)
		return -EINVAL;
	if (new.match && !new.length)
		return -EINVAL;
	if (new.ipa + new.length < new.ipa)
		return -EINVAL;
	new.datamatch = new.match ? new.datamatch &value_mask(new.length) : 0;
	for (unsigned int i = 0; i < table->count; i++)
		if (table->entry[i].event == new.event || excludes(&table->entry[i], &new))
			return -EEXIST;
	if (table->count == SELKIE_EVENT_MAX)
		return -ENOSPC;

	at = lower_bound(table, new.ipa);
	memmove(&table->entry[at + 1], &table->entry[at],
		(table->count - at) * sizeof(table->entry[0]));
	table->entry[at] = new;
	table->count++;
	table->last = at;
	return 0;
}

int ioevent_deassign(struct ioevent_table *table, unsigned int event)
{
	for (unsigned int i = 0; i < table->count; i++) {
		if (table->entry[i].event != event)
			continue;
		table->count--;
		table->last = 0;
		memmove(&table->entry[i], &table->entry[i + 1],
			(table->count - i) * sizeof(table->entry[0]));
		return 0;
	}
	return -ENOENT;
}

int ioevent_match(struct ioevent_table *table, uint64_t ipa, unsigned int size,
		  uint64_t (*value)(void *ctx), void *ctx)
{
	const struct ioevent *last = &table->entry[table->last];

	if (last->ipa == ipa && last->length == size && !last->match && table->count)
		return last->event;
	for (unsigned int i = lower_bound(table, ipa);
	     i < table->count && table->entry[i].ipa == ipa; i++) {
		const struct ioevent *entry = &table->entry[i];

		if (entry->length && entry->length != size)
			continue;
		if (!entry->match || (value(ctx) & value_mask(size)) == entry->datamatch) {
			table->last = i;
			return entry->event;
		}
	}
	return -1;
}
