"""`cnnspec grade`: judges many submissions, several at a time, and writes points and feedback.

What was found of each is kept in the folder of the results: a run that is interrupted goes on from
there, and a submission is judged again only if it, or what it is judged by, has changed.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cnnspec import __version__
from cnnspec.commands.grading import records, running, staging, submissions
from cnnspec.commands.grading.one import Settings
from cnnspec.commands.grading.records import Record
from cnnspec.commands.grading.running import Task
from cnnspec.kit.text import plain
from cnnspec.report import grades, rubric
from cnnspec.report.grades import Grade
from cnnspec.report.output import show
from cnnspec.report.rubric import Rubric
from cnnspec.targets import sandbox
from cnnspec.targets.guard import Place

RECORDS = "records"
"""The folder of what is kept of each submission, in that of the results."""


@dataclass(frozen=True)
class Asked:
    """What to grade, and where the results go.

    whole: whether the folder is one submission. rubric: a file, or None for the usual points.
    gradescope: whether results.json is written, too. jobs: how many are judged at a time.
    """

    folder: Path
    out: Path
    whole: bool
    rubric: Path | None
    gradescope: bool
    jobs: int


def grade(asked: Asked, settings: Settings, console: Console, errors: Console) -> list[Grade]:
    """Grade all submissions of a folder, and write the results. errors: where progress is shown.

    Raises OSError, NothingToGradeError, RubricError or NoSandboxError, each with a message for the
    user, and KeyboardInterrupt after what was found is written.
    """
    points = rubric.read(asked.rubric, settings.edition)
    found, left = submissions.find(asked.folder, asked.whole, asked.out)
    if settings.isolated:
        try_sandbox()
    kept = asked.out / RECORDS
    kept.mkdir(parents=True, exist_ok=True)
    tasks = [task_of(one, settings, points, kept) for one in found]
    done: dict[str, Record] = {}
    began = time.monotonic()
    try:
        with progress(errors) as bar:
            watched = bar.add_task("", total=len(tasks))
            for task, record in results(tasks, settings, points, asked.jobs, bar):
                done[task.submission.key] = record
                show(console, line(graded(task, record, points)))
                bar.advance(watched)
    finally:
        complete = [
            graded(one, done[one.submission.key], points) for one in tasks if is_in(one, done)
        ]
        edition = settings.edition or "standard (general where options are offered)"
        how = grades.How(settings.budget, settings.seed, settings.isolated, edition, points)
        for file in grades.write(complete, how, asked.out, left, asked.gradescope):
            show(console, f"wrote {plain(str(file))}")
        for text in last(complete, len(tasks), left, settings, time.monotonic() - began):
            show(console, text)
    return complete


def is_in(task: Task, done: dict[str, Record]) -> bool:
    """Whether a submission was judged."""
    return task.submission.key in done


def try_sandbox() -> None:
    """Raise NoSandboxError if there is no sandbox to be had."""
    place = Place()
    try:
        sandbox.probe(place.path)
    finally:
        place.remove()


def progress(errors: Console) -> Progress:
    """A bar, and the time that is left. It has no thread, since processes are forked beside it."""
    columns = (BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("left"))
    disable = not errors.is_terminal
    return Progress(*columns, console=errors, auto_refresh=False, transient=True, disable=disable)


def task_of(
    submission: submissions.Submission, settings: Settings, points: Rubric, folder: Path
) -> Task:
    """What to do for a submission; its digest tells whether it was done already."""
    try:
        content = staging.digest_of(submission)
    except (OSError, staging.StagingError) as error:
        content = ""
        problem = plain(str(error))
    else:
        problem = ""
    text = "\0".join([__version__, content, settings.text(points)])
    digest = sha256(text.encode()).hexdigest()
    return Task(submission, digest, folder / f"{submission.key}.json", problem)


def results(
    tasks: list[Task], settings: Settings, points: Rubric, jobs: int, bar: Progress
) -> Iterator[tuple[Task, Record]]:
    """What came of each submission: of those that were judged before, and then of the others."""
    anew = []
    for task in tasks:
        if task.problem:
            yield task, Record(task.submission.name, "", problem=task.problem)
            continue
        known = records.read(task.file, task.digest)
        if known is None:
            anew.append(task)
        else:
            yield task, known
    yield from running.judged(anew, settings, points, jobs, bar.refresh)


def graded(task: Task, record: Record, points: Rubric) -> Grade:
    """The points of a submission, beside what was found of it."""
    return Grade(task.submission.key, record, rubric.earned(points, record.report))


def line(one: Grade) -> str:
    """One line for a submission that is done."""
    more = f": {one.why}" if one.why else ""
    flagged = "; flagged" if one.record.flags else ""
    text = f"{one.points:g} of {one.most:g}  {one.verdict}{more}{flagged}"
    return plain(f"{plain(one.record.name, 60)}  {text}", 200)


def last(
    done: list[Grade], total: int, left: list[str], settings: Settings, seconds: float
) -> Iterator[str]:
    """What all of it amounts to, in lines."""
    if left:
        names = ", ".join(plain(one, 60) for one in left[:10])
        yield f"not graded, neither .py, .ipynb nor a folder: {names}{' …' * (len(left) > 10)}"
    if len(done) < total:
        graded_ = f"{len(done)} of {total} submissions are graded"
        yield f"interrupted: {graded_}; the same command goes on"
    counts = grades.counts(done)
    yield f"{', '.join(f'{word}: {n}' for word, n in counts.items())} · {seconds:.0f} s"
    if not settings.isolated:
        yield grades.NOT_ISOLATED
