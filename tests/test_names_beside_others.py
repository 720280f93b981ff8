"""Names of what is wrong with an option, where something else is wrong too, or hides it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sessions import session_of

from cnnspec.engine.diagnose import examined
from cnnspec.engine.misreading.starts import begun_in_the_map, moved_into_the_map
from cnnspec.engine.patient import Patient
from cnnspec.kit.calls import Argument
from cnnspec.kit.operation import call
from cnnspec.kit.plainer import plainer
from cnnspec.operations.catalogue import faults
from cnnspec.spec import Array

Function = Callable[..., Any]


def names(operation: str, made: Function, *clauses: str) -> list[str]:
    found = examined(session_of(operation, made), dict.fromkeys(clauses))
    return [one.fault for one in found.diagnosis]


def in_axes(image: Array, filters: Array) -> tuple[Array, Array]:
    x, w = np.asarray(image), np.asarray(filters)
    return (x, w) if x.ndim == len("HWC") else (x[..., np.newaxis], w[..., np.newaxis])


def padded(x: Array, padding: Any) -> Array:
    if isinstance(padding, str):
        raise TypeError("padding is a number")
    return np.pad(x, ((padding, padding), (padding, padding), (0, 0)))


def with_a_late_start(image: Array, filters: Array, stride: int = 1) -> Array:
    x, w = in_axes(image, filters)  # integers stay integers, which Q6 forbids
    rows, columns = (n - k + 1 for n, k in zip(x.shape, w.shape[1:3], strict=False))
    first = (stride - 1) // 2
    y = np.zeros((rows, columns, len(w)), np.result_type(x, w))
    for i, j in np.ndindex(*w.shape[1:3]):
        y += x[i : i + rows, j : j + columns] @ w[:, i, j].T
    return y[first::stride, first::stride]


def test_integers_that_stay_integers_hide_no_name_of_an_option() -> None:
    found = names("conv", with_a_late_start, "C11", "Q6")
    assert found == ["the-first-window-starts-t-1-2-later"]


def test_calls_are_made_plainer_by_the_clauses_that_fail() -> None:
    one = (call("relu", np.ones((1, 2, 2), np.int8)).laid_out("F"),)
    assert plainer(one, ["C12"]) is one
    assert plainer(one, ["Q6"])[0].arrays[0].dtype == np.float64
    for clause, layout in (("Q6", "F"), ("Q5", "C")):
        given = plainer(one, [clause])[0].arguments["feature_map"]
        assert isinstance(given, Argument)
        assert given.layout == layout
    assert plainer(one * 2, ["Q6"]) == one * 2


def test_what_is_right_of_a_batch_is_known_to_the_diagnosis() -> None:
    made = {one.id: one for one in faults()}["bias-for-the-first-image-alone"].make("general")
    patient = Patient(session_of("conv", made), "conv", {"C17": None})
    probes = [one for one in patient.topic("C17") if "batch" in one.case[-1].arguments]
    assert probes
    assert all(one.right[-1].value is not None for one in probes)
    assert not all(one.wrong for one in probes)


def cropped_from_its_first_tap(image: Array, filters: Array, padding: int = 0) -> Array:
    x, w = in_axes(image, filters)
    padded(x, padding)
    size = w.shape[1:3]
    shape = [n + 2 * padding - k + 1 for n, k in zip(x.shape, size, strict=False)]
    y = np.zeros((*shape, len(w)))
    for r, c in np.ndindex(*shape):
        top, left = max(r - padding, 0), max(c - padding, 0)
        rows, columns = r - padding + size[0] - top, c - padding + size[1] - left
        window = x[top : top + max(rows, 0), left : left + max(columns, 0)].astype(float)
        height, width = window.shape[:2]
        y[r, c] = np.tensordot(w[:, :height, :width], window, 3)
    return y


def test_a_filter_that_is_cropped_from_its_first_tap() -> None:
    found = names("conv", cropped_from_its_first_tap, "C12")
    assert found == [
        "a-window-that-starts-before-the-map-begins-with-its-first-tap-at-the-first-cell"
    ]


def test_starts_of_windows_are_moved() -> None:
    places = np.array([[-3, -1, 1], [0, 2, 4]])
    assert moved_into_the_map(places, 5).tolist() == [[0, 2, 4], [0, 2, 4]]
    begun = begun_in_the_map(places, 5)
    assert begun[0, 0] == 0
    assert (begun[0, 1:] > 5).all()
    assert begun[1].tolist() == [0, 2, 4]


def with_a_width_by_the_height(image: Array, filters: Array, padding: int = 0) -> Array:
    x, w = in_axes(image, filters)
    x = padded(x, padding).astype(float)
    size = w.shape[1:3]
    y = np.zeros((x.shape[0] - size[0] + 1, x.shape[1] - size[0] + 1, len(w)))
    for r, c, n in np.ndindex(*y.shape):
        y[r, c, n] = (x[r : r + size[0], c : c + size[1]] * w[n]).sum()  # or they do not fit
    return y


def test_a_wrong_length_is_named_though_it_often_raises() -> None:
    found = names("conv", with_a_width_by_the_height, "C10")
    assert found == ["the-length-is-counted-with-the-size-of-the-other-axis-along-columns-alone"]


def test_a_fault_beside_two_options_is_named_by_either_clause() -> None:
    made = {one.id: one for one in faults()}["bias-counted-within-a-group"]
    assert made.clauses == ("C15",)
    assert names("conv", made.make("general"), "C16") == [made.id]
