# SPDX-License-Identifier: BSD-2-Clause
"""More than one core: a service VM and a user VM with two CPUs each, on the bundled kernel.

    /usr/bin/python3 -m pytest tests/system/test_smp.py

While the guest works its vCPU threads are moved from CPU to CPU; what it reads must stay the same, its
CPUs must go off and come on again, and what it had must come back when it is killed.
"""
import re

import pytest

import systems
from guests import Guest

CORES = 2
MOVES = 100
# Moves each of QEMU's threads to the other CPU, over and over.
MOVE = ("n=0; while [ $n -lt %d ]; do for t in /proc/%d/task/*; do "
        "taskset -cp $(((n + ${t##*/}) %% 2)) ${t##*/} > /dev/null; done; n=$((n + 1)); sleep 0.02; done; "
        "echo moved > /run/moved")
# Disk, memory and computation on both CPUs at once, three times: each line must come up three times.
WORK = ("for i in 1 2 3; do for p in 1 2; do (dd if=/dev/vda2 bs=64k count=32 skip=$((p * 64)) iflag=direct "
        "2> /dev/null | sha256sum; head -c 1000000 /dev/zero | sha256sum) & done; wait; done | sort | uniq -c")


@pytest.fixture(scope="module")
def vm():
    with systems.boot("selkie", icount=True, archive=systems.bundled_archive(CORES)) as booted:
        yield booted


@pytest.fixture(scope="module")
def guest(vm):
    before = systems.accounts(vm)
    guest = Guest(vm, "first")
    guest.fresh_disk()
    guest.start(command=guest.command(vcpus=CORES))
    guest.wait_up()
    yield guest
    guest.kill()
    vm.cmd("sleep 2")
    assert systems.accounts(vm) == before


def timer_interrupts(text):
    return [int(count) for count in re.search(r"(\d+) +(\d+) .*arch_timer", text).groups()]


def test_the_service_vm_runs_on_both_cores(vm):
    assert vm.cmd("nproc") == "2"
    assert min(timer_interrupts(vm.cmd("cat /proc/interrupts"))) > 0


def test_a_cpu_of_the_service_vm_goes_off_and_comes_on_again(vm):
    cpu = "/sys/devices/system/cpu/cpu1/online"
    assert vm.cmd(f"for i in 1 2 3; do echo 0 > {cpu}; nproc; echo 1 > {cpu}; nproc; done",
                  timeout=200).split() == ["1", "2"] * 3


def test_a_guest_runs_on_both_cores(vm, guest):
    assert guest.sh("nproc") == "2"
    assert min(timer_interrupts(guest.sh("cat /proc/interrupts"))) > 0


def test_vcpus_follow_their_threads_from_core_to_core(vm, guest):
    vm.cmd(f"rm -f /run/moved; ({MOVE % (MOVES, guest.pid)}) > /dev/null 2>&1 &")
    sums = guest.sh(WORK, timeout=400)
    counts = [int(line.split()[0]) for line in sums.splitlines()]
    assert sorted(counts) == [3, 3, 6], sums
    assert "moved" in vm.cmd("while ! [ -e /run/moved ]; do sleep 0.1; done; cat /run/moved", timeout=200)


def test_a_guests_cpu_goes_off_and_comes_on_again(guest):
    cpu = "/sys/devices/system/cpu/cpu1/online"
    assert guest.sh(f"for i in 1 2 3; do echo 0 > {cpu}; nproc; echo 1 > {cpu}; nproc; done",
                    timeout=200).split() == ["1", "2"] * 3


def test_a_guest_with_two_cpus_reboots(guest):
    """Twice: the CPU that did not ask for it ends in the middle of an interrupt, which must be forgotten."""
    for _ in range(2):
        guest.sh("touch /tmp/before-reboot; (sleep 1; reboot) > /dev/null 2>&1 & true")
        guest.watch()
        guest.wait_up()
        said = guest.vm.cmd(f"cat /run/{guest.name}.up")
        assert "Restarting system" in said and "failed to stop" not in said, said
        assert guest.sh("[ -e /tmp/before-reboot ] || echo gone; nproc").split() == ["gone", "2"]


def test_a_guest_is_reset_at_any_moment(guest):
    for delay in (0.1, 0.3, 0.7, 1.1):
        guest.ask_monitor("system_reset")
        guest.vm.cmd(f"sleep {delay}")
    guest.watch()
    guest.ask_monitor("system_reset")
    guest.wait_up()
    assert guest.sh("nproc") == "2"
