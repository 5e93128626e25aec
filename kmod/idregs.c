// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's ID registers. Guests read the hardware's (seL4 does not trap them), so these are what
 * KVM_GET_ONE_REG must report. Called by regs.c.
 *
 * The encodings op0 3, op1 0, CRn 0, CRm 1..7 are all readable; those that name no register read as
 * zero (Arm ARM, "Reserved encodings in the ID register space").
 */

#include <linux/errno.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "selkie.h"

/* MRS takes its register from the instruction, hence all of them at once. */
#define ID(crm, op2) read_sysreg_s(sys_reg(3, 0, 0, (crm), (op2)))
#define ID_ROW(crm)							\
	{ ID(crm, 0), ID(crm, 1), ID(crm, 2), ID(crm, 3),		\
	  ID(crm, 4), ID(crm, 5), ID(crm, 6), ID(crm, 7) }

int idregs_read(unsigned int crm, unsigned int op2, u64 *value)
{
	const u64 rows[8][8] = {
		{ [0] = read_cpuid_id(), [6] = read_sysreg(revidr_el1) },
		ID_ROW(1), ID_ROW(2), ID_ROW(3), ID_ROW(4), ID_ROW(5), ID_ROW(6), ID_ROW(7),
	};

	/* The rest of row 0 is no identification register, but MPIDR_EL1, or nothing. */
	if (crm > 7 || op2 > 7 || (!crm && op2 != 0 && op2 != 6))
		return -ENOENT;
	*value = rows[crm][op2];
	return 0;
}
