/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an invocation can answer: the label of the kernel's reply. Details of an error travel in the
 * first message registers and are left there by the stubs (which argument was wrong; a range's
 * minimum and maximum; how much memory is left; the lookup failure).
 */
#pragma once

typedef enum {
	seL4_NoError,
	seL4_InvalidArgument,
	seL4_InvalidCapability,
	seL4_IllegalOperation,
	seL4_RangeError,
	seL4_AlignmentError,
	seL4_FailedLookup,
	seL4_TruncatedMessage,
	seL4_DeleteFirst,
	seL4_RevokeFirst,
	seL4_NotEnoughMemory,
	seL4_NumErrors
} seL4_Error;
