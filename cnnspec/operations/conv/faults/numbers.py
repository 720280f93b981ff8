"""Faults of conv: what is done to the numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import Ask, Changes, Look, after, before, fault
from cnnspec.spec import Array

# What is done to the numbers


def scale_of(ask: Ask) -> float | None:
    """What 1 times 1 gives, if it is not 1."""
    y = ask(np.ones((1, 1, 1)), np.ones((1, 1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size == 1 and y.flat[0] not in (0, 1) else None


@after("conv", "C7", remedy="Leave out the factor.", measure=scale_of, constant=0.5)
def scaled(y: Array, c: float) -> Array:
    """Every element is multiplied by {c}."""
    return y * y.dtype.type(c)


@after("conv", "C7", remedy="Do not divide: a sum is asked for, not a mean.")
def divided_by_the_taps(y: Array, filters: Array) -> Array:
    """The sum is divided by K * K."""
    return y / y.dtype.type(filters.shape[1] ** 2)


@after("conv", "C7", remedy="Do not divide: a sum is asked for, not a mean.")
def mean_of_the_products(y: Array, filters: Array) -> Array:
    """The mean of the products instead of their sum."""
    return y / y.dtype.type(max(filters[0].size, 1))


def bias_of(ask: Ask) -> float | None:
    """What zeros give, if it is not zero."""
    y = ask(np.zeros((3, 3, 1)), np.zeros((1, 1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size and y.flat[0] != 0 else None


@after("conv", "C7", remedy="Add nothing: conv has no bias.", measure=bias_of, constant=1.0)
def biased(y: Array, c: float) -> Array:
    """{c} is added to every element."""
    return y + y.dtype.type(c)


@after("conv", "C7", remedy="Return the sum as it is; ReLU is a step of its own.")
def rectified(y: Array) -> Array:
    """Negative sums become zero: the ReLU is applied within."""
    return reference.relu(y)


@after("conv", "C7", remedy="Return the sum with its sign.")
def magnitudes_of_the_sums(y: Array) -> Array:
    """Sums lose their sign."""
    return np.abs(y)


@after("conv", "C7", remedy="Return the sum as it is; clip only what is to be shown.")
def clipped_to_a_byte(y: Array) -> Array:
    """Sums are clipped to 0 and 255."""
    return np.clip(y, 0, 255)


@after("conv", "C7", remedy="Return the sum as it is: keep its fraction.")
def rounded_to_whole_numbers(y: Array) -> Array:
    """Sums are rounded to whole numbers."""
    return np.rint(y)


@after("conv", "C7", remedy="Return floats: the result's array has an integer dtype.")
def cut_to_whole_numbers(y: Array) -> Array:
    """Sums lose their fraction, as in an array of integers."""
    return np.trunc(y)


@before("conv", "C7", remedy="Keep the weights floating: do not copy them into integers.")
def weights_cut_to_whole_numbers(filters: Array) -> Changes:
    """The weights lose their fraction."""
    return {"filters": np.trunc(filters)}


@before("conv", "C7", remedy="Keep the image floating: do not copy it into integers.")
def pixels_cut_to_whole_numbers(image: Array) -> Changes:
    """The pixels lose their fraction."""
    return {"image": np.trunc(image)}


@before("conv", "C7", remedy="Use the weights as they are given.")
def filters_normalised(filters: Array) -> Changes:
    """Each filter is divided by the sum of its weights, where that is not zero."""
    total = filters.sum(axis=(1, 2, 3), keepdims=True)
    return {"filters": filters / np.where(total == 0, 1, total)}


def held_in(dtype: type[np.floating[Any]]) -> Callable[[Array, Array, Array, Array], Look]:
    """Tells a result that holds nothing but numbers of a dtype, and is right to its precision."""

    def alike(got: Array, right: Array, x: Array, w: Array) -> Look:
        largest = max(np.abs(x).max(initial=0), 1) * max(np.abs(w).sum(), 1)
        with np.errstate(all="ignore"):
            narrow = (got.astype(dtype).astype(got.dtype) == got) | ~np.isfinite(got)
            near = np.abs(got - right) <= 16 * float(np.finfo(dtype).eps) * largest
        if not narrow.all() or not (near | (largest > float(np.finfo(dtype).max))).all():
            return "contrary"
        no_wider = right.dtype.itemsize <= np.dtype(dtype).itemsize  # and so nothing is lost
        return "neutral" if no_wider or np.array_equal(got, right) else "telling"

    return alike


def by_transform(got: Array, right: Array, x: Array, w: Array) -> Look:
    """Tells an error that is small beside the largest pixel, but not beside the window's own."""
    unit = float(np.finfo(got.dtype).eps)
    error = np.abs(got - right)
    if not (error <= 64 * unit * np.abs(x).max(initial=0) * np.abs(w).sum()).all():
        return "contrary"
    own = reference.conv(np.abs(x), np.abs(w))
    return "telling" if (error > 2**10 * unit * own).any() else "neutral"


@fault(
    "conv",
    "C7",
    "C9",
    alike=held_in(np.float32),
    remedy="Compute in the inputs' precision: allocate sums and result with their dtype.",
    seen="numpy.zeros(..., dtype=numpy.float32) for the result; runtimes without float64",
)
def in_float32(image: Any, filters: Any) -> Array:
    """Inputs, sums or results are held in float32."""
    x, w = spec.require_conv(image, filters)
    return reference.conv(x.astype(np.float32), w.astype(np.float32)).astype(x.dtype)


@before("conv", "C7", "C9", remedy="Keep the weights in their own precision.")
def weights_in_float32(filters: Array) -> Changes:
    """The weights are rounded to float32."""
    with np.errstate(all="ignore"):
        return {"filters": filters.astype(np.float32).astype(filters.dtype)}


@before("conv", "C7", "C9", remedy="Keep the image in its own precision.")
def pixels_in_float32(image: Array) -> Changes:
    """The pixels are rounded to float32."""
    with np.errstate(all="ignore"):
        return {"image": image.astype(np.float32).astype(image.dtype)}


@fault(
    "conv",
    "C7",
    "C9",
    alike=held_in(np.float16),
    remedy="Compute in the inputs' precision, not in half of it.",
)
def in_float16(image: Any, filters: Any) -> Array:
    """Inputs, sums or results are held in float16."""
    x, w = spec.require_conv(image, filters)
    with np.errstate(all="ignore"):
        return reference.conv(x.astype(np.float16), w.astype(np.float16)).astype(x.dtype)


@fault(
    "conv",
    "C7",
    "C9",
    alike=by_transform,
    remedy="Use direct sums or a matrix product where C9 counts; an FFT's error is that of the "
    "largest pixel.",
    seen="scipy.signal.fftconvolve; runtimes that choose FFT or Winograd by shape",
)
def by_fft(image: Any, filters: Any) -> Array:
    """Not a sum of products: the error is that of the largest pixel anywhere (FFT, Winograd)."""
    x, w = spec.require_conv(image, filters)
    plain = reference.conv(x, w)
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        return plain
    x, w = (x[:, :, None], w[..., None]) if x.ndim == 2 else (x, w)
    turned = np.fft.rfft2(x, axes=(0, 1))[..., None, :]
    kernels = np.fft.rfft2(np.moveaxis(w, 0, 2), s=x.shape[:2], axes=(0, 1))
    y = np.fft.irfft2((turned * kernels.conj()).sum(axis=3), s=x.shape[:2], axes=(0, 1))
    return y[: plain.shape[0], : plain.shape[1]].astype(plain.dtype)
