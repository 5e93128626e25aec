/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMC cap: firmware calls on behalf of user level.
 */
#pragma once

#include "types.h"

struct invocation;
enum error smc_decode(struct invocation *inv);
