// SPDX-License-Identifier: BSD-2-Clause
/*
 * SMC calls through the SMC cap: what reaches the firmware, and how a badge confines the cap.
 */
#include "harness.h"

#define PSCI_VERSION	 0x84000000
#define PSCI_FEATURES	 0x8400000a
#define UNKNOWN_FUNCTION 0x84001234

static seL4_ARM_SMCContext answer;

static seL4_Error call(seL4_CPtr cap, seL4_Word function, seL4_Word argument)
{
	seL4_ARM_SMCContext arguments = {.x0 = function, .x1 = argument};

	answer = (seL4_ARM_SMCContext){.x0 = 0x77};
	return seL4_ARM_SMC_Call(cap, &arguments, &answer);
}

static void smc_calls(void)
{
	seL4_CPtr version_only = badged(seL4_CapSMC, PSCI_VERSION);

	SUCCEEDS("an SMC can be made", call(seL4_CapSMC, PSCI_VERSION, 0));
	TRUE("the firmware answers it",
	     (answer.x0 & 0xffffffff) >= 2 && (answer.x0 & 0xffffffff) < 0x20000);
	SUCCEEDS("a function that the firmware lacks is no error",
		 call(seL4_CapSMC, UNKNOWN_FUNCTION, 0));
	EQUAL("the firmware says that it lacks it", answer.x0 & 0xffffffff, 0xffffffff);
	SUCCEEDS("arguments arrive", call(seL4_CapSMC, PSCI_FEATURES, PSCI_VERSION));
	SUCCEEDS("a badged cap allows its function", call(version_only, PSCI_VERSION, 0));
	FAILS("and no other", call(version_only, PSCI_FEATURES, 0), seL4_IllegalOperation);
	FAILS("a badged cap cannot get another badge",
	      cap_mint(slot_new(), version_only, seL4_AllRights, PSCI_FEATURES),
	      seL4_IllegalOperation);
	SUCCEEDS("it can be copied", cap_copy(slot_new(), version_only));
	FAILS("seven words are too few", raw_call(seL4_CapSMC, ARMSMCCall, 0, 7),
	      seL4_TruncatedMessage);
	FAILS("the SMC cap knows no other invocation", raw_call(seL4_CapSMC, TCBResume, 0, 8),
	      seL4_IllegalOperation);
}

const struct test_group smc_group = {"smc", (void (*const[])(void)){smc_calls, NULL}};
