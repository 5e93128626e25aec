#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make run: boot a system and put the person at this terminal in front of it.

    run.py [selkie|kvm]

Inside the service VM, `screen` shows three windows: a shell, the console of a user VM that has just been
started, and the QEMU monitor of that user VM. Nothing that happens there is kept: the disk is a snapshot.
"""
import os
import shutil
import sys
import time

import pexpect

import systems

HELP = """
You are about to sit in the service VM. A user VM is being started there by Debian's own QEMU.

    Ctrl-a 0    a shell in the service VM
    Ctrl-a 1    the user VM's console
    Ctrl-a 2    the QEMU monitor of that user VM
    Ctrl-a x    leave: power everything off        (Ctrl-a a sends a Ctrl-a)
"""


def main():
    system = sys.argv[1] if len(sys.argv) > 1 else "selkie"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("make run puts you in front of a system and needs a terminal for that, which this is not.\n"
              "`make demo` runs the same without a person.", file=sys.stderr)
        return 1
    start = time.monotonic()
    print(f"Booting {system} in QEMU; its console is also kept in {systems.NATIVE}/{system}-console.log")
    try:
        vm = systems.ServiceVm(system, systems.qemu_command(system),
                               progress=lambda line: print(f"  {time.monotonic() - start:5.1f} s  {line}"))
    except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
        print(reason, file=sys.stderr)
        return 1
    print(HELP, end="", flush=True)
    # A serial line cannot tell the service VM: screen learns size and kind of the terminal at its start.
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "vt220")
    term = term if term in ("linux", "vt100", "vt220", "xterm", "xterm-256color", "screen", "tmux") else "vt220"
    time.sleep(3)
    vm.child.sendline(f"stty rows {size.lines} cols {size.columns}; dmesg -n 1; TERM={term} "
                      "screen -q -c /etc/screenrc.selkie; poweroff")
    # Skip the echo of that line; from here on every byte is the person's.
    vm.child.expect("poweroff\r+\n")
    vm.child.logfile_read = None
    vm.child.interact(escape_character=None)
    vm.close()
    # Undo what screen has done to the terminal: modes, scrolling region, cursor.
    print("\x1b[!p\x1b[999B\r\n" + ("Selkie" if system == "selkie" else "The system") + " has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
