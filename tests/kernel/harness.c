// SPDX-License-Identifier: BSD-2-Clause
/*
 * Objects, slots, mappings and threads for the kernel tests. Everything a test makes is retyped
 * from one scratch untyped; harness_reset() takes it all back, so a test starts on a clean slate
 * whatever the one before did.
 */
#include "harness_private.h"

#include <stdio.h>
#include <string.h>

const seL4_BootInfo *bootinfo;
seL4_CPtr scratch;
seL4_CPtr sched_control;
volatile seL4_Word shared[SHARED_WORDS];
volatile seL4_Word shared_page[512] __attribute__((aligned(4096)));

static seL4_CPtr first_slot, next_slot;
static seL4_CPtr parking; /* notification that nobody signals */
static seL4_CPtr reserve; /* untyped for what outlives a test */

/* Helper threads' pages lie in the image, whose frame caps the kernel hands out. */
#define THREADS_MAX 12
static uint8_t stacks[THREADS_MAX][4096] __attribute__((aligned(4096)));
static uint8_t buffers[THREADS_MAX][4096] __attribute__((aligned(4096)));
static struct thread threads[THREADS_MAX];
static unsigned int threads_count;

extern uint8_t __image_end[];

/* Slots */

seL4_CPtr slots_new(seL4_Word count)
{
	seL4_CPtr slot = next_slot;

	next_slot += count;
	return slot;
}

seL4_CPtr slot_new(void)
{
	return slots_new(1);
}

bool slot_is_empty(seL4_CPtr slot)
{
	seL4_CPtr temporary = slot_new();
	seL4_Error error = cap_copy(temporary, slot);

	cap_delete(temporary);
	return error == seL4_FailedLookup;
}

seL4_Error cap_copy(seL4_CPtr dest, seL4_CPtr src)
{
	return seL4_CNode_Copy(ROOT, dest, DEPTH, ROOT, src, DEPTH, seL4_AllRights);
}

seL4_Error cap_mint(seL4_CPtr dest, seL4_CPtr src, seL4_CapRights_t rights, seL4_Word badge)
{
	return seL4_CNode_Mint(ROOT, dest, DEPTH, ROOT, src, DEPTH, rights, badge);
}

seL4_Error cap_delete(seL4_CPtr slot)
{
	return seL4_CNode_Delete(ROOT, slot, DEPTH);
}

seL4_Error cap_revoke(seL4_CPtr slot)
{
	return seL4_CNode_Revoke(ROOT, slot, DEPTH);
}

seL4_CPtr copy_of(seL4_CPtr src)
{
	seL4_CPtr slot = slot_new();

	REQUIRE(cap_copy(slot, src));
	return slot;
}

seL4_CPtr badged(seL4_CPtr src, seL4_Word badge)
{
	seL4_CPtr slot = slot_new();

	REQUIRE(cap_mint(slot, src, seL4_AllRights, badge));
	return slot;
}

seL4_CPtr with_rights(seL4_CPtr src, seL4_CapRights_t rights)
{
	seL4_CPtr slot = slot_new();

	REQUIRE(seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, src, DEPTH, rights));
	return slot;
}

/* Objects */

seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr first,
		  seL4_Word count)
{
	return seL4_Untyped_Retype(untyped, type, size_bits, ROOT, 0, 0, first, count);
}

seL4_CPtr objects_new(seL4_Word type, seL4_Word size_bits, seL4_Word count)
{
	seL4_CPtr first = slots_new(count);

	REQUIRE(retype(scratch, type, size_bits, first, count));
	return first;
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
	return objects_new(type, size_bits, 1);
}

seL4_CPtr sc_new(seL4_Time budget, seL4_Time period)
{
	seL4_CPtr sc = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits + 1);

	REQUIRE(seL4_SchedControl_ConfigureFlags(sched_control, sc, budget, period, 0, 0, 0));
	return sc;
}

seL4_Word raw_call(seL4_CPtr cap, seL4_Word label, seL4_Word caps_count, seL4_Word words_count)
{
	return seL4_MessageInfo_get_label(
		seL4_Call(cap, seL4_MessageInfo_new(label, 0, caps_count, words_count)));
}

/* Mappings */

/* An object that outlives the test. */
seL4_CPtr harness_object_new(seL4_Word type, seL4_Word size_bits)
{
	seL4_CPtr slot = slot_new();

	REQUIRE(retype(reserve, type, size_bits, slot, 1));
	first_slot = next_slot;
	return slot;
}

static seL4_Error map_with_tables(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word va,
				  seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes,
				  bool keep)
{
	const seL4_Word type = seL4_ARM_PageTableObject;

	for (int missing = 0;; missing++) {
		seL4_Error error = seL4_ARM_Page_Map(frame, vspace, va, rights, attributes);

		if (error != seL4_FailedLookup || missing == 2)
			return error;
		error = seL4_ARM_PageTable_Map(keep ? harness_object_new(type, 0)
						    : object_new(type, 0),
					       vspace, va, attributes);
		if (error)
			return error;
	}
}

seL4_Error map_in(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word va, seL4_CapRights_t rights,
		  seL4_ARM_VMAttributes attributes)
{
	return map_with_tables(vspace, frame, va, rights, attributes, false);
}

seL4_CPtr image_frame(const void *address)
{
	seL4_Word end = ((seL4_Word)__image_end + 0xfff) & ~0xffful;
	seL4_Word frames = bootinfo->userImageFrames.end - bootinfo->userImageFrames.start;
	seL4_Word base = end - (frames << seL4_PageBits);

	return bootinfo->userImageFrames.start + (((seL4_Word)address - base) >> seL4_PageBits);
}

seL4_Word scratch_va(void)
{
	return 0x10000000;
}

/* The untyped that holds paddr; its free part must not have passed it. */
static seL4_Word untyped_of(seL4_Word paddr)
{
	seL4_Word i = 0;

	while ((paddr - bootinfo->untypedList[i].paddr) >> bootinfo->untypedList[i].sizeBits)
		i++;
	return i;
}

seL4_CPtr device_frame(seL4_Word paddr)
{
	static struct {
		seL4_Word paddr;
		seL4_CPtr cap;
	} made[4];
	static unsigned int made_count;
	seL4_Word at, u = untyped_of(paddr);
	seL4_CPtr slot;

	for (unsigned int i = 0; i < made_count; i++)
		if (made[i].paddr == paddr)
			return made[i].cap;
	/* Untypeds are handed out in address order: skip up to the page with the largest blocks. */
	for (at = bootinfo->untypedList[u].paddr; at < paddr;) {
		seL4_Word bits = (seL4_Word)__builtin_ctzl(at | 1ul << 46);

		while (at + (1ul << bits) > paddr)
			bits--;
		REQUIRE(retype(bootinfo->untyped.start + u, seL4_UntypedObject, bits, slot_new(),
			       1));
		at += 1ul << bits;
	}
	slot = slot_new();
	REQUIRE(retype(bootinfo->untyped.start + u, seL4_ARM_SmallPageObject, 0, slot, 1));
	first_slot = next_slot;
	made[made_count].paddr = paddr;
	made[made_count++].cap = slot;
	return slot;
}

seL4_Error harness_map_device(seL4_Word paddr, seL4_Word va)
{
	return map_with_tables(seL4_CapInitThreadVSpace, device_frame(paddr), va, seL4_ReadWrite, 0,
			       true);
}

/* Threads */

void thread_park(void)
{
	for (;;)
		seL4_WaitWithMRs(parking, seL4_Null, seL4_Null, seL4_Null, seL4_Null, seL4_Null);
}

seL4_Error thread_set_pc(struct thread *thread, thread_entry entry, bool resume)
{
	seL4_UserContext regs = {.pc = (seL4_Word)entry};

	regs.sp = thread->stack_top;
	return seL4_TCB_WriteRegisters(thread->tcb, resume, 0, 2, &regs);
}

struct thread *thread_new(thread_entry entry, seL4_Word argument, seL4_Word priority, seL4_CPtr sc,
			  seL4_CPtr fault_endpoint)
{
	struct thread *thread = &threads[threads_count];
	seL4_UserContext regs = {.pc = (seL4_Word)entry, .x0 = argument};

	REQUIRE(threads_count == THREADS_MAX);
	thread->tcb = object_new(seL4_TCBObject, 0);
	thread->sc = sc;
	thread->stack_top = (seL4_Word)stacks[threads_count] + sizeof(stacks[0]);
	thread->buffer = (seL4_IPCBuffer *)buffers[threads_count];
	thread->buffer_frame = image_frame(buffers[threads_count]);
	memset(thread->buffer, 0, sizeof(buffers[0]));
	threads_count++;
	REQUIRE(seL4_TCB_Configure(thread->tcb, ROOT, 0, seL4_CapInitThreadVSpace, 0,
				   (seL4_Word)thread->buffer, thread->buffer_frame));
	REQUIRE(seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, priority, priority, sc,
					fault_endpoint));
	seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
	regs.sp = thread->stack_top;
	regs.x30 = (seL4_Word)thread_park;
	REQUIRE(seL4_TCB_WriteRegisters(thread->tcb, false, 0, 17, &regs));
	return thread;
}

struct thread *thread_start(thread_entry entry, seL4_Word argument, seL4_Word priority)
{
	struct thread *thread =
		thread_new(entry, argument, priority, sc_new(FULL_BUDGET, FULL_BUDGET), 0);

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	return thread;
}

/* Time */

seL4_Word now(void)
{
	seL4_Word count;

	__asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(count) : : "memory");
	return count;
}

seL4_Word microseconds(seL4_Word ticks)
{
	seL4_Word frequency;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	return ticks / (frequency / 1000000);
}

void spin_microseconds(seL4_Word duration)
{
	seL4_Word start = now();

	while (microseconds(now() - start) < duration)
		;
}

static void timer_thread(seL4_Word notification)
{
	seL4_Yield();
	seL4_Signal(notification);
	thread_park();
}

/* A helper with a budget so small that a Yield throttles it for its period. */
void sleep_microseconds(seL4_Word duration)
{
	seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
	seL4_CPtr sc = sc_new(200, duration);
	struct thread *thread = thread_new(timer_thread, notification, ABOVE + 1, sc, 0);

	REQUIRE(seL4_TCB_Resume(thread->tcb));
	seL4_Wait(notification, seL4_Null);
	REQUIRE(seL4_TCB_Suspend(thread->tcb));
	threads_count--;
}

/* Between tests */

void harness_reset(void)
{
	REQUIRE(cap_revoke(scratch));
	for (seL4_CPtr slot = first_slot; slot < next_slot; slot++)
		REQUIRE(cap_delete(slot));
	next_slot = first_slot;
	threads_count = 0;
	seL4_SetCapReceivePath(0, 0, 0);
	for (unsigned int i = 0; i < SHARED_WORDS; i++)
		shared[i] = 0;
}

void harness_start(const seL4_BootInfo *bi)
{
	seL4_Word u = 0;

	bootinfo = bi;
	sched_control = bi->schedcontrol.start;
	next_slot = bi->empty.start;
	while (bi->untypedList[u].isDevice || bi->untypedList[u].sizeBits < SCRATCH_BITS + 1)
		u++;
	scratch = slot_new();
	REQUIRE(retype(bi->untyped.start + u, seL4_UntypedObject, SCRATCH_BITS, scratch, 1));
	reserve = slot_new();
	REQUIRE(retype(bi->untyped.start + u, seL4_UntypedObject, SCRATCH_BITS - 2, reserve, 1));
	parking = slot_new();
	REQUIRE(retype(reserve, seL4_NotificationObject, 0, parking, 1));
	first_slot = next_slot;
}
