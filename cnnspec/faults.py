"""Fault models: known ways to be wrong, each a small variation of the reference.

Each check must kill at least one of them; tests prove it.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.spec import Array, Edition
from cnnspec.targets.calls import Operation

Function = Callable[..., Any]


@dataclass(frozen=True)
class Fault:
    """A way to be wrong. clauses: those that it breaks. make: a fresh faulty operation."""

    id: str
    operation: Operation
    clauses: tuple[str, ...]
    sentence: str
    make: Callable[[], Callable[..., Any]]

    def operations(self, edition: Edition = "standard") -> dict[str, Function]:
        """A target that has this fault and no other."""
        right: dict[str, Function] = {
            "conv": reference.conv,
            "relu": reference.relu,
            "pooling": partial(reference.pooling, edition=edition),
        }
        return {**right, self.operation: self.make()}


FAULTS: list[Fault] = []


def fault(operation: Operation, *clauses: str) -> Callable[[Function], Function]:
    """Register a faulty operation; its name is the id, its docstring the sentence."""

    def register(function: Function) -> Function:
        add(operation, clauses, function.__name__, function.__doc__ or "", lambda: function)
        return function

    return register


def stateful(operation: Operation, *clauses: str) -> Callable[[Function], Function]:
    """Register a function that makes a faulty operation with a state of its own."""

    def register(maker: Function) -> Function:
        add(operation, clauses, maker.__name__, maker.__doc__ or "", maker)
        return maker

    return register


def add(
    operation: Operation, clauses: tuple[str, ...], name: str, text: str, make: Function
) -> None:
    """Add a fault to the list."""
    FAULTS.append(Fault(name.replace("_", "-"), operation, clauses, text.strip(), make))


# conv


@fault("conv", "C1")
def rank_two_image_with_channel_filters(image: Any, filters: Any) -> Array:
    """An image without channels goes with filters that have them."""
    if np.ndim(image) == 2 and np.ndim(filters) == 4:
        image = np.asarray(image)[:, :, np.newaxis].repeat(np.shape(filters)[3], 2)
    return reference.conv(image, filters)


@fault("conv", "C2")
def channels_cut_to_the_fewer(image: Any, filters: Any) -> Array:
    """Channels that the other input lacks are left out instead of rejected."""
    if np.ndim(image) == 3 and np.ndim(filters) == 4:
        fewer = min(np.shape(image)[2], np.shape(filters)[3])
        image, filters = np.asarray(image)[..., :fewer], np.asarray(filters)[..., :fewer]
    return reference.conv(image, filters)


@fault("conv", "C3")
def filters_cut_to_a_square(image: Any, filters: Any) -> Array:
    """Of filters that are not square only a square is used."""
    w = np.asarray(filters)
    side = min(w.shape[1:3])
    return reference.conv(image, w[:, :side, :side])


@fault("conv", "C4")
def even_filters_lose_a_row(image: Any, filters: Any) -> Array:
    """Filters of even size lose their last row and column."""
    w = np.asarray(filters)
    side = w.shape[1] - 1 + w.shape[1] % 2
    return reference.conv(image, w[:, :side, :side] if w.shape[1] == w.shape[2] else w)


@fault("conv", "C5")
def small_images_are_padded(image: Any, filters: Any) -> Array:
    """An image smaller than the filter is padded with zeros."""
    x, w = np.asarray(image), np.asarray(filters)
    if x.ndim >= 2 and w.ndim == x.ndim + 1 and w.shape[1] % 2 and w.shape[1] > min(x.shape[:2]):
        more = [(0, max(0, w.shape[1] - n)) for n in x.shape[:2]] + [(0, 0)] * (x.ndim - 2)
        x = np.pad(x, more)
    return reference.conv(x, w)


@fault("conv", "C6")
def output_padded_to_the_image(image: Any, filters: Any) -> Array:
    """The result has the size of the image (padding `same`)."""
    y = reference.conv(image, filters)
    half = np.shape(filters)[1] // 2
    return np.pad(y, ((half, half), (half, half), (0, 0)))


@fault("conv", "C7")
def filter_flipped(image: Any, filters: Any) -> Array:
    """The filter is rotated by 180 degrees: convolution instead of cross-correlation."""
    w = np.asarray(filters)
    if w.ndim >= 3:
        w = w[:, ::-1, ::-1]
    return reference.conv(image, w)


@fault("conv", "C7")
def filter_transposed(image: Any, filters: Any) -> Array:
    """Rows and columns of the filter are exchanged."""
    w = np.asarray(filters)
    return reference.conv(
        image, w.swapaxes(1, 2) if w.ndim >= 3 and w.shape[1] == w.shape[2] else w
    )


@fault("conv", "C7")
def only_the_first_channel(image: Any, filters: Any) -> Array:
    """Only the first channel is convolved."""
    spec.require_conv(image, filters)
    if np.ndim(image) == 3:
        image, filters = np.asarray(image)[..., :1], np.asarray(filters)[..., :1]
    return reference.conv(image, filters)


@fault("conv", "C7")
def filters_in_reverse(image: Any, filters: Any) -> Array:
    """The maps come in the reverse order of the filters."""
    return reference.conv(image, filters)[:, :, ::-1].copy()


@fault("conv", "C7")
def last_column_not_written(image: Any, filters: Any) -> Array:
    """The last column of the result stays zero."""
    y = reference.conv(image, filters)
    y[:, -1:] = 0
    return y


@fault("conv", "C7", "C9")
def accumulates_in_float32(image: Any, filters: Any) -> Array:
    """Products and sums are made in float32, whatever the inputs are."""
    x, w = spec.require_conv(image, filters)
    return reference.conv(x.astype(np.float32), w.astype(np.float32)).astype(x.dtype)


@fault("conv", "C7", "C9")
def by_fft(image: Any, filters: Any) -> Array:
    """The product of Fourier transforms, whose error is that of the largest pixel."""
    x, w = spec.require_conv(image, filters)
    plain = reference.conv(x, w)
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        return plain
    x, w = (x[:, :, None], w[..., None]) if x.ndim == 2 else (x, w)
    turned = np.fft.rfft2(x, axes=(0, 1))[..., None, :]
    kernels = np.fft.rfft2(np.moveaxis(w, 0, 2), s=x.shape[:2], axes=(0, 1))
    y = np.fft.irfft2((turned * kernels.conj()).sum(axis=3), s=x.shape[:2], axes=(0, 1))
    return y[: plain.shape[0], : plain.shape[1]].astype(plain.dtype)


@fault("conv", "C8")
def square_before_channels(image: Any, filters: Any) -> Array:
    """Filters that are not square are reported before channels that do not match."""
    rows, cols = np.shape(filters)[1:3]
    if rows != cols:
        raise ValueError("Filter must be a square matrix.")
    return reference.conv(image, filters)


@fault("conv", "Q7")
def zero_weights_skipped(image: Any, filters: Any) -> Array:
    """Taps of weight zero are skipped, and so 0 * inf and 0 * NaN are lost."""
    x, w = spec.require_conv(image, filters)
    clean = np.where(np.isfinite(x), x, 0)
    return reference.conv(clean if not w.all() else x, w)


@fault("conv", "Q9")
def channels_counted_in_eight_bits(image: Any, filters: Any) -> Array:
    """The channels are counted in eight bits."""
    x, w = spec.require_conv(image, filters)
    most = x.shape[2] % 256 or x.shape[2] if x.ndim == 3 else 0
    return reference.conv(x[..., :most], w[..., :most]) if x.ndim == 3 else reference.conv(x, w)


@fault("conv", "Q5")
def reads_fortran_filters_as_c(image: Any, filters: Any) -> Array:
    """A filter bank that is not contiguous is read as if it were."""
    w = np.asarray(filters)
    spec.require_conv(image, w)
    if w.flags.f_contiguous and not w.flags.c_contiguous:
        w = w.ravel("K").reshape(w.shape)
    return reference.conv(image, w)


@fault("conv", "Q6")
def multiplies_in_the_integer_dtype(image: Any, filters: Any) -> Array:
    """Integers are multiplied in their own dtype and wrap around."""
    x, w = np.asarray(image), np.asarray(filters)
    y = reference.conv(x, w)
    if x.dtype.kind in "iu" and x.dtype == w.dtype:
        return y.astype(np.int64).astype(x.dtype).astype(float)
    return y


@stateful("conv", "Q2")
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


@stateful("conv", "Q4")
def one_buffer_for_each_shape() -> Function:
    """Results of one shape are written into one buffer, again and again."""
    buffers: dict[Any, Array] = {}

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        buffer = buffers.setdefault((y.shape, y.dtype), y)
        buffer[...] = y
        return buffer

    return conv


@fault("conv", "Q10")
def prints_its_progress(image: Any, filters: Any) -> Array:
    """Each filter is announced on standard output."""
    print("Filter", len(filters))  # noqa: T201  that is the fault
    return reference.conv(image, filters)


# relu


@fault("relu", "R1")
def channels_dropped(feature_map: Any) -> Array:
    """A map of one channel loses its channel axis."""
    y = reference.relu(feature_map)
    return y[..., 0] if y.ndim == 3 and y.shape[2] == 1 else y


@fault("relu", "R1")
def only_rank_three(feature_map: Any) -> Array:
    """Arrays of another rank than 3 are rejected."""
    if np.ndim(feature_map) != 3:
        raise ValueError("a feature map has rank 3")
    return reference.relu(feature_map)


@fault("relu", "R2")
def leaky(feature_map: Any) -> Array:
    """Negative numbers become a hundredth of themselves."""
    x = reference.relu(feature_map)
    return np.asarray(np.where(feature_map < 0, feature_map * x.dtype.type(0.01), x))


@fault("relu", "R2")
def capped_at_six(feature_map: Any) -> Array:
    """Numbers above 6 become 6."""
    y = reference.relu(feature_map)
    return np.asarray(np.minimum(y, y.dtype.type(6)))


@fault("relu", "R2")
def small_numbers_become_zero(feature_map: Any) -> Array:
    """Numbers below a millionth become zero."""
    y = reference.relu(feature_map)
    return np.where(y < 1e-6, y.dtype.type(0), y)


@fault("relu", "R2")
def magnitudes(feature_map: Any) -> Array:
    """Negative numbers lose their sign."""
    return reference.relu(np.abs(np.asarray(feature_map)))


@fault("relu", "Q1")
def in_place(feature_map: Any) -> Array:
    """The input is overwritten, if it can be."""
    y = reference.relu(feature_map)
    if feature_map.flags.writeable:
        feature_map[...] = y
    return y


@fault("relu", "Q4")
def returns_its_input(feature_map: Any) -> Array:
    """An input without negative numbers is returned itself."""
    y = reference.relu(feature_map)
    same = y.dtype == feature_map.dtype and np.array_equal(y, feature_map)
    return feature_map if same else y


@fault("relu", "Q6")
def through_float32(feature_map: Any) -> Array:
    """The result is float32."""
    return reference.relu(feature_map).astype(np.float32)


@fault("relu", "Q7")
def nan_becomes_zero(feature_map: Any) -> Array:
    """NaN is not above zero, and becomes zero."""
    y = reference.relu(feature_map)
    return np.where(np.isnan(y), y.dtype.type(0), y)


@fault("relu", "Q8")
def subnormals_flushed(feature_map: Any) -> Array:
    """Subnormal numbers become zero."""
    y = reference.relu(feature_map)
    return np.where(y < np.finfo(y.dtype).tiny, y.dtype.type(0), y)


@stateful("relu", "Q2")
def wrong_after_a_thousand_calls() -> Function:
    """From its thousandth call on, it lets negative numbers pass."""
    calls = itertools.count()

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        return y if next(calls) < 1000 else np.asarray(feature_map).astype(y.dtype)

    return relu


@stateful("relu", "Q2")
def residue_of_a_large_call() -> Function:
    """After a large map, the next result holds a residue of it."""
    sizes = [0]

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        sizes.append(y.size)
        return np.asarray(y + y.dtype.type(sizes[-2] > 150))

    return relu


# pooling


@fault("pooling", "P1")
def takes_maps_without_channels(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A map of rank 2 is pooled as one channel."""
    x = np.asarray(feature_map)
    if x.ndim == 2 and 1 <= size <= min(x.shape) and stride >= 1:
        return reference.pooling(x[:, :, np.newaxis], size, stride)[:, :, 0]
    return reference.pooling(x, size, stride)


@fault("pooling", "P2", "Q3")
def negative_stride_counts_as_positive(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The sign of a stride is ignored."""
    return reference.pooling(feature_map, size, abs(stride))


@fault("pooling", "Q10")
def windows_unchecked(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A size below 1 is found by an accident inside."""
    if size < 1:
        [][size]
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "P3")
def extra_zero_row(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A row and a column of zeros more where the stride divides H - S + 1."""
    y = reference.pooling(feature_map, size, stride)
    more = [((n - size + 1) % stride == 0) * 1 for n in np.shape(feature_map)[:2]]
    return np.pad(y, ((0, more[0]), (0, more[1]), (0, 0)))


@fault("pooling", "P3")
def ceil_mode(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A remainder gets a window of its own."""
    spec.require_pooling(feature_map, size, stride, "standard")
    (x,) = spec.numbers(feature_map)
    pad = [(0, -(n - size) % stride) for n in x.shape[:2]]
    low = np.pad(x, (*pad, (0, 0)), constant_values=-np.inf)
    return reference.pooling(low, size, stride)


@fault("pooling", "P3", "P4")
def the_article(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The published pooling: a window too few, the last ones zero."""
    return reference.pooling(feature_map, size, stride, edition="article")


@fault("pooling", "P3a", "P4a")
def the_standard(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """What the article's text means, where the publication is asked for."""
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "P4")
def from_zero(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The maximum begins at zero, so that negative maps give zeros."""
    return reference.relu(reference.pooling(feature_map, size, stride))


@fault("pooling", "P4")
def average(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The mean of each window instead of its maximum."""
    y = reference.pooling(feature_map, size, stride)
    (x,) = spec.numbers(feature_map)
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    with np.errstate(all="ignore"):
        return np.asarray(windows[::stride, ::stride].mean(axis=(3, 4)), y.dtype)


@fault("pooling", "P4")
def over_all_channels(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The maximum is taken over all channels."""
    y = reference.pooling(feature_map, size, stride)
    return np.broadcast_to(y.max(axis=2, keepdims=True, initial=-np.inf), y.shape).copy()


@fault("pooling", "P4")
def clipped_from_below(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The maximum begins at -9999."""
    y = reference.pooling(feature_map, size, stride)
    return np.asarray(np.maximum(y, y.dtype.type(-9999)))


@fault("pooling", "P5")
def stride_follows_the_size(feature_map: Any, size: int = 2, stride: int | None = None) -> Array:
    """A stride that is left out is the size."""
    return reference.pooling(feature_map, size, size if stride is None else stride)


@fault("pooling", "Q7")
def nan_ignored(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """NaN is left out of the maximum."""
    (x,) = spec.numbers(feature_map)
    return reference.pooling(np.where(np.isnan(x), -np.inf, x), size, stride)


@fault("pooling", "Q9")
def rows_counted_in_sixteen_bits(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Rows are counted in sixteen bits."""
    y = reference.pooling(feature_map, size, stride)
    y[2**16 // stride :] = 0
    return y


@stateful("conv", "S1")
def rejects_its_second_bank() -> Function:
    """A net that was made for one bank of filters rejects another number of channels."""
    channels: list[int] = []

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        if np.ndim(filters) == 4 and y.size > 200:
            channels.append(np.shape(filters)[3])
            if channels[-1] != channels[0]:
                raise ValueError("the net was made for another number of channels")
        return y

    return conv


@fault("conv", "S2")
def large_images_by_tiles(image: Any, filters: Any) -> Array:
    """Images of more than 400 columns are cut into tiles that do not overlap."""
    y = reference.conv(image, filters)
    if y.shape[1] > 400:
        y[:, 256] = 0
    return y


@fault("conv", "C7")
def tile_seam(image: Any, filters: Any) -> Array:
    """Images of more than 32 columns have a seam in every map."""
    y = reference.conv(image, filters)
    if y.shape[1] > 32:
        y[:, 16] = 0
    return y
