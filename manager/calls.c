// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests to the manager, by who asks: the module, a vmm, a vmm that faults, the module asking a
 * VM whose vmm is gone. abi/messages.h has the calls, docs/messages.md the prose.
 *
 * A badge cannot be forged; every word beside it is untrusted and is checked where it is used.
 */
#include "manager.h"

#include <errno.h>
#include <stdio.h>

#define CALLS_BADGE_KIND(badge) ((badge) >> 32 & 0xff)
#define CALLS_LOG_BYTES_MAX	112u
#define CALLS_LOG_LINES_MAX	100u /* of one VM: the console belongs to everybody */

static int calls_answer(struct message *message, unsigned int length, int err)
{
	message->length = err ? 0 : length;
	return err;
}

static int calls_info(struct manager *manager, struct message *message)
{
	message->word[0] = SELKIE_ABI_VERSION;
	message->word[1] = manager->pool_base;
	message->word[2] = manager->pool_size;
	message->word[3] = SELKIE_VM_MAX;
	return calls_answer(message, 4, 0);
}

static int calls_stats(struct manager *manager, struct message *message)
{
	message->word[0] = manager->memory.buddy.free_bytes;
	message->word[1] = manager->memory.slots.free_count;
	message->word[2] = manager->vm_count;
	message->word[3] = manager->regions.count;
	return calls_answer(message, 4, 0);
}

static int calls_vm_create(struct manager *manager, struct message *message)
{
	struct vm *vm;
	int err = vm_create(manager, message->word[0], &vm);

	if (!err) {
		message->word[0] = vm->index;
		message->word[1] = vm->page_base;
	}
	return calls_answer(message, 2, err);
}

static int calls_vm_destroy(struct manager *manager, struct message *message)
{
	return calls_answer(message, 0, vm_destroy(manager, message->word[0]));
}

static int calls_vcpu_create(struct manager *manager, struct message *message)
{
	return calls_answer(message, 0,
			    vm_create_vcpu(manager, message->word[0], message->word[1]));
}

static int calls_region_create(struct manager *manager, struct message *message)
{
	int region = region_create(&manager->regions, message->word[0], message->word[1],
				   message->word[2]);

	if (region >= 0)
		message->word[0] = (uint64_t)region;
	return calls_answer(message, 1, region < 0 ? region : 0);
}

static int calls_region_destroy(struct manager *manager, struct message *message)
{
	unsigned int budget = MANAGER_WORK_BUDGET;

	return calls_answer(message, 0,
			    region_destroy(&manager->regions, message->word[0], &budget));
}

static int calls_region_populate(struct manager *manager, struct message *message)
{
	const struct region_frame *frame;
	int err = region_populate(&manager->regions, message->word[0], message->word[1], &frame);

	if (!err) {
		message->word[0] = region_frame_base(&manager->regions, frame);
		message->word[1] = frame->bits;
		message->word[2] = region_frame_offset(&manager->regions, frame);
	}
	return calls_answer(message, 3, err);
}

static int calls_slot_set(struct manager *manager, struct message *message)
{
	return calls_answer(message, 0, vm_slot_set(manager, message->word));
}

static int calls_slot_delete(struct manager *manager, struct message *message)
{
	return calls_answer(message, 0, vm_slot_delete(manager, message->word[0]));
}

static const struct {
	unsigned int words; /* arguments */
	int (*handle)(struct manager *manager, struct message *message);
} calls_of_module[] = {
	[SELKIE_MGR_INFO] = {0, calls_info},
	[SELKIE_MGR_STATS] = {0, calls_stats},
	[SELKIE_MGR_VM_CREATE] = {1, calls_vm_create},
	[SELKIE_MGR_VM_DESTROY] = {1, calls_vm_destroy},
	[SELKIE_MGR_VCPU_CREATE] = {2, calls_vcpu_create},
	[SELKIE_MGR_REGION_CREATE] = {3, calls_region_create},
	[SELKIE_MGR_REGION_DESTROY] = {1, calls_region_destroy},
	[SELKIE_MGR_REGION_POPULATE] = {2, calls_region_populate},
	[SELKIE_MGR_SLOT_SET] = {4, calls_slot_set},
	[SELKIE_MGR_SLOT_DELETE] = {1, calls_slot_delete},
};

#define CALLS_OF_MODULE_COUNT (sizeof(calls_of_module) / sizeof(calls_of_module[0]))

static int calls_from_module(struct manager *manager, struct message *message)
{
	uint64_t label = message->label;

	if (label >= CALLS_OF_MODULE_COUNT || !calls_of_module[label].handle)
		return calls_answer(message, 0, -ENOSYS);
	if (message->length < calls_of_module[label].words)
		return calls_answer(message, 0, -EINVAL);
	return calls_of_module[label].handle(manager, message);
}

/* One console line of a vmm; its text is in the IPC buffer from MR1 on. */
static int calls_log(struct message *message, struct vm *vm)
{
	char text[CALLS_LOG_BYTES_MAX + 1];
	uint64_t length = message->word[0];

	if (vm && vm->log_count++ >= CALLS_LOG_LINES_MAX)
		return 0;
	if (length > CALLS_LOG_BYTES_MAX || length > (message->length - 1) * sizeof(seL4_Word))
		return -EINVAL;
	for (uint64_t i = 0; i < length; i++) {
		char c = (char)(seL4_GetMR(1 + (int)(i / 8)) >> i % 8 * 8);

		text[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	text[length] = '\0';
	if (vm)
		printf("vmm %u: %s\n", vm->index, text);
	else
		printf("vmm service: %s\n", text);
	return 0;
}

static int calls_of_service_vmm(struct manager *manager, struct message *message)
{
	const struct service *service = &manager->service;

	switch (message->label) {
	case SELKIE_VMM_VCPU_RENEW:
		return message->word[0] >= manager->core_count
			       ? -EINVAL
			       : vcpu_renew(manager, &service->process,
					    &service->vcpu[message->word[0]],
					    (unsigned int)message->word[0]);
	case SELKIE_VMM_MAP_DEVICE:
		return service_map_device(manager, message->word[0]);
	case SELKIE_VMM_IRQ_BIND:
		return message->length < 3
			       ? -EINVAL
			       : service_bind_irq(manager, message->word[0], message->word[1],
						  message->word[2] & 1);
	case SELKIE_VMM_SYSTEM:
		service_system(manager, message->word[0]);
	default:
		return -ENOSYS;
	}
}

static int calls_of_user_vmm(struct manager *manager, struct vm *vm, struct message *message)
{
	switch (message->label) {
	case SELKIE_VMM_POPULATE:
		return vm_slot_populate(manager, vm, message->word[0]);
	case SELKIE_VMM_MAP_GICC:
		return vm_map_gicc(manager, vm, message->word[0]);
	case SELKIE_VMM_VCPU_RENEW:
		return message->word[0] >= SELKIE_VCPU_MAX
			       ? -EINVAL
			       : vcpu_renew(manager, &vm->process, &vm->vcpu[message->word[0]],
					    (unsigned int)message->word[0]);
	case SELKIE_VMM_VCPU_MOVE:
		return message->length < 2
			       ? -EINVAL
			       : vm_move_vcpu(manager, vm, message->word[0], message->word[1]);
	default:
		return -ENOSYS;
	}
}

static int calls_from_vmm(struct manager *manager, struct message *message, unsigned int index)
{
	struct vm *vm = index < SELKIE_VM_MAX ? &manager->vm[index] : NULL;
	int err = -ENXIO;

	if (message->length < 1)
		err = -EINVAL;
	else if (message->label == SELKIE_VMM_LOG)
		err = calls_log(message, vm);
	else if (!vm)
		err = calls_of_service_vmm(manager, message);
	else if (vm->state == VM_RUNNING)
		err = calls_of_user_vmm(manager, vm, message);
	message->length = 0;
	return err;
}

static void calls_vmm_fault(struct manager *manager, const struct message *message,
			    unsigned int index)
{
	/* The first two words of a cap fault, a user exception and a VM fault start with the pc. */
	if (index == SELKIE_VM_MAX) {
		printf("manager: the service VM's vmm failed: fault %lu at pc 0x%lx, address "
		       "0x%lx; halted\n",
		       (unsigned long)message->label, (unsigned long)message->word[0],
		       (unsigned long)message->word[1]);
		for (unsigned int i = 0; i < manager->core_count; i++)
			seL4_TCB_Suspend(manager->service.vcpu[i].tcb);
		return;
	}
	if (index >= SELKIE_VM_MAX)
		return;
	printf("manager: the vmm of VM %u failed: fault %lu at pc 0x%lx, address 0x%lx; the VM is "
	       "stopped\n",
	       index, (unsigned long)message->label, (unsigned long)message->word[0],
	       (unsigned long)message->word[1]);
	vm_fail(manager, &manager->vm[index]);
}

bool calls_handle(struct manager *manager, struct message *message)
{
	unsigned int index = (uint32_t)message->badge;
	int err = -EPERM;

	switch (CALLS_BADGE_KIND(message->badge)) {
	case CALLS_BADGE_KIND(SELKIE_BADGE_MGR_MODULE):
		err = calls_from_module(manager, message);
		break;
	case CALLS_BADGE_KIND(SELKIE_BADGE_MGR_VMM(0)):
		err = calls_from_vmm(manager, message, index);
		break;
	case CALLS_BADGE_KIND(SELKIE_BADGE_MGR_VMM_FAULT(0)):
		calls_vmm_fault(manager, message, index);
		return false;
	case CALLS_BADGE_KIND(SELKIE_BADGE_MGR_DEAD(0)):
		err = message->label == SELKIE_VM_RUN ? -(int)SELKIE_EXIT_DEAD : -ENXIO;
		message->length = 0;
		break;
	}
	message->label = (uint64_t)-err;
	return true;
}
