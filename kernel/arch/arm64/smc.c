// SPDX-License-Identifier: BSD-2-Clause
/*
 * SMC Call: x0 to x7 from the message go to the firmware, x0 to x7 come back (SMCCC 1.x; later
 * registers may be changed by the call). A badge restricts the cap to one function id.
 */
#include <arch/smc.h>

#include "invocation.h"

#define SMC_REG_COUNT 8

static void smc_perform(u64 reg[SMC_REG_COUNT])
{
	register u64 x0 __asm__("x0") = reg[0];
	register u64 x1 __asm__("x1") = reg[1];
	register u64 x2 __asm__("x2") = reg[2];
	register u64 x3 __asm__("x3") = reg[3];
	register u64 x4 __asm__("x4") = reg[4];
	register u64 x5 __asm__("x5") = reg[5];
	register u64 x6 __asm__("x6") = reg[6];
	register u64 x7 __asm__("x7") = reg[7];

	__asm__ volatile(
		".arch armv8-a+nofp\n\tsmc #0"
		: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
		:
		: "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	reg[0] = x0;
	reg[1] = x1;
	reg[2] = x2;
	reg[3] = x3;
	reg[4] = x4;
	reg[5] = x5;
	reg[6] = x6;
	reg[7] = x7;
}

enum error smc_decode(struct invocation *inv)
{
	u64 reg[SMC_REG_COUNT];

	if (inv->label != LABEL_SMC_CALL)
		return err_illegal();
	if (inv->length < SMC_REG_COUNT)
		return err_truncated();
	for (u32 i = 0; i < SMC_REG_COUNT; i++)
		reg[i] = inv_arg(inv, i);
	if (inv->cap.w1 && inv->cap.w1 != reg[0])
		return err_illegal();

	smc_perform(reg);
	for (u32 i = 0; i < SMC_REG_COUNT; i++)
		inv_set_mr(inv, i, reg[i]);
	return OK;
}
