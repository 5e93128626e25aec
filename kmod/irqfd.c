// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqfds: an eventfd whose signal is an interrupt of a VM.
 *
 * Called by vm.c and by eventfd wake-ups. What always holds: an irqfd is on its VM's list exactly
 * as long as it is active; the one who takes it off the list, under vm->irqfd_lock, queues its
 * shutdown, which alone frees it; all shutdowns are over before the VM's file is closed.
 * vm->irqfd_mutex keeps a deassign from an irqfd that is on the list but not on the wait queue yet.
 */

#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "selkie.h"

struct irqfd {
	struct list_head node;
	struct selkie_vm *vm;
	struct eventfd_ctx *eventfd;
	u32 gsi;
	wait_queue_entry_t wait;
	poll_table table;
	struct work_struct shutdown;
};

static struct workqueue_struct *irqfd_queue;

static void irqfd_shutdown(struct work_struct *work)
{
	struct irqfd *irqfd = container_of(work, struct irqfd, shutdown);
	u64 count;

	/* After this no wake-up runs or will run. */
	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static void irqfd_deactivate(struct irqfd *irqfd)
{
	lockdep_assert_held(&irqfd->vm->irqfd_lock);
	list_del_init(&irqfd->node);
	queue_work(irqfd_queue, &irqfd->shutdown);
}

/* With the eventfd's wait queue locked and interrupts off. */
static int irqfd_wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	struct selkie_vm *vm = irqfd->vm;
	__poll_t flags = key_to_poll(key);
	unsigned long irqflags;
	u64 count;

	if (flags & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		irq_pulse_gsi(vm, irqfd->gsi);
	}
	/* The eventfd goes away: whoever comes first, this or a deassign, ends the irqfd. */
	if (flags & EPOLLHUP) {
		spin_lock_irqsave(&vm->irqfd_lock, irqflags);
		if (!list_empty(&irqfd->node))
			irqfd_deactivate(irqfd);
		spin_unlock_irqrestore(&vm->irqfd_lock, irqflags);
	}
	return 0;
}

static void irqfd_enqueue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct irqfd *irqfd = container_of(table, struct irqfd, table);

	add_wait_queue_priority(head, &irqfd->wait);
}

static bool irqfd_add(struct irqfd *irqfd)
{
	struct selkie_vm *vm = irqfd->vm;
	struct irqfd *other;
	bool unique = true;

	spin_lock_irq(&vm->irqfd_lock);
	list_for_each_entry(other, &vm->irqfds, node)
		if (other->eventfd == irqfd->eventfd)
			unique = false;
	if (unique)
		list_add_tail(&irqfd->node, &vm->irqfds);
	spin_unlock_irq(&vm->irqfd_lock);
	return unique;
}

static int irqfd_attach(struct irqfd *irqfd, struct file *file)
{
	irqfd->eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(irqfd->eventfd))
		return PTR_ERR(irqfd->eventfd);
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wakeup);
	init_poll_funcptr(&irqfd->table, irqfd_enqueue);
	if (!irqfd_add(irqfd)) {
		eventfd_ctx_put(irqfd->eventfd);
		return -EBUSY;
	}
	/* What was signalled before counts too. The file is held, so it cannot hang up under us. */
	if (vfs_poll(file, &irqfd->table) & EPOLLIN)
		irq_pulse_gsi(irqfd->vm, irqfd->gsi);
	return 0;
}

static int irqfd_assign(struct selkie_vm *vm, const struct kvm_irqfd *args)
{
	struct irqfd *irqfd;
	struct file *file;
	int err;

	if (!READ_ONCE(vm->gic.ready))
		return -EAGAIN;
	file = fget(args->fd);
	if (!file)
		return -EBADF;
	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (!irqfd) {
		fput(file);
		return -ENOMEM;
	}
	irqfd->vm = vm;
	irqfd->gsi = args->gsi;
	INIT_LIST_HEAD(&irqfd->node);
	INIT_WORK(&irqfd->shutdown, irqfd_shutdown);
	err = irqfd_attach(irqfd, file);
	if (err)
		kfree(irqfd);
	fput(file);
	return err;
}

static int irqfd_deassign(struct selkie_vm *vm, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct irqfd *irqfd, *next;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	spin_lock_irq(&vm->irqfd_lock);
	list_for_each_entry_safe(irqfd, next, &vm->irqfds, node)
		if (irqfd->eventfd == eventfd && irqfd->gsi == args->gsi)
			irqfd_deactivate(irqfd);
	spin_unlock_irq(&vm->irqfd_lock);
	eventfd_ctx_put(eventfd);
	/* No interrupt comes from it after the ioctl. */
	flush_workqueue(irqfd_queue);
	return 0;
}

/* KVM_IRQFD. RESAMPLE is not offered: the VM page does not report a guest's EOIs. */
int irqfd_ioctl(struct selkie_vm *vm, const struct kvm_irqfd *args)
{
	int err;

	if (args->flags & ~KVM_IRQFD_FLAG_DEASSIGN || args->gsi >= SELKIE_GSI_MAX)
		return -EINVAL;
	mutex_lock(&vm->irqfd_mutex);
	err = args->flags & KVM_IRQFD_FLAG_DEASSIGN ? irqfd_deassign(vm, args) :
						      irqfd_assign(vm, args);
	mutex_unlock(&vm->irqfd_mutex);
	return err;
}

void irqfd_release(struct selkie_vm *vm)
{
	struct irqfd *irqfd, *next;

	spin_lock_irq(&vm->irqfd_lock);
	list_for_each_entry_safe(irqfd, next, &vm->irqfds, node)
		irqfd_deactivate(irqfd);
	spin_unlock_irq(&vm->irqfd_lock);
	flush_workqueue(irqfd_queue);
}

int irqfd_init(void)
{
	irqfd_queue = alloc_workqueue("selkie-irqfd", 0, 0);
	return irqfd_queue ? 0 : -ENOMEM;
}

void irqfd_exit(void)
{
	destroy_workqueue(irqfd_queue);
}
