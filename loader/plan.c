// SPDX-License-Identifier: BSD-2-Clause
/*
 * The memory plan. The kernel's place is in its ELF file; seL4 wants the device tree and the user
 * image above it, in this order, so they follow: the tree on the next page, the root task at the
 * next 2 MiB.
 */
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Root tasks live in the user half of what seL4 maps for them. */
#define USER_TOP (1ull << 39)
#define VA_TOP	 (1ull << 48)

static int __attribute__((format(printf, 2, 3))) plan_fail(char *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(problem, PLAN_PROBLEM_BYTES, format, args);
	va_end(args);
	return -EINVAL;
}

static const struct range *find_ram(const struct platform *platform, struct range wanted)
{
	for (unsigned int i = 0; i < platform->ram_count; i++) {
		if (range_contains(platform->ram[i], wanted))
			return &platform->ram[i];
	}
	return NULL;
}

static int plan_kernel(struct plan *plan, const struct elf_image *kernel, char *problem)
{
	const struct elf_segment *segment = &kernel->segment[0];

	if (kernel->segment_count != 1)
		return plan_fail(problem, "kernel.elf has %u segments, a seL4 kernel has one",
				 kernel->segment_count);
	if (segment->vaddr % LARGE_PAGE_BYTES || segment->paddr % LARGE_PAGE_BYTES)
		return plan_fail(problem, "kernel.elf is not linked at a multiple of 2 MiB");
	if (kernel->vaddr_end > VA_TOP || align_down(kernel->vaddr_end - 1, HUGE_PAGE_BYTES) !=
						  align_down(kernel->vaddr_start, HUGE_PAGE_BYTES))
		return plan_fail(problem, "kernel.elf's addresses cross 1 GiB");
	plan->kernel.start = segment->paddr;
	plan->kernel.end = segment->paddr + segment->mem_size;
	plan->kernel_window.start = segment->vaddr;
	plan->kernel_window.end = align_down(segment->vaddr, HUGE_PAGE_BYTES) + HUGE_PAGE_BYTES;
	return 0;
}

static int plan_place(struct plan *plan, const struct platform *platform,
		      const struct elf_image *root, char *problem)
{
	const struct range *ram = find_ram(platform, plan->kernel);
	uint64_t virt_start = align_down(root->vaddr_start, PAGE_BYTES);

	if (!ram)
		return plan_fail(problem,
				 "kernel.elf wants 0x%" PRIx64 "-0x%" PRIx64
				 ", which is not RAM here (QEMU: -m 2G)",
				 plan->kernel.start, plan->kernel.end);
	if (root->vaddr_end > USER_TOP)
		return plan_fail(problem, "roottask.elf's addresses are beyond user space");

	/* No sum here wraps: RAM ends below 2^64, the tree has 2 MiB, the root task 512 GiB. */
	plan->fdt.start = align_up(plan->kernel.end, PAGE_BYTES);
	plan->fdt.end = plan->fdt.start + platform->fdt_used;
	plan->root.start = align_up(plan->fdt.end, LARGE_PAGE_BYTES);
	plan->root.end = plan->root.start + align_up(root->vaddr_end, PAGE_BYTES) - virt_start;
	plan->root_offset = plan->root.start - virt_start;
	if (plan->root.end > ram->end || plan->root.end < plan->root.start)
		return plan_fail(problem,
				 "roottask.elf does not fit into the RAM after the kernel");
	return 0;
}

static int plan_check_free(const char *name, struct range range, const struct occupied *occupied,
			   unsigned int occupied_count, char *problem)
{
	for (unsigned int i = 0; i < occupied_count; i++) {
		const struct range *other = &occupied[i].range;

		if (range_overlaps(range, *other))
			return plan_fail(problem,
					 "%s must go to 0x%" PRIx64 "-0x%" PRIx64
					 ", but the %s is at 0x%" PRIx64 "-0x%" PRIx64,
					 name, range.start, range.end, occupied[i].name,
					 other->start, other->end);
	}
	return 0;
}

/* The kernel's window and the identity-mapped rest share one set of tables. */
static int plan_check_window(const struct plan *plan, const struct platform *platform,
			     char *problem)
{
	struct range uart = {platform->uart, platform->uart + PAGE_BYTES};

	for (unsigned int i = 0; i < platform->ram_count; i++) {
		if (range_overlaps(plan->kernel_window, platform->ram[i]))
			return plan_fail(problem, "kernel.elf is linked at RAM's own addresses");
	}
	if (platform->has_uart && range_overlaps(plan->kernel_window, uart))
		return plan_fail(problem, "kernel.elf is linked at the UART's address");
	return 0;
}

/* A kernel built for fixed memory, like an SDK's, would run into nothing with less. */
static int plan_check_memory(const struct platform *platform, const struct range *memory,
			     unsigned int memory_count, char *problem)
{
	for (unsigned int i = 0; i < memory_count; i++) {
		if (memory[i].end <= memory[i].start || !find_ram(platform, memory[i]))
			return plan_fail(problem,
					 "kernel.elf was built for RAM at 0x%" PRIx64 "-0x%" PRIx64
					 ", which is not all here (QEMU: -m 2G)",
					 memory[i].start, memory[i].end);
	}
	return 0;
}

int plan_make(struct plan *plan, const struct platform *platform, const struct elf_image *kernel,
	      const struct elf_image *root, const struct occupied *occupied,
	      unsigned int occupied_count, const struct range *memory, unsigned int memory_count,
	      char problem[PLAN_PROBLEM_BYTES])
{
	struct range root_and_fdt;

	if (plan_kernel(plan, kernel, problem) || plan_place(plan, platform, root, problem) ||
	    plan_check_window(plan, platform, problem) ||
	    plan_check_memory(platform, memory, memory_count, problem))
		return -EINVAL;
	root_and_fdt = (struct range){plan->fdt.start, plan->root.end};
	if (plan_check_free("kernel.elf", plan->kernel, occupied, occupied_count, problem))
		return -EINVAL;
	return plan_check_free("roottask.elf", root_and_fdt, occupied, occupied_count, problem);
}

bool plan_find_free(const struct plan *plan, const struct platform *platform,
		    const struct occupied *occupied, unsigned int occupied_count, uint64_t size,
		    struct range *place)
{
	uint64_t start = align_up(plan->root.end, LARGE_PAGE_BYTES);

	/* Each occupied range can push the place up once; then another may be in the way. */
	for (unsigned int round = 0; round <= occupied_count; round++) {
		*place = (struct range){start, start + size};
		for (unsigned int i = 0; i < occupied_count; i++) {
			if (range_overlaps(*place, occupied[i].range))
				start = align_up(occupied[i].range.end, LARGE_PAGE_BYTES);
		}
		if (start == place->start)
			return find_ram(platform, *place) != NULL;
	}
	return false;
}
