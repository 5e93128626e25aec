# SPDX-License-Identifier: BSD-2-Clause
"""What holds for every file of the tree: its licence line, its length, the size of the trusted base, and that it names
no place which only one machine has. Looks at what git tracks; nothing is built or booted.
"""
import os
import re
import subprocess

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = (".c", ".h", ".S", ".py", ".sh", ".mk", ".pml", ".ld")
FILE_LINES_MAX = 800
# What a user VM trusts beside the kernel (docs/architecture.md).
TRUSTED = ("manager/", "vmm/", "lib/", "loader/")
TRUSTED_LINES_MAX = 8000

LICENCES = {
    "kmod/": "GPL-2.0-only",
    "abi/": "GPL-2.0-only OR BSD-2-Clause",
}


def tracked():
    listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", TREE, "ls-files", "-z"], capture_output=True, text=True, check=True)
    return [path for path in listing.stdout.split("\0") if path and os.path.isfile(os.path.join(TREE, path))]


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_source(path):
    return path.endswith(SOURCES) or os.path.basename(path) in ("Makefile", "Kbuild")


def code_lines(text):
    """Lines of C that are neither blank nor comment only."""
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment.group().count("\n"), text, flags=re.DOTALL)
    return sum(1 for line in text.splitlines() if re.sub(r"//.*", "", line).strip())


def test_licence_lines():
    wrong = []
    for path in filter(is_source, tracked()):
        licence = next((l for folder, l in LICENCES.items() if path.startswith(folder)), "BSD-2-Clause")
        head = "\n".join(read(path).splitlines()[:3])
        if not re.search(rf"SPDX-License-Identifier: {re.escape(licence)}(?: \*/)?$", head, flags=re.MULTILINE):
            wrong.append(f"{path}: not {licence}")
    assert not wrong


def test_file_lengths():
    lengths = {path: read(path).count("\n") for path in tracked() if is_source(path)}
    assert not {path: n for path, n in lengths.items() if n > FILE_LINES_MAX}


def test_trusted_base_size():
    files = [path for path in tracked() if path.startswith(TRUSTED) and path.endswith((".c", ".h"))]
    total = sum(code_lines(read(path)) for path in files)
    print(f"manager + vmm + lib + loader: {total} lines of C in {len(files)} files")
    assert 0 < total < TRUSTED_LINES_MAX


def test_native_formats():
    """lib/stdio.c knows no others, and would take the arguments after one for others."""
    # What ends in %" goes on with a PRI macro; %0, %w0 and %[ are operands of assembly.
    bad = re.compile(r'%(?!(?:ll|l|z)?[dux]|s|"|w?\d\b|\[)')
    wrong = []
    for path in tracked():
        if path.startswith(TRUSTED + ("tests/kernel/",)) and path.endswith((".c", ".h")):
            code = re.sub(r"/\*.*?\*/|//[^\n]*", "", read(path), flags=re.DOTALL)
            literals = re.findall(r'"(?:[^"\\\n]|\\.)*"', code)
            wrong += [f"{path}: {text}" for text in literals if bad.search(text.replace("%%", ""))]
    assert not wrong


@pytest.mark.parametrize("name, pattern", [
    ("a package mirror", r"https?://[\w.-]*(?:debian|ubuntu)\.[a-z]+/(?:debian|ubuntu)\b|deb [^\n]*https?://"),
    ("a path of one machine", r"(?<![\w./$\-])/(?:work|home)/\w"),
])
def test_names_no_machine(name, pattern):
    found = [path for path in tracked() if path != "tests/tree/test_rules.py" and re.search(pattern, read(path))]
    assert not found, f"{name} is named"
