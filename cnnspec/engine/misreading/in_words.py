"""What a target reads, in words: how windows lie where others are asked, in one call and in all."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from cnnspec.engine.impulses import TapMap
from cnnspec.engine.misreading.model import Misreading
from cnnspec.engine.misreading.readings import Reading
from cnnspec.engine.misreading.search import Looked
from cnnspec.kit.looking import NOTHING, Asked, Laid, as_asked, reads
from cnnspec.kit.operation import REGISTRY, option_clauses
from cnnspec.spec import Array

STRIDES, DILATIONS = range(1, 8), range(1, 8)
BEFORE = range(-6, 9)
MORE = 4
"""How much larger than asked a size may be that is tried."""

SMALL = 3
"""On maps of a smaller extent one sees little."""

MOST_TRIED = 6
"""So many calls are tried for one that has one explanation alone."""


class Line(NamedTuple):
    """How windows lie along both axes, by the parts that a call has parameters for."""

    size: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]


def in_words(looked: Looked) -> TapMap | None:
    """What a target reads, in words; None where there is nothing that can be said for certain."""
    wrong = sorted((one for one in looked.readings if not one.is_right), key=simple)
    found = next((one for one in explained(looked, wrong)), None)
    if found is None:
        found = next((one for one in others(looked) if one.summary), None)
    return found


def simple(one: Reading) -> tuple[int, bool, int]:
    """Sorts calls: those with few options come first, and of them those that are easy to read."""
    smallest = min(axis.extent for axis in one.asked)
    cells = one.asked[0].extent * one.asked[1].extent
    return len(one.call.arguments), smallest < SMALL, cells


def explained(looked: Looked, wrong: list[Reading]) -> Iterator[TapMap]:
    """The calls in which windows lie as other settings ask for."""
    for one in wrong[:MOST_TRIED]:
        laid = laid_in(looked, one)
        if laid is not None:
            said = list(differences(one, laid, looked.misreading))
            if said:
                yield TapMap(looked.operation, concerned(looked, one), said, picture(one))


def others(looked: Looked) -> Iterator[TapMap]:
    """The calls in which something else is wrong than where windows lie."""
    for one in sorted(looked.readings, key=simple):
        if one.is_right:
            said = one.looking.besides(one.call, one.y)
            yield TapMap(looked.operation, concerned(looked, one), said[:2], [])


def concerned(looked: Looked, one: Reading) -> tuple[str, ...]:
    """The clauses that what is said of a call explains: all, or those of its own options."""
    if looked.misreading is not None:
        return looked.clauses
    return tuple(clause for clause in looked.clauses if clause in option_clauses(one.call))


def laid_in(looked: Looked, one: Reading) -> tuple[Laid, Laid] | None:
    """How windows lie in a call: by the misreading, or else as the only layout that reads so."""
    if looked.misreading is not None:
        try:
            laid = looked.misreading.laid(one.asked)
        except ValueError:
            return None
        return laid if not looked.misreading.is_about_places else None
    sized = any(number.name == "size" for number in REGISTRY[looked.operation].numbers)
    rows, columns = (only(one, axis, sized=sized) for axis in (0, 1))
    return (rows, columns) if rows is not None and columns is not None else None


def only(one: Reading, axis: int, *, sized: bool) -> Laid | None:
    """The layout along an axis that reads the same and differs least from what is asked.

    None if there is none, or several of them.
    """
    me = one.asked[axis]
    sizes = range(1, me.size + MORE) if sized else [me.size]
    found: dict[int, list[Laid]] = {}
    for size, stride, dilation, before in product(sizes, STRIDES, DILATIONS, BEFORE):
        laid = Laid(size, stride, dilation, before, 0, one.shape[axis])
        if np.array_equal(of_axis(one, axis, reads(laid, me.extent)), one.seen[axis]):
            unlike = sum(a != b for a, b in zip(laid[:4], me[1:5], strict=True))
            found.setdefault(unlike, []).append(laid)
    least = found[min(found)] if found else []
    if len(least) != 1:
        return None
    if least[0][:4] == me[1:5]:  # the length alone may be another one
        return least[0]._replace(after=me.after)
    return with_end(me, least[0])


def of_axis(one: Reading, axis: int, places: Array) -> Array:
    """What is seen along an axis where windows read some places, and the other axis hides none."""
    shown: list[Array] = [np.zeros((1, 1), int), np.zeros((1, 1), int)]
    shown[axis] = places
    return one.looking.shown(one.call, (shown[0], shown[1]))[axis]


def with_end(me: Asked, laid: Laid) -> Laid | None:
    """The padding behind an axis that gives the length: what is asked, or else the least."""
    for after in (me.after, *BEFORE):
        done = Asked(me.extent, *laid[:4], after, ceil=me.ceil)
        try:
            if as_asked(done).length == laid.length:
                return laid._replace(after=after)
        except ValueError:
            continue
    return None


def line(laid: tuple[Any, Any]) -> Line:
    """The parts of both axes."""
    rows, columns = laid
    return Line(
        (rows.size, columns.size),
        (rows.stride, columns.stride),
        (rows.dilation, columns.dilation),
        ((rows.before, rows.after), (columns.before, columns.after)),
    )


def differences(
    one: Reading, laid: tuple[Laid, Laid], misreading: Misreading | None
) -> Iterator[str]:
    """What is done where something else is asked, part by part."""
    done, asked = line(laid), line(one.asked)
    rules = {} if misreading is None else {rule.part: rule.words for rule in misreading.rules}
    for part, mine, theirs in zip(Line._fields, done, asked, strict=True):
        if mine != theirs:
            said = f"behaves as {part} {mine} where {theirs} is asked"
            word = one.asked[0].word if part == "padding" else ""
            yield said + (f" by {word}" if word else "") + reason(rules.get(part))
    lengths = tuple(axis.length for axis in laid)
    try:
        right = tuple(as_asked(axis).length for axis in one.asked)
    except ValueError:
        return
    if lengths != right and (done == asked or "length" in rules):
        yield f"the result is {lengths} where {right} is asked{reason(rules.get('length'))}"


def reason(words: str | None) -> str:
    """The rule that holds in all calls that were tried, if there is one."""
    return "" if words is None else f": {words}"


def picture(one: Reading) -> list[str]:
    """What the windows read along the first axis that is wrong, as specified and by the target."""
    right = [reads(as_asked(me), me.extent) for me in one.asked]
    shown = one.looking.shown(one.call, (right[0], right[1]))
    for name, mine, theirs in zip(("rows", "columns"), one.seen, shown, strict=True):
        if not np.array_equal(mine, theirs):
            height, width = (axis.extent for axis in one.asked)
            return [
                f"{name} that each window reads of a {height} by {width} map ({settings(one)}):",
                f"  spec:   {drawn(theirs)}",
                f"  target: {drawn(mine)}",
            ]
    return []


def settings(one: Reading) -> str:
    """The settings of a call."""
    sizes = tuple(axis.size for axis in one.asked)
    given = {
        name: value
        for name, value in one.call.plain.items()
        if not isinstance(value, np.ndarray) and name != "size"
    }
    return ", ".join(f"{name} {value}" for name, value in {"size": sizes, **given}.items())


def drawn(seen: Array) -> str:
    """The places that each window reads; a dot where it reads nothing."""
    if seen.dtype == bool:
        several = [" ".join(map(str, np.flatnonzero(one))) or "." for one in seen]
    else:
        several = [" ".join("." if n == NOTHING else str(n) for n in one) for one in seen]
    return " | ".join(several)
