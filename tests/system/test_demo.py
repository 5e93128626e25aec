# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration's checks, one test each, in order, over one boot of the system.

    /usr/bin/python3 -m pytest tests/system/test_demo.py        SYSTEM=kvm for the peer
"""
import os

import pexpect
import pytest

import systems
from scenario import CHECKS, Scenario, Skip


@pytest.fixture(scope="module")
def scenario():
    with systems.boot(os.environ.get("SYSTEM", "selkie")) as vm:
        yield Scenario(vm)


@pytest.mark.parametrize("check", [check for _, check in CHECKS], ids=[name for name, _ in CHECKS])
def test_demo(scenario, check):
    if scenario.vm.gone:
        pytest.fail("the system did not answer any more")
    try:
        print(check(scenario))
    except Skip as reason:
        pytest.skip(str(reason))
    except (systems.SystemFailed, pexpect.ExceptionPexpect):
        scenario.vm.gone = True
        raise
