"""Faults of conv: factors and sums in fewer bits, or of another order than their own."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import Changes, before, fault
from cnnspec.spec import Array

KEEP = "Multiply in the inputs' precision: switch reduced precision off where it is an option."


def kept(x: Array, bits: int, *, cut: bool = False) -> Array:
    """Numbers with so many significant bits: rounded, or cut off."""
    with np.errstate(all="ignore"):
        fraction, power = np.frexp(x)
        rounded = (np.trunc if cut else np.rint)(np.ldexp(fraction, bits))
        return np.where(np.isfinite(x), np.ldexp(rounded, power - bits), x).astype(x.dtype)


@before(
    "conv", "C7", "C9", remedy=KEEP, seen="TF32 of GPUs, where matrices may be multiplied in it"
)
def factors_in_eleven_bits(image: Array, filters: Array) -> Changes:
    """Pixels and weights are rounded to 11 significant bits before they are multiplied (TF32)."""
    return {"image": kept(image, 11), "filters": kept(filters, 11)}


@before(
    "conv", "C7", "C9", remedy=KEEP, seen="TF32 of GPUs, where matrices may be multiplied in it"
)
def factors_cut_to_eleven_bits(image: Array, filters: Array) -> Changes:
    """Pixels and weights are cut to 11 significant bits before they are multiplied (TF32)."""
    return {"image": kept(image, 11, cut=True), "filters": kept(filters, 11, cut=True)}


@before("conv", "C7", "C9", remedy=KEEP)
def factors_in_eight_bits(image: Array, filters: Array) -> Changes:
    """Pixels and weights are rounded to 8 significant bits (bfloat16)."""
    return {"image": kept(image, 8), "filters": kept(filters, 8)}


@before("conv", "C7", "C9", remedy="Keep the weights in their own precision.")
def weights_in_float16(filters: Array) -> Changes:
    """The weights are rounded to float16."""
    with np.errstate(all="ignore"):
        return {"filters": filters.astype(np.float16).astype(filters.dtype)}


@before("conv", "C7", "C9", remedy="Keep the image in its own precision.")
def pixels_in_float16(image: Array) -> Changes:
    """The pixels are rounded to float16."""
    with np.errstate(all="ignore"):
        return {"image": image.astype(np.float16).astype(image.dtype)}


@fault("conv", "Q6", remedy="Convert integers to float64 at once, not by way of float32.")
def integer_pixels_rounded_to_float32(image: Any, filters: Any) -> Array:
    """Integers of the image are rounded to float32; the sums are float64."""
    x = np.asarray(image)
    return reference.conv(x.astype("float32").astype(float) if x.dtype.kind in "iu" else x, filters)


@fault(
    "conv",
    "Q6",
    remedy="Give the result a floating dtype, whatever the image has.",
    seen="scipy/scipy#10527, scipy/scipy#8757",
)
def sums_kept_in_the_integers_of_the_image(image: Any, filters: Any) -> Array:
    """The result has the integer dtype of the image: it loses its fraction, and wraps around."""
    y, dtype = reference.conv(image, filters), np.asarray(image).dtype
    with np.errstate(all="ignore"):
        return y.astype(np.int64).astype(dtype).astype(float) if dtype.kind in "iu" else y


@before(
    "conv",
    "C7",
    "C9",
    remedy="Leave out weights that are 0, and no others, however small they are.",
    seen="scipy.ndimage.correlate, release 1.17.1",
)
def small_weights_left_out(filters: Array) -> Changes:
    """Weights of 2^-52 and less, of either sign, count as zeros."""
    return {"filters": np.where(np.abs(filters) > 2.0**-52, filters, 0).astype(filters.dtype)}


@before(
    "conv", "C7", remedy="Read the filters in the layout (N, K, K, C): their number comes first."
)
def filters_read_number_last(filters: Array) -> Changes:
    """The numbers of the filters are read as (K, K, C, N)."""
    number, size, _, channels = filters.shape
    plain = np.ascontiguousarray(filters).reshape(size, size, channels, number)
    return {"filters": np.moveaxis(plain, -1, 0)}


@before(
    "conv", "C7", remedy="Read the filters in the layout (N, K, K, C): their number comes first."
)
def filters_read_channels_before_number(filters: Array) -> Changes:
    """The numbers of the filters are read as (K, K, N, C)."""
    number, size, _, channels = filters.shape
    plain = np.ascontiguousarray(filters).reshape(size, size, number, channels)
    return {"filters": np.moveaxis(plain, 2, 0)}


@before("conv", "C7", remedy="Read image and filters in the layouts (H, W, C) and (N, K, K, C).")
def both_read_channels_first(image: Array, filters: Array) -> Changes:
    """The numbers of the image are read as (C, H, W), and those of the filters as (N, C, K, K)."""
    rows, cols, channels = image.shape
    number, size, _, _ = filters.shape
    x = np.ascontiguousarray(image).reshape(channels, rows, cols)
    w = np.ascontiguousarray(filters).reshape(number, channels, size, size)
    return {"image": np.moveaxis(x, 0, -1), "filters": np.moveaxis(w, 1, -1)}


@before("conv", "C7", remedy="Let the loop over the channels run to the end, also past a block.")
def channels_behind_blocks_of_four_missing(image: Array, filters: Array) -> Changes:
    """Channels behind the last whole block of four are left out."""
    return in_blocks(image, filters, 4)


@before("conv", "C7", remedy="Let the loop over the channels run to the end, also past a block.")
def channels_behind_blocks_of_eight_missing(image: Array, filters: Array) -> Changes:
    """Channels behind the last whole block of eight are left out."""
    return in_blocks(image, filters, 8)


def in_blocks(image: Array, filters: Array, block: int) -> Changes:
    """The channels of whole blocks alone."""
    whole = image.shape[2] // block * block
    return {"image": image[:, :, :whole], "filters": filters[..., :whole]}
