"""A report as a page: one file, that opens from disk and asks for nothing; or a part of a notebook.

The command and `cnnspec.check` share this. Templates: page.html.jinja has the file around it,
report.html.jinja what is in it.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnspec import __version__
from cnnspec.engine.causes import Cause, causes
from cnnspec.engine.impulses import TapMap
from cnnspec.engine.layouts import adapter
from cnnspec.engine.pictures import Picture, rounded
from cnnspec.engine.plan import ClauseResult, Counterexample, Plan
from cnnspec.engine.report import Report
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.engine.verdict import decides, standing
from cnnspec.figures.difference import Difference, told
from cnnspec.kit.calls import Call
from cnnspec.kit.clauses import LEVELS, clauses
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import FLOAT64_BITS
from cnnspec.kit.text import plain
from cnnspec.kit.working import Working
from cnnspec.report import blocks, heat, lines, maps, rows, summary
from cnnspec.report.guards import INDENT, guards
from cnnspec.report.literal import example_code, number, pasted
from cnnspec.report.templates import rendered
from cnnspec.spec import Array, Edition
from cnnspec.targets.target import Target

TONES = {"conforms": "good", "deviates": "bad"}
"""How a verdict looks; the others are open."""

ASPECTS = {"values": "numbers", "core": "rejections", "strict": "strict"}
"""What each level is about, in the words of a report's first line."""

LARGEST = 2**20
"""Elements of a result beyond which it is not looked at to be drawn."""


def whole(report: Report, plan: Plan, beside: lines.Beside) -> str:
    """The page as a file."""
    return rendered("page.html.jinja", **context(report, plan, beside, ""))


def part(report: Report, plan: Plan, beside: lines.Beside) -> str:
    """The page without what makes it a file of its own. Its links are unlike those of others."""
    mark = f"r{secrets.token_hex(4)}-"
    return rendered("report.html.jinja", **context(report, plan, beside, mark))


def context(report: Report, plan: Plan, beside: lines.Beside, mark: str) -> dict[str, Any]:
    """What the templates show. mark: the start of all anchors."""
    found = causes(report)
    fresh = [*blocks.parts(found, known=False)]
    decisive = [one for one in fresh if decides(one.first, report.level)]
    others = [one for one in fresh if one not in decisive]
    known = [*blocks.parts(found, known=True)]

    def shown(chosen: list[Cause]) -> list[dict[str, Any]]:
        return [cause_of(one, report, beside, mark) for one in chosen]

    return {
        "mark": mark,
        "version": __version__,
        "target": plain(str(report.target), 200),
        "tone": TONES.get(report.verdict, "open"),
        "verdict": report.verdict,
        "last": summary.last(report),
        "tiles": tiles(report),
        "first": summary.first(report),
        "head": summary.head(plan, report),
        "notes": [*notes(report, beside)],
        "adapter": "\n".join(adapter(report.target, report.adapted)),
        "said": beside.said if report.verdict != "conforms" else "",
        "compared": list(beside.compared),
        "operations": [*operations(report, mark)],
        "groups": [
            {"title": title, "text": text, "causes": shown(chosen), "open": open_, "id": id_}
            for id_, title, text, chosen, open_ in (
                ("deviations", "Deviations", "", decisive, True),
                ("others", "Does not count at this level", level_note(report), others, False),
                ("known", "Known deviations", "They are expected.", known, False),
            )
            if chosen
        ],
        "layers": maps.steps(report.pictures),
        "certificates": [one.sentence for one in report.certificates if one.holds],
    }


def level_note(report: Report) -> str:
    """Why some deviations do not count."""
    return f"The verdict is at level {report.level}; these clauses are of the levels above it."


def notes(report: Report, beside: lines.Beside) -> Iterator[str]:
    """What is said of the run, beside its answer."""
    if not report.isolated:
        yield lines.NOT_ISOLATED
    yield from summary.notes(report)
    yield from beside.requests
    yield from (f"note: {one}" for one in [*report.hints, *report.stale])
    if beside.problem:
        yield f"not written, to be replayed: {beside.problem}"


def tiles(report: Report) -> Iterator[dict[str, str]]:
    """The three answers: numbers, rejections, strict."""
    parts = (one.partition(": ") for one in summary.first(report).split(summary.SEPARATOR))
    said = {name: text for name, _, text in parts}
    for level in LEVELS:
        text = said.get(ASPECTS[level])
        if text:
            own = standing(report, level)
            tone = "bad" if own.deviating else "good" if own.judged and not own.part else "open"
            yield {"name": ASPECTS[level], "text": text, "tone": tone, "level": level}


# The table of operations and clauses.


def operations(report: Report, mark: str) -> Iterator[dict[str, Any]]:
    """Each operation with its parameters and its clauses."""
    longest = max([one.seconds for one in report.clauses], default=0.0) or 1.0
    for name in dict.fromkeys(clauses()[one.id].operation for one in report.clauses):
        own = [one for one in report.clauses if clauses()[one.id].operation == name]
        operation = REGISTRY.get(name)
        certified = (one for one in report.certificates if one.operation == name and one.holds)
        yield {
            "name": name,
            "parameters": [str(one) for one in operation.parameters] if operation else [],
            "chips": [chip(level, own) for level in LEVELS],
            "clauses": [row(one, longest, mark) for one in own],
            "certified": [one.sentence for one in certified],
            "open": any(one.status == "fail" for one in own),
        }


def chip(level: str, own: list[ClauseResult]) -> dict[str, str]:
    """How an operation stands at a level."""
    here = [one for one in own if one.level == level]
    bad = [one.id for one in here if one.status == "fail"]
    if bad:
        return {"level": level, "tone": "bad", "text": f"✗ {' '.join(dict.fromkeys(bad))}"}
    if any(one.status == "error" for one in here):
        return {"level": level, "tone": "open", "text": "? not judged"}
    if any(one.status == "pass" for one in here):
        return {"level": level, "tone": "good", "text": "✓ right"}
    return {"level": level, "tone": "none", "text": "not judged" if here else "–"}  # noqa: RUF001


def row(result: ClauseResult, longest: float, mark: str) -> dict[str, Any]:
    """A clause in the table."""
    tones = {"pass": "good", "fail": "bad", "error": "open", "absent": "none"}
    words = {"pass": "✓ right", "fail": "✗ deviates", "error": "? error", "absent": "not judged"}
    known = rows.is_known(result)
    return {
        "id": result.id,
        "level": result.level,
        "title": rows.title(result.id, result.level),
        "sentence": clauses()[result.id].text,
        "tone": "open" if known else tones[result.status],
        "word": "known" if known else words[result.status],
        "detail": rows.detail(result).removeprefix("not judged: "),
        "seconds": f"{result.seconds:.2f}",
        "time": round(100 * result.seconds / longest, 1),
        "share": result.max_bound_share,
        "share_width": round(100 * min(result.max_bound_share or 0.0, 1.0), 1),
        "anchor": anchor(result, mark) if result.status == "fail" else "",
    }


def anchor(result: ClauseResult, mark: str) -> str:
    """Where a deviation stands on the page."""
    return f"{mark}{result.id}-{result.level}"


# Deviations.


def cause_of(cause: Cause, report: Report, beside: lines.Beside, mark: str) -> dict[str, Any]:
    """A cause, with a block for each clause that breaks for it."""
    pictures = [
        one for one in report.pictures if not one.layer and one.operation == cause.operation
    ]
    numeric = not cause.accepted and cause.operation in REGISTRY
    numeric = numeric and bool(
        REGISTRY[cause.operation].roles.computed & {one.id for one in cause.results}
    )
    return {
        "operation": cause.operation,
        "clauses": [deviation(one, report, beside, mark) for one in cause.results],
        "diagnosis": [diagnosed(one) for one in cause.diagnosis],
        "separations": [f"{one.sentence} ({one.agreement} probes)" for one in cause.separations],
        "guards": "\n".join(code_of_guards(cause, report)) if cause.accepted else "",
        "specimen": specimen(pictures[0]) if pictures and numeric else None,
        "taps": tapped(cause.taps) if cause.taps else None,
    }


def code_of_guards(cause: Cause, report: Report) -> Iterator[str]:
    """The statements that reject what is accepted, as they are pasted."""
    for line in guards(cause, report):
        if line.startswith(f"{INDENT}  "):
            yield line.removeprefix(f"{INDENT}  ")
        else:
            yield f"# {line.strip()}"


def diagnosed(found: Diagnosis) -> dict[str, Any]:
    """A fault model, and what to mend."""
    return {
        "name": found.name,
        "sentence": found.sentence,
        "agreement": found.agreement,
        "remedy": found.remedy,
        "seen": [one.seen for one in found.faults if one.seen],
    }


def tapped(found: TapMap) -> dict[str, Any]:
    """What an operation looks at, by impulses."""
    drawn = found.grids
    return {
        "summary": found.summary,
        "picture": "\n".join(found.picture),
        "title": drawn.title if drawn else "",
        "block": heat.grids(drawn.title, drawn.specified, drawn.target) if drawn else None,
    }


def specimen(picture: Picture) -> dict[str, Any] | None:
    """A plain input and what the target makes of it, if it makes something wrong."""
    if picture.got is None:
        return {"inputs": heat.inputs(picture.call, {}), "blocks": [], "said": [picture.problem]}
    found = Difference(picture.expected, picture.got, picture.allowed)
    if not found.wrong.any():
        return None
    return {
        "inputs": heat.inputs(picture.call, {}),
        "blocks": heat.compared(picture.expected, picture.got, picture.allowed),
        "said": told(found),
    }


def deviation(
    result: ClauseResult, report: Report, beside: lines.Beside, mark: str
) -> dict[str, Any]:
    """A clause that deviates."""
    example = result.counterexample
    replay = beside.replays.get(f"{result.id}-{result.level}", "")
    further = [
        more(key, one, result, report, beside.replays.get(key, ""))
        for key, one in result.more_examples()
    ]
    return {
        "anchor": anchor(result, mark),
        "id": result.id,
        "level": result.level,
        "title": rows.title(result.id, result.level),
        "sentence": clauses()[result.id].text,
        "message": result.message,
        "known": result.known,
        "replay": replay,
        "code": "\n".join(code(example, report.target, bool(replay))) if example else "",
        "example": drawn(example, result.id, report.edition) if example else None,
        "further": further,
    }


def more(
    key: str, example: Counterexample, result: ClauseResult, report: Report, replay: str
) -> dict[str, Any]:
    """A further case of a clause, which deviates in another way. replay: a command, or nothing."""
    return {
        "id": key,
        "heading": blocks.heading(result, example),
        "message": example.message,
        "replay": replay,
        "code": "\n".join(code(example, report.target, bool(replay))),
        "example": drawn(example, result.id, report.edition),
    }


def code(example: Counterexample, target: Target, replayed: bool) -> list[str]:
    """The calls; as a whole program where no file replays them."""
    return example_code(example, target) if replayed else pasted(example, target)


def drawn(example: Counterexample, clause: str, edition: Edition) -> dict[str, Any]:
    """The smallest input, what came of it, and how the first wrong element is worked out."""
    call, expected, got = example.case[-1], example.expected, example.got
    small = all(a is None or a.size <= LARGEST for a in (expected, got))
    allowed = bound(call, clause, edition, expected, got) if small else None
    place = first_wrong(expected, got, allowed) if small else None
    found = None if example.chain else worked_out(call, place, expected, edition)
    reads = found.reads if found else {}
    return {
        "inputs": [] if example.chain else heat.inputs(call, reads),
        "calls": len(example.chain or example.case),
        "blocks": heat.compared(expected, got, allowed) if small else [],
        "first": None if place is None else first_of(place, expected, got, found),
    }


def bound(
    call: Call, clause: str, edition: Edition, expected: Array | None, got: Array | None
) -> Array | None:
    """How far elements may lie apart, where a clause is about rounding; None if not at all."""
    operation = REGISTRY.get(call.operation)
    if operation is None or operation.roles.rounding != clause or expected is None or got is None:
        return None
    if got.dtype.kind != "f" or got.shape != expected.shape:
        return None
    bits = min(FLOAT64_BITS, significand_bits(got.dtype))
    try:
        allowed = rounded(call, edition, bits)
    except (ValueError, KeyError):  # nothing is promised, or not a dtype of the book
        return None
    fits = allowed.shape == expected.shape
    beyond = fits and Difference(expected, got, allowed).wrong.any()
    return allowed if beyond else None


def first_wrong(
    expected: Array | None, got: Array | None, allowed: Array | None = None
) -> tuple[int, ...] | None:
    """The first element that is wrong, where both can be compared."""
    if expected is None or got is None or not heat.comparable(expected, got) or not got.ndim:
        return None
    return Difference(expected, got, allowed).first


def first_of(
    place: tuple[int, ...], expected: Array | None, got: Array | None, found: Working | None
) -> dict[str, Any]:
    """What is said of the first wrong element."""
    assert expected is not None  # noqa: S101  for the type checker
    assert got is not None  # noqa: S101
    wanted, came = (element(a, place) for a in (expected, got))
    return {
        "index": ", ".join(map(str, place)),
        "expected": "no element" if wanted is None else number(wanted).removeprefix("np."),
        "got": "no element" if came is None else number(came).removeprefix("np."),
        "formula": found.formula if found else "",
        "numbers": found.numbers if found else "",
        "window": window(found) if found else [],
    }


def window(found: Working) -> list[str]:
    """Which elements are read, in words."""
    said = []
    for name, places in found.reads.items():
        if places:
            ends = ", ".join(map(str, places[0])), ", ".join(map(str, places[-1]))
            to = f" to [{ends[1]}]" if len(places) > 1 else ""
            said.append(f"{name}[{ends[0]}]{to}")
    return said


def element(array: Array, place: tuple[int, ...]) -> Any:
    """An element, or None where an array has none at a place."""
    inside = all(i < n for i, n in zip(place, array.shape, strict=True))
    return array[place] if inside else None


def worked_out(
    call: Call, place: tuple[int, ...] | None, expected: Array | None, edition: Edition
) -> Working | None:
    """How an element comes about; None unless that gives what is expected."""
    operation = REGISTRY.get(call.operation)
    if operation is None or operation.shown is None or place is None or expected is None:
        return None
    wanted = element(expected, place)
    if wanted is None:
        return None
    try:
        found = operation.shown.working(call, place, edition)
    except (IndexError, ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None  # a call that is none of those that can be worked out
    if found is None:
        return None
    # this judges nothing: it keeps arithmetic of another call off the page, and floats are rounded
    near = np.isclose(found.value, float(wanted), rtol=1e-5, atol=1e-30, equal_nan=True)
    return found if near else None
