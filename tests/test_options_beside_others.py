"""Faults that need an option and something besides: many digits, a long row, a batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

Named = dict[str, Any]


def in_float32(array: Array) -> Array:
    return array.astype(np.float32).astype(array.dtype)


def conv_with(change: Callable[[Array, Array | None, Named], tuple[Array, Array | None]]) -> Any:
    """A conv whose image and bias are changed first."""

    def conv(
        image: Array,
        filters: Array,
        bias: Array | None = None,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
    ) -> Array:
        given = {"stride": stride, "padding": padding, "dilation": dilation}
        x, b = change(image, bias, given)
        return reference.conv(x, filters, b, edition="general", batch=x.ndim == 4, **given)

    vars(conv)["batch"] = True
    return conv


def without_last(image: Array) -> Array:
    """An image whose last pixel is zero."""
    x = image.copy()
    x[(-1,) * x.ndim] = 0
    return x


def is_padded(given: Named) -> bool:
    return not isinstance(given["padding"], str) and bool(np.any(given["padding"]))


FAULTS: dict[str, tuple[str, Any]] = {
    "a padded image in float32": (
        "C12",
        lambda x, b, given: (in_float32(x) if is_padded(given) else x, b),
    ),
    "a bias in float32": ("C16", lambda x, b, _given: (x, None if b is None else in_float32(b))),
    "a padded image in integers": (
        "C12",
        lambda x, b, given: (np.trunc(x) if is_padded(given) else x, b),
    ),
    "a bias in integers": ("C16", lambda x, b, _given: (x, None if b is None else np.trunc(b))),
    "long rows with a stride": (
        "C11",
        lambda x, b, given: (
            without_last(x) if x.shape[-2] > 32 and given["stride"] != 1 else x,
            b,
        ),
    ),
    "a dilation of more than 3": (
        "C14",
        lambda x, b, given: (without_last(x) if np.max(given["dilation"]) > 3 else x, b),
    ),
    "a fifth image": ("C17", lambda x, b, _given: (without_last(x) if len(x) > 4 else x, b)),
}


def failing(operation: str, target: Any, *only: str) -> set[str]:
    """The clauses that fail, of some."""
    plan = Plan(named("target"), "general", budget="quick", only=only, certify=0, explain=False)
    report = judge(InProcess({operation: target}, lambda: {operation: target}), plan)
    return {one.id for one in report.clauses if one.status == "fail"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_conv_beside_an_option_is_found(name: str) -> None:
    clause, change = FAULTS[name]
    assert clause in failing("conv", conv_with(change), clause)


def test_padding_that_cuts_the_fractions_of_a_map_is_found() -> None:
    def pooling(feature_map: Array, size: Any = 2, stride: Any = 2, *, padding: Any = 0) -> Array:
        whole = np.trunc(feature_map) if np.any(padding != 0) else feature_map
        return reference.pooling(whole, size, stride, padding=padding, edition="general")

    assert failing("pooling", pooling, "P7") == {"P7"}


def test_padding_of_a_large_negative_number_wins_over_larger_ones() -> None:
    def pooling(feature_map: Array, size: Any = 2, stride: Any = 2, *, padding: Any = 0) -> Array:
        y = reference.pooling(feature_map, size, stride, padding=padding, edition="general")
        return np.maximum(y, -1e9).astype(y.dtype) if np.any(padding != 0) else y

    assert failing("pooling", pooling, "P7") == {"P7"}


def test_cells_behind_unlike_padding_do_not_count() -> None:
    def average_pooling(
        feature_map: Array,
        size: Any = 2,
        stride: Any = 2,
        *,
        padding: Any = 0,
        ceil: bool = False,
        count_padding: bool = False,
    ) -> Array:
        given: Named = {"padding": padding, "ceil": ceil, "count_padding": count_padding}
        y = reference.average_pooling(feature_map, size, stride, edition="general", **given)
        ends = padding[0] if isinstance(padding, tuple) else None
        if not (count_padding and ceil and isinstance(ends, tuple) and 0 < ends[1] != ends[0]):
            return y
        whole = np.broadcast_to(size, 2)[0]
        last = (len(y) - 1) * np.broadcast_to(stride, 2)[0]
        y[-1] *= min(sum(ends) + len(feature_map) - last, whole) / whole
        return y

    assert failing("average_pooling", average_pooling, "A6") == {"A6"}


def test_the_memory_of_a_strided_result_is_its_own() -> None:
    kept: dict[Any, Array] = {}

    def conv(image: Array, filters: Array, *, stride: Any = 1) -> Array:
        y = reference.conv(image, filters, stride=stride)
        if stride == 1:
            return y
        place = kept.setdefault((y.shape, y.dtype), y)
        place[...] = y
        return place

    assert failing("conv", conv, "Q4") == {"Q4"}
