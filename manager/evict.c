// SPDX-License-Identifier: BSD-2-Clause
/*
 * Has a core forget which vCPU it holds.
 *
 * seL4 leaves a vCPU's state in the core's registers until another vCPU runs there. Taking the vCPU
 * to another core, or deleting it from another core, does not change that: the core would write the
 * state back later, over what is newer or into memory that is something else by then. So each core
 * has a thread with a vCPU of its own, and a call to that makes the core save what it held.
 */
#include "manager.h"

#include <errno.h>

#define EVICT_PRIORITY	      255u
#define EVICT_SPSR	      0x3c5u /* EL1h, DAIF masked */
#define EVICT_START_REGISTERS 5	     /* pc, sp, spsr, x0, x1 */

_Noreturn void evict_run(seL4_CPtr endpoint, seL4_CPtr reply);

/* At EL1 a system call is an hvc; x7 = -2 is ReplyRecv. */
__asm__(".pushsection .text.evict_run, \"ax\"\n"
	"	.balign	64\n"
	"evict_run:\n"
	"	mov	x8, x0\n"
	"	mov	x9, x1\n"
	"1:	mov	x0, x8\n"
	"	mov	x1, xzr\n"
	"	mov	x6, x9\n"
	"	mov	x7, #-2\n"
	"	hvc	#0\n"
	"	b	1b\n"
	"	.popsection\n");

int evict_start(struct manager *manager, unsigned int core)
{
	struct arena *arena = &manager->arena;
	seL4_UserContext context = {.pc = (seL4_Word)evict_run, .spsr = EVICT_SPSR};
	cap_t sched = object_sched_context(arena, manager->sched_control + core);
	struct object_thread thread = object_own_thread(arena, sched, EVICT_PRIORITY);
	cap_t vcpu = arena_make(arena, CAP_VCPU, 0, NULL);
	cap_t endpoint = arena_make(arena, CAP_ENDPOINT, 0, NULL);
	cap_t reply = arena_make(arena, CAP_REPLY, 0, NULL);

	if (!thread.tcb || !thread.sched_context || !vcpu || !endpoint || !reply)
		return -ENOMEM;
	if (seL4_ARM_VCPU_SetTCB(vcpu, thread.tcb))
		return -EINVAL;
	/* It runs with its caches off. */
	__asm__ volatile("dc cvac, %0\n\tdsb sy" : : "r"(evict_run) : "memory");
	context.x0 = endpoint;
	context.x1 = reply;
	manager->evict[core] = endpoint;
	return object_start(&thread, &context, EVICT_START_REGISTERS);
}

void evict(struct manager *manager, unsigned int core)
{
	if (manager->evict[core] != CAP_NONE)
		seL4_Call(manager->evict[core], seL4_MessageInfo_new(0, 0, 0, 0));
}
