"""`cnnspec faults`: which check kills which fault model, after how many cases."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process

from cnnspec.engine import telling
from cnnspec.engine.attempt import run_check
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.plan import ClauseResult, Effort, Plan
from cnnspec.engine.seconds import shared
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import clauses
from cnnspec.kit.fault import Fault, Function
from cnnspec.kit.session import Session
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
    """What each check of the clauses that a fault breaks makes of it."""
    edition = fault.edition
    return [
        tried(fault, one, edition)
        for one in checks(edition)
        if one.clause in fault.clauses and (not one.operations or fault.operation in one.operations)
    ]


def tried(fault: Fault, check: Check, edition: Edition) -> Trial:
    """Run one check on one fault."""
    start = time.perf_counter()
    names = check.operations or (fault.operation,)

    def made() -> dict[str, Function]:
        """A fresh target, with the operations that the check looks at."""
        return {name: one for name, one in fault.operations(edition).items() if name in names}

    client = InProcess(made(), made)
    session = Session(client, edition)
    smoke(session, fault.operation)
    result = ClauseResult(check.clause, check.level)
    plan = Plan(named(fault.id), edition, own_effort=PATIENT)
    run_check(check, session, result, plan, shared(session, plan, time.monotonic()))
    noticed = {clause for clause, _ in session.incidents.found}
    killed = result.status == "fail" or check.clause in noticed
    seconds = time.perf_counter() - start
    return Trial(fault.id, check.clause, check.name, killed, result.examples, seconds)


def of(name: str) -> list[Trial]:
    """The trials of a fault, by its id."""
    return trials(next(fault for fault in faults() if fault.id == name))


def found() -> Iterator[tuple[str, list[Trial]]]:
    """The trials of every fault by its id, in parallel over the cores, as they are done."""
    pool = ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=end_with_parent)
    try:
        futures = {pool.submit(of, fault.id): fault.id for fault in faults()}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BaseException:  # a signal: nothing is left behind
        for child in active_children():
            child.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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
    killers = {(trial.clause, trial.check) for trial in results if trial.killed}
    for one in checks():
        if (one.clause, one.name) not in killers:
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
