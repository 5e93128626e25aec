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

#define PROCESS_THREAD_PAGES	 (SELKIE_THREAD_SIZE / PAGE_SIZE)
#define PROCESS_USER_CSPACE_BITS 6u /* a user vmm has nothing from SELKIE_SLOT_IRQ on */
#define PROCESS_START_REGISTERS	 4  /* pc, sp, spsr, x0 */

_Static_assert(SELKIE_SLOT_ENDPOINT(SELKIE_CPU_MAX) <= 1u << PROCESS_USER_CSPACE_BITS,
	       "a user vmm's slots fit");

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

/* Process page, slot table, and the thread's stack; the frame with its IPC buffer is returned. */
static int process_map_pages(struct manager *manager, struct arena *arena, struct process *process,
			     const struct selkie_process *info, cap_t *ipc_frame)
{
	cap_t frame;
	int err = 0;

	for (uint64_t i = 0; !err && i < PROCESS_THREAD_PAGES; i++) {
		*ipc_frame = arena_make(arena, CAP_PAGE, 0, NULL);
		err = *ipc_frame == CAP_NONE
			      ? -ENOMEM
			      : object_map(arena, *ipc_frame, process->vspace,
					   SELKIE_THREAD_VA(0) + i * PAGE_SIZE, CAP_MAP_WRITE);
	}
	if (err)
		return err;
	frame = process_page(manager, arena, 0, info, sizeof(*info));
	if (frame == CAP_NONE || object_map(arena, frame, process->vspace, SELKIE_PROCESS_VA, 0))
		return -ENOMEM;
	if (info->role != SELKIE_ROLE_USER)
		return 0;
	frame = arena_make(arena, CAP_PAGE, 0, NULL);
	if (frame == CAP_NONE)
		return -ENOMEM;
	process->slot_table =
		window_map(manager, WINDOW_SLOT_TABLE(info->vm), frame, CAP_MAP_WRITE);
	return process->slot_table ? process_share(arena, process, frame, SELKIE_SLOT_TABLE_VA, 0)
				   : -ENOMEM;
}

static int process_fill_cspace(struct manager *manager, struct arena *arena,
			       struct process *process, unsigned int vm)
{
	const struct object_cspace *to = &process->cspace;
	int err = object_grant(to, SELKIE_SLOT_ENDPOINT(0), process->endpoint, seL4_AllRights, 0);

	err = err ? err
		  : object_grant(to, SELKIE_SLOT_NOTIFICATION(0), process->notification,
				 seL4_AllRights, 0);
	err = err ? err
		  : object_grant(to, SELKIE_SLOT_MANAGER, manager->endpoint, OBJECT_CAN_CALL,
				 SELKIE_BADGE_MGR_VMM(vm));
	for (unsigned int i = 0; !err && i < SELKIE_VCPU_MAX + 1; i++) {
		process->reply[i] = arena_make(arena, CAP_REPLY, 0, NULL);
		if (process->reply[i] == CAP_NONE)
			return -ENOMEM;
		err = object_grant(to, SELKIE_SLOT_REPLY(i), process->reply[i], seL4_AllRights, 0);
	}
	return err;
}

int process_create(struct manager *manager, struct arena *arena, struct process *process,
		   const struct selkie_process *info)
{
	struct object_thread thread = {.priority = MANAGER_VMM_PRIORITY};
	cap_t ipc_frame;
	int err;

	*process = (struct process){.tcb = CAP_NONE};
	process->vspace = object_vspace(arena);
	process->cspace.bits = info->role == SELKIE_ROLE_USER ? PROCESS_USER_CSPACE_BITS
							      : SELKIE_PROCESS_CSPACE_BITS;
	process->cspace.cnode = arena_make(arena, CAP_CNODE, process->cspace.bits, NULL);
	process->tcb = arena_make(arena, CAP_TCB, 0, NULL);
	process->sched_context = object_sched_context(arena, manager->sched_control);
	process->endpoint = arena_make(arena, CAP_ENDPOINT, 0, NULL);
	process->notification = arena_make(arena, CAP_NOTIFICATION, 0, NULL);
	thread.fault = object_mint(arena, manager->endpoint, OBJECT_CAN_FAULT,
				   SELKIE_BADGE_MGR_VMM_FAULT(info->vm));
	if (!process->vspace || !process->cspace.cnode || !process->tcb ||
	    !process->sched_context || !process->endpoint || !process->notification ||
	    !thread.fault)
		return -ENOMEM;
	err = process_map_image(manager, arena, process);
	err = err ? err : process_map_pages(manager, arena, process, info, &ipc_frame);
	err = err ? err : process_fill_cspace(manager, arena, process, info->vm);
	if (err)
		return err;
	thread.tcb = process->tcb;
	thread.cspace = process->cspace;
	thread.vspace = process->vspace;
	thread.ipc_buffer = SELKIE_IPC_BUFFER_VA(0);
	thread.ipc_frame = ipc_frame;
	thread.sched_context = process->sched_context;
	err = object_configure(&thread);
	if (err || seL4_TCB_BindNotification(process->tcb, process->notification))
		return err ? err : -EINVAL;
	/* Native code does not use FP/SIMD: no need to switch it. */
	seL4_TCB_SetFlags(process->tcb, 0, seL4_TCBFlag_fpuDisabled);
	return 0;
}

int process_start(struct process *process)
{
	seL4_UserContext context = {
		.pc = process_image.entry,
		.sp = SELKIE_STACK_TOP(0),
		.x0 = SELKIE_PROCESS_VA,
	};

	return seL4_TCB_WriteRegisters(process->tcb, true, 0, PROCESS_START_REGISTERS, &context)
		       ? -EINVAL
		       : 0;
}

int vcpu_create(struct manager *manager, struct arena *arena, struct process *process,
		struct vcpu *vcpu, unsigned int index, const struct object_thread *template)
{
	struct object_thread thread = *template;
	cap_t object;
	int err;

	thread.tcb = arena_make(arena, CAP_TCB, 0, NULL);
	object = arena_make(arena, CAP_VCPU, 0, NULL);
	thread.sched_context = object_sched_context(arena, manager->sched_control);
	thread.fault =
		object_mint(arena, process->endpoint, OBJECT_CAN_FAULT, SELKIE_BADGE_FAULT(index));
	if (!thread.tcb || !object || !thread.sched_context || !thread.fault)
		return -ENOMEM;
	err = object_configure(&thread);
	if (!err && seL4_ARM_VCPU_SetTCB(object, thread.tcb))
		err = -EINVAL;
	err = err ? err
		  : object_grant(&process->cspace, SELKIE_SLOT_TCB_OF(index), thread.tcb,
				 seL4_AllRights, 0);
	err = err ? err
		  : object_grant(&process->cspace, SELKIE_SLOT_VCPU_OF(index), object,
				 seL4_AllRights, 0);
	if (!err)
		*vcpu = (struct vcpu){thread.tcb, object};
	return err;
}
