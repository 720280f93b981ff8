"""`cnnspec explain`: a clause, its checks and an example; generated, not typed."""

import textwrap
from collections.abc import Iterator
from doctest import DocTestParser
from importlib import import_module
from itertools import islice
from typing import get_args

from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import Clause, clauses
from cnnspec.kit.client import NoTarget
from cnnspec.kit.example import Example, typed
from cnnspec.kit.operation import broken, expected
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks, examples, faults
from cnnspec.report.literal import case_code, written
from cnnspec.report.rows import width
from cnnspec.spec import CHAPTERS, Edition

SOME = 8
"""So many of the faults that a clause catches are shown."""

AMONG = 40
"""The example of a check is one of this many first cases."""


def wrapped(text: str, first: str = "  ", others: str = "    ") -> list[str]:
    """A text in lines that fit. Code stays valid, since it breaks within brackets."""
    if len(first + text) <= width():
        return [first + text]
    return textwrap.wrap(
        text, width(), initial_indent=first, subsequent_indent=others, break_long_words=False
    )


def listed() -> Iterator[str]:
    """A few lines for each clause."""
    for clause in clauses().values():
        editions = f" [{', '.join(clause.marks)}]" if clause.marks else ""
        strict = " [strict]" if clause.level == "strict" else ""
        text = f"{clause.operation}{editions}{strict}: {clause.text}"
        yield from wrapped(text, f"{clause.id:<4} ", "     ")


def explained(clause: Clause) -> Iterator[str]:
    """Sentence, edition, level, checks, a worked example, and the faults that it catches."""
    editions = " and ".join(clause.editions)
    head = f"{clause.id} · {clause.operation} · edition {editions} · level {clause.level}"
    yield from wrapped(head, "")
    yield ""
    yield from wrapped(clause.text, others="  ")
    yield ""
    yield "Checks:"
    own = [one for one in checks() if one.clause == clause.id]
    for one in own:
        level = f" (level {one.level})" if one.level != clause.level else ""
        yield from wrapped(f"{one.name.replace('_', ' ')}{level}: {one.doc}")
        yield from wrapped(f"witness: {one.witness}", "    ", "      ")
    yield ""
    yield "Example:"
    if clause.id in examples():
        yield from worked(examples()[clause.id])
    else:
        for line in example(own, clause):
            yield from wrapped(line, others="      ")
    caught = [fault for fault in faults() if clause.id in fault.clauses]
    if caught:
        yield ""
        yield "Catches, for instance:"
    for fault in sorted(caught, key=lambda fault: fault.general)[:SOME]:
        yield from wrapped(f"{fault.id}: {fault.sentence}")
    if len(caught) > SOME:
        yield from wrapped(f"and {len(caught) - SOME} more; `cnnspec faults` lists all")


def worked(one: Example) -> Iterator[str]:
    """The worked example of a clause: prose and code."""
    for part in one.parts:
        if isinstance(part, str):
            for paragraph in part.strip().split("\n\n"):
                yield ""
                yield from wrapped(" ".join(paragraph.split()), others="  ")
            yield ""
        else:
            yield from (f"  {line}" for line in typed(part))


def example(own: list[Check], clause: Clause) -> Iterator[str]:
    """Where nobody wrote an example: a rejected case, if the clause is about invalid input.

    Else the example of the chapter, or the shortest case.
    """
    edition = clause.editions[0]
    cases = cases_of(own, edition)
    if cases and all(broken(call, edition) for call in cases[0]):
        yield from case_code(cases[0])
        yield "# is rejected"
        return
    worked = list(of_chapter(clause.operation))
    yield from worked
    if cases and not worked:
        case = min(cases, key=lambda case: len("".join(case_code(case))))
        yield from case_code(case)
        yield f"# gives {written(expected(case[-1], edition))}"


def cases_of(own: list[Check], edition: Edition) -> list[Case]:
    """The first cases of the first check that has some."""
    session = Session(NoTarget(), edition)
    made = (list(islice(one.cases(session), AMONG)) for one in own if one.cases is not None)
    return next(filter(None, made), [])


def of_chapter(operation: str) -> Iterator[str]:
    """The example that the book works in the chapter of an operation, if there is one."""
    if operation in CHAPTERS:
        text = import_module(f"cnnspec.spec.{operation}").__doc__ or ""
        for one in DocTestParser().get_examples(text):
            yield from f">>> {one.source}".splitlines()
            yield from one.want.splitlines()


def matrix() -> Iterator[str]:
    """The table clause by check by witness."""
    yield f"{'clause':<7}{'level':<8}{'editions':<18}{'check':<28}witness"
    for one in checks():
        editions = "all" if one.editions == get_args(Edition) else ", ".join(one.editions)
        name = one.name.replace("_", " ")
        row = f"{one.clause:<7}{one.level:<8}{editions:<18}{name:<28}"
        yield from wrapped(row + one.witness, "", "       ")
    unchecked = set(clauses()) - {one.clause for one in checks()}
    if unchecked:
        yield f"without a check: {', '.join(sorted(unchecked))}"
