// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module entry and exit, the misc device /dev/kvm and its system ioctls.
 *
 * What always holds: /dev/kvm exists only while a connector is bound; what CHECK_EXTENSION reports
 * works.
 */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "selkie.h"

long main_check_extension(long extension)
{
	switch (extension) {
	case KVM_CAP_USER_MEMORY:
	case KVM_CAP_USER_MEMORY2:
	case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
	case KVM_CAP_JOIN_MEMORY_REGIONS_WORKS:
	case KVM_CAP_READONLY_MEM:
	case KVM_CAP_INTERNAL_ERROR_DATA:
	case KVM_CAP_ONE_REG:
	case KVM_CAP_MP_STATE:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_ARM_PSCI:
	case KVM_CAP_ARM_PSCI_0_2:
	case KVM_CAP_ARM_SET_DEVICE_ADDR:
	case KVM_CAP_ARM_NISV_TO_USER:
	case KVM_CAP_ARM_IRQ_LINE_LAYOUT_2:
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_IOEVENTFD_ANY_LENGTH:
	case KVM_CAP_DEVICE_CTRL:
	case KVM_CAP_ENABLE_CAP_VM:
	case KVM_CAP_CHECK_EXTENSION_VM:
		return 1;
	case KVM_CAP_IRQ_ROUTING:
		return SELKIE_GSI_MAX;
	case KVM_CAP_NR_MEMSLOTS:
		return SELKIE_SLOT_MAX;
	case KVM_CAP_NR_VCPUS:
		return min_t(long, num_online_cpus(), SELKIE_VCPU_MAX);
	case KVM_CAP_MAX_VCPUS:
	case KVM_CAP_MAX_VCPU_ID:
		return SELKIE_VCPU_MAX;
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return SELKIE_IPA_BITS_MAX;
	default:
		return 0;
	}
}

static long main_ioctl(struct file *file, unsigned int ioctl, unsigned long arg)
{
	switch (ioctl) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return vm_create(arg);
	case KVM_CHECK_EXTENSION:
		return main_check_extension(arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : PAGE_SIZE;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations main_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = main_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice main_device = {
	.minor = KVM_MINOR,
	.name = "kvm",
	.fops = &main_fops,
};

int main_register(void)
{
	int err = misc_register(&main_device);

	if (err)
		pr_err("selkie: no /dev/kvm (%d): has Linux's own KVM taken it?\n", err);
	return err;
}

void main_unregister(void)
{
	misc_deregister(&main_device);
}

static int __init main_init(void)
{
	int err;

	err = region_init();
	if (err)
		return err;
	err = irqfd_init();
	if (err)
		goto err_region;
	err = connector_init();
	if (err)
		goto err_irqfd;
	debugfs_init();
	if (!connector_present())
		pr_info("selkie: no connector found, so no /dev/kvm: is this a service VM?\n");
	return 0;

err_irqfd:
	irqfd_exit();
err_region:
	region_exit();
	return err;
}

static void __exit main_exit(void)
{
	debugfs_exit();
	connector_exit();
	irqfd_exit();
	region_exit();
}

module_init(main_init);
module_exit(main_exit);

MODULE_DESCRIPTION("KVM's API on the seL4 microkernel");
MODULE_LICENSE("GPL");
