# SPDX-License-Identifier: BSD-2-Clause
"""Device options that make QEMU serve a guest from more threads: iothread, several queues, vhost.

    /usr/bin/python3 -m pytest tests/system/test_queues.py      SYSTEM=kvm for the peer

One guest of two vCPUs with its disk on an iothread with two queues, and two vhost-net queues. Its events go
to threads other than the one inside KVM_RUN, its interrupts come from them and from vhost.
"""
import os
import re

import pytest

import systems
from guests import Guest

SYSTEM = os.environ.get("SYSTEM", "selkie")
SERVICE, GUEST = "192.168.78.1", "192.168.78.2"


def queues_command(guest):
    """The guest's plain command line with the options under test in their places."""
    command = guest.command("tap", vcpus=2)
    changes = {
        "virtio-blk-pci,drive=disk": "virtio-blk-pci,drive=disk,iothread=io,num-queues=2",
        "tap,id=net,ifname=tap0,script=no,downscript=no,vhost=on":
            "tap,id=net,ifname=tap1,script=no,downscript=no,vhost=on,queues=2",
        "virtio-net-pci,netdev=net": "virtio-net-pci,netdev=net,mq=on,vectors=6",
    }
    assert changes.keys() <= set(command)
    return [changes.get(word, word) for word in command] + ["-object", "iothread,id=io"]


@pytest.fixture(scope="module")
def guest():
    with systems.boot(SYSTEM) as vm:
        vm.cmd(f"ip tuntap add tap1 mode tap multi_queue && ip addr add {SERVICE}/24 dev tap1 && "
               "ip link set tap1 up")
        guest = Guest(vm, "queues")
        guest.fresh_disk()
        guest.start(command=queues_command(guest))
        guest.wait_up()
        guest.sh(f"ip link set eth0 up && ip addr add {GUEST}/24 dev eth0", timeout=120)
        yield guest
        guest.kill()
        complaints = vm.run("dmesg | grep -E 'WARNING|BUG|Oops|selkie: (VM|process)'")[1].strip()
        assert not complaints, complaints


def events(guest):
    """Guest writes that matched an ioeventfd, and exits to QEMU, so far (Selkie only)."""
    text = guest.vm.cmd("grep ^vm /sys/kernel/debug/selkie/vms")
    return [int(re.search(rf"\b{name} (\d+)", text).group(1)) for name in ("ioevent", "mmio")]


def test_the_disk_has_two_queues_served_by_an_iothread(guest):
    assert guest.sh("ls /sys/block/vda/mq | wc -l", timeout=60) == "2"
    threads = guest.ask_monitor("info iothreads")
    assert "io:" in threads, threads


def test_both_disk_queues_give_the_right_data(guest):
    expected = systems.sums()["region"]
    read = " & ".join(f"(taskset {1 << cpu:x} sha256sum /dev/vda2 > /tmp/sum{cpu}; echo done >> /tmp/sum{cpu})"
                      for cpu in (0, 1))
    guest.sh(f"({read}) > /dev/null 2>&1 & true")
    for cpu in (0, 1):
        text = guest.sh(f"while ! grep -q done /tmp/sum{cpu}; do sleep 1; done; cat /tmp/sum{cpu}", timeout=400)
        assert re.findall(r"\b[0-9a-f]{64}\b", text) == [expected], text


def test_both_vhost_queues_carry_a_file(guest):
    workers = guest.vm.cmd(f"cat /proc/{guest.pid}/task/*/comm; ps -e -o comm").count(f"vhost-{guest.pid}")
    assert workers >= 2, f"{workers} vhost workers"
    assert guest.sh("ls -d /sys/class/net/eth0/queues/tx-* | wc -l", timeout=60) == "2"
    expected = systems.sums()["blob"]
    for cpu in (0, 1):
        text = guest.sh(f"taskset {1 << cpu:x} wget -q -O /tmp/blob http://{SERVICE}/blob && sha256sum /tmp/blob",
                        timeout=300)
        assert re.findall(r"\b[0-9a-f]{64}\b", text) == [expected], text


@pytest.mark.skipif(SYSTEM != "selkie", reason="counts Selkie's own events")
def test_requests_are_doorbells_not_exits_to_qemu(guest):
    """Reading 16 MiB in 64 KiB pieces: its doorbells are ioeventfds, and hardly anything goes to QEMU."""
    before = events(guest)
    guest.sh("dd if=/dev/vda2 of=/dev/null bs=64k count=256 iflag=direct 2> /dev/null", timeout=200)
    doorbells, exits = (after - old for old, after in zip(before, events(guest)))
    assert doorbells >= 200, f"{doorbells} doorbells for 256 requests"
    # The console that started dd takes a few.
    assert exits < 100, f"{exits} exits to QEMU for 256 requests"


def test_a_stopped_and_continued_guest_goes_on(guest):
    guest.sh("rm -f /tmp/sum; (sha256sum /dev/vda2 > /tmp/sum; echo done >> /tmp/sum) > /dev/null 2>&1 & true")
    for _ in range(3):
        guest.ask_monitor("stop")
        guest.ask_monitor("cont")
        guest.vm.cmd(f"kill -STOP {guest.pid} && sleep 0.3 && kill -CONT {guest.pid}")
    text = guest.sh("while ! grep -q done /tmp/sum; do sleep 1; done; cat /tmp/sum", timeout=400)
    assert re.findall(r"\b[0-9a-f]{64}\b", text) == [systems.sums()["region"]], text
