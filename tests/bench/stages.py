"""Where a verdict's seconds go: `python tests/bench/stages.py [arguments of cnnspec check]`.

The time of each stage leaves out that of the stages within it. One process judges (--jobs 1), so
that all of it is seen; what the target's process computes is the time that is waited for it.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import current_thread, main_thread
from typing import Any

from click.testing import CliRunner

from cnnspec.cli import main
from cnnspec.engine import attempt, parts
from cnnspec.kit import session
from cnnspec.kit.session import Session
from cnnspec.targets.channel import Channel
from cnnspec.targets.remote import Remote

STAGES = {
    "drawing": "making the cases",
    "wire": "writing and reading messages",
    "target": "waiting for the target's process",
    "oracle": "what calls shall give",
    "comparing": "results with what they shall be",
    "shrinking": "making a case small",
    "certificate": "drawing and comparing its evaluations",
    "diagnosis": "confirming, explaining, comparing with fault models",
    "start": "importing, and the target's processes",
}


class Clock:
    """Counts the seconds of the innermost stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.stack = ["the rest"]
        self.since = time.perf_counter()

    def turn(self, stage: str | None) -> None:
        """A stage begins, or the innermost one ends."""
        now = time.perf_counter()
        self.seconds[self.stack[-1]] += now - self.since
        self.since = now
        if stage is None:
            self.stack.pop()
        else:
            self.stack.append(stage)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose time is that of a stage."""

        def called(*arguments: Any, **named: Any) -> Any:
            own = current_thread() is main_thread() and self.stack[-1] != "start"
            if not own:  # what another thread does, the main one waits for
                return function(*arguments, **named)
            self.turn(stage)
            try:
                return function(*arguments, **named)
            finally:
                self.turn(None)

        return called

    def each(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Items; the time in which they are made is that of a stage."""
        draw = self.timed(stage, lambda: next(items, self))
        while (item := draw()) is not self:
            yield item


def watched(clock: Clock) -> None:
    """Have a clock watch every stage of a run in this process."""
    spread = attempt.spread
    attempt.spread = lambda cases, *more: spread(clock.each("drawing", iter(cases)), *more)
    for owner, name, stage in (
        (Session, "expected", "oracle"),
        (session, "difference", "comparing"),
        (Remote, "answer", "wire"),
        (Remote, "answers", "wire"),
        (Channel, "receive", "target"),
        (Future, "result", "target"),
        (Remote, "start", "start"),
        (attempt, "shrink", "shrinking"),
        (parts, "certified", "certificate"),
    ):
        setattr(owner, name, clock.timed(stage, getattr(owner, name)))


def run(arguments: list[str]) -> None:
    """Judge, and print the seconds of each stage."""
    clock = Clock()
    watched(clock)
    result = CliRunner().invoke(main, ["check", *arguments, "--jobs", "1"])
    clock.turn("the rest")
    sys.stdout.write(result.output.splitlines()[-1] + "\n\n")
    whole = sum(clock.seconds.values())
    for stage, seconds in sorted(clock.seconds.items(), key=lambda one: -one[1]):
        what = STAGES.get(stage, "")
        sys.stdout.write(f"{stage:12} {seconds:6.2f} s {seconds / whole:5.0%}  {what}\n")


if __name__ == "__main__":
    run(sys.argv[1:] or ["reference"])
