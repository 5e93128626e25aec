/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manager's whole state, and what its parts call of each other.
 *
 * One thread, one object of this type (main.c), passed to everybody. What always holds: whatever is
 * reachable from a VM belongs to that VM's arena, its slots' regions, or the service VM's reserve.
 */
#pragma once

#include <sel4/sel4.h>

#include <messages.h>
#include <process.h>
#include <vmpage.h>

#include "devtree.h"
#include "object.h"
#include "region.h"

#define MANAGER_PRIORITY	 254u
#define MANAGER_VMM_PRIORITY	 250u
#define MANAGER_SERVICE_PRIORITY 100u
#define MANAGER_GUEST_PRIORITY	 50u

#define MANAGER_DEVICE_PAGE_MAX 8u
#define MANAGER_TEXT_PAGE_MAX	64u
#define MANAGER_GICV_PAGES	2u

/* Frames, tables or caps that one call may free; EAGAIN asks for the next such piece. */
#define MANAGER_WORK_BUDGET 128u

/* A vmm's thread on one core. */
struct process_thread {
	cap_t tcb, sched_context, endpoint, notification;
};

/* A running vmm. */
struct process {
	cap_t vspace;
	struct object_cspace cspace;
	struct process_thread thread[SELKIE_CPU_MAX];
	cap_t reply[SELKIE_REPLY_MAX];
	struct selkie_slot_table *slot_table; /* user VMs: in the manager's window */
};

struct vcpu {
	cap_t tcb, vcpu, sched_context;
	cap_t memory; /* what vcpu is made of */
	unsigned int core;
	cap_t fault[SELKIE_CPU_MAX]; /* made when it first runs there */
};

enum vm_state { VM_FREE, VM_RUNNING, VM_DEAD, VM_DYING };

struct vm_slot {
	bool used;
	bool dying;
	uint16_t region;
	uint32_t flags; /* SELKIE_SLOT_* */
	ipa_t ipa;
	uint64_t size;
	uint64_t offset; /* in the region */
};

struct vm {
	enum vm_state state;
	unsigned int index;
	unsigned int ipa_bits;
	unsigned int log_count; /* lines it has printed */
	struct arena arena;
	struct stage2 stage2;
	struct process process;
	struct object_cspace guest_cspace;
	struct vcpu vcpu[SELKIE_VCPU_MAX];
	pa_t page_base; /* the VM page */
	cap_t page;
	struct selkie_vm_page *window; /* on it */
	struct vm_slot slot[SELKIE_SLOT_MAX];
};

struct service {
	struct stage2 stage2;
	struct process process;
	struct object_cspace cspace; /* of its vCPUs */
	struct vcpu vcpu[SELKIE_CPU_MAX];
	struct devtree_range ram;
	cap_t irq[SELKIE_SIGNAL_IRQ_MAX];
	cap_t event; /* its vmm's notification, SELKIE_SIGNAL_EVENT */
};

/* A device page whose frame the manager made for itself; the service VM gets copies. */
struct device_page {
	pa_t base;
	cap_t cap;
};

struct manager {
	const seL4_BootInfo *bootinfo;
	const void *fdt;
	size_t fdt_size;
	struct devtree_platform platform;

	struct memory memory;
	struct buddy device;
	struct slots reserve; /* slots of the service VM and the manager itself */
	struct arena arena;   /* objects of the same */
	struct stage2_pool tables;
	struct regions regions;
	pa_t pool_base;
	uint64_t pool_size;

	uint64_t counter_hz;
	unsigned int core_count; /* that vmms and the service VM use */
	cap_t endpoint, reply;
	cap_t sched_control; /* core 0's; the others' follow */
	cap_t evict[SELKIE_CPU_MAX];
	cap_t gicv[MANAGER_GICV_PAGES];
	struct device_page device_page[MANAGER_DEVICE_PAGE_MAX];
	unsigned int device_page_count;

	struct service service;
	struct vm vm[SELKIE_VM_MAX];
	unsigned int vm_count;
};

/* A request and its answer. */
struct message {
	uint64_t badge;
	uint64_t label;
	unsigned int length;
	uint64_t word[4];
};

/* boot.c: memory from bootinfo, the device tree, the console. Each says what is wrong and fails. */
int boot_memory(struct manager *manager);
int boot_platform(struct manager *manager);

/* The frame of a device page, made on first use. CAP_NONE: not ours or no memory. */
cap_t device_frame(struct manager *manager, pa_t base);

/* window.c: the manager's own address space. */
#define WINDOW_UART	   0u
#define WINDOW_SCRATCH	   1u
#define WINDOW_SCRUB	   2u
#define WINDOW_PROCESS(vm) (16u + (vm))
#define WINDOW_VM(vm)	   (WINDOW_PROCESS(SELKIE_VM_MAX + 1) + (vm))
void *window_map(struct manager *manager, unsigned int page, cap_t frame, unsigned int flags);
/* 2 MiB frames at the place that belongs to their physical address. */
void *window_map_large(struct manager *manager, pa_t offset, cap_t frame);

/* process.c: vmm processes. */
int process_load(struct manager *manager);
int process_create(struct manager *manager, struct arena *arena, struct process *process,
		   const struct selkie_process *info);
/* Maps a page that both sides own; the vmm's cap is a copy. */
int process_share(struct arena *arena, struct process *process, cap_t frame, uint64_t va,
		  unsigned int flags);
int process_start(const struct process *process, unsigned int core);
/* Starts a user vmm's thread and makes it a passive server, which waits for calls. */
int process_start_passive(const struct process *process, unsigned int core);
/* template->fault and its scheduling context are made here. */
int vcpu_create(struct manager *manager, struct arena *arena, struct process *process,
		struct vcpu *vcpu, unsigned int index, unsigned int core,
		const struct object_thread *template);
/* A stopped vCPU is as after its creation, its registers apart. */
int vcpu_renew(struct manager *manager, const struct process *process, const struct vcpu *vcpu,
	       unsigned int index);
/* A stopped vCPU of a user VM goes to another core. */
int vcpu_move(struct manager *manager, struct arena *arena, const struct process *process,
	      struct vcpu *vcpu, unsigned int index, unsigned int core);

/* service_*.c */
int service_create(struct manager *manager);
int service_map_device(struct manager *manager, ipa_t ipa);
int service_bind_irq(struct manager *manager, uint64_t intid, uint64_t bit, bool edge);
int service_bind_timer(struct manager *manager, unsigned int core);
_Noreturn void service_system(struct manager *manager, uint64_t what);

/* watchdog.c: one per core */
int watchdog_start(struct manager *manager, unsigned int core);

/* scrub.c: after the service VM has been made */
int scrub_start(struct manager *manager);

/* evict.c: with more than one core, has a core forget which vCPU it holds. */
int evict_start(struct manager *manager, unsigned int core);
void evict(struct manager *manager, unsigned int core);

/* vm.c, vm_slot.c: user VMs. Numbers come from the service VM unchecked. */
int vm_create(struct manager *manager, uint64_t ipa_bits, struct vm **result);
int vm_destroy(struct manager *manager, uint64_t index);
int vm_create_vcpu(struct manager *manager, uint64_t index, uint64_t vcpu);
int vm_map_gicc(struct manager *manager, struct vm *vm, ipa_t ipa);
int vm_move_vcpu(struct manager *manager, struct vm *vm, uint64_t vcpu, uint64_t core);
/* Its vmm is gone: whoever waits for it is answered, the VM stays until it is destroyed. */
void vm_kill(struct manager *manager, struct vm *vm);
/* Its vmm has failed: so will every call to the VM. */
void vm_fail(struct manager *manager, struct vm *vm);
int vm_slot_set(struct manager *manager, const uint64_t word[4]);
int vm_slot_delete(struct manager *manager, uint64_t which);
int vm_slot_populate(struct manager *manager, struct vm *vm, ipa_t ipa);

/* calls.c: one request; false: no answer is due. */
bool calls_handle(struct manager *manager, struct message *message);
