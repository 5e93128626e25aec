/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual GICv2 of one VM: distributor state, and list registers as a cache of it.
 *
 * Used by the exit handlers (register accesses, maintenance), by whatever raises lines (module, IRQ
 * handlers, timer) and by the unit tests, which give it a pretended machine through struct
 * vgic_ops. What always holds: an interrupt is in at most one list register; a list register that
 * is in use is never overwritten, because seL4 offers no way to read back whether the guest took it
 * already; bit n of candidate[] is set exactly if interrupt n may be put into a list register of
 * that CPU, and bit n of candidate_words exactly if candidate[n] is not zero.
 *
 * All functions are free of waiting and bounded by the number of interrupts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGIC_CPU_MAX	   8u
#define VGIC_LR_MAX	   16u
#define VGIC_SGI_COUNT	   16u
#define VGIC_PRIVATE_COUNT 32u
#define VGIC_IRQ_MAX	   1024u
#define VGIC_IRQ_LIMIT	   1020u /* INTIDs 1020..1023 are special (GICv2 2.2.1) */
#define VGIC_WORDS	   (VGIC_IRQ_MAX / 64)
#define VGIC_DIST_SIZE	   0x1000u

/* What the state machine asks of the world. @ctx is what vgic_init was given. */
struct vgic_ops {
	/* Puts a pending interrupt into a list register. 0, or -EBUSY: the register still holds an
	 * active interrupt; the state machine then leaves that register alone until it ends. */
	int (*inject)(void *ctx, unsigned int cpu, unsigned int lr, unsigned int intid,
		      unsigned int priority, unsigned int group);
	/* The guest ended a level-triggered interrupt, whose line the state machine now takes to be
	 * low: unmask its source, which raises the line again if it still has cause. */
	void (*ended)(void *ctx, unsigned int cpu, unsigned int intid);
	/* The guest enabled an interrupt that was disabled. */
	void (*enabled)(void *ctx, unsigned int cpu, unsigned int intid);
};

struct vgic_irq {
	uint8_t priority;
	uint8_t targets; /* SPIs: bit per CPU, see vgic_target() */
	uint8_t lr;	 /* 1 + list register that holds it, 0: none */
	uint8_t lr_cpu;	 /* whose list register */
	uint8_t sources; /* SGIs: bit per CPU that requested it */
	bool enabled : 1;
	bool edge : 1;
	bool level : 1;	 /* input line, level-triggered interrupts */
	bool latch : 1;	 /* pending until taken: an edge, or a write to GICD_ISPENDR */
	bool active : 1; /* made so by a write to GICD_ISACTIVER */
	bool group : 1;
	bool hold : 1; /* level falls by itself at the guest's EOI: a source masked until then */
};

struct vgic_cpu {
	uint64_t candidate[VGIC_WORDS];
	uint32_t candidate_words;
	struct vgic_irq private_irq[VGIC_PRIVATE_COUNT];
	uint16_t lr[VGIC_LR_MAX]; /* INTID + 1, 0: free */
	uint32_t lr_used;	  /* bit n: lr[n] is not free */
	uint32_t regs[8];	  /* GICC registers as user space last wrote them */
};

struct vgic {
	const struct vgic_ops *ops;
	void *ctx;
	unsigned int cpu_count;
	unsigned int irq_count; /* a multiple of 32 */
	unsigned int lr_count;
	bool enabled; /* GICD_CTLR */
	struct vgic_irq spi[VGIC_IRQ_MAX - VGIC_PRIVATE_COUNT];
	struct vgic_cpu cpu[VGIC_CPU_MAX];
};

void vgic_init(struct vgic *gic, const struct vgic_ops *ops, void *ctx, unsigned int lr_count);
/* A CPU is reset: its list registers are emptied, what was in them is forgotten. A register whose
 * interrupt is active stays in use until the guest ends it. */
void vgic_cpu_reset(struct vgic *gic, unsigned int cpu);

/* The state of @intid as @cpu sees it, or NULL if the VM has no such interrupt. */
struct vgic_irq *vgic_irq_get(struct vgic *gic, unsigned int cpu, unsigned int intid);
/* Brings candidate[] up to date after a change to @intid's state. */
void vgic_irq_update(struct vgic *gic, unsigned int cpu, unsigned int intid);
bool vgic_irq_pending(const struct vgic_irq *irq);
/* The CPU that takes an SPI, or VGIC_CPU_MAX. @intid < irq_count. */
unsigned int vgic_target(struct vgic *gic, unsigned int intid);

/* An input line changes. For an edge-triggered interrupt a rising line is one pulse. */
void vgic_line_set(struct vgic *gic, unsigned int cpu, unsigned int intid, bool level);
/* A level that the source holds, masked, until the guest's EOI: see struct vgic_ops, ended. */
void vgic_line_hold(struct vgic *gic, unsigned int cpu, unsigned int intid);
/* The line went up, and perhaps down again since: an edge, if the interrupt is edge-triggered. */
void vgic_rise(struct vgic *gic, unsigned int cpu, unsigned int intid);
/* One edge: pending until taken, whatever the trigger mode. */
void vgic_pulse(struct vgic *gic, unsigned int cpu, unsigned int intid);
void vgic_sgi_send(struct vgic *gic, unsigned int from, unsigned int to, unsigned int intid);

/* Fills free list registers, highest priority first. Returns how many it filled. */
unsigned int vgic_flush(struct vgic *gic, unsigned int cpu);
/* Maintenance: the guest ended what list register @lr held. */
void vgic_lr_end(struct vgic *gic, unsigned int cpu, unsigned int lr);
/* Is anything deliverable, or delivered and perhaps not yet taken? Then WFI does not wait. */
bool vgic_has_work(const struct vgic *gic, unsigned int cpu);

/* Where ITARGETSR begins and ends, a byte for each interrupt. */
#define VGIC_TARGETS	 0x800u
#define VGIC_TARGETS_END 0xc00u

/* One access to the distributor; wild ones read as zero and write nothing. */
uint64_t vgic_dist_read(struct vgic *gic, unsigned int cpu, uint32_t offset, unsigned int size);
void vgic_dist_write(struct vgic *gic, unsigned int cpu, uint32_t offset, unsigned int size,
		     uint64_t value);
/* User space's view of 32-bit registers (KVM_DEV_ARM_VGIC_GRP_*_REGS). 0, -ENXIO or -EINVAL. */
int vgic_dist_get(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t *value);
int vgic_dist_set(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t value);
int vgic_cpu_get(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t *value);
int vgic_cpu_set(struct vgic *gic, unsigned int cpu, uint32_t offset, uint32_t value);
