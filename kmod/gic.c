// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual GICv2 as a KVM device: CREATE_DEVICE, its attributes, and the older CREATE_IRQCHIP
 * and ARM_SET_DEVICE_ADDR.
 *
 * Called by vm.c. The GIC itself lives in the VM's vmm; this file keeps what user space configured,
 * under vm->lock, and passes it on. What always holds: gic.ready is set after the vmm has
 * initialised the GIC.
 */

#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "selkie.h"

#define GIC_ADDR_UNDEF (~0ull)
#define GIC_IRQ_COUNT_DEFAULT 256
#define GIC_IRQ_COUNT_MIN 64
#define GIC_IRQ_COUNT_MAX 1024
#define GIC_REG_VCPU(attr) ((attr) >> KVM_DEV_ARM_VGIC_CPUID_SHIFT & 0xff)
#define GIC_REG_OFFSET(attr) ((u32)(attr))

static int gic_config(struct selkie_vm *vm, enum selkie_gic_config what, u64 value)
{
	struct selkie_msg msg = { .mr = { what, value } };

	return call_vm(vm, SELKIE_VM_GIC_CONFIG, 2, &msg);
}

static int gic_create_locked(struct selkie_vm *vm)
{
	if (vm->gic.present)
		return -EEXIST;
	vm->gic.base[KVM_VGIC_V2_ADDR_TYPE_DIST] = GIC_ADDR_UNDEF;
	vm->gic.base[KVM_VGIC_V2_ADDR_TYPE_CPU] = GIC_ADDR_UNDEF;
	WRITE_ONCE(vm->gic.present, true);
	return 0;
}

int gic_create(struct selkie_vm *vm)
{
	int err;

	mutex_lock(&vm->lock);
	err = gic_create_locked(vm);
	mutex_unlock(&vm->lock);
	return err;
}

static int gic_set_irq_count(struct selkie_vm *vm, u32 count)
{
	int err;

	if (count < GIC_IRQ_COUNT_MIN || count > GIC_IRQ_COUNT_MAX || count % 32)
		return -EINVAL;
	if (vm->gic.ready || vm->gic.irq_count)
		return -EBUSY;
	err = gic_config(vm, SELKIE_GIC_IRQ_COUNT, count);
	if (!err)
		WRITE_ONCE(vm->gic.irq_count, count);
	return err;
}

static int gic_make_ready_locked(struct selkie_vm *vm)
{
	int err;

	if (!vm->gic.irq_count) {
		err = gic_set_irq_count(vm, GIC_IRQ_COUNT_DEFAULT);
		if (err)
			return err;
	}
	err = gic_config(vm, SELKIE_GIC_INIT, 0);
	if (!err)
		WRITE_ONCE(vm->gic.ready, true);
	return err;
}

int gic_make_ready(struct selkie_vm *vm)
{
	lockdep_assert_held(&vm->lock);
	if (!vm->gic.present || vm->gic.ready)
		return 0;
	return gic_make_ready_locked(vm);
}

int gic_prepare_run(struct selkie_vm *vm)
{
	u64 dist = vm->gic.base[KVM_VGIC_V2_ADDR_TYPE_DIST];
	u64 cpu = vm->gic.base[KVM_VGIC_V2_ADDR_TYPE_CPU];

	lockdep_assert_held(&vm->lock);
	if (!vm->gic.present)
		return 0;
	if (dist == GIC_ADDR_UNDEF || cpu == GIC_ADDR_UNDEF)
		return -ENXIO;
	if (dist < cpu + KVM_VGIC_V2_CPU_SIZE && cpu < dist + KVM_VGIC_V2_DIST_SIZE)
		return -EINVAL;
	return gic_make_ready(vm);
}

static int gic_set_base(struct selkie_vm *vm, u64 type, u64 base)
{
	u64 limit = BIT_ULL(vm->ipa_bits);
	u64 size = type == KVM_VGIC_V2_ADDR_TYPE_DIST ? KVM_VGIC_V2_DIST_SIZE :
							 KVM_VGIC_V2_CPU_SIZE;
	int err;

	if (type > KVM_VGIC_V2_ADDR_TYPE_CPU)
		return -ENXIO;
	if (vm->gic.base[type] != GIC_ADDR_UNDEF)
		return -EEXIST;
	if (!IS_ALIGNED(base, SZ_4K) || base + size < base)
		return -EINVAL;
	if (base >= limit || limit - base < size)
		return -E2BIG;
	err = gic_config(vm, type == KVM_VGIC_V2_ADDR_TYPE_DIST ? SELKIE_GIC_DIST_BASE :
								   SELKIE_GIC_CPU_BASE, base);
	if (!err)
		vm->gic.base[type] = base;
	return err;
}

static u64 gic_reg_frame(const struct kvm_device_attr *attr)
{
	u64 frame = attr->group == KVM_DEV_ARM_VGIC_GRP_DIST_REGS ? SELKIE_GIC_FRAME_DIST :
								     SELKIE_GIC_FRAME_CPU;

	return frame | GIC_REG_VCPU(attr->attr) << 8;
}

static int gic_get_reg(struct selkie_vm *vm, const struct kvm_device_attr *attr, u32 *value)
{
	struct selkie_msg msg = { .mr = { gic_reg_frame(attr), GIC_REG_OFFSET(attr->attr) } };
	int err;

	if (!vm_vcpu(vm, GIC_REG_VCPU(attr->attr)))
		return -EINVAL;
	err = gic_make_ready(vm);
	if (!err)
		err = call_vm(vm, SELKIE_VM_GIC_REG_GET, 2, &msg);
	*value = msg.mr[0];
	return err;
}

static int gic_set_reg(struct selkie_vm *vm, const struct kvm_device_attr *attr)
{
	struct selkie_msg msg = { .mr = { gic_reg_frame(attr), GIC_REG_OFFSET(attr->attr) } };
	u32 value;
	int err;

	if (get_user(value, (u32 __user *)u64_to_user_ptr(attr->addr)))
		return -EFAULT;
	if (!vm_vcpu(vm, GIC_REG_VCPU(attr->attr)))
		return -EINVAL;
	err = gic_make_ready(vm);
	if (err)
		return err;
	msg.mr[2] = value;
	return call_vm(vm, SELKIE_VM_GIC_REG_SET, 3, &msg);
}

static int gic_set_attr(struct selkie_vm *vm, const struct kvm_device_attr *attr)
{
	void __user *user = u64_to_user_ptr(attr->addr);
	u64 base;
	u32 count;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (copy_from_user(&base, user, sizeof(base)))
			return -EFAULT;
		return gic_set_base(vm, attr->attr, base);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		if (copy_from_user(&count, user, sizeof(count)))
			return -EFAULT;
		return gic_set_irq_count(vm, count);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ? gic_make_ready(vm) : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_CPU_REGS:
		return gic_set_reg(vm, attr);
	default:
		return -ENXIO;
	}
}

static int gic_get_attr(struct selkie_vm *vm, const struct kvm_device_attr *attr)
{
	void __user *user = u64_to_user_ptr(attr->addr);
	u32 value;
	int err;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (attr->attr > KVM_VGIC_V2_ADDR_TYPE_CPU)
			return -ENXIO;
		return copy_to_user(user, &vm->gic.base[attr->attr], sizeof(u64)) ? -EFAULT : 0;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		value = vm->gic.irq_count;
		break;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_CPU_REGS:
		err = gic_get_reg(vm, attr, &value);
		if (err)
			return err;
		break;
	default:
		return -ENXIO;
	}
	return copy_to_user(user, &value, sizeof(value)) ? -EFAULT : 0;
}

static int gic_has_reg(struct selkie_vm *vm, u64 attr, u32 frame_size)
{
	if (!vm_vcpu(vm, GIC_REG_VCPU(attr)))
		return -EINVAL;
	return GIC_REG_OFFSET(attr) < frame_size ? 0 : -ENXIO;
}

static int gic_has_attr(struct selkie_vm *vm, const struct kvm_device_attr *attr)
{
	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return attr->attr > KVM_VGIC_V2_ADDR_TYPE_CPU ? -ENXIO : 0;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return 0;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
		return gic_has_reg(vm, attr->attr, KVM_VGIC_V2_DIST_SIZE);
	case KVM_DEV_ARM_VGIC_GRP_CPU_REGS:
		return gic_has_reg(vm, attr->attr, KVM_VGIC_V2_CPU_SIZE);
	default:
		return -ENXIO;
	}
}

static long gic_ioctl(struct file *file, unsigned int ioctl, unsigned long arg)
{
	struct selkie_vm *vm = file->private_data;
	struct kvm_device_attr attr;
	long result;

	if (vm->mm != current->mm || READ_ONCE(vm->dead))
		return -EIO;
	if (ioctl != KVM_SET_DEVICE_ATTR && ioctl != KVM_GET_DEVICE_ATTR &&
	    ioctl != KVM_HAS_DEVICE_ATTR)
		return -ENOTTY;
	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;
	/* No flag is known; the field is not checked by Linux's KVM and clients leave it unset. */
	mutex_lock(&vm->lock);
	result = ioctl == KVM_SET_DEVICE_ATTR ? gic_set_attr(vm, &attr) :
		 ioctl == KVM_GET_DEVICE_ATTR ? gic_get_attr(vm, &attr) : gic_has_attr(vm, &attr);
	mutex_unlock(&vm->lock);
	return result;
}

static int gic_release(struct inode *inode, struct file *file)
{
	vm_put(file->private_data);
	return 0;
}

static const struct file_operations gic_fops = {
	.owner = THIS_MODULE,
	.release = gic_release,
	.unlocked_ioctl = gic_ioctl,
	.llseek = noop_llseek,
};

int gic_create_device(struct selkie_vm *vm, struct kvm_create_device *args)
{
	int fd, err;

	if (args->type != KVM_DEV_TYPE_ARM_VGIC_V2)
		return -ENODEV;
	if (args->flags & KVM_CREATE_DEVICE_TEST)
		return 0;
	err = gic_create(vm);
	if (err)
		return err;
	vm_get(vm);
	fd = anon_inode_getfd("kvm-arm-vgic-v2", &gic_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		vm_put(vm);
		return fd;
	}
	args->fd = fd;
	return 0;
}

int gic_set_device_addr(struct selkie_vm *vm, const struct kvm_arm_device_addr *args)
{
	u64 device = args->id >> KVM_ARM_DEVICE_ID_SHIFT & 0xffff;
	u64 type = args->id >> KVM_ARM_DEVICE_TYPE_SHIFT & 0xffff;
	int err = -ENXIO;

	if (device != KVM_ARM_DEVICE_VGIC_V2)
		return -ENODEV;
	mutex_lock(&vm->lock);
	if (vm->gic.present)
		err = gic_set_base(vm, type, args->addr);
	mutex_unlock(&vm->lock);
	return err;
}
