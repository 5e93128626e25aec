/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pretended machine under the vGIC: list registers and a CPU interface as the GICv2 architecture
 * specification has them (5.3.9, 2.3.3), for the tests of vmm/vgic*.c.
 *
 * What always holds: list registers are written through the ops only, and an overwritten one that
 * the guest could still have used is counted as an error.
 */
#pragma once

#include "unit.h"
#include "vgic.h"

#define FIXTURE_LR_COUNT 4u
#define IDLE_PRIORITY	 0x100u

enum lr_state { LR_FREE, LR_PENDING, LR_ACTIVE };

struct fixture_lr {
	enum lr_state state;
	unsigned int intid;
	unsigned int priority;
};

struct fixture {
	struct vgic gic;
	struct fixture_lr lr[VGIC_CPU_MAX][FIXTURE_LR_COUNT];
	unsigned int overwritten_count;
	unsigned int ended_count[VGIC_IRQ_MAX];
	unsigned int enabled_count[VGIC_IRQ_MAX];
	unsigned int injected_count;
	unsigned int last_injected;
};

static inline int fixture_inject(void *ctx, unsigned int cpu, unsigned int lr, unsigned int intid,
				 unsigned int priority, unsigned int group)
{
	struct fixture *f = ctx;

	if (f->lr[cpu][lr].state == LR_ACTIVE)
		return -1;
	if (f->lr[cpu][lr].state != LR_FREE)
		f->overwritten_count++;
	f->lr[cpu][lr] = (struct fixture_lr){LR_PENDING, intid, priority};
	f->injected_count++;
	f->last_injected = intid;
	return 0;
}

/* A reset: of the vCPU, then of what the vGIC knows about it. */
static inline void fixture_reset(struct fixture *f, unsigned int cpu)
{
	memset(f->lr[cpu], 0, sizeof(f->lr[cpu]));
	vgic_cpu_reset(&f->gic, cpu);
}

static inline void fixture_ended(void *ctx, unsigned int cpu, unsigned int intid)
{
	((struct fixture *)ctx)->ended_count[intid]++;
}

static inline void fixture_enabled(void *ctx, unsigned int cpu, unsigned int intid)
{
	((struct fixture *)ctx)->enabled_count[intid]++;
}

static const struct vgic_ops fixture_ops = {
	.inject = fixture_inject,
	.ended = fixture_ended,
	.enabled = fixture_enabled,
};

static inline void fixture_init(struct fixture *f, unsigned int cpu_count, unsigned int irq_count)
{
	memset(f, 0, sizeof(*f));
	vgic_init(&f->gic, &fixture_ops, f, FIXTURE_LR_COUNT);
	f->gic.cpu_count = cpu_count;
	f->gic.irq_count = irq_count;
	vgic_dist_write(&f->gic, 0, 0, 4, 1);
}

/* The guest reads GICC_IAR: the INTID it gets, 1023 if none. */
static inline unsigned int fixture_acknowledge(struct fixture *f, unsigned int cpu)
{
	unsigned int running = IDLE_PRIORITY;
	struct fixture_lr *best = NULL;

	for (unsigned int i = 0; i < FIXTURE_LR_COUNT; i++) {
		struct fixture_lr *lr = &f->lr[cpu][i];

		if (lr->state == LR_ACTIVE && lr->priority < running)
			running = lr->priority;
		if (lr->state == LR_PENDING && (!best || lr->priority < best->priority))
			best = lr;
	}
	if (!best || best->priority >= running)
		return 1023;
	best->state = LR_ACTIVE;
	return best->intid;
}

/* The guest writes GICC_EOIR: the entry ends, and maintenance tells the vGIC. */
static inline bool fixture_end(struct fixture *f, unsigned int cpu, unsigned int intid)
{
	for (unsigned int i = 0; i < FIXTURE_LR_COUNT; i++) {
		struct fixture_lr *lr = &f->lr[cpu][i];

		if (lr->state != LR_ACTIVE || lr->intid != intid)
			continue;
		lr->state = LR_FREE;
		vgic_lr_end(&f->gic, cpu, i);
		vgic_flush(&f->gic, cpu);
		return true;
	}
	return false;
}

static inline uint32_t fixture_read(struct fixture *f, unsigned int cpu, uint32_t offset)
{
	return (uint32_t)vgic_dist_read(&f->gic, cpu, offset, 4);
}

static inline void fixture_write(struct fixture *f, unsigned int cpu, uint32_t offset,
				 uint32_t value)
{
	vgic_dist_write(&f->gic, cpu, offset, 4, value);
}

/* Sets interrupt @intid's bit in the register row that starts at @row. */
static inline void fixture_bit(struct fixture *f, unsigned int cpu, uint32_t row,
			       unsigned int intid)
{
	fixture_write(f, cpu, row + intid / 32 * 4, 1u << intid % 32);
}

static inline void fixture_enable(struct fixture *f, unsigned int cpu, unsigned int intid)
{
	fixture_bit(f, cpu, 0x100, intid);
}

static inline void fixture_edge(struct fixture *f, unsigned int intid)
{
	uint32_t row = 0xc00 + intid / 16 * 4;

	fixture_write(f, 0, row, fixture_read(f, 0, row) | 2u << intid % 16 * 2);
}
