"""Makes the small calls that cases need by few messages, before the cases are judged."""

from collections.abc import Callable, Iterable

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.client import Meanwhile, nothing
from cnnspec.kit.session import Session

Also = Callable[[Session, Case], Case]
"""Gives the calls that judging a case takes beside its own."""


def prepare(
    session: Session,
    cases: Iterable[Case],
    *,
    in_order: bool = False,
    also: Also | None = None,
    meanwhile: Meanwhile = nothing,
) -> None:
    """Make small calls together: those of cases of one call, and of all if made in order.

    also: gives more calls of each case, which are made after its own. meanwhile: is done while the
    target computes, or not at all.
    """
    chosen = [case for case in cases if in_order or len(case) == 1]
    memory = session.memory
    memory.beside = {id(case): (case, also(session, case)) for case in chosen} if also else {}
    known, calls = set[int](), list[Call]()
    for case in chosen:
        _, more = memory.beside.get(id(case), ((), ()))
        if all(map(session.is_quick, (*case, *more))):
            new = (one for one in (*case, *more) if id(one) not in memory.remembered)
            calls += [one for one in new if id(one) not in known]
            known.update(map(id, more))  # several cases may be judged by one call
    calls = [] if session.given_up or session.lost["hung"] else calls  # each might hang twice
    session.charge(calls)
    memory.hold(calls, session.client.answers(calls, meanwhile) if calls else [])
