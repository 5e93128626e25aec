// SPDX-License-Identifier: BSD-2-Clause
/*
 * The vGIC's state machine, transition by transition: GICv2 architecture specification, 3.2.4.
 */
// unit-sources: vmm/vgic.c vmm/vgic_dist.c
// unit-cflags: -Ivmm
#include "vgic_fixture.h"

static struct fixture f;

static void edge_inactive_to_pending(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 40);
	fixture_enable(&f, 0, 40);
	vgic_pulse(&f.gic, 0, 40);
	CHECK_EQ(fixture_read(&f, 0, 0x204), 1u << 8);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	CHECK(fixture_end(&f, 0, 40));
	CHECK_EQ(fixture_read(&f, 0, 0x204), 0);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void edge_while_active(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 40);
	fixture_enable(&f, 0, 40);
	vgic_pulse(&f.gic, 0, 40);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	vgic_pulse(&f.gic, 0, 40);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
	fixture_end(&f, 0, 40);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	fixture_end(&f, 0, 40);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void edge_config_rising(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 40);
	fixture_enable(&f, 0, 40);
	vgic_line_set(&f.gic, 0, 40, true);
	vgic_line_set(&f.gic, 0, 40, false);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
	fixture_acknowledge(&f, 0);
	vgic_line_set(&f.gic, 0, 40, true);
	vgic_line_set(&f.gic, 0, 40, true);
	fixture_end(&f, 0, 40);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	fixture_end(&f, 0, 40);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
}

static void rise_unseen(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 40);
	fixture_enable(&f, 0, 40);
	fixture_enable(&f, 0, 41);
	vgic_line_set(&f.gic, 0, 40, false);
	vgic_rise(&f.gic, 0, 40);
	vgic_rise(&f.gic, 0, 41); /* a level line that is low again is nothing */
	vgic_rise(&f.gic, 0, 9999);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	fixture_end(&f, 0, 40);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void disabled_stays_pending(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 33);
	vgic_pulse(&f.gic, 0, 33);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
	CHECK(!vgic_has_work(&f.gic, 0));
	CHECK_EQ(fixture_read(&f, 0, 0x204), 2);
	fixture_enable(&f, 0, 33);
	CHECK_EQ(f.enabled_count[33], 1);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
}

static void level_again_after_end(void)
{
	fixture_init(&f, 1, 64);
	fixture_enable(&f, 0, 34);
	vgic_line_set(&f.gic, 0, 34, true);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 34);
	fixture_end(&f, 0, 34);
	CHECK_EQ(f.ended_count[34], 1);
	CHECK_EQ(fixture_acknowledge(&f, 0), 34);
	vgic_line_set(&f.gic, 0, 34, false);
	fixture_end(&f, 0, 34);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
	CHECK_EQ(f.ended_count[34], 2);
}

static void level_falls_before_entry(void)
{
	fixture_init(&f, 1, 64);
	fixture_enable(&f, 0, 34);
	vgic_line_set(&f.gic, 0, 34, true);
	vgic_line_set(&f.gic, 0, 34, false);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
}

static void held_level_falls_at_end(void)
{
	fixture_init(&f, 1, 64);
	fixture_enable(&f, 0, 27);
	vgic_line_hold(&f.gic, 0, 27);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 27);
	fixture_end(&f, 0, 27);
	CHECK_EQ(f.ended_count[27], 1);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void soft_pending_level(void)
{
	fixture_init(&f, 1, 64);
	fixture_enable(&f, 0, 35);
	fixture_bit(&f, 0, 0x200, 35);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 35);
	fixture_end(&f, 0, 35);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
}

static void pending_cleared(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 36);
	vgic_pulse(&f.gic, 0, 36);
	fixture_bit(&f, 0, 0x280, 36);
	fixture_enable(&f, 0, 36);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
	/* ICPENDR does not lower a level line (4.3.8) */
	vgic_line_set(&f.gic, 0, 37, true);
	fixture_bit(&f, 0, 0x280, 37);
	CHECK_EQ(fixture_read(&f, 0, 0x204), 1u << 5);
}

static void active_written(void)
{
	fixture_init(&f, 1, 64);
	fixture_edge(&f, 38);
	fixture_enable(&f, 0, 38);
	fixture_bit(&f, 0, 0x300, 38);
	CHECK_EQ(fixture_read(&f, 0, 0x304), 1u << 6);
	vgic_pulse(&f.gic, 0, 38);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
	fixture_bit(&f, 0, 0x380, 38);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
}

static void priority_order(void)
{
	fixture_init(&f, 1, 96);
	for (unsigned int i = 0; i < 6; i++) {
		fixture_edge(&f, 50 + i);
		fixture_enable(&f, 0, 50 + i);
		vgic_dist_write(&f.gic, 0, 0x400 + 50 + i, 1, 0xa0 - i * 8);
		vgic_pulse(&f.gic, 0, 50 + i);
	}
	CHECK_EQ(vgic_flush(&f.gic, 0), FIXTURE_LR_COUNT);
	CHECK_EQ(fixture_acknowledge(&f, 0), 55);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
	fixture_end(&f, 0, 55);
	CHECK_EQ(f.last_injected, 51);
	for (unsigned int intid = 54; intid >= 50; intid--) {
		CHECK_EQ(fixture_acknowledge(&f, 0), intid);
		fixture_end(&f, 0, intid);
	}
	CHECK(!vgic_has_work(&f.gic, 0));
	CHECK_EQ(f.overwritten_count, 0);
}

static void preemption(void)
{
	fixture_init(&f, 1, 96);
	fixture_enable(&f, 0, 40);
	fixture_enable(&f, 0, 41);
	vgic_dist_write(&f.gic, 0, 0x400 + 40, 1, 0x80);
	vgic_dist_write(&f.gic, 0, 0x400 + 41, 1, 0x40);
	vgic_line_set(&f.gic, 0, 40, true);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	vgic_line_set(&f.gic, 0, 41, true);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 41);
	vgic_line_set(&f.gic, 0, 41, false);
	fixture_end(&f, 0, 41);
	vgic_line_set(&f.gic, 0, 40, false);
	fixture_end(&f, 0, 40);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void exhaustion(void)
{
	unsigned int taken = 0;

	fixture_init(&f, 1, 256);
	for (unsigned int intid = 32; intid < 132; intid++) {
		fixture_edge(&f, intid);
		fixture_enable(&f, 0, intid);
		vgic_pulse(&f.gic, 0, intid);
	}
	vgic_flush(&f.gic, 0);
	for (unsigned int intid; (intid = fixture_acknowledge(&f, 0)) != 1023; taken++)
		fixture_end(&f, 0, intid);
	CHECK_EQ(taken, 100);
	CHECK(!vgic_has_work(&f.gic, 0));
}

static void dist_disabled(void)
{
	fixture_init(&f, 1, 64);
	fixture_write(&f, 0, 0, 0);
	fixture_enable(&f, 0, 40);
	vgic_line_set(&f.gic, 0, 40, true);
	CHECK_EQ(vgic_flush(&f.gic, 0), 0);
	CHECK(!vgic_has_work(&f.gic, 0));
	fixture_write(&f, 0, 0, 1);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
}

static void sgi_per_source(void)
{
	fixture_init(&f, 4, 64);
	fixture_write(&f, 1, 0xf00, 1u << 16 | 5); /* CPU 1 to CPU 0 */
	fixture_write(&f, 2, 0xf00, 1u << 16 | 5);
	CHECK_EQ(vgic_dist_read(&f.gic, 0, 0xf20 + 5, 1), 0x06);
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 5);
	fixture_end(&f, 0, 5);
	CHECK_EQ(fixture_acknowledge(&f, 0), 5);
	fixture_end(&f, 0, 5);
	CHECK_EQ(fixture_acknowledge(&f, 0), 1023);
}

static void sgi_filters(void)
{
	fixture_init(&f, 4, 64);
	fixture_write(&f, 1, 0xf00, 1u << 24 | 3); /* all but self */
	CHECK(vgic_has_work(&f.gic, 0) && !vgic_has_work(&f.gic, 1));
	CHECK(vgic_has_work(&f.gic, 2) && vgic_has_work(&f.gic, 3));
	fixture_init(&f, 4, 64);
	fixture_write(&f, 1, 0xf00, 2u << 24 | 3); /* self */
	CHECK(vgic_has_work(&f.gic, 1) && !vgic_has_work(&f.gic, 0));
	fixture_init(&f, 2, 64);
	fixture_write(&f, 1, 0xf00, 0xffu << 16 | 3); /* CPUs that are not there */
	CHECK(!vgic_has_work(&f.gic, 2) && !vgic_has_work(&f.gic, 7));
	fixture_write(&f, 1, 0xf00, 3u << 24 | 4); /* reserved */
	CHECK_EQ(vgic_dist_read(&f.gic, 1, 0xf20 + 4, 1), 0);
}

static void spi_target(void)
{
	fixture_init(&f, 4, 64);
	fixture_enable(&f, 0, 45);
	vgic_line_set(&f.gic, 0, 45, true);
	CHECK(vgic_has_work(&f.gic, 0));
	vgic_dist_write(&f.gic, 0, 0x800 + 45, 1, 0x0c);
	CHECK(!vgic_has_work(&f.gic, 0) && vgic_has_work(&f.gic, 2) && !vgic_has_work(&f.gic, 3));
	vgic_dist_write(&f.gic, 0, 0x800 + 45, 1, 0x00);
	CHECK(!vgic_has_work(&f.gic, 2));
}

static void private_per_cpu(void)
{
	fixture_init(&f, 2, 64);
	fixture_enable(&f, 1, 27);
	vgic_line_set(&f.gic, 1, 27, true);
	vgic_line_set(&f.gic, 0, 27, true);
	CHECK(!vgic_has_work(&f.gic, 0));
	CHECK(vgic_has_work(&f.gic, 1));
}

static void cpu_reset_empties(void)
{
	fixture_init(&f, 1, 64);
	for (unsigned int intid = 40; intid < 44; intid++) {
		fixture_enable(&f, 0, intid);
		vgic_line_set(&f.gic, 0, intid, true);
	}
	vgic_flush(&f.gic, 0);
	CHECK_EQ(fixture_acknowledge(&f, 0), 40);
	fixture_reset(&f, 0);
	CHECK_EQ(f.gic.cpu[0].lr_used, 0);
	/* The one that was active comes again, as its line is high. */
	CHECK(vgic_has_work(&f.gic, 0));
	for (unsigned int intid = 40; intid < 44; intid++) {
		vgic_flush(&f.gic, 0);
		CHECK_EQ(fixture_acknowledge(&f, 0), intid);
		vgic_line_set(&f.gic, 0, intid, false);
		CHECK(fixture_end(&f, 0, intid));
	}
}

static void foreign_active_register(void)
{
	fixture_init(&f, 1, 64);
	f.lr[0][0] = (struct fixture_lr){LR_ACTIVE, 60, 10};
	fixture_enable(&f, 0, 41);
	vgic_line_set(&f.gic, 0, 41, true);
	CHECK_EQ(vgic_flush(&f.gic, 0), 1);
	CHECK_EQ(f.lr[0][1].intid, 41);
	CHECK(fixture_end(&f, 0, 60));
	CHECK_EQ(f.gic.cpu[0].lr_used, 1u << 1);
}

static void wild_interrupts(void)
{
	fixture_init(&f, 1, 64);
	vgic_pulse(&f.gic, 0, 64);
	vgic_pulse(&f.gic, 0, 1020);
	vgic_pulse(&f.gic, 0, 0xffffffff);
	vgic_line_set(&f.gic, 99, 20, true);
	vgic_line_hold(&f.gic, 0, 4096);
	vgic_sgi_send(&f.gic, 9, 0, 1);
	vgic_sgi_send(&f.gic, 0, 9, 1);
	vgic_sgi_send(&f.gic, 0, 0, 16);
	vgic_lr_end(&f.gic, 0, 0);
	vgic_lr_end(&f.gic, 0, 99);
	CHECK(!vgic_has_work(&f.gic, 0));
}

int main(void)
{
	unit_run("an edge makes an interrupt pending, and its end makes it inactive",
		 edge_inactive_to_pending);
	unit_run("an edge while active is delivered after the end", edge_while_active);
	unit_run("a rising line of an edge-triggered interrupt is one edge", edge_config_rising);
	unit_run("a rise that fell again is an edge to those that want edges", rise_unseen);
	unit_run("a pending interrupt on a disabled line stays pending", disabled_stays_pending);
	unit_run("a level that is still high is delivered again after the end",
		 level_again_after_end);
	unit_run("a level that fell before the guest runs is not delivered",
		 level_falls_before_entry);
	unit_run("a held level falls at the guest's end", held_level_falls_at_end);
	unit_run("ISPENDR makes a level interrupt pending once", soft_pending_level);
	unit_run("ICPENDR clears an edge and leaves a line", pending_cleared);
	unit_run("what ISACTIVER made active is not delivered until ICACTIVER", active_written);
	unit_run("list registers are filled in order of priority", priority_order);
	unit_run("a higher priority preempts, and both end", preemption);
	unit_run("nothing is lost when list registers run out", exhaustion);
	unit_run("a disabled distributor delivers nothing and forgets nothing", dist_disabled);
	unit_run("an SGI is delivered once per source", sgi_per_source);
	unit_run("SGIR's filters choose the right CPUs", sgi_filters);
	unit_run("an SPI goes to its lowest target, and follows ITARGETSR", spi_target);
	unit_run("private interrupts are each CPU's own", private_per_cpu);
	unit_run("a CPU's reset empties its list registers", cpu_reset_empties);
	unit_run("a register that is still active is left alone", foreign_active_register);
	unit_run("interrupts, CPUs and registers that do not exist do no harm", wild_interrupts);
	return unit_done();
}
