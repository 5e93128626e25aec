// SPDX-License-Identifier: BSD-2-Clause
/*
 * The GICv2 distributor's registers (architecture specification, 4.3), for the guest and for user
 * space's save and restore, and the record of the CPU interface's registers for the latter.
 *
 * Called for every guest access to the distributor's page and for KVM's register attributes. Each
 * register that has a field per interrupt is one row of fields[]; an access of one or two bytes is
 * part of a word, and an access to what does not exist reads as zero and writes nothing.
 */
#include <errno.h>

#include "vgic.h"

/* Offsets of the registers without a field per interrupt. */
#define GICD_CTLR    0x000
#define GICD_TYPER   0x004
#define GICD_IIDR    0x008
#define GICD_SGIR    0xf00
#define GICD_ICPIDR2 0xfe8

#define GICD_IIDR_VALUE	   (0x53u << 24 | 0x43bu) /* product, implementer Arm */
#define GICD_ICPIDR2_VALUE 0x2bu		  /* GICv2 */

#define GICC_CTLR	0x00
#define GICC_PMR	0x04
#define GICC_BPR	0x08
#define GICC_ABPR	0x1c
#define GICC_APR0	0xd0
#define GICC_APR3	0xdc
#define GICC_IIDR	0xfc
#define GICC_IIDR_VALUE 0x0002043bu

/* Who accesses what. */
struct access {
	struct vgic *gic;
	unsigned int cpu;
	unsigned int intid;
	struct vgic_irq *irq;
};

static uint32_t group_get(const struct access *a)
{
	return a->irq->group;
}

static void group_set(const struct access *a, uint32_t value)
{
	a->irq->group = value;
}

static uint32_t enable_get(const struct access *a)
{
	return a->irq->enabled;
}

static void enable_set(const struct access *a, uint32_t value)
{
	if (!value || a->irq->enabled)
		return;
	a->irq->enabled = true;
	a->gic->ops->enabled(a->gic->ctx, a->cpu, a->intid);
}

static void enable_clear(const struct access *a, uint32_t value)
{
	if (value && a->intid >= VGIC_SGI_COUNT)
		a->irq->enabled = false;
}

/* In a list register: pending or active, who knows; "pending" never makes a guest wait for ever. */
static uint32_t pending_get(const struct access *a)
{
	return vgic_irq_pending(a->irq) || a->irq->lr;
}

/* SGIs are made pending by SGIR and SPENDSGIR alone. */
static void pending_set(const struct access *a, uint32_t value)
{
	if (value && a->intid >= VGIC_SGI_COUNT)
		a->irq->latch = true;
}

static void pending_clear(const struct access *a, uint32_t value)
{
	if (value && a->intid >= VGIC_SGI_COUNT)
		a->irq->latch = false;
}

static uint32_t active_get(const struct access *a)
{
	return a->irq->active;
}

static void active_set(const struct access *a, uint32_t value)
{
	if (value)
		a->irq->active = true;
}

static void active_clear(const struct access *a, uint32_t value)
{
	if (value)
		a->irq->active = false;
}

static uint32_t priority_get(const struct access *a)
{
	return a->irq->priority;
}

static void priority_set(const struct access *a, uint32_t value)
{
	a->irq->priority = value & 0xf8;
}

static uint32_t target_get(const struct access *a)
{
	return a->intid < VGIC_PRIVATE_COUNT ? 1u << a->cpu : a->irq->targets;
}

static void target_set(const struct access *a, uint32_t value)
{
	if (a->intid >= VGIC_PRIVATE_COUNT)
		a->irq->targets = (uint8_t)(value & ((1u << a->gic->cpu_count) - 1));
}

static uint32_t config_get(const struct access *a)
{
	return a->irq->edge ? 2 : 0;
}

/* SGIs are edges and PPIs levels, always. */
static void config_set(const struct access *a, uint32_t value)
{
	if (a->intid >= VGIC_PRIVATE_COUNT)
		a->irq->edge = value & 2;
}

static uint32_t source_get(const struct access *a)
{
	return a->irq->sources;
}

static void source_set(const struct access *a, uint32_t value)
{
	a->irq->sources |= (uint8_t)(value & ((1u << a->gic->cpu_count) - 1));
}

static void source_clear(const struct access *a, uint32_t value)
{
	a->irq->sources &= (uint8_t)~value;
}

static const struct field {
	uint16_t start;
	uint16_t end;
	uint8_t bits; /* per interrupt */
	bool byte_access;
	bool ones; /* writing zero to a field does nothing */
	uint32_t (*get)(const struct access *a);
	void (*set)(const struct access *a, uint32_t value);
} fields[] = {
	{0x080, 0x100, 1, false, false, group_get, group_set},	    /* IGROUPR */
	{0x100, 0x180, 1, false, true, enable_get, enable_set},	    /* ISENABLER */
	{0x180, 0x200, 1, false, true, enable_get, enable_clear},   /* ICENABLER */
	{0x200, 0x280, 1, false, true, pending_get, pending_set},   /* ISPENDR */
	{0x280, 0x300, 1, false, true, pending_get, pending_clear}, /* ICPENDR */
	{0x300, 0x380, 1, false, true, active_get, active_set},	    /* ISACTIVER */
	{0x380, 0x400, 1, false, true, active_get, active_clear},   /* ICACTIVER */
	{0x400, 0x800, 8, true, false, priority_get, priority_set}, /* IPRIORITYR */
	{VGIC_TARGETS, VGIC_TARGETS_END, 8, true, false, target_get, target_set}, /* ITARGETSR */
	{0xc00, 0xd00, 2, false, false, config_get, config_set},    /* ICFGR */
	{0xf10, 0xf20, 8, true, true, source_get, source_clear},    /* CPENDSGIR */
	{0xf20, 0xf30, 8, true, true, source_get, source_set},	    /* SPENDSGIR */
};

static const struct field *field_find(uint32_t offset)
{
	/* What guests use most, SGIR and the first registers, has no fields: do not search for it.
	 */
	if (offset < fields[0].start || (offset >= GICD_SGIR && offset < GICD_SGIR + 4))
		return NULL;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (offset >= fields[i].start && offset < fields[i].end)
			return &fields[i];
	return NULL;
}

static uint32_t field_mask(const struct field *field)
{
	return field->bits == 8 ? 0xff : field->bits == 2 ? 3 : 1;
}

/* @offset and @size: bytes, @size at most 4, not crossing a word. */
static uint32_t field_read(struct vgic *gic, unsigned int cpu, const struct field *field,
			   uint32_t offset, unsigned int size)
{
	unsigned int first = (offset - field->start) * 8 / field->bits;
	uint32_t value = 0;

	for (unsigned int i = 0; i < size * 8 / field->bits; i++) {
		struct access a = {gic, cpu, first + i, vgic_irq_get(gic, cpu, first + i)};

		if (a.irq)
			value |= (field->get(&a) & field_mask(field)) << i * field->bits;
	}
	return value;
}

static void field_write(struct vgic *gic, unsigned int cpu, const struct field *field,
			uint32_t offset, unsigned int size, uint32_t value)
{
	unsigned int first = (offset - field->start) * 8 / field->bits;

	for (unsigned int i = 0; i < size * 8 / field->bits; i++) {
		uint32_t bits = value >> i * field->bits & field_mask(field);

		if (!bits && field->ones)
			continue;

		struct access a = {gic, cpu, first + i, vgic_irq_get(gic, cpu, first + i)};

		if (!a.irq)
			continue;
		field->set(&a, bits);
		vgic_irq_update(gic, cpu, first + i);
	}
}

/* GICD_SGIR (4.3.15): target list filter 25:24, target list 23:16, INTID 3:0. */
static void sgir_write(struct vgic *gic, unsigned int cpu, uint32_t value)
{
	uint32_t all = (1u << gic->cpu_count) - 1;
	uint32_t targets;

	switch (value >> 24 & 3) {
	case 0:
		targets = value >> 16 & all;
		break;
	case 1:
		targets = all & ~(1u << cpu);
		break;
	case 2:
		targets = 1u << cpu;
		break;
	default:
		return;
	}
	for (unsigned int to = 0; to < gic->cpu_count; to++)
		if (targets & 1u << to)
			vgic_sgi_send(gic, cpu, to, value & 0xf);
}

static uint32_t word_read(struct vgic *gic, uint32_t offset)
{
	switch (offset) {
	case GICD_CTLR:
		return gic->enabled;
	case GICD_TYPER:
		return (gic->irq_count / 32 - 1) | (gic->cpu_count - 1) << 5;
	case GICD_IIDR:
		return GICD_IIDR_VALUE;
	case GICD_ICPIDR2:
		return GICD_ICPIDR2_VALUE;
	default:
		return 0;
	}
}

static bool access_ok(uint32_t offset, unsigned int size)
{
	return offset < VGIC_DIST_SIZE && (size == 1 || size == 2 || size == 4) && !(offset % size);
}

uint64_t vgic_dist_read(struct vgic *gic, unsigned int cpu, uint32_t offset, unsigned int size)
{
	const struct field *field;

	if (!access_ok(offset, size))
		return 0;
	field = field_find(offset);
	if (field)
		return field->byte_access || size == 4 ? field_read(gic, cpu, field, offset, size)
						       : 0;
	return word_read(gic, offset & ~3u) >> offset % 4 * 8 & (0xffffffffu >> (32 - size * 8));
}

void vgic_dist_write(struct vgic *gic, unsigned int cpu, uint32_t offset, unsigned int size,
		     uint64_t value)
{
	const struct field *field;

	if (!access_ok(offset, size))
		return;
	field = field_find(offset);
	if (field && (field->byte_access || size == 4))
		field_write(gic, cpu, field, offset, size, (uint32_t)value);
	else if (offset == GICD_CTLR && size == 4)
		gic->enabled = value & 1;
	else if (offset == GICD_SGIR && size == 4)
		sgir_write(gic, cpu, (uint32_t)value);
}

int vgic_dist_get(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t *value)
{
	if (offset >= VGIC_DIST_SIZE || offset % 4)
		return -ENXIO;
	*value = (uint32_t)vgic_dist_read(gic, cpu, offset, 4);
	return 0;
}

int vgic_dist_set(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t value)
{
	if (offset >= VGIC_DIST_SIZE || offset % 4)
		return -ENXIO;
	if (offset == GICD_IIDR)
		return value == GICD_IIDR_VALUE ? 0 : -EINVAL;
	if (offset != GICD_SGIR)
		vgic_dist_write(gic, cpu, offset, 4, value);
	return 0;
}

/* Where a GICC register is recorded, or -1. seL4 keeps the interface's real registers to itself. */
static int cpu_register(uint32_t offset)
{
	switch (offset) {
	case GICC_CTLR:
		return 0;
	case GICC_PMR:
		return 1;
	case GICC_BPR:
		return 2;
	case GICC_ABPR:
		return 3;
	default:
		return offset >= GICC_APR0 && offset <= GICC_APR3 && offset % 4 == 0
			       ? 4 + (int)(offset - GICC_APR0) / 4
			       : -1;
	}
}

int vgic_cpu_get(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t *value)
{
	int index = cpu_register(offset);

	if (offset == GICC_IIDR)
		*value = GICC_IIDR_VALUE;
	else if (index >= 0)
		*value = gic->cpu[cpu].regs[index];
	else
		return -ENXIO;
	return 0;
}

int vgic_cpu_set(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t value)
{
	int index = cpu_register(offset);

	if (offset == GICC_IIDR)
		return value == GICC_IIDR_VALUE ? 0 : -EINVAL;
	if (index < 0)
		return -ENXIO;
	gic->cpu[cpu].regs[index] = value;
	return 0;
}
