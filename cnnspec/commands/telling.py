"""Writes the order in which checks try their first cases, from the kill table."""

import json
from collections.abc import Iterable, Iterator
from statistics import median

from cnnspec.commands.faults import Trial, found
from cnnspec.engine.attempt import TOGETHER
from cnnspec.engine.telling import FILE, name
from cnnspec.operations.catalogue import checks

LEAST = 0.05
"""Differences below so many seconds do not count."""


def order(trials: Iterable[Trial]) -> Iterator[tuple[str, int]]:
    """The checks, and how many fault models each is the first to kill with its first cases.

    The next is always the one that kills most in its time of those that none before it kills.
    """
    killing: dict[tuple[str, str], list[Trial]] = {(one.clause, one.name): [] for one in checks()}
    for one in trials:
        if one.killed and one.cases <= TOGETHER:
            killing[one.clause, one.check].append(one)
    seconds = {
        check: max(LEAST, median(one.seconds for one in made)) if made else 1.0
        for check, made in killing.items()
    }
    names = {(one.clause, one.name): name(one) for one in checks()}
    left = {check: {one.fault for one in made} for check, made in killing.items()}
    while left:
        best = max(left, key=lambda check: len(left[check]) / seconds[check])
        killed = left.pop(best)
        yield names[best], len(killed)
        left = {check: faults - killed for check, faults in left.items()}


if __name__ == "__main__":
    made = [trial for _, trials in found() for trial in trials]
    FILE.write_text(json.dumps(dict(order(made)), indent=0) + "\n")
