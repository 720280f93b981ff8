"""`cnnspec faults`: which check kills which fault model, after how many cases."""

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context, parent_process

from cnnspec.engine import telling
from cnnspec.engine.attempt import TOGETHER, steps
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.plan import ClauseResult, Effort, Plan
from cnnspec.engine.seconds import shared
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import clauses
from cnnspec.kit.fault import Fault, Function
from cnnspec.kit.kept import Kept
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Session
from cnnspec.kit.timing import Timing
from cnnspec.operations.catalogue import checks, faults
from cnnspec.spec import Edition
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

PATIENT = Effort(cases=1_000_000, examples=25, seconds=1e4, limit=1e4, shrink_seconds=0)
"""Every deterministic case; what is asked is whether a check fails, not how small its case is."""


@dataclass(frozen=True)
class Trial:
    """What one check made of one fault. cases: how many it took, or how many it tried in vain."""

    fault: str
    clause: str
    check: str
    killed: bool
    cases: int
    seconds: float


def trials(fault: Fault) -> list[Trial]:
    """What each check of the clauses that a fault breaks makes of it.

    Those that tell most go first. Once one has killed the fault, the others of its clause are
    ended where they cannot be the first to kill it any more.
    """
    edition, made = fault.edition, list[Trial]()
    most: dict[str, int] = {}
    for one in sorted(checks(edition), key=telling.place):
        if concerns(one, fault):
            made.append(tried(fault, one, edition, most.get(one.clause)))
            if made[-1].killed:
                cases = max(TOGETHER, made[-1].cases)  # the order of checks is made from so many
                most[one.clause] = min(most.get(one.clause, cases), cases)
    ours = [one.name for one in checks(edition)]
    return sorted(made, key=lambda trial: ours.index(trial.check))


def concerns(check: Check, fault: Fault) -> bool:
    """Whether a check is of a clause that a fault breaks, and looks at its operation."""
    return check.clause in fault.clauses and (
        not check.operations or fault.operation in check.operations
    )


def tried(fault: Fault, check: Check, edition: Edition, most: int | None = None) -> Trial:
    """Run one check on one fault. most: the cases after which it is ended, if it is."""
    start = time.perf_counter()
    names = check.operations or (fault.operation,)

    def made() -> dict[str, Function]:
        """A fresh target, with the operations that the check looks at."""
        return {name: one for name, one in fault.operations(edition).items() if name in names}

    client = InProcess(made(), made)
    session = Session(client, edition, timing=Timing(dict.fromkeys(names, Pace())))
    smoke(session, fault.operation, paced=False)
    result = ClauseResult(check.clause, check.level)
    plan = Plan(named(fault.id), edition, own_effort=PATIENT)
    own = with_kept_cases(check, session)
    for _ in steps(own, session, result, plan, shared(session, plan, time.monotonic())):
        if most is not None and result.examples >= most and result.status != "fail":
            break
    noticed = {clause for clause, _ in session.incidents.found}
    killed = result.status == "fail" or check.clause in noticed
    seconds = time.perf_counter() - start
    return Trial(fault.id, check.clause, check.name, killed, result.examples, seconds)


KEPT: dict[tuple[object, ...], Iterable[Case]] = {}
"""The cases of checks, by all that they depend on here: they are the same for many fault models."""

MOST_KEPT = 40
"""The cases of so many checks: more than models of one operation have, which come in a row."""


def with_kept_cases(check: Check, session: Session) -> Check:
    """A check whose cases are made once for all sessions that are alike."""
    if check.cases is None:
        return check
    make, bits = check.cases, sorted(session.significand.items())
    options = [(name, *taken) for name, taken in session.client.options.items()]
    named = check.clause, check.level, check.name, session.edition
    key = (*named, *bits, *session.offered(), *options)

    def cases(session: Session) -> Iterable[Case]:
        if key not in KEPT:
            KEPT[key] = Kept(make(session))
            if len(KEPT) > MOST_KEPT:
                del KEPT[next(iter(KEPT))]
        return KEPT[key]

    return replace(check, cases=cases)


def of(name: str) -> list[Trial]:
    """The trials of a fault, by its id."""
    return trials(next(fault for fault in faults() if fault.id == name))


def by(check: str) -> list[Trial]:
    """The trials of a check, by its name, on one fault after another until it kills one.

    A fault of another edition is tried in one of the check's.
    """
    one = next(one for one in checks() if telling.name(one) == check)
    made: list[Trial] = []
    for fault in faults():
        if concerns(one, fault):
            edition = fault.edition if fault.edition in one.editions else one.editions[0]
            made.append(tried(fault, one, edition))
            if made[-1].killed:
                break
    return made


def found() -> Iterator[tuple[str, list[Trial]]]:
    """The trials of every fault by its id, in parallel over the cores, as they are done.

    Behind them come those of the checks that killed nothing before they were ended.
    """
    pool = ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=end_with_parent)
    try:
        futures = {pool.submit(of, fault.id): fault.id for fault in faults()}
        results: list[Trial] = []
        for future in as_completed(futures):
            results += future.result()
            yield futures[future], future.result()
        for future in as_completed([pool.submit(by, telling.name(one)) for one in idle(results)]):
            for trial in future.result():
                yield trial.fault, [trial]
    except BaseException:  # a signal: nothing is left behind
        for child in active_children():
            child.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def idle(results: list[Trial]) -> list[Check]:
    """The checks that kill nothing."""
    killers = {(trial.clause, trial.check) for trial in results if trial.killed}
    return [one for one in checks() if (one.clause, one.name) not in killers]


def end_with_parent() -> None:
    """Have this process end when its parent does, and not by a signal that is meant for that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def survivors(results: list[Trial]) -> Iterator[str]:
    """What is wrong: a fault that a clause of its own lets pass, a check that kills nothing."""
    killed = {(trial.fault, trial.clause) for trial in results if trial.killed}
    for fault in faults():
        of_edition = (c for c in fault.clauses if fault.edition in clauses()[c].editions)
        for clause in of_edition:
            if (fault.id, clause) not in killed:
                yield f"{fault.id} survives the checks of {clause}"
    for one in idle(results):
        yield f"the check {one.name} of {one.clause} kills no fault model"


def ranked() -> Iterator[str]:
    """The checks in the order in which they try their first cases."""
    yield f"{'the first cases of':<52}{'tell first':>10}"
    for check, count in telling.known().items():
        yield f"{check.replace('_', ' '):<52}{count:>10}"


def lines(results: list[Trial]) -> Iterator[str]:
    """The table: for each fault and clause, the check that kills it first, cases and time."""
    yield f"{'fault':<44}{'clause':<8}{'first killed by':<28}{'cases':>6}{'seconds':>9}"
    for fault, clause in dict.fromkeys((trial.fault, trial.clause) for trial in results):
        ours = [t for t in results if (t.fault, t.clause) == (fault, clause)]
        best = min(ours, key=lambda trial: (not trial.killed, trial.cases))
        name = best.check.replace("_", " ") if best.killed else "SURVIVES"
        yield f"{fault:<44}{clause:<8}{name:<28}{best.cases:>6}{best.seconds:>9.2f}"
