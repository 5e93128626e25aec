/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the program `guest`, and what they share; guest.c runs them in this order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vm;

/* guest_exit.c */
void unmapped_fetch(void);
void undefined_instructions(void);
void mmio_holes(void);
void mmio_sizes(void);
void mmio_without_syndrome(void);
void bad_exception_vectors(void);
void bad_translation_tables(void);
void trapped_registers(void);
void set_way_maintenance(void);
void modified_code(void);
/* guest_calls.c */
void hypercall_numbers(void);
void hypercall_system_calls(void);
void monitor_calls(void);
void psci_numbers(void);
void psci_processors(void);
void psci_system(void);
/* guest_time.c */
void waiting(void);
void waiting_for_events(void);
void physical_timer(void);
void physical_timer_for_ever(void);
void both_timers(void);
/* guest_events.c */
void doorbell_flood(void);
void gic_wild_reads(void);
void gic_wild_writes(void);
void gic_random(void);
void interrupt_wakes(void);
void interrupt_flood(void);
void sgi_storm(void);

/* Runs until the guest is done or something else happens. 0, -errno, or the exit reason. */
int guest_finish(struct vm *vm, int vcpu);
/* One check: a program with these arguments comes to its end. */
bool guest_does(struct vm *vm, unsigned int program, uint64_t arg0, uint64_t arg1,
		const char *what);
/* What the guest wrote to PORT_DONE. */
uint64_t guest_result(const struct vm *vm, int vcpu);
/* One check: another guest, on this system, still runs. */
void guest_other_goes_on(void);
