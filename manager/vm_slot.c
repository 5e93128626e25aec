// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM's memory slots: which part of which region appears at which guest address.
 *
 * The vmm sees them in its slot table page, under a sequence count, so that telling memory from
 * MMIO costs it no call. Frames are mapped when the guest first touches them.
 */
#include "manager.h"

#include <errno.h>

#define VM_SLOT_OFFSET_MASK  0xffffffffffffull
#define VM_SLOT_REGION_SHIFT 48

/* Tells the vmm. The count is odd while the table changes; the vmm retries then. */
static void vm_slot_publish(struct vm *vm)
{
	struct selkie_slot_table *table = vm->process.slot_table;
	uint32_t seq = table->seq;
	uint32_t count = 0;

	__atomic_store_n(&table->seq, seq + 1, __ATOMIC_RELAXED);
	/* Orders the odd count before the entries; pairs with the vmm's acquire of seq. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (uint32_t i = 0; i < SELKIE_SLOT_MAX; i++) {
		const struct vm_slot *slot = &vm->slot[i];
		bool shown = slot->used && !slot->dying;

		table->slot[i].ipa = shown ? slot->ipa : 0;
		table->slot[i].size = shown ? slot->size : 0;
		table->slot[i].flags = shown ? slot->flags : 0;
		if (shown)
			count = i + 1;
	}
	table->count = count;
	/* Orders the entries before the even count. */
	__atomic_store_n(&table->seq, seq + 2, __ATOMIC_RELEASE);
}

/* A running VM and slot number from the request's first word. */
static struct vm *vm_slot_decode(struct manager *manager, uint64_t word, unsigned int *number)
{
	uint64_t index = word & 0xffff, slot = word >> 16 & 0xffff;

	if (index >= SELKIE_VM_MAX || slot >= SELKIE_SLOT_MAX)
		return NULL;
	*number = (unsigned int)slot;
	return manager->vm[index].state == VM_RUNNING || manager->vm[index].state == VM_DEAD
		       ? &manager->vm[index]
		       : NULL;
}

int vm_slot_set(struct manager *manager, const uint64_t word[4])
{
	uint64_t flags = word[0] >> 32, ipa = word[1], size = word[2];
	uint64_t region = word[3] >> VM_SLOT_REGION_SHIFT, offset = word[3] & VM_SLOT_OFFSET_MASK;
	unsigned int number;
	struct vm *vm = vm_slot_decode(manager, word[0], &number);
	int err;

	if (!vm)
		return -ENOENT;
	if (flags & ~(uint64_t)SELKIE_SLOT_READONLY || !size || (ipa | size | offset) % PAGE_SIZE ||
	    ipa >> vm->ipa_bits || size > (1ull << vm->ipa_bits) - ipa)
		return -EINVAL;
	if (vm->slot[number].used)
		return -EEXIST;
	for (unsigned int i = 0; i < SELKIE_SLOT_MAX; i++)
		if (vm->slot[i].used && ipa < vm->slot[i].ipa + vm->slot[i].size &&
		    vm->slot[i].ipa < ipa + size)
			return -EEXIST;
	err = region_check(&manager->regions, region, offset, size, ipa);
	if (err)
		return err;

	manager->regions.region[region].slot_count++;
	vm->slot[number] = (struct vm_slot){
		.used = true,
		.region = (uint16_t)region,
		.flags = (uint32_t)flags,
		.ipa = ipa,
		.size = size,
		.offset = offset,
	};
	vm_slot_publish(vm);
	return 0;
}

int vm_slot_delete(struct manager *manager, uint64_t which)
{
	unsigned int number, budget = MANAGER_WORK_BUDGET;
	struct vm *vm = vm_slot_decode(manager, which, &number);
	struct vm_slot *slot;
	int err;

	if (!vm || !vm->slot[number].used)
		return -ENOENT;
	slot = &vm->slot[number];
	if (!slot->dying) {
		slot->dying = true;
		vm_slot_publish(vm);
	}
	err = stage2_unmap(&vm->stage2, slot->ipa, slot->size, &manager->memory.slots, &budget);
	if (err)
		return err;
	manager->regions.region[slot->region].slot_count--;
	slot->used = false;
	return 0;
}

int vm_slot_populate(struct manager *manager, struct vm *vm, ipa_t ipa)
{
	const struct region_frame *frame;
	const struct vm_slot *slot = NULL;
	uint64_t offset;
	cap_t copy;
	int err;

	for (unsigned int i = 0; !slot && i < SELKIE_SLOT_MAX; i++)
		if (vm->slot[i].used && !vm->slot[i].dying && ipa >= vm->slot[i].ipa &&
		    ipa - vm->slot[i].ipa < vm->slot[i].size)
			slot = &vm->slot[i];
	if (!slot)
		return -EFAULT;
	offset = slot->offset + (ipa - slot->ipa);
	err = region_populate(&manager->regions, slot->region, offset, &frame);
	if (err)
		return err;
	copy = slots_take(&manager->memory.slots);
	if (copy == CAP_NONE)
		return -ENOMEM;
	err = cap_copy(frame->cap, copy);
	/* The frame may begin before ipa, never before the slot (region_check()). */
	if (!err)
		err = stage2_map(
			&vm->stage2, copy,
			slot->ipa + region_frame_offset(&manager->regions, frame) - slot->offset,
			frame->bits, slot->flags & SELKIE_SLOT_READONLY ? 0 : CAP_MAP_WRITE);
	if (!err)
		return 0;
	cap_delete(copy);
	slots_give(&manager->memory.slots, copy);
	/* Already there: the guest's access only has to be repeated. */
	return err == -EEXIST ? 0 : err;
}
