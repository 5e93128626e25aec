/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry point for configuration macros; the headers of an SDK have one of the same name. The
 * kernel's own options come from kernel/gen_config.h; what is below concerns user level only.
 * A user that runs on a kernel with debug output may build with -DCONFIG_PRINTING.
 */
#pragma once

#include <kernel/gen_config.h>

#define CONFIG_LIB_SEL4_INLINE_INVOCATIONS 1
