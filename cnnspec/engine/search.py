"""Lets Hypothesis draw the cases of a check, and shrink the first that deviates."""

from contextlib import suppress
from random import Random

import hypothesis
from hypothesis import Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import HypothesisException

from cnnspec.engine.attempt import Failing, attempt, by_chance
from cnnspec.engine.hypotheses import unseen
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.seconds import Limit, Seconds
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.session import Session


def search(
    check: Check, session: Session, result: ClauseResult, plan: Plan, seconds: Seconds
) -> Failing | None:
    """Let Hypothesis draw cases, and shrink the first that deviates."""
    assert check.strategy is not None  # noqa: S101  for the type checker
    found: list[Failing] = []
    seeded = Random(plan.seed)  # noqa: S311  no secret
    examples = min(plan.effort.examples, seconds.cases(check))
    if not examples:
        return None
    limit = Limit(session, plan.effort.shrink_seconds)

    def deviates(case: Case) -> bool:
        if limit.is_over() if found else seconds.over:
            return False
        if found:
            limit.count(case)
        deviation = attempt(check, session, case, None if found else result)
        if deviation is None or by_chance(check, session, case, deviation, plan):
            return False
        found.append((case, deviation))
        result.fail(check.name, case, deviation)  # kept if the run is interrupted
        return True

    with unseen(), suppress(HypothesisException):  # NoSuchExample, and what is flaky
        hypothesis.find(
            check.strategy(session),
            deviates,
            settings=settings(
                max_examples=examples,
                database=DirectoryBasedExampleDatabase(plan.database) if plan.database else None,
                deadline=None,
                derandomize=False,
                phases=(Phase.reuse, Phase.generate, Phase.shrink),
                verbosity=Verbosity.quiet,
            ),
            random=None if plan.database else seeded,  # Hypothesis stores nothing of seeded draws
            database_key=f"{check.clause}/{check.name}/{plan.edition}".encode(),
        )
    return found[-1] if found else None
