"""What a run found."""

from dataclasses import dataclass, field

from cnnspec.engine.impulses import TapMap
from cnnspec.engine.pictures import Picture
from cnnspec.engine.plan import Budget, ClauseResult, Plan
from cnnspec.engine.suggestion import Diagnosis, Separation
from cnnspec.engine.verdict import Place, Verdict, decides
from cnnspec.kit.aspects import Met
from cnnspec.kit.certificate import Certificate
from cnnspec.kit.clauses import Level
from cnnspec.kit.pace import Pace
from cnnspec.spec import Edition
from cnnspec.targets.target import Layout, Target


@dataclass
class Report:
    """What a run found.

    about: the target's own name and version. dtype: the widest dtype of floats that it was given,
    or None if there is no limit. offered: the target's operations; operations: those of them that
    can be called. hints: what the target looks like. problems: why something could
    not be judged. uncallable: for each operation that cannot be called, its problem.
    certificates: what is certified of each operation, or why nothing is. stale: known deviations
    that no longer deviate. diagnosis: the fault models that behave as the target does. separations:
    where operations fail that no model explains. tap_maps:
    what a wrong operation does with its input. interrupted: the exit status of a run that a signal
    ended, else 0. pending: the clause that is being judged. inline: whether a program gets its
    arrays behind the lines, not in files. complete: whether all must be judged to conform.
    ended: whether the run ended at a deviation, since that was asked for.
    look_alikes: what looks like an operation and is not judged. in_float32: operations that give
    float32 for float64. layouts: those that operations take which raise in the book's.
    adapted: the same, and those of the other operations that take the same images.
    excused: where a deviation does not count for the exit status, if that was asked for.
    isolated: whether the target ran in another process. pairs: for each operation, which levels of
    its aspects met in calls that were judged. pace: of each operation, by which a slow target was
    asked less. pictures: what the target made of Chelsea, if that was asked for. observed: what it
    makes of what the clauses of options leave open, by question.
    """

    target: Target
    edition: Edition
    level: Level
    seed: int
    budget: Budget
    about: str = ""
    dtype: str | None = None
    offered: list[str] = field(default_factory=list)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    operations: list[str] = field(default_factory=list)
    clauses: list[ClauseResult] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    uncallable: dict[str, str] = field(default_factory=dict)
    verdict: Verdict = "not judged"
    complete: bool = False
    ended: bool = False
    look_alikes: list[str] = field(default_factory=list)
    in_float32: list[str] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    adapted: dict[str, Layout] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: int = 0
    pending: ClauseResult | None = None
    inline: bool = False
    isolated: bool = True
    stale: list[str] = field(default_factory=list)
    excused: frozenset[Place] | None = None
    certificates: list[Certificate] = field(default_factory=list)
    diagnosis: list[Diagnosis] = field(default_factory=list)
    separations: list[Separation] = field(default_factory=list)
    tap_maps: list[TapMap] = field(default_factory=list)
    pairs: list[Met] = field(default_factory=list)
    pace: dict[str, Pace] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    observed: dict[str, str] = field(default_factory=dict)

    def judged(self, level: Level) -> list[ClauseResult]:
        """The clauses that decide at a level: its own and those of the levels before."""
        return [one for one in self.clauses if decides(one, level)]


def blank(plan: Plan) -> Report:
    """An empty report for a plan."""
    found = Report(plan.target, plan.edition, plan.level, plan.seed, plan.budget)
    found.complete = plan.complete
    return found
