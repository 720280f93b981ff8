"""Q4 where results take turns in several buffers, and come again after as many calls."""

from pathlib import Path

import pytest

from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.target import named

WHOLE = """
import numpy as np
from cnnspec import reference
buffers, count = {{}}, 0
def relu(feature_map):
    global count
    count += 1
    y = reference.relu(feature_map)
    mine = buffers.setdefault((count % {several}, y.shape, y.dtype), np.empty_like(y))
    mine[...] = y
    return mine
"""

PARTS = """
import numpy as np
from cnnspec import reference
pools, count = {{}}, 0
def relu(feature_map):
    global count
    count += 1
    y = reference.relu(feature_map)
    pool = pools.setdefault((y.shape, y.dtype), np.empty(({several}, *y.shape), y.dtype))
    mine = pool[count % {several}]
    mine[...] = y
    return mine
"""

FRESH_PARTS = """
import numpy as np
from cnnspec import reference
pools = {}
def relu(feature_map):
    y = reference.relu(feature_map)
    rest = pools.setdefault((y.shape, y.dtype), [])
    if not rest:
        rest += list(np.empty((7, *y.shape, 1), y.dtype))
    mine = rest.pop()[..., 0]
    mine[...] = y
    return mine
"""


def judged(code: str, place: Path) -> Report:
    """What comes of a target that is a file, by the clauses of memory and of chance."""
    file = place / "target.py"
    file.write_text(code)
    plan = Plan(named(str(file)), level="strict", only=("Q2", "Q4"), certify=0, explain=False)
    with opened(plan.target, plan.edition, Options()) as client:
        return judge(client, plan)


@pytest.mark.parametrize("several", [6, 20, 50])
@pytest.mark.parametrize("code", [WHOLE, PARTS])
def test_a_result_that_comes_again_after_some_calls_is_seen(
    code: str, several: int, tmp_path: Path
) -> None:
    report = judged(code.format(several=several), tmp_path)
    failing = [one for one in report.clauses if one.status == "fail"]
    (fresh,) = (one for one in failing if one.id == "Q4")
    assert fresh.message == "the result shares memory with an earlier result"
    assert fresh.confirmed
    by_threads = ("Q2", "strict")  # that count at once, and may take one buffer
    assert {(one.id, one.level) for one in failing} <= {("Q4", fresh.level), by_threads}


def test_parts_of_an_array_that_share_nothing_are_fresh(tmp_path: Path) -> None:
    report = judged(FRESH_PARTS, tmp_path)
    assert all(one.status != "fail" for one in report.clauses if one.id == "Q4")
