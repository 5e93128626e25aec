#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make demo: run the scenario without a person, one line per check with its figure.

    demo.py [selkie|kvm]

Ends with `N passed, N failed` and an exit status that agrees. Once the system itself is gone, the
checks that are left fail with that reason.
"""
import sys
import time

import pexpect

import systems
from scenario import CHECKS, Scenario, Skip


def show(verdict, name, detail):
    print(f"{verdict:4}  {name}: {detail}", flush=True)


def run_checks(scenario):
    """Run all checks; (passed, failed)."""
    passed = failed = 0
    for name, check in CHECKS:
        try:
            if scenario.vm.gone:
                raise AssertionError("the system did not answer any more")
            show("ok", name, check(scenario))
            passed += 1
        except Skip as reason:
            show("skip", name, reason)
        except (AssertionError, systems.CommandFailed) as reason:
            show("FAIL", name, reason)
            failed += 1
        except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
            show("FAIL", name, reason)
            scenario.vm.gone = True
            failed += 1
    return passed, failed


def main():
    system = sys.argv[1] if len(sys.argv) > 1 else "selkie"
    start = time.monotonic()
    print(f"Booting {system} in QEMU; its console goes to {systems.NATIVE}/{system}-console.log", flush=True)
    try:
        with systems.boot(system, progress=lambda line: print(f"      {line}", flush=True)) as vm:
            passed, failed = run_checks(Scenario(vm))
    except (systems.SystemFailed, pexpect.ExceptionPexpect) as reason:
        show("FAIL", "the system boots", reason)
        passed, failed = 0, len(CHECKS)
    print(f"The scenario took {time.monotonic() - start:.0f} s.")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
