#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make bench CORES=2: disk and network on several cores, on Selkie and on Linux KVM in turns.

    pair.py [--rows a,b] [--rounds N] [--out DIR] [--kernel NAME]

-icount would run the cores in one thread, so time is the real machine's here, and what else that machine
does is noise: each round boots both systems, one after the other, and what counts is the ratio of the
medians beside the spread of each system's rounds. The guest has as many vCPUs as the service VM has CPUs.
"""
import argparse
import csv
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "system"))

import macro  # noqa: E402  (found through the path above, as is the next)
import systems  # noqa: E402

SCALES = {"blk-4k": ("requests/s", 1), "blk-128k": ("MiB/s", 1 / 8), "net-send": ("MiB/s", 1 / 1024),
          "net-receive": ("MiB/s", 1 / 1024), "net-ping": ("round trips/s", 1)}


def measure(system, loads):
    """One boot; {load: throughput in its unit}."""
    with systems.boot(system, extra_qemu=macro.tools_disk(), boot_timeout=900) as vm:
        macro.mount_tools(vm)
        guest = macro.start_guest(vm, vcpus=systems.CORES)
        return {load: SCALES[load][1] * 1e9 / macro.time_load(guest, *macro.LOADS[load]) for load in loads}


def table(loads, rounds, kernel_name):
    lines = [f"Throughput on {systems.CORES} cores, {kernel_name}; {len(rounds['kvm'])} rounds: median (least-most)",
             f"{'row':12} {'unit':14} {'KVM':>24} {'Selkie':>24} {'ratio':>6}"]
    for load in loads:
        medians, shown = {}, []
        for system in ("kvm", "selkie"):
            values = [figures[load] for figures in rounds[system]]
            medians[system] = statistics.median(values)
            shown.append(f"{medians[system]:.1f} ({min(values):.1f}-{max(values):.1f})")
        lines.append(f"{load:12} {SCALES[load][0]:14} {shown[0]:>24} {shown[1]:>24} "
                     f"{medians['selkie'] / medians['kvm']:6.2f}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=",".join(SCALES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", default=f"{systems.NATIVE}/bench")
    parser.add_argument("--kernel", default="bundled kernel", help="name of the packed kernel, for the report")
    args = parser.parse_args()
    loads = [load for load in SCALES if any(load.startswith(word) for word in args.rows.split(","))]
    if not loads:
        parser.error(f"there are {', '.join(SCALES)}")
    rounds = {"kvm": [], "selkie": []}
    os.makedirs(args.out, exist_ok=True)
    with open(f"{args.out}/bench.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["round", "system", *loads])
        for number in range(args.rounds):
            for system, done in rounds.items():
                print(f"      round {number + 1}: {system}", file=sys.stderr, flush=True)
                done.append(measure(system, loads))
                writer.writerow([number + 1, system, *(f"{done[-1][load]:.1f}" for load in loads)])
                out.flush()
    text = table(loads, rounds, args.kernel)
    with open(f"{args.out}/bench.txt", "w", encoding="utf-8") as out:
        out.write(text)
    print(text, end="")


if __name__ == "__main__":
    main()
