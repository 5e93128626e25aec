/* SPDX-License-Identifier: BSD-2-Clause */
/* The header name that SDK users include for bootinfo; all of it is in bootinfo_types.h. */
#pragma once

#include <sel4/bootinfo_types.h>
