#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where the instructions of one micro row go: a count per component and per function.

    profile.py ROW [--system selkie|kvm] [--instructions N] [--archive FILE] [--kernel ELF] [--vmm ELF]

The emulator runs one instruction per translation block and logs each one's address for a while; the
guest's own loop (bench/guest.S, the label row_<ROW>) says how many operations that while held. Linux
is one component; its module's functions are told apart. Prints functions above 0.5 %. The client makes its
VM anew all the time, which is in the figures: they say where to look, bench.py says how much.
"""
import argparse
import bisect
import collections
import json
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests", "system"))

import systems  # noqa: E402  (found through the path above)
import macro  # noqa: E402

GUEST = range(0x40000000, 0x40200000)
TRACE = re.compile(r"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")


class Symbols:
    """Addresses to function names; "" more than size_limit behind the last function before it."""

    def __init__(self, pairs, size_limit=1 << 32):
        pairs = sorted(pairs)
        self.size_limit = size_limit
        self.starts = [start for start, _ in pairs]
        self.names = [name for _, name in pairs]

    def name(self, address):
        index = bisect.bisect_right(self.starts, address) - 1
        near = index >= 0 and address - self.starts[index] < self.size_limit
        return self.names[index] if near else ""


def elf_symbols(path):
    out = subprocess.run(["aarch64-linux-gnu-nm", "--defined-only", path], check=True,
                         capture_output=True, text=True).stdout
    return [(int(fields[0], 16), fields[2]) for fields in map(str.split, out.splitlines())
            if fields[1] in "tTwW" and not fields[2].startswith("$")]


def module_symbols(vm):
    """selkie.ko's functions where they are loaded; Linux's own are counted as one."""
    vm.cmd("echo 0 > /proc/sys/kernel/kptr_restrict")
    loaded = vm.cmd("grep -e '[[]selkie[]]$' /proc/kallsyms", timeout=600)
    return [(int(fields[0], 16), fields[2]) for fields in map(str.split, loaded.splitlines())
            if len(fields) == 4 and fields[1] in "tT"]


class Monitor:
    """QMP, as far as switching the log on and off."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw", encoding="utf-8")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while "return" not in (answer := json.loads(self.file.readline())):
            if "error" in answer:
                raise systems.SystemFailed(f"{name}: {answer['error']}")

    def human(self, line):
        self.command("human-monitor-command", **{"command-line": line})

    def log(self, items):
        """Log these items, one instruction per block; "none" ends it. (QEMU 8.1 renamed the switch.)"""
        for switch in ("singlestep", "one-insn-per-tb"):
            self.human(f"{switch} {'off' if items == 'none' else 'on'}")
        self.human(f"log {items}")


def record(vm, monitor, row, log, instructions):
    """Run the row for long enough, and log that many instructions in the middle of it."""
    macro.mount_tools(vm)
    vm.cmd(f"(while :; do /run/bench/micro {row}; done) > /run/out 2>&1 &")
    vm.cmd(f"while ! grep -q {row}, /run/out; do sleep 0.05; done", timeout=900)
    monitor.log("exec,nochain")
    while os.path.getsize(log) < instructions * 70:
        time.sleep(0.2)
    monitor.log("none")


def place(address, kernel, vmm, linux):
    """(component, function) of an address."""
    if address in GUEST:
        return "guest", ""
    if address >= 0xffff000000000000:
        name = linux.name(address)
        return ("selkie.ko", name) if name else ("Linux", "")
    if 0x8000000000 <= address < 0x9000000000:
        return "kernel", kernel.name(address)
    if 0x400000 <= address < 0x10000000:
        return "vmm", vmm.name(address)
    return "user space", ""


def marks(elf, row):
    """Addresses of the instruction that every row executes once per operation: its loop's counter."""
    code = subprocess.run(["aarch64-linux-gnu-objdump", "-d", f"--disassemble=row_{row}", elf], check=True,
                          capture_output=True, text=True).stdout
    return {int(line.split(":")[0], 16) for line in code.splitlines() if re.search(r"subs\s+x23, x23, #", line)}


def report(log, counters, lookup):
    counts = collections.Counter()
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = TRACE.match(line)
            if not match:
                continue
            counts[int(match.group(1), 16)] += 1
    operations = sum(counts[address] for address in counters)
    if not operations:
        raise systems.SystemFailed("the log holds none of the guest's operations; ask for more instructions")
    components = collections.Counter()
    functions = collections.Counter()
    for address, count in counts.items():
        component, function = lookup(address)
        components[component] += count
        functions[component, function] += count
    total = sum(counts.values())
    print(f"{operations} operations, {total / operations:.0f} instructions each")
    for component, count in components.most_common():
        print(f"{count / operations:9.1f}  {component}")
        for (owner, function), part in functions.most_common():
            if owner == component and function and part >= total * 0.005:
                print(f"{part / operations:20.1f}  {function}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row")
    parser.add_argument("--system", default="selkie", choices=systems.SYSTEMS)
    parser.add_argument("--instructions", type=int, default=2000000)
    parser.add_argument("--archive")
    parser.add_argument("--kernel", default=f"{systems.NATIVE}/kernel/kernel.elf")
    parser.add_argument("--vmm", default=f"{systems.NATIVE}/vmm/vmm.elf")
    args = parser.parse_args()

    log, qmp = f"{systems.BUILD}/bench/profile.log", f"{systems.BUILD}/bench/profile.qmp"
    label = {"gic-read": "gic", "mmio-read": "mmio", "doorbell-irqfd-loop": "loop",
             "wfi-irqfd": "wfi"}.get(args.row, args.row)
    extra = macro.tools_disk() + ["-D", log, "-qmp", f"unix:{qmp},server=on,wait=off"]
    open(log, "w", encoding="utf-8").close()
    with systems.boot(args.system, icount=True, extra_qemu=extra, archive=args.archive,
                      boot_timeout=1200) as vm:
        module = module_symbols(vm)
        record(vm, Monitor(qmp), args.row, log, args.instructions)
    linux = Symbols(module, size_limit=0x4000)
    kernel = Symbols(elf_symbols(args.kernel))
    vmm = Symbols(elf_symbols(args.vmm))
    report(log, marks(f"{systems.BUILD}/bench/guest.elf", label),
           lambda address: place(address, kernel, vmm, linux))
    os.remove(log)


if __name__ == "__main__":
    sys.exit(main())
