# SPDX-License-Identifier: BSD-2-Clause
"""User VMs in a booted system: start them with a plain QEMU command line, talk to them, end them."""
import re
import shlex

from systems import CommandFailed

GUEST_DIR = "/srv/guest"
SERVICE_ADDRESS = {"user": "10.0.2.2", "tap": "192.168.77.1"}


def plain_command(disk, console, monitor, net="user", append="console=hvc0"):
    """The command line that a person types on a KVM host."""
    network = {"user": "user,id=net", "tap": "tap,id=net,ifname=tap0,script=no,downscript=no,vhost=on",
               "none": None}[net]
    command = ["qemu-system-aarch64", "-M", "virt,accel=kvm", "-cpu", "host", "-m", "256", "-smp", "1",
               "-kernel", f"{GUEST_DIR}/Image", "-initrd", f"{GUEST_DIR}/initrd", "-append", append,
               "-drive", f"if=none,id=disk,file={disk},format=raw", "-device", "virtio-blk-pci,drive=disk",
               "-chardev", f"{console},id=console", "-device", "virtio-serial-pci",
               "-device", "virtconsole,chardev=console",
               "-monitor", monitor, "-display", "none", "-serial", "none"]
    if network:
        command += ["-netdev", network, "-device", "virtio-net-pci,netdev=net"]
    return command


class Guest:
    """One user VM. Its console, monitor, output and disk lie under names of its own."""

    def __init__(self, vm, name):
        self.vm = vm
        self.name = name
        self.console = f"/run/{name}.console"
        self.monitor = f"/run/{name}.monitor"
        self.output = f"/run/{name}.out"
        self.disk = f"{GUEST_DIR}/{name}.img"
        self.pid = None
        self.watcher = None

    def fresh_disk(self):
        self.vm.cmd(f"cp --sparse=always {GUEST_DIR}/disk.img {self.disk}", timeout=120)

    def command(self, net="user", vcpus=1):
        """plain_command() for this guest, its console and monitor at their sockets."""
        command = plain_command(self.disk, f"socket,path={self.console},server=on,wait=off",
                                f"unix:{self.monitor},server=on,wait=off", net, "console=hvc0 quiet")
        command[command.index("-smp") + 1] = str(vcpus)
        return command

    def start(self, net="user", command=None, timeout=400):
        """Start QEMU in the background of the service VM's shell; timeout: until the guest is up."""
        command = command or self.command(net)
        self.vm.cmd(f"rm -f {self.console} {self.monitor}")
        self.pid = int(self.vm.cmd(f"{shlex.join(command)} < /dev/null > {self.output} 2>&1 &\necho $!"))
        self.watch(timeout)

    def watch(self, timeout=400):
        """From now on watch the console for wait_up(), so that the guest's line is not missed."""
        self.watcher = int(self.vm.cmd(f"console-run -t {timeout} -w {self.console} GUEST-UP "
                                       f"< /dev/null > /run/{self.name}.up 2>&1 &\necho $!"))

    def wait_up(self, timeout=460):
        """Wait until the guest's user space says that it is there."""
        status, output = self.vm.run(f"wait {self.watcher}; s=$?; cat /run/{self.name}.up; (exit $s)", timeout)
        if status:
            qemu = self.vm.run(f"cat {self.output}")[1]
            raise CommandFailed(f"{self.name}: no user space; console: {output[-1500:]}\nQEMU: {qemu[-1500:]}")
        return re.search(r"GUEST-UP (\S+)", output).group(1)

    def sh(self, command, timeout=60):
        """The output of a command in the guest, which must succeed."""
        text = self.vm.cmd(f"console-run -t {timeout} {self.console} {shlex.quote(command)}", timeout + 30)
        return text.strip()

    def ask_monitor(self, command, timeout=180):
        return self.vm.cmd(f"console-run -t {timeout} -m {self.monitor} {shlex.quote(command)}", timeout + 30)

    def alive(self):
        return self.vm.run(f"kill -0 {self.pid}")[0] == 0

    def wait_exit(self, timeout=60):
        """QEMU's exit status."""
        status, output = self.vm.run(f"wait {self.pid}; echo status $?; cat {self.output}; "
                                     f"kill {self.watcher} 2> /dev/null; wait {self.watcher}; true", timeout)
        match = re.search(r"status (\d+)", output)
        if status or not match:
            raise CommandFailed(f"{self.name}: {output.strip()}")
        return int(match.group(1))

    def kill(self):
        self.vm.run(f"kill -9 {self.pid}; wait {self.pid}; kill {self.watcher}; wait {self.watcher}")
