/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The GICv2: distributor and CPU interface for the kernel's own interrupts, and the virtual
 * interface control block (GICH) that vcpu.c loads with a guest's list registers. An interrupt is
 * acknowledged and ended inside the kernel; "masked" is what keeps a level line quiet until user
 * level has served it.
 */
#pragma once

#include <arch/devices.h>

#include "types.h"

#define GIC_SPURIOUS_FIRST   1020
#define GIC_SGI_COUNT	     16
#define GIC_SGI_REMOTE	     0 /* with several cores: a remote call waits / look at your queues */
#define GIC_SGI_RESCHEDULE   1
#define GIC_SGI_TARGET_COUNT 8
#define GIC_LR_MAX	     64

/* GICH register offsets (GICv2 specification IHI 0048B, section 5.3) */
#define GICH_HCR   0x000
#define GICH_VTR   0x004
#define GICH_VMCR  0x008
#define GICH_EISR0 0x020
#define GICH_EISR1 0x024
#define GICH_APR   0x0f0
#define GICH_LR(n) (0x100 + 4 * (n))

#define GICH_HCR_EN   (1u << 0)

/* A list register, not linked to a hardware interrupt */
#define LR_VIRQ(n)	 (n)
#define LR_EOI		 (1u << 19)
#define LR_PRIORITY(p)	 ((u32)(p) << 23)
#define LR_STATE_MASK	 (3u << 28)
#define LR_STATE_PENDING (1u << 28)
#define LR_STATE_ACTIVE	 (2u << 28)
#define LR_GROUP1	 (1u << 30)

void gic_init(void);
/* What every core but the first does for itself. */
void gic_init_core(void);
u32 gic_ack(void); /* the acknowledge word; the low 10 bits are the number */
void gic_eoi(u32 ack);
void gic_mask(u32 irq);
void gic_unmask(u32 irq);
void gic_set_edge(u32 irq, bool edge);
void gic_send_sgi(u32 irq, u32 targets); /* a bit for each core that gets it */
void gic_set_target(u32 irq, u32 target);
u32 gic_own_target(void); /* this core's bit */
bool gic_irq_pending(void);

static inline u32 gich_read(u32 offset)
{
	return *(volatile u32 *)(DEVICE_GICH + offset);
}

static inline void gich_write(u32 offset, u32 value)
{
	*(volatile u32 *)(DEVICE_GICH + offset) = value;
}
