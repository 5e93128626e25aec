// SPDX-License-Identifier: BSD-2-Clause
/*
 * The virtual GICv2's state machine: what is pending, for whom, and what goes into list registers.
 *
 * See vgic.h for who calls it. The states are those of the GICv2 architecture specification, 3.2.4,
 * with one difference that seL4 imposes: between injection and the maintenance fault at the guest's
 * EOI it is unknown whether the guest has acknowledged the interrupt. During that time it counts as
 * taken: its latch is clear, a new edge latches again, and it is not delivered a second time.
 */
#include "vgic.h"

#include <errno.h>
#include <string.h>

#define PRIORITY_SHIFT 3 /* list registers hold the upper five bits (GICv2 5.3.9) */

/* Opaque to the compiler, which would else multiply for the address again at every use. */
static struct vgic_cpu *cpu_of(struct vgic *gic, unsigned int cpu)
{
	struct vgic_cpu *c = &gic->cpu[cpu];

	asm("" : "+r"(c));
	return c;
}

/* The caller knows that there is such an interrupt. */
static struct vgic_irq *irq_of(struct vgic *gic, struct vgic_cpu *c, unsigned int intid)
{
	return intid < VGIC_PRIVATE_COUNT ? &c->private_irq[intid]
					  : &gic->spi[intid - VGIC_PRIVATE_COUNT];
}

struct vgic_irq *vgic_irq_get(struct vgic *gic, unsigned int cpu, unsigned int intid)
{
	if (intid >= gic->irq_count || intid >= VGIC_IRQ_LIMIT || cpu >= VGIC_CPU_MAX)
		return NULL;
	return irq_of(gic, &gic->cpu[cpu], intid);
}

bool vgic_irq_pending(const struct vgic_irq *irq)
{
	return irq->latch || irq->sources || (irq->level && !irq->edge);
}

static bool irq_deliverable(const struct vgic_irq *irq)
{
	return irq->enabled && !irq->active && !irq->lr && vgic_irq_pending(irq);
}

static void candidate_set(struct vgic_cpu *cpu, unsigned int intid, bool set)
{
	unsigned int word = intid / 64;
	uint64_t bit = 1ull << intid % 64;

	if (set) {
		cpu->candidate[word] |= bit;
		cpu->candidate_words |= 1u << word;
		return;
	}
	cpu->candidate[word] &= ~bit;
	if (!cpu->candidate[word])
		cpu->candidate_words &= ~(1u << word);
}

/* An SPI with several targets goes to the lowest: the 1-of-N model leaves the choice to us. */
static unsigned int target_of(const struct vgic_irq *irq)
{
	return irq->targets ? (unsigned int)__builtin_ctz(irq->targets) : VGIC_CPU_MAX;
}

unsigned int vgic_target(struct vgic *gic, unsigned int intid)
{
	return target_of(irq_of(gic, &gic->cpu[0], intid));
}

void vgic_irq_update(struct vgic *gic, unsigned int cpu, unsigned int intid)
{
	struct vgic_cpu *c = cpu_of(gic, cpu);
	const struct vgic_irq *irq = irq_of(gic, c, intid);
	bool deliverable = irq_deliverable(irq);

	if (intid < VGIC_PRIVATE_COUNT) {
		candidate_set(c, intid, deliverable);
		return;
	}
	unsigned int target = target_of(irq);

	for (unsigned int i = 0; i < gic->cpu_count; i++)
		candidate_set(&gic->cpu[i], intid, deliverable && i == target);
}

void vgic_line_set(struct vgic *gic, unsigned int cpu, unsigned int intid, bool level)
{
	struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

	if (!irq || intid < VGIC_SGI_COUNT)
		return;
	if (irq->edge && level && !irq->level)
		irq->latch = true;
	irq->level = level;
	irq->hold = false;
	vgic_irq_update(gic, cpu, intid);
}

void vgic_line_hold(struct vgic *gic, unsigned int cpu, unsigned int intid)
{
	struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

	vgic_line_set(gic, cpu, intid, true);
	if (irq)
		irq->hold = true;
}

void vgic_rise(struct vgic *gic, unsigned int cpu, unsigned int intid)
{
	const struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

	if (irq && irq->edge)
		vgic_pulse(gic, cpu, intid);
}

void vgic_pulse(struct vgic *gic, unsigned int cpu, unsigned int intid)
{
	struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

	if (!irq || intid < VGIC_SGI_COUNT)
		return;
	irq->latch = true;
	vgic_irq_update(gic, cpu, intid);
}

void vgic_sgi_send(struct vgic *gic, unsigned int from, unsigned int to, unsigned int intid)
{
	if (intid >= VGIC_SGI_COUNT || from >= gic->cpu_count || to >= gic->cpu_count)
		return;
	gic->cpu[to].private_irq[intid].sources |= (uint8_t)(1u << from);
	vgic_irq_update(gic, to, intid);
}

/*
 * The deliverable interrupt with the highest priority, the lowest INTID among equals. There is one,
 * and mostly only one.
 */
static unsigned int candidate_best(struct vgic *gic, struct vgic_cpu *c)
{
	uint32_t words = c->candidate_words;
	unsigned int best_priority = 256;
	unsigned int best = 0;

	while (words) {
		unsigned int word = (unsigned int)__builtin_ctz(words);
		uint64_t bits = c->candidate[word];

		words &= words - 1;
		while (bits) {
			unsigned int intid = word * 64 + (unsigned int)__builtin_ctzll(bits);
			const struct vgic_irq *irq = irq_of(gic, c, intid);

			bits &= bits - 1;
			if (irq->priority < best_priority) {
				best_priority = irq->priority;
				best = intid;
			}
		}
	}
	return best;
}

/*
 * The interrupt is in a list register now: pending no more, until something makes it so again. It
 * was a candidate of this CPU alone.
 */
static void irq_taken(struct vgic_irq *irq, unsigned int cpu, unsigned int lr)
{
	irq->lr = (uint8_t)(lr + 1);
	irq->lr_cpu = (uint8_t)cpu;
	irq->latch = false;
	irq->sources &= (uint8_t)(irq->sources - 1); /* an SGI is delivered once per source */
}

unsigned int vgic_flush(struct vgic *gic, unsigned int cpu)
{
	struct vgic_cpu *c = cpu_of(gic, cpu);
	uint32_t free = ((1u << gic->lr_count) - 1) & ~c->lr_used;
	unsigned int count = 0;

	if (!gic->enabled)
		return 0;
	for (; free && c->candidate_words; free &= free - 1) {
		unsigned int lr = (unsigned int)__builtin_ctz(free);
		unsigned int intid = candidate_best(gic, c);
		struct vgic_irq *irq = irq_of(gic, c, intid);

		c->lr_used |= 1u << lr;
		if (gic->ops->inject(gic->ctx, cpu, lr, intid, irq->priority >> PRIORITY_SHIFT,
				     irq->group)) {
			c->lr[lr] = VGIC_IRQ_LIMIT + 1; /* somebody else's, until it ends */
			continue;
		}
		c->lr[lr] = (uint16_t)(intid + 1);
		irq_taken(irq, cpu, lr);
		candidate_set(c, intid, false);
		count++;
	}
	return count;
}

void vgic_lr_end(struct vgic *gic, unsigned int cpu, unsigned int lr)
{
	struct vgic_cpu *c = cpu_of(gic, cpu);

	if (lr >= gic->lr_count || !c->lr[lr])
		return;

	unsigned int intid = c->lr[lr] - 1u;
	struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

	c->lr[lr] = 0;
	c->lr_used &= ~(1u << lr);
	if (!irq || irq->lr != lr + 1 || irq->lr_cpu != cpu)
		return; /* reset came in between */
	irq->lr = 0;
	if (irq->hold) {
		irq->level = false;
		irq->hold = false;
	}
	/* It was no candidate while it was in the list register. */
	if (vgic_irq_pending(irq))
		vgic_irq_update(gic, cpu, intid);
	if (!irq->edge)
		gic->ops->ended(gic->ctx, cpu, intid);
}

bool vgic_has_work(const struct vgic *gic, unsigned int cpu)
{
	const struct vgic_cpu *c = &gic->cpu[cpu];

	return c->lr_used || (gic->enabled && c->candidate_words);
}

void vgic_cpu_reset(struct vgic *gic, unsigned int cpu)
{
	struct vgic_cpu *c = &gic->cpu[cpu];

	for (unsigned int lr = 0; lr < gic->lr_count; lr++) {
		if (!c->lr[lr])
			continue;

		unsigned int intid = c->lr[lr] - 1u;
		struct vgic_irq *irq = vgic_irq_get(gic, cpu, intid);

		c->lr[lr] = 0;
		if (irq) {
			irq->lr = 0;
			vgic_irq_update(gic, cpu, intid);
		}
	}
	c->lr_used = 0;
	for (unsigned int intid = 0; intid < VGIC_PRIVATE_COUNT; intid++) {
		c->private_irq[intid].sources = 0;
		c->private_irq[intid].latch = false;
		vgic_irq_update(gic, cpu, intid);
	}
}

static void irq_init(struct vgic_irq *irq, unsigned int intid)
{
	irq->enabled = intid < VGIC_SGI_COUNT; /* fixed so, as on a GIC-400 */
	irq->edge = intid < VGIC_SGI_COUNT;
	irq->targets = intid < VGIC_PRIVATE_COUNT ? 0 : 1;
}

void vgic_init(struct vgic *gic, const struct vgic_ops *ops, void *ctx, unsigned int lr_count)
{
	memset(gic, 0, sizeof(*gic));
	gic->ops = ops;
	gic->ctx = ctx;
	gic->cpu_count = 1;
	gic->irq_count = VGIC_PRIVATE_COUNT;
	gic->lr_count = lr_count < VGIC_LR_MAX ? lr_count : VGIC_LR_MAX;
	for (unsigned int cpu = 0; cpu < VGIC_CPU_MAX; cpu++)
		for (unsigned int i = 0; i < VGIC_PRIVATE_COUNT; i++)
			irq_init(&gic->cpu[cpu].private_irq[i], i);
	for (unsigned int i = VGIC_PRIVATE_COUNT; i < VGIC_IRQ_MAX; i++)
		irq_init(&gic->spi[i - VGIC_PRIVATE_COUNT], i);
}
