"""How an adapter is told of parameters: what conventions give and decline, what is refused."""

import doctest
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_adapted_parameters import FILTERS, IMAGE, Parameters, recorded

import cnnspec
from cnnspec.kit.calls import Unsupported
from cnnspec.spec import Array
from cnnspec.targets import conventions, ways
from cnnspec.targets.conventions import CONVENTIONS, ORDERS, Windows, converted

WORDS = ("valid", "same_upper", "same_lower")


@pytest.mark.parametrize("module", [conventions, ways])
def test_the_examples_of_the_docstrings_hold(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert not failed
    assert tried


# What cannot be expressed


@pytest.mark.parametrize(
    ("parameter", "convention", "value", "reason"),
    [
        ("stride", "number", (1, 2), "stride with one number for rows and another"),
        ("size", "pair", (1, 2, 3), "size with 3 numbers"),
        ("padding", "number", (1, 2), "padding with one number for rows and another"),
        ("padding", "number", ((1, 2), (1, 2)), "padding that differs before and after"),
        ("padding", "pair", ((1, 1), (1, 2)), "padding that differs before and after"),
        ("padding", "SAME/VALID", 1, "padding in numbers"),
        ("padding", "same/valid", "same_lower", "padding same_lower"),
        ("padding", "pair", "same_upper", "padding same_upper of windows that make no sense"),
        ("padding", "sides", "reflect", "padding reflect"),
    ],
)
def test_what_a_convention_cannot_express_is_declined(
    parameter: str, convention: str, value: Any, reason: str
) -> None:
    windows = Windows((5, 5), 3, 0, 1)  # a stride of 0
    with pytest.raises(Unsupported, match=reason):
        converted(parameter, convention, value, windows)


def test_padding_in_every_order_of_the_sides() -> None:
    for name, order in ORDERS.items():
        got = converted("padding", name, ((1, 2), (3, 4)))
        assert got == tuple({"top": 1, "bottom": 2, "left": 3, "right": 4}[one] for one in order)
    assert len(ORDERS) == 24
    assert converted("padding", "top-left-bottom-right", ((1, 2), (3, 4))) == (1, 3, 2, 4)
    assert converted("padding", "left-right-top-bottom", ((1, 2), (3, 4))) == (3, 4, 1, 2)
    words = CONVENTIONS["padding"]["SAME_UPPER/SAME_LOWER/VALID"]
    assert [words("padding", one) for one in (*WORDS, ((0, 0), (0, 0)))] == [
        "VALID",
        "SAME_UPPER",
        "SAME_LOWER",
        "VALID",
    ]


def test_the_page_on_adapters_lists_the_conventions_and_what_they_give() -> None:
    page = (Path(__file__).parent.parent / "docs" / "how-to" / "adapters.md").read_text(
        encoding="utf-8"
    )
    _, _, table = page.partition("| of | convention |")
    listed = set()
    parameter = ""
    for line in table.partition("\n\n")[0].splitlines()[2:]:
        of, names, _, example = (cell.strip() for cell in line.strip("|").split("|"))
        parameter = of.partition(",")[0] or parameter
        for name in re.findall(r"`([^`]+)`", names):
            listed.add((parameter, name))
            if example == "declined":
                with pytest.raises(Unsupported):
                    converted(parameter, name, ((1, 1), (2, 2)))
            elif example:
                assert str(converted(parameter, name, ((1, 1), (2, 2)))) == example
    known = {(one, name) for one in ("size", "padding", "bias") for name in CONVENTIONS[one]}
    assert listed <= known
    assert {name for _, name in known - listed} < set(ORDERS)


# What is refused when an adapter is built


def conv2d(x: Array, w: Array, b: Array, conv_param: Parameters) -> Array:
    raise NotImplementedError


def max_pool(x: Array, k: int, *, pads: int = 0) -> Array:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"strides": "s"}, ValueError, "'strides' is no parameter of conv and pooling; there are"),
        ({"strides": "s"}, ValueError, "did you mean stride?"),
        ({"count_padding": "c"}, ValueError, "it belongs to average_pooling"),
        ({"batch": "b"}, ValueError, r"adapt\(..., batch=True\)"),
        ({"average_pooling": {}}, ValueError, "no function is given for it"),
        ({"conv": "stride"}, TypeError, r"parameters\['conv'\] is a dict of parameters"),
        ({"conv": {"ceil": "c"}}, ValueError, "'ceil' is no parameter of conv; there are bias, "),
        ({"stride": 3}, TypeError, r"parameters\['stride'\] is a text as 'strides:pair', a list"),
        ({"stride": []}, TypeError, r"parameters\['stride'\] is a text"),
        ({"stride": ["s", 3]}, TypeError, r"parameters\['stride'\] = 3: it is a text"),
        ({"stride": "s:pear"}, ValueError, "'pear' is no convention; .*; did you mean pair?"),
        ({"padding": "s:row"}, ValueError, "number, pair, sides, .* and other orders of the sides"),
        ({"groups": "g:number"}, ValueError, "'number' is no convention; groups has none"),
        ({"stride": "a b"}, ValueError, "it has the form 'name', 'name:convention'"),
        ({"stride": "a["}, ValueError, "it has the form"),
        ({"stride": "a, b, c"}, ValueError, "3 names cannot share a value of stride"),
        ({"stride": "a, b:number"}, ValueError, "2 names cannot share a value of stride"),
        ({"bias": "a, b"}, ValueError, "2 names cannot share a value of bias"),
        ({"conv": {"bias": "b", "stride": "conv_params[stride]"}}, TypeError, "'conv_params', .*"
         "which conv2d does not take; it takes b, conv_param; did you mean conv_param?"),
        ({"conv": {"bias": "w"}}, TypeError, "conv: parameters gives bias to 'w'"),
        ({"conv": {"bias": "b", "stride": "b"}}, ValueError, "gives bias and stride to 'b'"),
        ({"conv": {"bias": "3", "stride": "b"}}, TypeError, "conv: parameters gives stride to 'b'"),
        ({"conv": {"bias": "4"}}, ValueError, "bias to place 4; the first place that is free is 3"),
        ({"conv": {"stride": "conv_param[s]"}}, TypeError, "conv2d needs b, which parameters does"),
        ({"pooling": {"size": "k"}}, ValueError, "names size, and no stride"),
        ({"pooling": {"padding": "pad"}}, TypeError, "it takes pads; did you mean pads?"),
        ("stride", TypeError, "parameters is a dict by the book's names"),
    ],
)  # fmt: skip
def test_an_adapter_that_says_nonsense_is_refused_by_the_parameters_name(
    parameters: Any, kind: type[Exception], message: str
) -> None:
    both = {"bias": "b", "stride": "conv_param[stride]"}
    if isinstance(parameters, dict) and "conv" not in parameters:
        parameters = {"conv": both, **parameters}
    with pytest.raises(kind, match=message):
        cnnspec.adapt(conv=conv2d, pooling=max_pool, parameters=parameters)


def test_what_goes_by_place_alone_is_told_its_place() -> None:
    def function(x: Array, w: Array, b: Array, /) -> Array:
        return x[:4, :6, : len(w)] + b

    with pytest.raises(TypeError, match="takes by place alone: name it '3'"):
        cnnspec.adapt(conv=function, parameters={"bias": "b"})
    y = cnnspec.adapt(conv=function, parameters={"bias": "3"}).conv(IMAGE, FILTERS[:2], [1, 2])
    assert y[0, 0].tolist() == [2, 3]


def test_what_a_function_makes_of_a_value_is_a_dict() -> None:
    conv, _ = recorded(parameters={"groups": lambda groups: groups})
    with pytest.raises(TypeError, match=r"parameters\['groups'\] made a int, not a dict"):
        conv(IMAGE, FILTERS)
    conv, _ = recorded(parameters={"groups": lambda groups: {"s": groups}, "stride": "s"})
    with pytest.raises(TypeError, match="two parameters are named 's'"):
        conv(IMAGE, FILTERS)


def test_options_that_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="batch=True needs image='NHWC' or 'NCHW'"):
        cnnspec.adapt(conv=conv2d, batch=True)
    with pytest.raises(TypeError, match='fused="relu" goes neither with parameters'):
        cnnspec.adapt(conv=conv2d, fused="relu", parameters={"stride": "s"})
