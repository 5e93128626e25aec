/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls. Each is one svc: number in x7, destination or source in x0 (which comes back as
 * the badge), message info in x1, the first four words in x2-x5, the reply object in x6, the
 * destination of NBSendRecv in x8. The plain forms take words 0-3 from the IPC buffer and put them
 * back there; the WithMRs forms keep them in the caller's variables, any of which may be null.
 */
#pragma once

#include <sel4/functions.h>

/* Four primitives, by which registers go in and come out. mr[] is words 0 to 3. */

LIBSEL4_INLINE_FUNC void libsel4_send(seL4_Word number, seL4_Word dest, seL4_MessageInfo_t info,
				      const seL4_Word mr[4])
{
	register seL4_Word x0 __asm__("x0") = dest;
	register seL4_Word x1 __asm__("x1") = info.words[0];
	register seL4_Word x2 __asm__("x2") = mr[0];
	register seL4_Word x3 __asm__("x3") = mr[1];
	register seL4_Word x4 __asm__("x4") = mr[2];
	register seL4_Word x5 __asm__("x5") = mr[3];
	register seL4_Word x7 __asm__("x7") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
			 : "r"(x7)
			 : "memory");
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t libsel4_recv(seL4_Word number, seL4_Word src,
						    seL4_CPtr reply, seL4_Word *badge,
						    seL4_Word mr[4])
{
	register seL4_Word x0 __asm__("x0") = src;
	register seL4_Word x1 __asm__("x1");
	register seL4_Word x2 __asm__("x2");
	register seL4_Word x3 __asm__("x3");
	register seL4_Word x4 __asm__("x4");
	register seL4_Word x5 __asm__("x5");
	register seL4_Word x6 __asm__("x6") = reply;
	register seL4_Word x7 __asm__("x7") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "=r"(x1), "=r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)
			 : "r"(x6), "r"(x7)
			 : "memory");
	mr[0] = x2;
	mr[1] = x3;
	mr[2] = x4;
	mr[3] = x5;
	if (badge)
		*badge = x0;
	return (seL4_MessageInfo_t){{x1}};
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t libsel4_exchange(seL4_Word number, seL4_Word cap,
							seL4_MessageInfo_t info, seL4_CPtr reply,
							seL4_Word *badge, seL4_Word mr[4])
{
	register seL4_Word x0 __asm__("x0") = cap;
	register seL4_Word x1 __asm__("x1") = info.words[0];
	register seL4_Word x2 __asm__("x2") = mr[0];
	register seL4_Word x3 __asm__("x3") = mr[1];
	register seL4_Word x4 __asm__("x4") = mr[2];
	register seL4_Word x5 __asm__("x5") = mr[3];
	register seL4_Word x6 __asm__("x6") = reply;
	register seL4_Word x7 __asm__("x7") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
			 : "r"(x6), "r"(x7)
			 : "memory");
	mr[0] = x2;
	mr[1] = x3;
	mr[2] = x4;
	mr[3] = x5;
	if (badge)
		*badge = x0;
	return (seL4_MessageInfo_t){{x1}};
}

/* The combined non-blocking send and receive: x6 and x8 are its second and third cap. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t libsel4_nbsend_recv(seL4_Word number, seL4_CPtr src,
							   seL4_MessageInfo_t info, seL4_CPtr in_x6,
							   seL4_CPtr in_x8, seL4_Word *badge,
							   seL4_Word mr[4])
{
	register seL4_Word x8 __asm__("x8") = in_x8;
	register seL4_Word x0 __asm__("x0") = src;
	register seL4_Word x1 __asm__("x1") = info.words[0];
	register seL4_Word x2 __asm__("x2") = mr[0];
	register seL4_Word x3 __asm__("x3") = mr[1];
	register seL4_Word x4 __asm__("x4") = mr[2];
	register seL4_Word x5 __asm__("x5") = mr[3];
	register seL4_Word x6 __asm__("x6") = in_x6;
	register seL4_Word x7 __asm__("x7") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
			 : "r"(x6), "r"(x7), "r"(x8)
			 : "memory");
	mr[0] = x2;
	mr[1] = x3;
	mr[2] = x4;
	mr[3] = x5;
	if (badge)
		*badge = x0;
	return (seL4_MessageInfo_t){{x1}};
}

/* Words 0 to 3 between a call and the IPC buffer, or the caller's variables. */

#define LIBSEL4_BUFFER_MRS                                                 \
	{                                                                  \
		seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3) \
	}

LIBSEL4_INLINE_FUNC void libsel4_keep_mrs(const seL4_Word mr[4])
{
	for (int i = 0; i < 4; i++)
		seL4_SetMR(i, mr[i]);
}

/* A word beyond the message's length is not read: its variable may be uninitialised. */
#define LIBSEL4_CALLER_MRS(info)                                               \
	{                                                                      \
		libsel4_word(info, 0, mr0), libsel4_word(info, 1, mr1),        \
			libsel4_word(info, 2, mr2), libsel4_word(info, 3, mr3) \
	}

LIBSEL4_INLINE_FUNC seL4_Word libsel4_word(seL4_MessageInfo_t info, seL4_Word i,
					   const seL4_Word *mr)
{
	return mr && seL4_MessageInfo_get_length(info) > i ? *mr : 0;
}

LIBSEL4_INLINE_FUNC void libsel4_return_mrs(const seL4_Word mr[4], seL4_Word *mr0, seL4_Word *mr1,
					    seL4_Word *mr2, seL4_Word *mr3)
{
	if (mr0)
		*mr0 = mr[0];
	if (mr1)
		*mr1 = mr[1];
	if (mr2)
		*mr2 = mr[2];
	if (mr3)
		*mr3 = mr[3];
}

/* Sending */

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
	libsel4_send(seL4_SysSend, dest, msgInfo, (seL4_Word[4])LIBSEL4_BUFFER_MRS);
}

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
					  seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
					  seL4_Word *mr3)
{
	libsel4_send(seL4_SysSend, dest, msgInfo, (seL4_Word[4])LIBSEL4_CALLER_MRS(msgInfo));
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
	libsel4_send(seL4_SysNBSend, dest, msgInfo, (seL4_Word[4])LIBSEL4_BUFFER_MRS);
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
					    seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
					    seL4_Word *mr3)
{
	libsel4_send(seL4_SysNBSend, dest, msgInfo, (seL4_Word[4])LIBSEL4_CALLER_MRS(msgInfo));
}

/* A send of an empty message: no message register is loaded at all. */
LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
	register seL4_Word x0 __asm__("x0") = dest;
	register seL4_Word x1 __asm__("x1") = 0;
	register seL4_Word x7 __asm__("x7") = seL4_SysSend;

	__asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x7) : "memory");
}

/* Receiving: on endpoints with a reply object (Recv), without one (Wait), without blocking (NB). */

#define LIBSEL4_RECEIVE(name, number, params, reply)                                    \
	LIBSEL4_INLINE_FUNC seL4_MessageInfo_t name params                              \
	{                                                                               \
		seL4_Word mr[4];                                                        \
		seL4_MessageInfo_t info = libsel4_recv(number, src, reply, sender, mr); \
                                                                                        \
		libsel4_keep_mrs(mr);                                                   \
		return info;                                                            \
	}

#define LIBSEL4_RECEIVE_MRS(name, number, params, reply)                                \
	LIBSEL4_INLINE_FUNC seL4_MessageInfo_t name params                              \
	{                                                                               \
		seL4_Word mr[4];                                                        \
		seL4_MessageInfo_t info = libsel4_recv(number, src, reply, sender, mr); \
                                                                                        \
		libsel4_return_mrs(mr, mr0, mr1, mr2, mr3);                             \
		return info;                                                            \
	}

LIBSEL4_RECEIVE(seL4_Recv, seL4_SysRecv, (seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply), reply)
LIBSEL4_RECEIVE(seL4_NBRecv, seL4_SysNBRecv, (seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply),
		reply)
LIBSEL4_RECEIVE(seL4_Wait, seL4_SysWait, (seL4_CPtr src, seL4_Word *sender), 0)
LIBSEL4_RECEIVE(seL4_NBWait, seL4_SysNBWait, (seL4_CPtr src, seL4_Word *sender), 0)
LIBSEL4_RECEIVE(seL4_Poll, seL4_SysNBWait, (seL4_CPtr src, seL4_Word *sender), 0)
LIBSEL4_RECEIVE_MRS(seL4_RecvWithMRs, seL4_SysRecv,
		    (seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply, seL4_Word *mr0,
		     seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3),
		    reply)
LIBSEL4_RECEIVE_MRS(seL4_WaitWithMRs, seL4_SysWait,
		    (seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
		     seL4_Word *mr2, seL4_Word *mr3),
		    0)

/* Sending and receiving in one entry to the kernel */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
	seL4_Word mr[4] = LIBSEL4_BUFFER_MRS;
	seL4_MessageInfo_t info = libsel4_exchange(seL4_SysCall, dest, msgInfo, 0, seL4_Null, mr);

	libsel4_keep_mrs(mr);
	return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
							seL4_Word *mr0, seL4_Word *mr1,
							seL4_Word *mr2, seL4_Word *mr3)
{
	seL4_Word mr[4] = LIBSEL4_CALLER_MRS(msgInfo);
	seL4_MessageInfo_t info = libsel4_exchange(seL4_SysCall, dest, msgInfo, 0, seL4_Null, mr);

	libsel4_return_mrs(mr, mr0, mr1, mr2, mr3);
	return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
						      seL4_Word *sender, seL4_CPtr reply)
{
	seL4_Word mr[4] = LIBSEL4_BUFFER_MRS;
	seL4_MessageInfo_t info =
		libsel4_exchange(seL4_SysReplyRecv, src, msgInfo, reply, sender, mr);

	libsel4_keep_mrs(mr);
	return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src,
							     seL4_MessageInfo_t msgInfo,
							     seL4_Word *sender, seL4_Word *mr0,
							     seL4_Word *mr1, seL4_Word *mr2,
							     seL4_Word *mr3, seL4_CPtr reply)
{
	seL4_Word mr[4] = LIBSEL4_CALLER_MRS(msgInfo);
	seL4_MessageInfo_t info =
		libsel4_exchange(seL4_SysReplyRecv, src, msgInfo, reply, sender, mr);

	libsel4_return_mrs(mr, mr0, mr1, mr2, mr3);
	return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
						       seL4_CPtr src, seL4_Word *sender,
						       seL4_CPtr reply)
{
	seL4_Word mr[4] = LIBSEL4_BUFFER_MRS;
	seL4_MessageInfo_t info =
		libsel4_nbsend_recv(seL4_SysNBSendRecv, src, msgInfo, reply, dest, sender, mr);

	libsel4_keep_mrs(mr);
	return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecvWithMRs(
	seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src, seL4_Word *sender,
	seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
	seL4_Word mr[4] = LIBSEL4_CALLER_MRS(msgInfo);
	seL4_MessageInfo_t info =
		libsel4_nbsend_recv(seL4_SysNBSendRecv, src, msgInfo, reply, dest, sender, mr);

	libsel4_return_mrs(mr, mr0, mr1, mr2, mr3);
	return info;
}

/* Has no reply object to name, so the destination takes its register. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
						       seL4_CPtr src, seL4_Word *sender)
{
	seL4_Word mr[4] = LIBSEL4_BUFFER_MRS;
	seL4_MessageInfo_t info =
		libsel4_nbsend_recv(seL4_SysNBSendWait, src, msgInfo, dest, 0, sender, mr);

	libsel4_keep_mrs(mr);
	return info;
}

/* The SDK 2.3.0's function of this name sends to the null cap: portable code keeps off it. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest,
							      seL4_MessageInfo_t msgInfo,
							      seL4_CPtr src, seL4_Word *sender,
							      seL4_Word *mr0, seL4_Word *mr1,
							      seL4_Word *mr2, seL4_Word *mr3)
{
	seL4_Word mr[4] = LIBSEL4_CALLER_MRS(msgInfo);
	seL4_MessageInfo_t info =
		libsel4_nbsend_recv(seL4_SysNBSendWait, src, msgInfo, dest, 0, sender, mr);

	libsel4_return_mrs(mr, mr0, mr1, mr2, mr3);
	return info;
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
	register seL4_Word x7 __asm__("x7") = seL4_SysYield;

	__asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
	libsel4_exchange(seL4_SysDebugPutChar, (seL4_Word)c, seL4_MessageInfo_new(0, 0, 0, 0), 0,
			 seL4_Null, (seL4_Word[4]){0});
}

LIBSEL4_INLINE_FUNC void seL4_DebugPutString(char *str)
{
	while (*str)
		seL4_DebugPutChar(*str++);
}

LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
	libsel4_exchange(seL4_SysDebugDumpScheduler, 0, seL4_MessageInfo_new(0, 0, 0, 0), 0,
			 seL4_Null, (seL4_Word[4]){0});
}
#endif
