// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs: creation, ioctls other than KVM_RUN (run.c), sleeping and waking.
 *
 * A vCPU belongs to its VM, which frees it; its file only holds the VM. All ioctls take
 * vcpu->mutex, vcpu_wake takes nothing and may be called from interrupt context.
 */

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "selkie.h"

#define VCPU_FEATURES_KNOWN GENMASK(KVM_ARM_VCPU_HAS_EL2, 0)

void vcpu_wake(struct selkie_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->kicked, true);
	/* Orders the write before the look at who waits: pairs with rcuwait_wait_event in run.c. */
	rcuwait_wake_up(&vcpu->wait);
}

static enum hrtimer_restart vcpu_timer_expired(struct hrtimer *timer)
{
	vcpu_wake(container_of(timer, struct selkie_vcpu, timer));
	return HRTIMER_NORESTART;
}

static struct selkie_vcpu *vcpu_alloc(struct selkie_vm *vm, unsigned int id)
{
	struct selkie_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->cpu = -1;
	vcpu->parked = -1;
	mutex_init(&vcpu->mutex);
	rcuwait_init(&vcpu->wait);
	hrtimer_init(&vcpu->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	vcpu->timer.function = vcpu_timer_expired;
	vcpu->run = (struct kvm_run *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	/* Not cleared, as it is large: of it Linux uses run, and a statistic that nobody reads. */
	vcpu->shadow = kvmalloc(sizeof(*vcpu->shadow), GFP_KERNEL_ACCOUNT);
	if (!vcpu->run || !vcpu->shadow) {
		vcpu_free(vcpu);
		return NULL;
	}
	vcpu->shadow->run = vcpu->run;
	return vcpu;
}

void vcpu_free(struct selkie_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->timer);
	kvfree(vcpu->shadow);
	/* A mapping that is still there holds a reference of its own. */
	free_page((unsigned long)vcpu->run);
	kfree(vcpu);
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct selkie_vcpu *vcpu = file->private_data;

	vm_put(vcpu->vm);
	return 0;
}

static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct selkie_vcpu *vcpu = vmf->vma->vm_file->private_data;
	struct page *page;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	page = virt_to_page(vcpu->run);
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_check_features(const struct selkie_vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	u32 features = init->features[0] & ~BIT(KVM_ARM_VCPU_POWER_OFF);
	unsigned int i;

	if (features & ~VCPU_FEATURES_KNOWN)
		return -ENOENT;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (features & ~BIT(KVM_ARM_VCPU_PSCI_0_2))
		return -EINVAL;
	if (vcpu->initialized && features != vcpu->features)
		return -EINVAL;
	return 0;
}

/* KVM_ARM_VCPU_INIT: the first one, and every later one resets. */
static int vcpu_init(struct selkie_vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	struct selkie_msg msg = { .mr = { vcpu->id } };
	int err;

	if (init->target != KVM_ARM_TARGET_GENERIC_V8 && init->target != regs_preferred_target())
		return -EINVAL;
	err = vcpu_check_features(vcpu, init);
	if (err)
		return err;
	if (init->features[0] & BIT(KVM_ARM_VCPU_POWER_OFF))
		msg.mr[1] = SELKIE_INIT_POWER_OFF;
	err = call_vm(vcpu->vm, SELKIE_VM_VCPU_INIT, 2, &msg);
	if (err)
		return err;
	vcpu->features = init->features[0] & ~BIT(KVM_ARM_VCPU_POWER_OFF);
	vcpu->mmio_read = false;
	vcpu->cache_stale = true;
	memset(&vcpu->fp, 0, sizeof(vcpu->fp));
	memset(vcpu->spsr_aa32, 0, sizeof(vcpu->spsr_aa32));
	vcpu->initialized = true;
	return 0;
}

static int vcpu_get_mp_state(struct selkie_vcpu *vcpu, struct kvm_mp_state __user *arg)
{
	struct selkie_msg msg = { .mr = { vcpu->id } };
	struct kvm_mp_state state;
	int err;

	err = call_vm(vcpu->vm, SELKIE_VM_MP_STATE_GET, 1, &msg);
	if (err)
		return err;
	state.mp_state = msg.mr[0];
	return copy_to_user(arg, &state, sizeof(state)) ? -EFAULT : 0;
}

static int vcpu_set_mp_state(struct selkie_vcpu *vcpu, const struct kvm_mp_state __user *arg)
{
	struct selkie_msg msg = { .mr = { vcpu->id } };
	struct kvm_mp_state state;

	if (copy_from_user(&state, arg, sizeof(state)))
		return -EFAULT;
	if (state.mp_state != KVM_MP_STATE_RUNNABLE && state.mp_state != KVM_MP_STATE_STOPPED)
		return -EINVAL;
	msg.mr[1] = state.mp_state;
	return call_vm(vcpu->vm, SELKIE_VM_MP_STATE_SET, 2, &msg);
}

static int vcpu_set_signal_mask(struct selkie_vcpu *vcpu, struct kvm_signal_mask __user *arg)
{
	struct kvm_signal_mask mask;
	sigset_t sigset;

	if (!arg) {
		vcpu->sigset_active = false;
		return 0;
	}
	if (copy_from_user(&mask, arg, sizeof(mask)))
		return -EFAULT;
	if (mask.len != sizeof(sigset))
		return -EINVAL;
	if (copy_from_user(&sigset, arg->sigset, sizeof(sigset)))
		return -EFAULT;
	sigdelsetmask(&sigset, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigset = sigset;
	vcpu->sigset_active = true;
	return 0;
}

static int vcpu_one_reg(struct selkie_vcpu *vcpu, unsigned int ioctl, const void __user *arg)
{
	struct kvm_one_reg reg;

	if (!vcpu->initialized)
		return -ENOEXEC;
	if (copy_from_user(&reg, arg, sizeof(reg)))
		return -EFAULT;
	return ioctl == KVM_GET_ONE_REG ? regs_get_one(vcpu, &reg) : regs_set_one(vcpu, &reg);
}

static long vcpu_ioctl_locked(struct selkie_vcpu *vcpu, unsigned int ioctl, void __user *argp)
{
	struct kvm_vcpu_init init;

	switch (ioctl) {
	case KVM_RUN:
		return argp ? -EINVAL : run_vcpu(vcpu);
	case KVM_ARM_VCPU_INIT:
		return copy_from_user(&init, argp, sizeof(init)) ? -EFAULT : vcpu_init(vcpu, &init);
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return vcpu_one_reg(vcpu, ioctl, argp);
	case KVM_GET_REG_LIST:
		return vcpu->initialized ? regs_get_list(argp) : -ENOEXEC;
	case KVM_GET_MP_STATE:
		return vcpu_get_mp_state(vcpu, argp);
	case KVM_SET_MP_STATE:
		return vcpu_set_mp_state(vcpu, argp);
	case KVM_SET_SIGNAL_MASK:
		return vcpu_set_signal_mask(vcpu, argp);
	default:
		return -ENOTTY;
	}
}

/*
 * The VM is lost. QEMU shows the registers of a vCPU that fails, and if it cannot have them shows
 * them again, until its stack is full: they read as zero.
 */
static long vcpu_ioctl_lost(unsigned int ioctl, void __user *argp)
{
	struct kvm_one_reg reg;
	unsigned long size = 0;

	switch (ioctl) {
	case KVM_GET_ONE_REG:
		if (copy_from_user(&reg, argp, sizeof(reg)))
			return -EFAULT;
		argp = u64_to_user_ptr(reg.addr);
		size = KVM_REG_SIZE(reg.id);
		break;
	case KVM_GET_VCPU_EVENTS:
		size = sizeof(struct kvm_vcpu_events);
		break;
	case KVM_GET_MP_STATE:
		size = sizeof(struct kvm_mp_state);
		break;
	default:
		return -EIO;
	}
	return clear_user(argp, size) ? -EFAULT : 0;
}

static long vcpu_ioctl(struct file *file, unsigned int ioctl, unsigned long arg)
{
	struct selkie_vcpu *vcpu = file->private_data;
	long result;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (READ_ONCE(vcpu->vm->dead))
		return vcpu_ioctl_lost(ioctl, (void __user *)arg);
	if (_IOC_TYPE(ioctl) != KVMIO)
		return -ENOTTY;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	result = vcpu_ioctl_locked(vcpu, ioctl, (void __user *)arg);
	mutex_unlock(&vcpu->mutex);
	return result;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.release = vcpu_release,
	.unlocked_ioctl = vcpu_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
};

/* The part of creation that needs vm->lock. Nothing can fail once the vCPU is published. */
static int vcpu_create_locked(struct selkie_vm *vm, unsigned int id)
{
	struct selkie_msg msg = { .mr = { vm->index, id } };
	struct selkie_vcpu *vcpu;
	int err;

	if (vm->vcpus[id])
		return -EEXIST;
	if (vm->gic.ready)
		return -EBUSY;
	vcpu = vcpu_alloc(vm, id);
	if (!vcpu)
		return -ENOMEM;
	err = call_manager(SELKIE_MGR_VCPU_CREATE, 2, &msg);
	if (err) {
		pr_err_ratelimited("selkie: no vCPU %u for VM %u (%d)\n", id, vm->index, err);
		vcpu_free(vcpu);
		return err;
	}
	/* Whoever finds the pointer finds the vCPU initialised: pairs with vm_vcpu. */
	smp_store_release(&vm->vcpus[id], vcpu);
	return 0;
}

int vcpu_create(struct selkie_vm *vm, unsigned long id)
{
	struct file *file;
	int err, fd;

	if (id >= SELKIE_VCPU_MAX)
		return -EINVAL;
	/* First, as a published vCPU cannot be taken back: a client may try again after EMFILE. */
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	mutex_lock(&vm->lock);
	err = vcpu_create_locked(vm, id);
	mutex_unlock(&vm->lock);
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	file = anon_inode_getfile("kvm-vcpu", &vcpu_fops, vm->vcpus[id], O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	vm_get(vm);
	fd_install(fd, file);
	return fd;
}
