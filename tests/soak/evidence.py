# SPDX-License-Identifier: BSD-2-Clause
"""Slow, starved or hanging: what the soak knows of time, and what it says when something stands still.

A wake-up that is late because its thread had no CPU is a fact of scheduling; one that is late although the
threads slept or ran freely has been lost. So every count and every complaint of a guest's kernel is
measured in the time in which its QEMU could run: the real machine's time, less what the emulator waited for
a CPU there, less what some thread of that QEMU waited for one in the service VM (watch.c).
"""
import os
import re
import threading
import time

import pexpect

import systems

HANGS = 120  # seconds in which it could run but did not get on
SLOW = 1800  # seconds by the clock: whatever the reason, that is no test any more
WATCH_LOG, WATCH_STATE = "/run/watch.log", "/run/watch.state"
# What no kernel may say, here or in a guest.
TROUBLE = (r"BUG:|WARNING:|Oops|I/O error|hung_task|blocked for more|NETDEV WATCHDOG|Unable to handle|detected stall|"
           r"self-detected|nobody cared|not a head|id .* out of range")
# Of these, what a guest also says when it had no CPU for so long (seconds, where its line has no figure).
LATE = [(r"NETDEV WATCHDOG.* (\d+) ms", 0.001, 5), (r"soft lockup.*for (\d+)s", 1, 22), (r"detected stall", 1, 21)]


class Stall(Exception):
    """Something stood still for too long, or a worker found an error."""


class Steal(threading.Thread):
    """How long some thread of the emulator has waited for a CPU of the real machine, or was stopped, by time."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.folder = f"/proc/{pid}/task"
        self.waited = {}
        self.sums = [(time.monotonic(), 0.0)]
        self.start()

    def run(self):
        while os.path.isdir(self.folder):
            time.sleep(1)
            now, most = time.monotonic(), 0
            before, total = self.sums[-1]
            try:
                for task in os.listdir(self.folder):
                    waited, state = self._thread(task)
                    most = now - before if state == "T" else max(most, waited - self.waited.get(task, waited))
                    self.waited[task] = waited
            except OSError:
                continue
            self.sums.append((now, total + min(most, now - before)))

    def _thread(self, task):
        with open(f"{self.folder}/{task}/schedstat", encoding="ascii") as file:
            waited = int(file.read().split()[1]) / 1e9
        with open(f"{self.folder}/{task}/stat", encoding="ascii") as file:
            return waited, file.read().rsplit(")", 1)[1].split()[0]

    def between(self, start, end):
        """Seconds of waiting between two times of time.monotonic()."""
        totals = [total for when, total in self.sums if start <= when <= end]
        return totals[-1] - totals[0] if totals else 0.0

    def samples(self, start, offset):
        """[(uptime, seconds)] since an uptime of the service VM, which is time.monotonic() and the offset."""
        pairs = zip(self.sums, self.sums[1:])
        return [(when + offset, total - before) for (_, before), (when, total) in pairs if when + offset >= start]


class Watch:
    """The counts of all workers, when each last changed, and how long its process could not run since."""

    def __init__(self, steal):
        self.steal = steal
        self.seen = {}
        self.kept = {}
        self.moves = 0
        self.slowest = self.slowest_net = 0

    def sample(self, text):
        """Take a line of watch.c's STATE."""
        words = text.split()
        self.moves = int(words[3])
        self.kept = {int(pid): int(kept) / 1000 for pid, kept in zip(words[4::2], words[5::2])}

    def update(self, who, pid, text):
        error = re.search(r"error (.*)", text)
        if error and error.group(1).strip() != "none":
            raise Stall(f"{who}: {error.group(1).strip()}")
        for name, value in re.findall(r"\b(disk|net|ipi|timer|events) (\d+)", text):
            last, since = self.seen.get((who, name), (-1, self.mark(pid)))
            if int(value) == last:
                self.standing(f"{who}: {name} stands at {value}", pid, since)
            else:
                self.standing(f"{who}: {name}", pid, since, ended=True)
                self.seen[who, name] = (int(value), self.mark(pid))

    def mark(self, pid):
        """A time that standing() can measure from."""
        return time.monotonic(), self.kept.get(pid, 0)

    def standing(self, what, pid, since, ended=False):
        """Something of this process does not go on since a mark, or has just done so."""
        when, kept_then = since
        now, kept = self.mark(pid)
        stood, starved, stolen = now - when, kept - kept_then, self.steal.between(when, now)
        net = max(0, stood - starved - stolen)
        self.slowest, self.slowest_net = max(self.slowest, stood), max(self.slowest_net, net)
        if not ended and (net > HANGS or stood > SLOW):
            raise Stall(f"{what} for {stood:.0f} s, {net:.0f} s of which it could run (another had the service VM's "
                        f"CPU for {starved:.0f} s, the emulator had none for {stolen:.0f} s): "
                        f"{'it hangs' if net > HANGS else 'it is too slow to tell'}")

    def count(self, who, name):
        return self.seen.get((who, name), (0,))[0]

    def figures(self):
        return ", ".join(f"{who} {name} {value[0]}" for (who, name), value in self.seen.items())


def kept_by_second(log, pid, stolen):
    """{second of uptime: how much of it a process could not run}: log is watch.c's, stolen pairs like its figures."""
    seconds = {}
    kept = re.findall(rf"^(\d+) {pid}\b.* kept=(\d+)\r?$", log, re.MULTILINE)
    for when, share in [(int(when) / 1000, int(ms) / 1000) for when, ms in kept] + stolen:
        seconds[int(when)] = min(1.0, seconds.get(int(when), 0) + share)
    return seconds


def most_kept(seconds, start, end, length):
    """The most that a stretch of this length between two times has of it."""
    stretch = int(length) + 2  # the seconds that it touches
    starts = range(int(start), max(int(start), int(end) - stretch + 1) + 1)
    return max(sum(seconds.get(first + i, 0) for i in range(stretch)) for first in starts)


class Complaints:
    """What a kernel has said: each line once, and whether it is explained by time without a CPU."""

    def __init__(self, steal):
        self.steal = steal
        self.known = set()
        self.explained = []

    def look(self, who, pid, vm, text, service_up, stopped):
        """text: its uptime and dmesg lines; service_up: the service VM's uptime before and after reading them;
        stopped: seconds for which its time did not go on since the last look."""
        guest_up = float(re.search(r"^(\d+\.\d+) \d+\.\d+\r?$", text, re.MULTILINE).group(1))
        for line in text.splitlines():
            match = re.match(r"\[ *(\d+\.\d+)\] (.*)", line)
            if not match or not re.search(TROUBLE, line) or (who, line) in self.known:
                continue
            self.known.add((who, line))
            late = self._late(line)
            if not late:
                raise Stall(f"{who}: its kernel said: {line}")
            ago = guest_up - float(match.group(1))
            start, end = service_up[0] - ago - late - stopped - 1, service_up[1] - ago + 1
            log = vm.run(f"cat {WATCH_LOG}.1 {WATCH_LOG} 2> /dev/null", 120)[1]
            stolen = self.steal.samples(start, service_up[1] - time.monotonic())
            own = most_kept(kept_by_second(log, pid, []), start, end, late)
            kept = most_kept(kept_by_second(log, pid, stolen), start, end, late)
            verdict = (f"{who}: its kernel said: {line}: of these {late:.1f} s it could not run for {kept:.1f} s (for "
                       f"{own:.1f} s its QEMU waited for the service VM's CPU)")
            if kept < max(late * 0.8, min(late, 5)):
                print("\n".join(log.splitlines()[-200:]))
                raise Stall(f"{verdict}: an event was lost")
            self.explained.append(verdict)
            print(f"      {verdict}: it was starved", flush=True)

    def said(self, who):
        late = sum(verdict.startswith(f"{who}:") for verdict in self.explained)
        return f"it has said {late} times that it had no CPU" if late else "its kernel has nothing to say"

    @staticmethod
    def _late(line):
        for pattern, unit, default in LATE:
            match = re.search(pattern, line)
            if match:
                return float(match.group(1)) * unit if match.groups() else default
        return 0


def queue_commands(vm, guest):
    """Monitor commands that show each virtqueue's indices, as QEMU has them and as they are in the guest's memory."""
    paths = re.findall(r"(/machine/\S+) \[virtio-(blk|net)", guest.vm.run(
        f"console-run -t 60 -m {guest.monitor} 'info virtio'", timeout=90)[1])
    for path, kind in paths:
        for queue in range(2 if kind == "net" else 1):
            command = f"info virtio-queue-status {path} {queue}"
            yield command
            status = vm.run(f"console-run -t 60 -m {guest.monitor} '{command}'", timeout=90)[1]
            for ring in re.findall(r"\b(?:avail|used): +0x([0-9a-f]+)", status):
                yield f"xp /2hx 0x{ring}"


def diagnose(vm, guests):
    """What every part knows, twice, into a file: what hangs is the same the second time, what is slow is not."""
    state = (f"cat {WATCH_STATE} /run/events.* /sys/kernel/debug/selkie/* /proc/interrupts; "
             "for t in /proc/[0-9]*/task/*; do grep -qE 'qemu|CPU|events|vhost' $t/comm && "
             "echo $t $(cat $t/comm $t/schedstat $t/wchan) $(cut -d' ' -f3 $t/stat) && cat $t/stack; done")
    path = f"{systems.BUILD}/tests/soak-diagnostics.txt"
    with open(path, "w", encoding="utf-8") as out:
        def ask(command):
            try:
                answer = vm.run(command, timeout=180)[1]
            except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
                answer = f"no answer: {str(reason)[:200]}"
            out.write(f"== {time.strftime('%H:%M:%S')} {command}\n{answer}\n")
            out.flush()

        ask(f"dmesg | tail -40; cat /run/*.out; tail -n 200 {WATCH_LOG}")
        for _ in range(2):
            ask(state)
            for guest in guests:
                ask(f"console-run -t 60 -m {guest.monitor} 'info registers -a'")
                for command in queue_commands(vm, guest):
                    ask(f"console-run -t 60 -m {guest.monitor} '{command}'")
                ask(f"console-run -t 60 {guest.console} 'cat /run/work /proc/interrupts; dmesg | tail -30'")
            ask("sleep 20")
    return path
