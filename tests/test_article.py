from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

import cnnspec
from cnnspec import article
from cnnspec.article import figures
from cnnspec.spec import Array


def test_the_names_of_the_article_work_together() -> None:
    image = article.chelsea()
    assert image.shape == (300, 451)
    l1_filters = article.edge_filters()
    l1_map = article.conv(image, l1_filters)
    l1_pool = article.pooling(article.relu(l1_map), 2, 2)
    assert l1_pool.shape == (148, 224, 2)
    l2_filters = article.random_filters(np.random.RandomState(0), 3, 5, l1_pool.shape[-1])
    assert np.array_equal(l2_filters, article.filter_banks()[1])
    assert article.conv(l1_pool, l2_filters).shape == (144, 220, 3)


def test_conv_is_made_of_conv_() -> None:
    image = np.random.RandomState(0).randint(0, 256, (20, 30))
    filters = article.edge_filters()
    for n, one in enumerate(filters):
        assert np.array_equal(article.conv_(image, one), article.conv(image, filters)[:, :, n])


def test_colour_images_take_filters_of_depth_three() -> None:
    rgb = skimage.data.chelsea()[:9, :9]
    filters = np.zeros((2, 3, 3, 3))
    filters[:, 1, 1] = [[1, 0, 0], [0, 0, 1]]
    assert np.array_equal(article.conv(rgb, filters), rgb[1:-1, 1:-1, ::2])


def test_errors_are_those_of_the_article() -> None:
    with pytest.raises(cnnspec.SpecError, match="Filter must have an odd size"):
        article.conv_(np.ones((4, 4)), np.ones((2, 2)))


GREY = np.arange(60, dtype=np.uint8).reshape(6, 10)


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("grey.png", Image.fromarray(GREY), GREY / 255),
        ("one-row.png", Image.fromarray(GREY[:1]), GREY[:1] / 255),
        ("palette.gif", Image.fromarray(GREY).convert("P"), GREY / 255),
        ("16-bit.png", Image.fromarray(GREY.astype(np.uint16) * 1000), GREY / 65.535),
        ("float.tiff", Image.fromarray(GREY.astype(np.float32) - 7), GREY - 7.0),
        ("colour.png", Image.new("RGB", (10, 6), (0, 255, 0)), np.full((6, 10), 0.7154)),
        ("row.png", Image.new("RGB", (10, 1), (0, 255, 0)), np.full((1, 10), 0.7154)),
        ("clear.png", Image.new("RGBA", (10, 6), (9, 9, 9, 0)), np.ones((6, 10))),
        ("grey-clear.png", Image.new("LA", (10, 6), (0, 51)), np.full((6, 10), 0.8)),
        ("bits.png", Image.new("1", (10, 6), 1), np.ones((6, 10))),
        ("ink.tiff", Image.new("CMYK", (10, 6), (255, 0, 255, 0)), np.full((6, 10), 0.7154)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_read_image_of_each_kind(
    tmp_path: Path, name: str, image: Image.Image, expected: Array
) -> None:
    image.save(tmp_path / name)
    read = article.read_image(tmp_path / name)
    assert read.dtype == float
    assert read.shape == expected.shape
    assert np.abs(read - expected).max() < 1e-6  # a palette and float32 hold no more


def test_read_image_sees_the_transparency_of_a_palette(tmp_path: Path) -> None:
    image = Image.fromarray(GREY).convert("P")
    image.save(tmp_path / "clear.png", transparency=bytes(256))
    assert (article.read_image(tmp_path / "clear.png") == 1).all()


def test_read_image_explains_what_it_cannot_read(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", GREY)
    with pytest.raises(article.ImageError, match="is not an image that can be read"):
        article.read_image(tmp_path / "pixels.npy")
    Image.fromarray(GREY.astype(np.int32) * 70_000).save(tmp_path / "deep.tiff")
    with pytest.raises(article.ImageError, match=r"deep.tiff has pixels of 32 bits"):
        article.read_image(tmp_path / "deep.tiff")


def test_the_panels_have_the_titles_of_the_article() -> None:
    banks = article.filter_banks()
    layers = cnnspec.stack(article.chelsea(), banks, edition="article")
    titles = [
        [title for row in figures.panels(layer, number) for title, _ in row]
        for number, layer in enumerate(layers, 1)
    ]
    assert titles[0] == [
        "L1-Map1",
        "L1-Map2",
        "L1-Map1ReLU",
        "L1-Map2ReLU",
        "L1-Map1ReLUPool",
        "L1-Map2ReLUPool",
    ]
    assert len(titles[1]) == 9
    assert titles[1][5] == "L2-Map3ReLU"
    assert titles[2] == ["L3-Map1", "L3-Map1ReLU", "L3-Map1ReLUPool"]
