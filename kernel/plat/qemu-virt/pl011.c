// SPDX-License-Identifier: BSD-2-Clause
/*
 * Output through the board's PL011. The kernel writes characters and nothing else: whoever runs at
 * user level owns the device and its set-up, so a transmitter that is off is left off.
 */
#include <arch/devices.h>

#include "arch.h"

/* PrimeCell UART (PL011) TRM, DDI 0183, section 3.2 */
#define UARTDR	    0x00
#define UARTFR	    0x18
#define UARTFR_TXFF (1u << 5)

/* A full FIFO drains within this many polls at any usable baud rate; never hang the kernel on it.
 */
#define POLL_LIMIT 1000000

void plat_putchar(char c)
{
	volatile u8 *uart = (volatile u8 *)DEVICE_UART;

	for (int i = 0; i < POLL_LIMIT; i++)
		if (!(*(volatile u32 *)(uart + UARTFR) & UARTFR_TXFF))
			break;
	*(volatile u32 *)(uart + UARTDR) = (u8)c;
}
