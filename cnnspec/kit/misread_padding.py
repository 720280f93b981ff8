"""Fault models that all operations with padding share: how its numbers and words are misread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnspec.kit.fault import Changes, before
from cnnspec.kit.geometry import Line, Sides, lines, of_word, reach
from cnnspec.spec import Array

Two = tuple[int, int]
InNumbers = Callable[[Two, Two], Sides]
"""What (top, bottom) and (left, right) are taken for."""
InWords = Callable[[str, Line, Line], Two]
"""What is added before an axis and behind it for a word. It gets this axis and that of rows."""


@dataclass(frozen=True)
class Misreading:
    """How padding is misread. step: an InNumbers, or an InWords."""

    step: Callable[..., Any]
    remedy: str
    seen: str = ""


NUMBERS: list[Misreading] = []
WORDS: list[Misreading] = []


def noted(kept: list[Misreading], remedy: str, seen: str = "") -> Callable[..., Any]:
    """A decorator that adds a misreading to a list."""

    def note(step: Callable[..., Any]) -> Callable[..., Any]:
        kept.append(Misreading(step, remedy, seen))
        return step

    return note


def named(step: Callable[..., Any], operation: str, one: Misreading) -> Callable[..., Any]:
    """A fault's step with the name and the sentence of a misreading."""
    step.__name__ = f"{operation}_{one.step.__name__}"
    step.__doc__ = one.step.__doc__
    return step


def register_numbers(operation: str, clause: str) -> None:
    """Register the misreadings of numbers for an operation. clause: that of padding in numbers."""
    for one in NUMBERS:
        step = named(of_numbers(one.step), operation, one)
        before(operation, clause, remedy=one.remedy, seen=one.seen)(step)


def of_numbers(misread: InNumbers) -> Callable[..., Changes]:
    """A step that changes padding in numbers."""

    def step(padding: Any) -> Changes:
        return {} if isinstance(padding, str) else {"padding": misread(*padding)}

    return step


# Numbers


@noted(NUMBERS, remedy="Lay zeros around the map before the windows are taken.")
def padding_ignored(_rows: Two, _cols: Two) -> Sides:
    """Padding in numbers has no effect."""
    return (0, 0), (0, 0)


@noted(NUMBERS, remedy="Pad behind the last row and column, too.")
def padding_before_alone(rows: Two, cols: Two) -> Sides:
    """Padding is added at the top and at the left alone."""
    return (rows[0], 0), (cols[0], 0)


@noted(NUMBERS, remedy="Pad before the first row and column, too.")
def padding_behind_alone(rows: Two, cols: Two) -> Sides:
    """Padding is added at the bottom and at the right alone."""
    return (0, rows[1]), (0, cols[1])


@noted(NUMBERS, remedy="Of two numbers along an axis, the first is what goes before it.")
def padding_begin_and_end_exchanged(rows: Two, cols: Two) -> Sides:
    """What goes before an axis is added behind it, and the other way round."""
    return (rows[1], rows[0]), (cols[1], cols[0])


@noted(NUMBERS, remedy="The first pair of numbers is that of rows.")
def padding_of_rows_and_columns_exchanged(rows: Two, cols: Two) -> Sides:
    """The padding of rows is added to columns, and the other way round."""
    return cols, rows


@noted(
    NUMBERS,
    remedy="The four numbers are top, bottom, left and right; ONNX has top, left, bottom, right.",
    seen="pads read in the wrong order by a reference evaluator of ONNX",
)
def padding_begins_before_ends(rows: Two, cols: Two) -> Sides:
    """The four numbers are read as top, left, bottom and right."""
    return (rows[0], cols[0]), (rows[1], cols[1])


@noted(NUMBERS, remedy="Pad each side by its own number.")
def padding_of_the_larger_side(rows: Two, cols: Two) -> Sides:
    """Both sides of an axis get the larger of their two numbers."""
    return (max(rows),) * 2, (max(cols),) * 2


@noted(NUMBERS, remedy="Pad each side by its own number.")
def padding_of_the_first_side(rows: Two, cols: Two) -> Sides:
    """Both sides of an axis get what goes before it."""
    return (rows[0],) * 2, (cols[0],) * 2


@noted(
    NUMBERS,
    remedy="Do not halve the sum: pad each side by its own number.",
)
def padding_shared_by_both_sides(rows: Two, cols: Two) -> Sides:
    """Both sides of an axis get half of what they have together; an odd rest goes behind."""
    return half(sum(rows)), half(sum(cols))


@noted(NUMBERS, remedy="Pad columns by their own numbers.")
def padding_of_rows_for_both(rows: Two, _cols: Two) -> Sides:
    """Columns are padded as rows are."""
    return rows, rows


@noted(NUMBERS, remedy="Pad by the numbers that are given, not by one less.")
def padding_one_too_little(rows: Two, cols: Two) -> Sides:
    """Each side is padded by one less than is asked for."""
    return (less(rows[0]), less(rows[1])), (less(cols[0]), less(cols[1]))


def less(n: int) -> int:
    """One less, but not less than 0."""
    return max(n - 1, 0)


def half(total: int) -> Two:
    """Both halves; an odd rest goes behind."""
    return total // 2, total - total // 2


# Words


def by_word(
    misread: InWords, word: str, extents: tuple[int, ...], sizes: Any, stride: Two, dilation: Two
) -> Sides:
    """Padding for a word along both axes."""
    rows, cols = lines(extents, sizes, stride, dilation)
    return misread(word, rows, rows), misread(word, cols, rows)


def padded_or_cut(name: str, x: Array, sides: Sides) -> Changes:
    """The arguments for a map with padding; what is less than 0 is cut off."""
    (top, bottom), (left, right) = sides
    height, width = x.shape[:2]
    cut = x[max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    padding = (max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))
    return {name: cut, "padding": padding}


def length_of(line: Line) -> int:
    """The length that a result has with padding in words: ceil(n / T)."""
    return -(-line.extent // line.stride)


def lacking(line: Line, length: int) -> int:
    """How much padding a length needs in all; less than 0 where there is too much already."""
    return (length - 1) * line.stride + reach(line) - line.extent


def halves(word: str, total: int) -> Two:
    """Both halves of padding, the odd rest where the word says."""
    first = total // 2 if word == "same_upper" else total - total // 2
    return first, total - first


@noted(WORDS, remedy='With "same_upper" the odd rest goes behind, with "same_lower" before.')
def same_upper_and_lower_exchanged(word: str, line: Line, _rows: Line) -> Two:
    """An odd rest of "same" goes before with upper, and behind with lower."""
    before_, behind = of_word(word, line)
    return behind, before_


@noted(WORDS, remedy='With "same_lower" the odd rest goes before.')
def same_lower_taken_as_upper(word: str, line: Line, _rows: Line) -> Two:
    """An odd rest of "same" always goes behind."""
    return of_word("same_upper" if word == "same_lower" else word, line)


@noted(
    WORDS,
    remedy="The padding of a word depends on the stride: (ceil(n/T) - 1) * T + E - n in all.",
    seen="vtjeng/MIPVerify.jl#23",
)
def same_by_the_size_alone(word: str, line: Line, _rows: Line) -> Two:
    """For "same" E - 1 is added in all, whatever the stride is."""
    return (0, 0) if word == "valid" else halves(word, reach(line) - 1)


@noted(
    WORDS,
    remedy="The padding of a word is never less than 0: nothing is cut off.",
    seen="tensorflow/tensorflow#1991",
)
def same_cuts_with_a_wide_stride(word: str, line: Line, _rows: Line) -> Two:
    """Where a stride is larger than a window, "same" cuts elements off."""
    return (0, 0) if word == "valid" else halves(word, lacking(line, length_of(line)))


@noted(WORDS, remedy="Compute the padding of a word for columns by the width, size and stride.")
def same_of_rows_for_both(word: str, _line: Line, rows: Line) -> Two:
    """The padding of a word is computed for rows, and taken for columns, too."""
    return of_word(word, rows)


@noted(WORDS, remedy='The length with "same" is n / T rounded up.')
def same_rounded_down(word: str, line: Line, _rows: Line) -> Two:
    """With "same" the length is n / T rounded down."""
    if word == "valid":
        return 0, 0
    return halves(word, max(lacking(line, max(line.extent // line.stride, 1)), 0))


@noted(WORDS, remedy="Half of the padding of a word goes before.")
def same_behind_alone(word: str, line: Line, _rows: Line) -> Two:
    """All padding of "same" goes behind."""
    return 0, sum(of_word(word, line))


@noted(WORDS, remedy='Compute the padding of "same" from the stride; half of the size is for 1.')
def same_as_half_of_the_window(word: str, line: Line, _rows: Line) -> Two:
    """For "same" each side gets half of the reach of a window, rounded down."""
    return (0, 0) if word == "valid" else (reach(line) // 2, reach(line) // 2)


@noted(WORDS, remedy='Pad where the word is "same_upper" or "same_lower".')
def same_ignored(_word: str, _line: Line, _rows: Line) -> Two:
    """The words "same_upper" and "same_lower" add nothing."""
    return 0, 0


@noted(WORDS, remedy='"valid" adds no padding.')
def valid_taken_as_same(word: str, line: Line, _rows: Line) -> Two:
    """With "valid" there is as much padding as with "same_upper"."""
    return of_word("same_upper" if word == "valid" else word, line)


DILATED: list[Misreading] = []
"""Misreadings of words by operations that have a dilation."""


@noted(
    DILATED,
    remedy="E is D*(S-1) + 1, also where the padding of a word is computed.",
    seen="the max pooling of ONNX Runtime leaves the dilation out of it",
)
def same_without_the_dilation(word: str, line: Line, _rows: Line) -> Two:
    """The padding of a word is computed as if there were no dilation."""
    return of_word(word, line._replace(dilation=1))
