/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between main.c, which runs the groups, and harness.c, which keeps the objects.
 */
#pragma once

#include "harness.h"

void harness_start(const seL4_BootInfo *bi);
/* Deletes whatever the last test made. */
void harness_reset(void);
/* Maps a device page for good. */
seL4_Error harness_map_device(seL4_Word paddr, seL4_Word va);
/* An object that stays when the tests' objects go. */
seL4_CPtr harness_object_new(seL4_Word type, seL4_Word size_bits);
