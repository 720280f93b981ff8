"""A block of text for each cause of deviations: what breaks, why, and how to see it again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from textwrap import shorten

from cnnspec.engine.causes import Cause, causes
from cnnspec.engine.impulses import TapMap
from cnnspec.engine.plan import ClauseResult, Counterexample
from cnnspec.engine.report import Report
from cnnspec.engine.suggestion import Diagnosis, Separation
from cnnspec.engine.verdict import decides
from cnnspec.kit.clauses import clauses
from cnnspec.report.grids import side_by_side
from cnnspec.report.guards import INDENT, guards
from cnnspec.report.literal import example_code, pasted
from cnnspec.report.rows import WIDTH, title, wrapped
from cnnspec.report.summary import ids
from cnnspec.targets.target import Target

MOST = WIDTH - len(INDENT) - 2


def deviations(
    report: Report,
    replays: Mapping[str, str],
    verbose: bool = False,
    how: str = "-v shows all",
) -> Iterator[str]:
    """Every cause that decides, in full; then the others in short, or in full where verbose.

    What is known is left out: see known. replays: how to replay each clause and level; code is
    shown instead for those that it lacks. how: what shows the others in full.
    """
    found = list(parts(causes(report), known=False))
    decisive = [one for one in found if verbose or decides(one.first, report.level)]
    for one in decisive:
        yield ""
        yield from block(one, replays, report)
    others = [one for one in found if one not in decisive]
    if others:
        yield ""
        levels = " and ".join(dict.fromkeys(one.first.level for one in others))
        yield f"Does not count at level {report.level} (it does at {levels}; {how}):"
        for one in others:
            yield from in_short(one, report)


def known(report: Report, replays: Mapping[str, str], verbose: bool = False) -> Iterator[str]:
    """The deviations that are expected, each with its reason: in short, or in full if verbose."""
    found = list(parts(causes(report), known=True))
    if found:
        yield ""
        yield "Known deviations:"
    for cause in found:
        for one in cause.results:
            reason = one.known if verbose else shorten(one.known, WIDTH, placeholder=" …")
            yield from wrapped(f"{one.id}  {title(one.id, one.level)}: {reason}", "  ")
        if verbose:
            yield from block(cause, replays, report)


def parts(found: list[Cause], known: bool) -> Iterator[Cause]:
    """The causes with those of their clauses alone that are known, or that are not."""
    for cause in found:
        results = tuple(one for one in cause.results if bool(one.known) == known)
        if results:
            yield replace(cause, results=results)


def block(cause: Cause, replays: Mapping[str, str], report: Report) -> Iterator[str]:
    """One cause, in full."""
    first, replay = cause.first, replays.get(f"{cause.first.id}-{cause.first.level}")
    yield f"{first.id}  {title(first.id, first.level)}  [{first.level}]"
    yield from wrapped(clauses()[first.id].text, INDENT)
    if len(cause.results) > 1 and not cause.accepted:
        yield from wrapped(f"also {', '.join(others(cause))}, for the same cause", INDENT)
    for found in cause.diagnosis:
        yield from behaves(found, INDENT)
    for one in cause.separations:
        yield from fails(one, INDENT)
    if cause.accepted:
        yield from accepted(cause, report)
    elif first.counterexample is not None:
        shown = replace(first.counterexample, message=first.message)
        yield from example(shown, report.target, paste=replay is None)
    if cause.taps is not None:
        yield from by_impulses(cause.taps)
    if replay is not None:
        yield f"{INDENT}Reproduce with: {replay}"
    yield from further(first, replays, report.target)


def others(cause: Cause) -> list[str]:
    """The clauses of a cause but for the first, each with its level where that differs."""
    first = cause.first
    return [
        one.id if one.level == clauses()[one.id].level else f"{one.id} ({one.level})"
        for one in cause.results
        if one is not first
    ]


def example(found: Counterexample, target: Target, paste: bool) -> Iterator[str]:
    """The smallest input, and what came of it. paste: as code that is complete."""
    if paste:
        names = " and ".join(names_in(found, target))
        yield f"{INDENT}Reproduce with{f', where {names} is defined' if names else ''}:"
        yield from statements(pasted(found, target), INDENT + "  ")
    else:
        yield from statements(example_code(found, target))
    yield from wrapped(found.message, INDENT)
    if found.expected is not None and found.got is not None:
        yield from (INDENT + row for row in side_by_side(found.expected, found.got))


def further(result: ClauseResult, replays: Mapping[str, str], target: Target) -> Iterator[str]:
    """What else breaks a clause, each with its smallest input."""
    for key, found in result.more_examples():
        replay = replays.get(key)
        yield ""
        yield from wrapped(heading(result, found), INDENT)
        yield from example(found, target, paste=replay is None)
        if replay is not None:
            yield f"{INDENT}Reproduce with: {replay}"


def heading(result: ClauseResult, found: Counterexample) -> str:
    """What a further counterexample is about."""
    features = f", with {', '.join(found.features)}" if found.features else ""
    return f"{result.id} also deviates in another way{features}:"


def names_in(found: Counterexample, target: Target) -> list[str]:
    """What a case needs of the process that judged it: the names of functions, or of an object."""
    names = target.functions if target.lives_here else {}
    case = found.chain or found.case
    used = (names[one.operation].partition(".")[0] for one in case if one.operation in names)
    return list(dict.fromkeys(used))


def statements(code: list[str], indent: str = INDENT) -> Iterator[str]:
    """Lines of code. A long statement goes on behind a comma, and stays valid."""
    for line in code:
        yield from wrapped(line, indent)


def accepted(cause: Cause, report: Report) -> Iterator[str]:
    """Each kind of invalid input that an operation accepts, and guards against all of them."""
    for one in cause.results:
        if one.counterexample is not None:
            *made, call = example_code(one.counterexample, report.target)
            yield from wrapped("; ".join([*made, call.removeprefix("got = ")]), INDENT)
            yield from wrapped(f"{one.id}: {one.message}", INDENT)
    yield from guards(cause, report)


def in_short(cause: Cause, report: Report) -> Iterator[str]:
    """One cause, in a line; with guards where invalid input is accepted."""
    if cause.accepted:
        lost = any(one.lost for one in cause.results)
        does = "does not reject" if lost else "accepts"
        yield from wrapped(f"{cause.operation} {does} invalid input: {ids(cause.results)}", "  ")
        yield from guards(cause, report)
        return
    first = cause.first
    also = f" (also {', '.join(others(cause))})" if len(cause.results) > 1 else ""
    text = f"{first.id}  {title(first.id, first.level)}: {first.message}{also}"
    yield from wrapped(text, "  ")


def by_impulses(taps: TapMap) -> Iterator[str]:
    """What an operation does with its input."""
    yield from wrapped(f"by impulses: {'; '.join(taps.summary)}", INDENT)
    for row in taps.picture:
        yield from wrapped(row, INDENT + "  ") if len(row) > MOST else [f"{INDENT}  {row}"]


def behaves(found: Diagnosis, indent: str = "") -> Iterator[str]:
    """Which fault model behaves as the target does, and what to mend."""
    sentence = f"{found.name}. {found.sentence} ({found.agreement} probes)"
    yield from wrapped(f"behaves as: {sentence}", indent)
    yield from wrapped(f"to mend it: {found.remedy}", indent)
    for fault in found.faults:
        if fault.seen:
            yield from wrapped(f"seen before in: {fault.seen}", indent)


def fails(found: Separation, indent: str = "") -> Iterator[str]:
    """Where an operation fails, if no fault model says how."""
    yield from wrapped(f"fails by a rule: {found.sentence} ({found.agreement} probes)", indent)
