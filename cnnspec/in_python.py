"""`cnnspec.check`: judges functions, an object, or a target by its name, and gives a report."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import replace
from typing import Any, get_args

from cnnspec.commands import replay
from cnnspec.engine.first_calls import trivial
from cnnspec.engine.plan import Budget, Plan
from cnnspec.engine.report import blank
from cnnspec.engine.run import kept, run
from cnnspec.kit.calls import LEAST_TIMEOUT, MOST_TIMEOUT, TargetError
from cnnspec.kit.clauses import LEVELS, Level
from cnnspec.kit.clauses import chosen as of_text
from cnnspec.kit.client import Client
from cnnspec.kit.timing import MOMENT
from cnnspec.report.public import Report
from cnnspec.spec import Edition
from cnnspec.targets import Options, editions
from cnnspec.targets.client import opened, start
from cnnspec.targets.given import Given, folders, given, meant
from cnnspec.targets.here import opened_here
from cnnspec.targets.target import Target, named


def check(
    target: object = None,
    /,
    *,
    level: Level = "values",
    edition: Edition | None = None,
    budget: Budget = "default",
    only: str | Iterable[str] = (),
    seed: int = 0,
    timeout: float = 20.0,
    certify: int | None = None,
    pictures: bool | None = None,
    **operations: Callable[..., Any],
) -> Report:
    """Judge an implementation: `cnnspec.check(conv=f, pooling=g)`, or `cnnspec.check(target)`.

    operations: functions by the names conv, relu, pooling and average_pooling. target: an object or
    a module that has them as attributes, or "mycnn.py", "pkg.mod:net", "pytorch". level: what
    decides: values, core (also that invalid input is rejected) or strict. budget: quick, default or
    deep. edition: by default general where a target takes a stride, padding or another parameter,
    else standard. only: the clauses to look at, as in ("C7", "P4"). timeout: seconds that a call
    may take. certify: the largest side of certified images, or 0. pictures: whether the report's
    page shows what the target makes of Chelsea; by default where that takes a moment.

    A function that can be imported runs in another process, as a fresh Python imports it; any other
    in a fork of this one. There a crash or an endless loop is a verdict. What works in neither runs
    in this process, and the report says so. Raises TypeError or ValueError for an argument that is
    none, TargetError for a target that cannot be loaded.
    """
    words = {"level": level, "edition": edition or "standard", "budget": budget}
    checked(words, seed, timeout, certify)
    if pictures not in (None, True, False):
        raise TypeError(f"pictures is True, False or None, and not {pictures!r}")
    what, options = given(target, operations), Options(timeout=timeout, paths=folders())
    edition = edition or edition_of(what, options)
    asked = Plan(
        NOTHING,
        edition,
        level,
        seed,
        budget,
        only=chosen(only, edition),
        certify=certify,
        pictures={None: MOMENT, True: timeout, False: 0.0}[pictures],
    )
    return judged(what, asked, options)


def edition_of(what: Given, options: Options) -> Edition:
    """The edition of what is given, if nobody says it. Raises TargetError."""
    if what.functions is not None:
        return editions.of_functions(what.functions.operations)
    assert what.there is not None  # noqa: S101  for the type checker
    return editions.of_target(what.there, options)


NOTHING = named("")
"""The target of a plan, until it is known how that is reached."""


def judged(what: Given, asked: Plan, options: Options) -> Report:
    """The report on what is given. Raises TargetError, or KeyboardInterrupt."""
    target, client = reached(what, asked.edition, options)
    plan = replace(asked, target=target)
    report, said = blank(plan), ""
    with kept(report, plan):
        said = run(client, plan, report)
    if report.interrupted:
        raise KeyboardInterrupt
    beside = replace(replay.beside(report, options, said), how='level="strict" shows all')
    return Report(report, plan, beside)


def checked(asked: Mapping[str, str], seed: int, timeout: float, certify: int | None) -> None:
    """Raise TypeError or ValueError for a word or a number that is none of those allowed."""
    known = {"level": LEVELS, "edition": get_args(Edition), "budget": get_args(Budget)}
    for name, word in asked.items():
        if word not in known[name]:
            raise ValueError(f"{word!r} is no {name}; {meant(word, known[name])}")
    for name, number in (("seed", seed), ("certify", certify)):
        if number is not None and type(number) is not int:
            raise TypeError(f"{name} is an integer, and not {number!r}")
        if number is not None and number < 0:
            raise ValueError(f"{name} is 0 or more, and not {number}")
    if type(timeout) not in (int, float):
        raise TypeError(f"timeout is a number of seconds, and not {timeout!r}")
    if not LEAST_TIMEOUT <= timeout <= MOST_TIMEOUT:
        raise ValueError(f"timeout {timeout} is not between {LEAST_TIMEOUT} and {MOST_TIMEOUT:g}")


def chosen(only: str | Iterable[str], edition: Edition) -> tuple[str, ...]:
    """The clauses to look at. Raises TypeError or ValueError for one that the edition has not."""
    words = list(only) if isinstance(only, Iterable) and not isinstance(only, str) else [only]
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f'only names clauses, as in ("C7", "P4"), and not {word!r}')
    return of_text(",".join(map(str, words)), edition) if words else ()


def reached(
    what: Given, edition: Edition, options: Options
) -> tuple[Target, AbstractContextManager[Client]]:
    """The target as the report names it, and its client: in a worker, else where it lives."""
    if what.here is None or what.functions is None:
        assert what.there is not None  # noqa: S101  for the type checker
        return what.there, opened(what.there, edition, options)
    if what.there is not None:
        with suppress(TargetError):  # its module imports in this process alone
            return what.there, closing(start(what.there, edition, options))
    first = [call for name in what.functions.operations for call in trivial(name)]
    name = str(what.here)
    return what.here, opened_here(what.functions, name, edition, options.timeout, first)
