/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform's device tree: what the manager learns from it, and the service VM's edited copy.
 *
 * Pure: no system calls, so that it runs on the host against real and corrupted trees. Everything
 * that may be missing or malformed is reported by a sentence that names it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVTREE_RANGE_MAX 96u
#define DEVTREE_IRQ_COUNT 1024u
#define DEVTREE_PAGE	  4096u

struct devtree_range {
	uint64_t base;
	uint64_t size;
};

struct devtree_platform {
	struct devtree_range memory; /* the first range */
	struct devtree_range initrd; /* the archive */
	struct devtree_range gicd, gicc, gicv, v2m;
	uint64_t uart_base;
	uint32_t uart_intid;
	uint32_t msi_first, msi_count; /* see devtree_allow_msi() */
	unsigned int device_count;
	struct devtree_range device[DEVTREE_RANGE_MAX]; /* what the service VM may map */
	uint64_t irq_allowed[DEVTREE_IRQ_COUNT / 64];	/* what it may bind, by INTID */
};

/* The service VM, for devtree_edit(). */
struct devtree_service {
	struct devtree_range memory;
	struct devtree_range initrd; /* size 0: none */
	struct devtree_range ecam;   /* virtual PCI host bridge, one bus */
	struct devtree_range bar;    /* its only window */
	const char *bootargs;
	unsigned int cpu_count;
};

/* Reads a tree of at most size bytes. 0 or -EINVAL with *problem set. */
int devtree_read(const void *tree, size_t size, struct devtree_platform *platform,
		 const char **problem);

/* Whether [base, base + size) lies in one range that the service VM may map. */
bool devtree_is_device(const struct devtree_platform *platform, uint64_t base, uint64_t size);

/* The INTIDs that the GICv2m frame may raise belong to the service VM. */
void devtree_allow_msi(struct devtree_platform *platform, uint32_t first, uint32_t count);

/* Writes the service VM's tree to buffer. Its size, or -EINVAL with *problem set. */
int devtree_edit(const void *tree, void *buffer, size_t buffer_size,
		 const struct devtree_service *service, const char **problem);
