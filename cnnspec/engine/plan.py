"""What to run, with how much effort, and the result for each clause."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.clauses import LEVELS, Level
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Declined, Deviation
from cnnspec.laws.certificate import SIDE
from cnnspec.spec import Array, Edition
from cnnspec.targets.target import Target

Status = Literal["pass", "fail", "error", "absent"]
Budget = Literal["quick", "default", "deep"]


REASONS = 20
"""How many different reasons for not judging a case are counted separately."""


@dataclass(frozen=True)
class Effort:
    """How much is tried in each check: deterministic cases, and drawn examples.

    seconds: what all of them may take by the pace of a slow target, which gets fewer cases then;
    shrink_seconds: the same for making a case smaller. limit: seconds by the clock, after which no
    check gets more than a few cases.
    """

    cases: int
    examples: int
    seconds: float
    limit: float
    shrink_seconds: float = 2.0


EFFORTS: dict[Budget, Effort] = {
    "quick": Effort(cases=45, examples=0, seconds=20, limit=200),
    "default": Effort(cases=1_000_000, examples=0, seconds=60, limit=600),
    "deep": Effort(cases=1_000_000, examples=2_000, seconds=7_200, limit=28_800),
}


SHARED = 10
"""So many examples a check are drawn at least where runs share theirs in a database."""


@dataclass(frozen=True)
class Plan:
    """What to run: see `cnnspec check --help`.

    only, levels: the clauses that are judged, all if there are none, and the levels.
    certify: the largest side of images in the certificates; 0 for no certificates, None for what
    the budget says. database: a folder in which Hypothesis keeps cases that deviated in other runs.
    own_effort: used instead of the budget's effort. explain: whether what fails is diagnosed.
    jobs: how many processes judge, where the target can be opened in each; the report does not
    depend on it. fail_fast: whether the run ends at the first deviation that decides; expected:
    clauses whose deviation does not end it. pace: that of operations whose pace is not measured.
    pictures: the seconds that a call may take which only makes a picture; 0 for no pictures.
    """

    target: Target
    edition: Edition = "standard"
    level: Level = "values"
    seed: int = 0
    budget: Budget = "default"
    examples: int | None = None
    only: tuple[str, ...] = ()
    certify: int | None = None
    complete: bool = False
    database: str | None = None
    own_effort: Effort | None = None
    explain: bool = True
    jobs: int = 1
    fail_fast: bool = False
    expected: tuple[str, ...] = ()
    pace: Mapping[str, Pace] = field(default_factory=dict)
    pictures: float = 0.0
    levels: tuple[Level, ...] = LEVELS

    @property
    def side(self) -> int:
        """The largest side of images in the certificates, 0 for none."""
        if self.certify is not None:
            return self.certify
        return 0 if self.budget == "quick" else SIDE

    @property
    def effort(self) -> Effort:
        """The budget's effort, with the number of examples that was asked for."""
        effort = self.own_effort or EFFORTS[self.budget]
        if self.examples is not None:
            return replace(effort, examples=self.examples)
        return replace(effort, examples=max(effort.examples, SHARED)) if self.database else effort


@dataclass(frozen=True)
class Counterexample:
    """A case that deviates, with what its last call should have given and what it gave.

    accepted: whether the case is invalid input that was not rejected. chain: see Deviation.
    features: what is out of the ordinary in it, in words, if it is a further one (further.py).
    """

    check: str
    case: Case
    message: str
    expected: Array | None
    got: Array | None
    accepted: bool = False
    chain: Case = ()
    features: tuple[str, ...] = ()


def counterexample(check: str, case: Case, deviation: Deviation) -> Counterexample:
    """What a case showed in a check."""
    return Counterexample(
        check,
        case,
        deviation.message,
        deviation.expected,
        deviation.got,
        deviation.accepted,
        deviation.chain,
    )


@dataclass
class ClauseResult:
    """The result for a clause at a level. A seed fixes all of it except seconds.

    declined: how many cases were not judged, by reason. lacking: the reason, if the clause needs
    cases that were not judged. lost: in a word, how the target failed to answer.
    cut: whether not every case was tried, since the target is slow. uncallable: operations that it
    needs and that cannot be called. lacks: operations that it needs and that the target does not
    offer. original: the case that deviates, before it was made small. history: calls that were made
    before it. confirmed: whether the counterexample deviated again in a fresh process. further:
    cases that deviate in other ways, each confirmed.
    """

    id: str
    level: Level
    status: Status = "pass"
    examples: int = 0
    message: str = ""
    counterexample: Counterexample | None = None
    max_bound_share: float | None = None
    declined: Counter[str] = field(default_factory=Counter)
    lacking: str = ""
    lost: str = ""
    cut: bool = False
    known: str = ""
    certified: str = ""
    uncallable: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    original: Case = ()
    history: tuple[Call, ...] = ()
    confirmed: bool = False
    further: tuple[Counterexample, ...] = ()
    seconds: float = 0.0

    def more_examples(self) -> Iterator[tuple[str, Counterexample]]:
        """The further counterexamples, each with a key: C12-values-2, and so on."""
        for number, one in enumerate(self.further, 2):
            yield f"{self.id}-{self.level}-{number}", one

    def decline(self, reason: Declined) -> None:
        """Count a case that was not judged. Only REASONS different reasons are kept."""
        text = str(reason)
        known = text in self.declined or len(self.declined) < REASONS
        self.declined[text if known else "for other reasons"] += 1
        if reason.needed and known:
            self.lacking = self.lacking or text

    def fail(self, check: str, case: Case, deviation: Deviation) -> None:
        """Note a case that deviates."""
        self.status, self.message, self.lost = "fail", deviation.message, deviation.lost
        self.counterexample = counterexample(check, case, deviation)
