"""A run from the opening of a target to the end of its report, whoever asked for it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from cnnspec.engine.helpers import Another
from cnnspec.engine.judge import fail, interrupt, judge
from cnnspec.engine.parts import Done
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import TargetError
from cnnspec.kit.certificate import Progress
from cnnspec.kit.clauses import operations_of
from cnnspec.kit.client import Client
from cnnspec.kit.interruption import status_of
from cnnspec.kit.operation import REGISTRY
from cnnspec.spec import WITHOUT_PARAMETERS

EXPECTED = (TargetError, OSError)
"""What may go wrong without being a defect of ours."""


@contextmanager
def kept(report: Report, plan: Plan) -> Iterator[None]:
    """Judge in a block; a signal or a defect of ours that ends it is noted in the report.

    Raises TargetError or OSError.
    """
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        signalled = status_of(error)
        if signalled is not None:
            interrupt(report, plan, signalled)
        elif isinstance(error, EXPECTED):
            raise
        else:  # a defect of ours: keep what was found
            fail(report, plan, error)


def run(
    target: AbstractContextManager[Client],
    plan: Plan,
    report: Report,
    progress: Progress = lambda _text, _part: None,
    done: Done = lambda _result: None,
    another: Another | None = None,
) -> str:
    """Open a target, judge it, and fill in a blank report. another: opens one more client of it.

    Returns what the target wrote to standard error. Raises TargetError. See kept for what else may
    end it.
    """
    with target as client:
        known = operations_of(plan.edition)
        report.offered = [one for one in client.operations if one in known]
        report.inline, report.isolated = client.inline, client.isolated
        judge(client, plan, progress, done, report, another)
        published = "" if plan.edition == "article" else looks_published(client, report)
        if published:
            report.hints.append(published)
        return client.said()


def looks_published(client: Client, report: Report) -> str:
    """A hint if an operation that differs by edition is wrong, but right in edition article."""
    broken = {one.id for one in report.clauses if one.status == "fail"}
    for operation in REGISTRY.values():
        meant, published = (operation.roles.of(one) for one in WITHOUT_PARAMETERS)
        if meant == published or not broken & set(meant):
            continue
        plan = Plan(report.target, "article", budget="quick", only=published, explain=False)
        again = judge(client, plan)
        if {one.status for one in again.clauses} == {"pass"}:
            name = operation.name
            return f"{name} is the article's, as published: it conforms to --edition article"
    return ""
