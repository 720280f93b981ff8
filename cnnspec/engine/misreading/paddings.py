"""How padding is misread, in numbers and in words."""

from collections.abc import Callable

from cnnspec.dialects import onnx
from cnnspec.dialects import rules as dialects
from cnnspec.engine.misreading.rules import Rule, Step, Where, other
from cnnspec.kit.looking import Asked

Two = tuple[int, int]


def half(total: int) -> Two:
    """Both halves; an odd rest goes behind."""
    return total // 2, total - total // 2


def reach(me: Asked) -> int:
    """From the first tap of a window to the last one."""
    return me.dilation * (me.size - 1) + 1


def own(step: Callable[[Asked], Two]) -> Step:
    """A step that looks at its own axis alone."""
    return lambda me, _rows, _columns: step(me)


def where_padded(step: Callable[[Asked], Two]) -> Step:
    """The same, where there is any padding."""

    def padded(me: Asked, rows: Asked, columns: Asked) -> Two:
        any_ = rows.before or rows.after or columns.before or columns.after
        return step(me) if any_ else (0, 0)

    return padded


def ends(me: Asked) -> Two:
    """The padding that is asked for."""
    return me.before, me.after


def interleaved(me: Asked, rows: Asked, columns: Asked) -> Two:
    """Top, left, bottom and right, read as top, bottom, left and right."""
    return (rows.before, columns.before) if me is rows else (rows.after, columns.after)


READ: dict[str, Step] = {
    "padding has no effect": own(lambda _me: (0, 0)),
    "all padding lies behind": own(lambda me: (0, me.before + me.after)),
    "all padding lies before": own(lambda me: (me.before + me.after, 0)),
    "what goes before an axis and what goes behind it are interchanged": own(
        lambda me: (me.after, me.before)
    ),
    "there is no padding behind": own(lambda me: (me.before, 0)),
    "there is no padding before": own(lambda me: (0, me.after)),
    "what goes before an axis is taken for both sides": own(lambda me: (me.before, me.before)),
    "what goes behind an axis is taken for both sides": own(lambda me: (me.after, me.after)),
    "the larger number of an axis is taken for both sides": own(lambda me: (max(ends(me)),) * 2),
    "the smaller number of an axis is taken for both sides": own(lambda me: (min(ends(me)),) * 2),
    "padding is shared equally by both sides, an odd rest behind": own(
        lambda me: half(sum(ends(me)))
    ),
    "the padding of rows and that of columns are interchanged": lambda me, rows, columns: ends(
        other(me, rows, columns)
    ),
    "the padding of rows is taken for both axes": lambda _me, rows, _columns: ends(rows),
    "the padding of columns is taken for both axes": lambda _me, _rows, columns: ends(columns),
    "what goes before the rows is taken for all four sides": lambda _me, rows, _columns: (
        rows.before,
        rows.before,
    ),
    "what goes before the columns is taken for all four sides": lambda _me, _rows, columns: (
        columns.before,
        columns.before,
    ),
    "the largest of the four numbers is taken for all sides": lambda _me, rows, columns: (
        max(*ends(rows), *ends(columns)),
        max(*ends(rows), *ends(columns)),
    ),
    "the four numbers are read as top, left, bottom and right": interleaved,
    "the four numbers are read in reverse": lambda me, rows, columns: ends(
        other(me, rows, columns)
    )[::-1],
    "each side is padded by one less": own(
        lambda me: (max(me.before - 1, 0), max(me.after - 1, 0))
    ),
    "padding is multiplied by the dilation": own(
        lambda me: (me.before * me.dilation, me.after * me.dilation)
    ),
    "padding is multiplied by the stride": own(
        lambda me: (me.before * me.stride, me.after * me.stride)
    ),
    "the first window starts (T - 1) // 2 later": own(
        lambda me: (me.before - (me.stride - 1) // 2, me.after)
    ),
    "the first window starts T // 2 later": own(lambda me: (me.before - me.stride // 2, me.after)),
    "the first window starts T - 1 later": own(lambda me: (me.before - (me.stride - 1), me.after)),
    "each side is padded by half of the window": where_padded(
        lambda me: (me.size // 2, me.size // 2)
    ),
    "each side is padded by half of the window less one": where_padded(
        lambda me: ((me.size - 1) // 2, (me.size - 1) // 2)
    ),
}
"""What is done with padding."""


def by_dialect(rule: dialects.Padding) -> Step:
    """A step that pads as a runtime does."""
    return own(lambda me: rule(me.extent, me.size, me.stride, me.dilation))


def same(total: Callable[[Asked], int]) -> Step:
    """A step that shares a total as the word says."""

    def step(me: Asked) -> Two:
        first, second = half(max(total(me), 0))
        return (second, first) if me.word == "same_lower" else (first, second)

    return own(step)


def as_onnx_runtime(me: Asked) -> Two:
    """What ONNX Runtime adds for each of both words."""
    rule = onnx.runtime_same_lower if me.word == "same_lower" else onnx.runtime_same
    return rule(me.extent, me.size, me.stride, me.dilation)


IN_WORDS: dict[str, Step] = {
    "pads as ONNX Runtime: less than nothing where windows lie apart": own(as_onnx_runtime),
    **{words: by_dialect(rule) for words, rule in dialects.PADDINGS.items()},
    "pads half of the window less one on both sides": own(lambda me: ((me.size - 1) // 2,) * 2),
    "pads half of its reach on both sides": own(lambda me: (reach(me) // 2,) * 2),
    "pads half of its reach less one on both sides": own(lambda me: ((reach(me) - 1) // 2,) * 2),
    "pads E - 1 in all, whatever the stride is": same(lambda me: reach(me) - 1),
    "pads S - 1 in all, whatever stride and dilation are": same(lambda me: me.size - 1),
    "leaves the dilation out of the padding": same(
        lambda me: (-(-me.extent // me.stride) - 1) * me.stride + me.size - me.extent
    ),
    "pads for a length of n / T rounded down": same(
        lambda me: (max(me.extent // me.stride, 1) - 1) * me.stride + reach(me) - me.extent
    ),
    "pads for a length of n": same(lambda me: (me.extent - 1) * me.stride + reach(me) - me.extent),
}
"""What is done for "same_upper" and "same_lower"."""

WORDS: dict[str, tuple[str, ...]] = {
    "same": ("same_upper", "same_lower"),
    "same_upper": ("same_upper",),
    "same_lower": ("same_lower",),
}


def for_words(words: tuple[str, ...]) -> Where:
    """Whether padding is one of some words."""
    return lambda me, _both: me.word in words


PADDINGS = [
    *(Rule("padding", words, step) for words, step in READ.items()),
    *(
        Rule("padding", f"{words}, in numbers", step, lambda me, _both: not me.word)
        for words, step in READ.items()
    ),
    *(
        Rule("padding", f"{words}, where {name} is asked", step, for_words(few))
        for words, step in IN_WORDS.items()
        for name, few in WORDS.items()
    ),
    *(
        Rule("padding", f"{words}, where {name} is asked", step, for_words(few))
        for words, step in READ.items()
        for name, few in WORDS.items()
    ),
]
