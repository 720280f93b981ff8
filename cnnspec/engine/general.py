"""The part of the matrix for edition general: how targets stand that offer options."""

from dataclasses import dataclass, field, replace

from cnnspec.engine import forms
from cnnspec.engine.judge import judge
from cnnspec.engine.offers import Offer, of_options, offers
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import TargetError
from cnnspec.kit.certificate import Progress
from cnnspec.kit.session import Session
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.editions import of_target
from cnnspec.targets.names import EVERY_EDITION


@dataclass
class General:
    """What is said of a target's options: a report on their clauses, or why there is none.

    offers: by clause, what the target offers of its parameters.
    """

    report: Report | None = None
    offers: dict[str, list[Offer]] = field(default_factory=dict)
    problem: str = ""


def in_general(plan: Plan, options: Options, progress: Progress) -> General | None:
    """Judge the options of a target; None for one that offers none."""
    try:
        ours = plan.target.name in EVERY_EDITION
        if not ours and of_target(plan.target, options) != "general":
            return None
        own = replace(plan, edition="general", only=tuple(of_options()))
        with opened(own.target, own.edition, options) as client:
            report = judge(client, own, progress)
            session = Session(client, own.edition)
            session.uncallable.update(o for o in client.operations if o not in report.operations)
            for operation in report.operations:
                forms.refused(session, operation)
            return General(report, offers(session))
    except TargetError as error:
        return General(problem=str(error))
