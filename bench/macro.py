# SPDX-License-Identifier: BSD-2-Clause
"""The macro rows: what a guest's disk and network requests cost, with Debian's QEMU and kernels.

Called by bench.py with a booted system. A guest with virtio-blk-pci and virtio-net-pci (vhost) runs
load.c, whose peer is in the service VM. Its disk lies in the service VM's page cache, its network ends
there, so nothing is waited for but work; the idle share of the service VM's CPU says whether that holds.

Each row runs with few operations, then with many. The difference is what counts, so that starting a
program and talking to the guest's console cost nothing.
"""
import os
import re
import statistics
import subprocess

import systems
from guests import GUEST_DIR, SERVICE_ADDRESS, Guest

HOST = SERVICE_ADDRESS["tap"]
MIB = 1 << 20

# What load.c is told ({} is the number of operations), few and many operations, and how many of them the
# table's unit has.
LOADS = {
    "blk-4k": ("read /dev/vda2 4096 1 {}", 200, 2200, 1),
    "blk-128k": ("read /dev/vda2 131072 32 {}", 128, 2128, 1),
    "net-send": (f"send {HOST} {{}}", 2 * MIB, 50 * MIB, 1024),
    "net-receive": (f"receive {HOST} {{}}", 2 * MIB, 50 * MIB, 1024),
    "net-ping": (f"ping {HOST} {{}}", 200, 2200, 1),
}
EXITS = "-exits"  # the row of a load's exits is named like the load, with this behind it
REPEATS = 3
INSTRUCTIONS_PER_NS = 1  # -icount shift=0
INSTRUCTIONS_PER_TICK = NS_PER_TICK = 16
# Selkie's counters of what made the guest leave its VM (abi/vmpage.h); the others count other things.
SELKIE_EXITS = "mmio ioevent gic hvc wfi populate maintenance timer interrupt sysreg abort".split()

# What a shell in the service VM says before and after a load.
SAMPLE = {"kvm": "cat /sys/kernel/debug/kvm/exits", "selkie": "grep ^vm /sys/kernel/debug/selkie/vms"}
IDLE = "grep idle_sleeptime /proc/timer_list"


def exits(system, text):
    """How often the one guest has left its VM, from what SAMPLE printed."""
    if system == "kvm":
        return int(text.split()[0])
    return sum(int(re.search(rf"\b{name} (\d+)", text).group(1)) for name in SELKIE_EXITS)


def idle_ns(text):
    """How long the service VM's CPUs have been idle, from what IDLE printed."""
    return sum(int(ns) for ns in re.findall(r"idle_sleeptime *: (\d+)", text))


def tools_disk():
    """A small disk that carries the benchmarks' programs into the service VM, as arguments of QEMU's."""
    disk = f"{systems.BUILD}/bench/tools.img"
    folder = f"{systems.BUILD}/bench/tools"
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["cp", f"{systems.BUILD}/bench/micro", f"{systems.BUILD}/bench/load", folder], check=True)
    subprocess.run(["rm", "-f", disk], check=True)
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", folder, disk, "8M"], check=True,
                   stdout=subprocess.DEVNULL)
    return ["-drive", f"if=none,id=tools,file={disk},format=raw,readonly=on",
            "-device", "virtio-blk-pci,drive=tools"]


def mount_tools(vm):
    vm.cmd("mkdir -p /run/bench; for d in /dev/vd[ab]; do "
           "mount -o ro $d /run/bench 2>/dev/null && [ -x /run/bench/micro ] && break; "
           "umount /run/bench 2>/dev/null; done; test -x /run/bench/micro")


def start_guest(vm, vcpus=1):
    """A guest that has settled, with load.c in it and its peer outside."""
    vm.cmd(f"cat {GUEST_DIR}/* > /dev/null; cp /run/bench/load /srv/www/; tap-up; "
           "/run/bench/load peer > /run/peer.out 2>&1 &", timeout=300)
    guest = Guest(vm, "bench")
    guest.fresh_disk()
    guest.start(command=guest.command("tap", vcpus))
    guest.wait_up(timeout=900)
    guest.sh("dmesg -n 1; net-up", timeout=300)
    guest.sh(f"wget -q -O /tmp/load http://{HOST}/load && chmod +x /tmp/load", timeout=300)
    guest.sh("sleep 10", timeout=600)
    return guest


class Sample:
    """One run of a load: its ticks, the guest's exits and the service VM's idle time."""

    def __init__(self, guest, load, count):
        sample = f"echo ==; {SAMPLE[guest.vm.system]}; {IDLE}; echo =="
        # One command line, so that no time passes between its parts.
        output = guest.vm.cmd(f"{sample}; console-run -t 900 {guest.console} '/tmp/load {load.format(count)}' && "
                              f"{{ {sample}; }}", timeout=1000)
        _, before, load_output, after, _ = output.split("==")
        self.count, self.ticks = map(int, re.search(r"(\d+),(\d+)", load_output).groups())
        self.exits = exits(guest.vm.system, after) - exits(guest.vm.system, before)
        self.idle_ns = idle_ns(after) - idle_ns(before)


def measure_load(guest, load, few, many, per):
    """(instructions, exits) per unit, and the share of the time in which the service VM's CPU was idle."""
    first, second = Sample(guest, load, few), Sample(guest, load, many)
    units = (many - few) / per
    instructions = (second.ticks - first.ticks) * INSTRUCTIONS_PER_TICK
    idle = (second.idle_ns - first.idle_ns) * INSTRUCTIONS_PER_NS / instructions
    return instructions / units, (second.exits - first.exits) / units, max(idle, 0)


def time_load(guest, load, few, many, per):
    """Nanoseconds per unit by the guest's clock: for systems without -icount, where that is real time."""
    ticks = Sample(guest, load, many).ticks - Sample(guest, load, few).ticks
    return ticks * NS_PER_TICK * per / (many - few)


def is_macro(name):
    return name.removesuffix(EXITS) in LOADS


def measure(vm, names, progress):
    """Run the macro rows among the names; {row: figure}, {load: idle share}."""
    loads = [load for load in LOADS if load in names or load + EXITS in names]
    figures, idle = {}, {}
    if not loads:
        return figures, idle
    progress("a guest boots")
    guest = start_guest(vm)
    for load in loads:
        progress(load)
        samples = [measure_load(guest, *LOADS[load]) for _ in range(REPEATS)]
        columns = [statistics.median(column) for column in zip(*samples)]
        figures[load], figures[load + EXITS], idle[load] = columns
    guest.kill()
    return {name: figures[name] for name in names if name in figures}, idle
