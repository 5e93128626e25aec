// SPDX-License-Identifier: BSD-2-Clause
/*
 * From the loader's jump to the first thread: one ordered list. Called by start.S with seL4's boot
 * arguments, returns the thread to run. Memory is divided here: the kernel's own image, the root
 * task's image and the device tree stay what they are; RAM from the kernel's load address upwards
 * becomes root-task objects and untypeds; all else, RAM below the kernel included, is device memory
 * of user level, except the interrupt controller.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/gic.h>
#include <arch/smp.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <arch/vcpu.h>
#include <arch/vspace.h>
#include <plat/plat.h>

#include "arch.h"
#include "entry.h"
#include "print.h"

extern const char kernel_start[], kernel_end[];

struct tcb *boot_main(pa_t image_start, pa_t image_end, u64 physical_offset, va_t entry,
		      pa_t dtb_start, u64 dtb_size);

static struct region page_bounds(pa_t start, pa_t end)
{
	return (struct region){start & ~MASK(PAGE_BITS),
			       (end + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS)};
}

static struct region kernel_image(void)
{
	return page_bounds(kva_to_pa((kva_t)kernel_start), kva_to_pa((kva_t)kernel_end));
}

static void init_cpu(void)
{
	u64 sctlr = sysreg_read(sctlr_el2);

	sctlr |= SCTLR_EL2_M | SCTLR_EL2_C | SCTLR_EL2_I;
	sctlr &= ~(SCTLR_EL2_A | SCTLR_EL2_WXN | SCTLR_EL2_EE);
	sysreg_write(sctlr_el2, sctlr);
	sysreg_write(hstr_el2, 0);
	sysreg_write(cptr_el2, CPTR_RES1 | CPTR_TFP);
	isb();
}

#if CONFIG_SMP
void boot_init_core(void)
{
	init_cpu();
	kmap_activate();
	pgtable_init();
	asid_init_core();
	gic_init_core();
	timer_init();
	vcpu_init_core();
}
#endif

/* The RAM that the kernel may use, from the device tree or, without one, the board's default. */
static struct region_list find_ram(struct region dtb)
{
	struct region ram[RAM_REGION_MAX];
	struct region_list free = {.count = 0};
	u32 count = 0;

	if (dtb.start < dtb.end)
		count = fdt_read_ram((const void *)pa_to_kva(dtb.start), dtb.end - dtb.start, ram);
	if (!count)
		ram[count++] = (struct region){PLAT_DEFAULT_RAM_START, PLAT_DEFAULT_RAM_END};
	for (u32 i = 0; i < count; i++) {
		struct region usable = kmap_add_ram(ram[i]);

		usable.start = max_u64(usable.start, kernel_image().start);
		region_add(&free, usable);
	}
	return free;
}

static struct region_list find_device_memory(const struct region_list *ram_free,
					     const struct boot_image *boot)
{
	static const pa_t kept[] = {PLAT_GICD_BASE, PLAT_GICC_BASE, PLAT_GICH_BASE};
	struct region_list device = {.count = 0};

	region_add(&device, (struct region){0, PLAT_DEVICE_TOP});
	for (u32 i = 0; i < ARRAY_SIZE(kept); i++)
		region_subtract(&device, (struct region){kept[i], kept[i] + BIT(PAGE_BITS)});
	for (u32 i = 0; i < ram_free->count; i++)
		region_subtract(&device, ram_free->region[i]);
	region_subtract(&device, kernel_image());
	region_subtract(&device, boot->image);
	region_subtract(&device, page_bounds(boot->dtb.start, boot->dtb.end));
	return device;
}

struct tcb *boot_main(pa_t image_start, pa_t image_end, u64 physical_offset, va_t entry,
		      pa_t dtb_start, u64 dtb_size)
{
	struct boot_image boot = {
		.image = page_bounds(image_start, image_end),
		.physical_offset = physical_offset,
		.entry = entry,
		.dtb = {dtb_start, dtb_start + (u32)dtb_size},
	};
	struct region_list ram_free, device;

	smp_init();
	init_cpu();
	cache_init();
	kmap_init(boot.dtb);
	print_always("Selkie bundled kernel: seL4 16.0.0 API, UNVERIFIED; %s%s configuration\n",
		     CONFIG_SMP ? "smp-" : "", KERNEL_DEBUG ? "debug" : "release");
	if (CONFIG_SMP)
		print_always("kernel: waits for %u cores\n", CONFIG_CORE_COUNT);
	pgtable_init();
	asid_init();
	gic_init();
	timer_init();
	vcpu_init_core();

	ram_free = find_ram(boot.dtb);
	if (!kmap_covers(boot.image.start, boot.image.end - boot.image.start))
		panic("root task image is not in RAM");
	region_subtract(&ram_free, kernel_image());
	region_subtract(&ram_free, boot.image);
	region_subtract(&ram_free, page_bounds(boot.dtb.start, boot.dtb.end));
	device = find_device_memory(&ram_free, &boot);

	boot_core_init();
	rootserver_create(&boot, &ram_free, &device);
	smp_start();
	return boot_finish();
}
