/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel configuration that these headers describe: what an SDK's header of this name says for
 * the board qemu_virt_aarch64, configuration release, or smp-release when LIBSEL4_NODES (mk/) is
 * more than one core. Only the options that some native source or the image builder looks at are
 * here. Sizes, labels and the bootinfo layout follow from them, so a binary built against this file
 * runs on any kernel that agrees with it, and on no other. How many cores there are is not among
 * them: BootInfo says it.
 */
#pragma once

#define CONFIG_ARCH_AARCH64		     1
#define CONFIG_ARCH_ARM			     1
#define CONFIG_WORD_SIZE		     64
#define CONFIG_PLAT_QEMU_ARM_VIRT	     1
#define CONFIG_ARM_CORTEX_A53		     1
#define CONFIG_ARCH_ARM_V8A		     1
#define CONFIG_ARM_PA_SIZE_BITS_40	     1
#define CONFIG_ARM_HYPERVISOR_SUPPORT	     1
#define CONFIG_KERNEL_MCS		     1
#define CONFIG_ALLOW_SMC_CALLS		     1
#define CONFIG_HAVE_FPU			     1
#define CONFIG_FASTPATH			     1
#define CONFIG_VERIFICATION_BUILD	     1
#define CONFIG_TIMER_FREQUENCY		     62500000
#define CONFIG_PADDR_USER_DEVICE_TOP	     1099511627776
#define CONFIG_ROOT_CNODE_SIZE_BITS	     17
#define CONFIG_BOOT_THREAD_TIME_SLICE	     5
#define CONFIG_RETYPE_FAN_OUT_LIMIT	     256
#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS 230
#define CONFIG_NUM_PRIORITIES		     256
#define CONFIG_EXPORT_PCNT_USER		     1
#define CONFIG_EXPORT_PTMR_USER		     1

#ifdef LIBSEL4_NODES
#define CONFIG_ENABLE_SMP_SUPPORT   1
#define CONFIG_MAX_NUM_NODES	    LIBSEL4_NODES
#define CONFIG_NUM_DOMAINS	    1
#define CONFIG_NUM_DOMAIN_SCHEDULES 2
#else
#define CONFIG_MAX_NUM_NODES	    1
#define CONFIG_NUM_DOMAINS	    16
#define CONFIG_NUM_DOMAIN_SCHEDULES 100
#endif
