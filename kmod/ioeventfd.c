// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioeventfds: guest writes that signal an eventfd. The VM's vmm matches the write and sets the
 * event's bit in the VM page; vm_scan signals the eventfd.
 *
 * Called by vm.c. What always holds, under vm->ioeventfd_lock: events[bit] is set exactly while the
 * vmm has that bit assigned, or for a moment longer; a bit is reused only after its last signal is
 * taken.
 */

#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "selkie.h"

#define IOEVENTFD_FLAGS (KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_DEASSIGN)

struct ioeventfd {
	struct list_head node;
	struct selkie_event event;
	u64 ipa;
	u32 length; /* 0: any */
	bool wildcard; /* no datamatch */
	u64 datamatch;
	unsigned int bit;
};

static int ioeventfd_check(const struct kvm_ioeventfd *args)
{
	if (args->flags & ~IOEVENTFD_FLAGS)
		return -EINVAL;
	switch (args->len) {
	case 0:
	case 1:
	case 2:
	case 4:
	case 8:
		break;
	default:
		return -EINVAL;
	}
	if (args->addr + args->len < args->addr)
		return -EINVAL;
	if (!args->len && (args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH))
		return -EINVAL;
	return 0;
}

/* Whether one guest write could match both. */
static bool ioeventfd_collides(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->ipa == b->ipa &&
	       (!a->length || !b->length ||
		(a->length == b->length &&
		 (a->wildcard || b->wildcard || a->datamatch == b->datamatch)));
}

static bool ioeventfd_equals(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->event.eventfd == b->event.eventfd && a->ipa == b->ipa && a->length == b->length &&
	       a->wildcard == b->wildcard && (a->wildcard || a->datamatch == b->datamatch);
}

/* The lowest event without an owner, or SELKIE_EVENT_MAX. */
static unsigned int ioeventfd_free_bit(const struct selkie_vm *vm)
{
	unsigned int bit;

	for (bit = 0; bit < SELKIE_EVENT_MAX; bit++)
		if (!vm->events[bit].eventfd)
			break;
	return bit;
}

static void ioeventfd_set_event(struct selkie_vm *vm, unsigned int bit,
				const struct selkie_event *event)
{
	spin_lock_irq(&vm->event_lock);
	vm->events[bit] = *event;
	if (bit >= vm->event_limit)
		vm->event_limit = bit + 1;
	spin_unlock_irq(&vm->event_lock);
}

static void ioeventfd_clear_event(struct selkie_vm *vm, unsigned int bit)
{
	static const struct selkie_event none;

	ioeventfd_set_event(vm, bit, &none);
}

/*
 * A doorbell that nobody waits for need not end RUN: with one CPU nobody can look at the eventfd
 * before RUN returns, and then vm_scan signals it first. So every event is wanted once other threads
 * have run, and one that was signalled to nobody is not until they run again. With more CPUs every
 * event ends RUN.
 */
void ioeventfd_want_all(struct selkie_vm *vm)
{
	unsigned int word;

	for (word = 0; word * 64 < vm->event_limit; word++)
		WRITE_ONCE(vm->page->event_wanted[word], ~0ull);
}

void ioeventfd_signal(struct selkie_vm *vm, unsigned int bit)
{
	const struct selkie_event *event = &vm->events[bit];
	u64 *wanted = &vm->page->event_wanted[bit / 64];

	lockdep_assert_held(&vm->event_lock);
	if (!event->eventfd)
		return;
	/* Whoever joins the queue later runs on this CPU, and all are wanted again. */
	if (nr_cpu_ids == 1 && event->queue && !waitqueue_active(event->queue))
		WRITE_ONCE(*wanted, *wanted & ~BIT_ULL(bit % 64));
	eventfd_signal(event->eventfd);
}

struct ioeventfd_probe {
	poll_table table;
	struct wait_queue_head *queue;
};

static void ioeventfd_probe_queue(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	container_of(table, struct ioeventfd_probe, table)->queue = queue;
}

/* The eventfd of a descriptor with its wait queue, which lives as long as the eventfd does. */
static int ioeventfd_get(int fd, struct selkie_event *event)
{
	struct ioeventfd_probe probe = {};
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	event->eventfd = eventfd_ctx_fileget(file);
	if (!IS_ERR(event->eventfd)) {
		init_poll_funcptr(&probe.table, ioeventfd_probe_queue);
		vfs_poll(file, &probe.table);
		event->queue = probe.queue;
	}
	fput(file);
	return PTR_ERR_OR_ZERO(event->eventfd);
}

static int ioeventfd_insert(struct selkie_vm *vm, struct ioeventfd *io)
{
	u64 flags = io->wildcard ? 0 : SELKIE_IOEVENT_DATAMATCH;
	struct selkie_msg msg;
	struct ioeventfd *other;
	int err;

	list_for_each_entry(other, &vm->ioeventfds, node)
		if (ioeventfd_collides(io, other))
			return -EEXIST;
	io->bit = ioeventfd_free_bit(vm);
	if (io->bit == SELKIE_EVENT_MAX)
		return -ENOSPC;
	/* The event first: from the vmm's answer on, the guest may raise it. */
	ioeventfd_set_event(vm, io->bit, &io->event);
	msg = (struct selkie_msg) { .mr = {
		io->bit | (u64)io->length << 16 | flags << 32, io->ipa, io->datamatch,
	} };
	err = call_vm(vm, SELKIE_VM_IOEVENT_ASSIGN, 3, &msg);
	if (err) {
		ioeventfd_clear_event(vm, io->bit);
		return err;
	}
	list_add_tail(&io->node, &vm->ioeventfds);
	return 0;
}

static void ioeventfd_free(struct selkie_vm *vm, struct ioeventfd *io)
{
	/* Writes that the guest has made already are signalled. */
	vm_scan(vm);
	ioeventfd_clear_event(vm, io->bit);
	list_del(&io->node);
	eventfd_ctx_put(io->event.eventfd);
	kfree(io);
}

static int ioeventfd_remove(struct selkie_vm *vm, const struct ioeventfd *wanted)
{
	struct ioeventfd *io, *next;

	list_for_each_entry_safe(io, next, &vm->ioeventfds, node) {
		struct selkie_msg msg = { .mr = { io->bit } };
		int err;

		if (!ioeventfd_equals(io, wanted))
			continue;
		err = call_vm(vm, SELKIE_VM_IOEVENT_DEASSIGN, 1, &msg);
		if (err)
			return err;
		ioeventfd_free(vm, io);
		return 0;
	}
	return -ENOENT;
}

int ioeventfd_ioctl(struct selkie_vm *vm, const struct kvm_ioeventfd *args)
{
	struct ioeventfd *io;
	int err;

	err = ioeventfd_check(args);
	if (err)
		return err;
	io = kzalloc(sizeof(*io), GFP_KERNEL_ACCOUNT);
	if (!io)
		return -ENOMEM;
	err = ioeventfd_get(args->fd, &io->event);
	if (err) {
		kfree(io);
		return err;
	}
	io->ipa = args->addr;
	io->length = args->len;
	io->wildcard = !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH);
	io->datamatch = io->wildcard ? 0 : args->datamatch;

	mutex_lock(&vm->ioeventfd_lock);
	if (!(args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN)) {
		err = ioeventfd_insert(vm, io);
		if (!err)
			io = NULL; /* the list owns it now */
	} else {
		err = ioeventfd_remove(vm, io);
	}
	mutex_unlock(&vm->ioeventfd_lock);
	if (io) {
		eventfd_ctx_put(io->event.eventfd);
		kfree(io);
	}
	return err;
}

/* The VM is about to be destroyed: no call to its vmm is needed. */
void ioeventfd_release(struct selkie_vm *vm)
{
	struct ioeventfd *io, *next;

	list_for_each_entry_safe(io, next, &vm->ioeventfds, node)
		ioeventfd_free(vm, io);
}
