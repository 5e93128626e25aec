// SPDX-License-Identifier: BSD-2-Clause
/*
 * From firmware to kernel: read the device tree, check the archive and both ELF files, plan, then
 * load and enter. Called once by head.S with the MMU off. Everything that can fail is done before
 * anything outside the loader is written; what fails is one line on the UART and a halt.
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "archive_reader.h"
#include "cores.h"
#include "elf_image.h"
#include "kernel_entry.h"
#include "mmu.h"
#include "pl011.h"
#include "plan.h"
#include "platform.h"

/* Where QEMU's virt board has its UART: tried when the device tree cannot be read. */
#define FALLBACK_UART 0x09000000ull

#define EL2 2

extern char loader_start[], bss_start[], loader_end[];

_Noreturn void loader_main(const void *fdt, unsigned int exception_level);
void loader_exception(uint64_t esr, uint64_t elr, uint64_t far);

static volatile void *uart;

/* A piece of the archive that was looked up, checked and read as an ELF file. */
struct program {
	struct elf_image image;
	const char *file;
};

static struct program kernel, root;

static void uart_write(const char *text, size_t length)
{
	if (uart)
		pl011_write(uart, text, length);
}

#define stop(...)                                      \
	do {                                           \
		printf("Selkie loader: " __VA_ARGS__); \
		printf("; stopped.\n");                \
		if (uart)                              \
			pl011_drain(uart);             \
		halt();                                \
	} while (0)

/* platform is NULL when the device tree could not even be touched. */
static void find_uart(const struct platform *platform)
{
	volatile void *fallback = (volatile void *)FALLBACK_UART;

	stdout_set(uart_write);
	if (platform && platform->has_uart)
		uart = (volatile void *)platform->uart;
	else if (pl011_probe(fallback))
		uart = fallback;
}

/* head.S's vectors end here: a device tree or archive at an address that answers nothing. */
void loader_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
	static bool again;

	if (again)
		halt();
	again = true;
	if (!uart)
		find_uart(NULL);
	stop("unexpected exception, ESR 0x%lx, at 0x%lx, address 0x%lx", esr,
	     elr - (uintptr_t)loader_start, far);
}

static void map_identity(struct range range, enum mmu_attribute attribute)
{
	if (!mmu_map(range, range.start, attribute))
		stop("cannot map 0x%lx-0x%lx: too scattered, or RAM and device in one 2 MiB",
		     range.start, range.end);
}

static struct range loader_range(void)
{
	return (struct range){(uintptr_t)loader_start, (uintptr_t)loader_end};
}

static void check_archive_place(const struct platform *platform)
{
	const struct range *initrd = &platform->initrd;

	if (initrd->start == initrd->end)
		stop("no archive (pass it as the initrd)");
	for (unsigned int i = 0; i < platform->ram_count; i++) {
		if (range_contains(platform->ram[i], *initrd))
			return;
	}
	stop("the archive at 0x%lx-0x%lx is not in RAM", initrd->start, initrd->end);
}

static void stop_archive(const struct archive_problem *problem)
{
	if (problem->piece[0])
		stop("%s %s", problem->piece, problem->what);
	stop("archive: %s", problem->what);
}

static void read_archive(struct archive *archive, const struct range *place)
{
	const void *base = (const void *)place->start;
	struct archive_problem problem;

	if (place->start % SELKIE_ARCHIVE_ALIGN)
		stop("the archive at 0x%lx is not on a page", place->start);
	if (archive_open(archive, base, place->end - place->start, &problem))
		stop_archive(&problem);
	for (unsigned int i = 0; i < archive->piece_count; i++) {
		const struct selkie_archive_piece *piece = &archive->piece[i];

		if ((piece->flags & SELKIE_ARCHIVE_ALIGN_2M) &&
		    (place->start + piece->offset) % SELKIE_ARCHIVE_ALIGN_LARGE)
			stop("%s needs an archive at a multiple of 2 MiB, not at 0x%lx",
			     piece->name, place->start);
		if (archive_check_piece(piece, base, &problem))
			stop_archive(&problem);
	}
}

static void read_program(struct program *program, const struct archive *archive,
			 const struct range *place, const char *name)
{
	const struct selkie_archive_piece *piece = archive_find(archive, name);
	const char *problem;

	if (!piece)
		stop("%s is missing from the archive", name);
	program->file = (const char *)place->start + piece->offset;
	if (elf_image_read(&program->image, program->file, piece->size, &problem))
		stop("%s %s", name, problem);
}

/* Copies a program's segments; offset is physical - virtual of the place it was given. */
static void load_program(const struct program *program, uint64_t offset, struct range place)
{
	memset((void *)place.start, 0, place.end - place.start);
	for (unsigned int i = 0; i < program->image.segment_count; i++) {
		const struct elf_segment *segment = &program->image.segment[i];

		memcpy((void *)(segment->vaddr + offset), program->file + segment->file_offset,
		       segment->file_size);
	}
	cache_clean(place);
}

static void load_fdt(const struct platform *platform, struct range place)
{
	memcpy((void *)place.start, (const void *)platform->fdt.start, place.end - place.start);
	fdt_set_totalsize((void *)place.start, (uint32_t)(place.end - place.start));
	cache_clean(place);
}

/* The RAM that the kernel was built for, where the packer knew it. */
static unsigned int read_memory_piece(struct range *memory, const struct archive *archive,
				      const struct range *place)
{
	const struct selkie_archive_piece *piece = archive_find(archive, SELKIE_ARCHIVE_KERNEL_RAM);

	if (!piece)
		return 0;
	if (piece->size % sizeof(*memory) || piece->size > PLATFORM_RAM_MAX * sizeof(*memory))
		stop("%s has a bad size", piece->name);
	memcpy(memory, (const char *)place->start + piece->offset, piece->size);
	return piece->size / sizeof(*memory);
}

/*
 * Starts over from a copy elsewhere, for firmware that puts us where the kernel must go. Code and
 * constants are copied; head.S makes the rest anew, MMU off.
 */
_Noreturn static void move_loader(struct range place, const struct platform *platform)
{
	size_t size = bss_start - loader_start;

	map_identity(place, MMU_NORMAL);
	memcpy((void *)place.start, loader_start, size);
	cache_clean(place);
	((void (*)(uint64_t fdt))place.start)(platform->fdt.start);
	halt();
}

/* Everything that can be wrong with archive, programs and their places ends here. */
static void make_plan(struct plan *plan, const struct archive *archive,
		      const struct platform *platform)
{
	const struct occupied occupied[] = {
		{"device tree", platform->fdt},
		{"archive", platform->initrd},
	};
	const unsigned int occupied_count = sizeof(occupied) / sizeof(occupied[0]);
	struct range memory[PLATFORM_RAM_MAX], place;
	char problem[PLAN_PROBLEM_BYTES];
	unsigned int memory_count;

	read_program(&kernel, archive, &platform->initrd, SELKIE_ARCHIVE_KERNEL);
	read_program(&root, archive, &platform->initrd, SELKIE_ARCHIVE_ROOTTASK);
	memory_count = read_memory_piece(memory, archive, &platform->initrd);
	if (plan_make(plan, platform, &kernel.image, &root.image, occupied, occupied_count, memory,
		      memory_count, problem))
		stop("%s", problem);
	if (!range_overlaps(loader_range(), (struct range){plan->kernel.start, plan->root.end}))
		return;
	if (!plan_find_free(plan, platform, occupied, occupied_count, loader_end - loader_start,
			    &place))
		stop("no RAM left to move the loader out of the kernel's way");
	move_loader(place, platform);
}

/* How many cores the kernel waits for, as packed with it; there must be as many here. */
static unsigned int read_cores_piece(const struct archive *archive, const struct platform *platform)
{
	const struct selkie_archive_piece *piece =
		archive_find(archive, SELKIE_ARCHIVE_KERNEL_CORES);
	uint64_t cores;

	if (!piece)
		return 1;
	if (piece->size != sizeof(cores))
		stop("%s has a bad size", piece->name);
	memcpy(&cores, (const char *)platform->initrd.start + piece->offset, sizeof(cores));
	if (cores > platform->cpu_count)
		stop("kernel.elf waits for %lu cores, the device tree has %u (QEMU: -smp %lu)",
		     cores, platform->cpu_count, cores);
	if (cores > 1 && !platform->has_psci)
		stop("kernel.elf waits for %lu cores, and there is no PSCI by smc to start them",
		     cores);
	return cores;
}

static void start_cores(const struct platform *platform, unsigned int count,
			const struct kernel_entry *entry)
{
	for (unsigned int core = 1; core < count; core++) {
		int64_t answer = core_start(platform, core, entry);

		if (answer != PSCI_SUCCESS)
			stop("core %u (MPIDR 0x%lx) does not start: PSCI says %ld", core,
			     core_mpidr(platform, core), answer);
	}
}

_Noreturn static void boot(const struct platform *platform)
{
	static struct kernel_entry entry;
	static struct archive archive;
	unsigned int core_count;
	struct plan plan;

	read_archive(&archive, &platform->initrd);
	make_plan(&plan, &archive, platform);
	core_count = read_cores_piece(&archive, platform);
	map_identity((struct range){plan.kernel.start, plan.root.end}, MMU_NORMAL);
	if (!mmu_map(plan.kernel_window, plan.kernel.start, MMU_NORMAL))
		stop("cannot map kernel.elf's addresses");

	printf("Selkie loader: kernel 0x%lx, root task 0x%lx, archive 0x%lx (%lu MiB)\n",
	       plan.kernel.start, plan.root.start, platform->initrd.start,
	       archive.total_size >> 20);
	load_program(&kernel, plan.kernel.start - kernel.image.vaddr_start, plan.kernel);
	load_program(&root, plan.root_offset, plan.root);
	load_fdt(platform, plan.fdt);
	entry = (struct kernel_entry){
		.user_start = plan.root.start,
		.user_end = plan.root.end,
		.user_offset = plan.root_offset,
		.user_entry = root.image.entry,
		.fdt = plan.fdt.start,
		.fdt_size = plan.fdt.end - plan.fdt.start,
		.kernel_entry = kernel.image.entry,
	};
	cache_clean(loader_range());
	start_cores(platform, core_count, &entry);
	if (uart)
		pl011_drain(uart);
	enter_kernel(&entry, 0);
}

_Noreturn void loader_main(const void *fdt, unsigned int exception_level)
{
	static struct platform platform;
	struct mmu_registers registers;
	const char *problem;
	int error = platform_read(&platform, fdt, &problem);

	find_uart(&platform);
	if (exception_level < EL2)
		stop("entered at EL%u, needs EL2 (QEMU: started without virtualization=on?)",
		     exception_level);
	if (exception_level > EL2)
		stop("entered at EL%u, needs EL2 (firmware must drop to EL2 first)",
		     exception_level);
	if (error)
		stop("the device tree %s", problem);
	check_archive_place(&platform);

	map_identity(loader_range(), MMU_NORMAL);
	map_identity(platform.fdt, MMU_NORMAL);
	map_identity(platform.initrd, MMU_NORMAL);
	if (uart)
		map_identity((struct range){(uintptr_t)uart, (uintptr_t)uart + PAGE_BYTES},
			     MMU_DEVICE);
	registers = mmu_registers();
	mmu_start(&registers);
	boot(&platform);
}
