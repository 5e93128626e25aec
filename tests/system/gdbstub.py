# SPDX-License-Identifier: BSD-2-Clause
"""A breakpoint in the emulated machine, by QEMU's gdb stub: as much of its protocol as one test needs.

    stub = Gdbstub(path)                             # the machine stops
    stub.run_until(address, lambda regs: …)          # a thread is there
    stub.jump(0)                                     # its pc
    stub.detach()                                    # the machine goes on
"""
import socket
import struct

PC = 32  # after x0 to x30 and sp; each is 16 digits


class Gdbstub:
    """The machine is stopped while this is connected, except in run_until()."""

    def __init__(self, path, timeout=300):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")
        self.receive()  # that it has stopped

    def ask(self, request):
        data = request.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) % 256))
        return self.receive()

    def receive(self):
        while self.stream.read(1) != b"$":
            pass
        reply = b""
        while not reply.endswith(b"#"):
            reply += self.stream.read(1)
        self.stream.read(2)
        self.socket.sendall(b"+")
        return reply[:-1].decode()

    def registers(self):
        """x0 to x30, sp and pc of the thread that stopped."""
        return struct.unpack("<33Q", bytes.fromhex(self.ask("g"))[:33 * 8])

    def run_until(self, address, wanted):
        """Until a thread is about to execute @address with registers that are @wanted."""
        assert self.ask(f"Z0,{address:x},4") == "OK"
        while True:
            stopped = self.ask("c")
            self.ask(f"Hg{stopped.split('thread:')[1].split(';')[0]}")
            if wanted(self.registers()):
                break
            # Past the breakpoint, which is somebody else's address too.
            self.ask(f"z0,{address:x},4")
            self.ask("s")
            self.ask(f"Z0,{address:x},4")
        self.ask(f"z0,{address:x},4")

    def jump(self, address):
        text = self.ask("g")
        assert self.ask(f"G{text[:PC * 16]}{struct.pack('<Q', address).hex()}{text[(PC + 1) * 16:]}") == "OK"

    def detach(self):
        assert self.ask("D") == "OK"
        self.socket.close()
