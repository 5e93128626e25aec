# SPDX-License-Identifier: BSD-2-Clause
"""Bad input from the service VM and from guests: tests/kvm's programs in a booted system.

    /usr/bin/python3 -m pytest tests/system/test_bad_input.py      SYSTEM=kvm for the peer

The programs come on a small disk of their own. Each prints a line per check; its last line counts them.
After all of them the service VM's kernel must have nothing to complain about.
"""
import os
import re
import shlex
import shutil
import subprocess

import pytest

import systems

SYSTEM = os.environ.get("SYSTEM", "selkie")
PROGRAMS = os.path.join(systems.BUILD, "tests/kvm")
MOUNT = "/run/kvmtests"
DISK_SERIAL = "kvmtests"
# The disk by its serial number, as the order in which a kernel finds disks is not promised.
FIND_DISK = f"grep -l {DISK_SERIAL} /sys/block/vd*/serial | cut -d / -f 4"
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
TIMEOUTS = {"api": 400, "guest": 600, "memory": 400, "churn": 600}

selkie_only = pytest.mark.skipif(SYSTEM != "selkie", reason="Linux's own KVM is no module")


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    subprocess.run(["make", "-s", "-C", systems.TREE, f"O={os.environ.get('O', 'build')}", "kvmtests"],
                   check=True)
    place = tmp_path_factory.mktemp("kvmtests")
    tree = place / "tree"
    tree.mkdir()
    for name in TIMEOUTS:
        shutil.copy(os.path.join(PROGRAMS, name), tree)
    image = place / "disk.img"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, image, "24M"], check=True,
                   env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    return image


@pytest.fixture(scope="module")
def vm(disk):
    extra = ["-drive", f"if=none,id=kvmtests,file={disk},format=raw,snapshot=on",
             "-device", f"virtio-blk-pci,drive=kvmtests,serial={DISK_SERIAL},romfile="]
    with systems.boot(SYSTEM, extra_qemu=extra) as booted:
        device = booted.cmd(FIND_DISK)
        booted.cmd(f"mkdir -p {MOUNT} && mount /dev/{device} {MOUNT} && cd {MOUNT}")
        yield booted


def run_program(vm, command, timeout):
    """Checks that passed; fails with the lines of those that did not."""
    debug = os.environ.get("SELKIE_DEBUG_KERNEL")
    prefix = f"SELKIE_DEBUG_KERNEL={shlex.quote(debug)} " if debug else ""
    _, output = vm.run(f"{prefix}{command}", timeout)
    counts = SUMMARY.findall(output)
    assert counts, f"{command} did not come to its end:\n{output[-3000:]}"
    bad = [line for line in output.splitlines() if line.startswith("not ok")]
    assert not bad and counts[-1][1] == "0", "\n".join(bad)
    return int(counts[-1][0])


@pytest.mark.parametrize("program", TIMEOUTS)
def test_program(vm, program):
    passed = run_program(vm, f"./{program}", TIMEOUTS[program])
    print(f"{program}: {passed} checks")
    assert passed


def test_guest_larger_than_memory(vm):
    """ENOMEM from QEMU, one clear line in the log, and the next guest starts."""
    if SYSTEM != "selkie":
        pytest.skip("Linux's own KVM overcommits")
    vm.cmd("dmesg -C")
    status, output = vm.run("qemu-system-aarch64 -M virt,accel=kvm -cpu host -m 8G -display none -serial none "
                            "-monitor none < /dev/null", 60)
    assert status not in (0, 124), output
    assert "Cannot allocate memory" in output, output
    log = [line for line in vm.cmd("dmesg").splitlines() if "selkie" in line]
    assert len(log) == 1 and "no memory for a guest's" in log[0], "\n".join(log)
    run_program(vm, "./guest undefined_instructions", 60)


@selkie_only
def test_module_cannot_leave_while_guests_run(vm):
    vm.cmd("./churn kill_at_random > /run/churn.out 2>&1 &\nsleep 2")
    status, output = vm.run("rmmod selkie")
    assert status != 0 and "in use" in output, output
    assert vm.cmd("wait; tail -n 1 /run/churn.out", TIMEOUTS["churn"]).endswith("0 failed")


@selkie_only
def test_module_can_leave_and_come_back(vm):
    before = vm.cmd("cat /sys/kernel/debug/selkie/memory")
    for _ in range(3):
        vm.cmd("rmmod selkie && [ ! -e /dev/kvm ] && modprobe selkie")
    assert vm.cmd("cat /sys/kernel/debug/selkie/memory") == before
    run_program(vm, "./guest undefined_instructions", 60)


def test_service_kernel_has_no_complaint(vm):
    log = vm.cmd("dmesg")
    assert not re.search(r"BUG:|WARNING:|Oops|Call trace|hung task|rcu:.*stall", log), log[-4000:]
