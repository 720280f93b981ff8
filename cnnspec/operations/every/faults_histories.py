"""Faults of state: caches with keys that say too little, rejections, races, roundings by chance."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import Function, stateful
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.every.faults import for_every_operation
from cnnspec.spec import Array

Key = Callable[[Array], Any]
"""What a cache knows an array by."""


WHOLE = 1_000
"""So many elements NumPy writes out."""


def cached(right: Function, key: Key) -> Function:
    """An operation that keeps its results by the keys of the arrays."""
    kept: dict[Any, Array] = {}

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        given = [key(a) if isinstance(a, np.ndarray) else a for a in arguments]
        return kept.setdefault((*given, *sorted(named.items())), y).copy()

    return faulty


@for_every_operation("Q2", remedy="Compare whole arrays, or keep no results.")
def cached_by_the_first_kilobyte(right: Function) -> Function:
    """The result for an array is kept by its shape, dtype and first 1024 bytes."""
    return cached(right, lambda a: (a.shape, a.dtype.str, a.tobytes()[:1024]))


@for_every_operation("Q2", remedy="An array as text is cut short: keep no results by it.")
def cached_by_text(right: Function) -> Function:
    """The result for an array is kept by its text, which leaves out the middle of a large one."""
    return cached(right, lambda a: (a.shape, a.dtype.str, text_of(a)))


def text_of(a: Array) -> str:
    """An array as text. That of a small one takes long to write, and is often asked for again."""
    return small_text(a.shape, a.dtype.str, a.tobytes()) if a.size <= WHOLE else repr(a)


@lru_cache(maxsize=2**11)
def small_text(shape: tuple[int, ...], dtype: str, content: bytes) -> str:
    """The text of the array that has some bytes."""
    return repr(np.frombuffer(content, dtype).reshape(shape))


@for_every_operation("Q2", remedy="Let the dtype be a part of the key.")
def cached_without_dtype(right: Function) -> Function:
    """The result for an array is kept by its shape and bytes, whatever its dtype is."""
    return cached(right, lambda a: (a.shape, a.tobytes()))


@for_every_operation("Q2", remedy="Let the shape be a part of the key.")
def cached_without_shape(right: Function) -> Function:
    """The result for an array is kept by its rank, dtype and bytes, whatever its shape is."""
    return cached(right, lambda a: (a.ndim, a.dtype.str, a.tobytes()))


@for_every_operation("Q2", remedy="Give each thread memory of its own, or lock what they share.")
def large_results_meet_in_one_place(right: Function) -> Function:
    """Results of 1024 elements and more pass through one place, where threads meet."""
    place: list[Array] = []

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        if y.size < 2**10:
            return y
        place[:] = [y]
        time.sleep(5e-4)  # another thread may come between
        return place[0].copy()

    return faulty


def spoilt(right: Function) -> Function:
    """An operation whose next result after a rejection is zero."""
    failed = False

    def faulty(*arguments: Any, **named: Any) -> Array:
        nonlocal failed
        try:
            y = np.asarray(right(*arguments, **named))
        except Exception:
            failed = True
            raise
        late, failed = failed, False
        return np.zeros_like(y) if late else y

    return faulty


def register(name: str) -> None:
    """Register the fault of an operation that leaves a state behind when it rejects."""

    def make() -> Function:
        """After a rejection the next result is zero."""
        return spoilt(REGISTRY[name].reference("standard"))

    make.__name__ = f"{name}_spoilt_by_a_rejection"
    stateful(name, "Q2", remedy="Leave no state behind when input is rejected.")(make)


for _name in [name for name, one in REGISTRY.items() if one.roles.guards]:
    register(_name)


@stateful("conv", "Q2", remedy="Sum in one order, whatever the call is.")
def sums_of_conv_in_turns() -> Function:
    """Every third call sums the taps backwards: the same numbers give other last bits."""
    calls = 0

    def conv(image: Any, filters: Any) -> Array:
        nonlocal calls
        calls += 1
        y = reference.conv(image, filters)
        if calls % 3:
            return y
        x, w = np.asarray(image), np.asarray(filters)
        turned = reference.conv(x[::-1, ::-1], w[:, ::-1, ::-1])
        return turned[::-1, ::-1].copy()

    return conv


@stateful("conv", "Q2", remedy="Let the shapes and all options be a part of the key.")
def conv_cached_by_bytes_alone() -> Function:
    """The result is kept by the numbers of image and filters, whatever their shape, or options."""
    kept: dict[Any, Array] = {}

    def conv(
        image: Any,
        filters: Any,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
    ) -> Array:
        y = reference.conv(image, filters, stride=stride, padding=padding, dilation=dilation)
        arrays = (np.asarray(one) for one in (image, filters))
        return kept.setdefault(tuple((a.dtype, a.tobytes()) for a in arrays), y).copy()

    return conv
