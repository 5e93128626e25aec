// SPDX-License-Identifier: BSD-2-Clause
/*
 * User VMs: made and taken apart at the module's request.
 *
 * All objects of a VM come from its arena, so every failure half way and every destruction is the
 * same: revoke the arena. Only caps for region frames are outside it; they go first, piece by
 * piece.
 */
#include "manager.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VM_ARENA_BITS	     13u
#define VM_MEMORY_MIN	     (256ull << 10) /* what must be free for another VM */
#define VM_IPA_BITS_MIN	     32u
#define VM_GUEST_CSPACE_BITS 1u
/*
 * A guest's hvc that looks like a system call must not find a slot, not even an empty one: seL4
 * would swallow the call. Behind a guard that no sane CPtr matches it reports a fault instead.
 */
#define VM_GUARD_BITS 58u
#define VM_GUARD      0x2d5e1c1ee0ddba5ull

static struct vm *vm_get(struct manager *manager, uint64_t index)
{
	if (index >= SELKIE_VM_MAX || manager->vm[index].state == VM_FREE)
		return NULL;
	return &manager->vm[index];
}

/* Takes back what is outside the arena, then the arena. -EAGAIN: call again. */
static int vm_release(struct manager *manager, struct vm *vm)
{
	unsigned int budget = MANAGER_WORK_BUDGET;
	int err = 0;

	if (vm->stage2.vspace != CAP_NONE)
		err = stage2_unmap(&vm->stage2, 0, 1ull << IPA_BITS, &manager->memory.slots,
				   &budget);
	if (err)
		return err;
	for (unsigned int i = 0; i < SELKIE_SLOT_MAX; i++)
		if (vm->slot[i].used)
			manager->regions.region[vm->slot[i].region].slot_count--;
	for (unsigned int core = 0; core < manager->core_count; core++)
		object_withdraw(&manager->service.cspace,
				SELKIE_CPTR_VM(vm->index) + SELKIE_CPTR_VM_ENDPOINT(core));
	arena_destroy(&vm->arena);
	if (vm->page_base)
		stage2_forget(&manager->service.stage2, vm->page_base, PAGE_BITS);
	if (vm->stage2.vspace != CAP_NONE)
		stage2_destroy(&vm->stage2);
	vm->state = VM_FREE;
	manager->vm_count--;
	return 0;
}

static void vm_suspend(struct manager *manager, struct vm *vm)
{
	for (unsigned int core = 0; core < manager->core_count; core++)
		if (vm->process.thread[core].tcb != CAP_NONE)
			seL4_TCB_Suspend(vm->process.thread[core].tcb);
	for (unsigned int i = 0; i < SELKIE_VCPU_MAX; i++) {
		if (vm->vcpu[i].tcb == CAP_NONE)
			continue;
		seL4_TCB_Suspend(vm->vcpu[i].tcb);
		evict(manager, vm->vcpu[i].core);
	}
}

/* The caps by which vmm, service vmm and module reach each other. */
static int vm_connect(struct manager *manager, struct vm *vm)
{
	const struct service *service = &manager->service;
	unsigned int slot = SELKIE_CPTR_VM(vm->index);
	int err = object_grant(&vm->process.cspace, SELKIE_SLOT_SERVICE, service->event,
			       OBJECT_CAN_SIGNAL, 0);

	for (unsigned int core = 0; !err && core < manager->core_count; core++) {
		const struct process_thread *thread = &vm->process.thread[core];

		err = object_grant(&service->process.cspace, SELKIE_SLOT_VM(vm->index, core),
				   thread->notification, OBJECT_CAN_SIGNAL,
				   SELKIE_SIGNAL_INTERRUPT);
		err = err ? err
			  : object_grant(&service->cspace, slot + SELKIE_CPTR_VM_ENDPOINT(core),
					 thread->endpoint, OBJECT_CAN_CALL, SELKIE_BADGE_SERVICE);
		err = err ? err
			  : object_grant(&service->cspace, slot + SELKIE_CPTR_VM_NOTIFICATION(core),
					 thread->notification, OBJECT_CAN_SIGNAL,
					 SELKIE_SIGNAL_KICK);
	}
	return err;
}

/* The VM page: in the vmm, in the service VM at IPA = PA, and here. */
static int vm_create_page(struct manager *manager, struct vm *vm)
{
	cap_t copy = arena_slot(&vm->arena);
	pa_t base;
	int err;

	vm->page = arena_make(&vm->arena, CAP_PAGE, 0, &base);
	if (vm->page == CAP_NONE || copy == CAP_NONE || cap_copy(vm->page, copy))
		return -ENOMEM;
	vm->window = window_map(manager, WINDOW_VM(vm->index), copy, CAP_MAP_WRITE);
	if (!vm->window)
		return -ENOMEM;
	err = stage2_map(&manager->service.stage2, vm->page, base, PAGE_BITS, CAP_MAP_WRITE);
	if (err)
		return err;
	vm->page_base = base;
	return process_share(&vm->arena, &vm->process, vm->page, SELKIE_VM_PAGE_VA, CAP_MAP_WRITE);
}

static int vm_build(struct manager *manager, struct vm *vm)
{
	struct selkie_process info = {
		.version = SELKIE_ABI_VERSION,
		.role = SELKIE_ROLE_USER,
		.vm = vm->index,
		.core_count = manager->core_count,
		.counter_hz = manager->counter_hz,
	};
	cap_t vspace = object_vspace(&vm->arena);
	int err;

	if (vspace == CAP_NONE)
		return -ENOMEM;
	stage2_init(&vm->stage2, vspace, &vm->arena, NULL, &manager->tables);
	err = process_create(manager, &vm->arena, &vm->process, &info);
	vm->guest_cspace.bits = VM_GUEST_CSPACE_BITS;
	vm->guest_cspace.cnode = arena_make(&vm->arena, CAP_CNODE, VM_GUEST_CSPACE_BITS, NULL);
	if (!err && vm->guest_cspace.cnode == CAP_NONE)
		err = -ENOMEM;
	err = err ? err : vm_create_page(manager, vm);
	for (unsigned int core = 0; !err && core < manager->core_count; core++)
		err = process_start_passive(&vm->process, core);
	return err ? err : vm_connect(manager, vm);
}

int vm_create(struct manager *manager, uint64_t ipa_bits, struct vm **result)
{
	unsigned int i = 0;
	struct vm *vm;
	int err;

	if (ipa_bits < VM_IPA_BITS_MIN || ipa_bits > IPA_BITS)
		return -EINVAL;
	while (i < SELKIE_VM_MAX && manager->vm[i].state != VM_FREE)
		i++;
	if (i == SELKIE_VM_MAX)
		return -ENOSPC;
	if (memory_available(&manager->memory) < VM_MEMORY_MIN)
		return -ENOMEM;
	vm = &manager->vm[i];
	memset(vm, 0, sizeof(*vm));
	vm->index = i;
	vm->ipa_bits = (unsigned int)ipa_bits;
	vm->state = VM_RUNNING;
	manager->vm_count++;
	arena_init(&vm->arena, &manager->memory, &manager->memory.slots, VM_ARENA_BITS);
	err = vm_build(manager, vm);
	if (err) {
		vm_suspend(manager, vm);
		vm_release(manager, vm);
		return err;
	}
	*result = vm;
	return 0;
}

int vm_destroy(struct manager *manager, uint64_t index)
{
	struct vm *vm = vm_get(manager, index);

	if (!vm)
		return -ENOENT;
	/* With several cores, another one may be inside RUN: it is told. */
	if (manager->core_count > 1)
		vm_kill(manager, vm);
	else if (vm->state == VM_RUNNING)
		vm_suspend(manager, vm);
	vm->state = VM_DYING;
	return vm_release(manager, vm);
}

int vm_create_vcpu(struct manager *manager, uint64_t index, uint64_t vcpu)
{
	struct vm *vm = vm_get(manager, index);
	struct object_thread template = {.priority = MANAGER_GUEST_PRIORITY};

	if (!vm || vm->state != VM_RUNNING)
		return -ENOENT;
	if (vcpu >= SELKIE_VCPU_MAX)
		return -EINVAL;
	if (vm->vcpu[vcpu].tcb != CAP_NONE)
		return -EEXIST;
	template.cspace = vm->guest_cspace;
	template.guard = VM_GUARD;
	template.guard_bits = VM_GUARD_BITS;
	template.vspace = vm->stage2.vspace;
	return vcpu_create(manager, &vm->arena, &vm->process, &vm->vcpu[vcpu], (unsigned int)vcpu,
			   0, &template);
}

int vm_move_vcpu(struct manager *manager, struct vm *vm, uint64_t vcpu, uint64_t core)
{
	if (vcpu >= SELKIE_VCPU_MAX || core >= manager->core_count)
		return -EINVAL;
	if (vm->vcpu[vcpu].tcb == CAP_NONE)
		return -ENOENT;
	return vcpu_move(manager, &vm->arena, &vm->process, &vm->vcpu[vcpu], (unsigned int)vcpu,
			 (unsigned int)core);
}

int vm_map_gicc(struct manager *manager, struct vm *vm, ipa_t ipa)
{
	if (ipa % PAGE_SIZE || ipa >> vm->ipa_bits)
		return -EINVAL;
	for (unsigned int i = 0; i < MANAGER_GICV_PAGES; i++) {
		cap_t copy = slots_take(&manager->memory.slots);
		int err = -ENOMEM;

		if (copy != CAP_NONE && !cap_copy(manager->gicv[i], copy))
			err = stage2_map(&vm->stage2, copy, ipa + i * PAGE_SIZE, PAGE_BITS,
					 CAP_MAP_WRITE | CAP_MAP_DEVICE);
		if (err) {
			cap_delete(copy);
			slots_give(&manager->memory.slots, copy);
			return err;
		}
	}
	return 0;
}

/* The module's calls to one of the VM's endpoints come to the manager from now on. */
static void vm_answer_dead(struct manager *manager, struct vm *vm, unsigned int core)
{
	const struct object_cspace *service = &manager->service.cspace;
	unsigned int slot = SELKIE_CPTR_VM(vm->index) + SELKIE_CPTR_VM_ENDPOINT(core);

	object_withdraw(service, slot);
	object_grant(service, slot, manager->endpoint, OBJECT_CAN_CALL,
		     SELKIE_BADGE_MGR_DEAD(vm->index));
	/* Whoever waits to be received calls again, and comes here. */
	cap_revoke(vm->process.thread[core].endpoint);
	cap_delete(vm->process.thread[core].endpoint);
}

void vm_kill(struct manager *manager, struct vm *vm)
{
	if (vm->state != VM_RUNNING)
		return;
	vm->state = VM_DEAD;
	vm_suspend(manager, vm);
	for (unsigned int core = 0; core < manager->core_count; core++)
		vm_answer_dead(manager, vm, core);
	/* A suspended vCPU waits for no reply: only the module's call can be in a reply object. */
	for (unsigned int i = 0; i < SELKIE_VCPU_MAX + manager->core_count; i++)
		seL4_Send(vm->process.reply[i], seL4_MessageInfo_new(SELKIE_EXIT_DEAD, 0, 0, 0));
}

void vm_fail(struct manager *manager, struct vm *vm)
{
	if (vm->state != VM_RUNNING)
		return;
	vm_kill(manager, vm);
	/* vCPUs that wait for an interrupt in the module come back, and are told. */
	__atomic_store_n(&vm->window->wake, ~0u, __ATOMIC_RELEASE);
	seL4_Signal(manager->service.event);
}
