"""Options that are misread: where windows lie is found by impulses, and named by a rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sessions import session_of

from cnnspec.dialects import rules as dialects
from cnnspec.engine.diagnose import Findings, examined
from cnnspec.engine.misreading.in_words import in_words
from cnnspec.engine.misreading.model import Misreading, fault_of
from cnnspec.engine.misreading.paddings import PADDINGS
from cnnspec.engine.misreading.readings import MOST_CELLS
from cnnspec.engine.misreading.search import looked_at, rules
from cnnspec.engine.patient import Patient
from cnnspec.kit.calls import Call
from cnnspec.kit.looking import NOTHING, Laid, Looking, as_asked, reads
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.catalogue import calls_with_options
from cnnspec.spec import Array

Function = Callable[..., Any]
WINDOWED = ("conv", "pooling", "average_pooling")


def looking(operation: str) -> Looking:
    found = REGISTRY[operation].looking
    assert found is not None
    return found


def calls(operation: str) -> list[Call]:
    """Calls in which all options vary, each of one image."""
    varied = REGISTRY[operation].varied
    assert varied is not None
    right = fault_of(operation, Misreading(), [*varied.alone][:1]).make("general")
    found = calls_with_options(session_of(operation, right), operation)
    return [one for one in found if "batch" not in one.arguments]


def found_of(operation: str, clause: str, faulty: Function) -> Findings:
    return examined(session_of(operation, faulty), {clause: None})


def names(found: Findings) -> list[str]:
    return [one.fault for one in found.diagnosis]


def said(found: Findings) -> list[str]:
    (looked,) = found.looked
    told = in_words(looked)
    return [] if told is None else told.summary


# Faulty implementations in plain loops: they share nothing with the rules


def convolved(x: Array, w: Array, shape: tuple[int, int], place: Function) -> Array:
    """place: the row and column of the pixel for a tap of an output; outside of the image is 0."""
    y = np.zeros((*shape, len(w)))
    for r, c, i, j in np.ndindex(*shape, *w.shape[1:3]):
        row, column = place(r, c, i, j)
        if 0 <= row < x.shape[0] and 0 <= column < x.shape[1]:
            y[r, c] += w[:, i, j] @ x[row, column]
    return y


def in_axes(image: Array, filters: Array) -> tuple[Array, Array]:
    x, w = np.asarray(image, float), np.asarray(filters, float)
    return (x, w) if x.ndim == len("HWC") else (x[..., np.newaxis], w[..., np.newaxis])


def four(padding: Any) -> tuple[int, int, int, int]:
    rows, columns = padding if isinstance(padding, tuple) else (padding, padding)
    (a, b), (c, d) = (one if isinstance(one, tuple) else (one, one) for one in (rows, columns))
    return a, b, c, d


def length(x: Array, w: Array, down: int, along: int, stride: Any = (1, 1)) -> tuple[int, int]:
    rows = x.shape[0] + down - w.shape[1]
    columns = x.shape[1] + along - w.shape[2]
    if min(rows, columns) < 0:
        raise ValueError("no window fits")
    return rows // stride[0] + 1, columns // stride[1] + 1


def all_behind(image: Array, filters: Array, *, padding: Any = 0) -> Array:
    if isinstance(padding, str):
        raise TypeError("no words")
    x, w = in_axes(image, filters)
    top, bottom, left, right = four(padding)
    shape = length(x, w, top + bottom, left + right)
    return convolved(x, w, shape, lambda r, c, i, j: (r + i, c + j))


def stride_in_the_length_alone(image: Array, filters: Array, *, stride: Any = 1) -> Array:
    x, w = in_axes(image, filters)
    shape = length(x, w, 0, 0, stride if isinstance(stride, tuple) else (stride, stride))
    return convolved(x, w, shape, lambda r, c, i, j: (r + i, c + j))


def interchanged(image: Array, filters: Array, *, stride: Any = 1) -> Array:
    x, w = in_axes(image, filters)
    down, along = stride if isinstance(stride, tuple) else (stride, stride)
    shape = length(x, w, 0, 0, (along, down))
    return convolved(x, w, shape, lambda r, c, i, j: (along * r + i, down * c + j))


def bias_of_the_next(image: Array, filters: Array, bias: Array | None = None) -> Array:
    x, w = in_axes(image, filters)
    y = convolved(x, w, length(x, w, 0, 0), lambda r, c, i, j: (r + i, c + j))
    return y if bias is None else y + np.roll(np.asarray(bias, float), -1)


def scrambled(image: Array, filters: Array, *, padding: Any = 0) -> Array:
    if isinstance(padding, str):
        raise TypeError("no words")
    x, w = in_axes(image, filters)
    top, bottom, left, right = four(padding)
    shape = length(x, w, top + bottom, left + right)
    y = convolved(x, w, shape, lambda r, c, i, j: (r + i - top, c + j - left))
    return y.swapaxes(0, 1).reshape(y.shape) if padding else y


def averaged(feature_map: Array, size: Any, stride: Any, *, padding: Any = 0) -> Array:
    """Divides by the size of the window."""
    if isinstance(padding, str):
        raise TypeError("no words")
    x = np.asarray(feature_map, float)
    (a, b), (down, along) = (
        one if isinstance(one, tuple) else (one, one) for one in (size, stride)
    )
    top, bottom, left, right = four(padding)
    x = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    if x.shape[0] < a or x.shape[1] < b:
        raise ValueError("no window fits")
    rows, columns = (x.shape[0] - a) // down + 1, (x.shape[1] - b) // along + 1
    y = np.zeros((rows, columns, x.shape[2]))
    for r, c in np.ndindex(rows, columns):
        y[r, c] = x[r * down : r * down + a, c * along : c * along + b].sum(axis=(0, 1)) / (a * b)
    return y


@pytest.mark.parametrize("operation", WINDOWED)
def test_impulses_show_that_the_reference_reads_what_is_asked(operation: str) -> None:
    known, right = looking(operation), REGISTRY[operation].reference("general")
    tried = [one for one in calls(operation) if one.arrays[0][..., 0].size < MOST_CELLS]
    assert len(tried) > 15
    for one in tried:
        sent = known.impulses(one)
        seen = known.seen(sent, np.asarray(right(**sent.plain)))
        places = [reads(as_asked(axis), axis.extent) for axis in known.asked(one)]
        assert seen is not None
        for mine, theirs in zip(seen, known.shown(sent, (places[0], places[1])), strict=True):
            assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("operation", WINDOWED)
def test_a_model_without_rules_is_the_reference(operation: str) -> None:
    known, right = looking(operation), REGISTRY[operation].reference("general")
    for one in calls(operation):
        made = known.made(one, Misreading().windows(known, one))
        assert np.array_equal(made, right(**one.plain))


def test_windows_read_nothing_beside_the_map() -> None:
    laid = Laid(size=2, stride=2, dilation=2, before=1, after=1, length=3)
    assert reads(laid, 5).tolist() == [[NOTHING, 1], [1, 3], [3, NOTHING]]


@pytest.mark.parametrize(
    ("faulty", "clause", "fault", "sentence"),
    [
        (all_behind, "C12", "all-padding-lies-behind", "is asked: all padding lies behind"),
        (
            interchanged,
            "C11",
            "strides-exchanged",
            "is asked: rows and columns of the stride are interchanged",
        ),
        (
            stride_in_the_length_alone,
            "C11",
            "stride-in-the-length-alone",
            "is asked: the stride has no effect",
        ),
        (bias_of_the_next, "C16", "bias-of-the-next-map", ""),
    ],
)
def test_a_misread_option_of_conv_is_named(
    faulty: Function, clause: str, fault: str, sentence: str
) -> None:
    found = found_of("conv", clause, faulty)
    assert names(found) == [fault]
    told = said(found)
    assert told[0].endswith(sentence) if sentence else not told


def test_a_target_that_takes_no_words_is_named_too() -> None:
    """Without ceil the padded part of a window is all of it: two names would say the same."""
    found = found_of("average_pooling", "A6", averaged)
    assert names(found) == ["padding-always-counts"]
    (one,) = said(found)
    assert "is divided by" in one


def test_what_is_no_misreading_has_no_name() -> None:
    session = session_of("conv", scrambled)
    looked = looked_at(Patient(session, "conv", {"C12": None}))
    assert looked is not None
    assert looked.misreading is None
    assert in_words(looked) is None


def test_the_words_of_a_call_are_those_that_it_has() -> None:
    """What is said of a single call is true of that call."""
    found = found_of("conv", "C12", all_behind)
    (looked,) = found.looked
    one = next(reading for reading in looked.readings if not reading.is_right)
    assert looked.misreading is not None
    laid = looked.misreading.laid(one.asked)
    moved = tuple((axis.before, axis.after) for axis in laid)
    assert moved == tuple((0, axis.before + axis.after) for axis in one.asked)
    assert one.lies(laid)


def test_each_rule_of_a_runtime_is_among_the_rules() -> None:
    known = " ".join(rule.words for rule in rules())
    assert all(words in known for words in (*dialects.PADDINGS, *dialects.LENGTHS))
    ways = " ".join(way.words.lower() for way in looking("average_pooling").ways["divisor"])
    assert all(words in ways for words in dialects.DIVISORS)


def test_a_runtime_that_pads_as_another_is_named_by_its_rule() -> None:
    rule = next(
        one
        for one in PADDINGS
        if one.words == "pads as TensorFlow's SAME, where same_lower is asked"
    )
    misreading = Misreading((rule,))
    made = fault_of("conv", misreading, ("C13",)).make("general")
    found = found_of("conv", "C13", made)
    assert names(found) == ["conv-same-lower-taken-as-upper"]
    (looked,) = found.looked
    assert looked.misreading is not None
    assert said(found)[0].startswith("behaves as padding ")


def test_rules_have_names_of_their_own() -> None:
    assert len({(rule.part, rule.words) for rule in rules()}) == len(rules())
