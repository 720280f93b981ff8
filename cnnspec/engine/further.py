"""Further counterexamples of the clauses of options that deviate.

A clause is judged until a case deviates, and that case is shown. Where options vary, it may hide
other faults of the target. So all cases of such a clause are tried, and those that deviate are told
apart: by the way in which they do, and by what is out of the ordinary in their calls. Those that
nothing simpler explains are made small, confirmed, and shown, the simplest first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cnnspec.engine.attempt import (
    TOGETHER,
    Way,
    attempt,
    is_of_options,
    still_deviates,
    way_of,
)
from cnnspec.engine.causes import inputs_of
from cnnspec.engine.confirm import check_of, judged
from cnnspec.engine.plan import ClauseResult, Counterexample, Plan, counterexample
from cnnspec.engine.report import Report
from cnnspec.engine.seconds import Limit
from cnnspec.engine.shrink import shrink
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.operation import operation_of
from cnnspec.kit.preparing import prepare
from cnnspec.kit.session import Deviation, Session
from cnnspec.operations.catalogue import checks

MOST, TRIES = 4, 8
"""The most further counterexamples of a clause, and how many cases are made small for them."""

SECONDS = 5.0
"""What trying the cases of a clause may take, by the target's pace."""


@dataclass(frozen=True)
class Kind:
    """How a case deviates, and what is out of the ordinary in its last call."""

    way: Way
    features: frozenset[str]

    def explains(self, other: "Kind") -> bool:
        """Whether another one has all that this one has."""
        return self.features <= other.features

    def is_like(self, other: "Kind") -> bool:
        """Whether another one deviates in the same way, and has all that this one has."""
        return self.way == other.way and self.explains(other)

    def is_telling(self, known: Sequence["Kind"]) -> bool:
        """Whether no known one explains this one, or has just the same and deviates otherwise.

        What gives a wrong result raises elsewhere, as where a window does not fit: that tells less.
        """
        every = [one for one in known if one.explains(self)]
        alike = all(one.features == self.features and one.way != self.way for one in every)
        return not every or (alike and self.way != "gives nothing")


Known = Callable[[Kind, Kind], bool]
"""Whether a known kind makes another one known, too."""


@dataclass(frozen=True)
class Failing:
    """A case that deviates, the check that says so, and of which kind it is.

    The features of a case that was made small are those that it had before, too.
    """

    check: Check
    case: Case
    kind: Kind


def add_further(session: Session, plan: Plan, report: Report) -> None:
    """Add further counterexamples to each clause of options that deviates and has no diagnosis.

    A clause in which the target was lost is left as it is; one that hangs is asked no more.
    """
    for result in report.clauses:
        failed = result.status == "fail" and result.counterexample is not None and not result.lost
        if not failed or not is_of_options(result.id) or is_explained(result, report.diagnosis):
            continue
        if session.given_up or session.lost["hung"]:
            return
        found = [*confirmed(session, result, [*small(session, plan, result)])]
        if found:
            result.counterexample, result.message = replace(found[0], features=()), found[0].message
            result.further = tuple(found[1:])


def is_explained(result: ClauseResult, diagnosis: Sequence[Diagnosis]) -> bool:
    """Whether one fault alone does what the target does."""
    return any(result.id in one.clauses and len(one.faults) == 1 for one in diagnosis)


def small(session: Session, plan: Plan, result: ClauseResult) -> Iterator[Failing]:
    """Cases that deviate each in its own way, made small: first those that differ in options."""
    found = [*shown(result, plan), *every(session.anew(), plan, result)]
    known = list[Kind]()
    count = tries = 0
    for known_by in (Kind.explains, Kind.is_like):
        for one in sorted(found, key=simplest):
            if any(known_by(kind, one.kind) for kind in known):
                continue
            if count > MOST or tries > TRIES:
                return
            made = shrunk(session.anew(), plan, one, known, known_by)
            tries += 1
            if made.kind.is_telling(known):
                count += 1
                yield made
            known += [one.kind, made.kind]


def shown(result: ClauseResult, plan: Plan) -> Iterator[Failing]:
    """The counterexample that is shown already."""
    example = result.counterexample
    check = check_of(result.id, example.check, plan.edition) if example else None
    if example is not None and check is not None:
        kind = kind_of(example.case, way_of(example))
        yield Failing(check, example.case, essential(kind, result.original or example.case))


def essential(kind: Kind, before: Case) -> Kind:
    """The kind of a case without what it had not before it was made small."""
    return replace(kind, features=kind.features & frozenset(features_of(before)))


def simplest(one: Failing) -> tuple[int, bool, int]:
    """Sorts cases: of few features, then those that give a result, then of few elements."""
    size = sum(array.size for array in one.case[-1].arrays)
    return len(one.kind.features), one.kind.way == "gives nothing", size


def every(session: Session, plan: Plan, result: ClauseResult) -> Iterator[Failing]:
    """All cases of a clause that deviate, in their plainest form, as far as there is time."""
    limit = Limit(session, SECONDS)
    for check in checks(plan.edition):
        if (check.clause, check.level) != (result.id, result.level) or check.cases is None:
            continue
        rest = iter(check.cases(session))
        while some := list(islice(rest, TOGETHER)):
            if limit.is_over():
                return
            prepare(session, some, in_order=check.in_order, also=check.also)
            session.incidents.judging = check.clause, check.name
            for case in some:
                limit.count(case)
                deviation = attempt(check, session, case, None)
                if deviation is not None:
                    yield failing(check, case, deviation)


def failing(check: Check, case: Case, deviation: Deviation) -> Failing:
    """A case that deviates, in its plainest form, with its kind."""
    case = deviation.plainest or case
    return Failing(check, case, kind_of(case, way_of(deviation)))


def kind_of(case: Case, way: Way) -> Kind:
    """Of which kind a case is that deviates in some way."""
    return Kind(way, frozenset(features_of(case)))


def features_of(case: Case) -> tuple[str, ...]:
    """What is out of the ordinary in the last call of a case."""
    options = operation_of(case[-1]).varied
    return tuple(options.features(case[-1])) if options else ()


def shrunk(
    session: Session, plan: Plan, one: Failing, known: Sequence[Kind], known_by: Known
) -> Failing:
    """The case made small, as long as it deviates in its way and is not known."""
    limit = Limit(session, plan.effort.shrink_seconds)
    last = [one]

    def deviates(case: Case) -> bool:
        limit.count(case)
        deviation = still_deviates(one.check, session, case)
        if deviation is None:
            return False
        found = failing(one.check, case, deviation)
        if found.kind.way != one.kind.way or any(known_by(kind, found.kind) for kind in known):
            return False
        last.append(found)
        return True

    shrink(one.case, deviates, session.edition, limit.is_over)
    return replace(last[-1], kind=essential(last[-1].kind, one.case))


def confirmed(
    session: Session, result: ClauseResult, found: Sequence[Failing]
) -> Iterator[Counterexample]:
    """Those cases that deviate again in a fresh process, in the same way, and are no others."""
    if found and not session.client.restart() and session.client.gone:
        return
    inputs = set[str]()
    for one in found:
        deviation = judged(session, one.check, one.case, result.level)
        if deviation is None or way_of(deviation) != one.kind.way or inputs_of(one.case) in inputs:
            continue
        inputs.add(inputs_of(one.case))
        words = [text for text in features_of(one.case) if text in one.kind.features]
        made = counterexample(one.check.name, one.case, deviation)
        yield replace(made, features=tuple(words))
