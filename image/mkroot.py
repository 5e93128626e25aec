#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Unpack arm64 Debian packages into a root directory, with a truthful dpkg database.

    mkroot.py DEBS ROOT        DEBS/list names the packages, as image/fetch-debs.sh left it

No maintainer script is run: that would need arm64 programs to run here. What little configuration the
scripts would have done is in image/service-root.sh. The database (status, file lists, checksums) is
written from the packages' own control data, so that dpkg -l, -L, -S and --verify work in the image.
Must run as root or under fakeroot, so that files keep their owners.
"""
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

INFO = "var/lib/dpkg/info"
MERGED = ("bin", "sbin", "lib")


def control_members(deb):
    """The package's control files: name -> bytes."""
    raw = subprocess.run(["dpkg-deb", "--ctrl-tarfile", deb], check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        return {os.path.basename(m.name): tar.extractfile(m).read() for m in tar if m.isfile()}


def unpack_files(deb, root):
    """Unpack the package's files and return their absolute paths, in dpkg's manner."""
    unpack = ["tar", "-x", "-v", "-p", "--same-owner", "--keep-directory-symlink", "-C", root]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as source:
        names = subprocess.run(unpack, check=True, stdin=source.stdout, stdout=subprocess.PIPE, text=True)
    if source.returncode:
        sys.exit(f"mkroot: {deb} does not unpack")
    paths = [name[1:].rstrip("/") for name in names.stdout.splitlines()]
    return [path or "/." for path in paths]


def install(deb, root):
    """Unpack one package and return its paragraph of the status file."""
    members = control_members(deb)
    fields = members["control"].decode().rstrip("\n").split("\n")
    value = dict(line.split(": ", 1) for line in fields if ": " in line and not line.startswith(" "))
    paths = unpack_files(deb, root)
    base = value["Package"]
    if value.get("Multi-Arch") == "same":
        base += ":" + value["Architecture"]
    with open(f"{root}/{INFO}/{base}.list", "w", encoding="utf-8") as out:
        out.write("\n".join(paths) + "\n")
    for name, content in members.items():
        if name != "control":
            with open(f"{root}/{INFO}/{base}.{name}", "wb") as out:
                out.write(content)
    fields.insert(1, "Status: install ok installed")
    if "conffiles" in members:
        fields.append("Conffiles:")
        for path in members["conffiles"].decode().split("\n"):
            full = root + path
            if path.startswith("/") and os.path.isfile(full):
                with open(full, "rb") as conffile:
                    fields.append(f" {path} {hashlib.md5(conffile.read()).hexdigest()}")
    return "\n".join(fields) + "\n"


def main():
    debs, root = sys.argv[1:]
    os.makedirs(f"{root}/{INFO}")
    os.makedirs(f"{root}/var/lib/dpkg/updates")
    for name in MERGED:
        os.makedirs(f"{root}/usr/{name}", exist_ok=True)
        os.symlink(f"usr/{name}", f"{root}/{name}")
    with open(f"{debs}/list", encoding="utf-8") as names:
        packages = [f"{debs}/{name}" for name in names.read().split()]
    with ThreadPoolExecutor(max_workers=2) as pool:
        status = sorted(pool.map(lambda deb: install(deb, root), packages))
    with open(f"{root}/var/lib/dpkg/status", "w", encoding="utf-8") as out:
        out.write("\n".join(status))
    # dpkg's info format 1: what is co-installable is named package:architecture.
    for name, content in (("info/format", "1\n"), ("available", ""), ("diversions", ""), ("statoverride", "")):
        with open(f"{root}/var/lib/dpkg/{name}", "w", encoding="utf-8") as out:
            out.write(content)
    # The one cache that several steps need: which module depends on which.
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    for release in os.listdir(f"{root}/lib/modules"):
        subprocess.run(["depmod", "-b", root, release], check=True, env=dict(os.environ, PATH=path))


if __name__ == "__main__":
    main()
