// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory slots: KVM_SET_USER_MEMORY_REGION, KVM_GET_DIRTY_LOG.
 *
 * Called by vm.c. A KVM slot consists of one or more pieces, each a part of one region and one slot
 * at the manager. What always holds, under vm->slots_lock: every piece of a listed slot is set at
 * the manager, and nothing else is; a piece holds its region.
 */

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "selkie.h"

#define MEMSLOT_PAGES_MAX (BIT(31) - 1) /* as Linux's KVM_MEM_MAX_NR_PAGES */
#define MEMSLOT_LOG_CHUNK 2048 /* pages of a dirty bitmap that are written at once */

struct memslot {
	struct list_head node;
	u32 id;
	u32 flags; /* KVM_MEM_* */
	u64 ipa;
	u64 size;
	unsigned long hva;
	unsigned int piece_count;
	struct selkie_piece pieces[SELKIE_PIECE_MAX];
};

static struct memslot *memslot_find(struct selkie_vm *vm, u32 id)
{
	struct memslot *slot;

	list_for_each_entry(slot, &vm->slots, node)
		if (slot->id == id)
			return slot;
	return NULL;
}

static bool memslot_overlaps(struct selkie_vm *vm, u32 id, u64 ipa, u64 size)
{
	struct memslot *slot;

	list_for_each_entry(slot, &vm->slots, node)
		if (slot->id != id && ipa < slot->ipa + slot->size && slot->ipa < ipa + size)
			return true;
	return false;
}

/* The checks of Linux's KVM, in its order. */
static int memslot_check(const struct selkie_vm *vm,
			 const struct kvm_userspace_memory_region2 *mem)
{
	if (mem->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY))
		return -EINVAL;
	if (!PAGE_ALIGNED(mem->memory_size) || !PAGE_ALIGNED(mem->guest_phys_addr))
		return -EINVAL;
	if (!PAGE_ALIGNED(mem->userspace_addr) ||
	    mem->userspace_addr != untagged_addr(mem->userspace_addr) ||
	    !access_ok(u64_to_user_ptr(mem->userspace_addr), mem->memory_size))
		return -EINVAL;
	if (mem->slot >= SELKIE_SLOT_MAX)
		return -EINVAL;
	if (mem->guest_phys_addr + mem->memory_size < mem->guest_phys_addr)
		return -EINVAL;
	if (mem->memory_size >> PAGE_SHIFT > MEMSLOT_PAGES_MAX)
		return -EINVAL;
	return 0;
}

/* Removes the first pieces of a slot from the VM. Their regions stay. */
static void memslot_clear(struct selkie_vm *vm, struct memslot *slot, unsigned int piece_count)
{
	while (piece_count--) {
		unsigned int number = slot->pieces[piece_count].slot;
		int err = call_manager_repeat(SELKIE_MGR_SLOT_DELETE, vm->index | number << 16);

		if (err)
			pr_err("selkie: VM %u: slot %u was not deleted (%d)\n", vm->index, number,
			       err);
		clear_bit(number, vm->slot_ids);
	}
}

static int memslot_set_piece(struct selkie_vm *vm, struct memslot *slot,
			     struct selkie_piece *piece)
{
	u64 flags = slot->flags & KVM_MEM_READONLY ? SELKIE_SLOT_READONLY : 0;
	struct selkie_msg msg;
	int err;

	piece->slot = find_first_zero_bit(vm->slot_ids, SELKIE_SLOT_MAX);
	if (piece->slot == SELKIE_SLOT_MAX)
		return -ENOSPC;
	msg = (struct selkie_msg) { .mr = {
		vm->index | piece->slot << 16 | flags << 32,
		slot->ipa + (piece->hva - slot->hva),
		piece->size,
		(u64)piece->region->id << 48 | piece->offset,
	} };
	err = call_manager(SELKIE_MGR_SLOT_SET, 4, &msg);
	if (!err)
		set_bit(piece->slot, vm->slot_ids);
	return err;
}

/* Sets all pieces, or none. */
static int memslot_commit(struct selkie_vm *vm, struct memslot *slot)
{
	unsigned int i;
	int err;

	for (i = 0; i < slot->piece_count; i++) {
		err = memslot_set_piece(vm, slot, &slot->pieces[i]);
		if (err) {
			pr_err_ratelimited("selkie: VM %u: slot %u at %#llx + %#llx refused (%d)\n",
					   vm->index, slot->id, slot->ipa, slot->size, err);
			memslot_clear(vm, slot, i);
			return err;
		}
	}
	return 0;
}

static void memslot_free(struct memslot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->piece_count; i++)
		region_put(slot->pieces[i].region);
	kfree(slot);
}

static int memslot_create(struct selkie_vm *vm, const struct kvm_userspace_memory_region2 *mem)
{
	unsigned int region_flags = 0;
	struct memslot *slot;
	int err;

	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return -ENOMEM;
	slot->id = mem->slot;
	slot->flags = mem->flags;
	slot->ipa = mem->guest_phys_addr;
	slot->size = mem->memory_size;
	slot->hva = mem->userspace_addr;

	if ((slot->hva ^ slot->ipa) & ~PMD_MASK)
		region_flags |= SELKIE_REGION_SMALL;
	if (slot->flags & KVM_MEM_READONLY)
		region_flags |= SELKIE_REGION_READONLY;
	err = adopt_range(slot->hva, slot->size, region_flags, slot->pieces, &slot->piece_count);
	if (!err)
		err = memslot_commit(vm, slot);
	if (err) {
		memslot_free(slot);
		return err;
	}
	list_add_tail(&slot->node, &vm->slots);
	return 0;
}

static int memslot_delete(struct selkie_vm *vm, struct memslot *slot)
{
	memslot_clear(vm, slot, slot->piece_count);
	list_del(&slot->node);
	memslot_free(slot);
	return 0;
}

static int memslot_move(struct selkie_vm *vm, struct memslot *slot, u64 ipa)
{
	u64 old = slot->ipa;
	int err;

	memslot_clear(vm, slot, slot->piece_count);
	slot->ipa = ipa;
	err = memslot_commit(vm, slot);
	if (!err)
		return 0;
	slot->ipa = old;
	if (memslot_commit(vm, slot)) {
		list_del(&slot->node);
		memslot_free(slot);
	}
	return err;
}

static int memslot_change(struct selkie_vm *vm, struct memslot *slot,
			  const struct kvm_userspace_memory_region2 *mem)
{
	int err = 0;

	if (mem->userspace_addr != slot->hva || mem->memory_size != slot->size ||
	    ((mem->flags ^ slot->flags) & KVM_MEM_READONLY))
		return -EINVAL;
	if (mem->guest_phys_addr != slot->ipa)
		err = memslot_move(vm, slot, mem->guest_phys_addr);
	if (!err)
		slot->flags = mem->flags;
	return err;
}

static int memslot_set_locked(struct selkie_vm *vm,
			      const struct kvm_userspace_memory_region2 *mem)
{
	struct memslot *old = memslot_find(vm, mem->slot);

	if (!mem->memory_size)
		return old ? memslot_delete(vm, old) : -EINVAL;
	if (memslot_overlaps(vm, mem->slot, mem->guest_phys_addr, mem->memory_size))
		return -EEXIST;
	if (mem->guest_phys_addr + mem->memory_size > BIT_ULL(vm->ipa_bits))
		return -EFAULT;
	return old ? memslot_change(vm, old, mem) : memslot_create(vm, mem);
}

int memslot_set(struct selkie_vm *vm, const struct kvm_userspace_memory_region2 *mem)
{
	int err = memslot_check(vm, mem);

	if (err)
		return err;
	if (mutex_lock_killable(&vm->slots_lock))
		return -EINTR;
	err = memslot_set_locked(vm, mem);
	mutex_unlock(&vm->slots_lock);
	return err;
}

/* Nothing tracks writes: every page of the slot is reported, which the API allows. */
static int memslot_write_log(void __user *bitmap, u64 page_count)
{
	DECLARE_BITMAP(ones, MEMSLOT_LOG_CHUNK);
	u64 first;

	for (first = 0; first < page_count; first += MEMSLOT_LOG_CHUNK) {
		u64 count = min_t(u64, page_count - first, MEMSLOT_LOG_CHUNK);

		bitmap_zero(ones, MEMSLOT_LOG_CHUNK);
		bitmap_set(ones, 0, count);
		if (copy_to_user(bitmap + first / 8, ones, round_up(count, 64) / 8))
			return -EFAULT;
	}
	return 0;
}

int memslot_get_dirty_log(struct selkie_vm *vm, const struct kvm_dirty_log *log)
{
	struct memslot *slot;
	u64 page_count = 0;

	if (log->slot >= SELKIE_SLOT_MAX)
		return -EINVAL;
	mutex_lock(&vm->slots_lock);
	slot = memslot_find(vm, log->slot);
	if (slot && (slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		page_count = slot->size >> PAGE_SHIFT;
	mutex_unlock(&vm->slots_lock);
	return page_count ? memslot_write_log(log->dirty_bitmap, page_count) : -ENOENT;
}

void memslot_clean_caches(struct selkie_vm *vm)
{
	struct memslot *slot;
	unsigned int i;

	mutex_lock(&vm->slots_lock);
	list_for_each_entry(slot, &vm->slots, node)
		for (i = 0; i < slot->piece_count; i++)
			region_clean_caches(slot->pieces[i].region);
	mutex_unlock(&vm->slots_lock);
}

/* For a VM that the manager has destroyed, and its slots with it. */
void memslot_release(struct selkie_vm *vm)
{
	struct memslot *slot, *next;

	list_for_each_entry_safe(slot, next, &vm->slots, node) {
		list_del(&slot->node);
		memslot_free(slot);
	}
}
