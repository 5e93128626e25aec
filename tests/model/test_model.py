# SPDX-License-Identifier: BSD-2-Clause
"""The signalling models, searched by spin (run.sh says what is expected of each)."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def test_the_vm_page_loses_no_event_and_the_model_notices_a_missing_barrier(tmp_path):
    result = subprocess.run(["sh", os.path.join(HERE, "run.sh"), tmp_path], capture_output=True, text=True,
                            timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].endswith("2 passed, 0 failed")
