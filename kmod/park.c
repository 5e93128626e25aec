// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parking: a guest that rings a doorbell and then waits for the answer need not be entered in
 * between. It would go through its idle loop to a WFI, leave its VM there, and come back through the
 * idle loop; parked, it stops at the doorbell and goes on with the interrupt.
 *
 * Called by run.c with vcpu->mutex. Whether the guest will wait is learnt: a WFI soon after a
 * doorbell, a few times in a row. It is looked at again now and then, because a parked guest shows
 * nothing: one that has more requests to make must be let to make them together. A wrong guess costs
 * the guest at most PARK_US, about what Linux's KVM spends on polling.
 */

#include <linux/sched.h>
#include <asm/arch_timer.h>

#include "selkie.h"

#define PARK_US 500 /* at the longest */
#define PARK_SOON_US 20 /* from a doorbell to the WFI that belongs to it */
#define PARK_TRUST 4 /* such WFIs, in a row, before the first parking */
#define PARK_PENALTY 16 /* and so many more after a parking that nothing ended */
#define PARK_PROBE 64 /* one doorbell of so many is watched instead */

static unsigned long park_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

bool park_begin(struct selkie_vcpu *vcpu, u64 *deadline)
{
	struct selkie_park *park = &vcpu->park;
	u64 now = __arch_counter_get_cntvct();

	if (park->trust >= PARK_TRUST && ++park->count % PARK_PROBE) {
		*deadline = now + ticks_from_us(PARK_US);
		return true;
	}
	/* The last one is still watched: this guest does not wait after each. */
	if (park->watched)
		park->trust = min(park->trust, 0);
	park->watched = now;
	park->switches = park_switches();
	return false;
}

void park_end(struct selkie_vcpu *vcpu, u64 deadline)
{
	if (__arch_counter_get_cntvct() >= deadline)
		vcpu->park.trust = -PARK_PENALTY;
}

void park_note_wfi(struct selkie_vcpu *vcpu)
{
	struct selkie_park *park = &vcpu->park;

	/* Other threads' time says nothing about the guest. */
	if (park->watched && park->switches == park_switches()) {
		if (__arch_counter_get_cntvct() - park->watched >= ticks_from_us(PARK_SOON_US))
			park->trust = min(park->trust, 0);
		else if (park->trust < PARK_TRUST)
			park->trust++;
	}
	park->watched = 0;
}
