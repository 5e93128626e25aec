// SPDX-License-Identifier: BSD-2-Clause
/*
 * The distributor's registers as guests and user space see them: GICv2 specification, 4.3.
 */
// unit-sources: vmm/vgic.c vmm/vgic_dist.c
// unit-cflags: -Ivmm
#include <errno.h>

#include "vgic_fixture.h"

static struct fixture f;

static void type_register(void)
{
	fixture_init(&f, 1, 288);
	CHECK_EQ(fixture_read(&f, 0, 4), 288 / 32 - 1);
	fixture_init(&f, 8, 64);
	CHECK_EQ(fixture_read(&f, 0, 4), 1 | 7u << 5);
	fixture_write(&f, 0, 4, 0xffffffff);
	CHECK_EQ(fixture_read(&f, 0, 4), 1 | 7u << 5);
}

static void identification(void)
{
	fixture_init(&f, 1, 64);
	CHECK_EQ(fixture_read(&f, 0, 8) & 0xfff, 0x43b);
	CHECK_EQ(fixture_read(&f, 0, 0xfe8) >> 4 & 0xf, 2);
}

static void sgi_enables_fixed(void)
{
	fixture_init(&f, 1, 64);
	CHECK_EQ(fixture_read(&f, 0, 0x100), 0xffff);
	fixture_write(&f, 0, 0x180, 0xffffffff);
	CHECK_EQ(fixture_read(&f, 0, 0x100), 0xffff);
	CHECK_EQ(fixture_read(&f, 0, 0xc00), 0xaaaaaaaa);
	fixture_write(&f, 0, 0xc00, 0);
	CHECK_EQ(fixture_read(&f, 0, 0xc00), 0xaaaaaaaa);
	fixture_write(&f, 0, 0xc04, 0xffffffff);
	CHECK_EQ(fixture_read(&f, 0, 0xc04), 0);
}

static void set_and_clear_rows(void)
{
	fixture_init(&f, 1, 96);
	fixture_write(&f, 0, 0x104, 0xf0);
	fixture_write(&f, 0, 0x184, 0x30);
	CHECK_EQ(fixture_read(&f, 0, 0x104), 0xc0);
	CHECK_EQ(fixture_read(&f, 0, 0x184), 0xc0);
	fixture_write(&f, 0, 0x204, 0x0f);
	fixture_write(&f, 0, 0x284, 0x03);
	CHECK_EQ(fixture_read(&f, 0, 0x204), 0x0c);
	fixture_write(&f, 0, 0x304, 0x0f);
	fixture_write(&f, 0, 0x384, 0x06);
	CHECK_EQ(fixture_read(&f, 0, 0x304), 0x09);
	fixture_write(&f, 0, 0x084, 0xff);
	CHECK_EQ(fixture_read(&f, 0, 0x084), 0xff);
}

static void byte_accesses(void)
{
	fixture_init(&f, 4, 96);
	vgic_dist_write(&f.gic, 0, 0x400 + 41, 1, 0xff);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x400 + 41, 1), 0xf8);
	CHECK_EQ(fixture_read(&f, 0, 0x400 + 40), 0xf800);
	vgic_dist_write(&f.gic, 0, 0x400 + 42, 2, 0x1020);
	CHECK_EQ(fixture_read(&f, 0, 0x400 + 40), 0x1020f800);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x400 + 42, 2), 0x1020);
	vgic_dist_write(&f.gic, 0, 0x800 + 50, 1, 0xff);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x800 + 50, 1), 0x0f);
	/* registers with a bit per interrupt take words only */
	vgic_dist_write(&f.gic, 0, 0x104, 1, 0xff);
	CHECK_EQ(fixture_read(&f, 0, 0x104), 0);
	/* any part of an identification register can be read */
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x08, 1), 0x3b);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x09, 1), 0x04);
}

static void private_targets(void)
{
	fixture_init(&f, 4, 64);
	CHECK_EQ(fixture_read(&f, 2, 0x800), 0x04040404);
	fixture_write(&f, 2, 0x800, 0xffffffff);
	CHECK_EQ(fixture_read(&f, 2, 0x81c), 0x04040404);
	CHECK_EQ(fixture_read(&f, 0, 0x800), 0x01010101);
}

static void sgi_pending_registers(void)
{
	fixture_init(&f, 4, 64);
	fixture_write(&f, 0, 0x200, 0xffff); /* read-only for SGIs */
	CHECK_EQ(fixture_read(&f, 0, 0x200), 0);
	fixture_write(&f, 0, 0xf20, 0x00000300); /* SGI 1 from CPUs 0 and 1 */
	CHECK_EQ(fixture_read(&f, 0, 0x200), 2);
	CHECK_EQ(fixture_read(&f, 0, 0xf10), 0x300);
	vgic_dist_write(&f.gic, 0, 0xf11, 1, 0x01);
	CHECK_EQ(fixture_read(&f, 0, 0xf20), 0x200);
	CHECK_EQ(fixture_read(&f, 1, 0xf20), 0);
}

static void wild_accesses(void)
{
	static const unsigned int sizes[] = {0, 1, 2, 3, 4, 8, 16};

	fixture_init(&f, 1, 64);
	for (uint32_t offset = 0; offset < 0x1100; offset++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			if (offset >= 0xf00 && offset < 0xf04)
				continue;
			vgic_dist_write(&f.gic, 0, offset, sizes[i], ~0ull);
			vgic_dist_read(&f.gic, 0, offset, sizes[i]);
		}
	}
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x108, 4), 0); /* beyond 64 interrupts */
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x101, 4), 0);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0x100, 8), 0);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0xfffffffc, 4), 0);
}

static void last_interrupts(void)
{
	fixture_init(&f, 1, 1024);
	fixture_write(&f, 0, 0x17c, 0xffffffff);
	CHECK_EQ(fixture_read(&f, 0, 0x17c), 0x0fffffff); /* 1020..1023 are special */
}

static void user_space_view(void)
{
	uint32_t value;

	fixture_init(&f, 2, 96);
	CHECK_EQ(vgic_dist_get(&f.gic, 1, 4, &value), 0);
	CHECK_EQ(value, 2 | 1u << 5);
	CHECK_EQ(vgic_dist_set(&f.gic, 1, 8, 0x12345), -EINVAL);
	vgic_dist_get(&f.gic, 0, 8, &value);
	CHECK_EQ(vgic_dist_set(&f.gic, 0, 8, value), 0);
	CHECK_EQ(vgic_dist_get(&f.gic, 0, 0x1000, &value), -ENXIO);
	CHECK_EQ(vgic_dist_get(&f.gic, 0, 0x102, &value), -ENXIO);
	CHECK_EQ(vgic_dist_set(&f.gic, 0, 0xf00, 1u << 16), 0); /* no SGI by restoring */
	CHECK(!vgic_has_work(&f.gic, 0));
	CHECK_EQ(vgic_dist_set(&f.gic, 1, 0x100, 1u << 27), 0);
	CHECK_EQ(fixture_read(&f, 1, 0x100), 0xffff | 1u << 27);
	CHECK_EQ(fixture_read(&f, 0, 0x100), 0xffff);
}

static void cpu_interface_record(void)
{
	static const uint32_t kept[] = {0x00, 0x04, 0x08, 0x1c, 0xd0, 0xd4, 0xd8, 0xdc};
	uint32_t value;

	fixture_init(&f, 2, 96);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		CHECK_EQ(vgic_cpu_set(&f.gic, 1, kept[i], 0x100 + (uint32_t)i), 0);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		CHECK_EQ(vgic_cpu_get(&f.gic, 1, kept[i], &value), 0);
		CHECK_EQ(value, 0x100 + i);
		CHECK_EQ(vgic_cpu_get(&f.gic, 0, kept[i], &value), 0);
		CHECK_EQ(value, 0);
	}
	CHECK_EQ(vgic_cpu_get(&f.gic, 0, 0x0c, &value), -ENXIO);
	CHECK_EQ(vgic_cpu_set(&f.gic, 0, 0x10, 0), -ENXIO);
	CHECK_EQ(vgic_cpu_get(&f.gic, 0, 0xfc, &value), 0);
	CHECK_EQ(vgic_cpu_set(&f.gic, 0, 0xfc, value), 0);
	CHECK_EQ(vgic_cpu_set(&f.gic, 0, 0xfc, value + 1), -EINVAL);
}

int main(void)
{
	unit_run("GICD_TYPER tells interrupts and CPUs, and is read-only", type_register);
	unit_run("identification registers say GICv2", identification);
	unit_run("SGIs are always enabled and edges, PPIs levels", sgi_enables_fixed);
	unit_run("set and clear registers are two views of one state", set_and_clear_rows);
	unit_run("priority and target registers take bytes, others words", byte_accesses);
	unit_run("private interrupts' targets read as the CPU itself", private_targets);
	unit_run("an SGI's pending state is kept per source", sgi_pending_registers);
	unit_run("wild accesses of any size read zero and harm nothing", wild_accesses);
	unit_run("the special INTIDs have no state", last_interrupts);
	unit_run("user space reads and restores 32-bit registers", user_space_view);
	unit_run("CPU interface registers are recorded per CPU", cpu_interface_record);
	return unit_done();
}
