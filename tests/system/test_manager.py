# SPDX-License-Identifier: BSD-2-Clause
"""The manager at boot: its one line for everything that an archive can lack or have wrong.

    [KERNEL=sel4.elf] /usr/bin/python3 -m pytest tests/system/test_manager.py

What the loader refuses is test_loader.py's; here the loader is content and the manager is not.
"""

import importlib.util
import os
import select
import struct
import subprocess
import time

import pytest

import systems

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("O", "build"))
CORES = int(os.environ.get("CORES", "1"))
NATIVE = BUILD if CORES == 1 else os.path.join(BUILD, f"smp{CORES}")
KERNEL = os.environ.get("KERNEL") or os.path.join(NATIVE, "kernel/kernel.elf")
BUILT_FOR = os.path.join(NATIVE, "kernel/gen_config.json")
BOARD = ["qemu-system-aarch64", "-machine", "virt,virtualization=on,gic-version=2", "-cpu", "cortex-a53",
         "-m", "2G", "-display", "none", "-monitor", "none", "-serial", "stdio"]
TIMEOUT = 120

spec = importlib.util.spec_from_file_location("pack", os.path.join(TOP, "tools/pack.py"))
pack = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pack)


@pytest.fixture(scope="session", autouse=True)
def built():
    subprocess.run(["make", "-s", "-C", TOP, f"{BUILD}/loader/loader.img", f"{NATIVE}/manager/manager.elf",
                    KERNEL, BUILT_FOR], check=True)


def image(image_size=0x10000, magic=b"ARM\x64", size=5000):
    """An arm64 Image whose only instruction branches to itself."""
    header = struct.pack("<IIQQQ24x4sI", 0x14000000, 0, 0, image_size, 0xA, magic, 0)
    return header + bytes(size - len(header))


def service_kernel(content, room=0x10000, flags=pack.FLAG_ALIGN_2M):
    return ("service.kernel", content, room, flags)


def write_archive(path, extra):
    with open(os.path.join(NATIVE, "manager/manager.elf"), "rb") as file:
        root = pack.strip_elf(file.read())
    kernel = pack.kernel_piece(KERNEL, BUILT_FOR)
    cores = pack.cores_piece(KERNEL)
    small = [("kernel.elf", kernel, len(kernel), 0), ("roottask.elf", root, len(root), 0)]
    if cores:
        small.append(("kernel.cores", cores, len(cores), 0))
    total, placed = pack.build(small + extra)
    with open(path, "wb") as file:
        for offset, data in placed:
            file.seek(offset)
            file.write(data)
        file.truncate(total)


def manager_says(tmp_path, extra, until):
    """What is on the console up to a line that contains until."""
    archive = str(tmp_path / "archive")
    write_archive(archive, extra)
    command = BOARD + ["-smp", str(pack.archive_cores(archive)), "-kernel", os.path.join(BUILD, "loader/loader.img"), "-initrd", archive]
    seen = b""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as qemu:
        end = time.monotonic() + TIMEOUT
        while until.encode() not in seen and time.monotonic() < end:
            if not select.select([qemu.stdout], [], [], 1)[0]:
                continue
            part = os.read(qemu.stdout.fileno(), 4096)
            if not part:
                break
            seen += part
        qemu.kill()
    text = seen.decode(errors="replace").replace("\r", "")
    assert until in text, text
    return text


@pytest.mark.parametrize("extra, line", [
    ([], "manager: service VM: the archive has no service.kernel (error 2)"),
    ([service_kernel(image(magic=b"MZ\0\0"))],
     "manager: service VM: service.kernel is no arm64 Image (error 22)"),
    ([service_kernel(image()[:40])], "manager: service VM: service.kernel is no arm64 Image (error 22)"),
    ([service_kernel(image(image_size=0x20000))],
     "manager: service VM: service.kernel has no room for its BSS (error 22)"),
    ([service_kernel(image(), flags=0)],
     "manager: service VM: service.kernel is not on a 2 MiB boundary (error 22)"),
    ([service_kernel(image()), ("config", b"service.ram_mib=many\n", 32, 0)],
     "manager: archive: config line 1 service.ram_mib is not a number of MiB"),
    ([service_kernel(image()), ("config", b"# fine\nservice.disks=2\n", 32, 0)],
     "manager: archive: config line 2 has an unknown key"),
    ([service_kernel(image()), ("config", b"service.ram_mib=16\n", 32, 0)],
     "manager: service VM: service.ram_mib leaves no room for the archive (error 22)"),
], ids=["no kernel", "no Image", "short Image", "no room for BSS", "misplaced", "bad number", "unknown key",
        "little RAM"])
def test_what_is_wrong_with_the_service_vm_is_one_line(tmp_path, extra, line):
    text = manager_says(tmp_path, extra, "manager: stopped")
    lines = [each for each in text.splitlines() if each.startswith("manager: ")]
    assert line in lines
    # How much memory there is, what is wrong, and that this is the end.
    assert len(lines) == 3


def test_a_service_vm_that_can_start_is_started(tmp_path):
    text = manager_says(tmp_path, [service_kernel(image())], "device tree at")
    assert "manager: service VM: 512 MiB at 0x40000000, kernel at 0x48200000" in text


def test_whoever_waits_for_the_service_vm_is_told_that_it_will_not_come(tmp_path):
    archive = str(tmp_path / "archive")
    write_archive(archive, [])
    with pytest.raises(systems.SystemFailed, match="(?s)does not come up.*no service.kernel.*manager: stopped"):
        with systems.boot("selkie", archive=archive, boot_timeout=TIMEOUT):
            pass
