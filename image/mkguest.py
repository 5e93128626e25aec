#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make the user VM's disk and a file to fetch, with content that is known beforehand.

    mkguest.py ROOT OUT        ROOT is the unpacked service root; its busybox serves the guest too

Leaves in OUT disk.img (an MBR disk: the guest's ext4 root; 64 MiB of known content; 16 MiB of scratch
space), blob (the file to fetch over the network) and SHA256SUMS with the sums of both contents. The
content is an extendable-output hash of a fixed seed, so that every build makes the same bytes. Must run
as root or under fakeroot.
"""
import hashlib
import os
import shutil
import struct
import subprocess
import sys

MIB = 1 << 20
SECTOR = 512
ROOT_MIB, REGION_MIB, SCRATCH_MIB, BLOB_MIB = 31, 64, 16, 8
ROOT_START_MIB = 1
REGION_START_MIB = ROOT_START_MIB + ROOT_MIB
SCRATCH_START_MIB = REGION_START_MIB + REGION_MIB
PARTITION_TABLE = 446
LINUX = 0x83
UUID = "5e1c1e00-0000-4000-8000-0000000000"


def known_bytes(seed, size):
    return hashlib.shake_128(seed).digest(size)


def partition_table(parts):
    """A master boot record; parts are (start, size) in MiB. CHS fields say "use LBA"."""
    mbr = bytearray(SECTOR)
    for i, (start, size) in enumerate(parts):
        entry = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", LINUX, b"\xfe\xff\xff",
                            start * MIB // SECTOR, size * MIB // SECTOR)
        mbr[PARTITION_TABLE + 16 * i:PARTITION_TABLE + 16 * (i + 1)] = entry
    mbr[510:] = b"\x55\xaa"
    return mbr


def make_tree(service_root, tree):
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(f"{os.path.dirname(os.path.abspath(__file__))}/guest/root", tree)
    for name in ("dev", "proc", "sys", "tmp", "run", "root", "sbin", "data"):
        os.makedirs(f"{tree}/{name}", exist_ok=True)
    os.symlink("/proc/mounts", f"{tree}/etc/mtab")
    shutil.copy2(f"{service_root}/usr/bin/busybox", f"{tree}/bin/busybox")
    for applet in ("sh ash cat cp mv rm ls ln mkdir mount umount echo dd sync sleep uname ip udhcpc wget ps kill"
                   " sha256sum cmp head tail wc grep sed cut tr dmesg free df ping nc vi top date").split():
        os.symlink("busybox", f"{tree}/bin/{applet}")
    for applet in ("init", "poweroff", "reboot", "halt"):
        os.symlink("../bin/busybox", f"{tree}/sbin/{applet}")


def main():
    service_root, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    tree = f"{out}/tree"
    make_tree(service_root, tree)
    disk = f"{out}/disk.img"
    region = known_bytes(b"selkie region", REGION_MIB * MIB)
    blob = known_bytes(b"selkie blob", BLOB_MIB * MIB)
    with open(disk, "wb") as image:
        image.write(partition_table([(ROOT_START_MIB, ROOT_MIB), (REGION_START_MIB, REGION_MIB),
                                     (SCRATCH_START_MIB, SCRATCH_MIB)]))
        image.seek(REGION_START_MIB * MIB)
        image.write(region)
        image.truncate((SCRATCH_START_MIB + SCRATCH_MIB) * MIB)
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-L", "guest",
                    "-U", UUID + "01", "-E", f"offset={ROOT_START_MIB * MIB},hash_seed={UUID}02", "-d", tree,
                    disk, f"{ROOT_MIB}M"], check=True, env=env)
    with open(f"{out}/blob", "wb") as image:
        image.write(blob)
    with open(f"{out}/SHA256SUMS", "w", encoding="utf-8") as sums:
        sums.write(f"{hashlib.sha256(region).hexdigest()}  region\n{hashlib.sha256(blob).hexdigest()}  blob\n")
    shutil.rmtree(tree)


if __name__ == "__main__":
    main()
