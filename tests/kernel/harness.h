/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tests are written with: named checks, objects that vanish after each test, helper
 * threads, raw system calls. The root thread runs the tests at ROOT_PRIORITY; it alone uses the
 * plain forms of the system calls and invocations with caps, because __sel4_ipc_buffer is its own.
 * Helper threads use the WithMRs forms.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sel4/sel4.h>

/* One file, one group; the functions run in order, each with a scratch untyped of its own. */
struct test_group {
	const char *name;
	void (*const *tests)(void);
};

extern const struct test_group bootinfo_group, untyped_group, cnode_group, revoke_group, tcb_group,
	ipc_group, transfer_group, notification_group, sched_group, donation_group, fastpath_group,
	fault_group, irq_group, domain_group, vspace_group, asid_group, vcpu_group, vgic_group,
	smc_group, longmsg_group, fpu_group, random_group, random_ipc_group, smp_group,
	smp_guest_group, smp_stress_group;

/* Named checks. A name is a sentence that is true of a right kernel. */
bool check(bool ok, const char *name, const char *file, int line);
bool check_equal(seL4_Word got, seL4_Word want, const char *name, const char *file, int line);

#define TRUE(name, condition) check(condition, name, __FILE__, __LINE__)
#define EQUAL(name, got, want) \
	check_equal((seL4_Word)(got), (seL4_Word)(want), name, __FILE__, __LINE__)
#define SUCCEEDS(name, error)	 EQUAL(name, error, seL4_NoError)
#define FAILS(name, error, want) EQUAL(name, error, want)

/*
 * What should be so, but is not with seL4 16.0.0 itself: a line, no failure. test_kernel.py allows the
 * bundled kernel none.
 */
#define BETTER(name, condition) better(condition, name, __FILE__, __LINE__)
bool better(bool ok, const char *name, const char *file, int line);

/* Set-up that has to work for a test to make sense; stops the whole run if it does not. */
#define REQUIRE(error) require((seL4_Word)(error), __FILE__, __LINE__)
void require(seL4_Word error, const char *file, int line);

/* Priorities. Helpers above the root thread run at once, those below when it blocks. */
#define ROOT_PRIORITY 100
#define ABOVE	      110
#define BELOW	      90

#define ROOT	     seL4_CapInitThreadCNode
#define DEPTH	     64 /* of the root CNode: its guard covers the rest */
#define SCRATCH_BITS 25

extern const seL4_BootInfo *bootinfo;
extern seL4_CPtr scratch;	/* untyped of 2^SCRATCH_BITS bytes, empty when a test starts */
extern seL4_CPtr sched_control; /* of core 0 */

/* Slots of the root CNode, all empty again when the next test starts. */
seL4_CPtr slot_new(void);
seL4_CPtr slots_new(seL4_Word count);
bool slot_is_empty(seL4_CPtr slot);

/* Objects from the scratch untyped; sizes as in seL4_Untyped_Retype. */
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
seL4_CPtr objects_new(seL4_Word type, seL4_Word size_bits, seL4_Word count);
seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr first,
		  seL4_Word count);

/* Shorthands within the root CNode. */
seL4_Error cap_copy(seL4_CPtr dest, seL4_CPtr src);
seL4_Error cap_mint(seL4_CPtr dest, seL4_CPtr src, seL4_CapRights_t rights, seL4_Word badge);
seL4_Error cap_delete(seL4_CPtr slot);
seL4_Error cap_revoke(seL4_CPtr slot);
seL4_CPtr copy_of(seL4_CPtr src);
seL4_CPtr badged(seL4_CPtr src, seL4_Word badge);
seL4_CPtr with_rights(seL4_CPtr src, seL4_CapRights_t rights);

/* A Call with any label, lengths and caps in the IPC buffer; returns the answer's label. */
seL4_Word raw_call(seL4_CPtr cap, seL4_Word label, seL4_Word caps_count, seL4_Word words_count);

/* Scheduling contexts: budget and period in microseconds. */
#define FULL_BUDGET 10000
seL4_CPtr sc_new(seL4_Time budget, seL4_Time period);

/* Maps a frame with the tables that takes; returns the kernel's answer. */
seL4_Error map_in(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word va, seL4_CapRights_t rights,
		  seL4_ARM_VMAttributes attributes);
seL4_CPtr image_frame(const void *address);
seL4_Word scratch_va(void); /* start of 16 MiB in which nothing is mapped when a test starts */

/* Helper threads: in the root task's CSpace and VSpace unless a test changes that. */
struct thread {
	seL4_CPtr tcb;
	seL4_CPtr sc;
	seL4_IPCBuffer *buffer;
	seL4_CPtr buffer_frame;
	seL4_Word stack_top;
};

typedef void (*thread_entry)(seL4_Word argument);

/* Everything but running; without a scheduling context if sc is 0. */
struct thread *thread_new(thread_entry entry, seL4_Word argument, seL4_Word priority, seL4_CPtr sc,
			  seL4_CPtr fault_endpoint);
/* The usual helper: own full scheduling context, started. */
struct thread *thread_start(thread_entry entry, seL4_Word argument, seL4_Word priority);
/* How a helper ends: blocks for good. */
void thread_park(void) __attribute__((noreturn));
/* Sets pc (and the first count registers) and, if asked, resumes. */
seL4_Error thread_set_pc(struct thread *thread, thread_entry entry, bool resume);

/* Time: the physical counter, and waiting without a system call. */
seL4_Word now(void);
seL4_Word microseconds(seL4_Word ticks);
void spin_microseconds(seL4_Word duration);
/* Blocks the root thread, so that threads below it run, for about this long. */
void sleep_microseconds(seL4_Word duration);

/* What helpers leave behind; zero when a test starts. */
#define SHARED_WORDS 32
extern volatile seL4_Word shared[SHARED_WORDS];
/* A page of its own in the image, for mappings and guests; not cleared. */
extern volatile seL4_Word shared_page[512];

/* A frame of device memory, made on first use. */
seL4_CPtr device_frame(seL4_Word paddr);

void machine_off(void) __attribute__((noreturn));
