"""Incidents: what is noticed in calls, no matter which clause is being judged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cnnspec.kit.calls import FLAGS, Call, Case, Outcome
from cnnspec.kit.clauses import (
    ARGUMENTS_ALONE,
    DELIBERATE,
    FRESH,
    INPUTS_STAY,
    LEVELS,
    Level,
    clauses,
)
from cnnspec.kit.exact import FLOATS_BY_BITS, significand_bits
from cnnspec.kit.history import History
from cnnspec.kit.operation import broken, is_empty, is_exact, operation_of
from cnnspec.kit.stack import Stack

OBSERVED = {
    "modified": INPUTS_STAY,
    "modified around": INPUTS_STAY,
    "differs": ARGUMENTS_ALONE,
    "shares": FRESH,
    "shares earlier": FRESH,
    "earlier changed": FRESH,
    "read-only": FRESH,
    "overlaps": FRESH,
    "printed": DELIBERATE,
}
"""The clause that each flag of an outcome breaks, whatever was being judged."""

OF_TWO = ("shares earlier", "earlier changed")
"""Flags that are raised only after an earlier call."""

Place = tuple[str, Level]
"""A clause, and the level at which it is judged."""

Judging = tuple[str, str]
"""A clause, and the name of a check of it."""


def own_level(clause: str) -> Level:
    """The level of a clause itself; checks of it may have a higher one."""
    return clauses()[clause].level


def level_of_chance(level: Level) -> Level:
    """The level at which chance counts that a check of some level saw: no more than the check."""
    return LEVELS[0] if level == LEVELS[0] else LEVELS[-1]


def in_two_threads(case: Case) -> bool:
    """Whether a call of a case is made at once with another."""
    return any(one.at_once is not None for one in case)


class Incident(NamedTuple):
    """A case that broke a clause, and how. history: the calls that were made before it.

    check: the check of the clause that noticed it, or nothing if one of another clause did.
    """

    case: Case
    text: str
    check: str
    history: tuple[Call, ...]


@dataclass
class Incidents:
    """What was noticed in calls.

    found: for each clause and level, the first case that broke it. before: for each operation, its
    last call, or a stack that ends with it. history: the calls that are made. judging: the check
    that makes them now.
    """

    found: dict[Place, Incident] = field(default_factory=dict)
    before: dict[str, Call | Stack] = field(default_factory=dict)
    history: History = field(default_factory=History)
    judging: Judging = ("", "")

    def note(self, call: Call, outcome: Outcome) -> None:
        """Keep the flags that a call raised, each if it is the first to break its clause."""
        for flag in broken_by(call, outcome):
            before = self.before.get(call.operation) if flag in OF_TWO else None
            before = before.call(-1) if isinstance(before, Stack) else before
            case = (before, call) if before else (call,)
            strict = call.at_once is not None or (flag == "differs" and is_rounded(call))
            level: Level | None = "strict" if strict else None
            self.add(OBSERVED[flag], case, FLAGS[flag], level)
        self.before[call.operation] = call

    def add(
        self, clause: str, case: Case, text: str, level: Level | None = None, check: str = ""
    ) -> None:
        """Keep a case that broke a clause, if it is the first.

        level: by default, the clause's; that of two threads is strict. check: of the clause, which
        judges such cases.
        """
        threads = clause == ARGUMENTS_ALONE and in_two_threads(case)
        place: Place = clause, "strict" if threads else level or own_level(clause)
        if place not in self.found:
            by, name = self.judging
            own = check or (name if by == clause else "")
            self.found[place] = Incident(case, text, own, self.history.calls())


def is_rounded(call: Call) -> bool:
    """Whether a right result of a call may be rounded, and so differ in its last bits.

    A mean is rounded where the sum is not: in a window of 3 by 3.
    """
    floats = [significand_bits(a.dtype) for a in call.arrays if a.dtype.kind == "f"]
    bits = min([significand_bits(float), *floats])
    if not is_exact(call, bits):
        return True
    bound = operation_of(call).bound
    if bound is None or broken(call, "general") is not None:
        return False
    tiny = np.finfo(FLOATS_BY_BITS.get(bits, "float64")).tiny  # subnormal results are left aside
    return bool((bound(call, bits) > tiny).any())


def broken_by(call: Call, outcome: Outcome) -> Iterator[str]:
    """The flags of an outcome that break a clause.

    A call that is rejected may print. One without elements may be rejected now, and not before.
    """
    for flag in filter(outcome.flags.__contains__, OBSERVED) if outcome.flags else ():
        open_ = flag == "printed" or (flag == "differs" and is_empty(call))
        if not open_ or outcome.kind == "returned":
            yield flag
