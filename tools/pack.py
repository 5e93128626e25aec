#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Builds a boot archive (abi/archive.h) and refuses what could not boot.

    tools/pack.py -o build/selkie.archive --kernel K --root R
                  [--service-kernel I] [--service-initrd J] [--config C] [--set KEY=VALUE]

A kernel may come from anywhere: what can be known of it beforehand is checked, from its ELF headers
and, where a gen_config.json lies beside it as in a Microkit SDK, from its configuration.
"""

import argparse
import json
import os
import struct
import sys
import zlib

# abi/archive.h
MAGIC = b"SELKIEAR"
VERSION = 1
HEADER = struct.Struct("<8sIIQII")
PIECE = struct.Struct("<32sQQQII")
PIECE_MAX = 32
ALIGN = 0x1000
ALIGN_LARGE = 0x200000
FLAG_ALIGN_2M = 1

# The configuration that native code and the design count on (docs/boot.md).
REQUIRED = {
    "SEL4_ARCH": "aarch64",
    "KERNEL_MCS": True,
    "ARM_HYPERVISOR_SUPPORT": True,
    "ROOT_CNODE_SIZE_BITS": "17",
    "EXPORT_PCNT_USER": True,
    "EXPORT_PTMR_USER": True,
    "ALLOW_SMC_CALLS": True,
    "PLAT": "qemu-arm-virt",
}
# What moves invocation labels and object sizes: as the native code was compiled for.
MUST_AGREE = {"HARDWARE_DEBUG_API": False, "ENABLE_SMP_SUPPORT": False, "ARM_PA_SIZE_BITS_40": True}


class Refused(Exception):
    """A piece that cannot be packed; the text is the line for the user."""


def read(path):
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    if not content:
        raise Refused(f"{path}: is empty")
    return content


def elf_segments(path, content):
    """The PT_LOAD headers of an ELF64 AArch64 executable, as (vaddr, paddr, filesz, memsz)."""
    if content[:4] != b"\x7fELF":
        raise Refused(f"{path}: is no ELF file")
    if len(content) < 64 or content[4] != 2 or content[5] != 1:
        raise Refused(f"{path}: is no little-endian ELF64 file")
    (kind, machine, _, _, phoff, _, _, _, phentsize, phnum) = struct.unpack_from(
        "<HHIQQQIHHH", content, 16)
    if machine != 183:
        raise Refused(f"{path}: is not for AArch64")
    if kind != 2:
        raise Refused(f"{path}: is not linked at a fixed address")
    if phentsize != 56 or phoff + phnum * 56 > len(content):
        raise Refused(f"{path}: is truncated in its program headers")
    segments = []
    for index in range(phnum):
        (ptype, _, offset, vaddr, paddr, filesz, memsz, _) = struct.unpack_from(
            "<IIQQQQQQ", content, phoff + index * 56)
        if ptype != 1 or memsz == 0:
            continue
        if filesz > memsz or offset + filesz > len(content):
            raise Refused(f"{path}: is truncated in a segment")
        segments.append((vaddr, paddr, filesz, memsz))
    if not segments:
        raise Refused(f"{path}: has nothing to load")
    return segments


def strip_elf(content):
    """Without what follows the last segment: symbols and debug information are not booted."""
    (phoff,) = struct.unpack_from("<Q", content, 32)
    (phnum,) = struct.unpack_from("<H", content, 56)
    end = phoff + phnum * 56
    for index in range(phnum):
        (ptype, _, offset, _, _, filesz) = struct.unpack_from(
            "<IIQQQQ", content, phoff + index * 56)
        if ptype == 1:
            end = max(end, offset + filesz)
    stripped = bytearray(content[:end])
    struct.pack_into("<Q", stripped, 40, 0)         # e_shoff
    struct.pack_into("<HHH", stripped, 58, 0, 0, 0)  # e_shentsize, e_shnum, e_shstrndx
    return bytes(stripped)


def find_config(kernel):
    """The gen_config.json of a kernel in SDK layout or in a build directory, or None."""
    here = os.path.dirname(os.path.abspath(kernel))
    for candidate in ("../include/kernel/gen_config.json", "gen_config.json",
                      "gen_config/kernel/gen_config.json"):
        path = os.path.normpath(os.path.join(here, candidate))
        if os.path.exists(path):
            return path
    return None


def load_config(path):
    try:
        return json.loads(read(path))
    except ValueError as error:
        raise Refused(f"{path}: is no JSON: {error}") from error


def check_config(kernel, built_for):
    path = find_config(kernel)
    if path is None:
        print(f"pack: {kernel}: no gen_config.json beside it, its configuration is not checked")
        return
    config = load_config(path)
    wanted = dict(REQUIRED)
    native = load_config(built_for) if built_for else MUST_AGREE
    wanted.update({key: native[key] for key in MUST_AGREE if key in native})
    for key, value in wanted.items():
        if key in config and config[key] != value:
            raise Refused(f"{kernel}: built with {key}={config[key]}, needs {value} ({path})")
        if key not in config:
            raise Refused(f"{kernel}: its configuration does not say {key} ({path})")


def kernel_piece(path, built_for):
    content = read(path)
    segments = elf_segments(path, content)
    if len(segments) != 1:
        raise Refused(f"{path}: has {len(segments)} segments, a seL4 kernel has one")
    (vaddr, paddr, _, memsz) = segments[0]
    if vaddr % ALIGN_LARGE or paddr % ALIGN_LARGE:
        raise Refused(f"{path}: is not linked at a multiple of 2 MiB")
    if (vaddr ^ (vaddr + memsz - 1)) >> 30:
        raise Refused(f"{path}: its addresses cross 1 GiB")
    check_config(path, built_for)
    return strip_elf(content)


def ram_piece(kernel):
    """What an SDK's platform_gen.json says the kernel takes for RAM, or None."""
    path = os.path.join(os.path.dirname(os.path.abspath(kernel)), "../platform_gen.json")
    if not os.path.exists(path):
        return None
    try:
        memory = load_config(path)["memory"]
        return b"".join(struct.pack("<QQ", region["start"], region["end"]) for region in memory)
    except (KeyError, TypeError, struct.error) as error:
        raise Refused(f"{path}: does not list the kernel's memory: {error}") from error


def cores_piece(kernel):
    """How many cores the kernel waits for, where its configuration says so and it is not one."""
    path = find_config(kernel)
    cores = load_config(path).get("MAX_NUM_NODES", "1") if path else "1"
    if not str(cores).isdigit():
        raise Refused(f"{path}: MAX_NUM_NODES={cores} is no number")
    return struct.pack("<Q", int(cores)) if int(cores) > 1 else None


def archive_cores(path):
    """How many cores a finished archive's kernel waits for."""
    with open(path, "rb") as file:
        head = file.read(ALIGN)
        for index in range(HEADER.unpack_from(head)[2]):
            name, offset, _, _, _, _ = PIECE.unpack_from(head, HEADER.size + index * PIECE.size)
            if name.rstrip(b"\0") == b"kernel.cores":
                file.seek(offset)
                return struct.unpack("<Q", file.read(8))[0]
    return 1


def root_piece(path):
    content = read(path)
    elf_segments(path, content)
    return strip_elf(content)


def linux_piece(path):
    """An arm64 Image and the room it needs in memory (its header's image_size)."""
    content = read(path)
    if content[:2] == b"\x1f\x8b":
        raise Refused(f"{path}: is compressed, the service VM's kernel must be a plain Image")
    if len(content) < 64 or content[56:60] != b"ARM\x64":
        raise Refused(f"{path}: is no arm64 Image")
    (text_offset, image_size) = struct.unpack_from("<QQ", content, 8)
    if text_offset:
        raise Refused(f"{path}: an Image with text_offset (before Linux 5.10) is not supported")
    return content, max(image_size, len(content))


def align_up(value, align):
    return (value + align - 1) // align * align


def build(pieces):
    """The archive's bytes; pieces are (name, content, room, flags)."""
    assert len(pieces) <= PIECE_MAX
    table = b""
    placed = []
    end = HEADER.size + len(pieces) * PIECE.size
    for name, content, room, flags in pieces:
        offset = align_up(end, ALIGN_LARGE if flags & FLAG_ALIGN_2M else ALIGN)
        table += PIECE.pack(name.encode(), offset, len(content), room, zlib.crc32(content), flags)
        placed.append((offset, content))
        end = offset + room
    total = align_up(end, ALIGN)
    head = HEADER.pack(MAGIC, VERSION, len(pieces), total, 0, 0)[:-4]
    head += struct.pack("<I", zlib.crc32(table, zlib.crc32(head)))
    return total, [(0, head + table)] + placed


def write(path, total, placed):
    """Through a temporary name, so that an archive is there whole or not at all."""
    temporary = path + ".part"
    with open(temporary, "wb") as file:
        for offset, content in placed:
            file.seek(offset)
            file.write(content)
        file.truncate(total)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description="Builds a Selkie boot archive.")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--kernel", required=True, help="seL4 kernel, ELF")
    parser.add_argument("--root", required=True, help="root task, ELF")
    parser.add_argument("--service-kernel", help="the service VM's kernel, an arm64 Image")
    parser.add_argument("--service-initrd", help="its initrd")
    parser.add_argument("--config", help="key=value lines for the manager")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[],
                        help="a line more for the manager")
    parser.add_argument("--built-for", metavar="GEN_CONFIG",
                        help="gen_config.json of the API that native code was compiled with")
    args = parser.parse_args()

    try:
        small = [("kernel.elf", kernel_piece(args.kernel, args.built_for)),
                 ("roottask.elf", root_piece(args.root))]
        ram = ram_piece(args.kernel)
        if ram:
            small.append(("kernel.ram", ram))
        cores = cores_piece(args.kernel)
        if cores:
            small.append(("kernel.cores", cores))
        config = (read(args.config) if args.config else b"") + "".join(
            line + "\n" for line in args.set).encode()
        if config:
            small.append(("config", config))
        pieces = [(name, content, len(content), 0) for name, content in small]
        if args.service_kernel:
            content, room = linux_piece(args.service_kernel)
            pieces.append(("service.kernel", content, room, FLAG_ALIGN_2M))
        if args.service_initrd:
            content = read(args.service_initrd)
            pieces.append(("service.initrd", content, len(content), 0))
        total, placed = build(pieces)
        write(args.output, total, placed)
    except Refused as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"pack: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"pack: {args.output}: {len(pieces)} pieces, {total / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
