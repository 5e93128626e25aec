/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixed-width types for headers that the Linux module, native processes and host tools share.
 * Everything in abi/ is little-endian, naturally aligned and statically asserted.
 */
#pragma once

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/types.h>
#define SELKIE_ASSERT(cond, text) static_assert(cond, text)
#else
#include <stdint.h>
#define SELKIE_ASSERT(cond, text) _Static_assert(cond, text)
#endif

/* Of everything in these headers: with another one the module does not bind. */
#define SELKIE_ABI_VERSION 2u

/* User VMs that can exist at once, vCPUs in one VM, KVM memory slots in one VM. */
#define SELKIE_VM_MAX 32u
#define SELKIE_VCPU_MAX 8u
#define SELKIE_SLOT_MAX 128u

/* Memory regions (adopted ranges) of one service VM. */
#define SELKIE_REGION_MAX 512u

/* Cores in use. Service vCPU n stays on core n; it has a call page and a CPU page in the connector. */
#define SELKIE_CPU_MAX 4u
