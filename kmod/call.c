// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls to seL4, made from EL1: hvc #0 with the call's number in x7, against the CSpace that
 * the manager gave this service vCPU.
 *
 * Called by every other file. What always holds: at most four message words, so that a call touches
 * no memory; preemption is off from the moment the CPU is chosen until the reply is there, because
 * the scheduling context and the reply belong to that vCPU, and a VM's endpoint is that of the vmm's
 * thread on this CPU.
 */

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "selkie.h"

/* seL4's numbers for the system calls (libsel4, MCS). */
#define SEL4_CALL ((u64)-1)
#define SEL4_SEND ((u64)-5)

#define INFO(label, length) ((u64)(label) << 12 | (length))

static DEFINE_PER_CPU(u64, calls);

/*
 * Call: blocks this vCPU until the reply. Preemption is off; interrupts may be on: one that arrives
 * meanwhile is taken after the hvc. Returns the reply's message info.
 */
static u64 call_raw(unsigned int cptr, unsigned int label, unsigned int length,
		    struct selkie_msg *msg)
{
	register u64 x0 asm("x0") = cptr;
	register u64 x1 asm("x1") = INFO(label, length);
	register u64 x2 asm("x2") = msg->mr[0];
	register u64 x3 asm("x3") = msg->mr[1];
	register u64 x4 asm("x4") = msg->mr[2];
	register u64 x5 asm("x5") = msg->mr[3];
	register u64 x6 asm("x6") = 0;
	register u64 x7 asm("x7") = SEL4_CALL;

	/* "memory": the peer reads and writes pages that it shares with us. */
	asm volatile("hvc #0"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3), "+r" (x4), "+r" (x5), "+r" (x6)
		     : "r" (x7)
		     : "memory", "cc");
	__this_cpu_inc(calls);

	msg->mr[0] = x2;
	msg->mr[1] = x3;
	msg->mr[2] = x4;
	msg->mr[3] = x5;
	return x1;
}

static int call_errno(u64 info)
{
	u64 label = CALL_LABEL(info);

	if (label >= MAX_ERRNO)
		return -EIO;
	return -(int)label;
}

int call_manager(enum selkie_mgr_call call, unsigned int length, struct selkie_msg *msg)
{
	u64 info;

	preempt_disable();
	info = call_raw(SELKIE_CPTR_MANAGER, call, length, msg);
	preempt_enable();
	return call_errno(info);
}

int call_manager_repeat(enum selkie_mgr_call call, u64 argument)
{
	struct selkie_msg msg;
	int err;

	do {
		cond_resched();
		msg = (struct selkie_msg) { .mr = { argument } };
		err = call_manager(call, 1, &msg);
	} while (err == -EAGAIN);
	return err;
}

/* The vmm's thread on this CPU. */
static u64 call_endpoint(const struct selkie_vm *vm, enum selkie_vm_call call, unsigned int length,
			 struct selkie_msg *msg)
{
	u64 info;

	preempt_disable();
	info = call_raw(SELKIE_CPTR_VM(vm->index) + SELKIE_CPTR_VM_ENDPOINT(smp_processor_id()),
			call, length, msg);
	preempt_enable();
	return info;
}

int call_vm(const struct selkie_vm *vm, enum selkie_vm_call call, unsigned int length,
	    struct selkie_msg *msg)
{
	if (READ_ONCE(vm->dead))
		return -EIO;
	return call_errno(call_endpoint(vm, call, length, msg));
}

u64 call_run(const struct selkie_vm *vm, struct selkie_msg *msg)
{
	return call_endpoint(vm, SELKIE_VM_RUN, 3, msg);
}

/* Signal is a Send without words; it never blocks on a notification. */
void call_kick(const struct selkie_vm *vm, unsigned int cpu)
{
	register u64 x0 asm("x0") = SELKIE_CPTR_VM(vm->index) + SELKIE_CPTR_VM_NOTIFICATION(cpu);
	register u64 x1 asm("x1") = 0;
	register u64 x7 asm("x7") = SEL4_SEND;

	asm volatile("hvc #0" : "+r" (x0), "+r" (x1) : "r" (x7)
		     : "x2", "x3", "x4", "x5", "x6", "memory", "cc");
}

u64 call_count(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&calls, cpu));
	return sum;
}
