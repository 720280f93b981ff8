"""Edition general: parameters of the book and of the reference, by laws and by worked numbers."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnspec import reference, spec
from cnnspec.spec import Array, SpecError
from cnnspec.spec.window import Axis

Module = Any
OURS = pytest.mark.parametrize("ours", [spec, reference], ids=["spec", "reference"])
WORDS = ("valid", "same_upper", "same_lower")


def whole(random: np.random.RandomState, *shape: int) -> Array:
    """Small whole numbers."""
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
    top, bottom, left, right = (int(n) for n in random.randint(0, 4, 4))
    return (top, bottom), (left, right)


def settings(seed: int, count: int) -> Iterator[tuple[np.random.RandomState, dict[str, Any]]]:
    """Drawn parameters of conv."""
    random = np.random.RandomState(seed)
    for _ in range(count):
        yield (
            random,
            {
                "stride": a_pair(random, 1, 4),
                "padding": a_padding(random),
                "dilation": a_pair(random, 1, 3),
                "groups": int(random.randint(1, 4)),
                "edition": "general",
            },
        )


def outcome(function: Any, *arguments: Any, **named: Any) -> Any:
    """A result, or the clause that rejects the call."""
    try:
        return function(*arguments, **named)
    except SpecError as error:
        return error.clause


def alike(one: Any, other: Any) -> bool:
    """Whether two outcomes are the same, to the bit."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return bool(one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True))


def arrays_for(random: np.random.RandomState, groups: int) -> tuple[Array, Array, Array | None]:
    """An image, filters and perhaps a bias."""
    depth, share = random.randint(1, 3, 2)
    image = whole(random, *random.randint(1, 8, 2), groups * depth)
    filters = whole(random, groups * share, *random.randint(1, 5, 2), depth)
    return image, filters, whole(random, groups * share) if random.randint(2) else None


def test_conv_of_the_book_and_of_the_reference_agree() -> None:
    computed = 0
    for random, given in settings(1, 1_500):
        arrays = arrays_for(random, given["groups"])
        one, other = (outcome(ours.conv, *arrays, **given) for ours in (spec, reference))
        assert alike(one, other), given
        computed += not isinstance(one, str)
    assert computed > 500  # and not only rejections


def test_poolings_of_the_book_and_of_the_reference_agree() -> None:
    for random, drawn in settings(2, 1_000):
        given = {name: drawn[name] for name in ("padding", "dilation", "edition")}
        x = whole(random, *random.randint(1, 9, 2), 2) - 20
        sizes = a_pair(random, 1, 4), drawn["stride"]
        given["ceil"] = bool(random.randint(2))
        one, other = (outcome(ours.pooling, x, *sizes, **given) for ours in (spec, reference))
        assert alike(one, other), (sizes, given)
        given["count_padding"] = bool(random.randint(2))
        del given["dilation"]
        one, other = (
            outcome(ours.average_pooling, x, *sizes, **given) for ours in (spec, reference)
        )
        assert alike(one, other), (sizes, given)


@OURS
def test_with_defaults_the_general_edition_is_the_standard_one(ours: Module) -> None:
    random = np.random.RandomState(3)
    for height, width, size in product((3, 5, 8), (3, 6), (1, 3)):
        x = random.standard_normal((height, width, 2))
        w = random.standard_normal((3, size, size, 2))
        error = np.abs(ours.conv(x, w, edition="general") - ours.conv(x, w))
        assert error.max() < 1e-14  # the reference adds up in another order
        if ours is spec:
            assert not error.any()
        assert alike(ours.pooling(x, size, 2, edition="general"), ours.pooling(x, size, 2))
        plain = ours.average_pooling(x, size, 2)
        assert alike(ours.average_pooling(x, size, 2, edition="general"), plain)


# The laws: what each parameter does, told by the plain operation


def plain(ours: Module, image: Array, filters: Array, **given: Any) -> Array:
    """Conv of filters of any size, without parameters."""
    return np.asarray(ours.conv(image, filters, edition="general", **given))


@OURS
def test_a_stride_takes_every_so_many_of_the_result(ours: Module) -> None:
    random = np.random.RandomState(4)
    for rows, cols in product((1, 2, 3, 5), repeat=2):
        x, w = whole(random, 7, 8, 2), whole(random, 2, 2, 3, 2)
        assert alike(plain(ours, x, w, stride=(rows, cols)), plain(ours, x, w)[::rows, ::cols])


@OURS
def test_padding_is_zeros_around_the_image(ours: Module) -> None:
    random = np.random.RandomState(5)
    for top, bottom, left, right in product((0, 1, 3), repeat=4):
        x, w = whole(random, 4, 3, 2), whole(random, 2, 3, 2, 2)
        around = np.pad(x, ((top, bottom), (left, right), (0, 0)))
        got = plain(ours, x, w, padding=((top, bottom), (left, right)))
        assert alike(got, plain(ours, around, w))


@OURS
def test_dilation_is_zeros_between_the_taps(ours: Module) -> None:
    random = np.random.RandomState(6)
    for rows, cols in product((1, 2, 3), repeat=2):
        x, w = whole(random, 8, 9, 2), whole(random, 2, 3, 2, 2)
        spread = np.zeros((2, 2 * rows + 1, cols + 1, 2))
        spread[:, ::rows, ::cols] = w
        assert alike(plain(ours, x, w, dilation=(rows, cols)), plain(ours, x, spread))


@OURS
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_groups_are_convs_side_by_side(ours: Module, groups: int) -> None:
    random = np.random.RandomState(7)
    x, w = whole(random, 4, 5, 4), whole(random, 8, 2, 3, 4 // groups)
    parts = zip(np.split(x, groups, axis=2), np.split(w, groups), strict=True)
    wanted = np.concatenate([plain(ours, *part) for part in parts], axis=2)
    assert alike(plain(ours, x, w, groups=groups), wanted)


@OURS
def test_a_bias_is_added_to_each_map(ours: Module) -> None:
    random = np.random.RandomState(8)
    x, w, b = whole(random, 4, 5, 2), whole(random, 3, 2, 2, 2), whole(random, 3)
    assert alike(plain(ours, x, w, bias=b), plain(ours, x, w) + b)


@OURS
def test_a_batch_is_each_image_for_itself(ours: Module) -> None:
    random = np.random.RandomState(9)
    x, w = whole(random, 3, 5, 6, 2), whole(random, 2, 3, 3, 2)
    assert alike(ours.conv(x, w, batch=True), np.stack([ours.conv(one, w) for one in x]))
    assert ours.conv(x[:0], w, batch=True).shape == (0, 3, 4, 2)
    given: dict[str, Any] = {"padding": 1, "ceil": True}
    for name in ("pooling", "average_pooling"):
        pooled = getattr(ours, name)
        alone = np.stack([pooled(one, 2, 2, **given) for one in x])
        assert alike(pooled(x, 2, 2, batch=True, **given), alone)


@OURS
def test_words_give_as_many_as_the_stride_divides(ours: Module) -> None:
    random = np.random.RandomState(10)
    for height, width, stride in product(range(1, 8), (4, 5), (1, 2, 3)):
        x, w = whole(random, height, width, 1), whole(random, 1, 2, 4, 1)
        for word in ("same_upper", "same_lower"):
            got = plain(ours, x, w, stride=stride, padding=word)
            assert got.shape == (-(-height // stride), -(-width // stride), 1)
    x, w = whole(random, 5, 5, 1), whole(random, 1, 2, 2, 1)
    for word, sides in (("same_upper", (0, 1)), ("same_lower", (1, 0)), ("valid", (0, 0))):
        assert alike(plain(ours, x, w, padding=word), plain(ours, x, w, padding=(sides, sides)))


@OURS
def test_padding_never_wins_and_counts_only_where_it_is_asked(ours: Module) -> None:
    x = -np.arange(1.0, 10.0).reshape(3, 3, 1)
    assert ours.pooling(x, 2, 2, padding=1)[..., 0].tolist() == [[-1, -2], [-4, -5]]
    # one real cell in the corner: -1, or with three of padding -1/4
    assert ours.average_pooling(x, 2, 2, padding=1)[0, 0, 0] == -1
    assert ours.average_pooling(x, 2, 2, padding=1, count_padding=True)[0, 0, 0] == -0.25


# Worked by hand


@OURS
def test_averages_with_ceil_count_what_is_there(ours: Module) -> None:
    x = np.arange(1.0, 8.0).reshape(1, 7, 1)
    for count_padding in (False, True):
        given: dict[str, Any] = {"ceil": True, "count_padding": count_padding}
        assert ours.average_pooling(x, (1, 3), 3, **given).ravel().tolist() == [2, 5, 7]


@OURS
def test_windows_with_ceil_start_in_the_map(ours: Module) -> None:
    x = np.arange(1.0, 6.0).reshape(1, 5, 1)
    assert ours.pooling(x, (1, 2), (1, 3), ceil=True).ravel().tolist() == [2, 5]
    # a third window would start at column 5, in the padding behind the map
    assert ours.pooling(x, (1, 2), (1, 3), padding=(0, 1), ceil=True).ravel().tolist() == [1, 4]
    assert Axis(5, 2, 3, 1, 1, ceil=True).length == 2
    assert Axis(4, 3, 2, ceil=True).length == 2


@OURS
def test_pads_at_the_end_alone(ours: Module) -> None:
    x = np.arange(9.0).reshape(3, 3, 1)
    got = ours.pooling(x, 2, 1, padding=((0, 1), (0, 1)))
    assert got[..., 0].tolist() == [[4, 5, 5], [7, 8, 8], [7, 8, 8]]


def test_the_book_runs_on_fractions() -> None:
    third = np.full((2, 2, 1), Fraction(1, 3), object)
    bias = np.full(1, Fraction(1, 2))
    got = spec.conv(third, np.full((1, 1, 1, 1), Fraction(3)), bias, padding=1)
    assert got[1, 1, 0] == Fraction(3, 2)
    assert got[0, 0, 0] == Fraction(1, 2)
    assert spec.average_pooling(third, 2, 1, padding=1)[0, 0, 0] == Fraction(1, 3)


# What makes no sense

IMAGE, FILTERS = np.ones((5, 5, 4)), np.ones((4, 3, 3, 4))

SENSELESS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stride", {"stride": 0}),
    ("stride", {"stride": (1, -1)}),
    ("stride", {"stride": 1.5}),
    ("stride", {"stride": (1, 1, 1)}),
    ("stride", {"stride": "2"}),
    ("dilation", {"dilation": 0}),
    ("dilation", {"dilation": 2.0}),
    ("padding", {"padding": -1}),
    ("padding", {"padding": (1, 1, 1)}),
    ("padding", {"padding": ((1, 1), (0, -1))}),
    ("padding", {"padding": "SAME "}),
    ("padding", {"padding": None}),
    ("padding", {"padding": np.ones((2, 2))}),
    ("groups", {"groups": 0}),
    ("groups", {"groups": 3}),
    ("groups", {"groups": 1.0}),
    ("bias", {"bias": np.ones(3)}),
    ("bias", {"bias": np.ones((4, 1))}),
    ("bias", {"bias": 1.0}),
    ("window", {"dilation": 3}),
    ("window", {"dilation": 2**31}),
)


@OURS
@pytest.mark.parametrize(("name", "given"), SENSELESS)
def test_what_makes_no_sense_is_rejected_by_name(
    ours: Module, name: str, given: dict[str, Any]
) -> None:
    with pytest.raises(SpecError, match=name) as caught:
        ours.conv(IMAGE, FILTERS, **given)
    assert caught.value.clause == "C18"


@OURS
@pytest.mark.parametrize(
    ("given", "clause"),
    [
        ({"padding": -1}, "8"),
        ({"padding": "same"}, "8"),
        ({"size": (2, 0)}, "2"),
        ({"size": (2, 2, 2)}, "2"),
        ({"stride": (1, 0.5)}, "2"),
        ({"size": (2, 9)}, "8"),
        ({"feature_map": IMAGE[0], "padding": 1}, "1"),
        ({"feature_map": IMAGE, "batch": True}, "1"),
    ],
)
def test_poolings_reject_by_name(ours: Module, given: dict[str, Any], clause: str) -> None:
    whole_call = {"feature_map": IMAGE, "size": 2, "stride": 2, **given}
    with pytest.raises(SpecError) as caught:
        ours.average_pooling(**whole_call)
    assert caught.value.clause == f"A{clause}"
    with pytest.raises(SpecError) as caught:
        ours.pooling(**whole_call)
    assert caught.value.clause == {"8": "P11", "2": "P2", "1": "P1"}[clause]


@OURS
def test_an_edition_without_parameters_takes_none(ours: Module) -> None:
    with pytest.raises(ValueError, match="edition standard has no parameters"):
        ours.conv(IMAGE, FILTERS, stride=2, edition="standard")
    with pytest.raises(ValueError, match="edition article has no parameters"):
        ours.pooling(IMAGE, 2, 2, padding=1, edition="article")
    with pytest.raises(ValueError, match="edition is one of"):
        ours.average_pooling(IMAGE, 2, 2, edition="newest")
    with pytest.raises(SpecError, match="odd"):  # nothing is given: by the rules of the article
        ours.conv(IMAGE, np.ones((1, 2, 2, 4)))
    assert ours.conv(IMAGE, np.ones((1, 2, 2, 4)), stride=2).shape == (2, 2, 1)
