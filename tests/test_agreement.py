"""Spec and reference agree: exactly where nothing rounds, within C9 where something does."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from types import ModuleType, SimpleNamespace
from typing import Any

import drawing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnnspec import SpecError, reference, spec
from cnnspec.kit.calls import Case
from cnnspec.kit.exact import largest_share
from cnnspec.operations.average_pooling import oracle as average_oracle
from cnnspec.operations.average_pooling.strategies import average_cases, of_floats
from cnnspec.operations.catalogue import checks
from cnnspec.spec import WITHOUT_PARAMETERS, Array, Edition

checks()  # fills the registry, whichever test is run alone
CONV, STACK = (import_module(f"cnnspec.reference.{chapter}") for chapter in ("conv", "stack"))
"""The modules, whose names the functions of the package have taken."""
WAYS = {
    "by pixels": {"SMALL": 2**60},
    "by lines": {"SMALL": 0, "SHORT": 0},
    "by groups": {"SMALL": 0, "GROUPS": 1},
}
"""Bounds that have the reference's conv take one way for small calls too."""


@contextmanager
def taking(way: str) -> Iterator[None]:
    """The reference's conv takes one way."""
    with pytest.MonkeyPatch.context() as patch:
        for name, bound in WAYS[way].items():
            patch.setattr(CONV, name, bound)
        yield


def assert_same(left: Array | str, right: Array | str) -> None:
    """The same dtype, shape and values, NaN at the same places; or the same rejection."""
    if isinstance(left, str) or isinstance(right, str):
        assert left == right
        return
    assert left.dtype == right.dtype
    assert np.array_equal(left, right, equal_nan=True)


def pooled(module: ModuleType, edition: Edition, inputs: tuple[Array, int, int]) -> Array | str:
    """What an implementation's pooling gives: its result, or the clause that rejects."""
    try:
        result: Array = module.pooling(*inputs, edition=edition)
    except SpecError as error:
        return error.clause
    return result


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", drawing.FLOATS)
@given(st.data())
def test_C7_conv_agrees_exactly_on_grids(dtype: str, way: str, data: st.DataObject) -> None:
    image, filters = data.draw(drawing.conv_inputs(dtype))
    with taking(way):
        assert_same(spec.conv(image, filters), reference.conv(image, filters))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [*drawing.FLOATS, "float16", "longdouble"])
@settings(max_examples=50)
@given(st.data())
def test_C9_conv_keeps_the_bound(dtype: str, way: str, data: st.DataObject) -> None:
    drawn = "float16" if dtype == "float16" else "float32"
    image, filters = data.draw(drawing.float_conv_inputs(drawn))
    image, filters = image.astype(dtype), filters.astype(dtype)
    with taking(way):
        results = spec.conv(image, filters), reference.conv(image, filters)
    for result in results:
        assert result.dtype == dtype
        assert drawing.share_of_bound(result, image, filters) <= 1


@pytest.mark.parametrize("way", WAYS)
@given(drawing.float_conv_inputs(special=True))
def test_Q7_what_is_not_finite_stays_in_its_windows(way: str, pair: tuple[Array, Array]) -> None:
    image, filters = pair
    with taking(way):
        expected, result = spec.conv(image, filters), reference.conv(image, filters)
    for kind in (np.isnan, np.isposinf, np.isneginf):
        assert np.array_equal(kind(expected), kind(result))


@pytest.mark.parametrize("dtype", drawing.FLOATS)
@given(st.data())
def test_R2_relu_agrees(dtype: str, data: st.DataObject) -> None:
    feature_map = data.draw(drawing.feature_maps(dtype, special=True))
    assert_same(spec.relu(feature_map), reference.relu(feature_map))


def test_Q7_spec_keeps_nan_among_python_objects() -> None:
    x = np.array([[[np.nan]], [[np.inf]], [[-1.0]]], object)
    assert str(spec.relu(x).ravel().tolist()) == "[nan, inf, 0]"
    assert np.isnan(spec.pooling(np.broadcast_to(x, (3, 3, 1)), 3, 1).item())


@pytest.mark.parametrize("edition", WITHOUT_PARAMETERS)
@given(drawing.pooling_inputs("float32", special=True))
def test_P4_pooling_agrees(edition: Edition, inputs: tuple[Array, int, int]) -> None:
    assert_same(pooled(spec, edition, inputs), pooled(reference, edition, inputs))


@pytest.mark.parametrize("dtype", [*drawing.FLOATS, "float16", "longdouble"])
@settings(max_examples=50)
@given(st.data())
def test_A5_average_pooling_keeps_the_bound(dtype: str, data: st.DataObject) -> None:
    drawn = "float16" if dtype == "float16" else "float32"
    (one,) = data.draw(of_floats(drawn))
    (x,), size, stride = one.arrays, one.plain["size"], one.plain["stride"]
    for average in (spec.average_pooling, reference.average_pooling):
        result = average(x.astype(dtype), size, stride)
        assert result.dtype == dtype
        intervals = average_oracle.intervals(one.with_arrays([x.astype(dtype)]), dtype)
        assert largest_share(result, intervals) <= 1


@given(average_cases(53))
def test_A4_average_pooling_agrees_exactly_where_the_count_is_a_power_of_two(case: Case) -> None:
    x, size, stride = case[-1].plain.values()
    left, right = (m.average_pooling(x, size, stride) for m in (spec, reference))
    assert left.dtype == right.dtype
    if size & (size - 1) == 0:
        assert_same(left, right)
        assert np.array_equal(left, average_oracle.expected(case[-1], "standard"))


def test_Q7_Q8_averages_of_what_is_not_finite_or_subnormal(implementation: ModuleType) -> None:
    x = np.array([[np.inf, -np.inf, 1.0, 5e-324]]).reshape(1, 4, 1)
    got = implementation.average_pooling(x, 1, 1).ravel()
    assert np.array_equal(got, x.ravel())
    square = np.array([[np.inf, -np.inf], [1, 1.0]])[:, :, np.newaxis]
    assert np.isnan(implementation.average_pooling(square, 2, 1)).all()


@pytest.mark.parametrize("edition", WITHOUT_PARAMETERS)
def test_P3_every_small_shape(edition: Edition) -> None:
    for height, width in product(range(1, 10), repeat=2):
        feature_map = np.arange(height * width * 2.0).reshape(height, width, 2) - height * width
        for size, stride in product(range(1, 5), range(1, 6)):
            inputs = feature_map, size, stride
            assert_same(pooled(spec, edition, inputs), pooled(reference, edition, inputs))


@pytest.mark.parametrize("stride", [2**31, 2**63, 2**100])
@pytest.mark.parametrize("side", [3, 300])
@pytest.mark.parametrize("operation", ["pooling", "average_pooling"])
def test_P3_A3_a_stride_of_any_size(operation: str, side: int, stride: int) -> None:
    """It is a whole number of Python, which need not fit into a word."""
    feature_map = np.arange(side * 3 * 2.0).reshape(side, 3, 2)
    left, right = (getattr(m, operation)(feature_map, 2, stride) for m in (spec, reference))
    assert_same(left, right)


@pytest.mark.parametrize(
    ("image", "filters"),
    [((40, 3), (2, 3, 3)), ((9, 600, 2), (3, 3, 3, 2)), ((70, 70), (1, 31, 31))],
)
@pytest.mark.parametrize("block", [1, 100, 5000])
def test_C7_blocks_meet_without_a_seam(
    image: tuple[int, ...], filters: tuple[int, ...], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.RandomState(1)
    x, w = random.randint(-99, 99, image), random.randint(-99, 99, filters)
    whole = reference.conv(x, w)
    monkeypatch.setattr(CONV, "BLOCK", block)
    assert np.array_equal(reference.conv(x, w), whole)


def test_S1_the_reference_chains_its_own_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STACK, "conv", lambda *_: "conv")
    monkeypatch.setattr(STACK, "relu", lambda maps: f"{maps}, relu")
    monkeypatch.setattr(STACK, "pooling", lambda maps, *_, **__: f"{maps}, pooling")
    (layer,) = reference.stack(np.ones((1, 1)), [np.ones((1, 1, 1))])
    assert [str(maps) for maps in layer] == ["conv", "conv, relu", "conv, relu, pooling"]


@pytest.mark.parametrize(
    ("image", "filters", "matrix"),
    [
        ((40, 20), (1, 3, 3), (13, 18, 9)),  # 15 rows of 18 lines of 3 elements: 810
        ((40, 20), (12, 3, 3), (3, 9, 9)),  # 12 maps outweigh the lines: 3 rows, half the columns
        ((40, 200), (1, 3, 3), (3, 13, 30)),  # 99 columns are 13 groups of 8, the last one overlaps
        ((9, 9), (1001, 3, 3), (3, 1, 9)),  # a pixel is too many; there is no less
        ((40, 20, 6), (1, 3, 3, 6), (3, 9, 54)),  # K rows at the least, with K-1 below them
        ((9, 9, 80), (1, 3, 3, 80), (3, 1, 720)),  # K rows and a column: there is no less
    ],
)
def test_reference_fills_a_block_and_no_more(
    image: tuple[int, ...],
    filters: tuple[int, ...],
    matrix: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes: list[tuple[int, ...]] = []

    def watched(x: np.ndarray[Any, Any], shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
        shapes.append(shape)
        return as_strided(x, shape, strides)

    monkeypatch.setattr(CONV, "BLOCK", 1000)
    monkeypatch.setattr(CONV, "SMALL", 0)
    monkeypatch.setattr(CONV, "strided", watched)
    reference.conv(np.ones(image), np.ones(filters))
    assert shapes[1] == matrix


@pytest.mark.parametrize("dtype", drawing.FLOATS)
@pytest.mark.parametrize("number", [2, 7])
def test_C7_filters_of_one_number_agree_in_blocks_and_with_NaN(
    dtype: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONV, "BLOCK", 40)
    monkeypatch.setattr(CONV, "SMALL", 0)
    image = np.arange(-40.0, 37).reshape(7, 11, 1).astype(dtype)
    image[2, 3], image[4, 5], image[0, 0], image[1, 1] = np.nan, np.inf, -np.inf, 5e-324
    filters = np.array([-1, 0, 3, -0.0, np.inf, np.nan, 0.1])[:number].astype(dtype)
    filters = filters.reshape(number, 1, 1, 1)
    got, wanted = reference.conv(image, filters), spec.conv(image, filters)
    assert_same(got, wanted)
    assert not np.signbit(got[got == 0]).any()  # a sum that starts from zero is never -0


@pytest.mark.parametrize(("rows", "cols"), [(64, 50), (63, 198)])
def test_products_are_small_unless_they_had_few_rows(
    rows: int, cols: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """198 columns are four blocks of 50, which overlap; or one where 63 rows would be too few."""
    widths: set[int] = set()

    def watched(matrix: Array, bank: Array, out: Array) -> None:
        widths.add(matrix.shape[1])
        np.matmul(matrix, bank, out=out)

    numpy = vars(np) | {"matmul": watched}
    monkeypatch.setattr(CONV, "UNSPLIT", 81 * rows)
    monkeypatch.setattr(CONV, "np", SimpleNamespace(**numpy))
    reference.conv(np.ones((40, 200)), np.ones((9, 3, 3)))
    assert widths == {cols}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 8, 9])
@pytest.mark.parametrize("channels", [1, 21, 22])
def test_the_reference_is_exact_with_groups_and_without(number: int, channels: int) -> None:
    """Groups of 8, 4 and 2 pixels, the last of which overlap; more than 64 elements; objects."""
    random = np.random.RandomState(2)
    x = random.randint(-9, 9, (4, 197, channels))
    w = random.randint(-9, 9, (number, 3, 3, channels))
    for dtype in ("float32", "object"):
        inputs = x.astype(dtype), w.astype(dtype)
        assert np.array_equal(conv_by_windows(x, w), reference.conv(*inputs).astype(float))


def conv_by_windows(x: Array, w: Array) -> Array:
    """Sums of products of integers, without a matrix product."""
    windows = sliding_window_view(x, w.shape[1:3], (0, 1))
    sums: Array = np.einsum("rcdij,nijd->rcn", windows, w)
    return sums


@pytest.mark.parametrize("special", [np.nan, np.inf, 1e308])
def test_Q7_a_group_keeps_what_is_not_finite_in_its_windows(special: float) -> None:
    """1e308 is finite, but the image's sum is not."""
    x = np.ones((3, 200))
    x[0, [9, 17, 77]] = special
    w = np.full((1, 3, 3), 0.25)
    with taking("by groups"):
        assert_same(spec.conv(x, w), reference.conv(x, w))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 3])
def test_a_sum_of_products_that_underflow_is_no_negative_zero(way: str, size: int) -> None:
    for channels in (1, 16):
        x = np.full((4, 6, channels), -1e-300)
        with taking(way):
            assert not np.signbit(
                reference.conv(x, np.full((1, size, size, channels), 1e-300))
            ).any()


def test_a_pooled_map_is_the_same_channel_by_channel() -> None:
    """2 channels, and more windows in a row than are worth a loop of their own."""
    x = np.random.RandomState(3).standard_normal((9, 150, 2))
    for operation in (reference.pooling, reference.average_pooling):
        whole = operation(x, 3, 2)
        apart = [operation(x[:, :, ch : ch + 1], 3, 2) for ch in (0, 1)]
        assert np.array_equal(whole, np.concatenate(apart, axis=2))
        assert whole.flags.c_contiguous


def test_a_block_stays_in_a_cache_and_is_worth_a_call() -> None:
    assert 2**18 <= np.empty(CONV.BLOCK).nbytes <= 2**20


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "int32", "uint64", "float16", ">f4", ">i2"]
)
def test_Q6_result_dtype(dtype: str) -> None:
    values = np.array([[[0], [1]], [[100], [1]]]).astype(dtype)
    kept = np.dtype(dtype).newbyteorder("=") if "f" in dtype else np.dtype(float)
    for module in (spec, reference):
        for result in (
            module.relu(values),
            module.pooling(values, 1, 1),
            module.pooling(values, 1, 1, edition="article"),
            module.average_pooling(values, 1, 1),
            module.conv(values, values[:1, :1, np.newaxis]),
        ):
            assert result.dtype == kept
            assert result.dtype.isnative
    product_of_two = reference.conv(values[1:, :1, 0], values[1:, :1, :])
    assert product_of_two == values[1, 0, 0].astype(float) ** 2  # promoted before it is multiplied


def results_of(x: Array, w: Array) -> list[Array]:
    """What the reference makes of an image and a bank."""
    pooled = reference.pooling(x), reference.average_pooling(x, 2, 1)
    return [reference.conv(x, w), reference.relu(x), *pooled]


def test_Q4_Q5_results_are_fresh_whatever_the_layout() -> None:
    x = np.arange(75.0).reshape(5, 5, 3)
    w = np.arange(54.0).reshape(2, 3, 3, 3)
    expected = results_of(x, w)
    x.flags.writeable = w.flags.writeable = False
    views = (np.asfortranarray(x), x[::-1][::-1], x.astype(">f8"), np.repeat(x, 2, axis=0)[::2])
    for view in views:
        kept = view.copy()
        results = results_of(view, w)
        for result, good in zip(results, expected, strict=True):
            assert_same(result, good)
            assert result.flags.writeable
            assert not np.shares_memory(result, view)
        assert np.array_equal(view, kept)


def test_Q8_subnormal_numbers_survive() -> None:
    tiny = np.full((1, 1, 1), 5e-324)
    assert_same(reference.relu(tiny), tiny)
    assert_same(reference.pooling(tiny, 1, 1), tiny)
    assert_same(reference.conv(tiny, np.ones((1, 1, 1, 1))), tiny)


def test_Q9_more_rows_than_sixteen_bits_count() -> None:
    x = np.arange(65_540.0).reshape(-1, 1)
    assert np.array_equal(reference.conv(x, np.ones((1, 1, 1)))[:, :, 0], x)
    pooled = reference.pooling(x[:, :, np.newaxis], 1, 65_537)
    assert np.array_equal(pooled.ravel(), [0, 65_537])


def test_Q9_filters_and_channels_beyond_a_byte(implementation: ModuleType) -> None:
    side = 257
    wide, deep = np.ones((side, side)), np.ones((1, 1, side))
    assert implementation.conv(wide, wide[np.newaxis]) == side**2
    assert implementation.conv(deep, deep[np.newaxis]) == side


@pytest.mark.parametrize(
    "shapes",
    [
        ((400, 400, 8), (1, 9, 9, 8)),
        ((256, 256), (200, 1, 1)),
        ((1000, 1000), (1, 1, 1)),
        ((9, 200_000, 2), (1, 3, 3, 2)),
        ((200_000, 9, 2), (1, 3, 3, 2)),
    ],
)
def test_reference_copies_no_more_than_a_block(shapes: tuple[tuple[int, ...], ...]) -> None:
    image, filters = np.ones(shapes[0]), np.ones(shapes[1])
    tracemalloc.start()
    result = reference.conv(image, filters)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    block = 8 * max(CONV.BLOCK, 2 * filters[0].size)
    assert peak - result.nbytes < 4 * block + filters.nbytes
