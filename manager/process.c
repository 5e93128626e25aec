// SPDX-License-Identifier: BSD-2-Clause
/*
 * vmm processes: loading the embedded ELF, address space, CSpace and thread of one process, and the
 * vCPUs that it monitors. The layout is abi/process.h.
 *
 * Segments that nobody writes are loaded once and mapped read-only into every process.
 */
#include "manager.h"

#include <elf_image.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

extern const char process_vmm_start[], process_vmm_end[]; /* vmm_image.S */

static struct elf_image process_image;
static cap_t process_text[MANAGER_TEXT_PAGE_MAX]; /* pages of read-only segments, in order */

#define PROCESS_USER_CSPACE_BITS 6u /* a user vmm has nothing from SELKIE_SLOT_IRQ on */
#define PROCESS_START_REGISTERS	 5  /* pc, sp, spsr, x0, x1 */

_Static_assert(SELKIE_SLOT_ENDPOINT(SELKIE_CPU_MAX) <= 1u << PROCESS_USER_CSPACE_BITS,
	       "a user vmm's slots fit");
_Static_assert(SELKIE_THREAD_SIZE == PAGE_SIZE, "a thread's stack and IPC buffer are one page");

static uint64_t process_page_count(const struct elf_segment *segment)
{
	uint64_t first = segment->vaddr & ~(PAGE_SIZE - 1);

	return (segment->vaddr + segment->mem_size - first + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* A new page with size bytes of data in it, mapped nowhere. */
static cap_t process_page(struct manager *manager, struct arena *arena, uint64_t offset,
			  const void *data, uint64_t size)
{
	cap_t frame = arena_make(arena, CAP_PAGE, 0, NULL);
	char *window;

	if (frame == CAP_NONE)
		return CAP_NONE;
	if (!size)
		return frame;
	window = window_map(manager, WINDOW_SCRATCH, frame, CAP_MAP_WRITE);
	if (!window)
		return CAP_NONE;
	memcpy(window + offset, data, size);
	seL4_ARM_Page_Unify_Instruction(frame, 0, PAGE_SIZE);
	cap_unmap_page(frame);
	return frame;
}

/* Page number i of a segment, filled from the ELF file. */
static cap_t process_segment_page(struct manager *manager, struct arena *arena,
				  const struct elf_segment *segment, uint64_t i)
{
	uint64_t lead = segment->vaddr % PAGE_SIZE; /* of the first page, before the segment */
	uint64_t from = i ? i * PAGE_SIZE - lead : 0;
	uint64_t to = (i + 1) * PAGE_SIZE - lead;

	if (to > segment->file_size)
		to = segment->file_size;
	return process_page(manager, arena, i ? 0 : lead,
			    process_vmm_start + segment->file_offset + from,
			    to > from ? to - from : 0);
}

int process_load(struct manager *manager)
{
	size_t size = (size_t)(process_vmm_end - process_vmm_start);
	unsigned int count = 0;
	const char *problem;
	int err = elf_image_read(&process_image, process_vmm_start, size, &problem);

	if (err) {
		printf("manager: the embedded vmm %s\n", problem);
		return err;
	}
	for (unsigned int s = 0; s < process_image.segment_count; s++) {
		const struct elf_segment *segment = &process_image.segment[s];

		if (segment->vaddr + segment->mem_size > SELKIE_PROCESS_VA)
			return -ENOSPC;
		if (segment->flags & ELF_SEGMENT_WRITE)
			continue;
		for (uint64_t i = 0; i < process_page_count(segment); i++) {
			cap_t frame =
				count < MANAGER_TEXT_PAGE_MAX
					? process_segment_page(manager, &manager->arena, segment, i)
					: CAP_NONE;

			if (frame == CAP_NONE)
				return -ENOMEM;
			process_text[count++] = frame;
		}
	}
	return 0;
}

int process_share(struct arena *arena, struct process *process, cap_t frame, uint64_t va,
		  unsigned int flags)
{
	cap_t copy = arena_slot(arena);

	if (copy == CAP_NONE || cap_copy(frame, copy))
		return -ENOMEM;
	return object_map(arena, copy, process->vspace, va, flags);
}

static int process_map_image(struct manager *manager, struct arena *arena, struct process *process)
{
	unsigned int text = 0;
	int err = 0;

	for (unsigned int s = 0; s < process_image.segment_count; s++) {
		const struct elf_segment *segment = &process_image.segment[s];
		uint64_t va = segment->vaddr & ~(PAGE_SIZE - 1);

		for (uint64_t i = 0; !err && i < process_page_count(segment);
		     i++, va += PAGE_SIZE) {
			cap_t frame;

			if (!(segment->flags & ELF_SEGMENT_WRITE)) {
				err = process_share(arena, process, process_text[text++], va, 0);
				continue;
			}
			frame = process_segment_page(manager, arena, segment, i);
			err = frame == CAP_NONE ? -ENOMEM
						: object_map(arena, frame, process->vspace, va,
							     CAP_MAP_WRITE);
		}
	}
	return err;
}

/* The process page, in which the manager goes on writing the slot table. */
static int process_map_info(struct manager *manager, struct arena *arena, struct process *process,
			    const struct selkie_process *info)
{
	cap_t frame = arena_make(arena, CAP_PAGE, 0, NULL);
	char *window;

	if (frame == CAP_NONE)
		return -ENOMEM;
	window = window_map(manager, WINDOW_PROCESS(info->vm), frame, CAP_MAP_WRITE);
	if (!window)
		return -ENOMEM;
	memcpy(window, info, sizeof(*info));
	process->slot_table = (void *)(window + SELKIE_SLOT_TABLE_OFFSET);
	return process_share(arena, process, frame, SELKIE_PROCESS_VA, 0);
}

static int process_fill_cspace(struct manager *manager, struct arena *arena,
			       struct process *process, const struct selkie_process *info)
{
	const struct object_cspace *to = &process->cspace;
	int err = object_grant(to, SELKIE_SLOT_MANAGER, manager->endpoint, OBJECT_CAN_CALL,
			       SELKIE_BADGE_MGR_VMM(info->vm));

	for (unsigned int i = 0; !err && i < SELKIE_VCPU_MAX + info->core_count; i++) {
		process->reply[i] = arena_make(arena, CAP_REPLY, 0, NULL);
		if (process->reply[i] == CAP_NONE)
			return -ENOMEM;
		err = object_grant(to, SELKIE_SLOT_REPLY(i), process->reply[i], seL4_AllRights, 0);
	}
	return err;
}

static int process_create_thread(struct manager *manager, struct arena *arena,
				 struct process *process, unsigned int core, cap_t fault)
{
	struct process_thread *thread = &process->thread[core];
	struct object_thread object = {
		.tcb = arena_make(arena, CAP_TCB, 0, NULL),
		.cspace = process->cspace,
		.vspace = process->vspace,
		.ipc_buffer = SELKIE_IPC_BUFFER_VA(core),
		.ipc_frame = arena_make(arena, CAP_PAGE, 0, NULL),
		.sched_context = object_sched_context(arena, manager->sched_control + core),
		.fault = fault,
		.priority = MANAGER_VMM_PRIORITY,
	};
	int err;

	thread->endpoint = arena_make(arena, CAP_ENDPOINT, 0, NULL);
	thread->notification = arena_make(arena, CAP_NOTIFICATION, 0, NULL);
	if (!object.tcb || !object.ipc_frame || !object.sched_context || !fault ||
	    !thread->endpoint || !thread->notification ||
	    object_map(arena, object.ipc_frame, process->vspace, SELKIE_THREAD_VA(core),
		       CAP_MAP_WRITE))
		return -ENOMEM;
	thread->tcb = object.tcb;
	thread->sched_context = object.sched_context;
	err = object_grant(&process->cspace, SELKIE_SLOT_ENDPOINT(core), thread->endpoint,
			   seL4_AllRights, 0);
	err = err ? err
		  : object_grant(&process->cspace, SELKIE_SLOT_NOTIFICATION(core),
				 thread->notification, OBJECT_CAN_SIGNAL, SELKIE_SIGNAL_LOOK);
	err = err ? err : object_configure(&object);
	if (err || seL4_TCB_BindNotification(thread->tcb, thread->notification))
		return err ? err : -EINVAL;
	/* Native code does not use FP/SIMD: no need to switch it. */
	seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
	return 0;
}

int process_create(struct manager *manager, struct arena *arena, struct process *process,
		   const struct selkie_process *info)
{
	cap_t fault;
	int err;

	*process = (struct process){.vspace = object_vspace(arena)};
	process->cspace.bits = info->role == SELKIE_ROLE_USER ? PROCESS_USER_CSPACE_BITS
							      : SELKIE_PROCESS_CSPACE_BITS;
	process->cspace.cnode = arena_make(arena, CAP_CNODE, process->cspace.bits, NULL);
	if (!process->vspace || !process->cspace.cnode)
		return -ENOMEM;
	/* TCBs beside the CNode of their size, small objects after them: little room is lost. */
	fault = object_mint(arena, manager->endpoint, OBJECT_CAN_FAULT,
			    SELKIE_BADGE_MGR_VMM_FAULT(info->vm));
	err = process_map_image(manager, arena, process);
	for (unsigned int core = 0; !err && core < info->core_count; core++)
		err = process_create_thread(manager, arena, process, core, fault);
	err = err ? err : process_map_info(manager, arena, process, info);
	return err ? err : process_fill_cspace(manager, arena, process, info);
}

int process_start(const struct process *process, unsigned int core)
{
	seL4_UserContext context = {
		.pc = process_image.entry,
		.sp = SELKIE_STACK_TOP(core),
		.x0 = SELKIE_PROCESS_VA,
		.x1 = core,
	};

	return seL4_TCB_WriteRegisters(process->thread[core].tcb, true, 0, PROCESS_START_REGISTERS,
				       &context)
		       ? -EINVAL
		       : 0;
}

int process_start_passive(const struct process *process, unsigned int core)
{
	const struct process_thread *thread = &process->thread[core];
	int err = process_start(process, core);

	if (err)
		return err;
	/*
	 * Nobody else knows the endpoint yet, and the thread answers its first call without a look:
	 * with the answer it has set itself up and waits again. From here on it runs on what
	 * callers and signals bring.
	 */
	seL4_Call(thread->endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
	return seL4_SchedContext_UnbindObject(thread->sched_context, thread->tcb) ||
			       seL4_SchedContext_Bind(thread->sched_context, thread->notification)
		       ? -EINVAL
		       : 0;
}

/* Its VCPU object, for its thread and its vmm. */
static int vcpu_make(const struct process *process, const struct vcpu *vcpu, unsigned int index)
{
	int err = cap_retype(vcpu->memory, CAP_VCPU, 0, vcpu->vcpu);

	if (!err && seL4_ARM_VCPU_SetTCB(vcpu->vcpu, vcpu->tcb))
		err = -EINVAL;
	return err ? err
		   : object_grant(&process->cspace, SELKIE_SLOT_VCPU_OF(index), vcpu->vcpu,
				  seL4_AllRights, 0);
}

int vcpu_create(struct manager *manager, struct arena *arena, struct process *process,
		struct vcpu *vcpu, unsigned int index, unsigned int core,
		const struct object_thread *template)
{
	struct object_thread thread = *template;
	struct vcpu made = {.core = core};
	int err;

	thread.sched_context = object_sched_context(arena, manager->sched_control + core);
	thread.tcb = arena_make(arena, CAP_TCB, 0, NULL);
	thread.fault = object_mint(arena, process->thread[core].endpoint, OBJECT_CAN_FAULT,
				   SELKIE_BADGE_FAULT(index));
	made.tcb = thread.tcb;
	made.sched_context = thread.sched_context;
	made.fault[core] = thread.fault;
	made.memory = arena_make(arena, CAP_UNTYPED, seL4_VCPUBits, NULL);
	made.vcpu = arena_slot(arena);
	if (!made.tcb || !made.sched_context || !thread.fault || !made.memory || !made.vcpu)
		return -ENOMEM;
	err = object_configure(&thread);
	err = err ? err
		  : object_grant(&process->cspace, SELKIE_SLOT_TCB_OF(index), made.tcb,
				 seL4_AllRights, 0);
	err = err ? err : vcpu_make(process, &made, index);
	if (!err)
		*vcpu = made;
	return err;
}

int vcpu_renew(struct manager *manager, const struct process *process, const struct vcpu *vcpu,
	       unsigned int index)
{
	if (vcpu->vcpu == CAP_NONE)
		return -ENOENT;
	/* As when a VM ends: it does not run, and no core has it in its registers. */
	seL4_TCB_Suspend(vcpu->tcb);
	evict(manager, vcpu->core);
	cap_revoke(vcpu->memory);
	return vcpu_make(process, vcpu, index);
}

int vcpu_move(struct manager *manager, struct arena *arena, const struct process *process,
	      struct vcpu *vcpu, unsigned int index, unsigned int core)
{
	struct object_thread thread = {
		.tcb = vcpu->tcb,
		.sched_context = vcpu->sched_context,
		.priority = MANAGER_GUEST_PRIORITY,
	};
	unsigned int from = vcpu->core;

	if (vcpu->fault[core] == CAP_NONE)
		vcpu->fault[core] = object_mint(arena, process->thread[core].endpoint,
						OBJECT_CAN_FAULT, SELKIE_BADGE_FAULT(index));
	if (vcpu->fault[core] == CAP_NONE)
		return -ENOMEM;
	thread.fault = vcpu->fault[core];
	if (object_sched_configure(manager->sched_control + core, thread.sched_context) ||
	    object_schedule(&thread))
		return -EINVAL;
	vcpu->core = core;
	/* Its state may still be in the old core's registers, where seL4 would leave it. */
	evict(manager, from);
	return 0;
}
