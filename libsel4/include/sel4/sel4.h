/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seL4 API of 16.0.0 for AArch64 in the MCS, hypervisor, single-core release configuration:
 * include this one. Names, signatures and values are those of an SDK's headers, so that the same
 * sources compile against either; tests/kernel/abi_check.c holds the two together.
 */
#pragma once

#include <sel4/config.h>
#include <sel4/types.h>
#include <sel4/functions.h>
#include <sel4/syscalls.h>
#include <sel4/invocation.h>
#include <sel4/bootinfo.h>
#include <sel4/faults.h>
