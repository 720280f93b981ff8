from pathlib import Path

import numpy as np
import pytest
import skimage.data
import skimage.io

import cnnspec
from cnnspec import article, figures


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


@pytest.mark.parametrize(
    ("depth", "pixels"),
    [((), 51), ((1,), 51), ((2,), [0, 51]), ((3,), [51, 51, 51]), ((4,), [0, 0, 0, 204])],
)
def test_grey_of_each_kind_of_pixels(depth: tuple[int, ...], pixels: int | list[int]) -> None:
    image = np.zeros((4, 5, *depth), np.uint8)
    image[...] = pixels
    expected = {(): 0.2, (1,): 0.2, (2,): 0.8, (3,): 0.2, (4,): 0.2}[depth]
    luminance = article.grey(image)
    assert luminance.shape == (4, 5)
    assert luminance.dtype == float
    assert np.all(np.round(luminance, 12) == expected)


def test_read_image(tmp_path: Path) -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(6, 10)
    for name in ("grey.png", "one-frame.gif"):
        skimage.io.imsave(tmp_path / name, pixels, check_contrast=False)
        assert np.array_equal(np.round(article.read_image(tmp_path / name) * 255), pixels)
    np.save(tmp_path / "pixels.npy", pixels)
    with pytest.raises(article.ImageError):
        article.read_image(tmp_path / "pixels.npy")
    with pytest.raises(article.ImageError, match=r"its pixels are \(2, 3, 7\)"):
        article.grey(np.zeros((2, 3, 7)))


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
