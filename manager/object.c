// SPDX-License-Identifier: BSD-2-Clause
/*
 * Thin wrappers: argument order and encodings of seL4 in one place, errno outside.
 */
#include "object.h"

#include <errno.h>

#define OBJECT_ROOT	    seL4_CapInitThreadCNode
#define OBJECT_DEPTH	    64u
#define OBJECT_TABLE_LEVELS 3  /* at most this many tables are missing */
#define OBJECT_MCP	    0u /* a vmm may not raise priorities */

int object_grant(const struct object_cspace *to, uint32_t slot, cap_t from, seL4_CapRights_t rights,
		 uint64_t badge)
{
	seL4_Error err;

	if (badge)
		err = seL4_CNode_Mint(to->cnode, slot, (seL4_Uint8)to->bits, OBJECT_ROOT, from,
				      OBJECT_DEPTH, rights, badge);
	else
		err = seL4_CNode_Copy(to->cnode, slot, (seL4_Uint8)to->bits, OBJECT_ROOT, from,
				      OBJECT_DEPTH, rights);
	return err ? -EINVAL : 0;
}

void object_withdraw(const struct object_cspace *from, uint32_t slot)
{
	seL4_CNode_Delete(from->cnode, slot, (seL4_Uint8)from->bits);
}

cap_t object_mint(struct arena *arena, cap_t from, seL4_CapRights_t rights, uint64_t badge)
{
	cap_t cap = arena_slot(arena);

	if (cap == CAP_NONE || seL4_CNode_Mint(OBJECT_ROOT, cap, OBJECT_DEPTH, OBJECT_ROOT, from,
					       OBJECT_DEPTH, rights, badge))
		return CAP_NONE;
	return cap;
}

cap_t object_vspace(struct arena *arena)
{
	cap_t vspace = arena_make(arena, CAP_VSPACE, 0, NULL);

	if (vspace == CAP_NONE || seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace))
		return CAP_NONE;
	return vspace;
}

int object_sched_configure(cap_t sched_control, cap_t sched_context)
{
	return seL4_SchedControl_ConfigureFlags(sched_control, sched_context, OBJECT_PERIOD_US,
						OBJECT_PERIOD_US, 0, 0, seL4_SchedContext_NoFlag)
		       ? -EINVAL
		       : 0;
}

cap_t object_sched_context(struct arena *arena, cap_t sched_control)
{
	cap_t cap = arena_make(arena, CAP_SCHED_CONTEXT, OBJECT_SCHED_BITS, NULL);

	return cap == CAP_NONE || object_sched_configure(sched_control, cap) ? CAP_NONE : cap;
}

int object_map(struct arena *arena, cap_t frame, cap_t vspace, uint64_t va, unsigned int flags)
{
	int err = cap_map_page(frame, vspace, va, flags);

	for (int i = 0; err == -ENOENT && i < OBJECT_TABLE_LEVELS; i++) {
		cap_t table = arena_make(arena, CAP_PAGE_TABLE, 0, NULL);

		if (table == CAP_NONE)
			return -ENOMEM;
		err = cap_map_table(table, vspace, va);
		if (!err)
			err = cap_map_page(frame, vspace, va, flags);
	}
	return err;
}

int object_schedule(const struct object_thread *thread)
{
	return seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, OBJECT_MCP,
				       thread->priority, thread->sched_context, thread->fault)
		       ? -EINVAL
		       : 0;
}

int object_configure(const struct object_thread *thread)
{
	unsigned int guard_bits =
		thread->guard_bits ? thread->guard_bits : 64 - thread->cspace.bits;
	/* seL4_CNode_CapData; 0 leaves the root CNode's guard as it is. */
	seL4_Word data = guard_bits ? thread->guard << 6 | guard_bits : 0;
	seL4_Error err;

	err = seL4_TCB_Configure(thread->tcb, thread->cspace.cnode, data, thread->vspace, 0,
				 thread->ipc_frame ? thread->ipc_buffer : 0, thread->ipc_frame);
	return err ? -EINVAL : object_schedule(thread);
}

struct object_thread object_own_thread(struct arena *arena, cap_t sched_context,
				       unsigned int priority)
{
	return (struct object_thread){
		.tcb = arena_make(arena, CAP_TCB, 0, NULL),
		.cspace = {seL4_CapInitThreadCNode, 64},
		.vspace = seL4_CapInitThreadVSpace,
		.sched_context = sched_context,
		.priority = priority,
	};
}

int object_start(const struct object_thread *thread, seL4_UserContext *context,
		 unsigned int register_count)
{
	int err = object_configure(thread);

	if (err)
		return err;
	seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
	return seL4_TCB_WriteRegisters(thread->tcb, true, 0, register_count, context) ? -EINVAL : 0;
}
