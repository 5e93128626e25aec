// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the service VM gets of the machine: device pages on first touch, interrupt lines on request,
 * and the power switch. The platform's device tree says what it may have.
 */
#include "manager.h"

#include <errno.h>
#include <pl011.h>
#include <stdio.h>

#define SERVICE_TIMER_PPI	  30u /* the physical timer */
#define SERVICE_PSCI_SYSTEM_OFF	  0x84000008u
#define SERVICE_PSCI_SYSTEM_RESET 0x84000009u
#define SERVICE_IRQ_DEPTH	  64u
#define SERVICE_SPI_FIRST	  32u

/* Maps a device frame; cap and block are given back if that fails. */
static int service_map_frame(struct manager *manager, ipa_t base, unsigned int bits)
{
	cap_t untyped = buddy_take_at(&manager->device, base, bits);
	cap_t cap = slots_take(&manager->reserve);
	int err = -ENOMEM;

	if (untyped != CAP_NONE && cap != CAP_NONE &&
	    !cap_retype(untyped, bits == LARGE_BITS ? CAP_LARGE_PAGE : CAP_PAGE, 0, cap))
		err = stage2_map(&manager->service.stage2, cap, base, bits,
				 CAP_MAP_WRITE | CAP_MAP_DEVICE);
	if (!err)
		return 0;
	cap_delete(cap);
	slots_give(&manager->reserve, cap);
	if (untyped != CAP_NONE)
		buddy_give(&manager->device, untyped);
	return err;
}

/* A page of which the manager has the frame. */
static int service_map_copy(struct manager *manager, const struct device_page *page)
{
	cap_t copy = slots_take(&manager->reserve);
	int err = -ENOMEM;

	if (copy != CAP_NONE && !cap_copy(page->cap, copy))
		err = stage2_map(&manager->service.stage2, copy, page->base, PAGE_BITS,
				 CAP_MAP_WRITE | CAP_MAP_DEVICE);
	if (err) {
		cap_delete(copy);
		slots_give(&manager->reserve, copy);
	}
	return err;
}

int service_map_device(struct manager *manager, ipa_t ipa)
{
	ipa_t page = ipa & ~(PAGE_SIZE - 1), block = ipa & ~(LARGE_SIZE - 1);
	int err;

	if (!devtree_is_device(&manager->platform, page, PAGE_SIZE))
		return -EFAULT;
	for (unsigned int i = 0; i < manager->device_page_count; i++)
		if (manager->device_page[i].base == page) {
			err = service_map_copy(manager, &manager->device_page[i]);
			return err == -EEXIST ? 0 : err;
		}
	/* PCI windows by 2 MiB; that fails where pages of the block are in use already. */
	if (devtree_is_device(&manager->platform, block, LARGE_SIZE)) {
		err = service_map_frame(manager, block, LARGE_BITS);
		if (!err || err == -EEXIST)
			return 0;
	}
	err = service_map_frame(manager, page, PAGE_BITS);
	return err == -EEXIST ? 0 : err;
}

/* The kernel's handler of an interrupt; of a core's own one if that is the private timer's. */
static seL4_Error service_irq_get(uint32_t intid, bool edge, unsigned int core, cap_t to)
{
	if (intid >= SERVICE_SPI_FIRST)
		return seL4_IRQControl_GetTrigger(seL4_CapIRQControl, intid, edge,
						  seL4_CapInitThreadCNode, to, SERVICE_IRQ_DEPTH);
#ifdef CONFIG_ENABLE_SMP_SUPPORT
	return seL4_IRQControl_GetTriggerCore(seL4_CapIRQControl, intid, edge,
					      seL4_CapInitThreadCNode, to, SERVICE_IRQ_DEPTH, core);
#else
	return seL4_IRQControl_Get(seL4_CapIRQControl, intid, seL4_CapInitThreadCNode, to,
				   SERVICE_IRQ_DEPTH);
#endif
}

/* Puts a handler for a line in the vmm's slot and connects it to a bit of a notification of it. */
static int service_bind(struct manager *manager, uint32_t intid, bool edge, unsigned int core,
			uint32_t slot, uint64_t bits, cap_t *handler)
{
	const struct process *process = &manager->service.process;
	cap_t cap = slots_take(&manager->reserve), badged = CAP_NONE;

	if (cap == CAP_NONE)
		return -ENOMEM;
	if (service_irq_get(intid, edge, core, cap)) {
		slots_give(&manager->reserve, cap);
		return -EBUSY;
	}
	badged = object_mint(&manager->arena, process->thread[core].notification,
			     OBJECT_CAN_SIGNAL, bits);
	if (badged == CAP_NONE || seL4_IRQHandler_SetNotification(cap, badged) ||
	    object_grant(&process->cspace, slot, cap, seL4_AllRights, 0)) {
		cap_delete(cap);
		slots_give(&manager->reserve, cap);
		return -ENOMEM;
	}
	*handler = cap;
	return 0;
}

int service_bind_irq(struct manager *manager, uint64_t intid, uint64_t bit, bool edge)
{
	const struct devtree_platform *platform = &manager->platform;

	if (bit >= SELKIE_SIGNAL_IRQ_MAX || intid < SERVICE_SPI_FIRST ||
	    intid >= DEVTREE_IRQ_COUNT || !(platform->irq_allowed[intid / 64] >> intid % 64 & 1))
		return -EINVAL;
	if (manager->service.irq[bit] != CAP_NONE)
		return -EBUSY;
	return service_bind(manager, (uint32_t)intid, edge, 0, SELKIE_SLOT_IRQ((uint32_t)bit),
			    1ull << bit, &manager->service.irq[bit]);
}

int service_bind_timer(struct manager *manager, unsigned int core)
{
	cap_t handler;

	return service_bind(manager, SERVICE_TIMER_PPI, false, core, SELKIE_SLOT_TIMER(core),
			    SELKIE_SIGNAL_TIMER, &handler);
}

_Noreturn void service_system(struct manager *manager, uint64_t what)
{
	seL4_ARM_SMCContext request =
				    {
					    .x0 = what == 1 ? SERVICE_PSCI_SYSTEM_RESET
							    : SERVICE_PSCI_SYSTEM_OFF,
				    },
			    response;

	printf("manager: %s\n", what == 1 ? "reset" : "power off");
	seL4_ARM_SMC_Call(seL4_CapSMC, &request, &response);
	printf("manager: the firmware refused (PSCI error %ld)\n", (long)response.x0);
	for (;;)
		seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
