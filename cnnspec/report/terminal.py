"""A Report as text for a person."""

import textwrap
from collections.abc import Iterator

from cnnspec.engine.diagnose import Diagnosis
from cnnspec.engine.impulses import TapMap
from cnnspec.engine.judge import Report
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.kit.text import plain
from cnnspec.operations.catalogue import checks
from cnnspec.report.literal import case_code, side_by_side

WIDTH = 96
"""Characters of a line of prose."""

WORDS = {"pass": "pass", "fail": "FAIL", "error": "ERROR", "absent": "absent"}
STYLES = {"pass": "green", "fail": "bold red", "error": "bold yellow", "absent": "dim"}


def title(clause: str, level: str) -> str:
    """A few words for a clause: the name of its first check."""
    names = [one.name for one in checks() if (one.clause, one.level) == (clause, level)]
    operation = clauses()[clause].operation
    of = "" if operation in (EVERY, "stack") else f" of {operation}"
    return (names[0] if names else "").replace("_", " ").removeprefix("published ") + of


def line(result: ClauseResult) -> str:
    """One line for a clause."""
    word = "known" if result.status == "fail" and result.known else WORDS[result.status]
    name = title(result.id, result.level)
    return f"  {result.id:<4} {name:<34} {word:<6}  {detail(result)}".rstrip()


def detail(result: ClauseResult) -> str:
    """What the line says behind the status."""
    if result.status != "pass":
        return (
            result.message
            if result.status != "fail"
            else f"{result.message} (case {result.examples})"
        )
    parts = [f"{result.examples} cases"]
    if result.certified:
        parts.append(result.certified)
    if result.max_bound_share is not None:
        parts.append(f"largest error {result.max_bound_share:.2f} of the bound")
    if result.message:
        parts.append(result.message)
    parts += [f"not judged: {reason}, {n} cases" for reason, n in restrictions(result)]
    return "; ".join(parts)


def restrictions(result: ClauseResult) -> list[tuple[str, int]]:
    """For a clause that was judged: why some of its cases were not, and how many."""
    return [(reason, n) for reason, n in sorted(result.declined.items()) if reason != "absent"]


def head(plan: Plan, about: str, dtype: str | None, operations: list[str]) -> str:
    """The first line: target, operations, edition, seed, and the target's own dtype and version."""
    parts = [plain(str(plan.target), 1_000), about, ", ".join(operations) or "nothing", dtype or ""]
    return " · ".join([*filter(None, parts), f"edition {plan.edition}", f"seed {plan.seed}"])


def deviations(report: Report, replays: dict[str, str]) -> Iterator[str]:
    """For each clause that fails: its sentence, the smallest input, expected and got."""
    failing = [one for one in report.clauses if one.status == "fail"]
    causes: dict[str, str] = {}
    explained: set[str] = set()
    for one in failing:
        yield ""
        known = f" (known: {one.known})" if one.known else ""
        yield f"{one.id}  {clauses()[one.id].text}{known}"
        example = one.counterexample
        if example is None:
            continue
        code = case_code(example.case)
        text = "\n".join(code)
        if text in causes:
            yield f"    the same input as for {causes[text]}"
        else:
            causes[text] = one.id
            yield from (f"    {statement}" for statement in code)
        yield f"    {one.message}"
        if example.expected is not None and example.got is not None:
            yield from (f"    {row}" for row in side_by_side(example.expected, example.got))
        for taps in report.tap_maps:
            if one.id == taps.clauses[0]:
                yield from (f"    {row}" for row in by_impulses(taps))
        for found in report.diagnosis:
            if one.id in found.clauses and found.fault not in explained:
                explained.add(found.fault)
                yield from (f"    {row}" for row in behaves(found))
        key = f"{one.id}-{one.level}"
        if key in replays:
            yield f"    Reproduce with: {replays[key]}"


def by_impulses(taps: TapMap) -> Iterator[str]:
    """What an operation does with its input."""
    yield from wrapped(f"by impulses: {'; '.join(taps.summary)}")
    yield from (f"  {row}" for row in taps.picture)


def behaves(found: Diagnosis) -> Iterator[str]:
    """Which fault model behaves as the target does, and what to mend."""
    yield from wrapped(
        f"behaves as: {found.fault}. {found.sentence} ({found.agreement} probes)",
    )
    yield from wrapped(f"to mend it: {found.remedy}")
    for fault in found.faults:
        if fault.seen:
            yield from wrapped(f"seen before in: {fault.seen}")


def wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines, all but the first indented further."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def certificates(report: Report) -> Iterator[str]:
    """What is certified of each operation, or why nothing is."""
    for one in report.certificates:
        text = one.sentence if one.holds else f"{one.operation} is {one.sentence}"
        yield from wrapped(text, "  ")


def last(report: Report) -> str:
    """The last line: the verdict, and how many clauses deviate at each level."""
    parts = []
    for level in ("core", "strict"):
        of = [one for one in report.clauses if one.level == level]
        bad = [one for one in of if one.status == "fail" and not one.known]
        if of:
            parts.append(f"{len(bad)} of {len(of)} {level} clauses")
    text = {
        "conforms": "conforms",
        "deviates": "deviates",
        "error": "could not be judged",
        "interrupted": "interrupted",
    }
    words = text[report.verdict]
    count = ", ".join(parts)
    known = sum(bool(one.known) for one in report.clauses)
    if report.verdict == "conforms" and any(
        one.status == "fail" and not one.known for one in report.clauses
    ):
        words += " at level core"
    count += f", {known} known" if known else ""
    absent = sum(one.status == "absent" for one in report.clauses)
    count += f", {absent} not judged" if absent else ""
    count += f", {len(report.stale)} listed but not found" if report.stale else ""
    return f"{words}: deviations in {count} · {report.seconds:.1f} s"
