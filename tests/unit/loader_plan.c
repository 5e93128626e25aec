// SPDX-License-Identifier: BSD-2-Clause
/*
 * The loader's memory plan: where things go on the QEMU board, and each reason to refuse.
 */
// unit-sources: loader/plan.c
// unit-cflags: -Iloader
#include "plan.h"

#include <errno.h>

#include "unit.h"

static struct platform board;
static struct elf_image kernel, root;
static struct occupied occupied[2];
static struct range memory[1];
static unsigned int memory_count;
static struct plan plan;
static char problem[PLAN_PROBLEM_BYTES];

/* QEMU's virt with 2 GiB: loader, archive and tree low, RAM to 0xc0000000. */
static void make_board(void)
{
	board = (struct platform){
		.ram = {{0x40000000, 0xc0000000}},
		.ram_count = 1,
		.fdt_used = 0x1e00,
		.has_uart = true,
		.uart = 0x9000000,
	};
	kernel = (struct elf_image){
		.entry = 0x8060000000,
		.vaddr_start = 0x8060000000,
		.vaddr_end = 0x806025c000,
		.segment_count = 1,
		.segment = {{.vaddr = 0x8060000000, .paddr = 0x60000000, .mem_size = 0x25c000}},
	};
	root = (struct elf_image){
		.vaddr_start = 0x400800,
		.vaddr_end = 0x451001,
		.segment_count = 1,
	};
	occupied[0] = (struct occupied){"device tree", {0x4c000000, 0x4c100000}};
	occupied[1] = (struct occupied){"archive", {0x48000000, 0x4bf00000}};
	memory_count = 0;
}

static int make(void)
{
	return plan_make(&plan, &board, &kernel, &root, occupied, 2, memory, memory_count, problem);
}

static void board_plan(void)
{
	make_board();
	CHECK_EQ(make(), 0);
	CHECK_EQ(plan.kernel.start, 0x60000000);
	CHECK_EQ(plan.kernel.end, 0x6025c000);
	CHECK_EQ(plan.kernel_window.end, 0x8080000000);
	CHECK_EQ(plan.fdt.start, 0x6025c000);
	CHECK_EQ(plan.fdt.end, 0x6025de00);
	CHECK_EQ(plan.root.start, 0x60400000);
	CHECK_EQ(plan.root.end, 0x60452000);
	CHECK_EQ(plan.root_offset, 0x60400000 - 0x400000);
}

/* The planned places are in the order seL4 wants, for kernels of any size. */
static void order(void)
{
	for (uint64_t size = 0x1000; size < 0x800000; size += 0x7ff000 / 64) {
		make_board();
		kernel.segment[0].mem_size = size;
		kernel.vaddr_end = kernel.vaddr_start + size;
		CHECK_EQ(make(), 0);
		CHECK(plan.kernel.end <= plan.fdt.start);
		CHECK(plan.fdt.end <= plan.root.start);
		CHECK_EQ(plan.root.start % LARGE_PAGE_BYTES, 0);
	}
}

static void refused(const char *what)
{
	CHECK_EQ(make(), -EINVAL);
	CHECK_STR(problem, what);
}

static void bad_kernel(void)
{
	make_board();
	kernel.segment_count = 2;
	refused("kernel.elf has 2 segments, a seL4 kernel has one");
	make_board();
	kernel.segment[0].paddr += 0x1000;
	refused("kernel.elf is not linked at a multiple of 2 MiB");
	make_board();
	kernel.vaddr_end = 0x8080000001;
	refused("kernel.elf's addresses cross 1 GiB");
	make_board();
	kernel.vaddr_end = 1ull << 63;
	refused("kernel.elf's addresses cross 1 GiB");
	make_board();
	kernel.segment[0].vaddr = kernel.vaddr_start = 0x40000000;
	kernel.vaddr_end = 0x40200000;
	refused("kernel.elf is linked at RAM's own addresses");
	make_board();
	kernel.segment[0].vaddr = kernel.vaddr_start = 0;
	kernel.vaddr_end = 0x200000;
	refused("kernel.elf is linked at the UART's address");
}

static void little_ram(void)
{
	make_board();
	board.ram[0].end = 0x60000000;
	refused("kernel.elf wants 0x60000000-0x6025c000, which is not RAM here (QEMU: -m 2G)");
	make_board();
	board.ram[0].end = 0x60451000;
	refused("roottask.elf does not fit into the RAM after the kernel");
	make_board();
	root.vaddr_end = 1ull << 40;
	refused("roottask.elf's addresses are beyond user space");
	make_board();
	root.vaddr_end = UINT64_MAX;
	refused("roottask.elf's addresses are beyond user space");
}

static void in_the_way(void)
{
	make_board();
	occupied[1].range.end = 0x60000001;
	refused("kernel.elf must go to 0x60000000-0x6025c000, "
		"but the archive is at 0x48000000-0x60000001");
	make_board();
	occupied[0].range = (struct range){0x60451000, 0x60551000};
	refused("roottask.elf must go to 0x6025c000-0x60452000, "
		"but the device tree is at 0x60451000-0x60551000");
	make_board();
	make_board();
	occupied[1].range.end = 0x60000000;
	CHECK_EQ(make(), 0);
}

static void fixed_memory(void)
{
	make_board();
	memory[0] = (struct range){0x60000000, 0xc0000000};
	memory_count = 1;
	CHECK_EQ(make(), 0);
	board.ram[0].end = 0x80000000;
	refused("kernel.elf was built for RAM at 0x60000000-0xc0000000, "
		"which is not all here (QEMU: -m 2G)");
	make_board();
	memory[0] = (struct range){0x60000000, 0x50000000};
	memory_count = 1;
	refused("kernel.elf was built for RAM at 0x60000000-0x50000000, "
		"which is not all here (QEMU: -m 2G)");
}

static void free_place(void)
{
	struct range place;

	make_board();
	CHECK_EQ(make(), 0);
	CHECK(plan_find_free(&plan, &board, occupied, 2, 0x20000, &place));
	CHECK_EQ(place.start, 0x60600000);
	CHECK_EQ(place.end, 0x60620000);
	occupied[0].range = (struct range){0x60800000, 0x60801000};
	occupied[1].range = (struct range){0x60600000, 0x60700000};
	CHECK(plan_find_free(&plan, &board, occupied, 2, 0x20000, &place));
	CHECK_EQ(place.start, 0x60a00000);
	board.ram[0].end = 0x60a10000;
	CHECK(!plan_find_free(&plan, &board, occupied, 2, 0x20000, &place));
}

int main(void)
{
	unit_run("on the QEMU board everything has its known place", board_plan);
	unit_run("kernel, tree and root task ascend for kernels of any size", order);
	unit_run("a kernel whose addresses cannot work is refused", bad_kernel);
	unit_run("too little RAM is refused", little_ram);
	unit_run("what lies where kernel or root task must go is named", in_the_way);
	unit_run("a kernel built for more RAM than there is is refused", fixed_memory);
	unit_run("a free place is clear of the plan and of what is occupied", free_place);
	return unit_done();
}
