"""Times calls in turn, so that what slows a machine down for a while slows them all."""

import statistics
import time
from collections.abc import Callable, Mapping

from cnnspec.spec import Array

PAUSE = 0.03
"""Seconds before a turn: idle threads of another library still spin, and take a core."""

LONG = 0.5
"""Seconds of a call that needs no other before it."""


class Times(list[float]):
    """The seconds of one call, measured some times."""

    @property
    def median(self) -> float:
        return statistics.median(self)

    def __str__(self) -> str:
        """The median, and the quarter below and above it."""
        low, _, high = statistics.quantiles(self, n=4)
        return f"{1000 * self.median:.3f} ms ({1000 * low:.3f} to {1000 * high:.3f})"


def in_turn(
    calls: Mapping[str, Callable[[], Array]], rounds: int = 7, turn: float = 0.02
) -> dict[str, Times]:
    """The times of each call: in each round each of them has a turn of some seconds."""
    times = {name: Times() for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(PAUSE)
            seconds = timed(call)  # wakes the threads, which does not count for a call that is long
            if seconds < LONG:
                start, count = time.perf_counter(), 0
                while not count or time.perf_counter() - start < turn:
                    call()
                    count += 1
                seconds = (time.perf_counter() - start) / count
            times[name].append(seconds)
    return times


def timed(call: Callable[[], Array]) -> float:
    """The seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratios(times: dict[str, Times], first: str = "reference") -> dict[str, float]:
    """How many times as fast as each other call the first one is."""
    return {name: one.median / times[first].median for name, one in times.items() if name != first}
