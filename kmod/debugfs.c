// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/selkie: what the manager has left, and what each VM has done.
 *
 * Read-only. Reading "memory" is a call to the manager, after regions whose last user has gone are
 * given back, so that two readings compare exactly.
 */

#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "selkie.h"

static struct dentry *debugfs_root;

static const char *const debugfs_counters[SELKIE_COUNT_MAX] = {
	[SELKIE_COUNT_RUN] = "run",
	[SELKIE_COUNT_MMIO] = "mmio",
	[SELKIE_COUNT_IOEVENT] = "ioevent",
	[SELKIE_COUNT_GIC] = "gic",
	[SELKIE_COUNT_HVC] = "hvc",
	[SELKIE_COUNT_WFI] = "wfi",
	[SELKIE_COUNT_POPULATE] = "populate",
	[SELKIE_COUNT_MAINTENANCE] = "maintenance",
	[SELKIE_COUNT_TIMER] = "timer",
	[SELKIE_COUNT_INTERRUPT] = "interrupt",
	[SELKIE_COUNT_INJECT] = "inject",
	[SELKIE_COUNT_ABORT] = "abort",
	[SELKIE_COUNT_SYSREG] = "sysreg",
	[SELKIE_COUNT_SIGNAL] = "signal",
};

static int memory_show(struct seq_file *seq, void *unused)
{
	struct selkie_msg msg = {};
	int err;

	if (!connector_present())
		return -ENODEV;
	region_flush_idle();
	err = call_manager(SELKIE_MGR_STATS, 0, &msg);
	if (err)
		return err;
	seq_printf(seq, "free_bytes %llu\nfree_caps %llu\nvms %llu\nregions %llu\n", msg.mr[0],
		   msg.mr[1], msg.mr[2], msg.mr[3]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

static void vms_show_one(struct selkie_vm *vm, void *data)
{
	struct seq_file *seq = data;
	unsigned int i;

	seq_printf(seq, "vm %u pid %d", vm->index, vm->pid);
	for (i = 0; i < SELKIE_COUNT_MAX; i++)
		if (debugfs_counters[i])
			seq_printf(seq, " %s %llu", debugfs_counters[i],
				   READ_ONCE(vm->page->count[i]));
	seq_printf(seq, " irq %lld kick %lld%s\n", atomic64_read(&vm->irq_count),
		   atomic64_read(&vm->kick_count), READ_ONCE(vm->dead) ? " dead" : "");
}

static int vms_show(struct seq_file *seq, void *unused)
{
	seq_printf(seq, "calls %llu\n", call_count());
	vm_for_each(vms_show_one, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vms);

void debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("selkie", NULL);
	debugfs_create_file("memory", 0444, debugfs_root, NULL, &memory_fops);
	debugfs_create_file("vms", 0444, debugfs_root, NULL, &vms_fops);
}

void debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_root);
}
