"""The first and the last lines of a report: what is right and what is not, level by level."""

from collections.abc import Iterator

from cnnspec.engine.layouts import built
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report
from cnnspec.engine.verdict import Standing, missing, standing
from cnnspec.kit.clauses import ARGUMENTS_ALONE, EVERY, clauses
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.text import plain

SEPARATOR = " · "


def first(report: Report) -> str:
    """Numbers, rejections, and all that is strict, each in a few words."""
    if report.layouts:
        return "not judged: it takes other layouts"
    parts = {
        "numbers": numbers(standing(report, "values"), report),
        "rejections": rejections(standing(report, "core")),
        "strict": deviates(standing(report, "strict")),
    }
    return SEPARATOR.join(f"{name}: {text}" for name, text in parts.items() if text)


def numbers(found: Standing, report: Report) -> str:
    """Whether what is computed of valid input is right."""
    wrong = [one for one in found.deviating if clauses()[one.id].operation != EVERY]
    if wrong:
        return f"wrong ({ids(found.deviating)})"
    if any(one.id == ARGUMENTS_ALONE for one in found.deviating):
        return f"depend on other calls, or on chance ({ids(found.deviating)})"
    if not found.judged or not report.operations:
        return "not judged" if found.part or not report.clauses or report.problems else ""
    but = f", but {deviates(found)}" if found.deviating else ""
    known = f", but for what is known ({ids(found.known)})" if found.known else ""
    if report.look_alikes and not report.uncallable:
        return f"right for {', '.join(report.operations)}{known}{but}"
    if report.uncallable:
        judged, not_judged = (", ".join(one) for one in (report.operations, report.uncallable))
        return f"right for {judged}{known}{but}; {not_judged} not judged"
    return right(found) + precision(report) + but


def precision(report: Report) -> str:
    """Which operations give float32 for float64, and are judged by that."""
    if not report.in_float32:
        return ""
    every = set(report.in_float32) == set(report.operations)
    return ", in float32" if every else f" ({', '.join(report.in_float32)} in float32)"


def rejections(found: Standing) -> str:
    """Whether invalid input is rejected."""
    invalid = [one for one in found.deviating if is_accepted(one)]
    accepted = [one for one in invalid if not one.lost]
    lost = [one for one in invalid if one.lost]
    others = [one for one in found.deviating if one not in invalid]
    parts = []
    if accepted:
        parts.append(f"accepts {kinds(accepted)} of invalid input ({ids(accepted)})")
    if lost:
        parts.append(f"dies of or hangs on {kinds(lost)} of it ({ids(lost)})")
    if others:
        parts.append(counted(others))
    return ", ".join(parts) or right(found)


def kinds(results: list[ClauseResult]) -> str:
    """How many kinds of invalid input some clauses are about."""
    return "a kind" if len(results) == 1 else f"{len(results)} kinds"


def cases(count: int) -> str:
    """A number of cases in words."""
    return "1 case" if count == 1 else f"{count:,} cases"


def is_accepted(result: ClauseResult) -> bool:
    """Whether a clause is broken by invalid input that is not rejected."""
    return result.counterexample is not None and result.counterexample.accepted


def deviates(found: Standing) -> str:
    """How many clauses deviate, and which."""
    return counted(found.deviating) if found.deviating else right(found)


def right(found: Standing) -> str:
    """What is said of a level at which nothing deviates."""
    if not found.judged:
        return "not judged" if found.part else ""
    but = f", but for what is known ({ids(found.known)})" if found.known else ""
    return (f"right, in part ({ids(found.part)})" if found.part else "right") + but


def counted(results: "list[ClauseResult] | tuple[ClauseResult, ...]") -> str:
    """How many clauses deviate, and which."""
    if len(results) == 1:
        return f"{results[0].id} deviates"
    return f"{len(results)} clauses deviate ({ids(results)})"


def ids(results: "list[ClauseResult] | tuple[ClauseResult, ...]") -> str:
    """The ids of clauses."""
    return " ".join(dict.fromkeys(one.id for one in results))


def head(plan: Plan, report: Report) -> str:
    """What was judged: target, operations, edition, seed, the target's own dtype and version."""
    operations = ", ".join(report.offered) or "nothing"
    parts = [plain(str(plan.target), 1_000), report.about, operations, report.dtype or ""]
    return SEPARATOR.join([*filter(None, parts), f"edition {plan.edition}", f"seed {plan.seed}"])


def last(report: Report) -> str:
    """The verdict at the level that was asked for, and what it rests on."""
    judged = report.judged(report.level)
    tried = [one for one in judged if one.status in ("pass", "fail")]
    bad = [one for one in tried if one.status == "fail" and not one.known]
    count, pairs = cases(sum(one.examples for one in tried)), pairs_met(report)
    found = {
        "conforms": f"conforms at level {report.level}: {len(tried)} clauses, {count}{pairs}",
        "deviates": f"deviates at level {report.level}: {len(bad)} of {len(tried)} clauses",
        "in part": f"judged in part, at level {report.level}: {len(tried)} clauses",
        "not judged": "could not be judged",
        "interrupted": f"interrupted: {len(tried)} clauses were judged",
    }[report.verdict]
    known = sum(bool(one.known) for one in report.clauses)
    more = [
        f"{known} known" if known else "",
        f"{len(report.stale)} listed but not found" if report.stale else "",
    ]
    return SEPARATOR.join([", ".join([found, *filter(None, more)]), f"{report.seconds:.1f} s"])


def pairs_met(report: Report) -> str:
    """How many pairs, or triples, of levels of aspects met in the calls that were judged."""
    count = sum(one.count for one in report.pairs)
    met = count - sum(len(one.left) for one in report.pairs)
    if not met:
        return ""
    word = "pairs" if report.pairs[0].strength == PAIRS else "triples"
    return f", {met:,} {word}" if met == count else f", {met:,} of {count:,} {word}"


PAIRS = 2


def notes(report: Report) -> list[str]:
    """What was judged in part or not at all; absent operations take one line."""
    if report.ended:
        left = ids([one for one in report.clauses if one.status == "error"])
        return [*report.problems, f"ended at the first deviation, not judged: {left}"]
    lines = list(missing(report))
    layouts = dict(report.target.layouts)
    if layouts:
        code = built(report.target.wanted(layouts), layouts)
        lines.append(f"judged through {code}")
    absent = sorted({o for one in report.clauses for o in one.lacks if o in REGISTRY})
    options = sorted({o for one in report.clauses for o in one.lacks if o not in REGISTRY})
    if absent or options:
        lines.append(f"not there, and not judged: {', '.join([*absent, *options])}")
    lines.extend(cut_short(report))
    for one in report.clauses:
        if one.status == "error" and one.cut and not report.layouts:
            lines.append(f"{one.id}: {one.message}")
        if one.status == "absent" and not one.lacks:
            lines.append(f"{one.id} was not judged: {one.message.removeprefix('not judged: ')}")
    return list(dict.fromkeys(lines))


def cut_short(report: Report) -> Iterator[str]:
    """The clauses that pass though not all of their cases were tried: a line for each reason."""
    reasons: dict[str, dict[str, int]] = {}
    for one in report.clauses:
        if one.cut and one.status == "pass":
            judged = reasons.setdefault(one.message, {})
            judged[one.id] = judged.get(one.id, 0) + one.examples
    for reason, judged in reasons.items():
        each = ", ".join(f"{name} on {cases(count)}" for name, count in judged.items())
        yield f"{reason}; judged were {each}"
