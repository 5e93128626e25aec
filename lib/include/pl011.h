/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Polled output on an Arm PL011 UART (Arm DDI 0183) that firmware or QEMU has set up.
 *
 * Used by the loader and by the manager, each with the UART's page wherever it has it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the PrimeCell identification of a PL011 is at base (section 3.3.15 ff). */
bool pl011_probe(volatile void *base);

/* Writes text; a line feed becomes CR LF. Waits while the FIFO is full, but never for ever. */
void pl011_write(volatile void *base, const char *text, size_t length);

/* Waits, but never for ever, until everything has left the UART. */
void pl011_drain(volatile void *base);
