"""The article's program piece by piece, under its own names; the operations are its edition's.

What the published program does between its functions is here too: Chelsea in grey, the two edge
filters, banks of random filters, an image file of the user's own.
"""

from os import PathLike
from pathlib import Path
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec import reference
from cnnspec.reference import relu
from cnnspec.spec import Array

__all__ = [
    "ImageError",
    "chelsea",
    "conv",
    "conv_",
    "edge_filters",
    "filter_banks",
    "pooling",
    "random_filters",
    "read_image",
    "relu",
]

VERTICAL_EDGES = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
HORIZONTAL_EDGES = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]


class ImageError(ValueError):
    """A file that is not an image of this kind; the message says what it is."""


def conv_(img: npt.ArrayLike, conv_filter: npt.ArrayLike) -> Array:
    """One filter over one channel: (H, W) with (K, K) to (H-K+1, W-K+1).

    Raises SpecError as conv does.
    """
    return reference.conv(img, np.asarray(conv_filter)[np.newaxis])[:, :, 0]


def conv(img: npt.ArrayLike, conv_filter: npt.ArrayLike) -> Array:
    """A bank of filters over an image: `cnnspec.conv` with the article's argument names."""
    return reference.conv(img, conv_filter)


def pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex = 2, stride: SupportsIndex = 2
) -> Array:
    """Max pooling as published: `cnnspec.pooling` in edition article."""
    return reference.pooling(feature_map, size, stride, edition="article")


def chelsea() -> Array:
    """Scikit-image's cat in grey, (300, 451) float64 from 0 to 1."""
    import skimage.data

    return grey(skimage.data.chelsea())


def read_image(path: str | PathLike[str]) -> Array:
    """An image file in grey, (H, W) float64 from 0 to 1; transparency is laid on white.

    Raises OSError where the file cannot be read and ImageError where it is no such image.
    """
    import skimage.io

    with Path(path).open("rb") as file:
        try:
            pixels = np.asarray(skimage.io.imread(file))
        except Exception as error:  # each image format has failures of its own
            raise ImageError(f"{path} is not an image that can be read") from error
    if pixels.ndim > 2 and len(pixels) == 1:  # some formats count their one frame
        pixels = pixels[0]
    return grey(pixels, str(path))


def grey(pixels: Array, name: str = "the image") -> Array:
    """Pixels as luminance, (H, W) float64 from 0 to 1; transparency is laid on white.

    Shapes: (H, W), or (H, W, C) where C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).
    Raises ImageError for pixels of any other shape.
    """
    import skimage.color
    import skimage.util

    depth = 1 if pixels.ndim == 2 else pixels.shape[-1]
    if pixels.ndim not in (2, 3) or depth not in (1, 2, 3, 4):
        raise ImageError(f"{name} is no grey or colour image: its pixels are {pixels.shape}")
    values = np.asarray(skimage.util.img_as_float64(pixels))
    if depth == 4:
        values = skimage.color.rgba2rgb(values)
    if depth >= 3:
        return np.asarray(skimage.color.rgb2gray(values))
    if depth == 2:
        luminance, alpha = np.moveaxis(values, -1, 0)
        return np.asarray(luminance * alpha + (1 - alpha))
    return values.reshape(pixels.shape[:2])


def edge_filters() -> Array:
    """The first layer's filters, (2, 3, 3): vertical edges, then horizontal ones."""
    return np.array([VERTICAL_EDGES, HORIZONTAL_EDGES], np.float64)


def random_filters(random: np.random.RandomState, number: int, size: int, depth: int) -> Array:
    """A bank (number, size, size, depth), uniform in [0, 1)."""
    return random.rand(number, size, size, depth)


def filter_banks(seed: int = 0) -> list[Array]:
    """The banks of the three layers: (2, 3, 3), (3, 5, 5, 2) and (1, 7, 7, 3).

    The second and third are drawn from `numpy.random.RandomState(seed)`, in that order; the
    stream of RandomState is frozen, so that a seed means the same numbers everywhere.
    """
    random = np.random.RandomState(seed)
    return [edge_filters(), random_filters(random, 3, 5, 2), random_filters(random, 1, 7, 3)]
