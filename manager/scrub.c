// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scrubs memory while nobody else wants to run.
 *
 * seL4 clears a whole untyped when the first block is cut off it, and lets others run in between.
 * This thread asks for the first block of each untyped that memory.c has not cut yet. If the
 * manager needs one sooner it asks for the same block, into the same slot: the clearing goes on
 * where this thread was interrupted, and whoever comes second finds the slot full, which does no
 * harm.
 */
#include "manager.h"

#include <errno.h>

#define SCRUB_PRIORITY	      1u    /* below guests */
#define SCRUB_BUDGET_US	      1000u /* so long may another core wait for a kernel with one lock */
#define SCRUB_PERIOD_US	      10000u
#define SCRUB_STACK_BYTES     1024u
#define SCRUB_START_REGISTERS 6 /* pc, sp, spsr, x0, x1, x2 */
#define SCRUB_RETYPE_WORDS    6

static uint64_t scrub_stack[SCRUB_STACK_BYTES / 8] __attribute__((aligned(16)));

/*
 * Shares the manager's address space and CSpace, and of its data memory->uncut, which does not
 * change any more. libsel4's IPC buffer is the manager's thread's, so what does not travel in
 * registers is put into this one's by hand.
 */
static _Noreturn void scrub_run(struct memory *memory, seL4_IPCBuffer *buffer, seL4_CPtr tcb)
{
	for (unsigned int i = memory->unscrubbed; i; i--) {
		const struct memory_uncut *uncut = &memory->uncut[i - 1];
		seL4_Word type = seL4_UntypedObject, bits = LARGE_BITS, index = 0, depth = 0;

		buffer->caps_or_badges[0] = seL4_CapInitThreadCNode;
		buffer->msg[4] = uncut->blocks;
		buffer->msg[5] = 1;
		seL4_CallWithMRs(uncut->untyped,
				 seL4_MessageInfo_new(UntypedRetype, 0, 1, SCRUB_RETYPE_WORDS),
				 &type, &bits, &index, &depth);
		__atomic_store_n(&memory->unscrubbed, i - 1, __ATOMIC_RELAXED);
	}
	for (;;)
		seL4_TCB_Suspend(tcb);
}

int scrub_start(struct manager *manager)
{
	struct arena *arena = &manager->arena;
	seL4_UserContext context = {.pc = (seL4_Word)scrub_run};
	cap_t sched = arena_make(arena, CAP_SCHED_CONTEXT, OBJECT_SCHED_BITS, NULL);
	struct object_thread thread = object_own_thread(arena, sched, SCRUB_PRIORITY);
	void *buffer;

	thread.ipc_frame = arena_make(arena, CAP_PAGE, 0, NULL);
	if (!thread.tcb || !thread.sched_context || !thread.ipc_frame)
		return -ENOMEM;
	buffer = window_map(manager, WINDOW_SCRUB, thread.ipc_frame, CAP_MAP_WRITE);
	if (!buffer)
		return -ENOMEM;
	if (seL4_SchedControl_ConfigureFlags(manager->sched_control, thread.sched_context,
					     SCRUB_BUDGET_US, SCRUB_PERIOD_US, 0, 0,
					     seL4_SchedContext_Sporadic))
		return -EINVAL;
	thread.ipc_buffer = (seL4_Word)buffer;
	context.sp = (seL4_Word)(scrub_stack + SCRUB_STACK_BYTES / 8);
	context.x0 = (seL4_Word)&manager->memory;
	context.x1 = thread.ipc_buffer;
	context.x2 = thread.tcb;
	return object_start(&thread, &context, SCRUB_START_REGISTERS);
}
