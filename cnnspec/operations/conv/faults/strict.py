"""Faults of conv: invalid input, memory, dtypes, values that are not finite, state."""

import time
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import Changes, Function, after, before, fault, stateful
from cnnspec.operations.conv.arguments import arguments
from cnnspec.spec import Array

# Invalid input


@fault("conv", "C1", remedy="Reject an image of rank 2 with filters of rank 4.")
def rank_two_image_with_channel_filters(image: Any, filters: Any) -> Array:
    """An image without channels goes with filters that have them."""
    if np.ndim(image) == 2 and np.ndim(filters) == 4:
        image = np.asarray(image)[:, :, np.newaxis].repeat(np.shape(filters)[3], 2)
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def channels_cut_to_the_fewer(image: Any, filters: Any) -> Array:
    """Channels that the other input lacks are left out instead of rejected."""
    if np.ndim(image) == 3 and np.ndim(filters) == 4:
        fewer = min(np.shape(image)[2], np.shape(filters)[3])
        image, filters = np.asarray(image)[..., :fewer], np.asarray(filters)[..., :fewer]
    return reference.conv(image, filters)


def paired(image: Any, filters: Any) -> bool:
    """Whether both have an axis of channels."""
    return np.ndim(image) == 3 and np.ndim(filters) == 4


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def more_channels_in_the_image_ignored(image: Any, filters: Any) -> Array:
    """Channels of the image that the filters lack are left out instead of rejected."""
    if paired(image, filters):
        image = np.asarray(image)[..., : np.shape(filters)[3]]
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def more_channels_in_the_filters_ignored(image: Any, filters: Any) -> Array:
    """Channels of the filters that the image lacks are left out instead of rejected."""
    if paired(image, filters):
        filters = np.asarray(filters)[..., : np.shape(image)[2]]
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters; NumPy broadcasts one.")
def single_channels_broadcast(image: Any, filters: Any) -> Array:
    """A single channel of image or filters is used with every channel of the other."""
    if paired(image, filters):
        x, w = np.asarray(image), np.asarray(filters)
        if 1 in (x.shape[2], w.shape[3]):
            most = max(x.shape[2], w.shape[3])
            image = np.broadcast_to(x, (*x.shape[:2], most))
            filters = np.broadcast_to(w, (*w.shape[:3], most))
    return reference.conv(image, filters)


@fault("conv", "C1", remedy="Reject an image with channels where the filters have none.")
def filters_without_channels_for_every_channel(image: Any, filters: Any) -> Array:
    """Filters without channels are used for every channel of the image."""
    if np.ndim(image) == 3 and np.ndim(filters) == 3:
        w = np.asarray(filters)[..., np.newaxis]
        filters = np.broadcast_to(w, (*w.shape[:3], np.shape(image)[2]))
    return reference.conv(image, filters)


@fault("conv", "C1", remedy="Reject a filter without the axis that counts the filters.")
def single_filter_without_its_axis(image: Any, filters: Any) -> Array:
    """A filter of rank 2 counts as a bank of one."""
    filters = np.asarray(filters)
    if np.ndim(image) == 2 and filters.ndim == 2:
        filters = filters[np.newaxis]
    return reference.conv(image, filters)


@fault("conv", "C3", remedy="Compare the filters' rows and columns, and reject or use both.")
def filters_cut_to_a_square(image: Any, filters: Any) -> Array:
    """Of filters that are not square only a square is used."""
    w = np.asarray(filters)
    side = min(w.shape[1:3], default=0)
    return reference.conv(image, w[:, :side, :side] if w.ndim > 2 else w)


@fault("conv", "C4", remedy="Reject filters of even size, or compute all their taps.")
def even_filters_lose_a_row(image: Any, filters: Any) -> Array:
    """Filters of even size lose their last row and column."""
    w = np.asarray(filters)
    if w.ndim > 2 and w.shape[1] == w.shape[2]:
        side = w.shape[1] - 1 + w.shape[1] % 2
        w = w[:, :side, :side]
    return reference.conv(image, w)


@fault("conv", "C5", remedy="Reject a filter that is larger than the image.")
def small_images_are_padded(image: Any, filters: Any) -> Array:
    """An image smaller than the filter is padded with zeros."""
    x, w = np.asarray(image), np.asarray(filters)
    if x.ndim >= 2 and w.ndim == x.ndim + 1 and w.shape[1] % 2 and w.shape[1] > min(x.shape[:2]):
        more = [(0, max(0, w.shape[1] - n)) for n in x.shape[:2]] + [(0, 0)] * (x.ndim - 2)
        x = np.pad(x, more)
    return reference.conv(x, w)


@fault("conv", "C8", remedy="Check in the order ranks, channels, square, odd, size.")
def square_before_channels(image: Any, filters: Any) -> Array:
    """Filters that are not square are reported before channels that do not match."""
    rows, cols = np.shape(filters)[1:3]
    if rows != cols:
        raise ValueError("Filter must be a square matrix.")
    return reference.conv(image, filters)


# Memory, dtypes, values that are not finite, large dimensions, state


@fault("conv", "Q7", remedy="Do not skip weights of zero: 0 * inf and 0 * NaN are NaN.")
def zero_weights_skipped(image: Any, filters: Any) -> Array:
    """Taps of weight zero are skipped, and so 0 * inf and 0 * NaN are lost."""
    x, w = spec.require_conv(image, filters)
    clean = np.where(np.isfinite(x), x, 0)
    return reference.conv(clean if not w.all() else x, w)


@before("conv", "Q7", remedy="Let NaN and infinity pass: no nan_to_num.")
def not_finite_replaced(image: Array, filters: Array) -> Changes:
    """NaN becomes zero and infinity the largest number before anything is computed."""
    return {"image": np.nan_to_num(image), "filters": np.nan_to_num(filters)}


@before("conv", "Q7", remedy="Let NaN pass: no nan_to_num.")
def nan_pixels_read_as_zero(image: Array) -> Changes:
    """NaN in the image counts as zero."""
    return {"image": np.where(np.isnan(image), 0, image)}


@before("conv", "Q7", remedy="Let NaN pass: no nan_to_num.")
def nan_weights_read_as_zero(filters: Array) -> Changes:
    """NaN in the filters counts as zero."""
    return {"filters": np.where(np.isnan(filters), 0, filters)}


@before("conv", "Q7", remedy="Let NaN pass: no nan_to_num.")
def nan_read_as_zero(image: Array, filters: Array) -> Changes:
    """NaN counts as zero."""
    return {
        "image": np.where(np.isnan(image), 0, image),
        "filters": np.where(np.isnan(filters), 0, filters),
    }


def flushed(a: Array) -> Array:
    """The array with zeros in place of its subnormal numbers."""
    return np.where(np.abs(a) < np.finfo(a.dtype).tiny, a.dtype.type(0), a)


@before("conv", "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormal_inputs_flushed(image: Array, filters: Array) -> Changes:
    """Subnormal pixels and weights count as zero."""
    return {"image": flushed(image), "filters": flushed(filters)}


@after("conv", "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormal_sums_flushed(y: Array) -> Array:
    """Subnormal sums become zero."""
    return flushed(y)


@after("conv", "C7", "Q9", remedy="Count rows and columns in a wider integer than numpy.uint8.")
def counted_in_eight_bits(y: Array) -> Array:
    """Rows and columns are counted in eight bits; what lies beyond stays zero."""
    y[2**8 :], y[:, 2**8 :] = 0, 0
    return y


@fault("conv", "C7", "Q9", remedy="Count channels in a wider integer.")
def channels_counted_in_eight_bits(image: Any, filters: Any) -> Array:
    """The channels are counted in eight bits."""
    x, w = spec.require_conv(image, filters)
    most = x.shape[2] % 256 or x.shape[2] if x.ndim == 3 else 0
    return reference.conv(x[..., :most], w[..., :most]) if x.ndim == 3 else reference.conv(x, w)


@after(
    "conv",
    "C7",
    "Q9",
    remedy="Count rows and columns in a wider integer than numpy.uint16.",
    seen="the article's loops: numpy.uint16(numpy.arange(...))",
)
def counted_in_sixteen_bits(y: Array) -> Array:
    """Rows and columns are counted in sixteen bits; what lies beyond stays zero."""
    y[2**16 :], y[:, 2**16 :] = 0, 0
    return y


@fault("conv", "Q9", remedy="Spread the pixels over several launches, or loop within each block.")
def many_pixels_refused(image: Any, filters: Any) -> Array:
    """A result of more than 65535 pixels is refused: one launch has no more blocks."""
    y = reference.conv(image, filters)
    if y[..., :1].size >= 2**16:
        raise RuntimeError("invalid configuration argument")
    return y


@fault("conv", "Q5", remedy="Make the array contiguous (numpy.ascontiguousarray).")
def image_read_in_memory_order(image: Any, filters: Any) -> Array:
    """The image is read in the order of its memory, whatever its strides are."""
    x = np.asarray(image)
    spec.require_conv(x, filters)
    return reference.conv(x.ravel("K").reshape(x.shape), filters)


@fault("conv", "Q5", remedy="Convert to the native byte order first (newbyteorder('=')).")
def foreign_filters_read_as_native(image: Any, filters: Any) -> Array:
    """Filters of the other byte order are read as if they had the machine's."""
    w = np.asarray(filters)
    return reference.conv(image, w.view(w.dtype.newbyteorder("=")))


@fault(
    "conv",
    "Q5",
    remedy="Make the array contiguous (numpy.ascontiguousarray), or use its strides.",
    seen="pytorch/pytorch#1246, ggml-org/llama.cpp#28503",
)
def reads_fortran_filters_as_c(image: Any, filters: Any) -> Array:
    """A filter bank that is not contiguous is read as if it were."""
    w = np.asarray(filters)
    spec.require_conv(image, w)
    if w.flags.f_contiguous and not w.flags.c_contiguous:
        w = w.ravel("K").reshape(w.shape)
    return reference.conv(image, w)


@fault(
    "conv", "Q5", remedy="Convert to the native byte order: array.astype(dtype.newbyteorder('='))."
)
def foreign_bytes_read_as_native(image: Any, filters: Any) -> Array:
    """Arrays of the other byte order are read as if they had the machine's."""
    x, w = (np.asarray(a) for a in (image, filters))
    return reference.conv(*(a.view(a.dtype.newbyteorder("=")) for a in (x, w)))


@fault("conv", "Q6", remedy="Convert integers to float64 before they are multiplied.")
def multiplies_in_the_integer_dtype(image: Any, filters: Any) -> Array:
    """Integers are multiplied in their own dtype and wrap around."""
    x, w = np.asarray(image), np.asarray(filters)
    y = reference.conv(x, w)
    if x.dtype.kind in "iu" and x.dtype == w.dtype:
        with np.errstate(all="ignore"):
            return y.astype(np.int64).astype(x.dtype).astype(float)
    return y


def wrapping(dtype: type[np.integer[Any]], image: Any, filters: Any) -> Array:
    """Conv whose sums of integers wrap around in an integer dtype."""
    x, w = np.asarray(image), np.asarray(filters)
    y = reference.conv(x, w)
    if x.dtype.kind in "iu" and w.dtype.kind in "iu":
        with np.errstate(all="ignore"):
            return y.astype(np.int64).astype(dtype).astype(float)
    return y


@fault("conv", "Q6", remedy="Convert integers to float64 before they are multiplied.")
def integers_wrap_in_sixteen_bits(image: Any, filters: Any) -> Array:
    """Sums of integers are held in sixteen bits and wrap around."""
    return wrapping(np.int16, image, filters)


@fault("conv", "Q6", remedy="Convert integers to float64 before they are multiplied.")
def integers_wrap_in_thirty_two_bits(image: Any, filters: Any) -> Array:
    """Sums of integers are held in thirty-two bits and wrap around."""
    return wrapping(np.int32, image, filters)


@fault("conv", "Q6", remedy="Allocate the result with the inputs' promoted dtype.")
def result_is_float32(image: Any, filters: Any) -> Array:
    """The result is float32, whatever the inputs are."""
    with np.errstate(all="ignore"):
        return reference.conv(image, filters).astype(np.float32)


@fault("conv", "Q6", remedy="Convert integers to float64, not to float32.")
def integers_in_float32(image: Any, filters: Any) -> Array:
    """Integers are converted to float32."""
    arrays = [np.asarray(a) for a in (image, filters)]
    with np.errstate(all="ignore"):
        return reference.conv(
            *(a.astype(np.float32) if a.dtype.kind in "biu" else a for a in arrays)
        )


@stateful("conv", "C7", "Q2", remedy="Prepare the filters of each call anew.")
def filters_cached_by_shape() -> Function:
    """The filters of the first call of their shape are used for all of that shape."""
    kept: dict[Any, Array] = {}

    def conv(image: Any, filters: Any) -> Array:
        spec.require_conv(image, filters)
        shape = (*np.shape(filters), 1)[:4]
        return reference.conv(
            image, kept.setdefault(shape, np.array(filters)).reshape(np.shape(filters))
        )

    return conv


@stateful(
    "conv", "Q2", remedy="Do not keep what was computed of an array: its contents may change."
)
def filters_cached_by_identity() -> Function:
    """The filters are prepared once for an array object, and kept when it is filled anew."""
    kept: dict[int, tuple[Any, Array]] = {}

    def conv(image: Any, filters: Any) -> Array:
        spec.require_conv(image, filters)
        known = kept.get(id(filters))
        if known is None or known[0] is not filters:
            kept.clear()
            known = kept[id(filters)] = (filters, np.array(filters))
        return reference.conv(image, known[1])

    return conv


@stateful(
    "conv", "Q2", remedy="Clear the places that fill up a block of channels, or do not read them."
)
def filled_up_by_earlier_calls() -> Function:
    """Channels are filled up to blocks of four with what earlier calls left in the workspace."""
    workspace = [np.zeros(0), np.zeros(0)]

    def filled_up(place: int, a: Array) -> Array:
        shape = (*a.shape[:-1], -(-a.shape[-1] // 4) * 4)
        more = max(0, int(np.prod(shape)) - workspace[place].size)
        workspace[place] = np.append(workspace[place], np.zeros(more))
        block = workspace[place][: np.prod(shape, dtype=int)].reshape(shape)
        block[..., : a.shape[-1]] = a
        return block.astype(a.dtype)

    def conv(image: Any, filters: Any) -> Array:
        arrays = arguments("standard", image, filters).values()
        with np.errstate(all="ignore"):
            return reference.conv(*(filled_up(place, a) for place, a in enumerate(arrays)))

    return conv


@stateful("conv", "Q2", remedy="Give each thread memory of its own, or lock what they share.")
def filters_shared_by_threads() -> Function:
    """Threads put their filters into one place, and may read those of another thread there."""
    place: list[Array] = []

    def conv(image: Any, filters: Any) -> Array:
        x, w = arguments("standard", image, filters).values()
        place[:] = [w]
        time.sleep(5e-4)  # another thread may come between
        return reference.conv(x, place[0] if place[0].shape == w.shape else w)

    return conv


@after("conv", "Q9", remedy="Begin each sum at zero, also where nothing is added to it.")
def sums_of_nothing_are_not_zero(y: Array, filters: Array) -> Array:
    """Without channels, results keep what was in memory, or one."""
    return y if filters.shape[3] else np.ones_like(y)
