# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration: what a person would try on a KVM host, one check after the other.

CHECKS is the list, in order; each check is a method of Scenario that returns the figure to print or
raises. `make demo` runs it by demo.py and pytest by test_demo.py, on either system.
"""
import hashlib
import random
import re
import time

import systems
from guests import SERVICE_ADDRESS, Guest

CREATED_GUESTS = 20
QEMU_PACKAGES = "qemu-system-arm qemu-system-common qemu-system-data"


class Skip(Exception):
    """The check means nothing on this system."""


def digests(text):
    """The SHA-256 sums in a command's output, whatever the guest's kernel says in between."""
    return re.findall(r"\b[0-9a-f]{64}\b", text)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Scenario:
    """State that the checks hand on to each other: the system and its guests."""

    def __init__(self, vm):
        self.vm = vm
        self.sums = systems.sums()
        self.guest = Guest(vm, "first")
        self.other = Guest(vm, "second")
        self.written = None

    # The service VM.

    def service_vm_boots(self):
        release = self.vm.cmd("uname -r")
        expect(release == systems.kernel_release(), f"the kernel is {release}")
        package = f"linux-image-{release}"
        shipped = self.vm.cmd(f"grep boot/vmlinuz /var/lib/dpkg/info/{package}.md5sums").split()[0]
        with open(f"{systems.BUILD}/image/Image", "rb") as image:
            expect(hashlib.md5(image.read()).hexdigest() == shipped, "the kernel is not the package's")
        return f"{package}, up after {self.vm.boot_seconds:.1f} s"

    def kvm_version(self):
        version = self.vm.cmd("kvm-version")
        expect(version == "12", f"the version is {version}")
        return version

    def qemu_unmodified(self):
        self.vm.cmd(f"! dpkg --verify {QEMU_PACKAGES} 2>&1 | grep .", timeout=120)
        return self.vm.cmd("dpkg-query -W -f '${Package} ${Version}' qemu-system-arm")

    # One guest, from its start to its end.

    def guest_boots(self):
        self.guest.fresh_disk()
        start = time.monotonic()
        self.guest.start(net="user")
        release = self.guest.wait_up()
        seconds = time.monotonic() - start
        expect(release == systems.kernel_release(), f"the guest's kernel is {release}")
        return f"Linux {release}, {seconds:.1f} s from QEMU's start"

    def info_kvm(self):
        text = self.guest.ask_monitor("info kvm")
        expect("kvm support: enabled" in text, text)
        return "kvm support: enabled"

    def disk_region(self):
        return self._check_region(self.guest)

    def _check_region(self, guest):
        start = time.monotonic()
        self._expect_sum("region", guest, guest.sh("sha256sum /dev/vda2", timeout=240))
        return f"64 MiB, {self.sums['region'][:16]}…, {time.monotonic() - start:.1f} s"

    def _expect_sum(self, name, guest, text):
        expect(digests(text) == [self.sums[name]], f"{guest.name}: SHA-256 of {name}: {text}")

    def user_network(self):
        return self._check_network(self.guest, "user", "10.0.2.")

    def _check_network(self, guest, net, prefix):
        lease = guest.sh("net-up", timeout=90)
        address = re.search(r"inet ([0-9.]+)", lease)
        expect(address and address.group(1).startswith(prefix), f"no lease from {prefix}0: {lease}")
        start = time.monotonic()
        text = guest.sh(f"wget -q -O /tmp/blob http://{SERVICE_ADDRESS[net]}/blob && sha256sum /tmp/blob; "
                        "rm -f /tmp/blob", timeout=240)
        self._expect_sum("blob", guest, text)
        return f"{address.group(1)}, 8 MiB, {self.sums['blob'][:16]}…, {time.monotonic() - start:.1f} s"

    def writes_survive_reboot(self):
        self.written = digests(self.guest.sh(
            "dd if=/dev/urandom of=/data/file bs=1M count=4 2> /dev/null && "
            "dd if=/dev/urandom of=/dev/vda3 bs=1M count=8 2> /dev/null && sync && "
            "sha256sum /data/file && dd if=/dev/vda3 bs=1M count=8 2> /dev/null | sha256sum", timeout=180))
        expect(len(self.written) == 2, f"the guest could not write: {self.written}")
        # A file on a tmpfs is there until the guest has really restarted.
        self.guest.sh("touch /tmp/before-reboot; (sleep 1; reboot) > /dev/null 2>&1 & true")
        self.guest.watch()
        self.guest.wait_up()
        expect("gone" in self.guest.sh("[ -e /tmp/before-reboot ] || echo gone"), "the guest did not reboot")
        return self._check_written()

    def _check_written(self):
        text = self.guest.sh("sha256sum /data/file && dd if=/dev/vda3 bs=1M count=8 2> /dev/null | sha256sum",
                             timeout=180)
        expect(digests(text) == self.written, f"read {text}, written was {self.written}")
        return f"4 MiB in a file, 8 MiB raw, {self.written[0][:16]}…"

    def guest_powers_off(self):
        return self._power_off(self.guest)

    def _power_off(self, guest):
        guest.sh("(sleep 1; poweroff) > /dev/null 2>&1 & true")
        status = guest.wait_exit(90)
        expect(status == 0, f"QEMU's exit status is {status}: {self.vm.run('cat ' + guest.output)[1]}")
        return "QEMU's exit status 0"

    def writes_survive_qemu(self):
        self.vm.cmd("tap-up")
        self.guest.start(net="tap")
        self.guest.wait_up()
        return self._check_written()

    def tap_network_with_vhost(self):
        threads = self.vm.cmd(f"cat /proc/{self.guest.pid}/task/*/comm; ps -e -o comm")
        expect(f"vhost-{self.guest.pid}" in threads, "QEMU does not use vhost-net")
        return self._check_network(self.guest, "tap", "192.168.77.")

    def second_power_off(self):
        return self._power_off(self.guest)

    # Several guests.

    def two_guests(self):
        self.other.fresh_disk()
        for guest in (self.guest, self.other):
            guest.start(net="user")
        for guest in (self.guest, self.other):
            guest.wait_up()
        work = "dd if=/dev/vda2 bs=1M 2> /dev/null | sha256sum > /tmp/sum; echo done >> /tmp/sum"
        for guest in (self.guest, self.other):
            guest.sh(f"rm -f /tmp/sum; ({work}) > /dev/null 2>&1 & true")
        figures = []
        for guest in (self.guest, self.other):
            read = guest.sh("while ! grep -q done /tmp/sum; do sleep 1; done; cat /tmp/sum", timeout=300)
            self._expect_sum("region", guest, read)
        for guest in (self.guest, self.other):
            figures.append(self._check_network(guest, "user", "10.0.2."))
        return f"both read 64 MiB at once; {'; '.join(figures)}"

    def kill_in_mid_io(self):
        self.guest.sh("(while :; do dd if=/dev/urandom of=/dev/vda3 bs=64k count=256; done) > /dev/null 2>&1 & true")
        self.other.sh("rm -f /tmp/sum; (sha256sum /dev/vda2 > /tmp/sum; echo done >> /tmp/sum) > /dev/null 2>&1 & true")
        time.sleep(2)
        self.guest.kill()
        expect(not self.guest.alive(), "the killed QEMU is still there")
        read = self.other.sh("while ! grep -q done /tmp/sum; do sleep 1; done; cat /tmp/sum", timeout=300)
        self._expect_sum("region", self.other, read)
        written = self.other.sh("dd if=/dev/vda2 of=/dev/vda3 bs=1M count=8 2> /dev/null && sync && "
                                "dd if=/dev/vda3 bs=1M count=8 2> /dev/null | cmp -n 8388608 - /dev/vda2 && echo same",
                                timeout=120)
        expect("same" in written, f"the other guest's disk: {written}")
        return self._power_off(self.other)

    # The manager's books.

    def _free(self):
        """The manager's free memory and capability slots, as the module's debugfs shows them."""
        return self.vm.cmd("cat /sys/kernel/debug/selkie/memory")

    def nothing_leaks(self):
        counted = self.vm.system == "selkie"
        before = self._free() if counted else ""
        rng = random.Random(CREATED_GUESTS)
        start = time.monotonic()
        for i in range(CREATED_GUESTS):
            self.guest.start(net="none")
            if i % 2:
                time.sleep(rng.uniform(0.5, 6.0))
                self.guest.kill()
            else:
                # Destroyed by QEMU itself, at a different depth of its boot each time.
                time.sleep(rng.uniform(0.0, 4.0))
                self.guest.ask_monitor("quit")
                expect(self.guest.wait_exit(120) == 0, f"QEMU {i} did not end well")
        seconds = time.monotonic() - start
        if not counted:
            raise Skip(f"{CREATED_GUESTS} guests in {seconds:.0f} s; no manager to ask for its free memory")
        after = self._free()
        expect(after == before, f"before: {before.split()}, after: {after.split()}")
        return f"{CREATED_GUESTS} guests in {seconds:.0f} s; {' '.join(after.split())}"

    def service_vm_powers_off(self):
        self.vm.poweroff()
        return "by itself"


CHECKS = [
    ("the service VM boots Debian's stock kernel to a shell", Scenario.service_vm_boots),
    ("/dev/kvm answers API version 12", Scenario.kvm_version),
    ("QEMU is Debian's, unmodified (dpkg --verify)", Scenario.qemu_unmodified),
    ("a guest boots Debian's stock kernel to user space", Scenario.guest_boots),
    ("its QEMU reports KVM", Scenario.info_kvm),
    ("it reads its virtio disk right", Scenario.disk_region),
    ("DHCP and a file over user networking", Scenario.user_network),
    ("what it writes survives its reboot", Scenario.writes_survive_reboot),
    ("it powers off", Scenario.guest_powers_off),
    ("what it wrote is there for a second QEMU", Scenario.writes_survive_qemu),
    ("DHCP and a file over tap with vhost-net", Scenario.tap_network_with_vhost),
    ("it powers off again", Scenario.second_power_off),
    ("two guests at once do the same I/O", Scenario.two_guests),
    ("kill -9 of one QEMU in mid-I/O leaves the other untouched", Scenario.kill_in_mid_io),
    ("creating and destroying guests leaks nothing", Scenario.nothing_leaks),
    ("the service VM powers off", Scenario.service_vm_powers_off),
]
