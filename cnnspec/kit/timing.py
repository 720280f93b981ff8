"""Estimates how long calls of each operation take: by the target's pace, and by those it made."""

import time
from dataclasses import dataclass, field

from cnnspec.kit.calls import Call
from cnnspec.kit.client import Client
from cnnspec.kit.operation import operation_of
from cnnspec.kit.pace import MIDDLE, Pace

WORTH_WAITING = 4.0
"""Seconds that one call on a golden may take; a slow target gets fewer rows."""

SMALL, QUICK = 2**14, 0.02
"""The most elements and seconds of a call that is made together with others."""

MOMENT = 1.0
"""The most seconds that a call may take if it only helps to explain a deviation."""

FEWEST_ROWS = 20

QUICKEST = Pace()

GROWN = 8
"""The largest call tells the time of larger ones if it has so many times the steps of the least."""


IDLE = 0.1
"""A target that takes less than this part of the time from a processor waits for something."""


class Watch:
    """Tells how long a target has worked since now.

    That is the time of the processor, which tells the same on a busy machine. A target that waits
    for something, or computes in processes of its own, shows next to none, and one that computes in
    several threads shows more than it takes: then it is what passed. closely: less what it waited
    for a processor, which takes as long to ask for as a small call.
    """

    def __init__(self, client: Client, *, closely: bool = False) -> None:
        self.client, self.closely = client, closely
        self.queued = client.queued if closely else 0.0
        self.began, self.before = time.perf_counter(), client.spent

    def seconds(self) -> float:
        """The seconds so far."""
        passed, used = time.perf_counter() - self.began, self.client.spent - self.before
        if used > IDLE * passed:
            return min(used, passed)
        queued = self.client.queued - self.queued if self.closely else 0.0
        return max(used, passed - queued)


@dataclass(frozen=True)
class Timed:
    """A call, the steps of its innermost loop, and the seconds that it took."""

    call: Call
    steps: int
    seconds: float


def steps_of(call: Call) -> int:
    """The steps of the innermost loop in a call."""
    return max(1, operation_of(call).oracle.work(call) * call.repeat)


@dataclass
class Timing:
    """A target's speed.

    paces: of operations, once they are known. made: the calls with the least and with the most
    steps so far, whose times only say which calls are too long to be made at all. last: the last
    call that was looked at, and its steps.
    """

    paces: dict[str, Pace] = field(default_factory=dict)
    made: dict[str, tuple[Timed, Timed]] = field(default_factory=dict)
    last: tuple[Call, int] | None = None

    def steps(self, call: Call) -> int:
        """The steps of the innermost loop in a call, which is often asked twice."""
        if self.last is None or self.last[0] is not call:
            self.last = call, steps_of(call)
        return self.last[1]

    @property
    def quick(self) -> bool:
        """Whether every operation has the least pace, so that nothing need be left out."""
        return all(pace == QUICKEST for pace in self.paces.values())

    @property
    def prompt(self) -> bool:
        """Whether simple calls of every operation are quick, so that each check has many."""
        return all(pace.call == QUICKEST.call for pace in self.paces.values())

    @property
    def crawls(self) -> bool:
        """Whether a simple call of an operation takes about a second, or longer."""
        return any(pace.call >= 0 for pace in self.paces.values())

    def seconds(self, call: Call) -> float:
        """About how many seconds a call takes at its pace; 0 if that is not known yet."""
        pace = self.paces.get(call.operation)
        return 0.0 if pace is None else pace.seconds(call.repeat, self.steps(call))

    def longest(self, call: Call) -> float:
        """How many seconds a simple call takes at the most, at its pace; 0 if that is unknown."""
        pace = self.paces.get(call.operation)
        return 0.0 if pace is None else pace.seconds(1, 0) / MIDDLE

    def cost(self, call: Call) -> float:
        """The seconds that a call counts against those of the run: none if the target is quick."""
        pace = self.paces.get(call.operation)
        return 0.0 if pace is None or pace == QUICKEST else pace.cost(call.repeat, self.steps(call))

    def note(self, call: Call, seconds: float) -> None:
        """Note how long a call took, if it is the least or the largest of its operation so far."""
        new = Timed(call, self.steps(call), seconds)
        least, most = self.made.get(call.operation, (new, new))
        if new.steps <= least.steps:
            least = new if new.seconds < least.seconds or new.steps < least.steps else least
        if new.steps >= most.steps:
            most = new if new.seconds < most.seconds or new.steps > most.steps else most
        self.made[call.operation] = least, most

    def largest(self, operation: str) -> Call | None:
        """The call with the most steps so far."""
        known = self.made.get(operation)
        return known[1].call if known else None

    def likely(self, call: Call) -> float:
        """How many seconds a call is likely to take: on a line through the least and the largest.

        What is made anew for each shape, as by a compiler, takes its time in both: that cancels.
        """
        known = self.made.get(call.operation)
        if known is None or known[1].steps < GROWN * known[0].steps:
            return 0.0
        least, most = known
        step = max(0.0, most.seconds - least.seconds) / (most.steps - least.steps)
        return most.seconds + step * max(0, self.steps(call) - most.steps)

    def took(self, call: Call, seconds: float) -> bool:
        """Whether a call of no more steps than this one took longer than some seconds."""
        known = self.made.get(call.operation)
        return bool(known and known[1].seconds > seconds and known[1].steps <= self.steps(call))

    def is_quick(self, call: Call) -> bool:
        """Whether a call is small, made a few times, and likely to take a few milliseconds."""
        if call.at_once is not None:
            return False
        small = sum(array.size for array in call.arrays) * call.repeat <= SMALL
        return small and self.seconds(call) < QUICK

    def affordable(self, call: Call) -> bool:
        """Whether a call will take no more than a moment."""
        return self.seconds(call) < MOMENT

    def rows_in_time(self, call: Call) -> int:
        """How many rows of a large map the target can take within WORTH_WAITING seconds."""
        rows = len(call.arrays[0])
        row = self.seconds(call) / rows
        return max(FEWEST_ROWS, min(rows, int(WORTH_WAITING / (row + 1e-12))))
