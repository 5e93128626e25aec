// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory slots of user VMs, on the model of the kernel: what a hostile module may ask for, what the
 * vmm's table says, what the guest gets mapped, and that everything comes back.
 */
// unit-sources: manager/slots.c manager/buddy.c manager/memory.c manager/arena.c
// unit-sources: manager/stage2.c manager/region.c manager/vm_slot.c
// unit-cflags: -Itests/unit/stub
#include "../../manager/manager.h"

#include "manager_kernel.h"

#define ROOTS	       24u
#define SLOTS	       8000u
#define POOL	       0x60000000ull
#define TABLES	       64u
#define VSPACE_SERVICE 1000u
#define VSPACE_GUEST   1001u
#define FIRST_SLOT     2000u
#define RAM	       0x40000000ull

static struct manager manager;
static cap_t next[CAP_SLOT_COUNT];
static struct buddy_block blocks[CAP_SLOT_COUNT];
static struct stage2_table tables[TABLES];
static struct selkie_slot_table slot_table;
static struct vm *vm = &manager.vm[3];
static uint64_t start_bytes;
static uint32_t start_slots;

static int set(uint64_t slot, uint64_t flags, uint64_t ipa, uint64_t size, uint64_t region,
	       uint64_t offset)
{
	const uint64_t word[4] = {3 | slot << 16 | flags << 32, ipa, size, region << 48 | offset};

	return vm_slot_set(&manager, word);
}

static int delete (uint64_t slot)
{
	int err;

	do {
		err = vm_slot_delete(&manager, 3 | slot << 16);
	} while (err == -EAGAIN);
	return err;
}

static void destroy(uint64_t region)
{
	unsigned int budget;
	int err;

	do {
		budget = 100;
		err = region_destroy(&manager.regions, region, &budget);
	} while (err == -EAGAIN);
	CHECK_EQ(err, 0);
}

static int create(uint64_t size, uint64_t flags)
{
	return region_create(&manager.regions, size, 0, flags);
}

static void start(void)
{
	const struct region_frame *frame;

	kernel_reset();
	memset(&manager, 0, sizeof(manager));
	memset(&slot_table, 0, sizeof(slot_table));
	slots_init(&manager.memory.slots, next, FIRST_SLOT, FIRST_SLOT + SLOTS);
	slots_reserve(&manager.memory.slots, &manager.reserve, 64);
	buddy_init(&manager.memory.buddy, blocks, &manager.memory.slots);
	for (cap_t i = 0; i < ROOTS; i++) {
		kernel_add_untyped(1 + i, POOL + i * LARGE_SIZE, LARGE_BITS);
		buddy_add(&manager.memory.buddy, 1 + i, POOL + i * LARGE_SIZE, LARGE_BITS);
	}
	stage2_pool_init(&manager.tables, tables, TABLES);
	arena_init(&manager.arena, &manager.memory, &manager.reserve, 16);
	stage2_init(&manager.service.stage2, VSPACE_SERVICE, &manager.arena, &manager.memory,
		    &manager.tables);
	regions_init(&manager.regions, &manager.memory, &manager.service.stage2);
	/* The service VM's level-2 table for the pool stays: make it before anything is counted. */
	CHECK_EQ(region_populate(&manager.regions, (uint64_t)create(LARGE_SIZE, 0), 0, &frame), 0);
	destroy(0);
	start_bytes = manager.memory.buddy.free_bytes;
	start_slots = manager.memory.slots.free_count;
	vm->state = VM_RUNNING;
	vm->index = 3;
	vm->ipa_bits = 32;
	vm->process.slot_table = &slot_table;
	arena_init(&vm->arena, &manager.memory, &manager.memory.slots, 14);
	stage2_init(&vm->stage2, VSPACE_GUEST, &vm->arena, NULL, &manager.tables);
}

static void check_all_back(void)
{
	for (uint64_t slot = 0; slot < SELKIE_SLOT_MAX; slot++)
		if (vm->slot[slot].used)
			CHECK_EQ(delete (slot), 0);
	for (uint64_t region = 0; region < SELKIE_REGION_MAX; region++)
		if (manager.regions.region[region].used)
			destroy(region);
	arena_destroy(&vm->arena);
	stage2_destroy(&vm->stage2);
	CHECK_EQ(manager.memory.buddy.free_bytes, start_bytes);
	CHECK_EQ(manager.memory.slots.free_count, start_slots);
	CHECK_EQ(manager.memory.promised, 0);
}

/* The guest's mapping that holds ipa, NULL if there is none. */
static const struct kernel_cap *mapping(ipa_t ipa)
{
	for (cap_t i = 1; i < KERNEL_SLOTS; i++) {
		const struct kernel_cap *cap = &kernel_caps[i];

		if (cap->used && cap->vspace == VSPACE_GUEST && cap->type != CAP_PAGE_TABLE &&
		    cap->address >> cap->bits == ipa >> cap->bits)
			return cap;
	}
	return NULL;
}

static void bad_slots_are_refused(void)
{
	const uint64_t no_vm[4] = {4, RAM, PAGE_SIZE, 0}, far_vm[4] = {0xffff, RAM, PAGE_SIZE, 0};

	start();
	CHECK_EQ(create(2 * LARGE_SIZE, 0), 0);
	CHECK_EQ(vm_slot_set(&manager, no_vm), -ENOENT);
	CHECK_EQ(vm_slot_set(&manager, far_vm), -ENOENT);
	CHECK_EQ(set(SELKIE_SLOT_MAX, 0, RAM, LARGE_SIZE, 0, 0), -ENOENT);
	CHECK_EQ(set(0, 2, RAM, LARGE_SIZE, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, 0, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM + 1, LARGE_SIZE, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, PAGE_SIZE + 1, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, LARGE_SIZE, 0, 1), -EINVAL);
	CHECK_EQ(set(0, 0, 1ull << 32, LARGE_SIZE, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, (1ull << 32) - LARGE_SIZE, 2 * LARGE_SIZE, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, UINT64_MAX & ~(PAGE_SIZE - 1), 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, 4 * LARGE_SIZE, 0, 0), -EINVAL);
	CHECK_EQ(set(0, 0, RAM, LARGE_SIZE, 1, 0), -ENOENT);
	CHECK_EQ(set(0, 0, RAM, LARGE_SIZE, 0xffff, 0), -ENOENT);
	CHECK_EQ(vm_slot_delete(&manager, 3), -ENOENT);
	CHECK_EQ(vm_slot_delete(&manager, UINT64_MAX), -ENOENT);
	CHECK_EQ(slot_table.count, 0);
	check_all_back();
}

static void slots_do_not_overlap(void)
{
	start();
	CHECK_EQ(create(4 * LARGE_SIZE, SELKIE_REGION_SMALL), 0);
	CHECK_EQ(set(5, 0, RAM, 2 * LARGE_SIZE, 0, 0), 0);
	CHECK_EQ(set(5, 0, RAM + 8 * LARGE_SIZE, PAGE_SIZE, 0, 0), -EEXIST);
	CHECK_EQ(set(6, 0, RAM, PAGE_SIZE, 0, 0), -EEXIST);
	CHECK_EQ(set(6, 0, RAM + 2 * LARGE_SIZE - PAGE_SIZE, 2 * PAGE_SIZE, 0, 0), -EEXIST);
	CHECK_EQ(set(6, 0, RAM - PAGE_SIZE, 2 * PAGE_SIZE, 0, 0), -EEXIST);
	CHECK_EQ(set(6, 0, RAM - PAGE_SIZE, PAGE_SIZE, 0, 0), 0);
	CHECK_EQ(set(7, 0, RAM + 2 * LARGE_SIZE, PAGE_SIZE, 0, 0), 0);
	check_all_back();
}

static void the_vmm_reads_what_was_set(void)
{
	start();
	CHECK_EQ(create(2 * LARGE_SIZE, 0), 0);
	CHECK_EQ(set(2, SELKIE_SLOT_READONLY, RAM, LARGE_SIZE, 0, LARGE_SIZE), 0);
	CHECK_EQ(slot_table.seq, 2);
	CHECK_EQ(slot_table.count, 3);
	CHECK_EQ(slot_table.slot[2].ipa, RAM);
	CHECK_EQ(slot_table.slot[2].size, LARGE_SIZE);
	CHECK_EQ(slot_table.slot[2].flags, SELKIE_SLOT_READONLY);
	CHECK_EQ(slot_table.slot[1].size, 0);
	CHECK_EQ(delete (2), 0);
	CHECK_EQ(slot_table.seq, 4);
	CHECK_EQ(slot_table.count, 0);
	CHECK_EQ(slot_table.slot[2].size, 0);
	check_all_back();
}

static void the_guest_gets_the_frame_that_the_slot_names(void)
{
	const struct region_frame *frame;

	start();
	CHECK_EQ(create(3 * LARGE_SIZE, 0), 0);
	CHECK_EQ(create(8 * PAGE_SIZE, SELKIE_REGION_SMALL), 1);
	CHECK_EQ(set(0, 0, RAM, 2 * LARGE_SIZE, 0, LARGE_SIZE), 0);
	CHECK_EQ(set(1, 0, 5 * PAGE_SIZE, 4 * PAGE_SIZE, 1, 2 * PAGE_SIZE), 0);
	CHECK_EQ(vm_slot_populate(&manager, vm, RAM + LARGE_SIZE + 12345), 0);
	CHECK_EQ(region_populate(&manager.regions, 0, 2 * LARGE_SIZE, &frame), 0);
	CHECK_EQ(mapping(RAM + LARGE_SIZE)->base, region_frame_base(&manager.regions, frame));
	CHECK_EQ(mapping(RAM + LARGE_SIZE)->bits, LARGE_BITS);
	CHECK(!mapping(RAM));
	CHECK_EQ(vm_slot_populate(&manager, vm, 6 * PAGE_SIZE), 0);
	CHECK_EQ(region_populate(&manager.regions, 1, 3 * PAGE_SIZE, &frame), 0);
	CHECK_EQ(mapping(6 * PAGE_SIZE)->base, region_frame_base(&manager.regions, frame));
	/* Again is nothing new, elsewhere is nothing at all. */
	CHECK_EQ(vm_slot_populate(&manager, vm, 6 * PAGE_SIZE), 0);
	CHECK_EQ(vm_slot_populate(&manager, vm, 9 * PAGE_SIZE), -EFAULT);
	CHECK_EQ(vm_slot_populate(&manager, vm, RAM - 1), -EFAULT);
	CHECK_EQ(vm_slot_populate(&manager, vm, UINT64_MAX), -EFAULT);
	/* A region in use stays. */
	unsigned int budget = 10;
	CHECK_EQ(region_destroy(&manager.regions, 0, &budget), -EBUSY);
	CHECK_EQ(delete (0), 0);
	CHECK(!mapping(RAM + LARGE_SIZE));
	CHECK(mapping(6 * PAGE_SIZE) != NULL);
	CHECK_EQ(vm_slot_populate(&manager, vm, RAM + LARGE_SIZE), -EFAULT);
	check_all_back();
}

static void deleting_is_bounded_and_hides_the_slot_at_once(void)
{
	unsigned int calls = 1;

	start();
	CHECK_EQ(create(300 * PAGE_SIZE, SELKIE_REGION_SMALL), 0);
	CHECK_EQ(set(0, 0, RAM, 300 * PAGE_SIZE, 0, 0), 0);
	for (uint64_t i = 0; i < 300; i++)
		CHECK_EQ(vm_slot_populate(&manager, vm, RAM + i * PAGE_SIZE), 0);
	while (vm_slot_delete(&manager, 3) == -EAGAIN) {
		CHECK_EQ(slot_table.count, 0);
		CHECK_EQ(vm_slot_populate(&manager, vm, RAM), -EFAULT);
		CHECK_EQ(set(0, 0, RAM + 4 * LARGE_SIZE, PAGE_SIZE, 0, 0), -EEXIST);
		calls++;
	}
	CHECK_EQ(calls, 3);
	check_all_back();
}

static void a_dead_vm_has_slots_to_delete_but_takes_no_calls_when_it_is_dying(void)
{
	start();
	CHECK_EQ(create(LARGE_SIZE, 0), 0);
	CHECK_EQ(set(0, 0, RAM, LARGE_SIZE, 0, 0), 0);
	vm->state = VM_DYING;
	CHECK_EQ(vm_slot_delete(&manager, 3), -ENOENT);
	vm->state = VM_DEAD;
	CHECK_EQ(vm_slot_delete(&manager, 3), 0);
	check_all_back();
}

static void random_slots_come_back_exactly(void)
{
	srand(4);
	start();
	for (unsigned int round = 0; round < 4000; round++) {
		uint64_t page = (uint64_t)rand() % 2048, slot = (uint64_t)rand() % 8;

		kernel_fail_after = rand() % 10 ? 0 : 1 + (unsigned int)rand() % 6;
		switch (rand() % 6) {
		case 0:
			region_create(&manager.regions, (1 + page) * PAGE_SIZE,
				      (uint64_t)rand() % 512 * PAGE_SIZE, (uint64_t)rand() % 4);
			break;
		case 1:
			set(slot, (uint64_t)rand() % 2, RAM + page * PAGE_SIZE,
			    (1 + (uint64_t)rand() % 1024) * PAGE_SIZE, (uint64_t)rand() % 10,
			    (uint64_t)rand() % 512 * PAGE_SIZE);
			break;
		case 2:
			vm_slot_delete(&manager, 3 | slot << 16);
			break;
		default:
			vm_slot_populate(&manager, vm, RAM + page * PAGE_SIZE);
		}
		if (manager.regions.count > 12) {
			unsigned int budget = 50;

			region_destroy(&manager.regions, (uint64_t)rand() % 16, &budget);
		}
	}
	kernel_fail_after = 0;
	check_all_back();
}

int main(void)
{
	unit_run("bad slots are refused", bad_slots_are_refused);
	unit_run("slots do not overlap", slots_do_not_overlap);
	unit_run("the vmm reads what was set", the_vmm_reads_what_was_set);
	unit_run("the guest gets the frame that the slot names",
		 the_guest_gets_the_frame_that_the_slot_names);
	unit_run("deleting is bounded and hides the slot at once",
		 deleting_is_bounded_and_hides_the_slot_at_once);
	unit_run("a dead VM has slots to delete but takes no calls when it is dying",
		 a_dead_vm_has_slots_to_delete_but_takes_no_calls_when_it_is_dying);
	unit_run("random slots come back exactly", random_slots_come_back_exactly);
	return unit_done();
}
