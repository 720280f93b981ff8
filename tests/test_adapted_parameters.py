"""Functions whose parameters have other names and forms compute what the book says, by adapt."""

import inspect
from collections import Counter
from collections.abc import Collection
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import cnnspec
from cnnspec import reference
from cnnspec.cli import main
from cnnspec.kit.calls import Unsupported
from cnnspec.spec import Array, SpecError

Parameters = dict[str, Any]

ADAPTERS = Path(__file__).parent / "adapters"
WORKED = ["cs231n", "torch_functional", "keras_style", "onnx_style"]
WORDS = ("valid", "same_upper", "same_lower")


def target_of(name: str) -> Any:
    """The target that a worked adapter makes."""
    found = spec_from_file_location(f"adapter_{name}", ADAPTERS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.target


# Drawn calls


def whole(random: np.random.RandomState, *shape: int) -> Array:
    """Small whole numbers: every sum of their products is exact."""
    return random.randint(-9, 10, shape).astype(float)


def a_pair(random: np.random.RandomState, least: int, most: int) -> Any:
    """A number, or one for rows and one for columns."""
    rows, cols = (int(n) for n in random.randint(least, most + 1, 2))
    return (rows, cols) if random.randint(2) else rows


def a_padding(random: np.random.RandomState) -> Any:
    """Padding in one of its forms."""
    form = random.randint(4)
    if form == 0:
        return WORDS[random.randint(3)]
    if form == 1:
        return a_pair(random, 0, 2)
    top, bottom, left, right = (int(n) for n in random.randint(0, 3, 4))
    return ((top, bottom), (left, right)) if form == 2 else ((top, top), (left, left))


def drawn(
    random: np.random.RandomState, operation: str, offered: Collection[str]
) -> tuple[list[Any], Parameters]:
    """Arguments by place, and some of the parameters that are offered."""
    batch = [int(n) for n in random.randint(0, 3, random.randint(2))]
    groups = int(random.randint(1, 3)) if "groups" in offered else 1
    depth, share = (int(n) for n in random.randint(1, 3, 2))
    image = whole(random, *batch, *random.randint(1, 8, 2), depth * groups)
    every: Parameters = {
        "stride": a_pair(random, 1, 3),
        "padding": a_padding(random),
        "dilation": a_pair(random, 1, 2),
        "ceil": bool(random.randint(2)),
        "count_padding": bool(random.randint(2)),
        "bias": whole(random, groups * share),
    }
    if operation == "conv":
        arrays = [image, whole(random, groups * share, *random.randint(1, 4, 2), depth)]
        if image.shape[2:] == (1,) and random.randint(2):  # one channel, its axis left out
            arrays = [one[..., 0] for one in arrays]
    else:
        arrays = [image - 20, a_pair(random, 1, 3), every.pop("stride")]
    kept = {name: one for name, one in every.items() if name in offered and random.randint(3)}
    return arrays, kept if groups == 1 else {**kept, "groups": groups}


def compared(operation: str, function: Any, random: np.random.RandomState) -> str:
    """Compare one drawn call with the reference; say what came of it."""
    arguments, given = drawn(random, operation, inspect.signature(function).parameters)
    try:
        batch = arguments[0].ndim == 4
        right = getattr(reference, operation)(*arguments, **given, batch=batch, edition="general")
    except SpecError:
        with pytest.raises((ValueError, TypeError, Unsupported)):
            function(*arguments, **given)
        return "rejected"
    try:
        got = function(*arguments, **given)
    except Unsupported as reason:
        return str(reason)
    assert np.array_equal(got, right, equal_nan=True), (operation, given)
    return "equal"


@pytest.mark.parametrize("name", WORKED)
def test_worked_adapters_compute_what_the_reference_does(name: str) -> None:
    random = np.random.RandomState(1)
    for operation, function in vars(target_of(name)).items():
        outcomes = Counter(compared(operation, function, random) for _ in range(400))
        assert outcomes["equal"] > 100, (operation, outcomes)
        assert outcomes["rejected"] > 5, (operation, outcomes)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", WORKED)
def test_worked_adapters_are_judged_and_conform(name: str) -> None:
    arguments = ["check", str(ADAPTERS / f"{name}.py"), "--budget", "quick", "--level", "values"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output


def test_pads_in_another_order_are_noticed() -> None:
    target = target_of("onnx_style")
    image, filters = np.arange(12.0).reshape(3, 4, 1), np.ones((1, 2, 2, 1))
    padding = ((0, 1), (2, 0))
    assert np.array_equal(
        target.conv(image, filters, padding=padding),
        reference.conv(image, filters, padding=padding),
    )
    assert target.conv(image, filters, padding=((0, 0), (2, 1))).shape == (2, 6, 1)


# What a function offers, and what it is called with


def recorded(**adaptation: Any) -> tuple[Any, list[tuple[tuple[Any, ...], Parameters]]]:
    """Conv of an adapter, and how the function that it adapts was called."""
    calls: list[tuple[tuple[Any, ...], Parameters]] = []

    def function(x: Array, w: Array, *places: Any, **named: Any) -> Array:
        calls.append((places, named))
        return np.zeros((1, 1, len(w)), x.dtype)

    return cnnspec.adapt(conv=function, **adaptation).conv, calls


IMAGE, FILTERS = np.ones((6, 7, 2)), np.ones((4, 3, 2, 2))


@pytest.mark.parametrize(
    ("said", "given", "called"),
    [
        ({"stride": "strides"}, {"stride": (2, 1)}, {"strides": (2, 1)}),
        ({"stride": "strides:pair"}, {"stride": 2}, {"strides": (2, 2)}),
        ({"stride": "strides:pair"}, {}, {"strides": (1, 1)}),
        ({"stride": "down, right"}, {"stride": (2, 1)}, {"down": 2, "right": 1}),
        ({"stride": "how[s]:number"}, {"stride": (2, 2)}, {"how": {"s": 2}}),
        ({"padding": "p, q"}, {"padding": ((1, 1), (2, 2))}, {"p": 1, "q": 2}),
        (
            {"padding": "top, bottom, left, right"},
            {"padding": ((1, 2), (3, 4))},
            {"top": 1, "bottom": 2, "left": 3, "right": 4},
        ),
        (
            {"padding": "l, r, t, b:left-right-top-bottom"},
            {"padding": ((1, 2), (3, 4))},
            {"t": 1, "b": 2, "l": 3, "r": 4},
        ),
        (
            {"stride": "how[s]:number", "padding": "how[left, right, t, b]:left-right-top-bottom"},
            {"padding": (1, 0)},
            {"how": {"s": 1, "left": 0, "right": 0, "t": 1, "b": 1}},
        ),
        # Words become numbers where a function has no words: windows of 5 by 3, stride 2 by 1
        (
            {"padding": "p:sides", "stride": "s", "dilation": "d"},
            {"padding": "same_upper", "stride": (2, 1), "dilation": 2},
            {"p": ((1, 2), (1, 1)), "s": (2, 1), "d": 2},
        ),
        ({"padding": "p:number"}, {"padding": "valid"}, {"p": 0}),
        ({"padding": "p"}, {"padding": "same_lower"}, {"p": "same_lower"}),
        ({"groups": lambda groups: {"how": groups}}, {"groups": 2}, {"how": 2}),
        (
            {"groups": lambda groups: {"how": {"g": groups}}, "stride": "how[s]"},
            {"groups": 2},
            {"how": {"g": 2, "s": 1}},
        ),
        ({"padding": ["words:SAME/VALID", "p:pair"]}, {"padding": 0}, {"words": "VALID"}),
        ({"padding": ["words:SAME/VALID", "p:pair"]}, {"padding": 1}, {"p": (1, 1)}),
    ],
)
def test_a_value_is_said_as_the_function_takes_it(
    said: Parameters, given: Parameters, called: Parameters
) -> None:
    conv, calls = recorded(parameters=said)
    conv(IMAGE, FILTERS, **given)
    assert calls == [((), called)]
    offered = [*inspect.signature(conv).parameters]
    assert sorted(offered) == sorted(["image", "filters", *said])


def test_what_is_not_named_is_not_offered() -> None:
    conv, calls = recorded(parameters={})
    for name in ("stride", "padding", "bias", "batch", "edition"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            conv(IMAGE, FILTERS, **{name: 2})
    conv(IMAGE, FILTERS)
    assert calls == [((), {})]


@pytest.mark.parametrize(
    ("text", "shape"), [("b", (4,)), ("b:column", (4, 1)), ("b:row", (1, 4)), ("h[b]:row", (1, 4))]
)
def test_a_bias_has_its_form_and_is_zero_where_there_is_none(
    text: str, shape: tuple[int, ...]
) -> None:
    conv, calls = recorded(parameters={"bias": text})
    conv(IMAGE, FILTERS.astype("float32"))
    conv(IMAGE, FILTERS, bias=np.arange(4.0))
    (zero, mine) = (one.get("h", one)["b"] for _, one in calls)
    assert zero.shape == mine.shape == shape
    assert zero.dtype == "float32"
    assert not zero.any()
    assert np.array_equal(mine.ravel(), np.arange(4))


def test_a_bias_by_place_is_no_filter_and_one_with_a_default_is_left_out() -> None:
    conv, calls = recorded(filters="OIHW", image="NCHW", result="HWC", parameters={"bias": "3:row"})
    conv(IMAGE, FILTERS, np.arange(4.0))
    ((place,), named) = calls[0]
    assert np.array_equal(place, [[0, 1, 2, 3]])
    assert not named

    def with_default(x: Array, w: Array, b: Array | None = None) -> Array:
        assert b is None
        return x[:4, :6, : len(w)]

    cnnspec.adapt(conv=with_default, parameters={"bias": "b"}).conv(IMAGE, FILTERS)


def test_size_and_stride_go_by_place_or_by_name_with_the_books_defaults() -> None:
    calls = []

    def by_place(x: Array, size: int = 5, stride: int = 7, pad: int = 0) -> Array:
        calls.append((size, stride, pad))
        return x

    def by_name(x: Array, *, k: int, s: int) -> Array:
        calls.append((k, s, -1))
        return x

    plain = cnnspec.adapt(pooling=by_place, parameters={"padding": "pad:number"}).pooling
    named = cnnspec.adapt(pooling=by_name, parameters={"size": "k", "stride": "s"}).pooling
    for pooling in (plain, named):
        for arguments, given in (((), {}), ((3,), {}), ((3, 1), {}), ((), {"stride": 3})):
            pooling(IMAGE, *arguments, **given)
    plain(IMAGE, 3, padding=1)
    assert calls == [
        *((5, 7, 0), (3, 7, 0), (3, 1, 0), (5, 3, 0)),  # left out: the function's own
        *((2, 2, -1), (3, 2, -1), (3, 1, -1), (2, 3, -1)),
        (3, 7, 1),
    ]


def test_a_bias_in_a_dict_is_there_even_if_the_function_has_an_argument_of_its_name() -> None:
    def function(x: Array, w: Array, b: Array | None = None, h: Any = None) -> Array:
        assert b is None
        assert np.array_equal(h["b"], np.zeros(len(w)))
        return x

    cnnspec.adapt(conv=function, parameters={"bias": "h[b]"}).conv(IMAGE, FILTERS)


def test_what_is_said_of_one_operation_goes_before_what_is_said_of_all() -> None:
    said: Parameters = {"padding": "p:pair", "pooling": {"padding": "q:number"}}
    calls: list[Parameters] = []

    def function(x: Array, *_: Any, **named: Any) -> Array:
        calls.append(named)
        return x

    target = cnnspec.adapt(conv=function, pooling=function, relu=abs, parameters=said)
    target.conv(IMAGE, FILTERS)
    target.pooling(IMAGE, 2, 2)
    assert calls == [{"p": (0, 0)}, {"q": 0}]


def test_numbers_that_make_no_sense_reach_the_function() -> None:
    """It is the function that rejects them, or does not."""
    conv, calls = recorded(parameters={"stride": "s:pair", "padding": "p:sides"})
    conv(IMAGE, FILTERS, stride=-1, padding=-2)
    conv(IMAGE, FILTERS, stride=1.5, padding=(1, -1))
    assert [one for _, one in calls] == [
        {"s": (-1, -1), "p": ((-2, -2), (-2, -2))},
        {"s": (1.5, 1.5), "p": ((1, 1), (-1, -1))},
    ]


# Batches and guards


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_a_batch_is_passed_on_as_it_is(layout: str) -> None:
    seen = []

    def relu(x: Array) -> Array:
        seen.append(x.shape)
        return np.maximum(x, 0)

    relu_of = cnnspec.adapt(relu=relu, image=layout, batch=True).relu
    images = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5) - 50
    assert relu_of.batch is True
    assert np.array_equal(relu_of(images), np.maximum(images, 0))
    assert np.array_equal(relu_of(images[0]), np.maximum(images[0], 0))
    assert (
        seen == [(2, 3, 4, 5), (1, 3, 4, 5)] if layout == "NHWC" else [(2, 5, 3, 4), (1, 5, 3, 4)]
    )
    vars(relu)["batch"] = True
    assert not hasattr(cnnspec.adapt(relu=relu, image=layout).relu, "batch")
    flat = cnnspec.adapt(relu=np.ravel, image=layout, batch=True).relu
    with pytest.raises(ValueError, match=r"the result has the shape \(120,\), which is not"):
        flat(images)


def test_a_guard_asks_what_edition_general_asks() -> None:
    target = target_of("cs231n")
    even = np.ones((1, 2, 3, 1))
    assert target.conv(np.ones((4, 5, 1)), even).shape == (3, 3, 1)
    for arguments, given, clause in (
        ((np.ones((2, 5, 1)), np.ones((1, 3, 3, 1))), {}, "C18"),
        ((np.ones((2, 4, 5, 1)), even), {"stride": 0}, "C18"),
        ((np.ones((0, 4, 5, 1)), even), {"padding": -1}, "C18"),
        ((np.ones((4, 5, 2)), even), {}, "C2"),
        ((np.ones((4, 5, 1)), even, np.ones(2)), {}, "C18"),
    ):
        with pytest.raises(SpecError) as error:
            target.conv(*arguments, **given)
        assert error.value.clause == clause
    with pytest.raises(SpecError, match="real numbers"):
        target.pooling(np.full((1, 4, 5, 1), "text", object), 2, 2)
    plain = cnnspec.adapt(conv=lambda x, _: x, image="NHWC", batch=True, guard=True).conv
    assert plain(np.ones((2, 3, 3, 1)), even).shape == (2, 3, 3, 1)  # so is a batch judged
    with pytest.raises(SpecError, match="does not fit"):
        plain(np.ones((2, 2, 3, 1)), np.ones((1, 3, 3, 1)))


def test_a_guard_lets_a_function_have_other_defaults_of_its_own() -> None:
    def conv2d(x: Array, w: Array, strides: int = 1, activation: str = "linear") -> Array:
        return reference.conv(x, w) if strides == 1 and activation == "linear" else x

    def pool(x: Array, size: int = 2, step: int = 2, mode: str = "max") -> Array:
        return reference.pooling(x, size, step) if mode == "max" else x

    target = cnnspec.adapt(conv=conv2d, pooling=pool, guard=True)
    odd, even = np.ones((1, 3, 3, 1)), np.ones((1, 2, 2, 1))
    assert target.conv(np.ones((4, 5, 1)), odd).shape == (2, 3, 1)
    assert target.pooling(np.ones((4, 5, 1)), 3).shape == (1, 2, 1)
    with pytest.raises(SpecError, match="odd size"):  # of edition standard, in which it is judged
        target.conv(np.ones((4, 5, 1)), even)


def test_a_guard_asks_what_edition_general_asks_if_a_function_takes_an_option_by_its_name() -> None:
    def conv2d(x: Array, w: Array, stride: int = 1) -> Array:
        return reference.conv(x, w, stride=stride)

    def pool(x: Array, size: int = 2, step: int = 2) -> Array:
        return reference.pooling(x, size, step)

    target = cnnspec.adapt(conv=conv2d, pooling=pool, guard=True)
    even = np.ones((1, 2, 3, 1))
    assert target.conv(np.ones((4, 5, 1)), even, stride=2).shape == (2, 2, 1)
    assert target.pooling(np.ones((4, 5, 1)), (1, 2), 2).shape == (2, 2, 1)
    with pytest.raises(SpecError, match="stride"):
        target.conv(np.ones((4, 5, 1)), even, stride=0)
    other = cnnspec.adapt(conv=of_any_filters, average_pooling=averaged, guard=True)
    assert other.conv(np.ones((4, 5, 1)), even).shape == (3, 3, 1)  # the other one has an option


def averaged(x: Array, size: int, stride: int, padding: int = 0) -> Array:
    return reference.average_pooling(x, size, stride, padding=padding)


def of_any_filters(x: Array, w: Array) -> Array:
    return reference.conv(x, w, edition="general")
