// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: memory that the manager owns, as processes here see it. The file behind each mapping,
 * its page faults, its caches and its end.
 *
 * Called by adopt.c and memslot.c. What always holds: a frame, once made, stays where it is until
 * the region is destroyed; a region is destroyed only when no mapping, no memory slot and no page
 * reference (direct I/O, vhost, get_user_pages of any kind) is left.
 *
 * Frames lie on 2 MiB boundaries of the *host* address, so they are indexed by page + skew. An
 * entry holds the frame's page frame number and whether it is a block; a block's entry is at its
 * first index. The mark says that a process may have written to the frame through its mapping.
 */

#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "selkie.h"

#define BLOCK_PAGES (PMD_SIZE / PAGE_SIZE)
#define REGION_RETRY (HZ / 100)
#define REGION_MAPPED XA_MARK_0

static struct workqueue_struct *region_queue;
static atomic_t region_count; /* created and not yet destroyed */

static const struct vm_operations_struct region_vm_ops;

static void *region_entry(unsigned long pfn, bool block)
{
	return xa_mk_value(pfn << 1 | block);
}

static void region_entry_decode(const void *entry, unsigned long *pfn, bool *block)
{
	*pfn = xa_to_value(entry) >> 1;
	*block = xa_to_value(entry) & 1;
}

/* Finds a frame that is there already. */
static bool region_lookup(struct selkie_region *region, unsigned long page,
			  struct selkie_frame *frame)
{
	unsigned long index = page + region->skew;
	void *entry = xa_load(&region->frames, index);

	if (!entry) {
		index = ALIGN_DOWN(index, BLOCK_PAGES);
		entry = xa_load(&region->frames, index);
		if (!entry)
			return false;
		region_entry_decode(entry, &frame->pfn, &frame->block);
		if (!frame->block)
			return false;
	} else {
		region_entry_decode(entry, &frame->pfn, &frame->block);
	}
	frame->first = index - region->skew;
	return true;
}

/* The manager's answer: the frame must hold the page, and lie in the region and in the pool. */
static bool region_answer_good(const struct selkie_region *region, unsigned long page,
			       const struct selkie_msg *msg)
{
	u64 size = msg->mr[1] == PMD_SHIFT ? PMD_SIZE : PAGE_SIZE;
	unsigned long first = msg->mr[2] >> PAGE_SHIFT, count = size >> PAGE_SHIFT;

	return (msg->mr[1] == PMD_SHIFT || msg->mr[1] == PAGE_SHIFT) &&
	       IS_ALIGNED(msg->mr[0], size) && connector_owns(PHYS_PFN(msg->mr[0]), count) &&
	       PAGE_ALIGNED(msg->mr[2]) && page >= first && page - first < count &&
	       first < region->page_count && count <= region->page_count - first &&
	       IS_ALIGNED(first + region->skew, count);
}

static int region_populate(struct selkie_region *region, unsigned long page,
			   struct selkie_frame *frame)
{
	struct selkie_msg msg = { .mr = { region->id, (u64)page << PAGE_SHIFT } };
	int err;

	err = call_manager(SELKIE_MGR_REGION_POPULATE, 2, &msg);
	if (err)
		return err;
	if (!region_answer_good(region, page, &msg)) {
		pr_err_ratelimited("selkie: manager's frame %#llx for region %u makes no sense\n",
				   msg.mr[0], region->id);
		return -EIO;
	}
	frame->pfn = PHYS_PFN(msg.mr[0]);
	frame->first = msg.mr[2] >> PAGE_SHIFT;
	frame->block = msg.mr[1] == PMD_SHIFT;
	return xa_err(xa_store(&region->frames, frame->first + region->skew,
			       region_entry(frame->pfn, frame->block), GFP_KERNEL));
}

int region_frame(struct selkie_region *region, unsigned long page, struct selkie_frame *frame)
{
	int err = 0;

	if (page >= region->page_count)
		return -EFAULT;
	if (region_lookup(region, page, frame))
		return 0;
	mutex_lock(&region->lock);
	if (!region_lookup(region, page, frame))
		err = region_populate(region, page, frame);
	mutex_unlock(&region->lock);
	return err;
}

static vm_fault_t region_fault_error(const struct selkie_region *region, int err)
{
	pr_err_ratelimited("selkie: process %d touches guest memory that cannot be had (region %u, error %d)\n",
			   task_tgid_nr(current), region->id, err);
	return VM_FAULT_SIGBUS;
}

/* From now on the frame's cache lines may be dirty whenever a guest starts. */
static void region_mark_mapped(struct selkie_region *region, const struct selkie_frame *frame)
{
	unsigned long index = frame->first + region->skew;

	if (!xa_get_mark(&region->frames, index, REGION_MAPPED))
		xa_set_mark(&region->frames, index, REGION_MAPPED);
}

/* As a page table entry: device memory with a struct page, so that get_user_pages finds it. */
static pfn_t region_pfn(unsigned long pfn)
{
	return __pfn_to_pfn_t(pfn, PFN_DEV | PFN_MAP);
}

static vm_fault_t region_fault(struct vm_fault *vmf)
{
	struct selkie_region *region = vmf->vma->vm_file->private_data;
	struct selkie_frame frame;
	int err;

	err = region_frame(region, vmf->pgoff, &frame);
	if (err)
		return region_fault_error(region, err);
	region_mark_mapped(region, &frame);
	return vmf_insert_mixed(vmf->vma, vmf->address,
				region_pfn(frame.pfn + (vmf->pgoff - frame.first)));
}

static vm_fault_t region_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct selkie_region *region = vma->vm_file->private_data;
	unsigned long address = vmf->address & PMD_MASK;
	struct selkie_frame frame;
	unsigned long page;

	if (order != PMD_ORDER || address < vma->vm_start || vma->vm_end - address < PMD_SIZE)
		return VM_FAULT_FALLBACK;
	page = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
	/* A mapping that mremap moved need not be congruent any more. */
	if (region_frame(region, vmf->pgoff, &frame) || !frame.block || frame.first != page)
		return VM_FAULT_FALLBACK;
	region_mark_mapped(region, &frame);
	return vmf_insert_pfn_pmd(vmf, region_pfn(frame.pfn), vma->vm_flags & VM_WRITE);
}

static const struct vm_operations_struct region_vm_ops = {
	.fault = region_fault,
	.huge_fault = region_huge_fault,
};

static int region_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct selkie_region *region = file->private_data;

	if (!(vma->vm_flags & VM_SHARED) || vma_pages(vma) > region->page_count ||
	    vma->vm_pgoff > region->page_count - vma_pages(vma))
		return -EINVAL;
	vma->vm_ops = &region_vm_ops;
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_HUGEPAGE | region->vm_flags);
	return 0;
}

static int region_file_release(struct inode *inode, struct file *file)
{
	region_put(file->private_data);
	return 0;
}

/* Never in a descriptor table: only mappings refer to these files. */
static const struct file_operations region_fops = {
	.owner = THIS_MODULE,
	.mmap = region_mmap,
	.release = region_file_release,
	.llseek = noop_llseek,
};

struct selkie_region *region_of(const struct file *file)
{
	return file && file->f_op == &region_fops ? file->private_data : NULL;
}

int region_map(struct selkie_region *region, unsigned long hva, unsigned long prot)
{
	unsigned long mapped;
	struct file *file;

	region_get(region);
	file = anon_inode_getfile("[selkie]", &region_fops, region, O_RDWR);
	if (IS_ERR(file)) {
		region_put(region);
		return PTR_ERR(file);
	}
	mapped = vm_mmap(file, hva, region->page_count << PAGE_SHIFT, prot, MAP_SHARED | MAP_FIXED,
			 0);
	fput(file);
	return IS_ERR_VALUE(mapped) ? (int)mapped : 0;
}

/* Page tables hold no references to these pages; whoever else uses one does. */
static bool region_is_idle(struct selkie_region *region)
{
	unsigned long index, pfn, page, count;
	void *entry;
	bool block;

	xa_for_each(&region->frames, index, entry) {
		region_entry_decode(entry, &pfn, &block);
		count = block ? BLOCK_PAGES : 1;
		for (page = 0; page < count; page++)
			if (page_count(pfn_to_page(pfn + page)) != 1)
				return false;
		cond_resched();
	}
	return true;
}

static void region_destroy(struct work_struct *work)
{
	struct selkie_region *region = container_of(to_delayed_work(work), struct selkie_region,
						    destroy);
	int err;

	if (!region_is_idle(region)) {
		queue_delayed_work(region_queue, &region->destroy, REGION_RETRY);
		return;
	}
	err = call_manager_repeat(SELKIE_MGR_REGION_DESTROY, region->id);
	if (err)
		pr_err("selkie: region %u was not destroyed (%d)\n", region->id, err);
	xa_destroy(&region->frames);
	kfree(region);
	atomic_dec(&region_count);
}

static void region_release(struct kref *ref)
{
	struct selkie_region *region = container_of(ref, struct selkie_region, ref);

	queue_delayed_work(region_queue, &region->destroy, 0);
}

void region_get(struct selkie_region *region)
{
	kref_get(&region->ref);
}

void region_put(struct selkie_region *region)
{
	kref_put(&region->ref, region_release);
}

struct selkie_region *region_create(unsigned long hva, unsigned long size, unsigned int flags)
{
	struct selkie_msg msg = { .mr = { size, hva & ~PMD_MASK, flags } };
	struct selkie_region *region;
	int err;

	region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);
	if (!region)
		return ERR_PTR(-ENOMEM);
	err = call_manager(SELKIE_MGR_REGION_CREATE, 3, &msg);
	if (err) {
		kfree(region);
		return ERR_PTR(err);
	}
	kref_init(&region->ref);
	region->id = msg.mr[0];
	region->page_count = size >> PAGE_SHIFT;
	region->skew = (hva & ~PMD_MASK) >> PAGE_SHIFT;
	mutex_init(&region->lock);
	xa_init(&region->frames);
	INIT_DELAYED_WORK(&region->destroy, region_destroy);
	atomic_inc(&region_count);
	return region;
}

void region_clean_range(void *start, size_t size)
{
	/* CTR_EL0.DminLine: log2 of the smallest data line, in words. */
	size_t line = 4 << ((read_cpuid_cachetype() >> 16) & 15);
	unsigned long address = (unsigned long)start, end = address + size;

	for (; address < end; address += line)
		asm volatile("dc civac, %0" : : "r" (address) : "memory");
	dsb(sy);
}

/*
 * Makes what processes wrote through caches visible to a guest that starts with its caches off.
 * Other frames hold what the manager put there, or adoption, which cleaned it themselves.
 */
void region_clean_caches(struct selkie_region *region)
{
	unsigned long index, pfn;
	void *entry;
	bool block;

	xa_for_each_marked(&region->frames, index, entry, REGION_MAPPED) {
		region_entry_decode(entry, &pfn, &block);
		region_clean_range(pfn_to_kaddr(pfn), block ? PMD_SIZE : PAGE_SIZE);
		cond_resched();
	}
}

/* Regions whose last user has gone; those still under direct I/O are not waited for. */
void region_flush_idle(void)
{
	flush_workqueue(region_queue);
}

void region_flush(void)
{
	do {
		flush_workqueue(region_queue);
		if (!atomic_read(&region_count))
			break;
		schedule_timeout_uninterruptible(REGION_RETRY);
	} while (true);
}

int region_init(void)
{
	region_queue = alloc_workqueue("selkie-region", WQ_UNBOUND, 0);
	return region_queue ? 0 : -ENOMEM;
}

void region_exit(void)
{
	destroy_workqueue(region_queue);
}
