// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's ID registers. Guests read the hardware's (seL4 does not trap them), so these are what
 * KVM_GET_ONE_REG must report. Called by regs.c.
 *
 * The encodings op0 3, op1 0, CRn 0, CRm 1..7 are all readable; those that name no register read as zero
 * (Arm ARM, "Reserved encodings in the ID register space").
 */

#include <linux/errno.h>
#include <asm/sysreg.h>

#include "selkie.h"

/* MRS takes its register from the instruction, hence one case for each. */
#define ID_CASE(crm, op2)						\
	case (crm) << 3 | (op2):					\
		*value = read_sysreg_s(sys_reg(3, 0, 0, crm, op2));	\
		return 0

#define ID_CASES(crm)							\
	ID_CASE(crm, 0); ID_CASE(crm, 1); ID_CASE(crm, 2); ID_CASE(crm, 3); \
	ID_CASE(crm, 4); ID_CASE(crm, 5); ID_CASE(crm, 6); ID_CASE(crm, 7)

int idregs_read(unsigned int crm, unsigned int op2, u64 *value)
{
	if (crm > 7 || op2 > 7)
		return -ENOENT;

	switch (crm << 3 | op2) {
	ID_CASE(0, 0); /* MIDR_EL1 */
	ID_CASE(0, 6); /* REVIDR_EL1 */
	ID_CASES(1);
	ID_CASES(2);
	ID_CASES(3);
	ID_CASES(4);
	ID_CASES(5);
	ID_CASES(6);
	ID_CASES(7);
	default:
		return -ENOENT;
	}
}
