/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers, barriers, and the register fields that more than one file needs. Numbers come
 * from the Arm Architecture Reference Manual (DDI 0487), where registers are listed by these names.
 */
#pragma once

#include "types.h"

#define sysreg_read(reg)                                          \
	({                                                        \
		u64 value_;                                       \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)); \
		value_;                                           \
	})

#define sysreg_write(reg, value)                                              \
	do {                                                                  \
		__asm__ volatile("msr " #reg ", %x0" : : "rZ"((u64)(value))); \
	} while (0)

/* Two at once: their values can come from memory in one load. */
#define sysreg_write_pair(reg_a, a, reg_b, b)                         \
	__asm__ volatile("msr " #reg_a ", %x0\n\tmsr " #reg_b ", %x1" \
			 :                                            \
			 : "rZ"((u64)(a)), "rZ"((u64)(b)))

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

static inline void dsb_ish(void)
{
	__asm__ volatile("dsb ish" : : : "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/* SPSR values and fields (SPSR_EL2) */
#define SPSR_MODE_MASK 0x1f
#define SPSR_EL0T      0x00
#define SPSR_EL1T      0x04
#define SPSR_EL1H      0x05
#define SPSR_EL2H      0x09
#define SPSR_F	       (1 << 6)
#define SPSR_A	       (1 << 8)
#define SPSR_D	       (1 << 9)
#define SPSR_NZCV      0xf0000000

/* A native thread: EL0, FIQ and SError masked, as user level of a genuine kernel sees it. */
#define SPSR_USER (SPSR_EL0T | SPSR_F | SPSR_A)

/* HCR_EL2 */
#define HCR_VM	 (1ull << 0) /* stage 2 on */
#define HCR_SWIO (1ull << 1) /* set/way invalidation also cleans */
#define HCR_FMO	 (1ull << 3)
#define HCR_IMO	 (1ull << 4)
#define HCR_AMO	 (1ull << 5)
#define HCR_DC	 (1ull << 12) /* stage 1 off, accesses are Normal write-back */
#define HCR_TWI	 (1ull << 13)
#define HCR_TWE	 (1ull << 14)
#define HCR_TSC	 (1ull << 19)
#define HCR_TAC	 (1ull << 21) /* trap ACTLR_EL1 */
#define HCR_TGE	 (1ull << 27) /* EL0's exceptions go to EL2 */
#define HCR_RW	 (1ull << 31)

#define HCR_COMMON (HCR_VM | HCR_RW | HCR_AMO | HCR_IMO | HCR_FMO | HCR_TSC)
#define HCR_NATIVE (HCR_COMMON | HCR_TGE | HCR_DC | HCR_SWIO | HCR_TAC)
#define HCR_VCPU   (HCR_COMMON | HCR_TWI | HCR_TWE)

/* SCTLR_EL1. RES1 bits first; native threads may run cache maintenance by address. */
#define SCTLR_EL1_RES1	 0x30d00800
#define SCTLR_C		 (1ull << 2)
#define SCTLR_CP15BEN	 (1ull << 5)
#define SCTLR_I		 (1ull << 12)
#define SCTLR_UCT	 (1ull << 15)
#define SCTLR_NTWI	 (1ull << 16)
#define SCTLR_NTWE	 (1ull << 18)
#define SCTLR_UCI	 (1ull << 26)
#define SCTLR_EL1_BASE	 (SCTLR_EL1_RES1 | SCTLR_CP15BEN | SCTLR_NTWI | SCTLR_NTWE)
#define SCTLR_EL1_NATIVE (SCTLR_EL1_BASE | SCTLR_C | SCTLR_I | SCTLR_UCT | SCTLR_UCI)
#define SCTLR_EL1_GUEST	 (SCTLR_EL1_BASE | SCTLR_UCT | SCTLR_UCI)

/* SCTLR_EL2 */
#define SCTLR_EL2_M   (1ull << 0)
#define SCTLR_EL2_A   (1ull << 1)
#define SCTLR_EL2_C   (1ull << 2)
#define SCTLR_EL2_I   (1ull << 12)
#define SCTLR_EL2_WXN (1ull << 19)
#define SCTLR_EL2_EE  (1ull << 25)

/* CPTR_EL2 (nVHE): bits that are one in every implementation without SVE; TFP traps FP/SIMD. */
#define CPTR_RES1  0x33ff
#define CPTR_TFP   (1ull << 10)
#define CPACR_FPEN (3ull << 20)

/* CNTHCTL_EL2: physical counter and timer open to EL1 and EL0. CNTKCTL_EL1: the same for EL0. */
#define CNTHCTL_EL1PCTEN (1ull << 0)
#define CNTHCTL_EL1PCEN	 (1ull << 1)
#define CNTKCTL_EL0PCTEN (1ull << 0)
#define CNTKCTL_EL0PTEN	 (1ull << 9)
#define CNTKCTL_NATIVE	 (CNTKCTL_EL0PCTEN | CNTKCTL_EL0PTEN)

/* ESR_EL2 */
#define ESR_EC_SHIFT  26
#define ESR_EC(esr)   (((esr) >> ESR_EC_SHIFT) & 0x3f)
#define EC_UNKNOWN    0x00
#define EC_FP_ASIMD   0x07
#define EC_SVC64      0x15
#define EC_HVC64      0x16
#define EC_IABT_LOWER 0x20
#define EC_DABT_LOWER 0x24
#define ESR_S1PTW     (1ull << 7)
#define ESR_FSC(esr)  ((esr)&0x3f)

/* HPFAR_EL2 bits 39:4 hold bits 47:12 of the faulting IPA. */
#define HPFAR_TO_IPA(hpfar) (((hpfar)&0xffffffffff0) << 8)

/* PAR_EL1 */
#define PAR_PA_MASK 0x0000fffffffff000
