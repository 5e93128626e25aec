# SPDX-License-Identifier: BSD-2-Clause
"""Boots the kernel tests (kerneltest.elf, a root task) on a kernel and reads their verdict.

    /usr/bin/python3 -m pytest tests/kernel/test_kernel.py                     the bundled kernel
    KERNEL=<sel4.elf> /usr/bin/python3 -m pytest tests/kernel/test_kernel.py   another one
    CORES=2 ...                                                                with several cores

The root task prints a line per failed check, a line per group and `N passed, N failed`, and then
powers the machine off. abi_check.c, compiled on the way, compares libsel4/ with the numbers that
an SDK's headers have.
"""

import importlib.util
import os
import re
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("O", "build")
KERNEL = os.environ.get("KERNEL")
TIMEOUT = 400
CHECKS_AT_LEAST = 150
BOARD = ["-machine", "virt,virtualization=on,gic-version=2", "-cpu", "cortex-a53", "-m", "2G"]
# Time goes by instructions: no host load in the figures.
ICOUNT = ["-icount", "shift=2,sleep=off"]
VERDICT = re.compile(r"(\d+) passed, (\d+) failed")

spec = importlib.util.spec_from_file_location("pack", os.path.join(TOP, "tools/pack.py"))
pack = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pack)


def core_counts():
    """What to test with: CORES if several, or what fits the given kernel, or the bundled kernels."""
    if os.environ.get("CORES", "1") != "1":  # make says 1 when nobody said anything
        return [int(os.environ["CORES"])]
    if KERNEL:
        return [2 if pack.cores_piece(KERNEL) else 1]
    return [1, 2, 4]


def boot(archive):
    """Runs the archive until the machine is off, or too long; returns what the UART said."""
    cores = pack.archive_cores(archive)
    # A genuine kernel's cores spin for its lock, which takes ages of counted instructions.
    icount = [] if KERNEL and cores > 1 else ICOUNT
    command = ["qemu-system-aarch64", *BOARD, *icount, "-smp", str(cores), "-nographic", "-kernel",
               os.path.join(TOP, BUILD, "loader/loader.img"), "-initrd", archive]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        output = done.stdout
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"") + b"\n(timeout)\n"
    return output.decode(errors="replace").replace("\r", "")


@pytest.mark.parametrize("cores", core_counts())
def test_kernel_passes_every_check(tmp_path, cores):
    native = BUILD if cores == 1 else f"{BUILD}/smp{cores}"
    kernel = KERNEL or os.path.join(TOP, native, "kernel/kernel.elf")
    archive = str(tmp_path / "kerneltest.archive")
    targets = ["kerneltest", f"{BUILD}/loader/loader.img", f"{native}/kernel/gen_config.json"]
    if not KERNEL:
        targets.append(f"{native}/kernel/kernel.elf")
    subprocess.run(["make", "-s", "-C", TOP, f"CORES={cores}", *targets], check=True)
    subprocess.run([os.path.join(TOP, "tools/pack.py"), "-o", archive, "--kernel", kernel, "--root",
                    os.path.join(TOP, native, "tests/kernel/kerneltest.elf"), "--built-for",
                    os.path.join(TOP, native, "kernel/gen_config.json")], check=True)
    output = boot(archive)
    print(output)
    lines = output.split("\n")
    verdict = VERDICT.fullmatch([line for line in lines if line][-1])
    # What a genuine kernel does not do either has another word.
    failures = [line for line in lines if line.startswith("FAIL" if KERNEL else ("FAIL", "NOT"))]
    assert verdict, "the tests did not come to an end:\n" + "\n".join(lines[-20:])
    assert not failures, "\n".join(failures)
    assert int(verdict[2]) == 0
    assert int(verdict[1]) >= CHECKS_AT_LEAST
