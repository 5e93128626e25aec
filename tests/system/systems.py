# SPDX-License-Identifier: BSD-2-Clause
"""The two systems that everything here can be run on, and a handle on the service VM's shell.

`selkie` is the product: loader, kernel, manager and the service VM in QEMU's emulation. `kvm` is the
peer to compare with: the same board, CPU, kernel and root disk, but Linux is entered at EL2 and its own
KVM is /dev/kvm. make run, make demo, the system tests and bench/ all boot through boot().

    with boot("selkie") as vm:
        print(vm.cmd("uname -r"))
"""
import contextlib
import importlib.util
import os
import re
import subprocess
import time

import pexpect

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TREE, os.environ.get("O", "build"))
CORES = int(os.environ.get("CORES", "1"))
# What depends on the number of cores (mk/toolchain.mk): kernel, native code, archive.
NATIVE = BUILD if CORES == 1 else f"{BUILD}/smp{CORES}"
SYSTEMS = ("selkie", "kvm")
READY = "SERVICE-UP"
BOARD = ["qemu-system-aarch64", "-machine", "virt,virtualization=on,gic-version=2", "-cpu", "cortex-a53",
         "-m", "2G", "-display", "none", "-monitor", "none", "-serial", "stdio"]
# The disk on virtio-mmio and the network on PCI, so that both of the board's buses are in use.
DEVICES = ["-global", "virtio-mmio.force-legacy=false",
           "-drive", f"if=none,id=disk,file={BUILD}/image/service.img,format=raw,snapshot=on",
           "-device", "virtio-blk-device,drive=disk",
           "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]
ICOUNT = ["-icount", "shift=0,sleep=off"]
# What the service VM is started with on either system (Selkie: in the archive, from the same file).
SERVICE_CONFIG = os.path.join(TREE, "image/service/config")

_spec = importlib.util.spec_from_file_location("pack", os.path.join(TREE, "tools/pack.py"))
pack = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pack)


# What the loader, a kernel and the manager say last, if they give up before a service VM runs.
GIVEN_UP = r"(^|\n)(Selkie loader|kernel|manager): [^\r\n]*(stopped|halted)[^\r\n]*\r"


class SystemFailed(Exception):
    """The system did not come up, went away, or stopped answering."""


class CommandFailed(Exception):
    """A command in the service VM ended with another status than 0."""


def service_bootargs():
    with open(SERVICE_CONFIG, encoding="utf-8") as config:
        for line in config:
            key, _, value = line.partition("=")
            if key.strip() == "service.bootargs":
                return value.strip()
    raise SystemFailed(f"{SERVICE_CONFIG} has no service.bootargs")


def qemu_command(system, icount=False, extra_qemu=(), archive=None):
    """The command line that boots a system; archive replaces the tree's selkie.archive.

    A seL4 kernel waits for as many cores as it was built for, which may be more than CORES.
    """
    cores = CORES
    if system == "selkie":
        archive = archive or f"{NATIVE}/selkie.archive"
        cores = pack.archive_cores(archive)
        start = ["-kernel", f"{BUILD}/loader/loader.img", "-initrd", archive]
    elif system == "kvm":
        start = ["-kernel", f"{BUILD}/image/Image", "-initrd", f"{BUILD}/image/service.initrd",
                 "-append", service_bootargs()]
    else:
        raise SystemFailed(f"there is no system '{system}', only {' and '.join(SYSTEMS)}")
    return BOARD + ["-smp", str(cores)] + start + DEVICES + (ICOUNT if icount else []) + list(extra_qemu)


class ServiceVm:
    """A booted system, seen from the service VM's console."""

    def __init__(self, system, command, boot_timeout=180, progress=None, log=None):
        self.system = system
        self.started = time.monotonic()
        self.serial = 0
        self.slack = 0  # seconds more for every answer
        self.gone = False
        self.log = open(log or f"{NATIVE}/{system}-console.log", "w", encoding="utf-8")
        self.child = pexpect.spawn(command[0], command[1:], encoding="utf-8", codec_errors="replace",
                                   timeout=boot_timeout, dimensions=(50, 200), maxread=65536)
        self.child.logfile_read = self.log
        # QEMU gives 2 GiB back before it is gone; pexpect would wait a tenth of a second.
        self.child.delayafterterminate = self.child.ptyproc.delayafterterminate = 10
        try:
            self._await_boot(progress or (lambda line: None))
        except BaseException:
            self.close()
            raise
        self.boot_seconds = time.monotonic() - self.started

    def _await_boot(self, progress):
        seen = [r"Booting Linux on physical CPU", r"Run /init as init process", READY + r"[^\r\n]*"]
        says = ["the service VM's kernel starts", "the service VM's user space starts", "the service VM is up"]
        while True:
            which = self._expect(seen + [GIVEN_UP, r"\n(selkie[^\r\n]*|Selkie[^\r\n]*)\r"])
            if which == len(seen):
                raise SystemFailed(f"the system ({self.system}) does not come up; its console ended with:\n"
                                   f"{self._tail(self.child.before + self.child.match.group())}")
            if which < len(says):
                progress(says[which])
            else:
                progress(self.child.match.group(1))
            if which == 2:
                break
        self._expect(["# "])

    @staticmethod
    def _tail(console):
        return "\n".join(console.replace("\r", "").splitlines()[-25:])

    def _expect(self, patterns, timeout=-1):
        which = self.child.expect(list(patterns) + [pexpect.TIMEOUT, pexpect.EOF], timeout=timeout)
        if which >= len(patterns):
            what = "did not answer in time" if which == len(patterns) else "has stopped"
            raise SystemFailed(f"the system ({self.system}) {what}; its console ended with:\n"
                               f"{self._tail(self.child.before or '')}")
        return which

    def plain_shell(self):
        """Replace the person's shell by one that neither echoes nor prompts, for run() and cmd()."""
        self.child.sendline("exec dash")
        self.child.sendline("dmesg -n 1; stty -echo cols 500; PS1= PS2=; set +m; echo plain''-shell")
        self._expect(["plain-shell\r+\n"], timeout=30)

    def run(self, command, timeout=60):
        """Run a shell command in the service VM; (status, output)."""
        self.serial += 1
        mark = f"done-{self.serial}"
        self.child.sendline(f"{{ {command}\n}}; echo \"<{mark}\"-$?'>'")
        self._expect([f"<{mark}-([0-9]+)>\r*\n"], timeout=timeout + self.slack)
        return int(self.child.match.group(1)), self.child.before.replace("\r", "")

    def cmd(self, command, timeout=60):
        """The output of a shell command in the service VM, which must succeed."""
        status, output = self.run(command, timeout)
        if status:
            raise CommandFailed(f"`{command}` ended with status {status}:\n{output.strip()}")
        return output.strip()

    def poweroff(self, timeout=60):
        self.child.sendline("poweroff")
        if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=timeout) != 0:
            raise SystemFailed(f"the system ({self.system}) did not power off")

    def close(self):
        self.child.close(force=True)
        self.log.close()


@contextlib.contextmanager
def boot(system, icount=False, extra_qemu=(), archive=None, boot_timeout=180, progress=None):
    """Boot a system up to a shell in its service VM; a context manager, so that it always ends."""
    command = qemu_command(system, icount, extra_qemu, archive)
    vm = ServiceVm(system, command, boot_timeout, progress)
    try:
        vm.plain_shell()
        yield vm
    finally:
        vm.close()


def bundled_archive(cores):
    """The archive with the bundled kernel for so many cores, made if needed, whatever KERNEL= says."""
    # Named as the Makefile names it, which runs in the tree's top.
    native = os.path.join(os.environ.get("O", "build"), *([f"smp{cores}"] if cores > 1 else []))
    subprocess.run(["make", "-s", "-C", TREE, f"CORES={cores}", f"KERNEL={native}/kernel/kernel.elf",
                    f"{native}/selkie.archive"], check=True)
    return os.path.join(TREE, native, "selkie.archive")


def accounts(vm):
    """What the manager has left, exactly: free bytes, free capability slots, VMs, regions."""
    text = vm.cmd("cat /sys/kernel/debug/selkie/memory")
    return [int(re.search(rf"^{name} (\d+)$", text, re.MULTILINE).group(1))
            for name in ("free_bytes", "free_caps", "vms", "regions")]


def sums():
    """The SHA-256 sums of the user VM's known content: name -> hex digest."""
    with open(f"{BUILD}/image/guest/SHA256SUMS", encoding="utf-8") as lines:
        return {name: digest for digest, name in (line.split() for line in lines)}


def kernel_release():
    """The release of Debian's kernel in the image."""
    for name in os.listdir(f"{BUILD}/image/root/boot"):
        match = re.fullmatch(r"vmlinuz-(.*)", name)
        if match:
            return match.group(1)
    raise SystemFailed("the image holds no kernel")
