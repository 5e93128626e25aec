// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes the initial thread: its objects, the caps in its CNode in the order every seL4 kernel gives
 * them, its address space (image, IPC buffer, BootInfo, extra BootInfo, in this order) and the
 * BootInfo frame. Called by boot.c when the core is set up; panics if memory is too small, since
 * there is nobody to tell.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/vspace.h>
#include <plat/plat.h>

#include "arch.h"
#include "entry.h"
#include "print.h"

/* Memory of the initial objects, carved from one piece in order of falling alignment. */
struct allocator {
	kva_t next, end;
};

struct rootserver {
	struct allocator memory;
	struct slot *slots; /* root CNode */
	u64 next_slot;
	pte_t *vspace;
	struct bootinfo *info;
	va_t image_va, ipc_buffer_va, info_va, extra_va, end_va;
	kva_t extra;
	u64 extra_size; /* bytes in use; its frames cover extra_bits */
	u32 extra_bits;
};

static kva_t allocate(struct allocator *memory, u32 bits)
{
	kva_t at = memory->next;

	if (!ALIGNED(at, bits) || BIT(bits) > memory->end - at)
		panic("root task memory miscounted");
	memory->next += BIT(bits);
	arch_clear_memory(at, BIT(bits));
	return at;
}

static u64 span_count(va_t start, va_t end, u32 bits)
{
	return ((end - 1) >> bits) - (start >> bits) + 1;
}

static u64 paging_count(const struct rootserver *root)
{
	return span_count(root->image_va, root->end_va, HUGE_PAGE_BITS) +
	       span_count(root->image_va, root->end_va, LARGE_PAGE_BITS);
}

static u32 bits_to_hold(u64 size)
{
	u32 bits = PAGE_BITS;

	while (BIT(bits) < size)
		bits++;
	return bits;
}

static void layout(struct rootserver *root, const struct boot_image *boot)
{
	root->image_va = boot->image.start - boot->physical_offset;
	root->ipc_buffer_va = boot->image.end - boot->physical_offset;
	root->info_va = root->ipc_buffer_va + BIT(PAGE_BITS);
	root->extra_va = root->info_va + BIT(PAGE_BITS);
	root->end_va = root->extra_va;
	if (boot->dtb.end > boot->dtb.start) {
		root->extra_size = sizeof(struct bootinfo_chunk) + boot->dtb.end - boot->dtb.start;
		root->extra_bits = bits_to_hold(root->extra_size);
		root->end_va += BIT(root->extra_bits);
	}
	if (root->end_va - 1 > USER_TOP || root->end_va < root->image_va)
		panic("root task image outside the user address space");
}

static void provide(struct rootserver *root, struct cap cap)
{
	if (root->next_slot == BIT(CONFIG_ROOT_CNODE_BITS))
		panic("root CNode full");
	slot_init(&root->slots[root->next_slot++], cap);
}

/* ---- address space ---- */

static void map_table(struct rootserver *root, va_t va, u32 bits)
{
	kva_t table = allocate(&root->memory, PAGE_TABLE_BITS);
	struct pte_place place = pgtable_walk(root->vspace, va);

	pgtable_write(place.slot, pgtable_table_pte((pte_t *)table));
	provide(root, cap_make(CAP_PAGE_TABLE, table, 0, 0,
			       mapping_make(INITIAL_ASID, va & ~MASK(bits))));
}

static void create_paging(struct rootserver *root)
{
	root->info->image_paging.start = root->next_slot;
	for (u32 bits = HUGE_PAGE_BITS; bits > PAGE_BITS; bits -= TABLE_INDEX_BITS)
		for (va_t va = root->image_va & ~MASK(bits); va < root->end_va; va += BIT(bits))
			map_table(root, va, bits);
	root->info->image_paging.end = root->next_slot;
}

static struct cap map_frame(struct rootserver *root, kva_t frame, va_t va, bool executable)
{
	u32 rights = FRAME_READ | FRAME_WRITE;
	u64 attributes = ATTR_CACHEABLE | (executable ? 0 : ATTR_EXECUTE_NEVER);
	struct pte_place place = pgtable_walk(root->vspace, va);

	pgtable_write(place.slot,
		      pgtable_page_pte(kva_to_pa(frame), PAGE_BITS, rights, attributes));
	return cap_make(CAP_FRAME, frame, PAGE_BITS, rights, mapping_make(INITIAL_ASID, va));
}

static struct slot_range map_frames(struct rootserver *root, kva_t frame, va_t va, u64 size)
{
	struct slot_range range = {.start = root->next_slot};

	for (u64 offset = 0; offset < size; offset += BIT(PAGE_BITS))
		provide(root, map_frame(root, frame + offset, va + offset, true));
	range.end = root->next_slot;
	return range;
}

/* ---- BootInfo ---- */

static void fill_extra(struct rootserver *root, const struct boot_image *boot)
{
	struct bootinfo_chunk *chunk = (struct bootinfo_chunk *)root->extra;

	if (!root->extra_size)
		return;
	*chunk = (struct bootinfo_chunk){BOOTINFO_CHUNK_FDT, root->extra_size};
	__builtin_memcpy(chunk + 1, (const void *)pa_to_kva(boot->dtb.start),
			 boot->dtb.end - boot->dtb.start);
}

static void fill_info(struct rootserver *root)
{
	root->info->extra_len = root->extra_size;
	root->info->node_count = CONFIG_CORE_COUNT;
	root->info->ipc_buffer = root->ipc_buffer_va;
	root->info->root_cnode_bits = CONFIG_ROOT_CNODE_BITS;
}

/* One untyped per naturally aligned power of two. */
static void provide_untypeds(struct rootserver *root, struct region region, bool device)
{
	while (region.end - region.start >= BIT(UNTYPED_MIN_BITS)) {
		u32 bits = 63 - __builtin_clzll(region.end - region.start);
		u64 index = root->next_slot - root->info->untyped.start;

		if (region.start)
			bits = min_u64(bits, __builtin_ctzll(region.start));
		bits = min_u64(bits, UNTYPED_MAX_BITS);
		if (index == CONFIG_BOOTINFO_UNTYPED_COUNT)
			return;
		root->info->untyped_list[index] = (struct untyped_desc){
			.paddr = region.start, .size_bits = bits, .is_device = device};
		provide(root, boot_cap_untyped(region.start, bits, device));
		region.start += BIT(bits);
	}
}

/* ---- all of it ---- */

static void allocate_objects(struct rootserver *root, struct region_list *ram_free,
			     struct boot_thread *thread)
{
	u32 cnode_bits = CONFIG_ROOT_CNODE_BITS + SLOT_BITS;
	u64 size = BIT(cnode_bits) + BIT(VSPACE_BITS) + 3 * BIT(PAGE_BITS) + BIT(TCB_BITS) +
		   BIT(SCHED_CONTEXT_MIN_BITS) + paging_count(root) * BIT(PAGE_TABLE_BITS);
	u32 align_bits = max_u64(cnode_bits, root->extra_bits);

	if (root->extra_bits)
		size += BIT(root->extra_bits);
	size = (size + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
	root->memory.next = pa_to_kva(region_take_top(ram_free, size, BIT(align_bits)));
	root->memory.end = root->memory.next + size;

	if (root->extra_bits >= cnode_bits)
		root->extra = allocate(&root->memory, root->extra_bits);
	root->slots = (struct slot *)allocate(&root->memory, cnode_bits);
	if (root->extra_bits && !root->extra && root->extra_bits >= VSPACE_BITS)
		root->extra = allocate(&root->memory, root->extra_bits);
	root->vspace = (pte_t *)allocate(&root->memory, VSPACE_BITS);
	if (root->extra_bits && !root->extra)
		root->extra = allocate(&root->memory, root->extra_bits);
	root->info = (struct bootinfo *)allocate(&root->memory, PAGE_BITS);
	root->next_slot = INITIAL_SLOT_FIRST_FREE;
	thread->root_cnode = root->slots;
}

static void create_fixed_caps(struct rootserver *root)
{
	struct slot *slots = root->slots;
	kva_t pool = allocate(&root->memory, ASID_POOL_BITS);

	asid_pool_install(0, (struct asid_pool *)pool);
	asid_assign(INITIAL_ASID, root->vspace);
	slot_init(&slots[INITIAL_SLOT_CNODE], boot_cap_cnode(slots, CONFIG_ROOT_CNODE_BITS));
	slot_init(&slots[INITIAL_SLOT_VSPACE],
		  cap_make(CAP_VSPACE, (kva_t)root->vspace, 0, 0, mapping_make(INITIAL_ASID, 0)));
	slot_init(&slots[INITIAL_SLOT_IRQ_CONTROL], boot_cap_irq_control());
	slot_init(&slots[INITIAL_SLOT_ASID_CONTROL], cap_make(CAP_ASID_CONTROL, 0, 0, 0, 0));
	slot_init(&slots[INITIAL_SLOT_ASID_POOL], cap_make(CAP_ASID_POOL, pool, 0, 0, 0));
	slot_init(&slots[INITIAL_SLOT_DOMAIN], boot_cap_domain());
	slot_init(&slots[INITIAL_SLOT_SMC], cap_make(CAP_SMC, 0, 0, 0, 0));
}

static void create_frames(struct rootserver *root, const struct boot_image *boot)
{
	kva_t ipc_buffer = allocate(&root->memory, PAGE_BITS);

	slot_init(&root->slots[INITIAL_SLOT_BOOTINFO],
		  map_frame(root, (kva_t)root->info, root->info_va, false));
	if (root->extra_size)
		root->info->extra_pages =
			map_frames(root, root->extra, root->extra_va, root->extra_size);
	root->info->sched_control.start = root->next_slot;
	for (u32 core = 0; core < CONFIG_CORE_COUNT; core++)
		provide(root, boot_cap_sched_control(core));
	root->info->sched_control.end = root->next_slot;
	slot_init(&root->slots[INITIAL_SLOT_IPC_BUFFER],
		  map_frame(root, ipc_buffer, root->ipc_buffer_va, false));
	root->info->image_frames = map_frames(root, pa_to_kva(boot->image.start), root->image_va,
					      boot->image.end - boot->image.start);
	/* The loader wrote instructions; the thread fetches them through this core's caches. */
	cache_unify((const void *)pa_to_kva(boot->image.start),
		    boot->image.end - boot->image.start);
}

static void create_untypeds(struct rootserver *root, const struct region_list *ram_free,
			    const struct region_list *device)
{
	root->info->untyped.start = root->next_slot;
	for (u32 i = 0; i < device->count; i++)
		provide_untypeds(root, device->region[i], true);
	for (u32 i = 0; i < ram_free->count; i++)
		provide_untypeds(root, ram_free->region[i], false);
	root->info->untyped.end = root->next_slot;
	root->info->empty = (struct slot_range){root->next_slot, BIT(CONFIG_ROOT_CNODE_BITS)};
}

void rootserver_create(const struct boot_image *boot, struct region_list *ram_free,
		       const struct region_list *device)
{
	struct rootserver root = {0};
	struct boot_thread thread = {.entry = boot->entry};

	layout(&root, boot);
	allocate_objects(&root, ram_free, &thread);
	fill_info(&root);
	fill_extra(&root, boot);
	create_fixed_caps(&root);
	create_paging(&root);
	create_frames(&root, boot);
	thread.tcb = (struct tcb *)allocate(&root.memory, TCB_BITS);
	thread.sc = (struct sched_context *)allocate(&root.memory, SCHED_CONTEXT_MIN_BITS);
	thread.bootinfo = root.info_va;
	thread.ipc_buffer = root.ipc_buffer_va;
	create_untypeds(&root, ram_free, device);
	boot_thread_init(&thread);
}
