/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Build-time configuration of the bundled kernel. The values are those of the Microkit SDK's
 * qemu_virt_aarch64 "release" kernel, so that one root task runs on both. kernel/build.mk passes
 * KERNEL_DEBUG=1 for KERNEL_CONFIG=debug, which adds output and the debug system calls, and nothing
 * that would renumber an invocation; and KERNEL_CORES for several cores, with which the kernel is one
 * of the SDK's configuration "smp-release": one domain, and another invocation with the last label.
 */
#pragma once

#ifndef KERNEL_DEBUG
#define KERNEL_DEBUG 0
#endif

/*
 * KERNEL_CONFIG=sel4test: the debug configuration with the sizes of seL4's own test suite's default
 * configuration, whose tests are compiled for them.
 */
#ifndef KERNEL_SEL4TEST
#define KERNEL_SEL4TEST 0
#endif

#ifdef KERNEL_CORES
#define CONFIG_CORE_COUNT KERNEL_CORES
#else
#define CONFIG_CORE_COUNT 1
#endif
#define CONFIG_SMP (CONFIG_CORE_COUNT > 1)

#if KERNEL_SEL4TEST || CONFIG_SMP
#define CONFIG_DOMAIN_COUNT 1
#define CONFIG_DOMAIN_SCHEDULE_LENGTH 2
#else
#define CONFIG_DOMAIN_COUNT 16
#define CONFIG_DOMAIN_SCHEDULE_LENGTH 100
#endif
#if KERNEL_SEL4TEST
#define CONFIG_ROOT_CNODE_BITS 13
#else
#define CONFIG_ROOT_CNODE_BITS 17
#endif
#define CONFIG_PRIORITY_COUNT 256
#define CONFIG_RETYPE_LIMIT 256
#define CONFIG_WORK_UNITS_PER_PREEMPTION 100
#define CONFIG_BOOT_TIME_SLICE_MS 5
#define CONFIG_BOOTINFO_UNTYPED_COUNT 230
#define CONFIG_KERNEL_STACK_SIZE 8192
#define CONFIG_CORE_BLOCK_SIZE 16384 /* a core's stack and its state above it (core.h) */

/* Where physical address 0 appears in the kernel's address space (TTBR0_EL2, 48-bit). */
#define CONFIG_KERNEL_OFFSET 0x8000000000ull
