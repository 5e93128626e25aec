// SPDX-License-Identifier: BSD-2-Clause
/*
 * Domains: a cyclic schedule of (domain, duration in ticks). An entry of all zeroes ends the cycle;
 * the last entry always is one. At boot domain 0 runs for ever.
 */

#include "domain.h"

#define DURATION_MAX (~0ull >> 8)
#define ENTRY_COUNT CONFIG_DOMAIN_SCHEDULE_LENGTH

struct domain_entry {
	u8 domain;
	ticks_t duration;
};

static struct domain_entry schedule[ENTRY_COUNT];
static u32 schedule_start;

static bool is_end(u32 index)
{
	return schedule[index].domain == 0 && schedule[index].duration == 0;
}

void domain_init(struct core *core)
{
	schedule[0] = (struct domain_entry){ .domain = 0, .duration = DURATION_MAX };
	core->domain_time = DURATION_MAX;
}

void domain_next(struct core *core)
{
	core->domain_index++;
	if (is_end(core->domain_index))
		core->domain_index = schedule_start;
	core->domain = schedule[core->domain_index].domain;
	core->domain_time = schedule[core->domain_index].duration;
	core->work_units = 0;
	core->reprogram = true;
}

static enum error decode_set(struct invocation *inv)
{
	struct cap cap;
	u64 domain;

	if (inv->length < 1)
		return err_truncated();
	domain = inv_arg(inv, 0);
	if (domain >= CONFIG_DOMAIN_COUNT)
		return err_invalid_argument(0);
	if (inv->extra_count < 1)
		return err_truncated();
	cap = inv->extra[0]->cap;
	if (cap_type(cap) != CAP_TCB)
		return err_invalid_argument(1);

	core_stall(cap_ptr(cap));
	thread_set_domain(cap_ptr(cap), domain);
	return OK;
}

static enum error decode_configure(struct invocation *inv)
{
	u64 index, domain;
	ticks_t duration;

	if (inv->length < 3)
		return err_truncated();
	index = inv_arg(inv, 0);
	domain = inv_arg(inv, 1);
	duration = inv_arg(inv, 2);
	if (index >= ENTRY_COUNT - 1)
		return err_range(0, ENTRY_COUNT - 2);
	if (domain >= CONFIG_DOMAIN_COUNT)
		return err_range(0, CONFIG_DOMAIN_COUNT - 1);
	if (duration > DURATION_MAX)
		return err_invalid_argument(2);
	if (duration == 0 && domain != 0)
		return err_invalid_argument(1);
	if (duration == 0 && index == schedule_start)
		return err_invalid_argument(2);

	schedule[index] = (struct domain_entry){ .domain = domain, .duration = duration };
	return OK;
}

static enum error decode_set_start(struct invocation *inv)
{
	struct core *core = this_core();
	u64 index;

	if (inv->length < 1)
		return err_truncated();
	index = inv_arg(inv, 0);
	if (index >= ENTRY_COUNT)
		return err_range(0, ENTRY_COUNT - 1);
	if (is_end(index))
		return err_invalid_argument(0);

	/* The slice ends now, and what follows the last entry is the new start. */
	schedule_start = index;
	core->domain_time = 0;
	core->domain_index = ENTRY_COUNT - 2;
	sched_need_choose();
	return OK;
}

enum error domain_decode(struct invocation *inv)
{
	switch (inv->label) {
	case LABEL_DOMAIN_SET:
		return decode_set(inv);
	case LABEL_DOMAIN_SCHEDULE_CONFIGURE:
		return decode_configure(inv);
	case LABEL_DOMAIN_SCHEDULE_SET_START:
		return decode_set_start(inv);
	default:
		return err_illegal();
	}
}
