"""Faults of conv in edition general: groups, bias and batches, alone and beside others."""

from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import misread_batch
from cnnspec.kit.fault import Changes, across, after, before, fault
from cnnspec.kit.settings import sides
from cnnspec.operations.conv.faults.options import Two
from cnnspec.spec import BATCH_RANK, Array

right = partial(reference.conv, edition="general")


# Groups


def blocks_of(image: Array, filters: Array, groups: int, blocks: list[int]) -> Changes:
    """The arguments with which filter n reads the block blocks[n]: all filters read all blocks."""
    number, height, width, depth = filters.shape
    whole = np.zeros((number, height, width, image.shape[2]), filters.dtype)
    for n, block in enumerate(blocks):
        whole[n, :, :, block * depth : (block + 1) * depth] = filters[n]
    return {"filters": whole, "groups": 1} if groups > 1 else {}


@before("conv", "C15", remedy="Filter n reads block floor(n*G/N) of the channels.")
def groups_read_the_first_block(image: Array, filters: Array, groups: int) -> Changes:
    """The groups have no effect: each filter reads the first C/G channels."""
    return blocks_of(image, filters, groups, [0] * len(filters))


@before(
    "conv", "C15", remedy="Filter n reads block floor(n*G/N): the filters of a group lie together."
)
def groups_dealt_out_in_turn(image: Array, filters: Array, groups: int) -> Changes:
    """Filter n reads block n mod G."""
    return blocks_of(image, filters, groups, [n % groups for n in range(len(filters))])


@before("conv", "C15", remedy="The first filters read the first block.")
def groups_in_reverse(image: Array, filters: Array, groups: int) -> Changes:
    """The first filters read the last block of channels, and the last ones the first."""
    number = len(filters)
    blocks = [groups - 1 - n * groups // number for n in range(number)]
    return blocks_of(image, filters, groups, blocks)


@before("conv", "C15", remedy="Let the loop over the groups reach the last one.")
def last_group_reads_the_block_before(image: Array, filters: Array, groups: int) -> Changes:
    """The filters of the last group read the block of the group before."""
    number = len(filters)
    blocks = [min(n * groups // number, max(groups - 2, 0)) for n in range(number)]
    return blocks_of(image, filters, groups, blocks)


@before("conv", "C15", remedy="The channels of a group lie side by side.")
def channels_of_groups_interleaved(image: Array, groups: int) -> Changes:
    """Group g reads the channels g, g + G, g + 2*G and so on."""
    height, width, channels = image.shape
    parts = image.reshape(height, width, channels // groups, groups)
    return {"image": np.swapaxes(parts, 2, 3).reshape(image.shape)}


@before("conv", "C15", remedy="A filter reads the channels of its own group alone.")
def filters_repeated_over_all_groups(filters: Array, groups: int) -> Changes:
    """Each filter reads all channels, its weights repeated for each group."""
    return {"filters": np.tile(filters, (1, 1, 1, groups)), "groups": 1}


@before("conv", "C15", remedy="A group may have several channels: groups are not depthwise alone.")
def first_channel_of_a_group_alone(filters: Array, groups: int) -> Changes:
    """With groups, a filter reads no more than the first channel of its group."""
    bank = filters.copy()
    bank[..., 1:] *= groups == 1
    return {"filters": bank}


@before("conv", "C15", remedy="A group may have several filters, each with weights of its own.")
def first_filter_of_a_group_for_all(filters: Array, groups: int) -> Changes:
    """With groups, all filters of a group are its first one."""
    if groups == 1:
        return {}
    share = len(filters) // groups
    return {"filters": np.repeat(filters[:: max(share, 1)], share, axis=0)}


@before("conv", "C15", remedy="Filters are (G, N/G, KH, KW, C/G) by groups, not (N/G, G, ...).")
def filters_of_groups_interleaved(filters: Array, groups: int) -> Changes:
    """Group g has the filters g, g + G, g + 2*G and so on, whose maps lie together."""
    parts = filters.reshape(len(filters) // groups, groups, *filters.shape[1:])
    return {"filters": np.swapaxes(parts, 0, 1).reshape(filters.shape)}


@after("conv", "C15", remedy="The maps of a group lie together: g*N/G + m, not m*G + g.")
def maps_of_groups_interleaved(y: Array, groups: int) -> Array:
    """Map m of group g is written to place m*G + g."""
    parts = y.reshape(*y.shape[:2], groups, y.shape[2] // groups)
    return np.swapaxes(parts, 2, 3).reshape(y.shape)


@after("conv", "C15", remedy="Let the loop over the groups run to G.")
def last_group_left_zero(y: Array, groups: int) -> Array:
    """The maps of the last of several groups stay zero."""
    y[..., y.shape[2] // groups * max(groups - 1, 1) :] = 0
    return y


@after("conv", "C15", remedy="Multiply the size of a group before you divide: n*G/N, rounded down.")
def maps_of_small_groups_left_zero(y: Array, filters: Array, groups: int) -> Array:
    """Where a group has more channels than filters, its maps stay zero."""
    if groups > 1 and filters.shape[3] > len(filters) // groups:
        y[...] = 0
    return y


# Bias


def biased(y: Array, bias: Array | None, make: Any) -> Array:
    """A result with something else than its bias added."""
    if bias is None:
        return y
    with np.errstate(all="ignore"):
        return np.asarray(make(y - bias, bias), y.dtype)


@before("conv", "C16", remedy="Add b[n] to map n.")
def bias_ignored() -> Changes:
    """The bias has no effect."""
    return {"bias": None}


@before("conv", "C16", remedy="Add the bias once.")
def bias_added_twice(bias: Array | None) -> Changes:
    """The bias is added twice."""
    return {} if bias is None else {"bias": bias + bias}


@before("conv", "C16", remedy="Add the bias; do not subtract it.")
def bias_subtracted(bias: Array | None) -> Changes:
    """The bias is subtracted."""
    return {} if bias is None else {"bias": -bias}


@before("conv", "C16", remedy="Add b[n] to map n, not b[0] to all maps.")
def first_bias_for_all(bias: Array | None) -> Changes:
    """All maps get the first bias."""
    return {} if bias is None else {"bias": np.repeat(bias[:1], len(bias))}


@before("conv", "C16", remedy="Add b[n] to map n.")
def bias_in_reverse(bias: Array | None) -> Changes:
    """The last bias is added to the first map, and the first to the last."""
    return {} if bias is None else {"bias": bias[::-1].copy()}


@before("conv", "C16", remedy="Add b[n] to map n, not the sum of b.")
def sum_of_the_bias_for_all(bias: Array | None) -> Changes:
    """All maps get the sum of the bias."""
    return {} if bias is None else {"bias": np.full_like(bias, bias.sum())}


@before("conv", "C16", remedy="Add the bias behind the loop over the channels.")
def bias_added_for_each_channel(filters: Array, bias: Array | None) -> Changes:
    """The bias is added once for each channel that a filter reads."""
    return {} if bias is None else {"bias": bias * np.asarray(filters.shape[3], bias.dtype)}


@after("conv", "C16", remedy="Add the bias; do not multiply by it.")
def bias_multiplied(y: Array, bias: Array | None) -> Array:
    """The result is multiplied by the bias."""
    return biased(y, bias, lambda sums, b: sums * b)


@after("conv", "C16", remedy="Add the bias to every element of a map.")
def bias_at_the_first_element_alone(y: Array, bias: Array | None) -> Array:
    """The bias is added to the first element of each map alone."""

    def make(sums: Array, b: Array) -> Array:
        sums[:1, :1] += b
        return sums

    return biased(y, bias, make)


# Beside other options: right wherever one of them is plain


@before("conv", "C15", remedy="The bias of filter n is b[n], with groups, too.")
def bias_counted_within_a_group(bias: Array | None, groups: int) -> Changes:
    """With groups, filter m of each group gets b[m]."""
    if bias is None:
        return {}
    return {"bias": np.tile(bias[: len(bias) // groups], groups)}


@before("conv", "C15", remedy="Add the bias once, not once for each group.")
def bias_added_for_each_group(bias: Array | None, groups: int) -> Changes:
    """The bias is added once for each group."""
    return {} if bias is None else {"bias": bias * np.asarray(groups, bias.dtype)}


@before("conv", "C11", remedy="Add the bias with a stride, too.")
def bias_ignored_with_a_stride(bias: Array | None, stride: Two) -> Changes:
    """With a stride, the bias has no effect."""
    return {"bias": None} if bias is not None and stride != (1, 1) else {}


@before("conv", "C15", remedy="Depthwise filters have a dilation, too.")
def dilation_ignored_with_groups(groups: int) -> Changes:
    """With groups, the dilation has no effect."""
    return {"dilation": (1, 1)} if groups > 1 else {}


@before("conv", "C15", remedy="Move the windows of each group by the stride of each axis.")
def stride_of_rows_for_both_with_groups(stride: Two, groups: int) -> Changes:
    """With groups, windows move along columns by the stride of rows."""
    return {"stride": (stride[0], stride[0])} if groups > 1 else {}


@before("conv", "C12", remedy="The bias belongs to the result, not to the image.")
def padding_holds_the_bias(
    image: Array, filters: Array, bias: Array | None, padding: Any
) -> Changes:
    """With a bias, padding holds its first number instead of zeros."""
    if bias is None or isinstance(padding, str) or not bias.size or not image.size:
        return {}
    around = np.pad(image, (*padding, (0, 0)), constant_values=bias[0])
    return {"image": around, "padding": 0}


# Batches

misread_batch.register("conv", "C17")


@across("conv", "C17", remedy="Add the bias to each image.")
def bias_for_the_first_image_alone(y: Array, bias: Array | None) -> Array:
    """Of a batch, only the first image gets the bias."""
    if bias is not None:
        with np.errstate(all="ignore"):
            y[1:] -= bias
    return y


@fault("conv", "C17", remedy="Lay the padding around each image of a batch.")
def padding_from_the_neighbour_image(
    image: Any, filters: Any, bias: Any = None, **given: Any
) -> Any:
    """Of a batch, padding at the top and bottom holds rows of the images beside."""
    padding = given.get("padding", 0)
    if np.ndim(image) != BATCH_RANK or isinstance(padding, str):
        return right(image, filters, bias, batch=np.ndim(image) == BATCH_RANK, **given)
    (top, bottom), columns = sides(padding)
    height = np.shape(image)[1]
    rows = np.pad(np.concatenate(list(image)), ((top, bottom), (0, 0), (0, 0)))
    parts = [rows[n * height : (n + 1) * height + top + bottom] for n in range(len(image))]
    given["padding"] = (0, 0), columns
    return np.stack([right(part, filters, bias, **given) for part in parts])
