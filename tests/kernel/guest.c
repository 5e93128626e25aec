// SPDX-License-Identifier: BSD-2-Clause
/*
 * Making and running the virtual CPUs under test (guest.h).
 */
#include "guest.h"

seL4_CPtr guest_endpoint, guest_reply;

seL4_Word guest_ipa(const char *symbol)
{
	return GUEST_CODE + (seL4_Word)(symbol - guest_page);
}

static void map_page(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word ipa, bool cached)
{
	REQUIRE(map_in(vspace, copy_of(frame), ipa, seL4_ReadWrite,
		       cached ? seL4_ARM_Default_VMAttributes : 0));
}

struct guest guest_new(seL4_Word badge)
{
	struct guest guest = {
		.tcb = object_new(seL4_TCBObject, 0),
		.vcpu = object_new(seL4_ARM_VCPUObject, 0),
		.vspace = object_new(seL4_ARM_VSpaceObject, 0),
		.sc = sc_new(FULL_BUDGET, FULL_BUDGET),
	};

	if (slot_is_empty(guest_endpoint) || slot_is_empty(guest_reply)) {
		guest_endpoint = object_new(seL4_EndpointObject, 0);
		guest_reply = object_new(seL4_ReplyObject, 0);
	}
	/* The guest reads its code with caches off. */
	REQUIRE(seL4_ARM_VSpace_Unify_Instruction(seL4_CapInitThreadVSpace, (seL4_Word)guest_page,
						  (seL4_Word)guest_page + 4096));
	REQUIRE(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, guest.vspace));
	map_page(guest.vspace, image_frame(guest_page), GUEST_CODE, true);
	map_page(guest.vspace, image_frame((const void *)shared_page), GUEST_DATA, true);
	map_page(guest.vspace, device_frame(GICV_PADDR), GUEST_GICV, false);
	REQUIRE(seL4_TCB_Configure(guest.tcb, ROOT, 0, guest.vspace, 0, 0, 0));
	REQUIRE(seL4_TCB_SetSchedParams(guest.tcb, seL4_CapInitThreadTCB, ABOVE, ABOVE, guest.sc,
					badged(guest_endpoint, badge)));
	REQUIRE(seL4_ARM_VCPU_SetTCB(guest.vcpu, guest.tcb));
	REQUIRE(seL4_ARM_VCPU_WriteRegs(guest.vcpu, seL4_VCPUReg_VBAR, GUEST_CODE + 0x800));
	return guest;
}

void guest_run(const struct guest *guest, const char *symbol, seL4_UserContext regs)
{
	regs.pc = guest_ipa(symbol);
	if (!regs.spsr)
		regs.spsr = SPSR_EL1H_MASKED;
	REQUIRE(seL4_TCB_WriteRegisters(guest->tcb, true, 0, 36, &regs));
}

seL4_MessageInfo_t guest_wait(seL4_Word *badge)
{
	return seL4_Recv(guest_endpoint, badge, guest_reply);
}

void guest_answer(seL4_Word words_count)
{
	seL4_Send(guest_reply, seL4_MessageInfo_new(0, 0, 0, words_count));
}

seL4_UserContext guest_registers(const struct guest *guest)
{
	seL4_UserContext regs;

	REQUIRE(seL4_TCB_ReadRegisters(guest->tcb, false, 0, 36, &regs));
	return regs;
}

void guest_skip(const struct guest *guest)
{
	seL4_UserContext regs = guest_registers(guest);

	regs.pc += 4;
	REQUIRE(seL4_TCB_WriteRegisters(guest->tcb, false, 0, 1, &regs));
	guest_answer(0);
}
