/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the program `churn` that are not in churn.c. */
#pragma once

/* churn_random.c */
void random_calls(void);
