# SPDX-License-Identifier: BSD-2-Clause
"""The short bench: no micro row gets more than 5 % worse than the committed table (bench/baseline.csv).

    /usr/bin/python3 -m pytest -s tests/system/test_bench.py

One boot under -icount, where a figure does not depend on what else the machine does. The rows whose
figure depends on how Linux schedules two threads are left to `make bench`.
"""
import csv
import os
import sys

import pytest

import systems

sys.path.insert(0, f"{systems.TREE}/bench")

import bench  # noqa: E402  (found through the path above)

BASELINE = f"{systems.TREE}/bench/baseline.csv"


def baseline():
    with open(BASELINE, encoding="utf-8") as table:
        return {row["row"]: row for row in csv.DictReader(table)}


ROWS = bench.steady(baseline())


@pytest.fixture(scope="module")
def figures():
    if systems.CORES > 1 or os.environ.get("KERNEL"):
        pytest.skip("the table is of one core and the bundled kernel")
    return bench.measure("selkie", ROWS)[0]


@pytest.mark.parametrize("name", ROWS)
def test_row_is_no_worse_than_the_committed_table(figures, name):
    row, figure = baseline()[name], figures[name]
    committed = float(row["selkie"])
    assert figure is not None, f"{name} does not run any more"
    ratio = f", {figure / float(row['kvm']):.3f} of KVM's" if row["kvm"] else ""
    print(f"{name}: {figure:.0f}{ratio}; committed: {committed:.0f}")
    assert figure <= committed * bench.WORSE, f"{name}: {figure:.0f}, {committed:.0f} in the table"
