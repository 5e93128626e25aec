# SPDX-License-Identifier: BSD-2-Clause
"""A user VM's vmm dies while its vCPUs run: their RUNs end, and nothing else does.

    /usr/bin/python3 -m pytest tests/system/test_vmm_dies.py

No input is known that makes a vmm fail, so one of its threads is led astray by QEMU's gdb stub: at a
signal, when each of the guest's vCPUs is busy on a core of its own. Once on one core, once on two.
"""
import os
import re
import subprocess

import pytest

import systems
from gdbstub import Gdbstub
from guests import Guest

CROSS = "aarch64-linux-gnu-"


def symbols(native):
    text = subprocess.run([f"{CROSS}nm", f"{native}/vmm/vmm.elf"], check=True, capture_output=True, text=True).stdout
    return {name: int(address, 16) for address, name in re.findall(r"^([0-9a-f]+) \w (\w+)$", text, re.MULTILINE)}


def start_guest(vm, name, cores):
    guest = Guest(vm, name)
    guest.fresh_disk()
    guest.start(command=guest.command(vcpus=cores))
    guest.wait_up()
    return guest


@pytest.mark.parametrize("cores", (1, 2))
def test_the_vm_of_a_vmm_that_fails_is_lost_and_no_other(cores, tmp_path):
    archive = systems.bundled_archive(cores)
    address = symbols(os.path.dirname(archive))
    stub_path = tmp_path / "gdb"
    with systems.boot("selkie", icount=True, archive=archive,
                      extra_qemu=["-gdb", f"unix:{stub_path},server=on,wait=off"]) as vm:
        before = systems.accounts(vm)
        guest = start_guest(vm, "first", cores)
        guest.sh("for cpu in $(seq $(nproc)); do (while :; do :; done) > /dev/null 2>&1 & done")

        stub = Gdbstub(str(stub_path))
        # Its first argument says that it is the vmm that is about to take a signal.
        stub.run_until(address["user_signal"], lambda registers: registers[0] == address["vmm_state"])
        stub.jump(0)
        stub.detach()

        error = f"grep -q 'kvm run failed Input/output error' {guest.output}"
        vm.cmd(f"while ! {error}; do sleep 0.1; done", timeout=200)
        assert "VM 0 of process" in vm.cmd("dmesg | grep 'is lost: its vmm is gone'")
        assert "internal-error" in guest.ask_monitor("info status")
        assert guest.alive()
        guest.kill()
        vm.cmd("sleep 2")
        assert systems.accounts(vm) == before
        start_guest(vm, "second", cores).kill()
        vm.cmd("sleep 2")
        assert systems.accounts(vm) == before
        log = vm.cmd("dmesg")
        assert not re.search(r"BUG:|WARNING:|Oops|Call trace|hung task|rcu:.*stall", log), log[-4000:]
