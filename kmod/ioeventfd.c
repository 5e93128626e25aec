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
#include <linux/slab.h>

#include "selkie.h"

#define IOEVENTFD_FLAGS (KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_DEASSIGN)

struct ioeventfd {
	struct list_head node;
	struct eventfd_ctx *eventfd;
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
	return a->eventfd == b->eventfd && a->ipa == b->ipa && a->length == b->length &&
	       a->wildcard == b->wildcard && (a->wildcard || a->datamatch == b->datamatch);
}

/* The lowest event without an owner, or SELKIE_EVENT_MAX. */
static unsigned int ioeventfd_free_bit(const struct selkie_vm *vm)
{
	unsigned int bit;

	for (bit = 0; bit < SELKIE_EVENT_MAX; bit++)
		if (!vm->events[bit])
			break;
	return bit;
}

static void ioeventfd_set_event(struct selkie_vm *vm, unsigned int bit, struct eventfd_ctx *eventfd)
{
	spin_lock_irq(&vm->event_lock);
	vm->events[bit] = eventfd;
	spin_unlock_irq(&vm->event_lock);
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
	ioeventfd_set_event(vm, io->bit, io->eventfd);
	msg = (struct selkie_msg) { .mr = {
		io->bit | (u64)io->length << 16 | flags << 32, io->ipa, io->datamatch,
	} };
	err = call_vm(vm, SELKIE_VM_IOEVENT_ASSIGN, 3, &msg);
	if (err) {
		ioeventfd_set_event(vm, io->bit, NULL);
		return err;
	}
	list_add_tail(&io->node, &vm->ioeventfds);
	return 0;
}

static void ioeventfd_free(struct selkie_vm *vm, struct ioeventfd *io)
{
	/* Writes that the guest has made already are signalled. */
	vm_scan(vm);
	ioeventfd_set_event(vm, io->bit, NULL);
	list_del(&io->node);
	eventfd_ctx_put(io->eventfd);
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
	io->eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(io->eventfd)) {
		err = PTR_ERR(io->eventfd);
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
		eventfd_ctx_put(io->eventfd);
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
