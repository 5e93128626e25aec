#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make bench-boot: from QEMU's start to the guest's user space, on Selkie and on Linux KVM.

    boot.py [--runs N] [--goal RATIO] [system…]

Same board, CPU, kernels, QEMU, disk and command line; only the hypervisor differs. Both systems run with
-icount shift=0, so a nanosecond of the service VM's clock is one executed instruction, idle time
included. Waiting for the real machine's disk can only add to a run, so the best of each system's runs
counts. Prints both figures and their ratio, which must not exceed the goal of 2.0.
"""
import argparse
import os
import re
import shlex
import sys

import pexpect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "system"))

import systems  # noqa: E402  (found through the path above)
from guests import GUEST_DIR, plain_command  # noqa: E402

BOOT_TIMEOUT = 900
MARK = "GUEST-UP"
TICKS_PER_MS = 62500


def measure(system, runs):
    """Seconds of emulated time of each run."""
    print(f"{system}: booting", flush=True)
    with systems.boot(system, icount=True, boot_timeout=BOOT_TIMEOUT) as vm:
        disk = f"{GUEST_DIR}/disk.img"
        command = shlex.join(plain_command(disk, "stdio,signal=off", "none"))
        # Files come from the page cache, as on a host that has started a guest before.
        vm.cmd(f"cat {GUEST_DIR}/* > /dev/null; qemu-system-aarch64 --version > /dev/null", BOOT_TIMEOUT)
        seconds = []
        for i in range(runs):
            output = vm.cmd(f"boot-time {MARK} {command}", BOOT_TIMEOUT)
            seconds.append(int(re.search(r"(\d+) ns", output).group(1)) / 1e9)
            print(f"{system}: run {i + 1}: {seconds[-1]:.3f} s", flush=True)
        return seconds


def power_on(system, extra_qemu=()):
    """Milliseconds from power-on to the user space of a guest that the first shell starts, and the same
    without those in which the service VM's CPU was idle (Linux counts them apart while a task waits for
    a disk): they are spent on waiting for the real machine's disk, and virtual time then runs as it likes.
    """
    command = shlex.join(plain_command(f"{GUEST_DIR}/disk.img", "stdio,signal=off", "none"))
    qemu = systems.qemu_command(system, icount=True, extra_qemu=extra_qemu)
    child = pexpect.spawn(qemu[0], qemu[1:], encoding="utf-8", codec_errors="replace", timeout=BOOT_TIMEOUT,
                          maxread=65536)
    child.delayafterterminate = child.ptyproc.delayafterterminate = 10
    try:
        # Typed ahead, so that the shell finds it when it starts.
        child.expect("Run /init as init process")
        child.sendline(f"boot-time {MARK} {command}; echo all''-done")
        child.expect("all-done")
        output = child.before
    finally:
        child.close(force=True)
    total = int(re.search(r"counter (\d+)", output).group(1)) / TICKS_PER_MS
    idle = sum(int(ns) for ns in re.findall(r"(?:idle|iowait)_sleeptime *: (\d+)", output)) / 1e6
    return total, total - idle


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--goal", type=float, default=2.0)
    parser.add_argument("systems", nargs="*", default=["kvm", "selkie"])
    args = parser.parse_args()
    best = {system: min(measure(system, args.runs)) for system in args.systems}
    for system, seconds in best.items():
        print(f"{system:8} {seconds:8.3f} s from QEMU's start to the guest's user space")
    if "kvm" in best and "selkie" in best:
        ratio = best["selkie"] / best["kvm"]
        print(f"ratio    {ratio:8.2f} (goal: at most {args.goal})")
        return 1 if ratio > args.goal else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
