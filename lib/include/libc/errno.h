/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's error numbers, as far as native code returns them (negated); bare-metal builds only. They
 * cross to the service VM unchanged, so the values are Linux's (asm-generic/errno*.h).
 */
#pragma once

#define EPERM	   1
#define ENOENT	   2
#define EINTR	   4
#define EIO	   5
#define ENXIO	   6
#define E2BIG	   7
#define ENOEXEC	   8
#define EAGAIN	   11
#define ENOMEM	   12
#define EACCES	   13
#define EFAULT	   14
#define EBUSY	   16
#define EEXIST	   17
#define ENODEV	   19
#define EINVAL	   22
#define EFBIG	   27
#define ENOSPC	   28
#define ERANGE	   34
#define ENOSYS	   38
#define EOVERFLOW  75
#define EOPNOTSUPP 95
