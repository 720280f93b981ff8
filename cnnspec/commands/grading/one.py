"""Judges one submission, in a process of its own, and writes what it found."""

import ast
import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cnnspec.commands import drafting, init
from cnnspec.commands.check import in_its_edition, in_its_layouts
from cnnspec.commands.grading import shortcuts, staging
from cnnspec.commands.grading.records import Record, write
from cnnspec.commands.grading.staging import Staged, StagingError
from cnnspec.commands.grading.submissions import Submission
from cnnspec.engine.helpers import alone
from cnnspec.engine.plan import Budget, Plan
from cnnspec.engine.report import blank
from cnnspec.engine.run import kept, run
from cnnspec.kit import interruption
from cnnspec.kit.calls import TargetError
from cnnspec.kit.text import plain
from cnnspec.report import data, feedback
from cnnspec.report.rubric import Rubric
from cnnspec.spec import Edition
from cnnspec.targets import Options, forking, sandbox
from cnnspec.targets.client import opened
from cnnspec.targets.guard import GUARD, Place
from cnnspec.targets.target import Target


@dataclass(frozen=True)
class Settings:
    """How every submission is judged. timeout: seconds of a call. limit: of all of it.

    edition: that of all; None for general where a submission offers an option, else standard.
    adapter: the content of the class's own, if there is one. isolated: whether workers run in a
    sandbox.
    """

    edition: Edition | None = None
    budget: Budget = "quick"
    seed: int = 0
    timeout: float = 5.0
    limit: float = 120.0
    adapter: bytes | None = None
    isolated: bool = False

    def text(self, rubric: Rubric) -> str:
        """All that a judgement depends on, besides the submission."""
        return repr([asdict(self), rubric.judged, rubric.levels, rubric.operations])


def judge(
    submission: Submission, digest: str, settings: Settings, rubric: Rubric, file: Path
) -> None:
    """Judge a submission, and write the record of it; called in a process of its own."""
    alone()
    interruption.HANDLER.first = interruption.HANDLER.number = None
    interruption.install()  # at its time limit it is interrupted, and keeps what it has found
    detach()
    place, began = Place(), time.monotonic()
    made = Record(submission.name, digest, isolated=settings.isolated)
    try:
        staged = staging.stage(submission, place.path, rubric.operations, settings.adapter)
        fill(made, staged, settings, rubric)
    except (TargetError, StagingError, OSError) as error:
        made.problem = plain(reworded(str(error), place.path))
    except KeyboardInterrupt:
        made.problem = "it could not be loaded within its time limit"
    except Exception as error:  # a defect of ours: it is judged anew next time
        made.problem = plain(f"cnnspec failed: {type(error).__name__}: {error}")
        made.digest, made.ours = "", True
    finally:
        with interruption.held():
            made.seconds = round(time.monotonic() - began, 1)
            write(file, made)
            os.chdir("/")
            for server in filter(None, forking.SERVERS.values()):
                server.end()
            place.remove()
            GUARD.stop()


def detach() -> None:
    """Have nothing to do with the terminal: neither its streams nor its width."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.environ.pop("COLUMNS", None)
    os.environ.setdefault("MPLBACKEND", "Agg")  # nobody looks at a window


def reworded(text: str, place: Path) -> str:
    """A message without the place of the private copy, which nobody else sees."""
    return text.replace(f"{place}{os.sep}", "").replace(str(place), "the submission")


def fill(made: Record, staged: Staged, settings: Settings, rubric: Rubric) -> None:
    """Judge a copy, and fill in its record. Raises TargetError or OSError."""
    os.chdir(staged.folder)
    made.file, made.notes = staged.name, [*staged.notes]
    for source in staged.judged:
        made.flags += shortcuts.found(source, staged.sources, rubric.operations)
    within = sandbox.words(staged.folder) if settings.isolated else ()
    options = Options(timeout=settings.timeout, sandbox=within)
    plan = planned(staged, settings, rubric, options, made)
    report = blank(plan)
    with kept(report, plan):
        plan = replace(plan, target=with_layouts(plan, options))
        report.target = plan.target
        if settings.edition is None:
            plan = in_its_edition(plan, options, report)
        run(opened(plan.target, plan.edition, options), plan, report)
    made.late = bool(report.interrupted)
    made.report = data.as_json(report)
    made.page, made.text = feedback.of(report, plan)
    if not report.operations:
        made.problem = "; ".join([*report.problems, *report.look_alikes]) or "nothing was judged"


def planned(
    staged: Staged, settings: Settings, rubric: Rubric, options: Options, made: Record
) -> Plan:
    """What to judge of a copy. Raises OSError."""
    name = staged.file.name
    if not staged.target:
        drafted = draft(staged, rubric.operations, options)
        if drafted:
            made.adapter, name = drafted, str(init.ADAPTER)
    return Plan(
        Target("python", name, ops=rubric.operations),
        settings.edition or "standard",
        rubric.level,
        settings.seed,
        settings.budget,
        only=rubric.judged,
        levels=rubric.levels,
        certify=None if settings.budget == "deep" else 0,
    )


def draft(staged: Staged, wanted: Collection[str], options: Options) -> str:
    """The adapter that is drafted for a file whose names are others; none if it needs none."""
    if len(staged.judged) > 1:
        return ""
    chosen = drafting.chosen(staged.judged[0].tree)
    functions = {o for o, one in chosen.items() if one.name == o and is_function(one)}
    if not set(chosen) & set(wanted) - functions:
        return ""
    patience = replace(options, timeout=min(options.timeout, init.PATIENCE))
    with suppress(drafting.DraftError, TargetError):
        list(init.init(Path(staged.file.name), patience))
        return init.ADAPTER.read_text(encoding="utf-8")
    return ""


def is_function(definition: drafting.Definition) -> bool:
    """Whether a definition is that of a function, and not of a class."""
    return isinstance(definition, ast.FunctionDef)


def with_layouts(plan: Plan, options: Options) -> Target:
    """The target in the layouts that it takes. Raises TargetError."""
    return in_its_layouts(plan, options).target
