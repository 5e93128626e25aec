// SPDX-License-Identifier: BSD-2-Clause
/*
 * GICv2 distributor and CPU interface (IHI 0048B, sections 4.3 and 4.4). Called by boot.c once, and
 * by irq.c and vcpu.c afterwards. Every interrupt is in group 0 with one priority, so none preempts
 * another; the kernel runs with interrupts masked anyway.
 */
#include <arch/gic.h>
#include <arch/state.h>
#include <arch/sysreg.h>

#define GICD_CTLR	   0x000
#define GICD_TYPER	   0x004
#define GICD_IGROUPR(n)	   (0x080 + 4 * (n))
#define GICD_ISENABLER(n)  (0x100 + 4 * (n))
#define GICD_ICENABLER(n)  (0x180 + 4 * (n))
#define GICD_ICPENDR(n)	   (0x280 + 4 * (n))
#define GICD_IPRIORITYR(n) (0x400 + 4 * (n))
#define GICD_ITARGETSR(n)  (0x800 + 4 * (n))
#define GICD_ICFGR(n)	   (0xc00 + 4 * (n))
#define GICD_SGIR	   0xf00
#define GICD_CPENDSGIR(n)  (0xf10 + 4 * (n))

#define GICC_CTLR  0x000
#define GICC_PMR   0x004
#define GICC_BPR   0x008
#define GICC_IAR   0x00c
#define GICC_EOIR  0x010
#define GICC_HPPIR 0x018

#define SPI_FIRST	  32
#define SPI_PRIORITY	  0x80808080u
#define PRIORITY_MASK_ALL 0xf0
#define ACK_IRQ_MASK	  0x3ff

static inline u32 gicd_read(u32 offset)
{
	return *(volatile u32 *)(DEVICE_GICD + offset);
}

static inline void gicd_write(u32 offset, u32 value)
{
	*(volatile u32 *)(DEVICE_GICD + offset) = value;
}

static inline u32 gicc_read(u32 offset)
{
	return *(volatile u32 *)(DEVICE_GICC + offset);
}

static inline void gicc_write(u32 offset, u32 value)
{
	*(volatile u32 *)(DEVICE_GICC + offset) = value;
}

/* The banked target registers of the first 32 lines read as this core's own bit (4.3.12). */
u32 gic_own_target(void)
{
	u32 target = 0;

	for (u32 i = 0; i < SPI_FIRST / 4 && !target; i++)
		target = gicd_read(GICD_ITARGETSR(i));
	target |= target >> 16;
	target = (target | target >> 8) & 0xff;
	return target ? target : 1;
}

static void gic_init_distributor(void)
{
	u32 line_count = 32 * ((gicd_read(GICD_TYPER) & 0x1f) + 1);
	u32 target = gic_own_target() * 0x01010101u;

	gicd_write(GICD_CTLR, 0);
	for (u32 i = 0; i < line_count / 32; i++) {
		gicd_write(GICD_ICENABLER(i), ~0u);
		gicd_write(GICD_ICPENDR(i), ~0u);
		gicd_write(GICD_IGROUPR(i), 0);
	}
	for (u32 i = SPI_FIRST / 4; i < line_count / 4; i++) {
		gicd_write(GICD_IPRIORITYR(i), SPI_PRIORITY);
		gicd_write(GICD_ITARGETSR(i), target);
	}
	/* Level-triggered until somebody asks for edges with IRQControl_GetTrigger. */
	for (u32 i = SPI_FIRST / 16; i < line_count / 16; i++)
		gicd_write(GICD_ICFGR(i), 0);
	gicd_write(GICD_CTLR, 1);
}

static void gic_init_cpu_interface(void)
{
	u32 ack;

#if CONFIG_SMP
	this_arch()->gic_target = gic_own_target();
#endif
	for (u32 i = 0; i < GIC_SGI_COUNT / 4; i++)
		gicd_write(GICD_CPENDSGIR(i), ~0u);
	for (u32 i = 0; i < SPI_FIRST / 4; i++)
		gicd_write(GICD_IPRIORITYR(i), 0);

	gicc_write(GICC_CTLR, 0);
	gicc_write(GICC_PMR, PRIORITY_MASK_ALL);
	gicc_write(GICC_BPR, 3);
	/* What the boot chain acknowledged and never ended would block everything after it. */
	while (((ack = gicc_read(GICC_IAR)) & ACK_IRQ_MASK) < GIC_SPURIOUS_FIRST)
		gicc_write(GICC_EOIR, ack);
	gicc_write(GICC_CTLR, 1);
}

void gic_init(void)
{
	gic_init_distributor();
	gic_init_cpu_interface();
}

/* The registers of the first 32 lines are each core's own (4.3, "banked"). */
void gic_init_core(void)
{
	gicd_write(GICD_ICENABLER(0), ~0u);
	gicd_write(GICD_ICPENDR(0), ~0u);
	gicd_write(GICD_IGROUPR(0), 0);
	gic_init_cpu_interface();
}

u32 gic_ack(void)
{
	return gicc_read(GICC_IAR);
}

void gic_eoi(u32 ack)
{
	/* Masking and device accesses made for this interrupt come before its end. */
	dsb_sy();
	gicc_write(GICC_EOIR, ack);
}

void gic_mask(u32 irq)
{
	gicd_write(GICD_ICENABLER(irq / 32), 1u << (irq % 32));
}

void gic_unmask(u32 irq)
{
	gicd_write(GICD_ISENABLER(irq / 32), 1u << (irq % 32));
}

void gic_set_edge(u32 irq, bool edge)
{
	u32 bit = 2u << (2 * (irq % 16));
	u32 config = gicd_read(GICD_ICFGR(irq / 16));

	gicd_write(GICD_ICFGR(irq / 16), edge ? config | bit : config & ~bit);
}

void gic_set_target(u32 irq, u32 target)
{
	*(volatile u8 *)(DEVICE_GICD + GICD_ITARGETSR(0) + irq) = target;
}

void gic_send_sgi(u32 irq, u32 targets)
{
	/* What this core wrote before the signal must be visible to the core that takes it. */
	dsb_ish();
	gicd_write(GICD_SGIR, targets << 16 | irq);
}

bool gic_irq_pending(void)
{
	return (gicc_read(GICC_HPPIR) & ACK_IRQ_MASK) < GIC_SPURIOUS_FIRST;
}
