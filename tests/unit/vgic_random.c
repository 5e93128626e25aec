// SPDX-License-Identifier: BSD-2-Clause
/*
 * The vGIC against a naive reference model: random guests, random devices, random CPUs.
 *
 * The model keeps for each interrupt what the GICv2 specification says (3.2.4, 4.3) and searches
 * all of them for every decision. After each step the injections must be the same ones in the same
 * order, and the registers must read the same; in the end, with all lines low and the guest
 * acknowledging, both must run empty.
 */
// unit-sources: vmm/vgic.c vmm/vgic_dist.c
// unit-cflags: -Ivmm
#include <stdlib.h>

#include "vgic_fixture.h"

#define CPUS   3u
#define IRQS   96u
#define ROUNDS 60
#define STEPS  4000

struct model_irq {
	bool enabled, edge, line, latch, active, held, in_lr;
	unsigned int priority, targets, sources;
};

static struct fixture f;
static struct model_irq model_private[CPUS][32];
static struct model_irq model_spi[IRQS];
static bool model_on;
static unsigned int model_lr[CPUS][FIXTURE_LR_COUNT]; /* INTID + 1 */

static struct model_irq *model(unsigned int cpu, unsigned int intid)
{
	return intid < 32 ? &model_private[cpu][intid] : &model_spi[intid];
}

static bool model_pending(const struct model_irq *irq)
{
	return irq->latch || irq->sources || (!irq->edge && irq->line);
}

static bool model_targets(const struct model_irq *irq, unsigned int cpu, unsigned int intid)
{
	if (intid < 32)
		return true;
	for (unsigned int i = 0; i < CPUS; i++)
		if (irq->targets >> i & 1)
			return i == cpu;
	return false;
}

static void model_init(void)
{
	memset(model_private, 0, sizeof(model_private));
	memset(model_spi, 0, sizeof(model_spi));
	memset(model_lr, 0, sizeof(model_lr));
	model_on = true;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		for (unsigned int i = 0; i < 16; i++)
			model_private[cpu][i].enabled = model_private[cpu][i].edge = true;
	for (unsigned int i = 32; i < IRQS; i++)
		model_spi[i].targets = 1;
}

/* Fills the model's list registers; what the vGIC put into the machine's must agree. */
static bool model_flush(unsigned int cpu)
{
	bool same = true;

	for (unsigned int lr = 0; model_on && lr < FIXTURE_LR_COUNT; lr++) {
		int best = -1;

		if (model_lr[cpu][lr])
			continue;
		for (unsigned int intid = 0; intid < IRQS; intid++) {
			struct model_irq *irq = model(cpu, intid);

			if (!irq->enabled || irq->active || irq->in_lr || !model_pending(irq) ||
			    !model_targets(irq, cpu, intid))
				continue;
			if (best < 0 || irq->priority < model(cpu, (unsigned int)best)->priority)
				best = (int)intid;
		}
		if (best < 0)
			break;

		struct model_irq *irq = model(cpu, (unsigned int)best);

		model_lr[cpu][lr] = (unsigned int)best + 1;
		irq->in_lr = true;
		irq->latch = false;
		irq->sources &= irq->sources - 1;
	}
	vgic_flush(&f.gic, cpu);
	for (unsigned int lr = 0; lr < FIXTURE_LR_COUNT; lr++) {
		bool used = f.lr[cpu][lr].state != LR_FREE;

		same &= used == (model_lr[cpu][lr] != 0);
		same &= !used || f.lr[cpu][lr].intid + 1 == model_lr[cpu][lr];
	}
	return same;
}

static void model_end(unsigned int cpu, unsigned int intid)
{
	struct model_irq *irq = model(cpu, intid);

	for (unsigned int lr = 0; lr < FIXTURE_LR_COUNT; lr++)
		if (model_lr[cpu][lr] == intid + 1)
			model_lr[cpu][lr] = 0;
	irq->in_lr = false;
	if (irq->held)
		irq->line = irq->held = false;
}

static bool registers_agree(void)
{
	bool same = true;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned int word = 0; word < IRQS / 32; word++) {
			uint32_t enabled = 0, pending = 0, active = 0;

			for (unsigned int bit = 0; bit < 32; bit++) {
				const struct model_irq *irq = model(cpu, word * 32 + bit);

				enabled |= (uint32_t)irq->enabled << bit;
				pending |= (uint32_t)(model_pending(irq) || irq->in_lr) << bit;
				active |= (uint32_t)irq->active << bit;
			}
			same &= fixture_read(&f, cpu, 0x100 + word * 4) == enabled;
			same &= fixture_read(&f, cpu, 0x200 + word * 4) == pending;
			same &= fixture_read(&f, cpu, 0x380 + word * 4) == active;
		}
	}
	return same;
}

/* What a device or the module does. */
static void step_line(unsigned int cpu, unsigned int intid)
{
	struct model_irq *irq = model(cpu, intid);
	unsigned int what = (unsigned int)rand() % 4;
	bool level = what & 1;

	if (intid < 16)
		return;
	if (what == 2) {
		irq->latch = true;
		vgic_pulse(&f.gic, cpu, intid);
		return;
	}
	if (what == 3) {
		irq->latch |= irq->edge && !irq->line;
		irq->line = irq->held = true;
		vgic_line_hold(&f.gic, cpu, intid);
		return;
	}
	irq->latch |= irq->edge && level && !irq->line;
	irq->line = level;
	irq->held = false;
	vgic_line_set(&f.gic, cpu, intid, level);
}

/* What the guest writes to the distributor. */
static void step_register(unsigned int cpu, unsigned int intid)
{
	struct model_irq *irq = model(cpu, intid);
	unsigned int value = (unsigned int)rand() & 0xff;

	switch (rand() % 10) {
	case 0:
	case 1:
		irq->enabled = true;
		fixture_bit(&f, cpu, 0x100, intid);
		break;
	case 2:
		irq->enabled = intid < 16;
		fixture_bit(&f, cpu, 0x180, intid);
		break;
	case 3:
		irq->latch |= intid >= 16;
		fixture_bit(&f, cpu, 0x200, intid);
		break;
	case 4:
		irq->latch = false;
		fixture_bit(&f, cpu, 0x280, intid);
		break;
	case 5:
		irq->active = true;
		fixture_bit(&f, cpu, 0x300, intid);
		break;
	case 6:
		irq->active = false;
		fixture_bit(&f, cpu, 0x380, intid);
		break;
	case 7:
		irq->priority = value & 0xf8;
		vgic_dist_write(&f.gic, cpu, 0x400 + intid, 1, value);
		break;
	case 8:
		if (intid >= 32)
			irq->targets = value & ((1u << CPUS) - 1);
		vgic_dist_write(&f.gic, cpu, 0x800 + intid, 1, value);
		break;
	default:
		if (intid < 32 || irq->edge)
			break;
		irq->edge = true;
		fixture_edge(&f, intid);
		break;
	}
}

static void step_sgi(unsigned int from)
{
	unsigned int intid = (unsigned int)rand() % 16;
	unsigned int to = (unsigned int)rand() % CPUS;

	model(to, intid)->sources |= 1u << from;
	fixture_write(&f, from, 0xf00, 1u << (16 + to) | intid);
}

/* The guest acknowledges, and later ends, what it has. */
static void step_guest(unsigned int cpu)
{
	unsigned int stack[FIXTURE_LR_COUNT];
	unsigned int depth = 0;

	while (depth < FIXTURE_LR_COUNT) {
		unsigned int intid = fixture_acknowledge(&f, cpu);

		if (intid == 1023)
			break;
		stack[depth++] = intid;
		if (rand() % 2)
			break;
	}
	while (depth) {
		unsigned int intid = stack[--depth];

		for (unsigned int lr = 0; lr < FIXTURE_LR_COUNT; lr++) {
			if (f.lr[cpu][lr].state != LR_ACTIVE || f.lr[cpu][lr].intid != intid)
				continue;
			f.lr[cpu][lr].state = LR_FREE;
			model_end(cpu, intid);
			vgic_lr_end(&f.gic, cpu, lr);
		}
	}
}

static bool step(void)
{
	unsigned int cpu = (unsigned int)rand() % CPUS;
	unsigned int intid = (unsigned int)rand() % IRQS;
	bool same = true;

	switch (rand() % 8) {
	case 0:
	case 1:
		step_line(cpu, intid);
		break;
	case 2:
	case 3:
		step_register(cpu, intid);
		break;
	case 4:
		step_sgi(cpu);
		break;
	case 5:
		if (rand() % 50 == 0) {
			model_on = !model_on;
			fixture_write(&f, cpu, 0, model_on);
		}
		break;
	default:
		step_guest(cpu);
		break;
	}
	for (unsigned int i = 0; i < CPUS; i++)
		same &= model_flush(i);
	return same;
}

static bool drained(void)
{
	fixture_write(&f, 0, 0, 1);
	model_on = true;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		for (unsigned int intid = 16; intid < IRQS; intid++) {
			vgic_line_set(&f.gic, cpu, intid, false);
			model(cpu, intid)->line = model(cpu, intid)->held = false;
		}
	for (int round = 0; round < 2000; round++)
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			step_guest(cpu);
			if (!model_flush(cpu))
				return false;
		}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (vgic_has_work(&f.gic, cpu))
			return false;
	return true;
}

static void agrees_with_model(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		srand((unsigned int)round + 1);
		fixture_init(&f, CPUS, IRQS);
		model_init();
		for (int i = 0; i < STEPS; i++) {
			if (!CHECK(step())) {
				printf("\tseed %d, step %d\n", round + 1, i);
				return;
			}
			if (i % 64 == 0 && !CHECK(registers_agree()))
				return;
		}
		CHECK(drained());
		CHECK_EQ(f.overwritten_count, 0);
	}
}

int main(void)
{
	unit_run("random operations give the reference model's injections and registers",
		 agrees_with_model);
	return unit_done();
}
