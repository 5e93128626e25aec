// SPDX-License-Identifier: BSD-2-Clause
/*
 * The service VM: RAM from the device untyped in which the boot archive lies, kernel and initrd
 * used where they are, an edited device tree, the connector's pages, a vCPU per core and its vmm.
 *
 * Runs once at boot; whatever is missing or does not fit is one line on the console.
 */
#include "manager.h"

#include <archive_reader.h>
#include <connector.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

#define SERVICE_DTB_SIZE   LARGE_SIZE /* set aside at the end of RAM */
#define SERVICE_DTB_ROOM   0x10000u
/* Free on the board: between the virtio-mmio slots and the platform bus. */
#define SERVICE_ECAM_BASE   0x0b000000u
#define SERVICE_ECAM_SIZE   0x100000u
#define SERVICE_BAR_BASE    0x0b100000u
#define SERVICE_V2M_SETSPI  0x40u	/* the register that devices write */
#define SERVICE_IMAGE_MAGIC 0x644d5241u /* "ARM\x64": Linux, arm64/booting.rst */

struct service_image { /* the header of an arm64 Image */
	uint32_t code[2];
	uint64_t text_offset, image_size, flags;
	uint64_t reserved[3];
	uint32_t magic, pe_offset;
};

struct service_boot {
	struct archive archive;
	struct config config;
	const struct selkie_archive_piece *kernel, *initrd;
	struct devtree_range ram; /* what the service VM is told of */
	pa_t dtb_base;
};

static struct service_boot service_boot;

static int service_fail(const char *what, int err)
{
	printf("manager: service VM: %s (error %d)\n", what, -err);
	return err;
}

/* All memory from its base on that is device memory to seL4, which leaves the archive alone. */
static int service_create_ram(struct manager *manager)
{
	struct service *service = &manager->service;
	pa_t base = (manager->platform.memory.base + LARGE_SIZE - 1) & ~(LARGE_SIZE - 1);
	pa_t end = manager->platform.memory.base + manager->platform.memory.size;
	pa_t at = base;

	for (; at + LARGE_SIZE <= end && at < manager->pool_base; at += LARGE_SIZE) {
		cap_t untyped = buddy_take_at(&manager->device, at, LARGE_BITS), frame;

		if (untyped == CAP_NONE)
			break;
		frame = slots_take(&manager->reserve);
		if (frame == CAP_NONE || cap_retype(untyped, CAP_LARGE_PAGE, 0, frame) ||
		    stage2_map(&service->stage2, frame, at, LARGE_BITS, CAP_MAP_WRITE))
			return service_fail("RAM cannot be mapped", -ENOMEM);
	}
	service->ram = (struct devtree_range){base, at - base};
	if (manager->platform.initrd.base < base ||
	    manager->platform.initrd.base + manager->platform.initrd.size > at)
		return service_fail("the archive is not in its RAM", -EINVAL);
	return 0;
}

/* [base, base + size) of the RAM in the manager's own address space, as long as views lives. */
static void *service_map_ram(struct manager *manager, struct arena *views, pa_t base, uint64_t size)
{
	struct service *service = &manager->service;
	pa_t first = base & ~(LARGE_SIZE - 1);
	char *start = NULL;

	for (pa_t at = first; at < base + size; at += LARGE_SIZE) {
		cap_t copy = arena_slot(views),
		      frame = stage2_frame(&service->stage2, at, LARGE_BITS);
		char *window;

		if (copy == CAP_NONE || frame == CAP_NONE || cap_copy(frame, copy))
			return NULL;
		window = window_map_large(manager, at - service->ram.base, copy);
		if (!window)
			return NULL;
		if (!start)
			start = window;
	}
	return start + (base - first);
}

/* The piece's place in RAM. */
static struct devtree_range service_piece(const struct manager *manager,
					  const struct selkie_archive_piece *piece)
{
	if (!piece)
		return (struct devtree_range){0, 0};
	return (struct devtree_range){manager->platform.initrd.base + piece->offset, piece->size};
}

static int service_read_archive(struct manager *manager, const char *archive)
{
	struct service_boot *boot = &service_boot;
	const struct selkie_archive_piece *config;
	const struct service_image *image;
	struct archive_problem problem;
	const char *what;
	unsigned int line;

	if (archive_open(&boot->archive, archive, manager->platform.initrd.size, &problem)) {
		printf("manager: archive: %s %s\n", problem.piece, problem.what);
		return -EINVAL;
	}
	boot->kernel = archive_find(&boot->archive, SELKIE_ARCHIVE_SERVICE_KERNEL);
	boot->initrd = archive_find(&boot->archive, SELKIE_ARCHIVE_SERVICE_INITRD);
	if (!boot->kernel)
		return service_fail("the archive has no " SELKIE_ARCHIVE_SERVICE_KERNEL, -ENOENT);
	image = (const struct service_image *)(archive + boot->kernel->offset);
	if (boot->kernel->size < sizeof(*image) || image->magic != SERVICE_IMAGE_MAGIC)
		return service_fail(SELKIE_ARCHIVE_SERVICE_KERNEL " is no arm64 Image", -EINVAL);
	if (image->image_size > boot->kernel->room)
		return service_fail(SELKIE_ARCHIVE_SERVICE_KERNEL " has no room for its BSS",
				    -EINVAL);
	if (service_piece(manager, boot->kernel).base % LARGE_SIZE)
		return service_fail(SELKIE_ARCHIVE_SERVICE_KERNEL " is not on a 2 MiB boundary",
				    -EINVAL);
	config_init(&boot->config);
	config = archive_find(&boot->archive, SELKIE_ARCHIVE_CONFIG);
	if (config &&
	    config_parse(&boot->config, archive + config->offset, config->size, &line, &what)) {
		printf("manager: archive: config line %u %s\n", line, what);
		return -EINVAL;
	}
	if (boot->config.cpus && boot->config.cpus < manager->core_count)
		manager->core_count = (unsigned int)boot->config.cpus;
	return 0;
}

/* Kernel and initrd must lie in the RAM that is told of, and the device tree beside the archive. */
static int service_place(struct manager *manager)
{
	struct service_boot *boot = &service_boot;
	const struct devtree_range *archive = &manager->platform.initrd;
	uint64_t limit = boot->config.ram_mib << 20;

	boot->ram = manager->service.ram;
	if (limit && limit < boot->ram.size)
		boot->ram.size = limit & ~(LARGE_SIZE - 1);
	if (archive->base + archive->size > boot->ram.base + boot->ram.size)
		return service_fail("service.ram_mib leaves no room for the archive", -EINVAL);
	boot->dtb_base = boot->ram.base + boot->ram.size - SERVICE_DTB_SIZE;
	if (boot->dtb_base < archive->base + archive->size)
		boot->dtb_base = boot->ram.base;
	if (boot->dtb_base + SERVICE_DTB_SIZE > archive->base && boot->dtb_base < archive->base)
		return service_fail("the archive leaves no room for the device tree", -EINVAL);
	return 0;
}

static int service_write_devtree(struct manager *manager, void *buffer)
{
	struct service_boot *boot = &service_boot;
	struct devtree_service tree = {
		.memory = boot->ram,
		.initrd = service_piece(manager, boot->initrd),
		.ecam = {SERVICE_ECAM_BASE, SERVICE_ECAM_SIZE},
		.bar = {SERVICE_BAR_BASE, SELKIE_BAR_SIZE},
		.bootargs = boot->config.bootargs,
		.cpu_count = manager->core_count,
	};
	const char *problem;

	if (devtree_edit(manager->fdt, buffer, SERVICE_DTB_ROOM, &tree, &problem) < 0) {
		printf("manager: the device tree %s\n", problem);
		return -EINVAL;
	}
	return 0;
}

static int service_prepare_boot(struct manager *manager)
{
	const struct devtree_range *range = &manager->platform.initrd;
	struct arena views;
	cap_t frame;
	void *window;
	int err;

	arena_init(&views, &manager->memory, &manager->reserve, LARGE_BITS);
	window = service_map_ram(manager, &views, range->base, range->size);
	err = window ? service_read_archive(manager, window) : service_fail("no window", -ENOMEM);
	arena_destroy(&views);
	err = err ? err : service_place(manager);
	if (err)
		return err;
	window = service_map_ram(manager, &views, service_boot.dtb_base, SERVICE_DTB_SIZE);
	err = window ? service_write_devtree(manager, window) : service_fail("no window", -ENOMEM);
	/* The service VM starts with its caches off. */
	frame = views.first;
	if (!err && seL4_ARM_Page_CleanInvalidate_Data(frame, 0, SERVICE_DTB_ROOM))
		err = service_fail("the device tree cannot be cleaned to memory", -EINVAL);
	arena_destroy(&views);
	return err;
}

/* BAR 0: info page, CPU pages and call pages in one row; returns the vCPUs' call pages. */
static int service_create_connector(struct manager *manager, cap_t call_frame[SELKIE_CPU_MAX])
{
	struct service *service = &manager->service;
	struct selkie_info_page info = {
		.magic = SELKIE_INFO_MAGIC,
		.version = SELKIE_ABI_VERSION,
		.cpu_count = manager->core_count,
		.pool_base = manager->pool_base,
		.pool_size = manager->pool_size,
	};

	for (uint64_t offset = 0; offset < SELKIE_BAR_SIZE; offset += PAGE_SIZE) {
		cap_t frame = arena_make(&manager->arena, CAP_PAGE, 0, NULL);
		int err;

		if (frame == CAP_NONE)
			return -ENOMEM;
		if (offset == SELKIE_BAR_INFO) {
			void *window = window_map(manager, WINDOW_SCRATCH, frame, CAP_MAP_WRITE);

			if (!window)
				return -ENOMEM;
			memcpy(window, &info, sizeof(info));
			cap_unmap_page(frame);
		}
		err = stage2_map(&service->stage2, frame, SERVICE_BAR_BASE + offset, PAGE_BITS,
				 CAP_MAP_WRITE);
		if (!err && offset < SELKIE_BAR_CPU(SELKIE_CPU_MAX))
			err = process_share(&manager->arena, &service->process, frame,
					    SELKIE_CONNECTOR_VA + offset, CAP_MAP_WRITE);
		if (err)
			return err;
		if (offset >= SELKIE_BAR_CALL(0) && offset < SELKIE_BAR_CALL(SELKIE_CPU_MAX))
			*call_frame++ = frame;
	}
	return 0;
}

static int service_create_process(struct manager *manager)
{
	const struct devtree_platform *platform = &manager->platform;
	struct process *process = &manager->service.process;
	struct selkie_process info = {
		.version = SELKIE_ABI_VERSION,
		.role = SELKIE_ROLE_SERVICE,
		.vm = SELKIE_VM_MAX,
		.core_count = manager->core_count,
		.counter_hz = manager->counter_hz,
		.entry_ipa = service_piece(manager, service_boot.kernel).base,
		.dtb_ipa = service_boot.dtb_base,
		.gicd_base = platform->gicd.base,
		.gicc_base = platform->gicc.base,
		.msi_spi_base = platform->msi_first,
		.msi_spi_count = platform->msi_count,
		.uart_spi = platform->uart_intid,
		.msi_doorbell = platform->v2m.base + SERVICE_V2M_SETSPI,
		.ecam_base = SERVICE_ECAM_BASE,
		.bar_base = SERVICE_BAR_BASE,
	};
	int err;

	for (uint32_t i = 0; i < DEVTREE_IRQ_COUNT; i++)
		if (platform->irq_allowed[i / 64] >> i % 64 & 1)
			info.gic_irq_count = (i / 32 + 1) * 32;
	memcpy(info.irq_allowed, platform->irq_allowed, sizeof(info.irq_allowed));
	err = process_create(manager, &manager->arena, process, &info);
	if (err)
		return err;
	manager->service.event = object_mint(&manager->arena, process->thread[0].notification,
					     OBJECT_CAN_SIGNAL, SELKIE_SIGNAL_EVENT);
	return manager->service.event == CAP_NONE ? -ENOMEM : 0;
}

static int service_create_vcpu(struct manager *manager, unsigned int core, cap_t call_frame)
{
	struct service *service = &manager->service;
	struct object_thread template = {
		.cspace = service->cspace,
		.vspace = service->stage2.vspace,
		.ipc_buffer = SERVICE_BAR_BASE + SELKIE_BAR_CALL(core),
		.ipc_frame = call_frame,
		.priority = MANAGER_SERVICE_PRIORITY,
	};
	int err = vcpu_create(manager, &manager->arena, &service->process, &service->vcpu[core], core,
			      core, &template);

	return err ? err : service_bind_timer(manager, core);
}

int service_create(struct manager *manager)
{
	struct service *service = &manager->service;
	cap_t vspace = object_vspace(&manager->arena), call_frame[SELKIE_CPU_MAX];
	int err;

	stage2_init(&service->stage2, vspace, &manager->arena, &manager->memory, &manager->tables);
	service->cspace.bits = SELKIE_SERVICE_CSPACE_BITS;
	service->cspace.cnode =
		arena_make(&manager->arena, CAP_CNODE, SELKIE_SERVICE_CSPACE_BITS, NULL);
	if (vspace == CAP_NONE || service->cspace.cnode == CAP_NONE)
		return service_fail("no memory", -ENOMEM);
	err = service_create_ram(manager);
	err = err ? err : service_prepare_boot(manager);
	if (err)
		return err;
	err = service_create_process(manager);
	err = err ? err : service_create_connector(manager, call_frame);
	err = err ? err
		  : object_grant(&service->cspace, SELKIE_CPTR_MANAGER, manager->endpoint,
				 OBJECT_CAN_CALL, SELKIE_BADGE_MGR_MODULE);
	for (unsigned int core = 0; !err && core < manager->core_count; core++)
		err = service_create_vcpu(manager, core, call_frame[core]);
	for (unsigned int i = 0; !err && i < MANAGER_GICV_PAGES; i++)
		err = stage2_map(&service->stage2, manager->gicv[i],
				 manager->platform.gicc.base + i * PAGE_SIZE, PAGE_BITS,
				 CAP_MAP_WRITE | CAP_MAP_DEVICE);
	if (err)
		return service_fail("cannot be built", err);
	printf("manager: service VM: %lu MiB at 0x%lx, kernel at 0x%lx, device tree at 0x%lx\n",
	       (unsigned long)(service_boot.ram.size >> 20), (unsigned long)service_boot.ram.base,
	       (unsigned long)service_piece(manager, service_boot.kernel).base,
	       (unsigned long)service_boot.dtb_base);
	for (unsigned int core = 0; !err && core < manager->core_count; core++) {
		err = process_start(&service->process, core);
		err = err ? err : watchdog_start(manager, core);
		if (!err && manager->core_count > 1)
			err = evict_start(manager, core);
	}
	return err ? service_fail("its vmm does not start", err) : 0;
}
