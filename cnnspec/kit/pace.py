"""A target's pace: about how long its calls take, in steps of ten.

What is asked of a slow target depends on its pace, not on a clock. So two runs at one pace ask the
same, however busy the machine is. A target at the least pace is asked everything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10

LEAST_CALL, LEAST_STEP = -3, -7
"""A target is quick if its simplest call takes at most 3 ms, and a step 0.1 microseconds.

A step is one of the innermost loop: a product of a convolution, an element of a window or a map.
"""

LONGEST = 3
"""What takes more than thousands of seconds counts as what takes thousands."""

CALL = 3
"""A call's time is compared with 3 ms, 30 ms and so on; few implementations lie near these."""

MIDDLE = 10**-0.5
"""What lies between two steps of ten is taken for their geometric mean."""

WRITTEN = re.compile(r"(\w+)=3e(-?\d)/1e(-?\d)")


@dataclass(frozen=True)
class Pace:
    """At most how many seconds the simplest call and a step take.

    call: three times this power of ten. step: this power of ten.
    """

    call: int = LEAST_CALL
    step: int = LEAST_STEP

    def seconds(self, calls: int, steps: int) -> float:
        """About how many seconds calls take that have so many steps in all."""
        return MIDDLE * (calls * CALL * 10.0**self.call + steps * 10.0**self.step)

    def cost(self, calls: int, steps: int) -> float:
        """The seconds that count against those of a run: what is quick costs nothing."""
        slow = self.call > LEAST_CALL, self.step > LEAST_STEP
        return self.seconds(calls * slow[0], steps * slow[1]) if any(slow) else 0.0

    def __str__(self) -> str:
        return f"3e{self.call}/1e{self.step}"


def measured(call: float, step: float) -> Pace:
    """The pace of a target whose simplest call and whose step take so many seconds."""
    return Pace(power(call / CALL, LEAST_CALL), power(step, LEAST_STEP))


def power(seconds: float, least: int) -> int:
    """The least power of ten that is not below some seconds."""
    return min(max(least, ceil(log10(seconds))), LONGEST) if seconds > 0 else least


def written(paces: Mapping[str, Pace]) -> str:
    """The paces of operations as a text: conv=3e-3/1e-7,relu=3e-2/1e-7."""
    return ",".join(f"{operation}={pace}" for operation, pace in paces.items())


def read(text: str) -> dict[str, Pace]:
    """The paces that `written` wrote. Raises ValueError for another text."""
    found = {}
    for part in text.split(","):
        match = WRITTEN.fullmatch(part.strip())
        if match is None:
            raise ValueError(part)
        operation, call, step = match.groups()
        found[operation] = Pace(max(int(call), LEAST_CALL), max(int(step), LEAST_STEP))
    return found
