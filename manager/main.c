// SPDX-License-Identifier: BSD-2-Clause
/*
 * The manager, Selkie's root task: owner of all memory and of every VM's address space.
 *
 * Start-up is one list; then requests are answered one at a time, each in bounded time. The manager
 * trusts nobody who calls it.
 */
#include "manager.h"

#include <stdio.h>

static struct manager main_manager;

static uint64_t main_counter_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

static int main_boot(struct manager *manager)
{
	int err = boot_memory(manager);

	err = boot_platform(manager) ?: err;
	if (err)
		return err;
	manager->counter_hz = main_counter_hz();
	printf("manager: %lu MiB of memory in 0x%lx-0x%lx, %u capability slots\n",
	       (unsigned long)(manager->memory.buddy.free_bytes >> 20),
	       (unsigned long)manager->pool_base,
	       (unsigned long)(manager->pool_base + manager->pool_size),
	       manager->memory.slots.free_count);
	regions_init(&manager->regions, &manager->memory, &manager->service.stage2);
	err = process_load(manager);
	err = err ? err : service_create(manager);
	return err ? err : scrub_start(manager);
}

static void main_serve(struct manager *manager)
{
	bool answer = false;
	struct message message;
	seL4_MessageInfo_t info;
	seL4_Word badge;

	for (;;) {
		if (answer) {
			for (unsigned int i = 0; i < message.length; i++)
				seL4_SetMR((int)i, message.word[i]);
			info = seL4_MessageInfo_new(message.label, 0, 0, message.length);
			info = seL4_ReplyRecv(manager->endpoint, info, &badge, manager->reply);
		} else {
			info = seL4_Recv(manager->endpoint, &badge, manager->reply);
		}
		message.badge = badge;
		message.label = seL4_MessageInfo_get_label(info);
		message.length = (unsigned int)seL4_MessageInfo_get_length(info);
		for (unsigned int i = 0; i < 4; i++)
			message.word[i] = i < message.length ? seL4_GetMR((int)i) : 0;
		answer = calls_handle(manager, &message);
	}
}

int main(seL4_BootInfo *bootinfo);

int main(seL4_BootInfo *bootinfo)
{
	struct manager *manager = &main_manager;

	manager->bootinfo = bootinfo;
	seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MANAGER_PRIORITY);
	if (main_boot(manager)) {
		printf("manager: stopped\n");
		seL4_TCB_Suspend(seL4_CapInitThreadTCB);
	}
	/* Only libfdt, at boot, may use FP/SIMD: from here on nobody's registers need switching. */
	seL4_TCB_SetFlags(seL4_CapInitThreadTCB, 0, seL4_TCBFlag_fpuDisabled);
	main_serve(manager);
	return 0;
}
