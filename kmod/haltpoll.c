// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polling before sleep. A vCPU's thread whose guest waits looks for the end of the wait before it
 * sleeps, as in Linux's KVM, as long as experience says that it pays: longer after waits that
 * polling would have caught, not at all after much longer ones. Sleeping is dear with several CPUs:
 * the CPU's WFI leaves the service VM, and whoever wakes the thread does so by an interrupt to
 * another CPU, which leaves it on both sides.
 *
 * On one CPU nobody else could end a wait: nothing is polled.
 */

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <asm/arch_timer.h>

#include "selkie.h"

#define HALTPOLL_MIN_US 10
#define HALTPOLL_MAX_US 2000

bool haltpoll_wait(struct selkie_vcpu *vcpu, bool (*woken)(struct selkie_vcpu *vcpu), u64 deadline)
{
	u64 end = min(__arch_counter_get_cntvct() + vcpu->poll_limit, deadline);

	if (nr_cpu_ids == 1)
		return false;
	while (__arch_counter_get_cntvct() < end) {
		if (woken(vcpu))
			return true;
		if (need_resched() || signal_pending(current) || !single_task_running())
			break;
		cpu_relax();
	}
	return false;
}

void haltpoll_note(struct selkie_vcpu *vcpu, u64 begin)
{
	u64 waited = __arch_counter_get_cntvct() - begin;
	u64 max = ticks_from_us(HALTPOLL_MAX_US);

	if (waited > max)
		vcpu->poll_limit = 0;
	else if (waited > vcpu->poll_limit)
		vcpu->poll_limit = clamp(vcpu->poll_limit * 2, ticks_from_us(HALTPOLL_MIN_US), max);
}
