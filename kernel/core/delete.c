// SPDX-License-Identifier: BSD-2-Clause
/*
 * Deleting and revoking caps. The last cap to an object takes the object with it. A CNode or TCB
 * holds slots of its own: its last cap becomes a zombie that counts how many of them are left to
 * empty, so that the work can stop anywhere for an interrupt and go on when the call is restarted.
 * A zombie whose own slot lies inside the memory it stands for (a cycle) is moved out by swapping.
 *
 * What always holds: an object's memory is never reused while a cap or zombie to it exists.
 */

#include "arch.h"
#include "core.h"
#include "cspace.h"
#include "ipc.h"
#include "irq.h"
#include "sched_context.h"

enum error preemption_point_after(u32 work_units)
{
	struct core *core = this_core();

	core->work_units += work_units;
	if (core->work_units < CONFIG_WORK_UNITS_PER_PREEMPTION)
		return OK;
	core->work_units = 0;
	return sched_is_preempted() ? PREEMPTED : OK;
}

enum error preemption_point(void)
{
	return preemption_point_after(1);
}

static struct cap zombie_make(struct slot *slots, u32 radix, u32 flags, u64 count)
{
	return cap_make(CAP_ZOMBIE, (kva_t)slots, radix, flags, count);
}

static struct slot *zombie_slots(struct cap cap)
{
	return cap_flags(cap) & ZOMBIE_TCB ? ((struct tcb *)cap_ptr(cap))->slots : cap_ptr(cap);
}

static void finalise_tcb(struct tcb *tcb)
{
	struct sched_context *sc = tcb->sc;

	core_stall(tcb);
	notification_unbind(tcb);
	if (sc) {
		sched_context_unbind_tcb(sc);
		if (sc->yield_from)
			sched_context_complete_yield(sc->yield_from);
	}
	thread_suspend(tcb);
	arch_tcb_finalise(tcb);
}

/* The object loses this cap. Returns what takes the cap's place: nothing, or a zombie. */
static struct cap finalise(struct cap cap, bool is_final)
{
	if (cap_is_arch(cap)) {
		arch_cap_finalise(cap, is_final);
		return cap_null();
	}
	if (cap_type(cap) == CAP_ZOMBIE)
		return cap;
	if (!is_final)
		return cap_null();
	switch (cap_type(cap)) {
	case CAP_ENDPOINT:
		endpoint_cancel_all(cap_ptr(cap));
		break;
	case CAP_NOTIFICATION:
		notification_finalise(cap_ptr(cap));
		break;
	case CAP_REPLY:
		reply_finalise(cap_ptr(cap));
		break;
	case CAP_SCHED_CONTEXT:
		sched_context_finalise(cap_ptr(cap));
		break;
	case CAP_IRQ_HANDLER:
		irq_handler_clear(cap.w1);
		break;
	case CAP_CNODE:
		return zombie_make(cap_ptr(cap), cap_bits(cap), 0, BIT(cap_bits(cap)));
	case CAP_TCB:
		finalise_tcb(cap_ptr(cap));
		return zombie_make(cap_ptr(cap), 0, ZOMBIE_TCB, TCB_SLOT_COUNT);
	default:
		break;
	}
	return cap_null();
}

/* Empty the slot; what the last cap of its kind held is free from now on. */
static void empty(struct slot *slot, bool free_irq, u64 irq)
{
	if (slot_is_empty(slot))
		return;
	slot_remove(slot);
	if (free_irq)
		irq_release(irq);
}

/* Nothing is left to do for this remainder, except to forget it. */
static bool is_removable(struct cap remainder, const struct slot *slot)
{
	if (cap_is_null(remainder))
		return true;
	return remainder.w1 == 0 || (remainder.w1 == 1 && zombie_slots(remainder) == slot);
}

static enum error delete(struct slot *slot, bool exposed);

/* Empty one more slot of the zombie in `slot`, or get it out of the way of another zombie. */
static enum error reduce_zombie(struct slot *slot, bool exposed)
{
	struct cap zombie = slot->cap;
	struct slot *slots = zombie_slots(zombie);
	enum error err;

	if (!exposed) {
		/* Met while another zombie is taken apart: swap this one into its own slots. */
		slot_swap(slots, slots->cap, slot, slot->cap);
		return OK;
	}
	err = delete(&slots[zombie.w1 - 1], false);
	if (err)
		return err;
	/* Unless emptying it moved the zombie itself, the last slot is done. */
	if (slot->cap.w0 == zombie.w0 && slot->cap.w1 == zombie.w1)
		slot->cap.w1--;
	return OK;
}

/*
 * `exposed`: the slot is user level's; it is empty afterwards. Otherwise it belongs to a zombie
 * that is being reduced, and may end up holding a zombie that stands for itself.
 */
static enum error delete(struct slot *slot, bool exposed)
{
	while (!slot_is_empty(slot)) {
		struct cap cap = slot->cap;
		bool is_final = slot_is_final(slot);
		struct cap remainder = finalise(cap, is_final);
		enum error err;

		if (is_removable(remainder, slot)) {
			empty(slot, is_final && cap_type(cap) == CAP_IRQ_HANDLER, cap.w1);
			return OK;
		}
		slot->cap = remainder;
		if (!exposed && zombie_slots(remainder) == slot)
			return OK;
		err = reduce_zombie(slot, exposed);
		if (!err)
			err = preemption_point();
		if (err)
			return err;
	}
	return OK;
}

enum error slot_delete(struct slot *slot)
{
	return delete(slot, true);
}

void slot_delete_one(struct slot *slot)
{
	if (slot_is_empty(slot))
		return;
	finalise(slot->cap, slot_is_final(slot));
	slot_remove(slot);
}

enum error slot_revoke(struct slot *slot)
{
	while (slot_has_children(slot)) {
		enum error err = delete(slot_next(slot), true);

		if (!err)
			err = preemption_point();
		if (err)
			return err;
	}
	return OK;
}

bool slot_is_long_delete(const struct slot *slot)
{
	switch (cap_type(slot->cap)) {
	case CAP_TCB:
	case CAP_ZOMBIE:
	case CAP_CNODE:
		return slot_is_final(slot);
	default:
		return false;
	}
}
