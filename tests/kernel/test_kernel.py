# SPDX-License-Identifier: BSD-2-Clause
"""Boots the kernel tests (kerneltest.elf, a root task) on a kernel and reads their verdict.

    /usr/bin/python3 -m pytest tests/kernel/test_kernel.py                     the bundled kernel
    KERNEL=<sel4.elf> /usr/bin/python3 -m pytest tests/kernel/test_kernel.py   another one

The root task prints a line per failed check, a line per group and `N passed, N failed`, and then
powers the machine off. abi_check.c, compiled on the way, compares libsel4/ with the numbers that
an SDK's headers have.
"""

import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("O", "build"))
TIMEOUT = 300
CHECKS_AT_LEAST = 150
BOARD = ["-machine", "virt,virtualization=on,gic-version=2", "-cpu", "cortex-a53", "-m", "2G",
         "-icount", "shift=2,sleep=off"]  # time goes by instructions: no host load in the figures
VERDICT = re.compile(r"(\d+) passed, (\d+) failed")


def boot(archive):
    """Runs the archive until the machine is off, or too long; returns what the UART said."""
    command = ["qemu-system-aarch64", *BOARD, "-nographic", "-kernel",
               os.path.join(BUILD, "loader/loader.img"), "-initrd", archive]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        output = done.stdout
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"") + b"\n(timeout)\n"
    return output.decode(errors="replace").replace("\r", "")


def test_kernel_passes_every_check(tmp_path):
    kernel = os.environ.get("KERNEL")
    archive = str(tmp_path / "kerneltest.archive")
    targets = ["kerneltest", f"{BUILD}/loader/loader.img"]
    if not kernel:
        kernel = os.path.join(BUILD, "kernel/kernel.elf")
        targets.append(kernel)
    targets = [os.path.relpath(t, TOP) if t.startswith("/") else t for t in targets]
    subprocess.run(["make", "-s", "-C", TOP, *targets], check=True)
    subprocess.run([os.path.join(TOP, "tools/pack.py"), "-o", archive, "--kernel", kernel,
                    "--root", os.path.join(BUILD, "tests/kernel/kerneltest.elf")], check=True)
    output = boot(archive)
    print(output)
    lines = output.split("\n")
    verdict = VERDICT.fullmatch([line for line in lines if line][-1])
    failures = [line for line in lines if line.startswith("FAIL")]
    assert verdict, "the tests did not come to an end:\n" + "\n".join(lines[-20:])
    assert not failures, "\n".join(failures)
    assert int(verdict[2]) == 0
    assert int(verdict[1]) >= CHECKS_AT_LEAST
