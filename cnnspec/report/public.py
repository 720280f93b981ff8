"""What `cnnspec.check` gives: a report to ask, to print, to assert, and to see in a notebook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cnnspec.engine import report as engine_report
from cnnspec.engine.causes import Cause, causes
from cnnspec.engine.plan import ClauseResult, Counterexample, Plan, Status
from cnnspec.engine.verdict import Verdict, decides, standing
from cnnspec.kit.calls import Case
from cnnspec.kit.clauses import LEVELS, Level
from cnnspec.report import lines, rows, summary
from cnnspec.report.literal import example_code
from cnnspec.spec import Array
from cnnspec.targets.target import Target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAUSES_SHOWN = 3
"""So many causes have a line in the short form."""


@dataclass(frozen=True, eq=False)
class Example:
    """An input that deviates, and what came of it.

    case: the calls, the last of which was judged. code: they as NumPy code. expected, got: arrays,
    or None where there is none, as in what should have been rejected. message: what is wrong.
    """

    case: Case = field(repr=False)
    code: str
    expected: Array | None
    got: Array | None
    message: str


@dataclass(frozen=True, eq=False)
class Clause:
    """What came of a clause at a level.

    status: pass, fail, error (it could not be judged) or absent (there was nothing to judge).
    examples: how many cases were tried. message: what is wrong, or what was not judged.
    counterexample: the smallest input that deviates, where one does. further: more of a clause of
    options, which deviate in other ways.
    """

    id: str
    level: Level
    status: Status
    message: str
    examples: int
    counterexample: Example | None
    further: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Whether a level is right, for itself, and which clauses deviate.

    status: right; wrong; in part, where not all of it could be judged; or not judged.
    """

    status: Literal["right", "wrong", "in part", "not judged"]
    deviating: tuple[str, ...]


class Report:
    """What `cnnspec.check` found.

    It is true if the target conforms: `assert report`. `print(report)` says what was found, and
    `report["C7"]` is what came of a clause.

    verdict: conforms, deviates, in part (nothing deviates, but too little was judged) or not
    judged. levels: for values, core and strict, whether it is right, and which clauses deviate.
    clauses: all of them. deviations: those that fail, first those of values. isolated: False if the
    target ran in this process. seconds: how long it took. tap_maps: what operations that are wrong
    look at, for `cnnspec.figures.taps`.
    """

    def __init__(self, found: engine_report.Report, plan: Plan, beside: lines.Beside) -> None:
        self._found, self._plan, self._beside = found, plan, beside
        self.verdict: Verdict = found.verdict
        self.levels: Mapping[Level, Standing] = {one: standing_at(found, one) for one in LEVELS}
        self.clauses = tuple(clause(one, found.target) for one in found.clauses)
        failing = (one for one in self.clauses if one.status == "fail")
        self.deviations = sorted(failing, key=lambda one: LEVELS.index(one.level))
        self.isolated, self.seconds = found.isolated, found.seconds
        self.tap_maps = tuple(found.tap_maps)

    def __getitem__(self, id_: str) -> Clause:
        """What came of a clause, in large or small letters, at the lowest level that has it."""
        own = [one for one in self.clauses if one.id.lower() == str(id_).lower()]
        if not own:
            known = ", ".join(dict.fromkeys(one.id for one in self.clauses))
            raise KeyError(f"there is no clause {id_!r} in this report; there are {known}")
        return min(own, key=lambda one: LEVELS.index(one.level))

    def __bool__(self) -> bool:
        """Whether the target conforms."""
        return self.verdict == "conforms"

    def __str__(self) -> str:
        """What the command shows."""
        return "\n".join(text for text, _ in lines.of(self._found, self._plan, self._beside))

    def __repr__(self) -> str:
        """The answer in a few lines of 80 columns."""
        return "\n".join(self._short())

    def _short(self) -> Iterator[str]:
        yield from rows.wrapped(summary.first(self._found))
        yield from rows.wrapped(summary.head(self._plan, self._found))
        if not self.isolated:
            yield from rows.wrapped(lines.NOT_ISOLATED, "  ")
        decisive = self._causes()
        for one in decisive[:CAUSES_SHOWN]:
            text = f"  {one.first.id}  {one.first.message}"
            yield text if len(text) <= rows.WIDTH else text[: rows.WIDTH - 1] + "…"
        if len(decisive) > CAUSES_SHOWN:
            yield f"  and {len(decisive) - CAUSES_SHOWN} more"
        yield from rows.wrapped(summary.last(self._found))
        if not self:
            yield "print(report) shows it in full"

    def _causes(self) -> list[Cause]:
        """The causes that decide."""
        level = self._plan.level
        return [one for one in causes(self._found) if decides(one.first, level)]

    def _repr_html_(self) -> str:
        """The page of `cnnspec check --html`, for a notebook."""
        from cnnspec.report import page

        return page.part(self._found, self._plan, self._beside)

    def plot(self, clause: str | None = None) -> "Figure":
        """What was expected, what came, and the difference, as a matplotlib figure.

        clause: one that deviates; by default the first of `deviations` whose numbers can be drawn.
        Where none can be, the time and the share of the bound of every clause. Raises KeyError for
        a clause that is not in the report, ValueError for one without numbers to draw.
        """
        from cnnspec.report import plotted

        if clause is not None:
            return plotted.deviation(self[clause], self._found)
        drawable = [one for one in self.deviations if plotted.can_be(one)]
        return (
            plotted.deviation(drawable[0], self._found)
            if drawable
            else plotted.clauses(self._found)
        )


def clause(result: ClauseResult, target: Target) -> Clause:
    """What a user sees of a clause."""
    example = result.counterexample
    shown = None if example is None else example_of(example, target)
    own = result.id, result.level, result.status, result.message, result.examples
    return Clause(*own, shown, tuple(example_of(one, target) for one in result.further))


def example_of(example: Counterexample, target: Target) -> Example:
    """What a user sees of a counterexample."""
    code = "\n".join(example_code(example, target))
    return Example(example.case, code, example.expected, example.got, example.message)


def standing_at(found: engine_report.Report, level: Level) -> Standing:
    """How a target stands at a level, in a word."""
    own = standing(found, level)
    deviating = tuple(dict.fromkeys(one.id for one in own.deviating))
    if deviating:
        return Standing("wrong", deviating)
    if not own.judged or not found.operations:
        return Standing("not judged", ())
    return Standing("in part" if own.part else "right", ())
