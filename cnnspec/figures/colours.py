"""Colours of maps, and small pictures of them: no red beside green, and 0 is always white or black.

Signed numbers go from blue over white to red, centred on 0; others from black to white;
differences from violet over white to orange. Who sees no red, or no green, tells them apart.
"""

import base64
import io
from typing import Literal

import numpy as np

from cnnspec.spec import Array

Kind = Literal["signed", "grey", "difference"]

ANCHORS: dict[Kind, tuple[str, ...]] = {
    "signed": ("#053061", "#4393c3", "#ffffff", "#d6604d", "#67001f"),
    "grey": ("#000000", "#ffffff"),
    "difference": ("#2d004b", "#8073ac", "#ffffff", "#e08214", "#7f3b08"),
}
"""The colours between which others are mixed, from the least to the largest number."""

LEVELS = 63
"""So many colours are for numbers: few, so that pictures are small files."""

ABSENT, STRIPE, NOT_A_NUMBER = LEVELS, LEVELS + 1, LEVELS + 2
OWN = {ABSENT: "#596270", STRIPE: "#f1f3f6", NOT_A_NUMBER: "#ffd400"}
"""Where one of two maps has no element (striped), and NaN."""


def mixed(kind: Kind) -> Array:
    """The colours of a kind, (LEVELS, 3) in uint8."""
    anchors = np.array([rgb(one) for one in ANCHORS[kind]], float)
    along = np.linspace(0, len(anchors) - 1, LEVELS)
    parts = [np.interp(along, np.arange(len(anchors)), anchors[:, i]) for i in range(3)]
    return np.round(np.stack(parts, axis=1)).astype(np.uint8)


def rgb(colour: str) -> tuple[int, ...]:
    """Red, green and blue of #rrggbb."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def kind_of(*arrays: Array) -> Kind:
    """Whether numbers have signs."""
    return "signed" if any(bool((a < 0).any()) for a in arrays) else "grey"


LARGEST = 1e300
"""The largest end of a scale: twice as much is still a float."""


def span(kind: Kind, *arrays: Array) -> tuple[float, float]:
    """The numbers at the two ends of a scale that some arrays share; 0 is in the middle of it.

    Of numbers without signs 0 is the least. Infinities and NaN do not count.
    """
    magnitudes = np.concatenate([np.zeros(1), *(np.abs(a.astype(float)).ravel() for a in arrays)])
    most = min(float(magnitudes[np.isfinite(magnitudes)].max()), LARGEST) or 1.0
    return (0.0 if kind == "grey" else -most), most


def indices(values: Array, kind: Kind, ends: tuple[float, float], absent: Array) -> Array:
    """The colour of each element by its number, in uint8. absent: where there is none."""
    least, most = ends
    with np.errstate(all="ignore"):
        part = (np.clip(values.astype(float), least, most) / 2 - least / 2) / (most / 2 - least / 2)
        found = np.where(np.isnan(part), 0, np.round(part * (LEVELS - 1))).astype(np.uint8)
    if kind == "difference":
        found[(values > 0) & (found == LEVELS // 2)] += 1  # what differs a little is seen, too
        found[(values < 0) & (found == LEVELS // 2)] -= 1
    found[np.isnan(values)] = NOT_A_NUMBER
    rows, columns = np.indices(found.shape)
    striped = (rows + columns) // 2 % 2 == 0
    found[absent] = np.where(striped, ABSENT, STRIPE)[absent]
    return found


@np.errstate(all="ignore")
def smaller(values: Array, factor: int, absent: Array, *, largest: bool) -> tuple[Array, Array]:
    """A map with blocks of `factor` rows and columns as one element, and where nothing is there.

    largest: an element is the one of its block that is furthest from 0, so that a single wrong row
    stays to be seen; else their mean.
    """
    if factor == 1:
        return values, absent
    rows, columns = (-(-n // factor) * factor for n in values.shape)
    room = np.full((rows, columns), np.nan)
    room[: values.shape[0], : values.shape[1]] = np.where(absent, np.nan, values)
    gone = np.ones((rows, columns), bool)
    gone[: values.shape[0], : values.shape[1]] = absent
    blocks = blocked(room, factor)
    none = np.asarray(blocked(gone, factor).all(axis=2))
    if largest:
        far = np.where(np.isnan(blocks) & ~blocked(gone, factor), np.inf, np.abs(blocks))
        far[np.isnan(far)] = -1
        return np.take_along_axis(blocks, far.argmax(axis=2)[..., np.newaxis], 2)[..., 0], none
    counted = ~blocked(gone, factor)
    sums = np.where(counted, blocks, 0).sum(axis=2)
    return sums / np.maximum(counted.sum(axis=2), 1), none


def blocked(values: Array, factor: int) -> Array:
    """The elements of each block along a third axis."""
    rows, columns = (n // factor for n in values.shape)
    parts = values.reshape(rows, factor, columns, factor).swapaxes(1, 2)
    return parts.reshape(rows, columns, factor * factor)


def png(picture: Array, kind: Kind) -> bytes:
    """A PNG file of colours by their numbers."""
    from PIL import Image

    palette = np.zeros((256, 3), np.uint8)
    palette[:LEVELS] = mixed(kind)
    for number, colour in OWN.items():
        palette[number] = rgb(colour)
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.putpalette(palette.ravel().tolist())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def data_uri(content: bytes) -> str:
    """A PNG file as the address of a picture that needs no request."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")
