/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP between a program in a guest and its peer in the service VM: whole messages, and a server
 * with a process per connection. load.c and tests/soak/work.c use it; what failed is in errno, and
 * each says it in its own way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connected and without Nagle's delay, or -1. */
int net_connect(const char *address, uint16_t port);

/* Answers every connection by serve() in a process of its own; returns only where it cannot. */
void net_serve(uint16_t port, void (*serve)(int fd));

bool net_write(int fd, const void *data, size_t size);

/* False at the end of the stream (errno 0), too. */
bool net_read(int fd, void *data, size_t size);
