/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells the initial thread: the fixed slots of its CSpace, the bootinfo page (its
 * address is in x0 at the thread's first instruction), and the chunks that follow that page.
 */
#pragma once

#include <sel4/types.h>

enum seL4_RootCNodeCapSlots {
	seL4_CapNull,
	seL4_CapInitThreadTCB,
	seL4_CapInitThreadCNode,
	seL4_CapInitThreadVSpace,
	seL4_CapIRQControl,
	seL4_CapASIDControl,
	seL4_CapInitThreadASIDPool,
	seL4_CapIOPortControl,
	seL4_CapIOSpace,
	seL4_CapBootInfoFrame,
	seL4_CapInitThreadIPCBuffer,
	seL4_CapDomain,
	seL4_CapSMMUSIDControl,
	seL4_CapSMMUCBControl,
	seL4_CapInitThreadSC,
	seL4_CapSMC,
	seL4_NumInitialCaps
};

typedef seL4_Word seL4_SlotPos;

/* Slots start to end - 1. */
typedef struct seL4_SlotRegion {
	seL4_SlotPos start;
	seL4_SlotPos end;
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
	seL4_Word paddr;
	seL4_Uint8 sizeBits;
	seL4_Uint8 isDevice;
	seL4_Uint8 padding[6];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
	seL4_Word extraLen; /* bytes of chunks after this page */
	seL4_NodeId nodeID;
	seL4_Word numNodes;
	seL4_Word numIOPTLevels;
	seL4_IPCBuffer *ipcBuffer;
	seL4_SlotRegion empty;
	seL4_SlotRegion sharedFrames;
	seL4_SlotRegion userImageFrames;
	seL4_SlotRegion userImagePaging;
	seL4_SlotRegion ioSpaceCaps;
	seL4_SlotRegion extraBIPages;
	seL4_Word initThreadCNodeSizeBits;
	seL4_Domain initThreadDomain;
	seL4_SlotRegion schedcontrol; /* one per core */
	seL4_SlotRegion untyped;      /* untypedList[i] describes slot untyped.start + i */
	seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

#define seL4_BootInfoFrameBits seL4_PageBits
#define seL4_BootInfoFrameSize LIBSEL4_BIT(seL4_BootInfoFrameBits)

/* Chunks start at the second page; the kernel defines more ids for other architectures. */
typedef enum {
	SEL4_BOOTINFO_HEADER_PADDING = 0,
	SEL4_BOOTINFO_HEADER_FDT = 6,
	SEL4_BOOTINFO_HEADER_NUM,
	SEL4_FORCE_LONG_ENUM(seL4_BootInfoID)
} seL4_BootInfoID;

typedef struct seL4_BootInfoHeader {
	seL4_Word id;
	seL4_Word len; /* bytes, this header included */
} seL4_BootInfoHeader;

_Static_assert(sizeof(seL4_UntypedDesc) == 16, "untyped descriptor size");
_Static_assert(sizeof(seL4_BootInfo) == 184 + 16 * CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS,
	       "bootinfo size");
_Static_assert(sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize, "bootinfo fits its page");
