/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the program `memory`; memory.c runs them in this order. */
#pragma once

/* memory_adopt.c */
void contents_survive(void);
void both_sides_write(void);
void half_a_mapping(void);
void mappings_of_many_kinds(void);
void locked_and_populated(void);
void large_and_lazy(void);
void other_backings(void);
/* memory_exhaust.c */
void exhausted(void);
/* memory_use.c */
void direct_io(void);
void pinned_pages(void);
void read_by_others(void);
void forked(void);
void discarded(void);
void unmapped_while_running(void);
void protected(void);
void moved(void);
/* memory_kill.c */
void killed_in_each_phase(void);
void killed_during_adoption(void);
void killed_with_a_child(void);
