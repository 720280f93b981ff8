"""Which cases become vectors: few and small ones of each check, and some by hand."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.client import NoTarget
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.spec import Edition
from cnnspec.vectors.arrays import LISTED, is_short

MOST = 60
"""The most cases of a check that are taken for each operation."""


def chosen(check: Check, edition: Edition) -> Iterator[Case]:
    """The cases of a check that become vectors: small ones of its own, then those by hand."""
    session = Session(NoTarget(), edition)
    own = (
        []
        if check.cases is None
        else [case for case in check.cases(session) if is_small(check, case)]
    )
    own.sort(key=operation_of)
    for operation, group in groupby(own, operation_of):
        yield from some(list(group), check.name, operation)
    if check.vectors.more is not None:
        yield from (case for case in check.vectors.more(session) if is_small(check, case))


def operation_of(case: Case) -> int:
    """The place in the catalogue of what a case judges."""
    return list(REGISTRY).index(case[-1].operation)


def room(check: Check) -> int:
    """How many elements an array of a check may have."""
    return check.vectors.room or LISTED


def is_small(check: Check, case: Case) -> bool:
    """Whether each array of a case of a check can be written in short."""
    return all(is_short(array, room(check)) for each in case for array in each.arrays)


def some(every: list[Case], *key: object) -> list[Case]:
    """No more than MOST cases: the first ones, and of the others a sample, in their order."""
    if len(every) <= MOST:
        return every
    first = MOST // 3
    rest = np.arange(first, len(every))
    sample = filling.random_for("vectors", *key).choice(rest, MOST - first, replace=False)
    return every[:first] + [every[i] for i in sorted(sample)]
