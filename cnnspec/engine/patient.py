"""An operation of a target that is to be diagnosed, and what it did on probes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cnnspec.engine import probes
from cnnspec.engine.compare import OPTIONS, PLAIN, same, seen
from cnnspec.engine.facts import Facts, facts_of
from cnnspec.engine.questions import Question
from cnnspec.kit.calls import LOST, Call, Case, Outcome
from cnnspec.kit.client import Client
from cnnspec.kit.fault import Fault, Function, Look, Undefined, base
from cnnspec.kit.history import shapes_of
from cnnspec.kit.operation import REGISTRY, call
from cnnspec.kit.pace import Pace
from cnnspec.kit.plainer import plainer
from cnnspec.kit.session import Session
from cnnspec.kit.settings import BATCH
from cnnspec.spec import Array
from cnnspec.targets import taking_batches
from cnnspec.targets.client import InProcess
from cnnspec.targets.converting import Converting
from cnnspec.targets.memory import KEPT_RESULTS

MOST_SECONDS = 3.0
"""Topics that take longer are not asked for conditions alone."""

MOST_ASKED, FEWEST_ASKED = 200, 60
"""So many questions are asked of an operation for conditions; of a slow one fewer."""

PROMPT = 0.01
"""A target is slow if its simplest call takes more seconds."""

HUNG_ENOUGH = 2
"""A target that hangs on so many probes is not compared any further."""


def alike(operation: str) -> frozenset[str]:
    """The topics with exact grids: there a rounding error tells how a result was computed."""
    return frozenset({PLAIN, *REGISTRY[operation].roles.values.values()})


class TooSlow(Exception):  # noqa: N818  it reads as what it says
    """A target that hangs on too many probes to be compared with fault models."""


@dataclass(frozen=True, eq=False)
class Probe:
    """A case, and what the target and the reference made of its calls."""

    case: Case
    target: list[Outcome]
    right: list[Outcome]

    @cached_property
    def wrong(self) -> bool:
        """Whether the target does something else than the reference."""
        return not same(self.case, self.target, self.right, PLAIN)

    @cached_property
    def facts(self) -> Facts:
        """The facts of the last call."""
        return facts_of(self.case[-1], self.right[-1].value)

    @cached_property
    def raises(self) -> bool:
        """Whether the target gives nothing where the reference gives a result."""
        given = [one.value is not None for one in self.right]
        return all(given) and any(one.kind in ("rejected", *LOST) for one in self.target)


@dataclass
class Patient:
    """One operation of a target, the clauses from which it deviates, and what it did on probes.

    restarting: whether the target is restarted before the probes of each topic. That shows faults
    in which earlier calls count. excused: tells cases on which the target may raise, since that is
    said by itself. asked: what was asked for the constants of models. found: the cases of topics.
    rights: what the reference makes of cases. told: what was asked for conditions. drawn: for a
    probe and its side, the questions that are like it. refuting: plain probes that told some models
    from the target. refuted_by: the probe that told the last one, and its topic.
    """

    session: Session
    operation: str
    failed: Mapping[str, Case | None]
    restarting: bool = False
    topics: dict[str, list[Probe]] = field(default_factory=dict)
    found: dict[str, list[Case]] = field(default_factory=dict)
    hung: int = 0
    excused: Callable[[Probe], bool] | None = None
    asked: dict[tuple[object, ...], Array | None] = field(default_factory=dict)
    rights: dict[Case, list[Outcome]] = field(default_factory=dict)
    told: dict[Call, Probe] = field(default_factory=dict)
    drawn: dict[tuple[Call, bool], list[Question]] = field(default_factory=dict)
    refuting: list[Probe] = field(default_factory=list)
    refuted_by: tuple[Probe, str] | None = None

    def ask(self, *arguments: Array | int) -> Array | None:
        """The result of a call of the operation, or None if it gives no real numbers."""
        made = call(self.operation, *arguments)
        key = tuple((a.shape, a.tobytes()) for a in made.arrays), shapes_of(made)
        if key not in self.asked:
            self.asked[key] = self.session.client.answer(made).value
        value = self.asked[key]
        return value if value is not None and value.dtype.kind in "biuf" else None

    def ask_where_wrong(self, *arguments: Array | int) -> Array | None:
        """The same, of a call with the extents of a probe on which the target is wrong.

        The first array is repeated, the others get zeros at their ends; the result is cut.
        """
        plain = call(self.operation, *arguments)
        wrong = (one.case[0] for one in self.topic(PLAIN) if one.wrong and len(one.case) == 1)
        like = next((one for one in wrong if ranks(one) == ranks(plain)), None)
        if like is None:
            return None
        given = enlarged(plain, like)
        right, y = self.reference.answer(plain).value, self.session.client.answer(given).value
        if right is None or y is None or y.dtype.kind not in "biuf" or y.ndim != right.ndim:
            return None
        return y[tuple(slice(n) for n in right.shape)]

    def topic(self, clause: str) -> list[Probe]:
        """The probes of a clause, or the plain ones, with their outcomes.

        Where earlier calls do not count, those come first on which the target is wrong: they tell
        a model that is not the target's soonest.
        """
        if clause not in self.topics:
            if self.restarting:
                self.session.client.restart()
            self.forget(self.session.client)
            self.topics[clause] = self.kept([self.probed(case) for case in self.cases(clause)])
        return self.topics[clause]

    def cases(self, clause: str) -> list[Case]:
        """The cases of a topic that take no longer than a moment."""
        if clause not in self.found:
            cases = probes.plain(self.session, self.operation)
            if clause == OPTIONS:
                cases = probes.with_options(self.session, self.operation)
            elif clause:
                cases = probes.of_clause(self.session, clause, self.operation)
                cases += [case for case in [self.failed.get(clause)] if case]
            if clause == OPTIONS or clause in self.of_options:
                cases = [plainer(case, self.failed) for case in cases]
            self.found[clause] = [case for case in cases if self.is_comparable(case)]
        return self.found[clause]

    @property
    def of_options(self) -> Collection[str]:
        """The clauses of options in which these vary."""
        varied = REGISTRY[self.operation].varied
        return () if varied is None or self.session.edition != "general" else varied.alone

    def is_comparable(self, case: Case) -> bool:
        """Whether a case takes a moment, and has no form of a setting that the target refuses.

        Nor may it have a second thread where earlier calls count.
        """
        chance = self.restarting and any(one.at_once is not None for one in case)
        if chance or any(map(self.session.refusal, case)):
            return False
        return all(map(self.session.timing.affordable, case))

    def is_quick(self, clause: str) -> bool:
        """Whether all cases of a topic together take a few seconds at the most."""
        seconds = self.session.timing.seconds
        took = sum(seconds(one) for case in self.cases(clause) for one in case)
        return clause in self.topics or took <= MOST_SECONDS

    def kept(self, made: list[Probe]) -> list[Probe]:
        """Probes without those that are excused, in the order in which models are compared."""
        left = [one for one in made if not self.is_excused(one)]
        return left if self.restarting else sorted(left, key=right_later)

    def is_excused(self, probe: Probe) -> bool:
        """Whether the target raises on a probe, and that is said by itself."""
        return self.excused is not None and probe.raises and self.excused(probe)

    def excuse(self, excused: Callable[[Probe], bool]) -> None:
        """Leave out the probes on which the target raises, since that is said by itself."""
        self.excused = excused
        self.topics = {clause: self.kept(made) for clause, made in self.topics.items()}

    def answers(self, case: Case) -> list[Outcome]:
        """What the target makes of a case. Raises TooSlow if it hangs too often."""
        made = [self.session.client.answer(one) for one in case]
        self.hung += any(one.kind == "hung" for one in made)
        if self.hung >= HUNG_ENOUGH:
            raise TooSlow
        return made

    def probed(self, case: Case) -> Probe:
        """A case that is asked anew, with its outcomes."""
        return Probe(case, self.answers(case), self.right(case))

    def note_refuting(self, probe: Probe, clause: str) -> None:
        """Note a probe on which some models failed: others fail there, too."""
        self.refuted_by = probe, clause
        given = len(probe.case) == 1 and probe.target[0].value is not None
        if clause == PLAIN and given and probe not in self.refuting:
            self.refuting.append(probe)

    def once(self, question: Question) -> Probe:
        """A question with its outcomes; the target is asked once, whoever wants to know."""
        if question.call not in self.told:
            self.told[question.call] = self.probed((question.call,))
        return self.told[question.call]

    @property
    def most_asked(self) -> int:
        """How many questions may be asked."""
        pace = self.session.timing.paces.get(self.operation, Pace())
        slow = pace.seconds(1, 0) / PROMPT
        return max(FEWEST_ASKED, int(MOST_ASKED / max(slow, 1.0)))

    def may_ask(self, question: Question) -> bool:
        """Whether a question was asked, or there are not too many yet."""
        return question.call in self.told or len(self.told) < self.most_asked

    def right(self, case: Case) -> list[Outcome]:
        """What the reference makes of a case."""
        if case not in self.rights:
            self.rights[case] = [self.reference.answer(one) for one in case]
        return self.rights[case]

    @cached_property
    def reference(self) -> Client:
        """The reference as a client. In edition general it takes a batch, as targets may."""
        right, edition = base(self.operation, self.session.edition), self.session.edition
        batches = any(one.name == BATCH for one in REGISTRY[self.operation].options)
        return self.client(taking_batches(right) if batches and edition == "general" else right)

    def forget(self, client: Client) -> None:
        """Make a few trivial calls, so that a server keeps only their results."""
        for _ in range(KEPT_RESULTS + 1):
            client.answer(REGISTRY[self.operation].inputs.first()[0])

    def client(self, function: Function) -> Client:
        """A client with a function as the operation; it gets floats in the target's dtype."""
        client, dtype = InProcess({self.operation: function}), self.session.client.dtype
        return Converting(client, dtype) if dtype else client


def ranks(call: Call) -> list[int]:
    """How many axes the arrays of a call have."""
    return [array.ndim for array in call.arrays]


def enlarged(plain: Call, wide: Call) -> Call:
    """A call with extents at least those of another, and its numbers."""
    first, *others = (
        np.zeros([max(pair) for pair in zip(a.shape, b.shape, strict=False)], a.dtype)
        for a, b in zip(plain.arrays, wide.arrays, strict=True)
    )
    x, *small = plain.arrays
    for new, old in zip(others, small, strict=True):
        new[tuple(slice(n) for n in old.shape)] = old
    made = plain.with_arrays([np.resize(x, first.shape).astype(x.dtype), *others])
    numbers = {name: n for name, n in wide.arguments.items() if isinstance(n, int)}
    return made.changed(**numbers)


def right_later(probe: Probe) -> bool:
    """Sorts probes: those on which the target is wrong come first."""
    return len(probe.case) > 1 or not probe.wrong


@np.errstate(all="ignore")
def looks(probe: Probe, client: Client, models: tuple[Fault, ...], clause: str) -> Look | None:
    """How a probe looks: contrary if the target does not do there what the models do.

    Neutral if the reference does the same, telling if it does not. None if the models leave the
    result undefined, or the target declines.
    """
    threads = any(one.at_once is not None for one in probe.case)  # what comes of it is chance
    if any(one.kind == "unsupported" for one in probe.target) or (threads and models[0].stateful):
        return None
    if len(models) == 1 and models[0].alike is not None and clause in alike(models[0].operation):
        return by_its_kind(probe, models[0])
    if models[0].noticed:
        return noticed(probe, models[0], clause)
    outcomes = [client.answer(one) for one in probe.case]
    if any(one.exception[:1] == (Undefined.__name__,) for one in outcomes):
        return None
    if not same(probe.case, probe.target, outcomes, clause):
        return "contrary"
    return "neutral" if same(probe.case, probe.right, outcomes, clause) else "telling"


def by_its_kind(probe: Probe, model: Fault) -> Look:
    """How a probe looks for a fault whose numbers depend on the implementation."""
    if len(probe.case) != 1 or model.alike is None:
        return "contrary"
    (one,), (target,), (right,) = probe.case, probe.target, probe.right
    if target.value is None or right.value is None or target.value.shape != right.value.shape:
        return "contrary"
    if target.value.dtype.kind != "f":
        return "contrary"
    return model.alike(target.value, right.value, *one.arrays)


def noticed(probe: Probe, model: Fault, clause: str) -> Look:
    """How a probe looks for a fault that shows in a flag, while the results are right."""
    flags = {flag for outcome in probe.target for flag in seen(outcome, clause)}
    if flags - {model.noticed} or not same(probe.case, probe.target, probe.right, PLAIN):
        return "contrary"
    return "telling" if flags else "neutral"
