#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make bench: every row on Selkie and on Linux KVM, side by side in the same emulation.

    bench.py [--rows a,b] [--out DIR] [--check TABLE] [--kernel NAME --genuine]

The micro rows are micro.c's, the macro rows macro.py's; a row may be named by its beginning (blk, net).
Both systems run with -icount shift=0, so one tick of the 62.5 MHz counter is 16 executed instructions
and a run repeats itself. Writes bench.csv, bench.txt and bench.svg into DIR and prints the text.
--check compares Selkie's figures with a committed table and fails where one is more than 5 % worse.
"""
import argparse
import csv
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests", "system"))

import boot  # noqa: E402  (this and the next ones are found through the path above)
import macro  # noqa: E402
import systems  # noqa: E402
from chart import draw  # noqa: E402

INSTRUCTIONS_PER_TICK = 16
COMPUTE_INSTRUCTIONS = 2 * 10000 + 3  # bench.h
ABSOLUTE_UNITS = ("count", "KiB")  # what a row with such a unit must reach is no ratio
MEMORY = "memory"
POWER_ON, POWER_ON_RUNS = "power-on", 2
UNSTEADY = (POWER_ON,)
WORSE = 1.05  # --check: how much worse than the committed table fails


def read_rows():
    """The rows in their order: name -> {title, unit, goal, goal_genuine}."""
    with open(os.path.join(HERE, "rows.csv"), encoding="utf-8") as table:
        return {row["row"]: row for row in csv.DictReader(table)}


def parse(output, scale):
    """The client's lines -> {row: figure per operation}, the median of its batches."""
    batches = {}
    for line in output.splitlines():
        fields = line.strip().split(",")
        if len(fields) != 3 or fields[0] == "done":
            continue
        if fields[1] == "failed":
            batches[fields[0]] = None
        elif batches.get(fields[0], []) is not None:
            batches.setdefault(fields[0], []).append(int(fields[2]) * scale / int(fields[1]))
    return {row: statistics.median(values) if values else None for row, values in batches.items()}


def measure_micro(vm, names, progress):
    """Run micro.c's rows; {row: instructions per operation or None}."""
    figures = {}
    for name in names:
        if name == MEMORY and vm.system == "kvm":
            figures[name] = None  # Linux keeps no such books
            continue
        progress(name)
        status, output = vm.run(f"/run/bench/micro {name} 2>&1", timeout=600)
        scale = 1 / 1024 if name == MEMORY else INSTRUCTIONS_PER_TICK
        figures[name] = parse(output, scale).get(name)
        if status or figures[name] is None:
            progress(f"{name} failed:\n{output}")
    return figures


def measure_power_on(system, progress):
    """Boot a system a few times up to the user space of its first guest; milliseconds, the best."""
    runs = []
    for _ in range(POWER_ON_RUNS):
        progress("from power-on to a guest")
        total, busy = boot.power_on(system)
        progress(f"{total:.0f} ms, of which {busy:.0f} ms not idle")
        runs.append(busy)
    return min(runs)


def measure(system, names):
    """Boot a system and run the rows there; {row: figure or None}, {row: idle share}."""
    def progress(what):
        print(f"      {system}: {what}", file=sys.stderr, flush=True)

    if POWER_ON in names:
        names = [name for name in names if name != POWER_ON]
        figures, idle = measure(system, names) if names else ({}, {})
        return {POWER_ON: measure_power_on(system, progress), **figures}, idle
    progress("boots under -icount")
    with systems.boot(system, icount=True, extra_qemu=macro.tools_disk(), boot_timeout=900) as vm:
        macro.mount_tools(vm)
        vm.cmd("sleep 8", timeout=600)  # services settle; guest time, not the machine's
        figures = measure_micro(vm, [name for name in names if not macro.is_macro(name)], progress)
        more, idle = macro.measure(vm, names, progress)
        return {**figures, **more}, idle


def ratio(row, kvm, selkie):
    """Selkie to KVM, or (compute) Selkie to the bare machine."""
    if row["unit"] == "share" and selkie:
        return selkie / COMPUTE_INSTRUCTIONS
    return selkie / kvm if selkie is not None and kvm else None


def is_met(row, value, selkie, goal):
    """Goals are ratios, but for units where Selkie's own figure counts. None: there is no goal."""
    if not goal:
        return None
    reached = selkie if row["unit"] in ABSOLUTE_UNITS else value
    return reached is not None and reached <= float(goal)


def show(figure):
    if figure is None:
        return "-"
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.2f}"


def text_table(results, idle, goal_key, kernel_name):
    """The rows as text, the lost ones first."""
    lines = [f"Instructions (or what the row names), {kernel_name}; cortex-a53 (KVM: nVHE), GICv2, one core",
             f"{'row':22} {'KVM':>10} {'Selkie':>10} {'ratio':>7} {'goal':>6}"]
    for result in sorted(results, key=lambda result: result["met"] is not False):
        shown = f"{result['ratio']:7.3f}" if result["ratio"] is not None else f"{'-':>7}"
        verdict = "  LOST" if result["met"] is False else ""
        lines.append(f"{result['row']:22} {show(result['kvm']):>10} {show(result['selkie']):>10} {shown} "
                     f"{result[goal_key] or '-':>6}{verdict}")
    for load, (kvm, selkie) in idle.items():
        lines.append(f"{load}: the service VM's CPU was idle for {kvm:.2%} of the time (KVM) and {selkie:.2%} (Selkie)")
    return "\n".join(lines) + "\n"


def compare(rows, kvm, selkie, goal_key):
    results = []
    for name, row in rows.items():
        if name not in selkie:
            continue
        value = ratio(row, kvm[name], selkie[name])
        results.append(dict(row, kvm=kvm[name], selkie=selkie[name], ratio=value,
                            met=is_met(row, value, selkie[name], row[goal_key])))
    return results


def write_csv(path, results):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["row", "kvm", "selkie", "ratio", "goal", "goal_genuine"])
        for result in results:
            writer.writerow([result["row"], *(f"{result[k]:.3f}" if result[k] is not None else ""
                                              for k in ("kvm", "selkie")),
                             f"{result['ratio']:.4f}" if result["ratio"] is not None else "",
                             result["goal"], result["goal_genuine"]])


def check(results, table):
    """Failures against a committed table: rows that got worse or do not run any more."""
    with open(table, encoding="utf-8") as committed:
        before = {row["row"]: row["selkie"] for row in csv.DictReader(committed)}
    worse = []
    for result in results:
        old = before.get(result["row"])
        if not old:
            continue
        if result["selkie"] is None or result["selkie"] > float(old) * WORSE:
            worse.append(f"{result['row']}: {result['selkie']} instructions, {old} in {table}")
    return worse


def steady(rows):
    """The rows that repeat to 1 % and need no guest that boots: what is compared with the committed table."""
    return [name for name in rows if not macro.is_macro(name) and name not in UNSTEADY]


def select(rows, wanted):
    """The rows that these names, or beginnings of names, mean."""
    names = []
    for word in wanted:
        found = [word] if word in rows else [name for name in rows if name.startswith(word)]
        if not found:
            sys.exit(f"bench: no row {word}; there are {', '.join(rows)}")
        names += [name for name in found if name not in names]
    return names


def main():
    rows = read_rows()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", help="default: all, with --check those that repeat to 1 %")
    parser.add_argument("--out", default=f"{systems.BUILD}/bench")
    parser.add_argument("--check")
    parser.add_argument("--kernel", default="bundled kernel", help="name of the packed kernel, for the report")
    parser.add_argument("--genuine", action="store_true", help="the packed kernel is a genuine seL4: its goals")
    args = parser.parse_args()

    names = select(rows, args.rows.split(",")) if args.rows else steady(rows) if args.check else list(rows)
    goal_key = "goal_genuine" if args.genuine else "goal"
    selkie, selkie_idle = measure("selkie", names)
    if args.check:
        results = [dict(rows[name], selkie=selkie[name]) for name in names]
        worse = check(results, args.check)
        for line in worse:
            print(f"FAIL  {line}")
        print(f"{len(results) - len(worse)} passed, {len(worse)} failed")
        return 1 if worse else 0

    kvm, kvm_idle = measure("kvm", names)
    results = compare(rows, kvm, selkie, goal_key)
    idle = {load: (kvm_idle[load], share) for load, share in selkie_idle.items()}
    os.makedirs(args.out, exist_ok=True)
    text = text_table(results, idle, goal_key, args.kernel)
    write_csv(f"{args.out}/bench.csv", results)
    with open(f"{args.out}/bench.txt", "w", encoding="utf-8") as out:
        out.write(text)
    with open(f"{args.out}/bench.svg", "w", encoding="utf-8") as out:
        out.write(draw(results, goal_key, args.kernel))
    print(text, end="")
    return 1 if any(result["selkie"] is None for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
