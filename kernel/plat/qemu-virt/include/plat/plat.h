/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's `virt` machine with GICv2, as the Microkit SDK's board qemu_virt_aarch64 describes it: the
 * fixed addresses and interrupt numbers that the kernel needs. RAM comes from the device tree.
 */
#pragma once

#define PLAT_GICD_BASE 0x08000000
#define PLAT_GICC_BASE 0x08010000
#define PLAT_GICH_BASE 0x08030000
#define PLAT_UART_BASE 0x09000000

/* SPIs end at 159: 5 x 32 lines, of which the machine wires 128 SPIs. */
#define PLAT_IRQ_MAX	     159
#define PLAT_IRQ_MAINTENANCE 25
#define PLAT_IRQ_TIMER	     26 /* EL2 physical timer */
#define PLAT_IRQ_VTIMER	     27

/* The rate that libsel4 and every native program of this board is built for. */
#define PLAT_COUNTER_KHZ 62500ull

/* User level may be given everything below this physical address. */
#define PLAT_DEVICE_TOP (1ull << 40)

/* RAM when the loader hands over no device tree: what the SDK's kernel for this board assumes. */
#define PLAT_DEFAULT_RAM_START 0x60000000
#define PLAT_DEFAULT_RAM_END   0xc0000000
