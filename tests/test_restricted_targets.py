"""Right code that takes a part of the inputs alone, in the ways in which people write it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from refusing import but, failing, judged

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.spec import Array
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.target import named


def of_channels(image: Any, filters: Any) -> Array:
    """A conv as a course has it: an image without channels has no three extents to be unpacked."""
    height, width, channels = image.shape
    numbers, rows, columns, depth = filters.shape
    if channels != depth or rows != columns or rows % 2 == 0 or rows > min(height, width):
        raise ValueError("the filters do not suit the image")
    assert numbers >= 0
    return reference.conv(image, filters)


def test_an_image_without_channels_may_be_refused_in_edition_general() -> None:
    only = ("C1", "C6", "C7", "C9", "Q2")
    report = judged({"conv": of_channels}, *only)
    assert failing(report) == []
    assert report.verdict == "conforms"
    assert any(one.startswith("conv refuses an image (H, W) without") for one in report.hints)
    for edition in ("standard", "article"):
        assert "C6" in failing(judged({"conv": of_channels}, "C6", edition=edition))


def wrong_without_channels(image: Any, filters: Any) -> Array:
    result: Array = reference.conv(image, filters)
    return -result if image.ndim == 2 else result


def test_what_is_wrong_without_channels_deviates() -> None:
    report = judged({"conv": wrong_without_channels}, "C7")
    assert failing(report) == ["C7"]


def padded_little(image: Any, filters: Any, padding: int = 0) -> Array:
    """A conv without a stride, and with padding that is less than the filters."""
    if padding >= min(filters.shape[1:3]):
        raise ValueError("so much padding gives maps that see none of the image")
    return reference.conv(image, filters, padding=padding, edition="general")


def test_what_is_refused_is_found_where_there_is_no_stride() -> None:
    report = judged({"conv": padded_little}, "C12")
    assert failing(report) == []
    assert any("padding as large as a window" in one for one in report.hints)


def tiled(feature_map: Any, size: int = 2, stride: int = 2, padding: int = 0) -> Array:
    """A pooling by a reshape into tiles."""
    if size != stride:
        raise NotImplementedError("the stride is the size")
    if padding >= size:
        raise NotImplementedError("so much padding gives windows without an element")
    if any((n + 2 * padding) % size for n in feature_map.shape[:2]):
        raise NotImplementedError("the tiles do not fit")
    return reference.pooling(feature_map, size, stride, padding=padding, edition="general")


def test_a_pooling_by_tiles_is_not_failed() -> None:
    report = judged({"pooling": tiled}, "P3", "P4", "Q2")
    assert failing(report) == []
    for words in ("a stride other than the size", "a stride that leaves elements over"):
        assert any(words in one for one in report.hints)
    assert all(one.examples for one in report.clauses)


def of_doubles(image: Any, filters: Any) -> Array:
    for array in (image, filters):
        if array.dtype != np.float64:
            raise TypeError(f"float64 is expected, not {array.dtype}")
    return reference.conv(image, filters)


def test_a_target_of_float64_alone_is_not_failed() -> None:
    report = judged({"conv": of_doubles}, "C6", "C7", "C9", "Q2")
    assert failing(report) == []
    assert any("conv refuses arrays of float32 (TypeError: float64" in one for one in report.hints)

    def relu(x: Any) -> Array:
        if x.dtype != np.float64:
            raise TypeError("float64 is expected")
        return reference.relu(x)

    report = judged({"relu": relu}, "R1", "R2", "Q2")
    assert failing(report) == []
    assert any("relu refuses arrays of float32 (TypeError: float64" in one for one in report.hints)


def plain_alone(image: Any, filters: Any, **options: Any) -> Array:
    """A conv with the signature of a framework, which does nothing of it so far."""
    if any(np.any(options[name] != 1) for name in ("dilation", "groups", "stride")):
        raise NotImplementedError
    assert np.all(options["padding"] == 0), "no padding"
    return reference.conv(image, filters, edition="general")


def test_an_option_that_is_there_for_its_default_alone_is_said_and_not_judged() -> None:
    def conv(
        image: Any,
        filters: Any,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
    ) -> Array:
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        return plain_alone(image, filters, **options)

    def average_pooling(
        f: Any,
        size: int,
        stride: int,
        padding: int = 0,
        ceil: bool = False,
        count_padding: bool = False,
    ) -> Array:
        if padding != 0 or ceil or count_padding:
            raise ValueError("later")
        return reference.average_pooling(f, size, stride, edition="general")

    report = judged({"conv": conv, "average_pooling": average_pooling})
    assert failing(report) == []
    assert report.verdict == "conforms"
    told = "\n".join(report.hints)
    for words in (
        "any stride but 1",
        "any padding but 0",
        "any dilation but 1",
        "any groups but 1",
    ):
        assert f"conv refuses {words} (" in told
    for words in ("any padding but 0", "ceil", "count_padding"):
        assert f"average_pooling refuses {words} (ValueError: later)" in told


def test_who_forgets_the_groups_where_it_counts_channels_deviates() -> None:
    def conv(image: Any, filters: Any, groups: int = 1) -> Array:
        if image.shape[-1] != filters.shape[-1]:
            raise ValueError("the channels differ")
        assert groups >= 1
        return reference.conv(image, filters, edition="general")

    assert failing(judged({"conv": conv}, "C15")) == ["C15"]


def test_who_takes_padding_by_words_alone_is_judged_by_these() -> None:
    def conv(image: Any, filters: Any, padding: Any = 0) -> Array:
        if padding not in (0, "valid", "same_upper", "same_lower"):
            raise ValueError("a word")
        upper: Any = "same_upper" if padding == "same_lower" else padding
        return reference.conv(image, filters, padding=upper, edition="general")

    report = judged({"conv": conv}, "C12", "C13")
    assert failing(report) == ["C13"]


def test_what_is_not_implemented_may_be_one_value_of_an_option() -> None:
    def only_three(given: dict[str, Any]) -> bool:
        return bool(given.get("stride", 1) == 3)

    report = judged({"conv": but("conv", only_three, NotImplementedError)}, "C11")
    assert failing(report) == []
    assert any("too much for me" in text for text in report.clauses[0].declined)

    def all_calls(_given: dict[str, Any]) -> bool:
        return True

    report = judged({"conv": but("conv", all_calls, NotImplementedError)}, "C7", "C11")
    assert report.verdict != "conforms"

    def some_plain(given: dict[str, Any]) -> bool:
        return bool(given["image"].shape[0] == 4)

    assert "C7" in failing(judged({"conv": but("conv", some_plain, NotImplementedError)}, "C7"))


def test_who_exits_on_filters_of_even_size_is_not_failed() -> None:
    """The article's code prints an error and calls sys.exit()."""

    def conv(image: Any, filters: Any) -> Array:
        if filters.shape[1] % 2 == 0 or filters.shape[1] != filters.shape[2]:
            sys.exit()
        return reference.conv(image, filters)

    report = judged({"conv": conv}, "C7", "C10")
    assert failing(report) == []
    assert [one for one in report.hints if "filters of even size (SystemExit" in one]


def test_a_stride_for_images_without_channels_may_be_refused() -> None:
    def refuses(given: dict[str, Any]) -> bool:
        return np.ndim(given["image"]) == 2 and given.get("stride", 1) != 1

    report = judged({"conv": but("conv", refuses)}, "C11", "C12")
    assert failing(report) == []
    assert any("without channels together with stride" in one for one in report.hints)


def test_who_takes_float64_alone_is_told_how_to_say_so_in_edition_standard(tmp_path: Path) -> None:
    (tmp_path / "doubles.py").write_text(
        "import numpy as np\nfrom cnnspec import reference\n"
        "def relu(x):\n"
        "    if x.dtype.kind == 'f' and x.dtype != np.float64:\n"
        "        raise TypeError('float64 is expected')\n"
        "    return reference.relu(x)\n"
    )
    target = named(str(tmp_path / "doubles.py"))
    plan = Plan(target, budget="quick", only=("R1", "R2"), certify=0)
    reports = []
    for dtype in (None, "float64"):
        with opened(target, "standard", Options(dtype=dtype)) as client:
            reports.append(judge(client, plan))
    free, wide = reports
    assert failing(free) == ["R2"]
    hint = (
        "relu refuses float32 (TypeError: float64 is expected); if that is meant: --dtype float64"
    )
    assert free.hints == [hint]
    assert wide.verdict == "conforms"
    assert wide.hints == []
