/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU under test, with an address space of its own: guest.S's page, a page of memory that
 * the root task sees as shared_page, and the GIC's virtual CPU interface. The root thread is its
 * monitor: a guest runs above it, hence until it faults.
 */
#pragma once

#include "harness.h"

#define GUEST_CODE    0x41000ul /* intermediate physical addresses */
#define GUEST_DATA    0x42000ul
#define GUEST_GICV    0x10000ul
#define GUEST_NOTHING 0x2345678ul

#define GICV_PADDR	 0x08040000ul
#define SPSR_EL1H_MASKED 0x3c5ul
#define NOT_A_SYSCALL	 0x1000ul /* x7 of an hvc that is an exit */

/* Exception classes in a syndrome. Arm ARM D17.2.37. */
#define ESR_CLASS(esr)	     (((esr)&0xffffffff) >> 26)
#define EC_WFX		     0x01
#define EC_FP_ACCESS	     0x07
#define EC_SVC64	     0x15
#define EC_SMC64	     0x17
#define EC_INSTRUCTION_ABORT 0x20
#define EC_DATA_ABORT	     0x24
/* Fields of a data abort's syndrome. */
#define ESR_ISS_WNR	     (1ul << 6)
#define ESR_ISS_SRT	     16		       /* 5 bits, then SSE, SAS (2 bits), ISV */
#define ISS_VALID_8_BYTES_X0 (1 << 8 | 3 << 6) /* ISV, SAS = 3, SRT = 0 */

/* guest.S */
extern const char guest_page[], guest_hvc[], guest_smc[], guest_wfi[], guest_wfe[], guest_load[],
	guest_store[], guest_jump[], guest_svc[], guest_spin[], guest_timer[], guest_interrupts[],
	guest_fp[], guest_save_sysregs[], guest_load_sysregs[], guest_vector_sync[];

struct guest {
	seL4_CPtr tcb, vcpu, vspace, sc;
};

/* Endpoint and reply object of the monitor; made with the first guest of a test. */
extern seL4_CPtr guest_endpoint, guest_reply;

/* Where the guest sees a symbol of guest.S. */
seL4_Word guest_ipa(const char *symbol);

/* Makes a guest, stopped. Its faults come with this badge. */
struct guest guest_new(seL4_Word badge);
/* Starts it at a symbol of guest.S with registers as given (pc and spsr are filled in). */
void guest_run(const struct guest *guest, const char *symbol, seL4_UserContext regs);
/* Waits for any guest's fault. */
seL4_MessageInfo_t guest_wait(seL4_Word *badge);
/* Answers it with so many words. */
void guest_answer(seL4_Word words_count);
/* Answers by moving the pc on behind the instruction at fault. */
void guest_skip(const struct guest *guest);
seL4_UserContext guest_registers(const struct guest *guest);
