/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invocation labels and stubs, both made from invocations.def. A stub is a single Call: up to four
 * words stay in registers, more words and all caps go through the IPC buffer. When the kernel
 * reports an error, the words that came back (its details) are put into the IPC buffer.
 */
#pragma once

#include <sel4/syscalls.h>

/* Labels: the position in the list. */

enum invocation_label {
	InvalidInvocation,
#define ARGS(...)
#define INVOKE(label, name, params, caps, words)	      label,
#define INVOKE_VALUE(label, name, type, field, params, words) label,
#define INVOKE_OTHER(label, name)			      label,
#include <sel4/invocations.def>
#undef ARGS
#undef INVOKE
#undef INVOKE_VALUE
#undef INVOKE_OTHER
	nArchInvocationLabels
};

/* The first label that belongs to this architecture, and the first to this kind of object. */
enum { nInvocationLabels = ARMVSpaceClean_Data, nSeL4ArchInvocationLabels = ARMPageTableMap };

/*
 * Calls service with the given words and caps. The counts are constants at every use, so the
 * loops unroll and words 0 to 3 never touch memory. Returns the error; mr[] holds the answer.
 */
LIBSEL4_INLINE_FUNC __attribute__((always_inline)) seL4_Error
libsel4_invoke(seL4_CPtr service, seL4_Word label, const seL4_CPtr *caps, seL4_Word caps_count,
	       const seL4_Word *words, seL4_Word words_count, seL4_Word mr[4])
{
	seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, caps_count, words_count);
	seL4_Error error;

#pragma GCC unroll 3
	for (seL4_Word i = 0; i < caps_count; i++)
		seL4_SetCap((int)i, caps[i]);
#pragma GCC unroll 8
	for (seL4_Word i = 0; i < words_count || i < 4; i++) {
		if (i < 4)
			mr[i] = i < words_count ? words[i] : 0;
		else
			seL4_SetMR((int)i, words[i]);
	}
	info = libsel4_exchange(seL4_SysCall, service, info, 0, seL4_Null, mr);
	error = (seL4_Error)seL4_MessageInfo_get_label(info);
	if (error != seL4_NoError)
		libsel4_keep_mrs(mr);
	return error;
}

#define LIBSEL4_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ARGS(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define INVOKE(label, name, params, caps_list, words_list)                               \
	LIBSEL4_INLINE seL4_Error name params                                            \
	{                                                                                \
		const seL4_CPtr caps[] = caps_list;                                      \
		const seL4_Word words[] = words_list;                                    \
		seL4_Word mr[4];                                                         \
                                                                                         \
		return libsel4_invoke(_service, label, caps, LIBSEL4_COUNT(caps), words, \
				      LIBSEL4_COUNT(words), mr);                         \
	}
#define INVOKE_VALUE(label, name, type, field, params, words_list)                      \
	struct name {                                                                   \
		int error;                                                              \
		type field;                                                             \
	};                                                                              \
	typedef struct name name##_t;                                                   \
	LIBSEL4_INLINE name##_t name params                                             \
	{                                                                               \
		const seL4_Word words[] = words_list;                                   \
		seL4_Word mr[4];                                                        \
		seL4_Error error = libsel4_invoke(_service, label, seL4_Null, 0, words, \
						  LIBSEL4_COUNT(words), mr);            \
                                                                                        \
		return (name##_t){(int)error, mr[0]};                                   \
	}
#define INVOKE_OTHER(label, name)
#include <sel4/invocations.def>
#undef ARGS
#undef INVOKE
#undef INVOKE_VALUE
#undef INVOKE_OTHER

/* The three whose arguments are structures in memory. */

/* Reads the first count registers of seL4_UserContext; at least pc, sp, spsr and x0 are set. */
LIBSEL4_INLINE seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source,
						 seL4_Uint8 arch_flags, seL4_Word count,
						 seL4_UserContext *regs)
{
	const seL4_Word words[] = {(suspend_source & 1ul) | (seL4_Word)arch_flags << 8, count};
	seL4_Word mr[4];
	seL4_Error error = libsel4_invoke(_service, TCBReadRegisters, seL4_Null, 0, words, 2, mr);

	regs->pc = mr[0];
	regs->sp = mr[1];
	regs->spsr = mr[2];
	regs->x0 = mr[3];
	for (seL4_Word i = 4; i < count; i++)
		(&regs->pc)[i] = seL4_GetMR((int)i);
	return error;
}

/*
 * Writes the first count registers. The message always has room for all of them; how many count is
 * said in word 1.
 */
LIBSEL4_INLINE seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target,
						  seL4_Uint8 arch_flags, seL4_Word count,
						  seL4_UserContext *regs)
{
	const seL4_Word total = sizeof(*regs) / sizeof(seL4_Word) + 2;
	seL4_MessageInfo_t info = seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, total);
	seL4_Word mr[4] = {(resume_target & 1ul) | (seL4_Word)arch_flags << 8, count, regs->pc,
			   regs->sp};
	seL4_Error error;

	for (seL4_Word i = 2; i < count; i++)
		seL4_SetMR((int)i + 2, (&regs->pc)[i]);
	info = libsel4_exchange(seL4_SysCall, _service, info, 0, seL4_Null, mr);
	error = (seL4_Error)seL4_MessageInfo_get_label(info);
	if (error != seL4_NoError)
		libsel4_keep_mrs(mr);
	return error;
}

/* Passes an SMC on to EL3. A cap with a badge allows that function id only. */
LIBSEL4_INLINE seL4_Error seL4_ARM_SMC_Call(seL4_ARM_SMC _service, seL4_ARM_SMCContext *smc_args,
					    seL4_ARM_SMCContext *smc_response)
{
	const seL4_Word words[] = {smc_args->x0, smc_args->x1, smc_args->x2, smc_args->x3,
				   smc_args->x4, smc_args->x5, smc_args->x6, smc_args->x7};
	seL4_Word mr[4];
	seL4_Error error = libsel4_invoke(_service, ARMSMCCall, seL4_Null, 0, words, 8, mr);

	*smc_response = (seL4_ARM_SMCContext){
		mr[0],	       mr[1],	      mr[2],	     mr[3],
		seL4_GetMR(4), seL4_GetMR(5), seL4_GetMR(6), seL4_GetMR(7),
	};
	return error;
}

/* The older form of ConfigureFlags. */
LIBSEL4_INLINE seL4_Error seL4_SchedControl_Configure(seL4_SchedControl _service,
						      seL4_SchedContext schedcontext,
						      seL4_Time budget, seL4_Time period,
						      seL4_Word extra_refills, seL4_Word badge)
{
	return seL4_SchedControl_ConfigureFlags(_service, schedcontext, budget, period,
						extra_refills, badge, seL4_SchedContext_NoFlag);
}
