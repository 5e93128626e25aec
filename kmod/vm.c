// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual machines: creation, ioctls, destruction, and what the VM page reports.
 *
 * A VM lives until its own file and those of its vCPUs and devices are closed. Destruction undoes
 * creation in reverse: events, the VM at the manager (which ends its vmm and forgets its slots),
 * then the memory that nothing uses any more.
 */

#include <linux/anon_inodes.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "selkie.h"

static DEFINE_SPINLOCK(vm_list_lock);
static LIST_HEAD(vm_list);
static DECLARE_WAIT_QUEUE_HEAD(vm_list_empty);

void vm_for_each(void (*visit)(struct selkie_vm *vm, void *data), void *data)
{
	struct selkie_vm *vm;
	unsigned long flags;

	spin_lock_irqsave(&vm_list_lock, flags);
	list_for_each_entry(vm, &vm_list, node)
		visit(vm, data);
	spin_unlock_irqrestore(&vm_list_lock, flags);
}

static void vm_link(struct selkie_vm *vm)
{
	spin_lock_irq(&vm_list_lock);
	list_add_tail(&vm->node, &vm_list);
	spin_unlock_irq(&vm_list_lock);
}

static void vm_unlink(struct selkie_vm *vm)
{
	spin_lock_irq(&vm_list_lock);
	list_del(&vm->node);
	spin_unlock_irq(&vm_list_lock);
}

void vm_wait_none(void)
{
	wait_event(vm_list_empty, list_empty(&vm_list));
}

struct selkie_vcpu *vm_vcpu(struct selkie_vm *vm, unsigned int id)
{
	/* Pairs with the release in vcpu_create. */
	return id < SELKIE_VCPU_MAX ? smp_load_acquire(&vm->vcpus[id]) : NULL;
}

static void vm_signal_events(struct selkie_vm *vm)
{
	unsigned long flags;
	unsigned int word, bit;
	unsigned long taken;

	spin_lock_irqsave(&vm->event_lock, flags);
	for (word = 0; word * 64 < vm->event_limit; word++) {
		if (!READ_ONCE(vm->page->event[word]))
			continue;
		taken = xchg(&vm->page->event[word], 0);
		for_each_set_bit(bit, &taken, 64)
			ioeventfd_signal(vm, word * 64 + bit);
	}
	spin_unlock_irqrestore(&vm->event_lock, flags);
}

static void vm_wake_vcpus(struct selkie_vm *vm)
{
	unsigned long taken = xchg(&vm->page->wake, 0);
	unsigned int id;

	for_each_set_bit(id, &taken, SELKIE_VCPU_MAX) {
		struct selkie_vcpu *vcpu = vm_vcpu(vm, id);

		if (vcpu)
			vcpu_wake(vcpu);
	}
}

void vm_scan(struct selkie_vm *vm)
{
	/*
	 * The vmm sets event bits before event_any; the exchange is fully ordered, so bits set
	 * before it are seen, and for those set later event_any is set again.
	 */
	if (READ_ONCE(vm->page->event_any) && xchg(&vm->page->event_any, 0))
		vm_signal_events(vm);
	if (READ_ONCE(vm->page->wake))
		vm_wake_vcpus(vm);
}

static void vm_scan_one(struct selkie_vm *vm, void *data)
{
	vm_scan(vm);
}

void vm_scan_all(void)
{
	vm_for_each(vm_scan_one, NULL);
}

void vm_kill(struct selkie_vm *vm, const char *why)
{
	unsigned int id;

	if (xchg(&vm->dead, true))
		return;
	pr_err("selkie: VM %u of process %d is lost: %s\n", vm->index, vm->pid, why);
	for (id = 0; id < SELKIE_VCPU_MAX; id++) {
		struct selkie_vcpu *vcpu = vm_vcpu(vm, id);

		if (vcpu)
			vcpu_wake(vcpu);
	}
}

static void vm_destroy(struct kref *ref)
{
	struct selkie_vm *vm = container_of(ref, struct selkie_vm, ref);
	unsigned int id;
	int err;

	vm_unlink(vm);
	ioeventfd_release(vm);
	irqfd_release(vm);
	err = call_manager_repeat(SELKIE_MGR_VM_DESTROY, vm->index);
	if (err)
		pr_err("selkie: VM %u was not destroyed (%d)\n", vm->index, err);
	memslot_release(vm);
	irq_release(vm);
	for (id = 0; id < SELKIE_VCPU_MAX; id++)
		if (vm->vcpus[id])
			vcpu_free(vm->vcpus[id]);
	memunmap(vm->page);
	mmdrop(vm->mm);
	kfree(vm);
	wake_up(&vm_list_empty);
}

struct selkie_vm *vm_get(struct selkie_vm *vm)
{
	kref_get(&vm->ref);
	return vm;
}

void vm_put(struct selkie_vm *vm)
{
	kref_put(&vm->ref, vm_destroy);
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct selkie_vm *vm = file->private_data;

	/* The file is what irqfds hang on, as in Linux's KVM; vCPUs may live on. */
	irqfd_release(vm);
	vm_put(vm);
	return 0;
}

static int vm_enable_cap(struct selkie_vm *vm, const struct kvm_enable_cap *cap)
{
	if (cap->flags || cap->cap != KVM_CAP_ARM_NISV_TO_USER)
		return -EINVAL;
	WRITE_ONCE(vm->nisv_to_user, true);
	return 0;
}

static int vm_set_memory_region(struct selkie_vm *vm, unsigned int ioctl, void __user *arg)
{
	struct kvm_userspace_memory_region2 mem = {};
	size_t size = sizeof(mem);

	/* The first version is a prefix of the second. */
	if (ioctl == KVM_SET_USER_MEMORY_REGION)
		size = sizeof(struct kvm_userspace_memory_region);
	if (copy_from_user(&mem, arg, size))
		return -EFAULT;
	return memslot_set(vm, &mem);
}

static int vm_create_device(struct selkie_vm *vm, struct kvm_create_device __user *arg)
{
	struct kvm_create_device args;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = gic_create_device(vm, &args);
	if (err)
		return err;
	return copy_to_user(arg, &args, sizeof(args)) ? -EFAULT : 0;
}

static int vm_set_routing(struct selkie_vm *vm, const struct kvm_irq_routing __user *arg)
{
	struct kvm_irq_routing routing;

	if (copy_from_user(&routing, arg, sizeof(routing)))
		return -EFAULT;
	return irq_set_routing(vm, &routing, arg->entries);
}

static int vm_preferred_target(struct kvm_vcpu_init __user *arg)
{
	struct kvm_vcpu_init init = { .target = regs_preferred_target() };

	return copy_to_user(arg, &init, sizeof(init)) ? -EFAULT : 0;
}

/* Copies the ioctl's argument, then calls the handler with it. */
#define VM_WITH_ARG(type, handler) ({						\
	type __args;								\
	copy_from_user(&__args, argp, sizeof(__args)) ? -EFAULT : handler(vm, &__args); \
})

/*
 * The VM is lost. QEMU stops its devices then, and aborts if these fail, its monitor with it: there
 * is nobody left whom they could reach.
 */
static long vm_ioctl_lost(unsigned int ioctl)
{
	switch (ioctl) {
	case KVM_IOEVENTFD:
	case KVM_IRQFD:
	case KVM_IRQ_LINE:
	case KVM_SIGNAL_MSI:
	case KVM_SET_GSI_ROUTING:
		return 0;
	default:
		return -EIO;
	}
}

static long vm_ioctl(struct file *file, unsigned int ioctl, unsigned long arg)
{
	struct selkie_vm *vm = file->private_data;
	void __user *argp = (void __user *)arg;

	if (vm->mm != current->mm)
		return -EIO;
	if (READ_ONCE(vm->dead))
		return vm_ioctl_lost(ioctl);

	switch (ioctl) {
	case KVM_CREATE_VCPU:
		return vcpu_create(vm, arg);
	case KVM_CHECK_EXTENSION:
		return main_check_extension(arg);
	case KVM_ENABLE_CAP:
		return VM_WITH_ARG(struct kvm_enable_cap, vm_enable_cap);
	case KVM_SET_USER_MEMORY_REGION:
	case KVM_SET_USER_MEMORY_REGION2:
		return vm_set_memory_region(vm, ioctl, argp);
	case KVM_GET_DIRTY_LOG:
		return VM_WITH_ARG(struct kvm_dirty_log, memslot_get_dirty_log);
	case KVM_IRQ_LINE:
		return VM_WITH_ARG(struct kvm_irq_level, irq_line_ioctl);
	case KVM_IRQFD:
		return VM_WITH_ARG(struct kvm_irqfd, irqfd_ioctl);
	case KVM_IOEVENTFD:
		return VM_WITH_ARG(struct kvm_ioeventfd, ioeventfd_ioctl);
	case KVM_SET_GSI_ROUTING:
		return vm_set_routing(vm, argp);
	case KVM_CREATE_IRQCHIP:
		return gic_create(vm);
	case KVM_CREATE_DEVICE:
		return vm_create_device(vm, argp);
	case KVM_ARM_SET_DEVICE_ADDR:
		return VM_WITH_ARG(struct kvm_arm_device_addr, gic_set_device_addr);
	case KVM_ARM_PREFERRED_TARGET:
		return vm_preferred_target(argp);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.release = vm_release,
	.unlocked_ioctl = vm_ioctl,
	.llseek = noop_llseek,
};

static struct selkie_vm *vm_alloc(unsigned int ipa_bits)
{
	struct selkie_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	kref_init(&vm->ref);
	vm->ipa_bits = ipa_bits;
	vm->mm = current->mm;
	vm->pid = task_tgid_nr(current);
	mutex_init(&vm->lock);
	mutex_init(&vm->slots_lock);
	mutex_init(&vm->irqfd_mutex);
	mutex_init(&vm->ioeventfd_lock);
	INIT_LIST_HEAD(&vm->slots);
	INIT_LIST_HEAD(&vm->irqfds);
	INIT_LIST_HEAD(&vm->ioeventfds);
	spin_lock_init(&vm->irqfd_lock);
	spin_lock_init(&vm->event_lock);
	return vm;
}

/* Has the manager make the VM and maps its VM page. */
static int vm_make(struct selkie_vm *vm)
{
	struct selkie_msg msg = { .mr = { vm->ipa_bits } };
	int err;

	err = call_manager(SELKIE_MGR_VM_CREATE, 1, &msg);
	if (err) {
		pr_err_ratelimited("selkie: no VM for process %d (%d): too many VMs, or out of memory\n",
				   vm->pid, err);
		return err;
	}
	if (msg.mr[0] >= SELKIE_VM_MAX || !PAGE_ALIGNED(msg.mr[1]) ||
	    !connector_owns(PHYS_PFN(msg.mr[1]), 1))
		return -EIO;
	vm->index = msg.mr[0];
	vm->page = memremap(msg.mr[1], PAGE_SIZE, MEMREMAP_WB);
	if (!vm->page) {
		call_manager_repeat(SELKIE_MGR_VM_DESTROY, vm->index);
		return -ENOMEM;
	}
	memset(vm->page->event_wanted, 0xff, sizeof(vm->page->event_wanted));
	return 0;
}

/* KVM_CREATE_VM: bits 7..0 of the type are the IPA bits, 0 for 40; no other bit is known. */
int vm_create(unsigned long type)
{
	unsigned long ipa_bits = type ? type : SELKIE_IPA_BITS_MAX;
	struct selkie_vm *vm;
	int fd, err;

	if (ipa_bits < SELKIE_IPA_BITS_MIN || ipa_bits > SELKIE_IPA_BITS_MAX)
		return -EINVAL;
	if (!connector_present())
		return -ENODEV;
	vm = vm_alloc(ipa_bits);
	if (!vm)
		return -ENOMEM;
	err = vm_make(vm);
	if (err) {
		kfree(vm);
		return err;
	}
	mmgrab(vm->mm);
	vm_link(vm);

	fd = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		vm_put(vm);
	return fd;
}
