# SPDX-License-Identifier: BSD-2-Clause
"""The loader in QEMU: what it hands to a kernel, and its one line for everything that is wrong.

    /usr/bin/python3 -m pytest tests/system/test_loader.py

A stub kernel (stub-kernel.S) prints the registers of the boot protocol. Archives are built,
and then spoilt, with tools/pack.py's own functions.
"""

import importlib.util
import os
import select
import struct
import subprocess
import time

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("O", "build"))
LOADER = os.path.join(BUILD, "loader/loader.img")
BOARD = "virt,virtualization=on,gic-version=2"
PREFIX = "Selkie loader: "
TIMEOUT = 30

spec = importlib.util.spec_from_file_location("pack", os.path.join(TOP, "tools/pack.py"))
pack = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pack)


@pytest.fixture(scope="session", autouse=True)
def built():
    subprocess.run(["make", "-s", "-C", TOP, "loader-tests"], check=True)


def stub(name="usual"):
    with open(os.path.join(BUILD, f"tests/loader/stub-{name}.elf"), "rb") as file:
        return pack.strip_elf(file.read())


def root_task(memsz=0x5000):
    """An ELF file with one segment at 0x400000 that starts with a word to recognise."""
    content = struct.pack("<Q", 0x5E1C1E0011223344) + bytes(0x100)
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 183, 1, 0x400008,
                         64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 120, 0x400000, 0x400000, len(content), memsz, 8)
    return header + segment + content


def piece(name, content, flags=0, room=None):
    return (name, content, room or len(content), flags)


def good_pieces():
    return [piece("kernel.elf", stub()), piece("roottask.elf", root_task()),
            piece("service.kernel", b"\xaa" * 5000, pack.FLAG_ALIGN_2M, 0x10000),
            piece("config", b"service.ram_mib=512\n")]


def archive_bytes(pieces):
    total, placed = pack.build(pieces)
    content = bytearray(total)
    for offset, data in placed:
        content[offset:offset + len(data)] = data
    return content


def repair_table(content):
    """The header's CRC made right again after header or table were changed."""
    count = struct.unpack_from("<I", content, 12)[0]
    table = bytes(content[32:32 + 64 * count])
    crc = pack.zlib.crc32(table, pack.zlib.crc32(bytes(content[:28])))
    struct.pack_into("<I", content, 28, crc)
    return content


def run(arguments, last):
    """QEMU's console up to the first line for which last(line) holds, or a time-out."""
    command = ["qemu-system-aarch64", "-cpu", "cortex-a53", "-nographic", "-nodefaults",
               "-serial", "stdio", "-net", "none", *arguments]
    qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    output = b""
    end = time.monotonic() + TIMEOUT
    try:
        while time.monotonic() < end:
            if not select.select([qemu.stdout], [], [], 0.5)[0]:
                continue
            data = os.read(qemu.stdout.fileno(), 4096)
            output += data
            lines = output.decode(errors="replace").split("\r\n")
            if not data or any(last(line) for line in lines[:-1]):
                return lines[:-1]
        pytest.fail(f"nothing after {TIMEOUT} s; output so far: {output!r}")
    finally:
        qemu.kill()
        qemu.wait()


def stops(line):
    return line.endswith("; stopped.") or line.startswith("stub kernel:")


def boot(tmp_path, content=None, board=BOARD, memory="2G", more=()):
    """Boots as a person would, with -kernel and -initrd; the lines printed."""
    arguments = ["-machine", board, "-m", memory, "-kernel", LOADER, *more]
    if content is not None:
        path = tmp_path / "archive"
        path.write_bytes(content)
        arguments += ["-initrd", str(path)]
    return run(arguments, stops)


def boot_raw(tmp_path, fdt, archive=None, board=BOARD, fdt_at=0x4A000000, archive_at=0x48000000):
    """Boots without QEMU's help: its device tree is only what fdt says, at x0."""
    # ldr x0, 1f; ldr x1, 2f; br x1; nop; 1: .quad fdt; 2: .quad loader
    jump = struct.pack("<IIIIQQ", 0x58000080, 0x580000A1, 0xD61F0020, 0xD503201F,
                       fdt_at, 0x44000000)
    (tmp_path / "jump").write_bytes(jump)
    arguments = ["-machine", board, "-m", "2G",
                 "-device", f"loader,file={LOADER},addr=0x44000000,force-raw=on",
                 "-device", f"loader,file={tmp_path}/jump,addr=0x45000000,force-raw=on",
                 "-device", "loader,addr=0x45000000,cpu-num=0"]
    for name, content, address in (("fdt", fdt, fdt_at), ("raw", archive, archive_at)):
        if content:
            (tmp_path / name).write_bytes(content)
            arguments += ["-device",
                          f"loader,file={tmp_path}/{name},addr={address:#x},force-raw=on"]
    return run(arguments, stops)


def compile_fdt(memory="<0 0x40000000 0 0x80000000>", chosen="", more=""):
    source = f"""/dts-v1/;
    / {{
        #address-cells = <2>; #size-cells = <2>;
        memory@40000000 {{ device_type = "memory"; reg = {memory}; }};
        pl011@9000000 {{ compatible = "arm,pl011"; reg = <0 0x09000000 0 0x1000>; }};
        chosen {{ stdout-path = "/pl011@9000000"; {chosen} }};
        {more}
    }};"""
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source.encode(),
                          stdout=subprocess.PIPE, check=True).stdout


def initrd(start, size):
    return f"linux,initrd-start = <{start:#x}>; linux,initrd-end = <{start + size:#x}>;"


def registers(lines):
    assert lines[-1].startswith("stub kernel:"), lines
    return [int(word, 16) for word in lines[-1].split(":")[1].split()]


def test_kernel_gets_the_boot_protocol(tmp_path):
    lines = boot(tmp_path, archive_bytes(good_pieces()))
    assert lines[0].startswith(
        PREFIX + "kernel 0x60000000, root task 0x60200000, archive 0x48000000")
    start, end, offset, entry, fdt, size, level, bss, word, magic, _ = registers(lines)
    assert (start, end) == (0x60200000, 0x60205000)
    assert offset == 0x60200000 - 0x400000
    assert entry == 0x400008
    assert fdt % 0x1000 == 0 and 0x60000000 < fdt < start
    assert 0x400 < size < 0x10000
    assert level >> 2 == 2
    assert bss == 0
    assert magic == 0xEDFE0DD0
    assert word == 0x5E1C1E0011223344


def test_kernel_address_is_the_elf_files(tmp_path):
    pieces = good_pieces()
    pieces[0] = piece("kernel.elf", stub("other"))
    lines = boot(tmp_path, archive_bytes(pieces))
    start = registers(lines)[0]
    assert start == 0x70400000


def test_archive_may_be_followed_by_other_bytes(tmp_path):
    registers(boot(tmp_path, archive_bytes(good_pieces()) + b"\xff" * 777))


def spoil_magic(content):
    content[0] ^= 1


def spoil_version(content):
    struct.pack_into("<I", content, 8, 7)


def spoil_count(content):
    struct.pack_into("<I", content, 12, 1000)


def spoil_table(content):
    content[32 + 40] ^= 1


def spoil_kernel(content):
    content[0x1000 + 0x100] ^= 0x80


def spoil_last(content):
    offset = struct.unpack_from("<Q", content, 32 + 3 * 64 + 32)[0]
    content[offset] ^= 1


def spoil_offset(content):
    struct.pack_into("<Q", content, 32 + 64 + 32, 0x7FFFFFFFFFFFF000)
    repair_table(content)


def spoil_overlap(content):
    struct.pack_into("<Q", content, 32 + 64 + 32, 0x1000)
    repair_table(content)


def spoil_duplicate(content):
    content[32 + 64:32 + 96] = b"kernel.elf".ljust(32, b"\0")
    repair_table(content)


@pytest.mark.parametrize("spoil, line", [
    (spoil_magic, "archive: not a Selkie archive (bad magic)"),
    (spoil_version, "archive: of another version"),
    (spoil_count, "archive: bad piece count"),
    (spoil_table, "archive: header or table damaged (bad CRC)"),
    (spoil_kernel, "kernel.elf is damaged (bad CRC)"),
    (spoil_last, "config is damaged (bad CRC)"),
    (spoil_offset, "roottask.elf reaches beyond the archive's end"),
    (spoil_overlap, "roottask.elf overlaps what is before it"),
    (spoil_duplicate, "kernel.elf is there twice"),
])
def test_a_damaged_archive_stops_with_its_line(tmp_path, spoil, line):
    content = archive_bytes(good_pieces())
    spoil(content)
    assert boot(tmp_path, content) == [PREFIX + line + "; stopped."]


@pytest.mark.parametrize("size, line", [
    (20, "archive: too short for a header"),
    (100, "archive: too short for its table"),
    (0x1080, "kernel.elf is truncated"),
    (0x200800, "service.kernel is truncated"),
    (0x210001, "config is truncated"),
    (-1, "archive: truncated"),
])
def test_a_truncated_archive_stops_with_its_line(tmp_path, size, line):
    content = archive_bytes(good_pieces())[:size]
    assert boot(tmp_path, content) == [PREFIX + line + "; stopped."]


def test_no_archive_stops(tmp_path):
    assert boot(tmp_path) == [PREFIX + "no archive (pass it as the initrd); stopped."]


@pytest.mark.parametrize("missing, name", [(0, "kernel.elf"), (1, "roottask.elf")])
def test_a_missing_piece_is_named(tmp_path, missing, name):
    pieces = good_pieces()
    del pieces[missing]
    lines = boot(tmp_path, archive_bytes(pieces))
    assert lines == [PREFIX + f"{name} is missing from the archive; stopped."]


def changed(content, offset, form, value):
    content = bytearray(content)
    struct.pack_into(form, content, offset, value)
    return bytes(content)


@pytest.mark.parametrize("which, offset, form, value, line", [
    (0, 0, "<I", 0, "kernel.elf is no ELF file"),
    (0, 4, "<B", 1, "kernel.elf is no little-endian ELF64 file"),
    (0, 18, "<H", 62, "kernel.elf is not for AArch64"),
    (1, 18, "<H", 243, "roottask.elf is not for AArch64"),
    (0, 16, "<H", 3, "kernel.elf is not linked at a fixed address"),
    (0, 24, "<Q", 0, "kernel.elf has its entry point outside its code"),
    (1, 24, "<Q", 0x500000, "roottask.elf has its entry point outside its code"),
    (1, 32, "<Q", 1 << 40, "roottask.elf is truncated in its program headers"),
    (1, 64 + 8, "<Q", 1 << 40, "roottask.elf is truncated in a segment"),
    (1, 64 + 32, "<Q", 1 << 40, "roottask.elf has a segment larger in the file than in memory"),
    (1, 64 + 40, "<Q", (1 << 64) - 1,
     "roottask.elf has a segment that wraps around the address space"),
    (1, 64 + 40, "<Q", 1 << 40, "roottask.elf's addresses are beyond user space"),
    (1, 64 + 40, "<Q", 1 << 35, "roottask.elf does not fit into the RAM after the kernel"),
    (0, 64 + 24, "<Q", 0x60001000, "kernel.elf is not linked at a multiple of 2 MiB"),
    (0, 64 + 24, "<Q", 0x00200000,
     "kernel.elf wants 0x200000-0x204280, which is not RAM here (QEMU: -m 2G)"),
    (0, 64 + 40, "<Q", 1 << 30, "kernel.elf's addresses cross 1 GiB"),
])
def test_a_malformed_elf_file_stops_with_its_line(tmp_path, which, offset, form, value, line):
    pieces = good_pieces()
    name, content = pieces[which][:2]
    pieces[which] = piece(name, changed(content, offset, form, value))
    assert boot(tmp_path, archive_bytes(pieces)) == [PREFIX + line + "; stopped."]


def test_too_little_memory_is_said(tmp_path):
    lines = boot(tmp_path, archive_bytes(good_pieces()), memory="512M")
    assert lines == [PREFIX + "kernel.elf wants 0x60000000-0x60004280, "
                     "which is not RAM here (QEMU: -m 2G); stopped."]


def test_an_archive_in_the_kernels_way_is_said(tmp_path):
    pieces = good_pieces()
    pieces[0] = piece("kernel.elf", stub("overlap"))
    lines = boot(tmp_path, archive_bytes(pieces))
    assert len(lines) == 1
    assert lines[0].startswith(PREFIX + "kernel.elf must go to 0x48000000-0x48004280, "
                               "but the archive is at 0x48000000-0x")


def test_a_loader_in_the_kernels_way_moves(tmp_path):
    """As on a Raspberry Pi, whose firmware and seL4 both want 2 MiB."""
    pieces = good_pieces()
    pieces[0] = piece("kernel.elf", stub("loader"))
    lines = boot(tmp_path, archive_bytes(pieces))
    assert registers(lines)[0] == 0x40400000
    assert lines[0].startswith(PREFIX + "kernel 0x40200000")


def test_a_kernel_built_for_more_memory_is_refused(tmp_path):
    pieces = good_pieces()
    pieces.append(piece("kernel.ram", struct.pack("<QQ", 0x60000000, 0xC0000000)))
    registers(boot(tmp_path, archive_bytes(pieces)))
    assert boot(tmp_path, archive_bytes(pieces), memory="1G") == [
        PREFIX + "kernel.elf was built for RAM at 0x60000000-0xc0000000, "
        "which is not all here (QEMU: -m 2G); stopped."]
    pieces[-1] = piece("kernel.ram", b"odd")
    assert boot(tmp_path, archive_bytes(pieces)) == [PREFIX + "kernel.ram has a bad size; stopped."]


def test_as_many_cores_are_started_as_the_kernel_waits_for(tmp_path):
    pieces = good_pieces()
    for cores in (1, 2, 4):
        content = archive_bytes(pieces + [piece("kernel.cores", struct.pack("<Q", cores))])
        lines = boot(tmp_path, content, more=["-smp", "4"])
        assert registers(lines)[10] == (1 << cores) - 1
    lines = boot(tmp_path, archive_bytes(pieces), more=["-smp", "4"])
    assert registers(lines)[10] == 1


def test_too_few_cores_are_said(tmp_path):
    pieces = good_pieces() + [piece("kernel.cores", struct.pack("<Q", 4))]
    assert boot(tmp_path, archive_bytes(pieces), more=["-smp", "2"]) == [
        PREFIX + "kernel.elf waits for 4 cores, the device tree has 2 (QEMU: -smp 4); stopped."]
    pieces[-1] = piece("kernel.cores", b"odd")
    assert boot(tmp_path, archive_bytes(pieces)) == [
        PREFIX + "kernel.cores has a bad size; stopped."]


CPUS = """cpus { #address-cells = <1>; #size-cells = <0>;
               cpu@0 { device_type = "cpu"; reg = <0>; };
               cpu@1 { device_type = "cpu"; reg = <5>; }; };"""
PSCI = 'psci { compatible = "arm,psci-1.0"; method = "smc"; };'


@pytest.mark.parametrize("more, line", [
    (CPUS, "kernel.elf waits for 2 cores, and there is no PSCI by smc to start them"),
    (CPUS + PSCI, "core 1 (MPIDR 0x5) does not start: PSCI says -2"),
])
def test_a_core_that_cannot_be_started_is_said(tmp_path, more, line):
    archive = archive_bytes(good_pieces() + [piece("kernel.cores", struct.pack("<Q", 2))])
    fdt = compile_fdt(chosen=initrd(0x48000000, len(archive)), more=more)
    assert boot_raw(tmp_path, fdt, archive)[-1] == PREFIX + line + "; stopped."


def test_entered_at_el1_says_so(tmp_path):
    lines = boot(tmp_path, archive_bytes(good_pieces()), board="virt,gic-version=2")
    assert lines == [PREFIX + "entered at EL1, needs EL2 "
                     "(QEMU: started without virtualization=on?); stopped."]


def test_entered_at_el3_says_so(tmp_path):
    board = "virt,secure=on,virtualization=on,gic-version=2"
    lines = boot_raw(tmp_path, compile_fdt(), board=board)
    assert lines == [
        PREFIX + "entered at EL3, needs EL2 (firmware must drop to EL2 first); stopped."]


def test_an_archive_anywhere_on_a_2m_boundary_boots(tmp_path):
    content = bytes(archive_bytes(good_pieces()))
    fdt = compile_fdt(chosen=initrd(0x52200000, len(content)))
    registers(boot_raw(tmp_path, fdt, content, archive_at=0x52200000))


def test_an_archive_off_a_2m_boundary_is_said(tmp_path):
    content = bytes(archive_bytes(good_pieces()))
    fdt = compile_fdt(chosen=initrd(0x52201000, len(content)))
    lines = boot_raw(tmp_path, fdt, content, archive_at=0x52201000)
    assert lines == [PREFIX + "service.kernel needs an archive at a multiple of 2 MiB, "
                     "not at 0x52201000; stopped."]


def test_an_archive_outside_ram_is_said(tmp_path):
    fdt = compile_fdt(chosen=initrd(0x10000000, 0x10000))
    assert boot_raw(tmp_path, fdt) == [
        PREFIX + "the archive at 0x10000000-0x10010000 is not in RAM; stopped."]


def bad_magic(fdt):
    return b"\0" + fdt[1:]


def bad_structure(fdt):
    offset = struct.unpack_from(">I", fdt, 8)[0]
    return changed(fdt, offset + 8, ">I", 0xFFFFFFFF)


@pytest.mark.parametrize("fdt, line", [
    (lambda: bad_magic(compile_fdt()), "is none (bad magic)"),
    (lambda: changed(compile_fdt(), 8, ">I", 0x7FFFFFF0), "has a malformed header"),
    (lambda: changed(compile_fdt(), 4, ">I", 0x40000000), "has a malformed header"),
    (lambda: bad_structure(compile_fdt()), "is malformed"),
    (lambda: compile_fdt(memory="<0>"), "describes no memory"),
    (lambda: compile_fdt(memory="<0xffffffff 0 0xffffffff 0>"), "has memory that wraps around"),
    (lambda: compile_fdt(chosen="linux,initrd-start = <2>; linux,initrd-end = <1>;"),
     "has a malformed linux,initrd-start or -end"),
])
def test_a_bad_device_tree_stops_with_its_line(tmp_path, fdt, line):
    assert boot_raw(tmp_path, fdt()) == [PREFIX + "the device tree " + line + "; stopped."]


def test_no_device_tree_stops(tmp_path):
    lines = boot_raw(tmp_path, None, fdt_at=0)
    assert lines == [PREFIX + "the device tree is missing; stopped."]


def test_a_device_tree_where_nothing_answers_is_an_exception_line(tmp_path):
    lines = boot_raw(tmp_path, None, fdt_at=1 << 45)
    assert len(lines) == 1
    assert lines[0].startswith(PREFIX + "unexpected exception, ESR 0x")
    assert lines[0].endswith(f"address {1 << 45:#x}; stopped.")


def refuse(tmp_path, *arguments):
    """pack.py must fail with one line; that line."""
    result = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tools/pack.py"), "-o",
                             str(tmp_path / "archive"), *arguments], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 1, result
    assert not (tmp_path / "archive").exists()
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


def sdk_kernel(tmp_path, **changes):
    """A kernel in a Microkit SDK's layout, with the configuration that is required but changes."""
    (tmp_path / "elf").mkdir()
    (tmp_path / "include/kernel").mkdir(parents=True)
    config = {**pack.REQUIRED, **pack.MUST_AGREE, **changes}
    (tmp_path / "include/kernel/gen_config.json").write_text(pack.json.dumps(config))
    kernel = tmp_path / "elf/sel4.elf"
    kernel.write_bytes(stub())
    (tmp_path / "root").write_bytes(root_task())
    return ["--kernel", str(kernel), "--root", str(tmp_path / "root")]


@pytest.mark.parametrize("key, value", [
    ("KERNEL_MCS", False), ("ARM_HYPERVISOR_SUPPORT", False), ("ROOT_CNODE_SIZE_BITS", "12"),
    ("EXPORT_PCNT_USER", False), ("EXPORT_PTMR_USER", False), ("HARDWARE_DEBUG_API", True),
    ("ENABLE_SMP_SUPPORT", True), ("PLAT", "bcm2711"), ("SEL4_ARCH", "x86_64"),
])
def test_pack_refuses_a_kernel_of_another_configuration(tmp_path, key, value):
    line = refuse(tmp_path, *sdk_kernel(tmp_path, **{key: value}))
    assert f"built with {key}={value}, needs" in line


def test_pack_accepts_a_kernel_of_the_right_configuration(tmp_path):
    subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tools/pack.py"), "-o",
                    str(tmp_path / "archive"), *sdk_kernel(tmp_path)], check=True)
    registers(boot(tmp_path, (tmp_path / "archive").read_bytes()))


def test_pack_refuses_what_is_no_kernel(tmp_path):
    (tmp_path / "root").write_bytes(root_task())
    (tmp_path / "text").write_text("no kernel\n")
    (tmp_path / "gzip").write_bytes(b"\x1f\x8b" + bytes(100))
    root = ["--root", str(tmp_path / "root")]
    assert "is no ELF file" in refuse(tmp_path, "--kernel", str(tmp_path / "text"), *root)
    assert "No such file" in refuse(tmp_path, "--kernel", str(tmp_path / "nothing"), *root)
    (tmp_path / "odd").write_bytes(changed(root_task(), 64 + 16, "<Q", 0x401000))
    assert "is not linked at a multiple of 2 MiB" in refuse(
        tmp_path, "--kernel", str(tmp_path / "odd"), *root)
    (tmp_path / "stub").write_bytes(stub())
    kernel = ["--kernel", str(tmp_path / "stub"), *root]
    assert "is compressed" in refuse(tmp_path, *kernel, "--service-kernel", str(tmp_path / "gzip"))
    assert "is no arm64 Image" in refuse(
        tmp_path, *kernel, "--service-kernel", str(tmp_path / "text"))
