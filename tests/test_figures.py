"""Figures of maps: titles, scales, and nothing cut off; and what they say in words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judging import quick
from matplotlib.figure import Figure

import cnnspec
from cnnspec import article, figures
from cnnspec.figures import colours, drawing
from cnnspec.figures.difference import Difference, told
from cnnspec.spec import Array

pytestmark = pytest.mark.usefixtures("in_a_folder")

SHAPES = [(5, 6), (300, 8), (300, 300, 2), (3, 200, 1), (1, 1, 1), (40, 30, 9)]


def fits(figure: Figure) -> None:
    """Nothing is cut off, no two panels overlap, and little is left empty."""
    figure.canvas.draw()
    whole = figure.bbox
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for artist in [*figure.axes, *figure.texts]:
        box = artist.get_tightbbox(renderer)
        assert box is not None
        assert box.x0 >= whole.x0
        assert box.y0 >= whole.y0
        assert box.x1 <= whole.x1
        assert box.y1 <= whole.y1
    boxes = [one.get_position() for one in figure.axes]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def panels(figure: Figure) -> list[Any]:
    """The axes that show a map."""
    return [one for one in figure.axes if one.images]


def drawn_share(figure: Figure) -> float:
    """The part of a figure that maps fill."""
    return float(
        sum(one.get_position().width * one.get_position().height for one in panels(figure))
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_comparison_fits(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=shape), random.normal(size=shape)
    figure = figures.compare(one, other)
    fits(figure)
    count = shape[2] if len(shape) == 3 else 1
    assert len(panels(figure)) == 3 * min(count, drawing.MOST_MAPS)
    assert drawn_share(figure) > 0.25
    assert [one.get_title() for one in panels(figure)[:3]] == ["expected", "got", "got - expected"]


@pytest.mark.parametrize("shape", [(400, 20), (20, 400), (1000, 3)])
def test_tall_and_wide_maps_fill_their_panels(shape: tuple[int, int]) -> None:
    """The picture reaches every edge of its panel."""
    figure = figures.compare(np.ones(shape), np.zeros(shape))
    figure.canvas.draw()
    for one in panels(figure):
        image = one.images[0].get_window_extent()
        assert image.width == pytest.approx(one.bbox.width, rel=0.01)
        assert image.height == pytest.approx(one.bbox.height, rel=0.01)


def test_what_is_compared_shares_a_scale_that_is_centred_on_zero() -> None:
    one = np.linspace(-3, 8, 30).reshape(5, 6)
    figure = figures.compare(one, one / 2)
    bars = [axes for axes in figure.axes if not axes.images]
    assert [bar.get_ylim() for bar in bars] == [(-8.0, 8.0), (-4.0, 4.0)]
    positive = figures.compare(np.abs(one), np.abs(one) * 2)
    assert next(a for a in positive.axes if not a.images).get_ylim() == (0.0, 16.0)


@pytest.mark.parametrize("kind", ["signed", "difference"])
def test_zero_is_white_and_signs_are_told_apart_without_red_or_green(kind: colours.Kind) -> None:
    table = colours.mixed(kind).astype(float)
    assert table[colours.LEVELS // 2].tolist() == [255, 255, 255]
    # what those who lack one kind of cone see (Viénot, Brettel and Mollon 1999)
    to_cones = np.array([[17.8824, 43.5161, 4.1193], [3.4557, 27.1554, 3.8671], [0.03, 0.18, 1.47]])
    protan, deutan = np.eye(3), np.eye(3)
    protan[0], deutan[1] = [0, 2.02344, -2.52581], [0.494207, 0, 1.24827]
    for lost in (protan, deutan):
        seen = table @ (np.linalg.inv(to_cones) @ lost @ to_cones).T
        apart = np.linalg.norm(seen - seen[::-1], axis=1)
        assert apart[: colours.LEVELS // 4].min() > 40


def test_a_small_difference_is_seen_and_a_hole_is_striped() -> None:
    values = np.array([[0.0, 1e-9, -1e-9, np.nan, 1.0, -1.0, 0.0]])
    absent = np.zeros((1, 7), bool)
    absent[0, 6] = True
    found = colours.indices(values, "difference", (-1.0, 1.0), absent)[0].tolist()
    middle = colours.LEVELS // 2
    assert found[:6] == [
        middle,
        middle + 1,
        middle - 1,
        colours.NOT_A_NUMBER,
        colours.LEVELS - 1,
        0,
    ]
    assert found[6] in (colours.ABSENT, colours.STRIPE)


def test_a_smaller_picture_keeps_a_single_wrong_element() -> None:
    values = np.zeros((300, 449))
    values[299, 100] = -5
    small, absent = colours.smaller(values, 2, np.zeros(values.shape, bool), largest=True)
    assert small.shape == (150, 225)
    assert small[149, 50] == -5
    assert not absent.any()
    small, _ = colours.smaller(values, 2, np.zeros(values.shape, bool), largest=False)
    assert small[149, 50] == -1.25


def test_the_maps_of_a_layer() -> None:
    layers = cnnspec.stack(article.chelsea(), article.filter_banks(0))
    for layer in layers:
        figure = figures.feature_maps(layer)
        fits(figure)
        assert len(panels(figure)) == 3 * layer.conv.shape[2]
    titles = [one.get_title() for one in panels(figures.feature_maps(layers[0]))]
    assert titles[:3] == ["conv, map 0", "conv, map 1", "relu, map 0"]
    fits(figures.feature_maps(np.ones((200, 10, 12))))


@pytest.mark.parametrize(
    "given", [np.ones(3), np.ones((2, 2, 2, 2)), np.array([["a"]]), np.ones((2, 2)) * 1j, "text"]
)
def test_what_is_no_map_is_refused(given: Any) -> None:
    for draw in (figures.feature_maps, lambda one: figures.compare(one, one)):
        with pytest.raises(ValueError, match="maps are"):
            draw(given)


def test_numbers_that_are_none_are_drawn() -> None:
    one = np.array([[np.nan, np.inf], [-np.inf, 1.0]])
    fits(figures.compare(one, one[:1]))
    fits(figures.compare(np.zeros((2, 2)), np.full((3, 3), 1e308)))
    fits(figures.compare(one[:0], one))


def flipped(image: Array, filters: Array) -> Array:
    return cnnspec.conv(image, filters[:, ::-1, ::-1])


def test_a_report_is_plotted(tmp_path: Path) -> None:
    report = quick(conv=flipped, relu=np.abs, only=("C7", "R2"))
    for figure in (report.plot(), report.plot("r2"), figures.taps(report)):
        fits(figure)
        figure.savefig(tmp_path / "f.png")
    assert any("turned by 180 degrees" in one.get_text() for one in report.plot().texts)
    titles = [one.get_title() for one in panels(report.plot("C7"))]
    assert titles == ["image", "filters", "expected", "got", "got - expected"]
    assert figures.taps(report.tap_maps[0])._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    with pytest.raises(KeyError, match="there is no clause 'P4'"):
        report.plot("P4")


def test_a_report_without_pictures_plots_the_smallest_input() -> None:
    figure = quick(relu=np.abs, pictures=False).plot()
    assert [one.get_title() for one in panels(figure)] == ["expected", "got", "got - expected"]


def test_a_report_that_conforms_plots_times() -> None:
    report = quick("reference", only=("C9", "R2"))
    figure = report.plot()
    fits(figure)
    assert [one.get_title() for one in figure.axes] == ["seconds", "share of the bound"]
    with pytest.raises(ValueError, match="R2 has no numbers"):
        report.plot("R2")
    with pytest.raises(ValueError, match="no tap map"):
        figures.taps(report)


RIGHT = np.arange(60.0).reshape(6, 10, 1) % 17 + 1
"""A map in which every turn and shift shows."""


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (RIGHT, "equal to the right one, all 60 elements"),
        (-RIGHT, "it is the right one with the opposite sign"),
        (RIGHT[::-1], "it is the right one upside down"),
        (RIGHT[:, ::-1], "it is the right one mirrored left to right"),
        (RIGHT[::-1, ::-1], "it is the right one turned by 180 degrees"),
        (RIGHT * 0, "it is all zero"),
        (np.roll(RIGHT, 1, 0), "it is the right one, shifted 1 row down"),
        (np.roll(RIGHT, (-1, 2), (0, 1)), "1 row up and 2 columns to the right"),
        (RIGHT[:-1], "1 row too few, at the bottom"),
        (np.pad(RIGHT, ((0, 0), (0, 1), (0, 0))), "1 column too many, all zero, at the right"),
        (
            RIGHT * (np.arange(6) < 5)[:, None, None],
            "10 of 60 elements differ, all in the last row",
        ),
        (RIGHT * (np.arange(10) > 0)[:, None], "all in the first column"),
        (np.pad(RIGHT[1:-1, 1:-1], ((1, 1), (1, 1), (0, 0))), "rows and columns at the border"),
    ],
)
def test_it_is_said_what_is_wrong(got: Array, words: str) -> None:
    assert words in "; ".join(told(Difference(RIGHT, got)))


def test_a_blot_is_known_again() -> None:
    blot = np.zeros((6, 7, 1))
    blot[1:4, 2:5, 0] = np.arange(1, 10).reshape(3, 3)
    turned = blot.copy()
    turned[1:4, 2:5] = blot[1:4, 2:5][::-1, ::-1]
    assert told(Difference(blot, turned))[-1] == "what is not zero is turned by 180 degrees"
    moved = np.roll(turned, 1, 1)
    assert told(Difference(blot, moved))[-1].endswith("degrees, and shifted 1 column to the right")


def test_what_is_allowed_is_right() -> None:
    found = Difference(RIGHT, RIGHT + 1e-9, np.full(RIGHT.shape, 1e-8))
    assert told(found) == ["right, but for rounding, all 60 elements"]
    assert found.first is None
