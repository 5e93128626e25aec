/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the program `api`, one list per file; api.c runs them in this order. */
#pragma once

/* api_system.c */
void system_ioctls(void);
void vm_ioctls(void);
void vm_types(void);
void capabilities(void);
/* api_slots.c */
void slots_malformed(void);
void slots_placement(void);
void slots_change(void);
void slots_contents(void);
void slots_readonly(void);
void slots_unmapped(void);
void slots_too_large(void);
void slots_count(void);
void slots_dirty_log(void);
/* api_vcpu.c */
void vcpu_creation(void);
void vcpu_initialisation(void);
void vcpu_run_page(void);
void vcpu_mp_state(void);
void vcpu_interruptions(void);
void vcpu_signal_mask(void);
/* api_regs.c */
void registers_list(void);
void registers_own_values(void);
void registers_malformed(void);
void registers_hold(void);
/* api_gic.c */
void gic_creation(void);
void gic_addresses(void);
void gic_configuration(void);
void gic_registers(void);
/* api_irq.c */
void irq_lines(void);
void irq_fds(void);
void irq_routing(void);
void ioeventfds_malformed(void);
void ioeventfds_match(void);
void ioeventfds_many(void);
/* api_life.c */
void life_closing_orders(void);
void life_duplicates(void);
void life_fork(void);
void life_two_threads(void);
void life_close_while_running(void);
void life_many_vms(void);
