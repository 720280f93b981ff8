"""Judges many submissions, so many at a time, each in a process of its own with a time limit."""

import contextlib
import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from cnnspec.commands.grading import records
from cnnspec.commands.grading.one import Settings, judge
from cnnspec.commands.grading.records import Record
from cnnspec.commands.grading.submissions import Submission
from cnnspec.engine.helpers import FORKS
from cnnspec.report.rubric import Rubric

GLANCE = 0.25
"""Seconds between two looks at the clock, and at what has ended."""

GRACE = 15.0
"""Seconds in which a judge whose time is over writes what it has found."""


@dataclass(frozen=True)
class Task:
    """A submission to judge. file: where its record goes. problem: why it cannot be judged."""

    submission: Submission
    digest: str
    file: Path
    problem: str = ""


@dataclass
class Judging:
    """A process that judges. end: when its time is over, by the monotonic clock."""

    task: Task
    process: BaseProcess
    end: float
    told: bool = False


def judged(
    tasks: list[Task], settings: Settings, rubric: Rubric, jobs: int, look: Callable[[], None]
) -> Iterator[tuple[Task, Record]]:
    """Judge submissions; what came of each, as soon as it is known. look: called all the while."""
    waiting, under_way = tasks[::-1], dict[int, Judging]()
    try:
        while waiting or under_way:
            while waiting and len(under_way) < jobs:
                one = started(waiting.pop(), settings, rubric)
                under_way[one.process.sentinel] = one
            for sentinel in wait([*under_way], GLANCE):
                assert isinstance(sentinel, int)  # noqa: S101  for the type checker
                one = under_way.pop(sentinel)
                yield one.task, outcome(one)
            for one in under_way.values():
                keep_time(one)
            look()
    finally:
        for one in under_way.values():
            one.process.kill()  # its watchdog ends what it has started
            one.process.join()


def started(task: Task, settings: Settings, rubric: Rubric) -> Judging:
    """Start the process that judges a submission."""
    fork = multiprocessing.get_context("fork").Process
    make = fork if FORKS else multiprocessing.get_context("spawn").Process
    with contextlib.suppress(OSError):
        task.file.unlink()  # of an earlier submission
    arguments = (task.submission, task.digest, settings, rubric, task.file.absolute())
    process = make(target=judge, args=arguments, daemon=True)
    with warnings.catch_warnings():
        # Python warns of a fork beside threads, which libraries may have; see helpers.py.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return Judging(task, process, time.monotonic() + settings.limit)


def keep_time(one: Judging) -> None:
    """Interrupt a judge whose time is over; if that does not end it, kill it."""
    now, pid = time.monotonic(), one.process.pid
    if now > one.end + GRACE:
        one.process.kill()
    elif now > one.end and not one.told and pid is not None:
        one.told = True
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGINT)


def outcome(one: Judging) -> Record:
    """What a judge has written, or that it has written nothing."""
    one.process.join()
    status, name = one.process.exitcode, one.task.submission.name
    one.process.close()
    for digest in (one.task.digest, ""):
        found = records.read(one.task.file, digest)
        if found is not None:
            return found
    if one.told:
        return Record(name, "", problem="it could not be judged within its time limit", late=True)
    return Record(name, "", problem=f"the judge ended with status {status}", ours=True)
