# SPDX-License-Identifier: BSD-2-Clause
"""What the soak calls lost and what it calls starved: evidence.py's verdicts on made-up records; nothing is booted.

    /usr/bin/python3 -m pytest tests/soak
"""
import os
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "system")]

import evidence  # noqa: E402  (found through the path above)

PID = 7
WATCHDOG = "[  100.000000] virtio_net virtio2 eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 6000 ms"


class FakeSteal:
    def __init__(self, stolen=0.0, samples=()):
        self.stolen = stolen
        self.list = list(samples)

    def between(self, start, end):
        return self.stolen

    def samples(self, start, offset):
        return self.list


class FakeVm:
    """Its uptime is the guest's, and watch.c has written that the process was kept from running for so long."""

    def __init__(self, kept_ms):
        self.log = "".join(f"{second * 1000} {PID} qemu=10/20S kept={kept_ms}\n" for second in range(80, 120))

    def run(self, command, timeout):
        return 0, self.log


def look(text, kept_ms, samples=()):
    complaints = evidence.Complaints(FakeSteal(samples=samples))
    for _ in range(2):  # the second time everything is known
        complaints.look("tap", PID, FakeVm(kept_ms), f"disk 1\n104.00 3.00\n{text}\n", (104, 104.5), 0)
    return complaints.explained


def test_a_late_queue_is_explained_by_a_starved_qemu():
    assert len(look(WATCHDOG, 900)) == 1


def test_a_late_queue_is_explained_by_a_starved_emulator():
    assert len(look(WATCHDOG, 100, [(float(second), 0.9) for second in range(80, 120)])) == 1


@pytest.mark.parametrize("kept_ms", [0, 300, 600])
def test_a_late_queue_of_a_qemu_that_could_run_is_a_lost_event(kept_ms):
    with pytest.raises(evidence.Stall, match="an event was lost"):
        look(WATCHDOG, kept_ms)


def test_other_complaints_are_never_explained():
    with pytest.raises(evidence.Stall, match="its kernel said"):
        look("[  100.000000] BUG: unable to do something", 1000)


def test_a_quiet_kernel():
    assert look("[  100.000000] eth0: link becomes ready", 1000) == []


def stand(monkeypatch, seconds, kept, stolen):
    watch = evidence.Watch(FakeSteal(stolen))
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch.sample(f"up 1 moves 3 {PID} 0")
    watch.update("tap", PID, "disk 5 error none")
    now[0] += seconds
    watch.sample(f"up 2 moves 3 {PID} {kept * 1000}")
    watch.update("tap", PID, "disk 5 error none")
    return watch


def test_a_count_that_stands_still_for_want_of_a_cpu_is_slow(monkeypatch):
    watch = stand(monkeypatch, 300, 200, 50)
    assert (watch.slowest, watch.slowest_net, watch.moves) == (300, 50, 3)


def test_a_count_that_stands_still_with_a_cpu_hangs(monkeypatch):
    with pytest.raises(evidence.Stall, match="it hangs"):
        stand(monkeypatch, 300, 50, 50)


def test_nothing_may_stand_still_for_ever(monkeypatch):
    with pytest.raises(evidence.Stall, match="too slow to tell"):
        stand(monkeypatch, 2000, 1900, 50)


def test_a_workers_error_is_one():
    with pytest.raises(evidence.Stall, match="came twice"):
        evidence.Watch(FakeSteal()).update("tap", PID, "disk 5 late_ms 1 error request 3 came twice")
