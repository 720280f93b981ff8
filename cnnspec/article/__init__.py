"""The article's program piece by piece, under its own names, with the operations of its edition.

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
    """The first frame of an image file in grey, (H, W) float64.

    8-bit and 16-bit pixels are scaled to 0..1; those of a float file are taken as they are.
    Transparency is laid on white, and a camera's orientation is followed.
    Raises OSError where the file cannot be opened and ImageError where it is no such image.
    """
    from PIL import Image, ImageOps

    with Path(path).open("rb") as file:
        try:
            image = ImageOps.exif_transpose(Image.open(file))
            if image.mode in ("F", "I") or image.mode.startswith("I;16"):
                return deep_grey(np.asarray(image, np.float64), image.mode)
            if image.mode in ("1", "L") and "transparency" not in image.info:
                return np.asarray(image.convert("L")) / 255
            pixels = np.asarray(image.convert("RGBA"))
        except ImageError as error:
            raise ImageError(f"{path} {error}") from None
        except Exception as error:  # each image format has failures of its own
            raise ImageError(f"{path} is not an image that can be read ({error})") from error
    return grey(pixels)


def deep_grey(values: Array, mode: str) -> Array:
    """Grey pixels of more than 8 bits: floats as they are, 16-bit ones scaled to 0..1.

    Raises ImageError for numbers of more than 16 bits, whose scale is not known.
    """
    if mode == "F":
        return values
    if values.max() > 65535 or values.min() < 0:
        raise ImageError("has pixels of 32 bits, whose scale is not known")
    return values / 65535


def grey(pixels: Array) -> Array:
    """Pixels (H, W, 3) or (H, W, 4) of 8 bits as luminance, (H, W) float64 from 0 to 1.

    Transparency is laid on white.
    """
    import skimage.color

    if pixels.shape[-1] == 4:
        pixels = skimage.color.rgba2rgb(pixels)
    return np.asarray(skimage.color.rgb2gray(pixels))


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
