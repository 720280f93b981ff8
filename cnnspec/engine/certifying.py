"""What is certified in a run: each operation, and again with its options. A refutation deviates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cnnspec.engine.attempt import attempt, report_failure
from cnnspec.engine.plan import ClauseResult, Plan, Status
from cnnspec.kit.calls import Case
from cnnspec.kit.certificate import Asked, Certificate, Law, Progress, Refutation
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, LEVELS
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Deviation, Session
from cnnspec.kit.taken import taken
from cnnspec.laws.options import covered, names
from cnnspec.operations.catalogue import checks
from cnnspec.spec import WITHOUT_PARAMETERS, Edition

SAID: dict[Status, str] = {
    "fail": "deviates",
    "error": "could not be judged",
    "absent": "was not judged",
}

SHARE = 0.2
"""A certificate may take this part of the seconds of a run: there are up to seven."""

ANY_CALL = ("pairs_of_options", "pairs_of_aspects")
"""Names of checks that judge any call, whatever it is about."""


@dataclass(frozen=True)
class Certifiable:
    """An operation that is certified: with its options, or without them."""

    operation: Operation
    options: bool = False

    @property
    def law(self) -> Law | None:
        """What certifies it."""
        return self.operation.option_law if self.options else self.operation.law

    def blank(self, session: Session) -> Certificate:
        """A certificate that says nothing yet. It covers no clause where there is nothing to do."""
        name = self.operation.name
        if name not in session.offered():
            return Certificate(name, ())
        if not self.options:
            return Certificate(name, self.operation.roles.of(session.edition))
        known = taken(session, self.operation)
        options = names(self.operation, known)
        clauses = covered(self.operation, known) if options else ()
        return Certificate(name, clauses, options=options)


def to_certify(results: list[ClauseResult], plan: Plan) -> Iterator[Certifiable]:
    """What is certified in a run, by the rows that it has: plain operations come first."""
    ids = [one.id for one in results if one.level == LEVELS[0]]
    if plan.side <= 0:
        return
    every = REGISTRY.values()
    plain = [one for one in every if one.law is not None]
    for id_ in ids:
        yield from (Certifiable(one) for one in plain if id_ in one.roles.values.values())
    if plan.edition in WITHOUT_PARAMETERS:
        return
    for one in every:
        if one.option_law and one.varied and not one.varied.alone.keys().isdisjoint(ids):
            yield Certifiable(one, options=True)


def certified(
    what: Certifiable,
    session: Session,
    plan: Plan,
    results: list[ClauseResult],
    tell: Progress,
    done: Callable[[ClauseResult], None],
) -> Certificate | None:
    """Certify an operation if no check found a deviation. A refutation is one, too.

    None where there is nothing to certify. results: of the clauses that are judged.
    """
    blank = what.blank(session)
    if not blank.clauses:
        return None
    bad = against(blank, plan.edition, results)
    if bad:
        blank.refuse(bad)
        return blank
    assert what.law is not None  # noqa: S101  for the type checker
    effort = plan.effort
    every = plan.budget == "deep"
    asked = Asked(plan.side, plan.seed, effort.seconds * SHARE, effort.limit, every=every)
    found, refutation = what.law(session, asked, tell)
    given_up = session.given_up
    if given_up and found.holds:
        found = blank
        found.refuse(given_up)
    if refutation:
        refuted(found, refutation, session, plan, results, done)
    return found


def refuted(
    found: Certificate,
    refutation: Refutation,
    session: Session,
    plan: Plan,
    results: list[ClauseResult],
    done: Callable[[ClauseResult], None],
) -> None:
    """Let the clause deviate that a refutation breaks."""
    clause, case, text = refutation
    if found.options:
        clause, case = blamed(session, plan, refutation)
        found.refuse(f"{clause} deviates")
    own = concerned(relied_on(found, plan.edition), results)
    result = next((one for one in own if one.id == clause), None)
    if result is None and found.options:
        return  # it is judged by no row of this run
    result = result or own[-1]
    judge = check_of(result.id, plan, any_call=bool(found.options))
    report_failure(judge, session, result, plan, (case, Deviation(text)), session.lost["hung"])
    done(result)


def blamed(session: Session, plan: Plan, refutation: Refutation) -> tuple[str, Case]:
    """The clause that a call with options breaks, and the plainest call that breaks it."""
    clause, case, _ = refutation
    before = set(session.incidents.found)
    if attempt(check_of(clause, plan, any_call=True), session, case, None) is None:
        new = [place for place in session.incidents.found if place not in before]
        if new:  # another clause is to blame
            return new[0][0], session.incidents.found.pop(new[0]).case
    return clause, case


def check_of(clause: str, plan: Plan, *, any_call: bool) -> Check:
    """A check of a clause, the first of all. any_call: it judges any call."""
    own = [one for one in checks(plan.edition) if (one.clause, one.level) == (clause, LEVELS[0])]
    return next(one for one in own if not any_call or one.name in ANY_CALL)


def relied_on(one: Certificate, edition: Edition) -> tuple[str, ...]:
    """The clauses that have to pass, so that there is a certificate."""
    plain = REGISTRY[one.operation].roles.of(edition) if one.options else ()
    return (*plain, *one.clauses)


def concerned(ids: tuple[str, ...], results: list[ClauseResult]) -> list[ClauseResult]:
    """The results for the clauses that a certificate is about."""
    return [one for one in results if one.level == LEVELS[0] and one.id in ids]


def against(certificate: Certificate, edition: Edition, results: list[ClauseResult]) -> str:
    """Why there is no certificate, or nothing: all of its clauses are to pass."""
    own = concerned(relied_on(certificate, edition), results)
    return ", ".join(f"{one.id} {SAID[one.status]}" for one in own if one.status != "pass")


def withdraw(
    certificates: list[Certificate], results: list[ClauseResult], edition: Edition
) -> None:
    """Withdraw the certificate of an operation that deviates from what the certificate assumes.

    It assumes that results depend on the arguments alone, and that errors stay within the bound.
    With options, what another check noticed counts, too. The clause of values of any other says
    what is certified, and with options each clause.
    """
    for one in certificates:
        bad = against(one, edition, results) if one.options and one.holds else ""
        if bad:
            one.refuse(bad)
        assumed = {REGISTRY[one.operation].roles.rounding, ARGUMENTS_ALONE}
        for result in results:
            case = result.counterexample.case if result.counterexample else ()
            own = any(call.operation == one.operation for call in case)
            if one.holds and result.status == "fail" and result.id in assumed and own:
                one.refuse(f"{result.id} deviates")
        for result in concerned(one.clauses[0 if one.options else 1 :], results):
            result.certified = one.short if one.holds else ""
