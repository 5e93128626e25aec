/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few types of libsel4 that manager/manager.h names, for host tests of manager code that makes
 * no system call of its own. Nothing here can be called.
 */
#pragma once

#include <stdint.h>

typedef uint64_t seL4_Word;
typedef struct seL4_BootInfo seL4_BootInfo;
typedef struct seL4_UserContext_ seL4_UserContext;
typedef struct {
	uint64_t words[1];
} seL4_CapRights_t;
