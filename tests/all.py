#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make test: run every suite and add their results up into one last line, `N passed, N failed`.

    all.py              the suites are `make check` (host) and what pytest finds in tests/

Each suite's own output is shown as it comes. A suite that ends badly without counting a failure counts as
one. The exit status agrees with the last line.
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TREE, os.environ.get("O", "build"))
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed")
# Quick ones first, so that a broken tree says so early.
PYTEST_SUITES = ["tests/tree", "tests/soak", "tests/model", "tests/kernel", "tests/system/test_loader.py", "tests/system"]


def run_check():
    """(passed, failed, skipped, status) of `make check`; its last line has the counts."""
    last = ""
    with subprocess.Popen(["make", "-C", TREE, "--no-print-directory", "check"], stdout=subprocess.PIPE,
                          text=True) as make:
        for line in make.stdout:
            print(line, end="", flush=True)
            last = line if SUMMARY.match(line) else last
    counts = SUMMARY.match(last)
    passed, failed = (int(n) for n in counts.groups()) if counts else (0, 0)
    return passed, failed, 0, make.returncode


def run_pytest(paths, ignored, name):
    """(passed, failed, skipped, status) of one pytest run; its report in XML has the counts."""
    report = os.path.join(BUILD, f"tests/{name}.xml")
    os.makedirs(os.path.dirname(report), exist_ok=True)
    command = ["/usr/bin/python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", f"--junitxml={report}",
               "-o", "junit_logging=no", *(f"--ignore={path}" for path in ignored), *paths]
    status = subprocess.run(command, cwd=TREE, check=False).returncode
    suite = ElementTree.parse(report).getroot().find("testsuite")
    total, failures, errors, skipped = (int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    return total - failed - skipped, failed, skipped, status


def main():
    runs = [run_check()]
    seen = []
    for i, path in enumerate(PYTEST_SUITES):
        print(f"\n== {path}", flush=True)
        runs.append(run_pytest([path], seen, f"suite-{i}"))
        seen.append(path)
    passed = sum(run[0] for run in runs)
    failed = sum(max(run[1], 1 if run[3] else 0) for run in runs)
    skipped = sum(run[2] for run in runs)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
