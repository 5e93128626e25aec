/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small macros that the other headers of this library share. All functions of the library are
 * static inline: there is nothing to link, and a stub folds into its caller.
 */
#pragma once

#include <sel4/config.h>

#define LIBSEL4_INLINE	    static inline
#define LIBSEL4_INLINE_FUNC static inline
#define LIBSEL4_UNUSED	    __attribute__((unused))
#ifdef CONFIG_LIB_SEL4_USE_THREAD_LOCALS
#define LIBSEL4_THREAD_LOCAL __thread
#else
#define LIBSEL4_THREAD_LOCAL
#endif
#define LIBSEL4_BIT(n) (1ul << (n))

#define SEL4_PACKED			__attribute__((packed))
#define SEL4_COMPILE_ASSERT(name, expr) _Static_assert(expr, #name);

/* Makes an enumeration as wide as a register, as the API's argument types are. */
#define SEL4_FORCE_LONG_ENUM(type) _enum_pad_##type = ((1ULL << 63) - 1)

/*
 * Accessors of one field of a single-word record such as seL4_MessageInfo_t: get and set by value,
 * ptr_get and ptr_set in place. Values too wide for the field are truncated.
 */
#define LIBSEL4_FIELD(type, field, shift, bits)                                              \
	LIBSEL4_INLINE_FUNC seL4_Uint64 type##_get_##field(type##_t record)                  \
	{                                                                                    \
		return (record.words[0] >> (shift)) & ((1ull << (bits)) - 1);                \
	}                                                                                    \
	LIBSEL4_INLINE_FUNC type##_t type##_set_##field(type##_t record, seL4_Uint64 value)  \
	{                                                                                    \
		seL4_Uint64 mask = ((1ull << (bits)) - 1) << (shift);                        \
                                                                                             \
		record.words[0] = (record.words[0] & ~mask) | ((value << (shift)) & mask);   \
		return record;                                                               \
	}                                                                                    \
	LIBSEL4_INLINE_FUNC seL4_Uint64 type##_ptr_get_##field(type##_t *record)             \
	{                                                                                    \
		return type##_get_##field(*record);                                          \
	}                                                                                    \
	LIBSEL4_INLINE_FUNC void type##_ptr_set_##field(type##_t *record, seL4_Uint64 value) \
	{                                                                                    \
		*record = type##_set_##field(*record, value);                                \
	}
