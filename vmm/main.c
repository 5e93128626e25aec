// SPDX-License-Identifier: BSD-2-Clause
/*
 * A vmm process: start-up, the main loop, and how it talks to the manager.
 *
 * One thread waits for everything at its endpoint: its vCPUs' faults, the module's calls, and the
 * notification bound to it. What always holds: each round receives with a free reply object; work
 * in one round is bounded and waits for nobody but the manager.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vmm.h"

#define LOG_MAX 112 /* bytes of one line, see SELKIE_VMM_LOG */

static struct vmm vmm_state;

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

/* There is one more reply object than vCPUs, and each vCPU holds at most one: one is always left.
 */
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

static void message_take(struct vmm *vmm, struct core *core, seL4_MessageInfo_t info,
			 seL4_Word badge)
{
	core->answer = false;
	if (!(badge & SELKIE_BADGE_MESSAGE))
		vmm->role->signal(vmm, core, badge);
	else if (badge == SELKIE_BADGE_SERVICE)
		vmm->role->call(vmm, core, seL4_MessageInfo_get_label(info));
	else
		exit_fault(vmm, core, badge & 0xff, seL4_MessageInfo_get_label(info));
}

static void main_loop(struct vmm *vmm, struct core *core)
{
	seL4_MessageInfo_t info;
	seL4_Word badge;

	/* Tells the manager that this process is ready and may become passive, in one step. */
	info = seL4_NBSendRecv(SELKIE_SLOT_MANAGER, seL4_MessageInfo_new(SELKIE_VMM_READY, 0, 0, 0),
			       SELKIE_SLOT_ENDPOINT(0), &badge, core->reply);
	for (;;) {
		message_take(vmm, core, info, badge);
		if (core->answer)
			info = seL4_ReplyRecv(SELKIE_SLOT_ENDPOINT(0), core->answer_info, &badge,
					      core->reply);
		else
			info = seL4_Recv(SELKIE_SLOT_ENDPOINT(0), &badge, core->reply);
	}
}

int main(const struct selkie_process *process)
{
	struct vmm *vmm = &vmm_state;

	vmm->process = process;
	vmm->gicd_base = ~0ull;
	vmm->gicc_base = ~0ull;
	for (unsigned int i = 0; i < SELKIE_VCPU_MAX; i++)
		vcpu_init(vmm, &vmm->vcpu[i], i);
	if (process->version != SELKIE_ABI_VERSION) {
		vmm_log("vmm: manager speaks version %u of the process page, this vmm %u",
			process->version, SELKIE_ABI_VERSION);
		return 1;
	}
	if (process->role == SELKIE_ROLE_SERVICE) {
		vmm->reply_free = (1u << (process->core_count + 2)) - 1;
		vmm->core[0].reply = vmm_reply_take(vmm);
		service_start(vmm);
	} else {
		vmm->reply_free = (1u << (SELKIE_VCPU_MAX + 1)) - 1;
		vmm->core[0].reply = vmm_reply_take(vmm);
		user_start(vmm);
	}
	main_loop(vmm, &vmm->core[0]);
	return 0;
}
