# SPDX-License-Identifier: BSD-2-Clause
"""The signalling models, searched by spin (run.sh says what is expected of each)."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def test_no_event_and_no_wake_up_is_lost_and_the_models_notice_what_is_missing(tmp_path):
    result = subprocess.run(["sh", os.path.join(HERE, "run.sh"), tmp_path], capture_output=True, text=True,
                            timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].endswith("5 passed, 0 failed")
