"""Statements that reject invalid input, to be pasted at the start of an operation."""

from collections.abc import Iterator, Sequence

from cnnspec.engine.causes import Cause
from cnnspec.engine.report import Report
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.kit.operation import REGISTRY, Guard
from cnnspec.spec import Edition

INDENT = "    "


def guards(cause: Cause, report: Report) -> Iterator[str]:
    """Statements against the invalid input that an operation accepts.

    They are about the layouts of the book, and about an operation's own arguments: for others, and
    for options, cnnspec.adapt has guards of its own.
    """
    if cause.operation in dict(report.target.layouts):
        yield f"{INDENT}to reject it, adapt {cause.operation} by cnnspec.adapt, with guard=True"
        return
    known = known_guards(cause.operation, report.edition, report.options.get(cause.operation, ()))
    broken = {one.id for one in cause.results}
    wanted = [one for one in known if one in broken]
    if all(clauses()[one].operation == EVERY for one in broken):  # invalid in more than one way
        wanted = list(known)
    if wanted:
        where = f"{cause.operation} (in cnnspec.adapt: guard=True)"
        yield f"{INDENT}to reject it, paste at the start of {where}:"
        for clause in wanted:
            condition, message = known[clause]
            for line in f"if {condition}:  # {clause}".splitlines():
                yield f"{INDENT}  {line}"
            yield f'{INDENT}      raise ValueError("{message}")'
    options = [one for one in sorted(broken) if clauses()[one].editions == ("general",)]
    if options:
        named = f"{' and '.join(options)}: cnnspec.adapt, with parameters and guard=True"
        yield f"{INDENT}to reject what breaks {named}"


def known_guards(operation: str, edition: Edition, options: Sequence[str]) -> dict[str, Guard]:
    """The conditions that invalid calls meet, by the clauses of an edition.

    options: those that the function takes; conditions may speak of them, and of no others.
    """
    roles = REGISTRY[operation].roles
    known = {one: each for one, each in roles.guards.items() if edition in clauses()[one].editions}
    if edition == "general":
        for option, changed in roles.guards_with.items():
            known |= changed if option in ("", *options) else {}
    return known
