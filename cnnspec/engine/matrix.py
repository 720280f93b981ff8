"""`cnnspec matrix`: many targets side by side, clause by clause."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources

from cnnspec.engine.general import General, in_general
from cnnspec.engine.judge import judge
from cnnspec.engine.observe import observe
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import Call, TargetError
from cnnspec.kit.operation import REGISTRY, dimensions_of
from cnnspec.kit.session import Session
from cnnspec.targets import Options, names
from cnnspec.targets.client import opened
from cnnspec.targets.target import named


@dataclass
class Row:
    """One target in one dtype: its report and what was observed, or why there is none.

    others: further dtypes of floats that the target takes. general: how its options stand, if it
    offers any and that was asked for.
    """

    target: str
    dtype: str = "any"
    others: tuple[str, ...] = ()
    report: Report | None = None
    observed: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    general: General | None = None


@dataclass(frozen=True)
class Known:
    """A public report of a deviation: of which target and clause, and where."""

    target: str
    clause: str
    link: str
    text: str


Done = Callable[[Row], None]
Progress = Callable[[str, str, float], None]


def run(
    targets: list[str],
    plan: Plan,
    options: Options,
    pythons: Mapping[str, str],
    progress: Progress,
    done: Done,
    *,
    with_options: bool = False,
) -> None:
    """Judge and observe each target in a process of its own, in float64 and in float32.

    A target that is lost does not end the run. pythons: the interpreter of a target, by its name.
    done is told of each row. with_options: whether options are judged besides, where there are any.
    """
    for target in targets:
        own = replace(options, python=pythons.get(target, options.python))
        its = replace(plan, target=named(target))
        first = whole(its, own, progress, with_options)
        done(first)
        for dtype in first.others if options.dtype is None else ():
            done(whole(its, replace(own, dtype=dtype), progress, with_options))


def whole(plan: Plan, options: Options, progress: Progress, with_options: bool) -> Row:
    """Judge a target in the edition of the matrix, and its options, if that is asked for."""
    found = row(plan, options, progress)
    if with_options and found.report is not None:
        target = str(plan.target)
        found.general = in_general(plan, options, lambda text, part: progress(target, text, part))
    return found


def row(plan: Plan, options: Options, progress: Progress) -> Row:
    """Judge and observe one target."""
    target = str(plan.target)
    try:
        with opened(plan.target, plan.edition, options) as client:
            dtype = options.dtype or "".join(client.dtypes[:1]) or "any"
            others = tuple(one for one in client.dtypes[1:] if one in WIDTHS)
            report = judge(client, plan, lambda text, part: progress(target, text, part))
            session = Session(client, plan.edition)
            session.uncallable.update(o for o in REGISTRY if o not in report.operations)
            progress(target, "what is not specified", 0.0)
            return Row(target, dtype, others, report, observe(session))
    except TargetError as error:
        return Row(target, problem=str(error))


WIDTHS = ("float64", "float32")
"""The dtypes that have rows of their own."""


def installed(pythons: Mapping[str, str]) -> list[str]:
    """The reference, and every runtime that is installed here or has a Python of its own."""
    return ["reference", *(n for n in names.RUNTIMES if n in pythons or names.about(n))]


def cell(result: ClauseResult) -> str:
    """One or two words for a clause."""
    if result.status == "absent":
        return "-"
    if result.status == "error":
        return "error"
    if result.status == "fail":
        example = result.counterexample
        return (result.lost or "FAIL") + (large(example.case[-1]) if example else "")
    if result.max_bound_share is not None:
        return f"pass {result.max_bound_share:.2f}"
    return "pass (in part)" if result.cut else "pass"


SMALL = 6
"""The cell names the dimensions of a deviating input if one of them is larger than this."""


def large(call: Call) -> str:
    """The dimensions of an input, the smallest that was found to deviate; nothing if small."""
    size = dimensions_of(call)
    if max(size.values(), default=0) <= SMALL or size.keys() < {"H", "W"}:
        return ""
    extent = "x".join(str(size[key]) for key in "HWC" if key in size)
    return f" at {extent}" + "".join(f", {key}={size[key]}" for key in "NKST" if key in size)


def known() -> list[Known]:
    """Public reports of deviations of well-known runtimes."""
    text = resources.files("cnnspec.report").joinpath("known.toml").read_text(encoding="utf-8")
    return [Known(**entry) for entry in tomllib.loads(text).get("report", [])]
