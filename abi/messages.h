/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages between the module, the manager and the vmms: labels, message registers, replies.
 * Sent with seL4_Call (from EL1: hvc #0 with x7 = -1). Prose: docs/messages.md.
 *
 * What always holds: a request has at most four words, so that it travels in CPU registers; every
 * word comes from an untrusted peer and is checked by the receiver; a reply's label is 0 or a
 * positive Linux errno, except for RUN, whose reply label is a SELKIE_EXIT_*.
 */
#pragma once

#include "types.h"

/* Capability slots in the service VM's CSpace, the same on each of its vCPUs. */
#define SELKIE_CPTR_MANAGER 1u
/* For each core two: the endpoint of the vmm's thread there, and its notification. */
#define SELKIE_CPTR_VM(vm) (64u + 8u * (vm))
#define SELKIE_CPTR_VM_ENDPOINT(core) (2u * (core))
#define SELKIE_CPTR_VM_NOTIFICATION(core) (2u * (core) + 1u)
#define SELKIE_SERVICE_CSPACE_BITS 10u
SELKIE_ASSERT(SELKIE_CPTR_VM(SELKIE_VM_MAX) <= 1u << SELKIE_SERVICE_CSPACE_BITS,
	      "the service CSpace holds every VM's caps");
SELKIE_ASSERT(SELKIE_CPTR_VM_ENDPOINT(SELKIE_CPU_MAX) <= SELKIE_CPTR_VM(1) - SELKIE_CPTR_VM(0),
	      "a VM's caps of all cores fit");

/*
 * Badges. A notification's badge is an OR of bits below 62, a message through an endpoint has bit 63,
 * so that one Recv on a bound notification tells them apart.
 */
#define SELKIE_BADGE_MESSAGE (1ull << 63)
#define SELKIE_BADGE_SERVICE (SELKIE_BADGE_MESSAGE | 1ull << 32)	/* service VM to a vmm */
#define SELKIE_BADGE_FAULT(vcpu) (SELKIE_BADGE_MESSAGE | (vcpu))	/* that vCPU's fault */
/* On the manager's endpoint: kind in bits 32..39, VM index (service VM: SELKIE_VM_MAX) in 0..31. */
#define SELKIE_BADGE_MGR_MODULE (1ull << 32)
#define SELKIE_BADGE_MGR_VMM(vm) (2ull << 32 | (vm))
#define SELKIE_BADGE_MGR_VMM_FAULT(vm) (3ull << 32 | (vm))
/* The manager answers in place of a VM whose vmm is gone: RUN with EXIT_DEAD, the rest with ENXIO. */
#define SELKIE_BADGE_MGR_DEAD(vm) (4ull << 32 | (vm))

/* Bits of each of a vmm's notifications, one per core. */
#define SELKIE_SIGNAL_LOOK (1ull << 58) /* from another thread of the vmm: see to this core's vCPU */
/* And of a user vmm's. */
#define SELKIE_SIGNAL_INTERRUPT (1ull << 0) /* from the service vmm: end the RUN on this core */
#define SELKIE_SIGNAL_KICK (1ull << 1)	    /* from the module: look at the VM page */
/* And of the service vmm's; device interrupts, 0..55, come to core 0's. */
#define SELKIE_SIGNAL_IRQ_MAX 56u
#define SELKIE_SIGNAL_TICK (1ull << 59) /* from the manager, each SELKIE_TICK_US: see to deadlines */
#define SELKIE_TICK_US 10000u
#define SELKIE_SIGNAL_EVENT (1ull << 60) /* from a user vmm, to core 0's: raise the MSI */
#define SELKIE_SIGNAL_TIMER (1ull << 61) /* this core's physical timer, PPI 30 */

/*
 * Module to manager. Arguments are MR0..MR3, results after "->" likewise.
 */
enum selkie_mgr_call {
	/* -> abi version, pool base, pool size in bytes, SELKIE_VM_MAX. The pool is the physical range
	 * from which user memory comes; the service VM sees each piece at IPA = PA while it is in use. */
	SELKIE_MGR_INFO = 1,
	/* -> free bytes, free capability slots, VMs, regions */
	SELKIE_MGR_STATS = 2,
	/* IPA bits (32..40) -> VM index, physical address of its VM page. ENOMEM, ENOSPC, EINVAL */
	SELKIE_MGR_VM_CREATE = 3,
	/* VM. EAGAIN: some work was done, call again. ENOENT */
	SELKIE_MGR_VM_DESTROY = 4,
	/* VM, vCPU index. Makes TCB, VCPU and scheduling context. ENOMEM, EEXIST, EINVAL */
	SELKIE_MGR_VCPU_CREATE = 5,
	/* size in bytes (page multiple), host address modulo 2 MiB, SELKIE_REGION_* -> region.
	 * Writable regions are charged in full here: ENOMEM if they do not fit. */
	SELKIE_MGR_REGION_CREATE = 6,
	/* region. Its pages must have no user left. EAGAIN: call again. ENOENT, EBUSY (slot uses it) */
	SELKIE_MGR_REGION_DESTROY = 7,
	/* region, offset -> physical address of the frame that holds it, its size in bits (12 or 21),
	 * its offset in the region. Fills it with zeroes if it was not there. ENOMEM, ENOENT, EINVAL */
	SELKIE_MGR_REGION_POPULATE = 8,
	/* VM | slot << 16 | SELKIE_SLOT_* << 32, IPA, size, region << 48 | offset in the region.
	 * Sets a slot that is empty. EINVAL, EEXIST (overlap, or slot in use), ENOENT */
	SELKIE_MGR_SLOT_SET = 9,
	/* VM | slot << 16. EAGAIN: call again. ENOENT */
	SELKIE_MGR_SLOT_DELETE = 10,
};

#define SELKIE_REGION_SMALL (1u << 0)	/* 4 KiB frames only: host and guest addresses not congruent */
#define SELKIE_REGION_READONLY (1u << 1) /* not charged in advance */
#define SELKIE_SLOT_READONLY (1u << 0)

/* A vmm to the manager. */
enum selkie_vmm_call {
	/* IPA -> maps what the slot table promises at it. EFAULT: no slot there; ENOMEM */
	SELKIE_VMM_POPULATE = 32,
	/* IPA of the guest's GIC CPU interface: maps the GICV frame there. EINVAL, EEXIST */
	SELKIE_VMM_MAP_GICC = 33,
	/* service vmm only. IPA: maps the platform device page that is there. EFAULT: none */
	SELKIE_VMM_MAP_DEVICE = 34,
	/* service vmm only. SPI's INTID, signal bit, 1 if edge-triggered: puts its handler in the
	 * vmm's slot SELKIE_SLOT_IRQ(bit), bound to the notification with that bit. EINVAL, EBUSY */
	SELKIE_VMM_IRQ_BIND = 35,
	/* service vmm only. 0 power off, 1 reset: the whole machine. Does not return */
	SELKIE_VMM_SYSTEM = 36,
	/* length in bytes (at most 112), text in MR1..MR14 (through the IPC buffer): one console
	 * line, without its newline */
	SELKIE_VMM_LOG = 37,
	/* user vmm only. vCPU, core: the stopped vCPU runs there from now on, and its faults come to
	 * that core's endpoint. EINVAL, ENOENT */
	SELKIE_VMM_VCPU_MOVE = 38,
	/* vCPU: the stopped vCPU gets a new VCPU object, as it is after its creation, in the place
	 * of the old one. EINVAL, ENOENT */
	SELKIE_VMM_VCPU_RENEW = 39,
};

/*
 * Module to a user VM's vmm, to any of its endpoints; RUN to that of the core it is called on.
 */
enum selkie_vm_call {
	/* vCPU | SELKIE_RUN_*, data of a pending MMIO read, deadline in CNTPCT ticks or ~0
	 * -> SELKIE_EXIT_*, see there. Lends this core, to which the vCPU moves, until an exit */
	SELKIE_VM_RUN = 64,
	/* vCPU, SELKIE_INIT_*: resets it (KVM_ARM_VCPU_INIT) */
	SELKIE_VM_VCPU_INIT = 65,
	/* vCPU, KVM register id -> value. ENOENT */
	SELKIE_VM_REG_GET = 66,
	/* vCPU, KVM register id, value. ENOENT, EINVAL */
	SELKIE_VM_REG_SET = 67,
	/* vCPU -> KVM_MP_STATE_*; vCPU, KVM_MP_STATE_* (RUNNABLE or STOPPED) */
	SELKIE_VM_MP_STATE_GET = 68,
	SELKIE_VM_MP_STATE_SET = 69,
	/* event bit | length << 16 | SELKIE_IOEVENT_* << 32, IPA, datamatch. EEXIST, EINVAL */
	SELKIE_VM_IOEVENT_ASSIGN = 70,
	/* event bit. ENOENT */
	SELKIE_VM_IOEVENT_DEASSIGN = 71,
	/* SELKIE_GIC_*, value: EINVAL, EBUSY (already initialised), EEXIST (address set) */
	SELKIE_VM_GIC_CONFIG = 72,
	/* SELKIE_GIC_FRAME_* | vCPU << 8, offset -> value; with value: ENXIO, EINVAL */
	SELKIE_VM_GIC_REG_GET = 73,
	SELKIE_VM_GIC_REG_SET = 74,
};

/* RUN: flags beside the vCPU's number (bits 0..7) in MR0. */
#define SELKIE_RUN_MMIO_DONE (1u << 8) /* MR1 answers the MMIO read that the last exit reported */
#define SELKIE_RUN_COMPLETE (1u << 9)  /* take that answer only, then return EXIT_INTERRUPT */

#define SELKIE_INIT_POWER_OFF (1u << 0)

#define SELKIE_IOEVENT_DATAMATCH (1u << 0)

enum selkie_gic_config {
	SELKIE_GIC_DIST_BASE = 0,  /* value: IPA of the distributor, 4 KiB aligned */
	SELKIE_GIC_CPU_BASE = 1,   /* value: IPA of the CPU interface, 4 KiB aligned */
	SELKIE_GIC_IRQ_COUNT = 2,  /* value: 64..1024 in steps of 32, SGIs and PPIs included */
	SELKIE_GIC_INIT = 3,	   /* no value; idempotent */
};

#define SELKIE_GIC_FRAME_DIST 0u
#define SELKIE_GIC_FRAME_CPU 1u

/*
 * Labels of RUN's reply. Unless it says otherwise the module may simply call RUN again.
 */
enum selkie_exit {
	SELKIE_EXIT_INTERRUPT = 0, /* the service VM has an interrupt or its deadline passed */
	SELKIE_EXIT_MMIO = 1,	   /* length (1,2,4,8) | write << 8, IPA, data (write) */
	SELKIE_EXIT_WFI = 2,	   /* 1 if there is a deadline, deadline in CNTPCT ticks */
	/* Look at the VM page's event and wake bits. 1 after a doorbell, if there is no interrupt: the
	 * vCPU may wait as after WFI. */
	SELKIE_EXIT_EVENT = 3,
	SELKIE_EXIT_SYSTEM = 4,	   /* SELKIE_SYSTEM_* */
	SELKIE_EXIT_NISV = 5,	   /* ESR's ISS, IPA: an access without syndrome */
	SELKIE_EXIT_OFF = 6,	   /* the vCPU is powered off: wait for its wake bit */
	SELKIE_EXIT_FAIL = 7,	   /* SELKIE_FAIL_*, pc, detail: the VM cannot go on */
	SELKIE_EXIT_NOMEM = 8,	   /* IPA: no memory for a page that a slot promises */
	SELKIE_EXIT_ERROR = 9,	   /* errno: the RUN call itself was wrong */
	SELKIE_EXIT_DEAD = 10,	   /* the vmm is gone; sent by the manager */
	SELKIE_EXIT_COUNT
};

#define SELKIE_SYSTEM_SHUTDOWN 1u
#define SELKIE_SYSTEM_RESET 2u

enum selkie_fail {
	SELKIE_FAIL_EXCEPTION = 1, /* an exception that nothing handles; detail: ESR */
	SELKIE_FAIL_FAULT = 2,	   /* a fault message of unknown kind; detail: its label */
	SELKIE_FAIL_KERNEL = 3,	   /* an invocation failed; detail: seL4 error */
};
