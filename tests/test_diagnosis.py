"""Diagnosis: the right name for what is known, none for what is not; and tap maps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sampling import some

from cnnspec import reference
from cnnspec.engine.diagnose import diagnose
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.impulses import explained
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit import window_map
from cnnspec.kit.calls import Unsupported
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import faults
from cnnspec.operations.conv import taps as conv
from cnnspec.operations.pooling.oracle import axis
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

Function = Callable[..., Any]


def diagnosed(clauses: tuple[str, ...], **functions: Function) -> list[Diagnosis]:
    """What is said of a target that deviates from some clauses."""
    session = Session(InProcess(functions), "standard")
    for operation in functions:
        smoke(session, operation)
    return diagnose(session, dict.fromkeys(clauses))


SILENT = {
    "cells-beyond-count-where-padding-differs": "one probe tells it; its own case is the second",
    "conv-cached-by-bytes-alone": "it shows beside options alone",
    "dilation-of-grey-images-ignored": "one probe tells it; its own case is the second",
    "fractions-of-a-size-are-cut": "one probe tells it; its own case is the second",
    "integer-pixels-rounded-to-float32": "it has a name where the dtype of a failing case is known",
    "single-filter-without-its-axis": "one probe tells it; its own case is the second",
    "large-images-by-tiles": "the stack has no probes of its own",
    "filters-shared-by-threads": "what comes of two threads is chance",
    "wrong-after-a-thousand-calls": "one probe tells it; its own case is the second",
    "counts-in-the-type-of-the-size": "one probe tells it; its own case is the second",
    "fractions-are-cut": "one probe tells it; its own case is the second",
    "count-in-sixteen-bits": "no probe has a window of so many elements",
}


SILENT_OF_ALL = (
    "cached-by-the-first-kilobyte",
    "cached-by-text",
    "cached-without-dtype",
    "cached-without-shape",
    "large-results-share-one-buffer",
    "large-results-meet-in-one-place",
)
"""Faults of any operation of which one probe tells, or none: their own case is another."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", some(faults(), 20), ids=lambda fault: fault.id)
def test_a_fault_model_is_recognised(fault: Fault) -> None:
    edition = fault.edition

    def made() -> dict[str, Function]:
        return {fault.operation: fault.operations(edition)[fault.operation]}

    client = InProcess(made(), made)
    found = diagnose(Session(client, edition), dict.fromkeys(fault.clauses))
    names = [one.fault for one in found]
    if fault.id in SILENT:
        assert names == []
    elif fault.id.endswith(SILENT_OF_ALL):
        assert names in ([], [fault.id])
    else:
        assert fault.id in names
    assert len(found) <= 3


def flipped(image: Array, filters: Array) -> Array:
    """A true convolution in plain loops, which shares nothing with the fault model."""
    x, w = (np.asarray(a, float) for a in (image, filters))
    if x.ndim == 2 and w.ndim == 3:
        x, w = x[:, :, None], w[:, :, :, None]
    number, size = w.shape[:2]
    if x.ndim != 3 or w.ndim != 4 or x.shape[2] != w.shape[3] or size != w.shape[2]:
        raise ValueError("shapes do not match")
    if size % 2 == 0 or size > min(x.shape[:2]):
        raise ValueError("size")
    y = np.zeros((x.shape[0] - size + 1, x.shape[1] - size + 1, number))
    for r, c, n in np.ndindex(y.shape):
        for i, j in np.ndindex(size, size):
            y[r, c, n] += x[r + i, c + j] @ w[n, size - 1 - i, size - 1 - j]
    return y


def ceiling(x: Array, size: int = 2, stride: int = 2) -> Array:
    """Pooling whose windows reach beyond the border."""
    rows, cols = (-(-(n - size) // stride) + 1 for n in x.shape[:2])
    y = np.full((rows, cols, x.shape[2]), -np.inf)
    for r, c in np.ndindex(rows, cols):
        part = x[r * stride : r * stride + size, c * stride : c * stride + size]
        if part.size:
            y[r, c] = part.max(axis=(0, 1))
    return y


def test_faults_of_two_operations_are_both_named() -> None:
    report = judge(
        InProcess({"conv": flipped, "pooling": ceiling}),
        Plan(named("two"), only=("C6", "C7", "P3", "P4")),
    )
    assert [one.fault for one in report.diagnosis] == ["filter-rotated", "ceil-mode"]
    first = report.diagnosis[0]
    assert first.clauses == ("C7",)
    assert first.agreement == f"{first.probes} of {first.probes}"
    assert first.probes > 60
    assert "180 degrees" in first.sentence
    assert "flip" in first.remedy


def test_an_operation_that_is_not_in_question_is_not_asked() -> None:
    asked: list[Array] = []

    def counting(f: Array, size: int = 2, stride: int = 2) -> Array:
        asked.append(f)
        return reference.pooling(f, size, stride)

    functions = {"relu": lambda x: np.abs(x), "pooling": counting}
    session = Session(InProcess(functions), "standard")
    x = np.ones((4, 4, 1))
    alone, beside = call("relu", x), call("pooling", x, 2, 2)
    assert diagnose(session, {"R2": (alone,)})
    assert not asked
    diagnose(session, {"S1": (alone, beside)})
    assert asked


def test_two_faults_of_one_operation_are_named_together() -> None:
    def both(image: Array, filters: Array) -> Array:
        y = flipped(image, filters)
        y[:, -1] = 0
        return y

    (one,) = diagnosed(("C7",), conv=both)
    assert one.fault == "filter-rotated + last-column-not-written"
    assert " And: " in one.sentence


def test_what_a_target_declines_does_not_hide_its_fault() -> None:
    def declining(image: Array, filters: Array) -> Array:
        if np.ndim(image) == 2:
            raise Unsupported("images without a channel axis")
        return flipped(image, filters)

    (one,) = diagnosed(("C7",), conv=declining)
    assert one.fault == "filter-rotated"
    (whole,) = diagnosed(("C7",), conv=flipped)
    assert one.probes < whole.probes


@pytest.mark.parametrize(
    ("relu", "name", "words"),
    [
        (lambda x: np.where(x > 0, x, 0.2 * x), "leaky", "become 0.2 times"),
        (lambda x: np.clip(x, 0, 20), "capped", "above 20 become 20"),
        (lambda x: np.where(x > 1e-3, x, 0.0), "numbers-up-to-a-limit-become-zero", "0.001"),
        (lambda x: 3 * np.maximum(x, 0), "relu-scaled", "multiplied by 3"),
    ],
)
def test_constants_are_measured(relu: Function, name: str, words: str) -> None:
    found = diagnosed(("R2",), relu=relu)
    assert name in [one.fault for one in found]
    assert all(words in one.sentence for one in found)


def only_even(image: Array, filters: Array) -> Array:
    """Flips every second filter."""
    y, z = reference.conv(image, filters), flipped(image, filters)
    y[:, :, ::2] = z[:, :, ::2]
    return y


def second_largest(x: Array, size: int = 2, stride: int = 2) -> Array:
    """The second largest of each window."""
    parts = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    flat = np.sort(parts[::stride, ::stride].reshape(-1, size * size), axis=1)
    shape = reference.pooling(x, size, stride).shape
    return np.asarray(flat[:, max(size * size - 2, 0)].reshape(shape))


@pytest.mark.parametrize(
    ("clause", "functions"),
    [
        ("C7", {"conv": only_even}),
        ("C7", {"conv": lambda x, w: reference.conv(x, w) * (1 + 2.0**-40 * len(w))}),
        ("P4", {"pooling": second_largest}),
        ("R2", {"relu": lambda x: np.where(x < -3, 0.01 * x, np.maximum(x, 0))}),
        ("R2", {"relu": lambda x: np.maximum(x, 0) + 0.1 * np.sin(x)}),
    ],
)
def test_nothing_is_said_of_what_is_unknown(clause: str, functions: Any) -> None:
    assert [one.fault for one in diagnosed((clause,), **functions)] == []


@pytest.mark.exhaustive
def test_what_is_right_has_no_diagnosis() -> None:
    right: dict[str, Function] = {
        "conv": reference.conv,
        "relu": reference.relu,
        "pooling": reference.pooling,
        "average_pooling": reference.average_pooling,
    }
    assert diagnose(Session(InProcess(right), "standard"), {}) == []
    assert diagnosed(("C7", "R2", "P4", "A4", "A5", "Q2", "Q7"), **right) == []


# Tap maps


def summary_of(fault: str) -> list[str]:
    """What the tap map of a fault model says."""
    model = next(one for one in faults() if one.id == fault)
    session = Session(InProcess(model.operations()), "standard")
    (found,) = explained(session, model.clauses)
    return found.summary


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("filter-rotated", ["each filter is rotated by 180 degrees"]),
        ("filter-transposed", ["each filter is transposed"]),
        ("filter-mirrored", ["each filter is mirrored left to right"]),
        ("windows-a-row-late", ["windows are shifted by (1, 0)"]),
        ("last-tap-unread", ["filter taps (2, 2) are not used"]),
        (
            "channels-reversed",
            ["channel 0 meets channel 1 of the filter", "channel 1 meets channel 0 of the filter"],
        ),
        ("last-channel-missing", ["channel 1 is left out"]),
        ("maps-in-reverse", ["map 0 is made with filter 1", "map 1 is made with filter 0"]),
        ("last-row-not-written", ["row 3 of the result is not written"]),
        ("divided-by-the-taps", ["everything is multiplied by 0.111111"]),
        (
            "stride-of-two",
            ["windows are 2 pixels apart", "the result is (2, 3, 2) instead of (4, 5, 2)"],
        ),
        (
            "border-of-zeros",
            ["windows are shifted by (-1, -1)", "the result is (6, 7, 2) instead of (4, 5, 2)"],
        ),
        ("maps-first", ["the axes of the result are maps, rows, columns"]),
        ("over-all-channels", ["windows reach over all channels"]),
        ("window-one-short", ["windows are 1 by 1 instead of 2 by 2"]),
        ("stride-is-the-size", ["windows are 3 rows and 3 columns apart"]),
        ("windows-start-one-late", ["windows are shifted by (1, 1)"]),
        (
            "last-row-unwritten",
            ["6 elements of the result look at nothing"],
        ),
    ],
)
def test_a_rule_sums_the_map_up(fault: str, words: list[str]) -> None:
    found = summary_of(fault)
    assert all(any(text in said for said in found) for text in words), found


def test_a_picture_shows_the_taps_of_one_output() -> None:
    found = conv.measure(Session(InProcess({"conv": flipped}), "standard"))
    assert found is not None
    assert list(conv.picture(found)) == [
        "output (0, 0) of map 0 uses filter tap (2, 2) for pixel (0, 0) of channel 0 where the "
        "spec uses (0, 0)",
        "taps that the pixels from (0, 0) meet, in channel 0:",
        "  spec             target",
        "  0,0  0,1  0,2    2,2  2,1  2,0",
        "  1,0  1,1  1,2    1,2  1,1  1,0",
        "  2,0  2,1  2,2    0,2  0,1  0,0",
    ]


def test_a_picture_shows_the_pixels_of_one_window() -> None:
    found = window_map.measure(
        Session(InProcess({"pooling": ceiling}), "standard"), "pooling", axis
    )
    assert found is not None
    shown = list(window_map.picture(found, window_map.right(found.case, axis, "standard")))
    assert shown[0].startswith("output (0, 3) of channel 0, of a 8 by 7 map with size 2, stride 2")
    assert shown[2] == "  . . . . . . .   . . . . . . #"


def test_what_is_right_has_the_maps_of_the_spec() -> None:
    right: dict[str, Function] = {"conv": reference.conv, "pooling": reference.pooling}
    session = Session(InProcess(right), "standard")
    assert conv.measure(session) == conv.right()
    assert window_map.measure(session, "pooling", axis) is None
    assert explained(session, ("C7", "P4")) == []


ODD_RESULTS: dict[str, Function] = {
    "integers": lambda y: np.trunc(np.nan_to_num(y) / 3).astype(np.int64),
    "booleans": lambda y: y > 0,
    "complex": lambda y: y * 1j,
    "complex but right": lambda y: y + 0j,
    "infinite": lambda y: y + np.inf,
    "NaN": lambda y: y * np.nan,
    "beyond float64": lambda y: y.astype(np.longdouble) * np.longdouble("1e4000"),
    "half precision": lambda y: y.astype(np.float16),
    "nothing": lambda _y: np.zeros((0, 0, 0)),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("odd", ODD_RESULTS)
def test_odd_results_end_in_a_verdict(odd: str) -> None:
    def of(right: Function) -> Function:
        def wrong(*arguments: Any) -> Any:
            with np.errstate(all="ignore"):
                return ODD_RESULTS[odd](right(*arguments))

        return wrong

    right: dict[str, Function] = {
        "conv": reference.conv,
        "relu": reference.relu,
        "pooling": reference.pooling,
        "average_pooling": reference.average_pooling,
    }
    only = ("C6", "C7", "C9", "R2", "P3", "P4", "A3", "A4", "A5", "Q6")
    client = InProcess({name: of(function) for name, function in right.items()})
    report = judge(client, Plan(named(odd), budget="quick", only=only, level="strict"))
    assert report.verdict == "deviates"
