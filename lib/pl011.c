// SPDX-License-Identifier: BSD-2-Clause
/*
 * PL011 output. The device is driven as it was found: no baud rate, no line control.
 */
#include "pl011.h"

#include <stdint.h>

/* Register offsets and bits: Arm DDI 0183 chapter 3. */
#define UARTDR		0x000
#define UARTFR		0x018
#define UARTFR_BUSY	(1u << 3)
#define UARTFR_TXFF	(1u << 5)
#define UART_PERIPH_ID0 0xfe0
#define UART_PERIPH_ID1 0xfe4
#define UART_PART	0x011
#define UART_PCELL_ID	0xff0
#define PRIMECELL_ID	0xb105f00d

/* Long enough for a FIFO to drain at 9600 baud, short enough not to hang on a dead device. */
#define WAIT_LIMIT 10000000u

static uint32_t pl011_read(volatile void *base, uintptr_t offset)
{
	return *(volatile uint32_t *)((uintptr_t)base + offset);
}

static void pl011_wait(volatile void *base, uint32_t flag)
{
	for (unsigned int i = 0; i < WAIT_LIMIT && (pl011_read(base, UARTFR) & flag); i++)
		;
}

bool pl011_probe(volatile void *base)
{
	uint32_t part = (pl011_read(base, UART_PERIPH_ID0) & 0xff) |
			(pl011_read(base, UART_PERIPH_ID1) & 0xf) << 8;
	uint32_t id = 0;

	for (unsigned int i = 0; i < 4; i++)
		id |= (pl011_read(base, UART_PCELL_ID + 4 * i) & 0xff) << (8 * i);
	return part == UART_PART && id == PRIMECELL_ID;
}

static void pl011_put(volatile void *base, char c)
{
	pl011_wait(base, UARTFR_TXFF);
	*(volatile uint32_t *)((uintptr_t)base + UARTDR) = (uint8_t)c;
}

void pl011_write(volatile void *base, const char *text, size_t length)
{
	for (; length; length--, text++) {
		if (*text == '\n')
			pl011_put(base, '\r');
		pl011_put(base, *text);
	}
}

void pl011_drain(volatile void *base)
{
	pl011_wait(base, UARTFR_BUSY);
}
