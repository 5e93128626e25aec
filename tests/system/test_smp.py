# SPDX-License-Identifier: BSD-2-Clause
"""More than one core: a service VM and a user VM with two CPUs each, or four, on the bundled kernel.

    /usr/bin/python3 -m pytest tests/system/test_smp.py

While the guest works its vCPU threads are moved from CPU to CPU; what it reads must stay the same, its
CPUs must go off and come on again, and what it had must come back when it is killed.
"""
import re

import pytest

import systems
from guests import Guest

MOVES = 100
# Moves each of QEMU's threads to the next CPU, over and over.
MOVE = ("c=$(nproc); n=0; while [ $n -lt %d ]; do for t in /proc/%d/task/*; do "
        "taskset -cp $(((n + ${t##*/}) %% c)) ${t##*/} > /dev/null; done; n=$((n + 1)); sleep 0.02; done; "
        "echo moved > /run/moved")
# Disk, memory and computation on all CPUs at once, three times: what each has read must come up three times.
WORK = ("for i in 1 2 3; do for p in $(seq $(nproc)); do (dd if=/dev/vda2 bs=64k count=32 skip=$((p * 64)) iflag=direct "
        "2> /dev/null | sha256sum; head -c 1000000 /dev/zero | sha256sum) & done; wait; done | sort | uniq -c")


@pytest.fixture(scope="module", params=(2, 4))
def cores(request):
    return request.param


@pytest.fixture(scope="module")
def vm(cores):
    with systems.boot("selkie", icount=True, archive=systems.bundled_archive(cores)) as booted:
        yield booted


@pytest.fixture(scope="module")
def guest(vm, cores):
    before = systems.accounts(vm)
    guest = Guest(vm, "first")
    guest.fresh_disk()
    guest.start(command=guest.command(vcpus=cores))
    guest.wait_up()
    yield guest
    guest.kill()
    vm.cmd("sleep 2")
    assert systems.accounts(vm) == before


def timer_interrupts(text):
    return [int(count) for count in re.search(r":((?: +\d+)+) .*arch_timer", text).group(1).split()]


# Every CPU but the first goes off, and they come on again; one line each time.
def off_and_on(cores):
    cpus = " ".join(f"/sys/devices/system/cpu/cpu{i}/online" for i in range(1, cores))
    command = f"for i in 1 2 3; do for value in 0 1; do for c in {cpus}; do echo $value > $c; done; nproc; done; done"
    return command, ["1", str(cores)] * 3


def test_the_service_vm_runs_on_every_core(vm, cores):
    counts = timer_interrupts(vm.cmd("cat /proc/interrupts"))
    assert len(counts) == cores and min(counts) > 0


def test_cpus_of_the_service_vm_go_off_and_come_on_again(vm, cores):
    command, expected = off_and_on(cores)
    assert vm.cmd(command, timeout=300).split() == expected


def test_a_guest_runs_on_every_core(vm, guest, cores):
    counts = timer_interrupts(guest.sh("cat /proc/interrupts"))
    assert len(counts) == cores and min(counts) > 0


def test_vcpus_follow_their_threads_from_core_to_core(vm, guest, cores):
    vm.cmd(f"rm -f /run/moved; ({MOVE % (MOVES, guest.pid)}) > /dev/null 2>&1 &")
    sums = guest.sh(WORK, timeout=400)
    counts = [int(line.split()[0]) for line in sums.splitlines()]
    assert sorted(counts) == [3] * cores + [3 * cores], sums
    assert "moved" in vm.cmd("while ! [ -e /run/moved ]; do sleep 0.1; done; cat /run/moved", timeout=200)


def test_a_guests_cpus_go_off_and_come_on_again(guest, cores):
    command, expected = off_and_on(cores)
    assert guest.sh(command, timeout=300).split() == expected


def test_a_guest_with_several_cpus_reboots(guest, cores):
    """Twice: the CPUs that did not ask for it end in the middle of an interrupt, which must be forgotten."""
    for _ in range(2):
        guest.sh("touch /tmp/before-reboot; (sleep 1; reboot) > /dev/null 2>&1 & true")
        guest.watch()
        guest.wait_up()
        said = guest.vm.cmd(f"cat /run/{guest.name}.up")
        assert "Restarting system" in said and "failed to stop" not in said, said
        assert guest.sh("[ -e /tmp/before-reboot ] || echo gone; nproc").split() == ["gone", str(cores)]


def test_a_guest_is_reset_at_any_moment(guest, cores):
    for delay in (0.1, 0.3, 0.7, 1.1):
        guest.ask_monitor("system_reset")
        guest.vm.cmd(f"sleep {delay}")
    guest.watch()
    guest.ask_monitor("system_reset")
    guest.wait_up()
    assert guest.sh("nproc") == str(cores)
