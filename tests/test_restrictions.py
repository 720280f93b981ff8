"""What a target refuses on purpose is said, and not judged; what it gets wrong by accident is."""

from typing import Any

import numpy as np
import pytest
from refusing import RIGHT, Refuses, but, failing, judged

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.restrictions import kinds
from cnnspec.kit.calls import Unsupported
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.settings import pair, sides
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named


def is_asymmetric(given: dict[str, Any]) -> bool:
    padding = given.get("padding", 0)
    sides = [] if isinstance(padding, str | int) else list(padding)
    return any(isinstance(one, tuple) and one[0] != one[1] for one in sides)


def is_wide(given: dict[str, Any]) -> bool:
    if isinstance(given.get("padding", 0), str):
        return False
    rows, columns = pair(given.get("size", 2))
    along = zip(sides(given.get("padding", 0)), (rows, columns), strict=True)
    return any(max(ends) > size // 2 for ends, size in along)


def is_worded(given: dict[str, Any]) -> bool:
    return str(given.get("padding")).startswith("same")


def is_even_in_words(given: dict[str, Any]) -> bool:
    return is_worded(given) and any(n % 2 == 0 for n in given["filters"].shape[1:3])


def is_even(given: dict[str, Any]) -> bool:
    return any(n % 2 == 0 for n in given["filters"].shape[1:3])


def is_not_square(given: dict[str, Any]) -> bool:
    return len(set(given["filters"].shape[1:3])) > 1


def extents(given: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Those of a map, or of each in a batch, and of windows; dilated ones where they are."""
    if "filters" not in given:
        shape, size = given["feature_map"].shape, list(pair(given["size"]))
    else:
        shape, size = given["image"].shape, list(given["filters"].shape[1:3])
        shape = (*shape, 1) if given["filters"].ndim == 3 else shape
    reach = [d * (n - 1) + 1 for n, d in zip(size, pair(given.get("dilation", 1)), strict=True)]
    return list(shape[-3:-1]), reach


def is_beyond(given: dict[str, Any]) -> bool:
    return any(n > extent for extent, n in zip(*extents(given), strict=True))


def skips(given: dict[str, Any]) -> bool:
    sizes = given["filters"].shape[1:3] if "filters" in given else pair(given["size"])
    strides = pair(given.get("stride", 1))
    return any(stride > size for stride, size in zip(strides, sizes, strict=True))


def differ(name: str) -> Refuses:
    return lambda given: isinstance(given.get(name), tuple) and len(set(given[name])) > 1


def has(**plain: Any) -> Refuses:
    return lambda given: all(given.get(name, value) != value for name, value in plain.items())


def has_depth_in_groups(given: dict[str, Any]) -> bool:
    return bool(given.get("groups", 1) > 1 and given["filters"].shape[-1] > 1)


@pytest.mark.parametrize(
    ("operation", "refuses", "words", "clauses"),
    [
        ("conv", is_asymmetric, "padding that differs before and behind", ("C12",)),
        ("conv", differ("stride"), "stride that differs along rows and columns", ("C11",)),
        ("conv", has(stride=1, dilation=1), "stride together with dilation", ("C11", "C14")),
        ("conv", has(groups=1, dilation=1), "dilation together with groups", ("C14", "C15")),
        ("conv", has_depth_in_groups, "groups of several channels", ("C15",)),
        ("conv", is_even, "filters of even size", ("C7", "C11")),
        ("conv", is_not_square, "filters that are not square", ("C7", "C10", "C11")),
        ("conv", skips, "a stride larger than a window", ("C11", "C14")),
        ("conv", is_beyond, "windows larger than the map itself", ("C12", "C13", "C14")),
        ("pooling", skips, "a stride larger than a window", ("P3", "P4", "P6")),
        ("average_pooling", is_beyond, "windows larger than the map itself", ("A6",)),
        ("pooling", is_wide, "padding of more than half of a window", ("P7",)),
        ("conv", is_even_in_words, "padding as 'same_lower' with even sizes", ("C13",)),
        (
            "conv",
            lambda given: is_worded(given) and given.get("stride", 1) != 1,
            "padding as 'same_upper' together with stride",
            ("C13",),
        ),
        (
            "average_pooling",
            lambda given: is_worded(given) and given.get("ceil", False),
            "padding as 'same_upper' together with ceil",
            ("A6",),
        ),
        ("pooling", has(ceil=False, dilation=1), "dilation together with ceil", ("P8", "P9")),
        ("pooling", differ("size"), "size that differs along rows and columns", ("P6",)),
        (
            "average_pooling",
            has(ceil=False, count_padding=False),
            "ceil together with count_padding",
            ("A6",),
        ),
    ],
)
def test_what_is_refused_on_purpose_is_said_and_not_judged(
    operation: str, refuses: Refuses, words: str, clauses: tuple[str, ...]
) -> None:
    report = judged({operation: but(operation, refuses)}, *clauses)
    assert failing(report) == []
    assert report.verdict == "conforms"
    told = f"{operation} refuses {words} (ValueError: that is too much for me): not judged so"
    assert told in report.hints
    assert all(one.examples for one in report.clauses if one.id in clauses)


def of_a_course(image: Any, filters: Any, stride: int = 1, padding: int = 0) -> Array:
    """A conv that asserts that the last window ends where the image does."""
    for n, size in zip(image.shape[:2], filters.shape[1:3], strict=True):
        assert (n + 2 * padding - size) % stride == 0, "the stride does not fit"
    return reference.conv(image, filters, stride=stride, padding=padding, edition="general")


def of_a_course_too(feature_map: Any, size: int, stride: int) -> Array:
    for n in feature_map.shape[:2]:
        assert (n - size) % stride == 0
    return reference.pooling(feature_map, size, stride, edition="general")


def test_a_course_that_asserts_that_windows_fit_is_not_failed() -> None:
    functions = {"conv": of_a_course, "pooling": of_a_course_too}
    report = judged(functions, "C7", "C10", "C11", "C12", "P3", "P4")
    assert failing(report) == []
    words = "a stride that leaves elements over (AssertionError"
    assert [one for one in report.hints if words in one]


def test_a_certificate_leaves_out_what_is_refused() -> None:
    plan = Plan(named("mine"), "general", "values", budget="quick", only=("P4",), certify=3)
    report = judge(InProcess({"pooling": of_a_course_too}), plan)
    assert failing(report) == []
    (certificate,) = report.certificates
    assert certificate.holds
    assert "pooling refuses a stride that leaves elements over" in certificate.sentence


def test_in_edition_standard_a_pooling_has_to_take_what_is_left_over() -> None:
    report = judged({"pooling": of_a_course_too}, "P3", "P4", edition="standard")
    assert failing(report) == ["P3", "P4"]


def careless(image: Any, filters: Any, stride: int = 1) -> Array:
    """Its result has a row too many where the stride leaves some over: NumPy raises."""
    y = reference.conv(image, filters, stride=stride, edition="general")
    rows = -(-(image.shape[0] - filters.shape[1]) // stride) + 1
    whole = np.zeros((rows, *y.shape[1:]))
    whole[:] = y
    return whole


def test_an_accident_is_no_restriction() -> None:
    report = judged({"conv": careless}, "C11")
    assert failing(report) == ["C11"]
    assert not [one for one in report.hints if "leaves elements over" in one]


def test_who_refuses_some_settings_of_a_kind_and_not_all_deviates() -> None:
    def only_three(given: dict[str, Any]) -> bool:
        return bool(given.get("stride", 1) == 3)

    assert failing(judged({"conv": but("conv", only_three)}, "C11")) == ["C11"]


def test_what_is_right_elsewhere_is_judged_still() -> None:
    """A fault beside a restriction is found."""
    right = but("conv", is_asymmetric)

    def wrong(*given: Any, **named: Any) -> Array:
        result: Array = right(*given, **named)
        return result + 1 if named.get("padding", 0) == 2 else result

    wrong.__dict__["__signature__"] = __import__("inspect").signature(right)
    assert failing(judged({"conv": wrong}, "C12")) == ["C12"]


@pytest.mark.parametrize("error", [NotImplementedError, TypeError])
def test_the_class_of_the_exception_does_not_matter(error: type[Exception]) -> None:
    report = judged({"conv": but("conv", is_asymmetric, error)}, "C12")
    assert failing(report) == []


def test_each_kind_holds_for_its_own_calls_and_not_for_those_without_it() -> None:
    for operation in (one for one in REGISTRY.values() if one.varied and one.varied.trial):
        assert operation.varied is not None
        assert operation.varied.trial is not None
        every = list(kinds(operation, operation.varied.trial()))
        assert len(every) > 8
        for one in every:
            assert all(map(one.kind.has, one.with_it)), one.kind.words
            assert not any(map(one.kind.has, one.without)), one.kind.words
            made = [*one.with_it, *one.without]
            assert {broken(call, "general") for call in made} == {None}, one.kind.words


# Forms that an adapter takes for a value that changes nothing, and declines otherwise


def in_words_alone(
    image: Any, filters: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """A conv that has padding by the words of TensorFlow, and 0 as "valid"."""
    if padding not in ("same_upper", "valid") and np.any(padding):
        raise Unsupported("padding in numbers")
    right: Array = RIGHT["conv"](image, filters, stride=stride, padding=padding, dilation=dilation)
    return right


def test_who_pads_by_words_alone_meets_all_pairs_of_options() -> None:
    report = judged({"conv": in_words_alone}, "C10", "C11", "C12", "C13", "C14")
    assert failing(report) == []
    (met,) = [one for one in report.pairs if one.operation == "options of conv"]
    assert met.left == ()
    words = "a number, (rows, columns), ((top, bottom), (left, right)), 'same_lower'"
    assert f"conv refuses padding as {words}: not judged so" in report.hints


def forgets_the_dilation(image: Any, filters: Any, **named: Any) -> Array:
    """Wrong only by a word, with a stride and a dilation at once."""
    y = in_words_alone(image, filters, **named)
    stride, dilation = (np.broadcast_to(named.get(n, 1), 2) for n in ("stride", "dilation"))
    odd = (stride > 1) & (dilation > 1) & (np.array(filters.shape[1:3]) > 1)
    return y[1:] if named.get("padding") == "same_upper" and odd[0] else y


def test_what_a_word_and_two_other_options_break_together_is_found() -> None:
    function = forgets_the_dilation
    function.__dict__["__signature__"] = __import__("inspect").signature(in_words_alone)
    assert failing(judged({"conv": function}, "C11", "C12", "C13", "C14")) == ["C13"]


def numbered(feature_map: Any, size: Any, stride: Any) -> Array:
    """Windows as long as wide alone."""
    if (np.ndim(size) and len(set(size)) > 1) or (np.ndim(stride) and len(set(stride)) > 1):
        raise Unsupported("different numbers along rows and columns")
    return reference.pooling(feature_map, size, stride, edition="general")


def test_pairs_that_are_declined_are_no_form() -> None:
    report = judged({"pooling": numbered}, "P4", "P6")
    assert "pooling refuses size as (rows, columns); stride as (rows, columns): not judged so" in (
        report.hints
    )
