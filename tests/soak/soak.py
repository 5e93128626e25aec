#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make soak: two guests under load for a long time, and everything that could go amiss with time.

    soak.py [--minutes N] [--seed N] [--icount] [selkie|kvm]

Two Debian guests run work.c (disk, network with vhost and without, wake-ups between CPUs, timers, all of it
checked) with two vCPUs each, or on one CPU only one of them; two small VMs run events.c (doorbells and
interrupts, counted on both sides). Meanwhile QEMUs are stopped and continued, by signals and by their
monitors, their CPUs are taken from them for a moment and, where there are several, their threads move between
them all the time. --icount runs all cores in turns in one thread, so that a loaded machine starves nobody.
evidence.py tells what is lost from what is slow. Ends with `N passed, N failed` and an exit status that agrees.
"""
import argparse
import os
import random
import shlex
import subprocess
import sys
import time

import pexpect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import systems  # noqa: E402  (found through the path above, as is the next)
from guests import SERVICE_ADDRESS, Guest  # noqa: E402
from evidence import (SLOW, TROUBLE, WATCH_LOG, WATCH_STATE, Complaints, Stall, Steal, Watch,  # noqa: E402
                      diagnose)

POLL = 10
PATIENCE = 900  # for what cannot be asked again; by the service VM's clock
SLACK = 900  # for any answer of the service VM, whose emulator may not run at all for a while
REPORT = 60  # a line of figures as often as that
SERVICE = "the service VM"
EVENTS = ("wfi", "ipi")
COUNTS = ("disk", "net", "ipi", "timer")
FAILURES = (AssertionError, Stall, systems.CommandFailed, systems.SystemFailed, pexpect.ExceptionPexpect)
ANSWER = "/run/answer"
LOOK = "sh /tmp/look"  # short, because it is echoed
# Not even an emergency in the midst of an answer; dmesg still has it.
NO_CONSOLE = "echo 0 > /proc/sys/kernel/printk"
# Takes the CPUs from everybody for a moment.
HOG = "for cpu in $(seq {cpus}); do nice -n -10 timeout {seconds:.2f} sh -c 'while :; do :; done' & done; wait $!"


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
        steal = Steal(vm.child.pid)
        self.watch = Watch(steal)
        self.complaints = Complaints(steal)
        self.guests = {"tap": Guest(vm, "first"), "user": Guest(vm, "second")}
        self.stopped = dict.fromkeys(self.guests, 0.0)
        self.events = {}
        self.disturbances = dict.fromkeys(("SIGSTOP", "stop", "hog"), 0)
        self.cpus = int(vm.cmd("nproc"))

    # The start.

    def accounts(self):
        if self.vm.system == "kvm":
            return ""
        return self.vm.cmd("cat /sys/kernel/debug/selkie/memory")

    def start(self):
        self.vm.cmd(f"{NO_CONSOLE}; mkdir -p /run/soak; for d in /dev/vd[ab]; do "
                    "mount -o ro $d /run/soak 2>/dev/null && [ -x /run/soak/work ] && break; "
                    "umount /run/soak 2>/dev/null; done; cp /run/soak/work /srv/www/ && tap-up")
        self.vm.cmd("/run/soak/work peer > /run/peer.out 2>&1 &")
        for net, guest in self.guests.items():
            guest.fresh_disk()
            # On one CPU the vCPUs of a guest wait for each other by spinning: one such guest is enough.
            vcpus = 2 if self.cpus > 1 or net == "tap" else 1
            guest.start(command=guest.command(net, vcpus), timeout=SLOW)
        for net, guest in self.guests.items():
            guest.wait_up(timeout=SLOW + 60)
            guest.sh(f"{NO_CONSOLE}; net-up", timeout=PATIENCE)
            guest.sh(f"echo \"cat /run/work /proc/uptime; dmesg | grep -E '{TROUBLE}'; true\" > /tmp/look", timeout=PATIENCE)
            guest.sh(f"wget -q -O /tmp/work http://{SERVICE_ADDRESS[net]}/work && chmod +x /tmp/work", timeout=PATIENCE)
        for net, guest in self.guests.items():
            guest.sh(f"(/tmp/work run /dev/vda3 {SERVICE_ADDRESS[net]} /run/work > /run/work.out 2>&1 &)", timeout=PATIENCE)
        for row in EVENTS:
            self.events[row] = int(self.vm.cmd(f"/run/soak/events {row} /run/events.{row} "
                                               f"> /run/events.{row}.out 2>&1 &\necho $!"))
        pids = [guest.pid for guest in self.guests.values()] + list(self.events.values())
        self.vm.cmd(f"/run/soak/watch {WATCH_LOG} {WATCH_STATE} {self.cpus} {' '.join(map(str, pids))} "
                    "> /run/watch.out 2>&1 & echo $! > /run/watch.pid")
        self.vm.cmd(f"until [ -e {WATCH_STATE} ] && [ -e /run/events.wfi ] && [ -e /run/events.ipi ]; do sleep 1; done",
                    timeout=PATIENCE)

    # The long part.

    def disturb(self):
        kind = self.random.choice(list(self.disturbances))
        net = self.random.choice(list(self.guests))
        pid = self.random.choice([self.guests[net].pid] + list(self.events.values()))
        seconds = self.random.uniform(0.05, 1.5)
        if kind == "SIGSTOP":
            self.vm.cmd(f"kill -STOP {pid}; sleep {seconds:.2f}; kill -CONT {pid}", timeout=180)
        elif kind == "stop":
            start = time.monotonic()
            self.guests[net].ask_monitor("stop", timeout=PATIENCE)
            self.vm.cmd(f"sleep {seconds:.2f}", timeout=180)
            self.guests[net].ask_monitor("cont", timeout=PATIENCE)
            self.stopped[net] += time.monotonic() - start
        else:
            self.vm.run(HOG.format(cpus=self.cpus, seconds=seconds), timeout=180)
        self.disturbances[kind] += 1
        time.sleep(self.random.uniform(0.5, 2))

    def uptime(self):
        return float(self.vm.cmd("cat /proc/uptime").split()[0])

    def ask(self, net, guest, command):
        """A command's output in a guest; no answer is judged as a count is that stands still.

        Asked only once: for every character of a console a guest spins until its QEMU has taken it, so that where
        CPUs are scarce a second question would only stand in line behind the first.
        """
        since = self.watch.mark(guest.pid)
        self.vm.cmd(f"rm -f {ANSWER}; (console-run -t {4 * SLOW} {guest.console} {shlex.quote(command)} > {ANSWER}.new 2>&1; "
                    f"echo status $? >> {ANSWER}.new; mv {ANSWER}.new {ANSWER}) < /dev/null > /dev/null 2>&1 &")
        while self.vm.run(f"n=0; until [ -e {ANSWER} ]; do [ $((n += 1)) -le 20 ] && sleep 1 || break; done; "
                          f"[ -e {ANSWER} ]")[0]:
            self.watch.sample(self.vm.cmd(f"cat {WATCH_STATE}"))
            self.watch.standing(f"{net}: its console is silent", guest.pid, since)
        text, _, status = self.vm.cmd(f"cat {ANSWER}").rpartition("status ")
        if int(status):
            raise systems.CommandFailed(f"{net}: `{command}` ended with status {status}: {text.strip()}")
        return text.strip()

    def poll(self):
        self.watch.sample(self.vm.cmd(f"cat {WATCH_STATE}"))
        for net, guest in self.guests.items():
            start = self.uptime()
            text = self.ask(net, guest, LOOK)
            self.watch.update(net, guest.pid, text)
            self.complaints.look(net, guest.pid, self.vm, text, (start, self.uptime()), self.stopped[net])
            self.stopped[net] = 0.0
        for row, pid in self.events.items():
            self.watch.update(row, pid, self.vm.cmd(f"cat /run/events.{row}"))

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
                print(f"      {time.strftime('%H:%M:%S')} {self.watch.figures()}", flush=True)
        self.poll()

    def diagnose(self):
        running = [guest for guest in self.guests.values() if guest.pid]
        print(f"      diagnostics: {diagnose(self.vm, running)}", flush=True)

    # The end.

    def work_done(self, who, name):
        done = self.watch.count(who, name)
        if not done:
            raise AssertionError("none")
        return done

    def stop_guest(self, net, guest):
        """Power it off, whatever it has said; a QEMU that does not end by that is killed."""
        try:
            start = self.uptime()
            text = self.ask(net, guest, f"kill $(pidof work); {LOOK}")
            seen = (start, self.uptime())
            self.vm.run(f"console-run -t 2 {guest.console} poweroff", timeout=60)
            self.vm.cmd(f"n=0; while kill -0 {guest.pid}; do [ $((n += 1)) -lt {PATIENCE} ] && sleep 1 || break; done "
                        f"2> /dev/null; ! kill -0 {guest.pid} 2> /dev/null", timeout=3 * PATIENCE)
            status = guest.wait_exit()
        except FAILURES:
            self.diagnose()
            guest.kill()
            guest.pid = None
            raise
        guest.pid = None
        if status:
            raise AssertionError(f"QEMU ended with status {status}")
        self.complaints.look(net, guest.pid, self.vm, text, seen, self.stopped[net])
        return self.complaints.said(net)

    def stop_events(self):
        pids = " ".join(map(str, self.events.values()))
        gone = self.vm.run(f"kill -0 {pids}")[0]
        self.vm.cmd(f"kill $(cat /run/watch.pid); kill -9 {pids}; wait {pids}; true", timeout=180)
        if gone:
            raise AssertionError("one of them had ended before")
        return "killed"

    def service_kernel(self):
        """Its complaints of lateness are judged, too: by what the emulator was kept waiting."""
        start = self.uptime()
        text = self.vm.cmd(f"cat /proc/uptime; dmesg | grep -E '{TROUBLE}'; true")
        self.complaints.look(SERVICE, 0, self.vm, text, (start, self.uptime()), 0)
        return self.complaints.said(SERVICE)

    def nothing_leaks(self, before):
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
        except FAILURES as reason:
            detail, verdict = reason, "FAIL"
        self.passed += verdict == "ok"
        self.failed += verdict != "ok"
        print(f"{verdict:4}  {name}: {detail}", flush=True)
        return verdict == "ok"


def soak(vm, minutes, seed, tally):
    vm.slack = SLACK
    it = Soak(vm, seed)
    before = it.accounts()

    def load():
        it.start()
        return f"{it.cpus} CPU(s), seed {seed}"

    def last():
        it.run(minutes)
        return (f"{minutes} minutes; {', '.join(f'{n} times {kind}' for kind, n in it.disturbances.items())}, "
                f"{it.watch.moves} moves between CPUs; the longest that a count stood still: {it.watch.slowest:.0f} s, "
                f"{it.watch.slowest_net:.0f} s of it able to run")

    if not (tally.check("guests and their load start", load) and tally.check("every count goes on", last)):
        print(f"      counts: {it.watch.figures()}", flush=True)
        it.diagnose()
    for net in it.guests:
        for name in COUNTS:
            tally.check(f"guest on {net}: {name}", it.work_done, net, name)
    for row in EVENTS:
        tally.check(f"doorbells and interrupts counted on both sides: {row}", it.work_done, row, "events")
    for net, guest in it.guests.items():
        if guest.pid:
            tally.check(f"the guest on {net} powers off", it.stop_guest, net, guest)
    if it.events:
        tally.check("doorbells and interrupts go on to the end", it.stop_events)
    tally.check("the service VM's kernel", it.service_kernel)
    tally.check("nothing leaks", it.nothing_leaks, before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("system", nargs="?", default="selkie", choices=systems.SYSTEMS)
    args = parser.parse_args()
    tally = Tally()
    disk = tools_disk()
    extra = ["-drive", f"if=none,id=tools,file={disk},format=raw,readonly=on",
             "-device", "virtio-blk-pci,drive=tools"]
    try:
        with systems.boot(args.system, args.icount, extra, boot_timeout=600) as vm:
            soak(vm, args.minutes, args.seed, tally)
    except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
        print(f"FAIL  the system: {reason}")
        tally.failed += 1
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
