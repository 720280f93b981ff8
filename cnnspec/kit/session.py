"""A target under judgement: makes its calls, and remembers what it saw."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from cnnspec.kit.calls import FLAGS, LOST, Call, Outcome
from cnnspec.kit.client import Client
from cnnspec.kit.operation import operation_of
from cnnspec.spec import Array, Edition

Case = tuple[Call, ...]
"""What a check judges: calls made one after another; the last one is judged."""

OBSERVED = {
    "modified": "Q1",
    "differs": "Q2",
    "shares": "Q4",
    "shares earlier": "Q4",
    "earlier changed": "Q4",
    "read-only": "Q4",
    "overlaps": "Q4",
    "printed": "Q10",
}
"""The clause that each flag of an outcome breaks, whatever was being judged."""


class Deviation(Exception):  # noqa: N818  it is no error of ours
    """What a target does otherwise than its clause says.

    lost: in a word, how it gave no answer, if it gave none. confirmed: it did so again in a fresh
    process.
    """

    def __init__(
        self,
        message: str,
        expected: Array | None = None,
        got: Array | None = None,
        *,
        lost: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.expected, self.got, self.lost = message, expected, got, lost
        self.confirmed = False


class Declined(Exception):  # noqa: N818  it is no error of ours
    """A case that is not judged, with the reason.

    needed: whether its clause does not hold without it, whatever the other cases say.
    """

    needed = False


class Misshapen(Declined):
    """A result whose values cannot be judged, since its shape is wrong."""

    needed = True


class GivenUp(Declined):
    """A case that is not tried any more, since the target was lost for too long."""

    needed = True


LOST_FOR_LONG = 180.0
"""Seconds that a run waits for a target which hangs, or starts it again, in all."""

LOST_OFTEN = 3
"""The least number of losses after which a target is given up."""


FLOAT64_BITS = 53

WORTH_WAITING = 2.0
"""Seconds that one call on a golden may take; a slow target gets fewer rows."""

SMALL, QUICK = 4_096, 0.02
"""Elements and seconds of a call that is made together with others."""

MOMENT = 1.0
"""Seconds that a call may take which serves an explanation only."""


@dataclass
class Session:
    """A client, the edition by which it is judged, and what was noticed so far.

    without: operations that the target has, but that cannot be called.
    thorough: whether every size of block is tried, or a few.
    significand: for each operation, the bits of the dtype that it gives for float64 input.
    shared: cases that several clauses look at, made only once.
    ready: outcomes of calls that were made together, until they are asked for.
    incidents: for each clause of OBSERVED, the first call that broke it, and how.
    """

    client: Client
    edition: Edition
    thorough: bool = True
    significand: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, tuple[Case, str]] = field(default_factory=dict)
    seconds_per_step: dict[str, float] = field(default_factory=dict)
    seconds_per_work: dict[str, float] = field(default_factory=dict)
    seconds_per_call: dict[str, float] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    shared: dict[str, list[Case]] = field(default_factory=dict)
    before: dict[str, Call] = field(default_factory=dict)
    remembered: dict[int, tuple[Call, Outcome]] = field(default_factory=dict)
    ready: dict[int, tuple[Call, Outcome]] = field(default_factory=dict)

    def offered(self) -> list[str]:
        """The operations that the target has and that can be called."""
        return [o for o in self.client.operations if o not in self.without]

    def outcome(self, call: Call) -> Outcome:
        """Make a call. Raises Declined where the target cannot express it."""
        if call.operation not in self.offered():
            raise Declined(f"{call.operation} is absent")
        if self.given_up:
            raise GivenUp(self.given_up)
        known = self.ready.pop(id(call), None)
        outcome = self.client.answer(call) if known is None else known[1]
        if outcome.kind == "unsupported":
            raise Declined(outcome.message or "not supported")
        if outcome.kind in LOST:
            self.lost[outcome.kind] += 1
        for flag in outcome.flags:
            self.note(flag, call, outcome)
        self.before[call.operation] = call
        return outcome

    @property
    def given_up(self) -> str:
        """Why no more calls are made, or nothing: hangs and crashes count over the whole run."""
        client = self.client
        if client.gone:
            return "the target could not be started again"
        if client.losses < LOST_OFTEN or client.seconds_lost < LOST_FOR_LONG:
            return ""
        times, seconds = client.losses, client.seconds_lost
        return f"the target was lost or late {times} times, which took {seconds:.0f} s"

    def bits(self, operation: str) -> int:
        """The bits of the significand that an operation gives for float64 input."""
        return min(self.significand.get(operation, FLOAT64_BITS), FLOAT64_BITS)

    def prepare(self, cases: Iterable[Case]) -> None:
        """Make the calls of cases at once, where they are single and small, for outcome() to find.

        That spares a message each. A slow target, or one that dies of a call, gets them later.
        """
        calls = [case[0] for case in cases if len(case) == 1 and self.is_quick(case[0])]
        calls = [] if self.given_up else calls
        outcomes = self.client.answers(calls) if calls else []
        self.ready = {id(c): (c, o) for c, o in zip(calls, outcomes, strict=False)}

    def is_quick(self, call: Call) -> bool:
        """Whether a call is offered, small, made once, and likely to take a millisecond or two."""
        if call.operation not in self.offered() or call.repeat > 1 or call.beside is not None:
            return False
        few = sum(array.size for array in call.arrays) <= SMALL
        return few and self.seconds_for(call) < QUICK

    def seconds_for(self, call: Call) -> float:
        """About how long a call will take, and no less; 0 where nothing is known yet."""
        steps = float(np.prod([max(array.size, 1) for array in call.arrays]))
        step, once = (
            known.get(call.operation, 0.0)
            for known in (self.seconds_per_step, self.seconds_per_call)
        )
        return (steps * step + once) * call.repeat

    def affordable(self, call: Call) -> bool:
        """Whether a call will take no more than a moment."""
        return self.seconds_for(call) < MOMENT

    def note(self, flag: str, call: Call, outcome: Outcome) -> None:
        """Keep the first call that raised a flag."""
        clause = OBSERVED[flag]
        if flag == "printed" and outcome.kind != "returned":
            return
        if clause not in self.incidents:
            before = self.before.get(call.operation)
            needs_two = flag in ("shares earlier", "earlier changed") and before is not None
            case = (before, call) if needs_two and before is not None else (call,)
            self.incidents[clause] = (case, FLAGS[flag])

    def remember(self, call: Call) -> Outcome:
        """The outcome of a call that several checks look at: made only once."""
        known = self.remembered.get(id(call))
        if known is None:
            known = self.remembered[id(call)] = (call, self.outcome(call))
        return known[1]

    def deviating(self, call: Call) -> bool:
        """Whether an operation already deviates in a clause of its own."""
        return bool(self.failed & operation_of(call).roles.exact)

    def result(self, call: Call) -> Array:
        """The result of a valid call. Raises Deviation where there is none."""
        return returned(self.outcome(call))

    def expected(self, call: Call) -> Array:
        """What the call shall give in the edition of this session."""
        return operation_of(call).oracle.expected(call, self.edition)

    def restart(self) -> None:
        """Let the target begin anew. Raises Declined where it runs in this process."""
        if not self.client.restart():
            raise Declined("the target cannot be started again in this process")

    def rows_in_time(self, call: Call) -> int:
        """How many rows of a large map the target can take within WORTH_WAITING seconds."""
        rows = len(call.arrays[0])
        row = (
            self.seconds_per_work.get(call.operation, 0.0)
            * operation_of(call).oracle.work(call)
            / rows
        )
        return max(20, min(rows, int(WORTH_WAITING / (row + 1e-12))))

    def sound(self, call: Call) -> bool:
        """Whether the target gets a plain call right, so that another cause may be judged."""
        outcome = self.outcome(call)
        return outcome.value is not None and difference(outcome.value, self.expected(call)) is None


def returned(outcome: Outcome) -> Array:
    """The result of an outcome. Raises Deviation where there is none, saying what there is."""
    if outcome.value is not None:
        return outcome.value
    if outcome.kind == "rejected":
        raise Deviation(f"a valid input is rejected: {outcome.reason}")
    if outcome.kind == "no array":
        raise Deviation(f"returned {outcome.message} instead of an array")
    raise Deviation(outcome.message, lost=outcome.fate)


def difference(got: Array, wanted: Array) -> str | None:
    """In words, the first difference between a result and what was expected, or None."""
    if got.shape != wanted.shape:
        return f"shape {got.shape} instead of {wanted.shape}"
    with np.errstate(all="ignore"):
        alike = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    if alike.all():
        return None
    place = tuple(int(i) for i in np.unravel_index(int(np.argmin(alike)), got.shape))
    wrong = int(np.size(alike) - np.count_nonzero(alike))
    others = f"; {wrong} of {got.size} elements differ" if wrong > 1 else ""
    index = ", ".join(map(str, place))
    values = [str(a[place].item()) for a in (got, wanted)]
    return f"element [{index}] is {values[0]} instead of {values[1]}{others}"


def same(got: Array, wanted: Array) -> None:
    """Raise Deviation unless a result is what was expected: shape and every element."""
    text = difference(got, wanted)
    if text:
        raise Deviation(text, wanted, got)
