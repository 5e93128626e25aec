// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts into a VM: lines and pulses as bits in its VM page, KVM_IRQ_LINE, GSI routing.
 *
 * Called from ioctls and, for irqfds, from eventfd wake-ups with interrupts off: nothing here
 * sleeps but the routing ioctl. What always holds: the bits of a change are set before irq_any, and
 * irq_any before anybody is woken or signalled, so the vmm's next RUN finds them; the module never
 * waits for the vmm.
 */

#include <linux/bitops.h>
#include <linux/kvm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "selkie.h"

#define IRQ_GSI_NONE 0 /* no SPI has INTID 0 */

struct selkie_routes {
	struct rcu_head rcu;
	u16 intid[SELKIE_GSI_MAX];
};

bool irq_pending(const struct selkie_vm *vm)
{
	return READ_ONCE(vm->page->irq_any) & SELKIE_IRQ_WAKE;
}

/* Tells whoever runs a vCPU that there is an interrupt for it. */
static void irq_wake(struct selkie_vm *vm, unsigned int id)
{
	struct selkie_vcpu *vcpu = vm_vcpu(vm, id);
	int cpu;

	if (!vcpu)
		return;
	rcuwait_wake_up(&vcpu->wait);
	/* Inside RUN on another CPU: on this one nobody can be. */
	cpu = READ_ONCE(vcpu->cpu);
	if (cpu >= 0) {
		atomic64_inc(&vm->kick_count);
		call_kick(vm, cpu);
	}
}

/*
 * Says that there are bits to take. A line that goes down makes no interrupt: nobody is woken for it,
 * the vmm looks when the next RUN begins or an interrupt ends.
 */
static void irq_announce(struct selkie_vm *vm, bool up)
{
	atomic64_inc(&vm->irq_count);
	/*
	 * Fully ordered: the bits before irq_any, for the vmm, which exchanges it first; irq_any
	 * before the looks at irq_target, which the vmm writes before it looks at irq_any, and at
	 * vcpu->cpu, which run_enter sets before the vmm looks at irq_any.
	 */
	atomic_fetch_or(SELKIE_IRQ_LOOK | (up ? SELKIE_IRQ_WAKE : 0),
			(atomic_t *)&vm->page->irq_any);
}

int irq_set_line(struct selkie_vm *vm, u32 intid, bool level)
{
	struct selkie_vm_page *page = vm->page;

	if (intid < SELKIE_INTID_PRIVATE || intid >= READ_ONCE(vm->gic.irq_count))
		return -EINVAL;
	assign_bit(intid, (unsigned long *)page->irq_level, level);
	if (level)
		set_bit(intid, (unsigned long *)page->irq_rise);
	/* Orders the level before the bit that makes the vmm read it. */
	smp_mb__before_atomic();
	set_bit(intid, (unsigned long *)page->irq_changed);
	irq_announce(vm, level);
	if (level)
		irq_wake(vm, READ_ONCE(page->irq_target[intid]));
	return 0;
}

static void irq_set_private(struct selkie_vm *vm, unsigned int vcpu, u32 intid, bool level)
{
	atomic_t *level_word = (atomic_t *)&vm->page->ppi_level[vcpu];
	atomic_t *changed_word = (atomic_t *)&vm->page->ppi_changed[vcpu];

	if (level)
		atomic_or(BIT(intid), level_word);
	else
		atomic_andnot(BIT(intid), level_word);
	/* As in irq_set_line. */
	smp_mb__before_atomic();
	atomic_or(BIT(intid), changed_word);
	irq_announce(vm, level);
	if (level)
		irq_wake(vm, vcpu);
}

static u32 irq_route(struct selkie_vm *vm, u32 gsi)
{
	struct selkie_routes *routes;
	u32 intid = IRQ_GSI_NONE;

	rcu_read_lock();
	routes = rcu_dereference(vm->routes);
	if (gsi < SELKIE_GSI_MAX)
		intid = routes ? routes->intid[gsi] : gsi + SELKIE_INTID_PRIVATE;
	rcu_read_unlock();
	return intid;
}

/* An irqfd's eventfd was signalled. */
int irq_pulse_gsi(struct selkie_vm *vm, u32 gsi)
{
	u32 intid = irq_route(vm, gsi);

	if (intid < SELKIE_INTID_PRIVATE || intid >= READ_ONCE(vm->gic.irq_count))
		return -EINVAL;
	set_bit(intid, (unsigned long *)vm->page->irq_pulse);
	irq_announce(vm, true);
	irq_wake(vm, READ_ONCE(vm->page->irq_target[intid]));
	return 0;
}

static int irq_ensure_gic(struct selkie_vm *vm)
{
	int err = 0;

	if (!READ_ONCE(vm->gic.present))
		return -ENXIO;
	/* The first interrupt initialises a GIC that nobody did, as in Linux's KVM. */
	if (!READ_ONCE(vm->gic.ready)) {
		mutex_lock(&vm->lock);
		err = gic_make_ready(vm);
		mutex_unlock(&vm->lock);
	}
	return err;
}

/*
 * A rising line from user space. The thread of a parked vCPU goes on before this one, if they share a
 * CPU: its guest waits for this interrupt and nothing else, and will soon have rung its next doorbell,
 * which whoever raised the interrupt finds when it looks, instead of going to sleep and being woken
 * again. Nothing is waited for: yield() only puts this thread's turn behind the others'; so it must
 * be the only one that had a turn, or a third would go first.
 */
static int irq_raise(struct selkie_vm *vm, u32 intid)
{
	bool alone = single_task_running();
	int err = irq_set_line(vm, intid, true);
	struct selkie_vcpu *vcpu;

	if (err || !alone)
		return err;
	vcpu = vm_vcpu(vm, READ_ONCE(vm->page->irq_target[intid]));
	if (vcpu && READ_ONCE(vcpu->parked) == raw_smp_processor_id())
		yield();
	return 0;
}

/* KVM_IRQ_LINE: irq = vCPU 2 << 28 | type << 24 | vCPU << 16 | number. */
int irq_line_ioctl(struct selkie_vm *vm, const struct kvm_irq_level *line)
{
	unsigned int type = line->irq >> KVM_ARM_IRQ_TYPE_SHIFT & KVM_ARM_IRQ_TYPE_MASK;
	unsigned int number = line->irq >> KVM_ARM_IRQ_NUM_SHIFT & KVM_ARM_IRQ_NUM_MASK;
	unsigned int vcpu = line->irq >> KVM_ARM_IRQ_VCPU_SHIFT & KVM_ARM_IRQ_VCPU_MASK;
	int err;

	vcpu += (line->irq >> KVM_ARM_IRQ_VCPU2_SHIFT & KVM_ARM_IRQ_VCPU2_MASK) *
		(KVM_ARM_IRQ_VCPU_MASK + 1);
	switch (type) {
	case KVM_ARM_IRQ_TYPE_SPI:
		err = irq_ensure_gic(vm);
		if (err)
			return err;
		return line->level ? irq_raise(vm, number) : irq_set_line(vm, number, false);
	case KVM_ARM_IRQ_TYPE_PPI:
		err = irq_ensure_gic(vm);
		if (err)
			return err;
		if (!vm_vcpu(vm, vcpu) || number < 16 || number >= SELKIE_INTID_PRIVATE)
			return -EINVAL;
		irq_set_private(vm, vcpu, number, line->level);
		return 0;
	case KVM_ARM_IRQ_TYPE_CPU:
		/* Lines past a GIC in user space: guests here always use the one in the vmm. */
		return -ENXIO;
	default:
		return -EINVAL;
	}
}

static int irq_add_route(struct selkie_routes *routes, const struct kvm_irq_routing_entry *entry)
{
	if (entry->gsi >= SELKIE_GSI_MAX || entry->flags ||
	    entry->type != KVM_IRQ_ROUTING_IRQCHIP || entry->u.irqchip.irqchip ||
	    entry->u.irqchip.pin >= SELKIE_INTID_MAX - SELKIE_INTID_PRIVATE)
		return -EINVAL;
	if (routes->intid[entry->gsi] != IRQ_GSI_NONE)
		return -EINVAL;
	routes->intid[entry->gsi] = entry->u.irqchip.pin + SELKIE_INTID_PRIVATE;
	return 0;
}

int irq_set_routing(struct selkie_vm *vm, const struct kvm_irq_routing *routing,
		    const struct kvm_irq_routing_entry __user *entries)
{
	struct kvm_irq_routing_entry entry;
	struct selkie_routes *routes, *old;
	u32 i;
	int err;

	if (routing->flags || routing->nr > SELKIE_GSI_MAX)
		return -EINVAL;
	routes = kvzalloc(sizeof(*routes), GFP_KERNEL_ACCOUNT);
	if (!routes)
		return -ENOMEM;
	for (i = 0; i < routing->nr; i++) {
		err = -EFAULT;
		if (!copy_from_user(&entry, entries + i, sizeof(entry)))
			err = irq_add_route(routes, &entry);
		if (err) {
			kvfree(routes);
			return err;
		}
	}
	mutex_lock(&vm->lock);
	old = rcu_replace_pointer(vm->routes, routes, lockdep_is_held(&vm->lock));
	mutex_unlock(&vm->lock);
	kvfree_rcu(old, rcu);
	return 0;
}

/* Nobody else knows the VM any more. */
void irq_release(struct selkie_vm *vm)
{
	kvfree(rcu_dereference_protected(vm->routes, true));
}
