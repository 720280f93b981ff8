"""How soon the first deviation of each fault model is seen.

`python tests/bench/first_deviation.py` prints it.
The time begins when the target has been imported, and so leaves the imports out. `STEP` takes every
so manieth fault model.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from cnnspec.engine.judge import judge
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.kit.client import Client
from cnnspec.kit.fault import Fault
from cnnspec.operations.catalogue import faults
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.target import named

CODE = """
from cnnspec.operations.catalogue import faults
(fault,) = [one for one in faults() if one.id == {id!r}]
globals().update(fault.operations({edition!r}))
"""


class Seen(Exception):  # noqa: N818  it is no error
    """A deviation was seen. seconds: how long that took; what ends a run comes after it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def until_seen(fault: Fault, folder: Path) -> float:
    """The seconds until the first deviation of a fault model, or infinity."""
    file = folder / "target.py"
    file.write_text(CODE.format(id=fault.id, edition=fault.edition))
    plan = Plan(named(str(file)), fault.edition, level="strict", jobs=2, explain=False)

    @contextmanager
    def another() -> Iterator[Client]:
        with opened(plan.target, plan.edition, Options()) as client:
            yield client

    def done(result: ClauseResult) -> None:
        if result.status == "fail":
            raise Seen(time.perf_counter() - began)

    with another() as client:
        began = time.perf_counter()
        try:
            judge(client, plan, done=done, another=another)
        except Seen as seen:
            return seen.seconds
    return float("inf")


def main() -> None:
    """Print the distribution, and the slowest."""
    chosen = list(faults())[:: int(os.environ.get("STEP", "1"))]
    with TemporaryDirectory() as folder:
        took = {fault.id: until_seen(fault, Path(folder)) for fault in chosen}
    every = sorted(took.values())
    high = every[int(0.95 * len(every))]
    click.echo(
        f"{len(every)} fault models: median {statistics.median(every):.2f} s, "
        f"95th percentile {high:.2f} s, most {every[-1]:.2f} s"
    )
    for name, seconds in sorted(took.items(), key=lambda one: -one[1])[:20]:
        click.echo(f"{name:<44}{seconds:>6.2f}")


if __name__ == "__main__":
    main()
