/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share: the objects behind KVM's file descriptors, and who owns them.
 *
 * References: a VM is held by its own file, each vCPU's and each device's file; a region by the
 * memory mappings that show it and the memory slots that use it. Nothing else owns either.
 *
 * Lock order: vcpu->mutex, vm->lock, vm->slots_lock, mmap lock, region->lock. Then the spin locks:
 * vm_list_lock, vm->event_lock, an eventfd's wait queue, vm->irqfd_lock. docs/module.md has them all.
 */
#pragma once

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcuwait.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <asm/sysreg.h>

#include "messages.h"
#include "vmpage.h"

struct eventfd_ctx;
struct file;
struct kvm_vcpu;
struct mm_struct;

/* IPA bits: what KVM_CREATE_VM's 0 stands for, and what the manager takes. */
#define SELKIE_IPA_BITS_MIN 32
#define SELKIE_IPA_BITS_MAX 40

#define SELKIE_GSI_MAX 4096 /* as Linux's KVM_MAX_IRQ_ROUTES */
#define SELKIE_INTID_PRIVATE 32 /* SGIs and PPIs */
#define SELKIE_INTID_MAX 1020

struct selkie_gic {
	bool present;
	bool ready; /* initialised: never changes back */
	u64 base[2]; /* KVM_VGIC_V2_ADDR_TYPE_*; ~0 until set */
	u32 irq_count;
};

struct selkie_event {
	struct eventfd_ctx *eventfd; /* NULL: free */
	struct wait_queue_head *queue; /* of the eventfd, or NULL: not known */
};

struct selkie_vm {
	struct kref ref;
	struct list_head node; /* vm_list_lock */
	unsigned int index; /* at the manager */
	unsigned int ipa_bits;
	struct mm_struct *mm; /* whose ioctls it takes */
	pid_t pid;
	struct selkie_vm_page *page;
	bool dead; /* its vmm is gone */
	bool nisv_to_user;

	struct mutex lock; /* vCPUs, devices */
	struct selkie_vcpu *vcpus[SELKIE_VCPU_MAX]; /* set once, published with release */
	struct selkie_gic gic;

	struct mutex slots_lock; /* both below */
	struct list_head slots;
	DECLARE_BITMAP(slot_ids, SELKIE_SLOT_MAX); /* in use at the manager */

	struct mutex irqfd_mutex; /* assigning and deassigning */
	spinlock_t irqfd_lock; /* the list */
	struct list_head irqfds;
	struct selkie_routes __rcu *routes; /* NULL: GSI n is SPI n */

	struct mutex ioeventfd_lock; /* the list */
	struct list_head ioeventfds;
	spinlock_t event_lock; /* events, from interrupt context too */
	struct selkie_event events[SELKIE_EVENT_MAX];
	unsigned int event_limit; /* no event from here on is assigned */

	atomic64_t irq_count; /* line changes and pulses */
	atomic64_t kick_count;
};

/* What park.c has seen of a vCPU. */
struct selkie_park {
	int trust; /* doorbells in a row that a WFI followed, less penalties */
	unsigned int count;
	u64 watched; /* when the last doorbell rang, if its WFI is still awaited, or 0 */
	unsigned long switches; /* of the thread, then */
};

struct selkie_vcpu {
	struct selkie_vm *vm;
	unsigned int id;
	struct mutex mutex; /* everything below but wait, kicked, cpu and parked */
	struct kvm_run *run; /* a page that user space maps: read once, never trusted */
	struct kvm_vcpu *shadow; /* see run.c */

	bool initialized;
	u32 features;
	bool cache_stale; /* the guest may start with caches off: clean its memory first */

	unsigned long switches; /* of the thread, when event_wanted was last written */
	struct selkie_park park;
	u64 poll_limit; /* how long its thread polls before it sleeps, in ticks */

	bool mmio_read; /* the last exit asked user space for data */
	u8 mmio_len;
	sigset_t sigset;
	bool sigset_active;

	struct rcuwait wait;
	bool kicked;
	int cpu; /* on which it is inside RUN, or -1 */
	int parked; /* the CPU on which it was stopped at its doorbell, or -1 */
	struct hrtimer timer;

	struct user_fpsimd_state fp; /* seL4 shows nobody a vCPU's FP registers: kept, never used */
	u64 spsr_aa32[KVM_NR_SPSR - 1]; /* likewise: these guests have no AArch32 at EL1 */
};

/* Memory that the manager owns and that both a VM and processes here can see. */
struct selkie_region {
	struct kref ref;
	unsigned int id; /* at the manager */
	unsigned long page_count;
	unsigned int skew; /* pages from a 2 MiB boundary to the first */
	unsigned long vm_flags; /* of the mapping that it replaced */
	struct mutex lock;
	struct xarray frames; /* skew + page: see region.c */
	struct delayed_work destroy;
};

struct selkie_frame {
	unsigned long pfn;
	unsigned long first; /* page of the region at which it begins */
	bool block; /* 2 MiB, not 4 KiB */
};

/* One part of a memory slot, in one region. */
struct selkie_piece {
	struct selkie_region *region;
	u64 offset; /* in the region */
	u64 size;
	unsigned long hva;
	unsigned int slot; /* number at the manager */
};

#define SELKIE_PIECE_MAX 8

/* call.c: system calls to seL4. Replies come back in msg. Any context but NMI, never sleeps. */
struct selkie_msg {
	u64 mr[4];
};

int call_manager(enum selkie_mgr_call call, unsigned int length, struct selkie_msg *msg);
int call_vm(const struct selkie_vm *vm, enum selkie_vm_call call, unsigned int length,
	    struct selkie_msg *msg);
/* RUN, whose reply is not an errno: returns its message info. */
u64 call_run(const struct selkie_vm *vm, struct selkie_msg *msg);
/* Repeats a call that answers EAGAIN after each bounded piece of work. May sleep. */
int call_manager_repeat(enum selkie_mgr_call call, u64 argument);
/* Has the vmm look at the VM page: its thread on that CPU, and through it the others. */
void call_kick(const struct selkie_vm *vm, unsigned int cpu);
u64 call_count(void);

#define CALL_LABEL(info) ((info) >> 12)
#define CALL_LENGTH(info) ((unsigned int)(info) & 0x7f)

/* connector.c */
int connector_init(void);
void connector_exit(void);
bool connector_present(void);
/* Whether [pfn, pfn + count) may be a frame of the pool. */
bool connector_owns(unsigned long pfn, unsigned long count);
/* This CPU's word that tells the service vmm whose RUN to end on an interrupt. Preemption off. */
void connector_set_running(u32 value);

/* main.c */
int main_register(void);
void main_unregister(void);
long main_check_extension(long extension);

/* vm.c */
int vm_create(unsigned long type);
struct selkie_vm *vm_get(struct selkie_vm *vm);
void vm_put(struct selkie_vm *vm);
void vm_kill(struct selkie_vm *vm, const char *why);
/* Signals eventfds and wakes vCPUs as the VM page says: of one VM, or of all. Any context. */
void vm_scan(struct selkie_vm *vm);
void vm_scan_all(void);
/* Waits until the last VM is gone. */
void vm_wait_none(void);
void vm_for_each(void (*visit)(struct selkie_vm *vm, void *data), void *data);
struct selkie_vcpu *vm_vcpu(struct selkie_vm *vm, unsigned int id);

/* vcpu.c */
int vcpu_create(struct selkie_vm *vm, unsigned long id);
void vcpu_free(struct selkie_vcpu *vcpu);
void vcpu_wake(struct selkie_vcpu *vcpu);

/* Of CNTVCT. */
static inline u64 ticks_from_us(unsigned int us)
{
	return (u64)us * read_sysreg(cntfrq_el0) / USEC_PER_SEC;
}

/* run.c: KVM_RUN. vcpu->mutex is held. */
int run_vcpu(struct selkie_vcpu *vcpu);

/* park.c: whether a guest is better not entered after its doorbell. vcpu->mutex is held. */
/* A doorbell has ended RUN. True: stop the guest until the deadline, in CNTVCT, at the longest. */
bool park_begin(struct selkie_vcpu *vcpu, u64 *deadline);
void park_end(struct selkie_vcpu *vcpu, u64 deadline);
void park_note_wfi(struct selkie_vcpu *vcpu);

/* haltpoll.c: looking for the end of a wait before going to sleep. */
/* True if the vCPU was woken; false: sleep. vcpu->mutex is held. */
bool haltpoll_wait(struct selkie_vcpu *vcpu, bool (*woken)(struct selkie_vcpu *vcpu), u64 deadline);
/* The wait that began then is over. */
void haltpoll_note(struct selkie_vcpu *vcpu, u64 begin);

/* regs.c. vcpu->mutex is held. */
int regs_get_one(struct selkie_vcpu *vcpu, const struct kvm_one_reg *reg);
int regs_set_one(struct selkie_vcpu *vcpu, const struct kvm_one_reg *reg);
int regs_get_list(struct kvm_reg_list __user *list);
u32 regs_preferred_target(void);
/* idregs.c: this CPU's ID register with these fields (op0 3, op1 0, CRn 0). ENOENT */
int idregs_read(unsigned int crm, unsigned int op2, u64 *value);

/* memslot.c */
int memslot_set(struct selkie_vm *vm, const struct kvm_userspace_memory_region2 *mem);
int memslot_get_dirty_log(struct selkie_vm *vm, const struct kvm_dirty_log *log);
void memslot_clean_caches(struct selkie_vm *vm);
void memslot_release(struct selkie_vm *vm);

/* region.c */
int region_init(void);
void region_exit(void);
/* Waits for the destruction of all regions, and of those that nobody uses any more. */
void region_flush(void);
void region_flush_idle(void);
struct selkie_region *region_create(unsigned long hva, unsigned long size, unsigned int flags);
void region_get(struct selkie_region *region);
void region_put(struct selkie_region *region);
/* The frame that holds a page; made if it was not there. ENOMEM */
int region_frame(struct selkie_region *region, unsigned long page, struct selkie_frame *frame);
void region_clean_caches(struct selkie_region *region);
/* Cleans and invalidates to the point of coherency. */
void region_clean_range(void *start, size_t size);
/* Puts the region in the place of the current process's [hva, hva + its size). Consumes nothing. */
int region_map(struct selkie_region *region, unsigned long hva, unsigned long prot);
/* The region that a mapping shows, or NULL. */
struct selkie_region *region_of(const struct file *file);

/*
 * adopt.c: makes [hva, hva + size) of the current process memory of regions. On success fills up to
 * SELKIE_PIECE_MAX pieces, each with a reference to its region. EINVAL, ENOMEM
 */
int adopt_range(unsigned long hva, unsigned long size, unsigned int region_flags,
		struct selkie_piece *pieces, unsigned int *piece_count);

/* irq.c: interrupt lines of a VM. Any context. */
int irq_set_line(struct selkie_vm *vm, u32 intid, bool level);
int irq_pulse_gsi(struct selkie_vm *vm, u32 gsi);
bool irq_pending(const struct selkie_vm *vm);
int irq_line_ioctl(struct selkie_vm *vm, const struct kvm_irq_level *line);
int irq_set_routing(struct selkie_vm *vm, const struct kvm_irq_routing *routing,
		    const struct kvm_irq_routing_entry __user *entries);
void irq_release(struct selkie_vm *vm);

/* irqfd.c */
int irqfd_init(void);
void irqfd_exit(void);
int irqfd_ioctl(struct selkie_vm *vm, const struct kvm_irqfd *args);
void irqfd_release(struct selkie_vm *vm);

/* ioeventfd.c */
int ioeventfd_ioctl(struct selkie_vm *vm, const struct kvm_ioeventfd *args);
/* Has every event end RUN. */
void ioeventfd_want_all(struct selkie_vm *vm);
/* An event's bit was set: signals its eventfd, if it still has one. vm->event_lock is held. */
void ioeventfd_signal(struct selkie_vm *vm, unsigned int bit);
void ioeventfd_release(struct selkie_vm *vm);

/* gic.c */
int gic_create(struct selkie_vm *vm);
int gic_create_device(struct selkie_vm *vm, struct kvm_create_device *args);
int gic_set_device_addr(struct selkie_vm *vm, const struct kvm_arm_device_addr *args);
/* Initialises a GIC that user space created only. 0 also without one. vm->lock is held. */
int gic_make_ready(struct selkie_vm *vm);
/* Before a guest's first instruction also: ENXIO unless both parts have their place. */
int gic_prepare_run(struct selkie_vm *vm);

/* debugfs.c */
void debugfs_init(void);
void debugfs_exit(void);
