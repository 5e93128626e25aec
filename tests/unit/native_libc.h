/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything by native_libc.c and the sources it tests: native code's C functions
 * get names of their own, declared here, so that they do not replace the host's.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*stdout_write_t)(const char *text, size_t length);
#define STDOUT_LINE_MAX 256

void *own_memcpy(void *restrict to, const void *restrict from, size_t size);
void *own_memmove(void *to, const void *from, size_t size);
void *own_memset(void *to, int byte, size_t size);
int own_memcmp(const void *a, const void *b, size_t size);
void *own_memchr(const void *data, int byte, size_t size);
size_t own_strlen(const char *s);
size_t own_strnlen(const char *s, size_t limit);
int own_strcmp(const char *a, const char *b);
int own_strncmp(const char *a, const char *b, size_t limit);
char *own_strchr(const char *s, int c);
char *own_strrchr(const char *s, int c);
_Noreturn void own_abort(void);
int own_vsnprintf(char *buffer, size_t size, const char *format, va_list args);
int own_snprintf(char *buffer, size_t size, const char *format, ...);
void own_stdout_set(stdout_write_t write);
int own_printf(const char *format, ...);

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strrchr own_strrchr
#define abort own_abort
#define vsnprintf own_vsnprintf
#define snprintf own_snprintf
#define stdout_set own_stdout_set
#define printf own_printf
#define __stack_chk_guard own_stack_chk_guard
#define __stack_chk_fail own_stack_chk_fail
