#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make soak: two guests under load for a long time, and everything that could go amiss with time.

    soak.py [--minutes N] [--seed N] [selkie|kvm]

Two Debian guests run work.c (disk, network with vhost and without, wake-ups between CPUs, timers, all of it
checked) with two vCPUs each, or on one CPU only one of them; two small VMs run events.c (doorbells and
interrupts, counted on both sides). Meanwhile QEMUs are stopped and continued, by signals and by their
monitors, threads change their niceness and, where there are several CPUs, move between them all the time.
A count that stands still for PATIENCE seconds is a lost wake-up: the diagnostics say what every part knew then. Ends with
`N passed, N failed` and an exit status that agrees.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import time

import pexpect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import systems  # noqa: E402  (found through the path above)
from guests import SERVICE_ADDRESS, Guest  # noqa: E402

PATIENCE = 600  # seconds of the real machine, which others may be using, too
POLL = 10
REPORT = 60  # a line of figures as often as that
EVENTS = ("wfi", "ipi")
COUNTS = ("disk", "net", "ipi", "timer")
TROUBLE = r"BUG:|WARNING:|Oops|I/O error|hung_task|NETDEV WATCHDOG|Unable to handle"
# Every thread of these processes goes to another CPU, five times a second.
MOVER = """while :; do for pid in {pids}; do for task in /proc/$pid/task/*; do
taskset -pc $((RANDOM % {cpus})) ${{task##*/}} > /dev/null 2>&1; moves=$((moves + 1)); done; done
echo $moves > /run/moves; sleep 0.2; done"""


class Stall(Exception):
    """A count stood still for too long, or a worker found an error."""


class Watch:
    """The counts of all workers, and when each last changed."""

    def __init__(self):
        self.seen = {}
        self.slowest = 0

    def update(self, who, text):
        error = re.search(r"error (.*)", text)
        if error and error.group(1).strip() != "none":
            raise Stall(f"{who}: {error.group(1).strip()}")
        now = time.monotonic()
        for name, value in re.findall(r"\b(disk|net|ipi|timer|events) (\d+)", text):
            last, when = self.seen.get((who, name), (-1, now))
            if int(value) != last:
                self.seen[who, name] = (int(value), now)
            elif now - when > PATIENCE:
                raise Stall(f"{who}: {name} stands at {value} for {now - when:.0f} s")
            self.slowest = max(self.slowest, now - when)

    def count(self, who, name):
        return self.seen.get((who, name), (0, 0))[0]


def tools_disk():
    folder, disk = f"{systems.BUILD}/tests/soak", f"{systems.BUILD}/tests/soak.img"
    subprocess.run(["rm", "-f", disk], check=True)
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", folder, disk, "8M"], check=True,
                   stdout=subprocess.DEVNULL)
    return disk


class Soak:
    def __init__(self, vm, seed):
        self.vm = vm
        self.random = random.Random(seed)
        self.watch = Watch()
        self.guests = {"tap": Guest(vm, "first"), "user": Guest(vm, "second")}
        self.events = {}
        self.disturbances = dict.fromkeys(("SIGSTOP", "stop", "renice"), 0)
        self.cpus = int(vm.cmd("nproc"))

    # The start.

    def accounts(self):
        if self.vm.system == "kvm":
            return ""
        return self.vm.cmd("cat /sys/kernel/debug/selkie/memory")

    def start(self):
        self.vm.cmd("mkdir -p /run/soak; for d in /dev/vd[ab]; do "
                    "mount -o ro $d /run/soak 2>/dev/null && [ -x /run/soak/work ] && break; "
                    "umount /run/soak 2>/dev/null; done; cp /run/soak/work /srv/www/ && tap-up")
        self.vm.cmd("/run/soak/work peer > /run/peer.out 2>&1 &")
        for net, guest in self.guests.items():
            guest.fresh_disk()
            # On one CPU the vCPUs of a guest wait for each other by spinning: one such guest is enough.
            guest.start(command=guest.command(net, vcpus=2 if self.cpus > 1 or net == "tap" else 1))
        for net, guest in self.guests.items():
            guest.wait_up(timeout=900)
            guest.sh("dmesg -n 1; net-up", timeout=300)
            guest.sh(f"wget -q -O /tmp/work http://{SERVICE_ADDRESS[net]}/work && chmod +x /tmp/work", timeout=300)
        for net, guest in self.guests.items():
            guest.sh(f"(/tmp/work run /dev/vda3 {SERVICE_ADDRESS[net]} /run/work > /run/work.out 2>&1 &)", timeout=300)
        for row in EVENTS:
            self.events[row] = int(self.vm.cmd(f"/run/soak/events {row} /run/events.{row} "
                                               f"> /run/events.{row}.out 2>&1 &\necho $!"))
        if self.cpus > 1:
            pids = [guest.pid for guest in self.guests.values()] + list(self.events.values())
            script = MOVER.format(pids=" ".join(map(str, pids)), cpus=self.cpus)
            self.vm.cmd(f"cat > /run/mover << 'END'\n{script}\nEND\nbash /run/mover & echo $! > /run/mover.pid")

    # The long part.

    def disturb(self):
        kind = self.random.choice(list(self.disturbances))
        guest = self.random.choice(list(self.guests.values()))
        pid = self.random.choice([guest.pid] + list(self.events.values()))
        seconds = self.random.uniform(0.05, 1.5)
        if kind == "SIGSTOP":
            self.vm.cmd(f"kill -STOP {pid}; sleep {seconds:.2f}; kill -CONT {pid}", timeout=180)
        elif kind == "stop":
            guest.ask_monitor("stop")
            self.vm.cmd(f"sleep {seconds:.2f}", timeout=180)
            guest.ask_monitor("cont")
        else:
            # Without -n: that would add to what it is, and all would end at 19.
            self.vm.cmd(f"busybox renice {self.random.randrange(10)} -p {pid} > /dev/null")
        self.disturbances[kind] += 1

    def poll(self):
        for net, guest in self.guests.items():
            self.watch.update(net, guest.sh("cat /run/work", timeout=PATIENCE))
        for row in EVENTS:
            self.watch.update(row, self.vm.cmd(f"cat /run/events.{row}"))

    def run(self, minutes):
        end = time.monotonic() + 60 * minutes
        said = time.monotonic() - REPORT
        while time.monotonic() < end:
            next_poll = time.monotonic() + POLL
            while time.monotonic() < min(next_poll, end):
                self.disturb()
            self.poll()
            if time.monotonic() - said > REPORT:
                said = time.monotonic()
                print(f"      {time.strftime('%H:%M:%S')} {self.figures()}", flush=True)
        self.poll()

    def figures(self):
        return ", ".join(f"{who} {name} {value}" for (who, name), (value, _) in self.watch.seen.items())

    # The end.

    def diagnose(self):
        """What every part knows, into a file; what does not answer is left out."""
        commands = ["dmesg | tail -40", "cat /run/*.out", "cat /proc/interrupts",
                    "cat /run/events.* /sys/kernel/debug/selkie/*",
                    "for t in /proc/[0-9]*/task/*; do grep -qE 'qemu|CPU|events|vhost' $t/comm && "
                    "echo $t $(cat $t/comm $t/wchan $t/stat) && cat $t/stack; done",
                    # Once more: what only crawls has moved on.
                    "sleep 30; cat /run/events.* /sys/kernel/debug/selkie/vms"]
        commands += [f"console-run -t 20 -m {guest.monitor} 'info registers -a'" for guest in self.guests.values()]
        commands += [f"console-run -t 20 {guest.console} 'cat /run/work /proc/interrupts; dmesg | tail -30'"
                     for guest in self.guests.values()]
        path = f"{systems.BUILD}/tests/soak-diagnostics.txt"
        with open(path, "w", encoding="utf-8") as out:
            for command in commands:
                try:
                    out.write(f"== {command}\n{self.vm.run(command, timeout=180)[1]}\n")
                except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
                    out.write(f"== {command}\nno answer: {str(reason)[:200]}\n")
                    break
        return path

    def work_checks(self):
        """[(name, figure)] of what must have been done by now."""
        for net in self.guests:
            for name in COUNTS:
                yield f"guest on {net}: {name}", self.watch.count(net, name)
        for row in EVENTS:
            yield f"doorbells and interrupts counted on both sides: {row}", self.watch.count(row, "events")

    def stop_guest(self, guest):
        kernel = guest.sh(f"kill $(pidof work); dmesg | grep -E '{TROUBLE}' || echo clean", timeout=180)
        guest.vm.cmd(f"console-run -t 2 {guest.console} poweroff; true", timeout=60)
        status = guest.wait_exit(timeout=300)
        if status:
            raise AssertionError(f"QEMU ended with status {status}")
        if kernel.splitlines()[-1] != "clean":
            raise AssertionError(f"its kernel said: {kernel}")
        return "its kernel has nothing to say"

    def service_kernel(self):
        found = self.vm.run(f"dmesg | grep -E '{TROUBLE}'")[1].strip()
        if found:
            raise AssertionError(found)
        return "nothing to complain about"

    def nothing_leaks(self, before):
        self.vm.cmd("kill -9 %s; wait %s; true" % ((" ".join(map(str, self.events.values())),) * 2), timeout=180)
        if self.vm.system == "kvm":
            return "not asked on KVM"
        after = self.accounts()
        if after != before:
            raise AssertionError(f"before: {before.split()}, after: {after.split()}")
        return " ".join(after.split())


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, function, *args):
        try:
            detail, verdict = function(*args), "ok"
        except (AssertionError, Stall, systems.CommandFailed, systems.SystemFailed,
                pexpect.ExceptionPexpect) as reason:
            detail, verdict = reason, "FAIL"
        self.passed += verdict == "ok"
        self.failed += verdict != "ok"
        print(f"{verdict:4}  {name}: {detail}", flush=True)
        return verdict == "ok"


def soak(vm, minutes, seed, tally):
    before = Soak(vm, seed).accounts()
    it = Soak(vm, seed)

    def load():
        it.start()
        return f"{it.cpus} CPU(s), seed {seed}"

    def last():
        it.run(minutes)
        moves = vm.run("cat /run/moves")[1].strip() if it.cpus > 1 else "0"
        return (f"{minutes} minutes; {', '.join(f'{n} times {kind}' for kind, n in it.disturbances.items())}, "
                f"{moves} moves between CPUs; the longest that a count stood still: {it.watch.slowest:.0f} s")

    if not (tally.check("guests and their load start", load) and tally.check("every count goes on", last)):
        print(f"      diagnostics: {it.diagnose()}; counts: {it.figures()}", flush=True)
        return
    for name, done in it.work_checks():
        tally.check(name, lambda done=done: done if done else (_ for _ in ()).throw(AssertionError("none")))
    if it.cpus > 1:
        vm.run("kill $(cat /run/mover.pid)")
    for net, guest in it.guests.items():
        tally.check(f"the guest on {net} powers off", it.stop_guest, guest)
    tally.check("the service VM's kernel", it.service_kernel)
    tally.check("nothing leaks", it.nothing_leaks, before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("system", nargs="?", default="selkie", choices=systems.SYSTEMS)
    args = parser.parse_args()
    tally = Tally()
    disk = tools_disk()
    extra = ["-drive", f"if=none,id=tools,file={disk},format=raw,readonly=on",
             "-device", "virtio-blk-pci,drive=tools"]
    try:
        with systems.boot(args.system, extra_qemu=extra, boot_timeout=600) as vm:
            soak(vm, args.minutes, args.seed, tally)
    except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
        print(f"FAIL  the system: {reason}")
        tally.failed += 1
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
