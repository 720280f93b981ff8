"""What a conv of edition general shall give, by the laws of its options.

A stride takes every so many of the result, padding lies around the image, a dilation spreads the
taps, groups are convs side by side, a bias is added. No loop of the book is used.
"""

from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit import geometry
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import NOTHING
from cnnspec.kit.settings import pair
from cnnspec.operations.conv.sliding import slid
from cnnspec.spec import Array, SpecError


def broken(call: Call) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    given = call.plain
    image = given.pop("image")
    if given.pop("batch", False):
        if image.ndim != spec.BATCH_RANK:
            return "C1"
        image = image[0] if len(image) else np.zeros(image.shape[1:])
    try:
        spec.require_general_conv(image, **given)
    except SpecError as error:
        return error.clause
    return None


def expected(call: Call) -> Array:
    """What a valid call gives, as float64."""
    given = call.plain
    image = given.pop("image")
    if not given.pop("batch", False):
        return by_laws(image, **given)
    made = [by_laws(one, **given) for one in image]
    return np.stack(made) if made else by_laws(np.zeros(image.shape[1:]), **given)[np.newaxis][:0]


def by_laws(
    image: Array,
    filters: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Array:
    """Conv without parameters of another image and of other filters, of which a part is taken."""
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    along = geometry.lines(image.shape[:2], filters.shape[1:3], stride, dilation)
    padded = geometry.around(image.astype(float), geometry.padding_of(padding, along), 0)
    bank = geometry.spread(filters.astype(float), dilation)
    rows, columns = pair(stride)
    parts = zip(np.split(padded, groups, axis=2), np.split(bank, groups), strict=True)
    whole = np.concatenate([slid(*part) for part in parts], axis=2)[::rows, ::columns]
    return whole if bias is None else whole + bias.astype(float)


def instead(call: Call) -> Array | None:
    """What is allowed for invalid input: no elements, where a filter does not fit; a cut image.

    Some frameworks take padding below zero, and cut so much of the image off.
    """
    smaller = geometry.cropped(call)
    if smaller is not None:
        return expected(smaller) if broken(smaller) is None else instead(smaller)
    fits = broken(call.changed(padding=((FAR, FAR), (FAR, FAR)))) is None
    return NOTHING if fits and broken(call) == "C18" else None


FAR = 2**40
"""Padding into which any filter fits."""


def work(call: Call) -> int:
    """An upper estimate of the multiplications that a call takes."""
    image, filters = call.arrays[:2]
    along = geometry.lines(
        image.shape[-3:-1] if image.ndim > 2 else image.shape,
        filters.shape[1:3],
        1,
        call.plain.get("dilation", 1),
    )
    (top, bottom), (left, right) = geometry.padding_of(call.plain.get("padding", 0), along)
    windows = geometry.most_windows(along[0].extent + top + bottom, geometry.reach(along[0]))
    windows *= geometry.most_windows(along[1].extent + left + right, geometry.reach(along[1]))
    images = len(image) if call.plain.get("batch") else 1
    return int(max(image.size, images * windows * filters.size))
