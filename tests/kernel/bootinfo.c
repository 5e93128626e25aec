// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the initial thread is told and given: bootinfo's invariants, the fixed slots, the untypeds.
 */
#include "harness.h"

#define RAM_START 0x60000000ul
#define RAM_END	  0xc0000000ul
#define FDT_MAGIC 0xedfe0dd0u /* as read by a little-endian machine */

static bool covered(seL4_Word paddr, bool device)
{
	seL4_Word count = bootinfo->untyped.end - bootinfo->untyped.start;

	for (seL4_Word i = 0; i < count; i++) {
		const seL4_UntypedDesc *u = &bootinfo->untypedList[i];

		if (!((paddr - u->paddr) >> u->sizeBits) && u->isDevice == device)
			return true;
	}
	return false;
}

static void bootinfo_fields(void)
{
	seL4_SlotRegion all[] = {bootinfo->userImageFrames, bootinfo->userImagePaging,
				 bootinfo->extraBIPages, bootinfo->schedcontrol, bootinfo->untyped};
	bool ordered = true;

	EQUAL("the first core is node 0", bootinfo->nodeID, 0);
#ifdef CONFIG_ENABLE_SMP_SUPPORT
	TRUE("several cores count as nodes", bootinfo->numNodes > 1);
#else
	EQUAL("a single core counts one node", bootinfo->numNodes, 1);
#endif
	EQUAL("the root CNode has 2^17 slots", bootinfo->initThreadCNodeSizeBits, 17);
	EQUAL("the initial thread is in domain 0", bootinfo->initThreadDomain, 0);
	EQUAL("bootinfo names the IPC buffer in use", (seL4_Word)bootinfo->ipcBuffer,
	      (seL4_Word)seL4_GetIPCBuffer());
	EQUAL("the IPC buffer is page aligned", (seL4_Word)bootinfo->ipcBuffer & 0xfff, 0);
	EQUAL("bootinfo follows the IPC buffer", (seL4_Word)bootinfo,
	      (seL4_Word)bootinfo->ipcBuffer + 0x1000);
	EQUAL("empty slots reach the end of the root CNode", bootinfo->empty.end, 1ul << 17);
	EQUAL("there is one scheduling control cap for each core",
	      bootinfo->schedcontrol.end - bootinfo->schedcontrol.start, bootinfo->numNodes);
	EQUAL("no frames are shared", bootinfo->sharedFrames.start, bootinfo->sharedFrames.end);
	EQUAL("there are no IO spaces", bootinfo->ioSpaceCaps.start, bootinfo->ioSpaceCaps.end);
	TRUE("the image has paging structures",
	     bootinfo->userImagePaging.end > bootinfo->userImagePaging.start);
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ordered &= all[i].start <= all[i].end && all[i].end <= bootinfo->empty.start &&
			   (all[i].start == all[i].end || all[i].start >= seL4_NumInitialCaps);
	TRUE("slot regions lie between the fixed and the empty slots", ordered);
}

static void bootinfo_chunks(void)
{
	const uint8_t *at = (const uint8_t *)bootinfo + seL4_BootInfoFrameSize;
	const uint8_t *end = at + bootinfo->extraLen;
	const seL4_BootInfoHeader *fdt = NULL;
	bool tiled = true;

	while (at < end) {
		const seL4_BootInfoHeader *header = (const void *)at;

		tiled &= header->len >= sizeof(*header) && header->len <= (seL4_Word)(end - at);
		if (!tiled)
			break;
		if (header->id == SEL4_BOOTINFO_HEADER_FDT)
			fdt = header;
		at += header->len;
	}
	TRUE("chunks after bootinfo tile its extra length", tiled);
	TRUE("one of the chunks is the device tree", fdt != NULL);
	if (fdt)
		EQUAL("the device tree chunk starts with the tree's magic",
		      *(const uint32_t *)(fdt + 1), FDT_MAGIC);
	TRUE("there are frames for all of the extra length",
	     (bootinfo->extraBIPages.end - bootinfo->extraBIPages.start) * 4096 >=
		     bootinfo->extraLen);
}

static void bootinfo_untypeds(void)
{
	seL4_Word count = bootinfo->untyped.end - bootinfo->untyped.start;
	bool sizes = true, aligned = true, apart = true, placed = true;
	seL4_Word ram = 0;

	for (seL4_Word i = 0; i < count; i++) {
		const seL4_UntypedDesc *u = &bootinfo->untypedList[i];
		seL4_Word size = 1ul << u->sizeBits;

		sizes &= u->sizeBits >= seL4_MinUntypedBits && u->sizeBits <= seL4_MaxUntypedBits;
		aligned &= (u->paddr & (size - 1)) == 0;
		if (!u->isDevice) {
			ram += size;
			placed &= u->paddr >= RAM_START && u->paddr + size <= RAM_END;
		}
		for (seL4_Word j = 0; j < i; j++) {
			const seL4_UntypedDesc *v = &bootinfo->untypedList[j];

			apart &= u->paddr + size <= v->paddr ||
				 v->paddr + (1ul << v->sizeBits) <= u->paddr;
		}
	}
	TRUE("untyped sizes are within limits", sizes);
	TRUE("untypeds are aligned to their size", aligned);
	TRUE("untypeds do not overlap", apart);
	TRUE("untypeds that are not device memory lie in RAM", placed);
	TRUE("most of RAM is untyped", ram > (RAM_END - RAM_START) / 8 * 7);
	TRUE("memory below the kernel's RAM is device untyped", covered(0x48000000, true));
	TRUE("the UART is device untyped", covered(0x09000000, true));
	TRUE("the GIC's virtual CPU interface is device untyped", covered(0x08040000, true));
	TRUE("the GIC's distributor is nobody's", !covered(0x08000000, true));
	TRUE("the GIC's CPU interface is nobody's", !covered(0x08010000, true));
	TRUE("the GIC's virtual interface control is nobody's", !covered(0x08030000, true));
	TRUE("device untypeds reach the end of the physical address space",
	     covered((1ul << 40) - 1, true));
}

static void bootinfo_slots(void)
{
	static const seL4_Word missing[] = {seL4_CapNull, seL4_CapIOPortControl, seL4_CapIOSpace,
					    seL4_CapSMMUSIDControl, seL4_CapSMMUCBControl};
	static const seL4_Word present[] = {seL4_CapInitThreadTCB,
					    seL4_CapInitThreadCNode,
					    seL4_CapInitThreadVSpace,
					    seL4_CapIRQControl,
					    seL4_CapASIDControl,
					    seL4_CapInitThreadASIDPool,
					    seL4_CapBootInfoFrame,
					    seL4_CapInitThreadIPCBuffer,
					    seL4_CapDomain,
					    seL4_CapInitThreadSC,
					    seL4_CapSMC};
	bool all_empty = true, all_there = true;

	for (unsigned int i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		all_empty &= slot_is_empty(missing[i]);
	for (unsigned int i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		all_there &= !slot_is_empty(present[i]);
	TRUE("slots for what the platform lacks are empty", all_empty);
	TRUE("the fixed slots hold caps", all_there);
	TRUE("the last slot of the root CNode is empty", slot_is_empty(bootinfo->empty.end - 1));
	FAILS("IRQ control cannot be copied", cap_copy(slot_new(), seL4_CapIRQControl),
	      seL4_IllegalOperation);
	SUCCEEDS("the ASID control can be copied", cap_copy(slot_new(), seL4_CapASIDControl));
	SUCCEEDS("the domain cap can be copied", cap_copy(slot_new(), seL4_CapDomain));
	SUCCEEDS("scheduling control can be copied", cap_copy(slot_new(), sched_control));
}

const struct test_group bootinfo_group = {
	"bootinfo", (void (*const[])(void)){bootinfo_fields, bootinfo_chunks, bootinfo_untypeds,
					    bootinfo_slots, NULL}};
