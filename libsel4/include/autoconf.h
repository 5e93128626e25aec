/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name under which an SDK's headers publish the whole configuration. Kept so that sources
 * written for an SDK find it here too; everything is in sel4/config.h.
 */
#pragma once

#include <sel4/config.h>
