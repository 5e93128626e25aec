/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a bare-metal program (C11 7.22.4.1); there is no heap and no environment.
 */
#pragma once

_Noreturn void abort(void);
