// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: turns a process's private anonymous memory into memory of the manager's, in place.
 *
 * Called by memslot.c in the context of the process. The range is first looked at as a whole, so
 * that a refusal changes nothing; then each part that is not adopted yet gets a region, the pages
 * that are populated are copied into it, and its mapping takes the old one's place. A process that
 * changes the range's mappings or contents meanwhile harms only itself.
 */

#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/userfaultfd_k.h>

#include "selkie.h"

/* Flags of the old mapping that the new one takes over. */
#define ADOPT_KEPT (VM_DONTCOPY | VM_DONTDUMP)
#define ADOPT_PROT (VM_READ | VM_WRITE | VM_EXEC)
#define ADOPT_REFUSED (VM_SHARED | VM_MAYSHARE | VM_HUGETLB | VM_PFNMAP | VM_IO | VM_MIXEDMAP)

/* A run of mappings that are alike: anonymous memory, or one region. */
struct adopt_run {
	unsigned long start;
	unsigned long end;
	unsigned long vm_flags;
	struct selkie_region *region;
	u64 offset;
};

static int adopt_refuse(unsigned long hva, const char *why)
{
	pr_err_ratelimited("selkie: process %d: memory at %#lx cannot be a guest's: %s\n",
			   task_tgid_nr(current), hva, why);
	return -EINVAL;
}

/* Describes one mapping, cut to [start, end). */
static int adopt_classify(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			  struct adopt_run *run)
{
	run->start = max(start, vma->vm_start);
	run->end = min(end, vma->vm_end);
	run->vm_flags = vma->vm_flags & (ADOPT_KEPT | ADOPT_PROT);
	run->region = region_of(vma->vm_file);
	if (run->region) {
		run->offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) + (run->start - vma->vm_start);
		return 0;
	}
	run->offset = 0;
	if (is_vm_hugetlb_page(vma))
		return adopt_refuse(run->start, "huge pages (hugetlb) are not supported yet");
	if (!vma_is_anonymous(vma) || (vma->vm_flags & ADOPT_REFUSED))
		return adopt_refuse(run->start, "it is not private anonymous memory");
	if (userfaultfd_armed(vma))
		return adopt_refuse(run->start, "userfaultfd watches it");
	return 0;
}

static bool adopt_continues(const struct adopt_run *last, const struct adopt_run *next)
{
	if (last->region != next->region || last->end != next->start)
		return false;
	if (last->region)
		return last->offset + (last->end - last->start) == next->offset;
	return last->vm_flags == next->vm_flags;
}

/* Decodes [hva, hva + size) into runs, with a reference to each region. mmap lock is held. */
static int adopt_decode(unsigned long hva, unsigned long size, struct adopt_run *runs,
			unsigned int *run_count)
{
	unsigned long at = hva, end = hva + size;
	struct adopt_run next;
	int err;

	*run_count = 0;
	while (at < end) {
		struct vm_area_struct *vma = find_vma(current->mm, at);

		if (!vma || vma->vm_start > at)
			return adopt_refuse(at, "nothing is mapped there");
		err = adopt_classify(vma, at, end, &next);
		if (err)
			return err;
		at = next.end;
		if (*run_count && adopt_continues(&runs[*run_count - 1], &next)) {
			runs[*run_count - 1].end = next.end;
			continue;
		}
		if (*run_count == SELKIE_PIECE_MAX)
			return adopt_refuse(hva, "it consists of too many mappings");
		if (next.region)
			region_get(next.region);
		runs[(*run_count)++] = next;
	}
	return 0;
}

/*
 * Looks for a populated page from an address on, as far as one page table reaches, and returns where
 * it stopped. mmap lock is held, which keeps the tables of anonymous memory in place.
 */
static unsigned long adopt_walk(struct mm_struct *mm, unsigned long address, bool *populated)
{
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmdp, pmd;
	pte_t *pte;

	*populated = false;
	if (pgd_none(*pgd))
		return ALIGN(address + 1, PMD_SIZE);
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d))
		return ALIGN(address + 1, PMD_SIZE);
	pud = pud_offset(p4d, address);
	if (pud_none(*pud))
		return ALIGN(address + 1, PMD_SIZE);
	pmdp = pmd_offset(pud, address);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd))
		return ALIGN(address + 1, PMD_SIZE);
	*populated = !pmd_table(pmd); /* huge, or on its way to or from swap */
	if (*populated)
		return address;
	pte = pte_offset_kernel(pmdp, address);
	do {
		*populated = !pte_none(READ_ONCE(*pte++));
		if (*populated)
			return address;
		address += PAGE_SIZE;
	} while (!IS_ALIGNED(address, PMD_SIZE));
	return address;
}

/* The next populated page at or after an address, or end. */
static unsigned long adopt_next(unsigned long address, unsigned long end)
{
	struct mm_struct *mm = current->mm;
	bool populated = false;

	mmap_read_lock(mm);
	while (address < end && !populated)
		address = adopt_walk(mm, address, &populated);
	mmap_read_unlock(mm);
	return min(address, end);
}

static int adopt_copy_page(struct selkie_region *region, unsigned long number, struct page *from)
{
	struct selkie_frame frame;
	void *source = kmap_local_page(from), *target;
	int err = 0;

	/* Frames are born zeroed: the zero page, and pages that only read as zero, need none. */
	if (memchr_inv(source, 0, PAGE_SIZE)) {
		err = region_frame(region, number, &frame);
		if (!err) {
			target = pfn_to_kaddr(frame.pfn + (number - frame.first));
			copy_page(target, source);
			region_clean_range(target, PAGE_SIZE);
		}
	}
	kunmap_local(source);
	return err;
}

static int adopt_copy(struct selkie_region *region, const struct adopt_run *run)
{
	unsigned long address = run->start;
	struct page *page;
	int err, count;

	while ((address = adopt_next(address, run->end)) < run->end) {
		/* Finds the page, from swap if need be; makes none that was not there. */
		count = get_user_pages_fast(address, 1, 0, &page);
		if (count != 1)
			return count < 0 ? count : -EFAULT;
		err = adopt_copy_page(region, (address - run->start) >> PAGE_SHIFT, page);
		put_page(page);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		address += PAGE_SIZE;
	}
	return 0;
}

static unsigned long adopt_prot(unsigned long vm_flags)
{
	return (vm_flags & VM_READ ? PROT_READ : 0) | (vm_flags & VM_WRITE ? PROT_WRITE : 0) |
	       (vm_flags & VM_EXEC ? PROT_EXEC : 0);
}

static int adopt_run(struct adopt_run *run, unsigned int region_flags)
{
	struct selkie_region *region;
	int err;

	region = region_create(run->start, run->end - run->start, region_flags);
	if (IS_ERR(region)) {
		if (PTR_ERR(region) == -ENOMEM)
			pr_err_ratelimited("selkie: process %d: no memory for a guest's %lu KiB: see debugfs selkie/memory\n",
					   task_tgid_nr(current),
					   (run->end - run->start) >> 10);
		return PTR_ERR(region);
	}
	region->vm_flags = run->vm_flags & ADOPT_KEPT;
	err = adopt_copy(region, run);
	if (!err)
		err = region_map(region, run->start, adopt_prot(run->vm_flags));
	if (err) {
		region_put(region);
		return err;
	}
	run->region = region;
	return 0;
}

static void adopt_drop(struct adopt_run *runs, unsigned int run_count)
{
	while (run_count--)
		if (runs[run_count].region)
			region_put(runs[run_count].region);
}

int adopt_range(unsigned long hva, unsigned long size, unsigned int region_flags,
		struct selkie_piece *pieces, unsigned int *piece_count)
{
	struct adopt_run runs[SELKIE_PIECE_MAX];
	unsigned int run_count, i;
	int err;

	mmap_read_lock(current->mm);
	err = adopt_decode(hva, size, runs, &run_count);
	mmap_read_unlock(current->mm);

	for (i = 0; i < run_count && !err; i++)
		if (!runs[i].region)
			err = adopt_run(&runs[i], region_flags);
	if (err) {
		adopt_drop(runs, run_count);
		return err;
	}
	for (i = 0; i < run_count; i++)
		pieces[i] = (struct selkie_piece) {
			.region = runs[i].region,
			.offset = runs[i].offset,
			.size = runs[i].end - runs[i].start,
			.hva = runs[i].start,
		};
	*piece_count = run_count;
	return 0;
}
