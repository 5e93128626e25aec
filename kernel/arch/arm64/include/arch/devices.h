/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the devices that the kernel itself drives appear in its address space: one page each, from
 * KERNEL_DEVICE_BASE. kmap.c maps them from its table of physical addresses.
 */
#pragma once

#include <arch/memory.h>

#define DEVICE_GICD (KERNEL_DEVICE_BASE + 0x0000)
#define DEVICE_GICC (KERNEL_DEVICE_BASE + 0x1000)
#define DEVICE_GICH (KERNEL_DEVICE_BASE + 0x2000)
#define DEVICE_UART (KERNEL_DEVICE_BASE + 0x3000)
