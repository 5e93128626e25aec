// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vmm process: start-up, the main loop, and how it talks to the manager.
 *
 * On each core one thread waits for everything at its endpoint: the faults of the vCPUs there, the
 * module's calls, and the notification bound to it. What always holds: each round receives with a
 * free reply object; work in one round is bounded, waits for nobody but the manager, and is done
 * with the VM's lock held.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vmm.h"

#define LOG_MAX 112 /* bytes of one line, see SELKIE_VMM_LOG */

static struct vmm vmm_state;

#if CORE_MAX > 1
__thread seL4_IPCBuffer *__sel4_ipc_buffer; /* set by the start-up code */
#endif

int vmm_manager_call(seL4_Word label, seL4_Word a, seL4_Word b, seL4_Word c)
{
	seL4_SetMR(0, a);
	seL4_SetMR(1, b);
	seL4_SetMR(2, c);
	return -(int)seL4_MessageInfo_get_label(
		seL4_Call(SELKIE_SLOT_MANAGER, seL4_MessageInfo_new(label, 0, 0, 3)));
}

void vmm_log(const char *format, ...)
{
	union {
		char text[LOG_MAX + 1];
		seL4_Word word[LOG_MAX / sizeof(seL4_Word)];
	} line;
	va_list args;
	int length;

	memset(&line, 0, sizeof(line));
	va_start(args, format);
	length = vsnprintf(line.text, sizeof(line.text), format, args);
	va_end(args);
	if (length > LOG_MAX)
		length = LOG_MAX;
	seL4_SetMR(0, (seL4_Word)length);
	for (unsigned int i = 0; i < LOG_MAX / sizeof(seL4_Word); i++)
		seL4_SetMR((int)i + 1, line.word[i]);
	seL4_Call(SELKIE_SLOT_MANAGER,
		  seL4_MessageInfo_new(SELKIE_VMM_LOG, 0, 0, 1 + LOG_MAX / sizeof(seL4_Word)));
}

/* There is one reply object for each vCPU, which holds at most one, and one for each thread. */
seL4_CPtr vmm_reply_take(struct vmm *vmm)
{
	unsigned int n = (unsigned int)__builtin_ctz(vmm->reply_free);

	vmm->reply_free &= vmm->reply_free - 1;
	return SELKIE_SLOT_REPLY(n);
}

void vmm_reply_free(struct vmm *vmm, seL4_CPtr reply)
{
	if (reply)
		vmm->reply_free |= 1u << (reply - SELKIE_SLOT_REPLY(0));
}

void vmm_answer(struct core *core, seL4_Word label, seL4_Word word_count)
{
	core->answer = true;
	core->answer_info = seL4_MessageInfo_new(label, 0, 0, word_count);
}

void vmm_message(struct vmm *vmm, struct core *core, seL4_MessageInfo_t info, seL4_Word badge)
{
	core->answer = false;
	if (!(badge & SELKIE_BADGE_MESSAGE))
		vmm->role->signal(vmm, core, badge);
	else if (badge == SELKIE_BADGE_SERVICE)
		vmm->role->call(vmm, core, seL4_MessageInfo_get_label(info));
	else
		exit_fault(vmm, core, badge & 0xff, seL4_MessageInfo_get_label(info));
}

static _Noreturn void main_loop(struct vmm *vmm, struct core *core)
{
	const seL4_CPtr endpoint = SELKIE_SLOT_ENDPOINT(core_index(core));
	seL4_Word badge;
	seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge, core->reply);

	/* The first call is the manager's, which asks whether this process waits. */
	if (vmm->role == &role_user)
		info = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &badge,
				      core->reply);
	for (;;) {
		if (CORE_MAX > 1)
			lock_take(&vmm->lock);
		vmm_message(vmm, core, info, badge);
		if (CORE_MAX > 1)
			lock_give(&vmm->lock);
		if (core->answer)
			info = seL4_ReplyRecv(endpoint, core->answer_info, &badge, core->reply);
		else
			info = seL4_Recv(endpoint, &badge, core->reply);
	}
}

/* What the threads share, by the first of them. */
static void start(struct vmm *vmm, const struct selkie_process *process)
{
	unsigned int core_count = process->core_count < CORE_MAX ? process->core_count : CORE_MAX;

	vmm->process = process;
	vmm->gicd_base = ~0ull;
	vmm->gicc_base = ~0ull;
	vmm->reply_free = (1u << (SELKIE_VCPU_MAX + core_count)) - 1;
	for (unsigned int i = 0; i < SELKIE_VCPU_MAX; i++)
		vcpu_init(vmm, &vmm->vcpu[i], i);
	for (unsigned int i = 0; i < core_count; i++) {
		vmm->core[i].index = i;
		vmm->core[i].reply = vmm_reply_take(vmm);
	}
	if (process->role == SELKIE_ROLE_SERVICE)
		service_start(vmm);
	else
		user_start(vmm);
}

int main(const struct selkie_process *process, unsigned int core)
{
	static bool started;

	if (!core) {
		start(&vmm_state, process);
		/* Release: the other threads see what was set up. */
		__atomic_store_n(&started, true, __ATOMIC_RELEASE);
	}
	while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
		asm volatile("yield");
	main_loop(&vmm_state, &vmm_state.core[core % CORE_MAX]);
}
