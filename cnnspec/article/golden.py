"""The goldens: the stack's feature maps on Chelsea. Reads, verifies and writes golden/.

golden/README.md describes the two tracks and the manifest. Every file follows from the stored files
that its manifest entry names as inputs, so that each layer is verified for itself.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from cnnspec import article, reference
from cnnspec.kit import files, npy
from cnnspec.kit.exact import gamma, integers
from cnnspec.kit.npy import NpyError
from cnnspec.kit.text import plain
from cnnspec.spec import WITHOUT_PARAMETERS, Array, Edition, Layer

Track = Literal["exact", "article"]
MANIFEST = "manifest.json"
LUMINANCE = (2125, 7154, 721)
"""Weights of red, green and blue, in units of 1/10000: those of skimage.color.rgb2gray."""

LARGEST, LARGEST_BANK = 2**23, 2**14
"""Bytes of a golden file, and of one that holds filters; ours have a quarter of that."""

GREY_ROUNDINGS = 11
"""By how many roundings grey pixels of two programs may differ.

Five in each program (1/255, pixel, weight, two sums), and one because the bound is taken from a
rounded pixel.
"""


class GoldenError(Exception):
    """The goldens cannot be read; the message says why."""


@dataclass(frozen=True)
class Step:
    """How a golden file follows from others: the operation and its inputs' names."""

    name: str
    track: Track
    edition: Edition | None
    operation: str
    inputs: tuple[str, ...]
    clauses: tuple[str, ...]
    made: str

    @property
    def file(self) -> str:
        """The path inside golden/."""
        return f"{self.name}.npy"


@dataclass(frozen=True)
class Finding:
    """What verification found in one file. problem: empty if there is none."""

    file: str
    problem: str
    detail: str


# The plan: which files there are and how each is made.


@cache
def plan() -> tuple[Step, ...]:
    """Every golden file in an order in which inputs come first."""
    steps: dict[str, Step] = {}
    for track in get_args(Track):
        for step in inputs(track):
            steps[step.name] = step
        for edition in WITHOUT_PARAMETERS:
            for step in layer_steps(track, edition):
                steps.setdefault(step.name, step)
    return tuple(steps.values())


def inputs(track: Track) -> Iterator[Step]:
    """The image and the three banks of filters of a track."""
    made = {
        "exact": (
            "2125 R + 7154 G + 721 B of Chelsea's pixels, in int64: no division, no rounding",
            "the edge filters",
            "numpy.random.RandomState(1).randint(-5, 6, (3, 5, 5, 2))",
            "then, of the same RandomState, randint(-5, 6, (1, 7, 7, 3))",
        ),
        "article": (
            "Chelsea's pixels times 1/255, then 0.2125 R + 0.7154 G + 0.0721 B from left to right",
            "the edge filters",
            "numpy.random.RandomState(0).rand(3, 5, 5, 2)",
            "then, of the same RandomState, rand(1, 7, 7, 3)",
        ),
    }[track]
    names = ("image", "l1_filters", "l2_filters", "l3_filters")
    for name, how in zip(names, made, strict=True):
        yield Step(f"{track}/{name}", track, None, "input", (), ("S2",), how)


def layer_steps(track: Track, edition: Edition) -> Iterator[Step]:
    """The maps of the three layers. The first conv and relu are the same in both editions."""
    before = f"{track}/image"
    pooling = ("P3", "P4", "P5") if edition == "standard" else ("P3a", "P4a", "P5")
    for layer in (1, 2, 3):
        of = None if layer == 1 else edition
        suffix = f".{of}" if of else ""
        conv, relu = f"{track}/l{layer}_conv{suffix}", f"{track}/l{layer}_relu{suffix}"
        pool = f"{track}/l{layer}_pool.{edition}"
        filters = f"{track}/l{layer}_filters"
        if track == "exact":
            how = "integers, each partial sum of which is exact in float64"
            yield Step(conv, track, of, "conv", (before, filters), ("C6", "C7", "S1", "S2"), how)
            yield Step(relu, track, of, "relu", (conv,), ("R1", "R2", "S1", "S2"), "exact")
            yield Step(pool, track, edition, "pooling", (relu,), (*pooling, "S1", "S2"), "exact")
        else:
            how = "the exact result of the stored inputs, rounded once to float64"
            yield Step(conv, track, of, "conv", (before, filters), ("C6", "C9", "S1", "S2"), how)
            bits = ("R1", "R2", *pooling, "S1", "S2")
            yield Step(pool, track, edition, "relu, pooling", (conv,), bits, "exact")
        before = pool


def make(step: Step, stored: Mapping[str, Array]) -> Array:
    """The array of a golden file, from the arrays of its inputs."""
    match step.operation:
        case "input":
            return made_inputs(step.track)[step.name]
        case "conv" if step.track == "article":
            return rounded_conv(*(stored[name] for name in step.inputs))
        case "conv":
            return smallest_dtype(reference.conv(*(stored[name] for name in step.inputs)))
        case _:
            result = unrounded(step, stored)
            return result if step.track == "article" else smallest_dtype(result)


def unrounded(step: Step, stored: Mapping[str, Array]) -> Array:
    """relu, pooling or both, which do not round."""
    edition = step.edition or "standard"
    result = stored[step.inputs[0]]
    for operation in step.operation.split(", "):
        if operation == "relu":
            result = reference.relu(result)
        else:
            result = reference.pooling(result, 2, 2, edition=edition)
    return result


def made_inputs(track: Track) -> dict[str, Array]:
    """Image and filters of a track, by the names of their files."""
    import skimage.data

    pixels = skimage.data.chelsea()
    if track == "exact":
        image = smallest_dtype(pixels.astype(np.int64) @ np.array(LUMINANCE))
        random = np.random.RandomState(1)
        banks = [
            article.edge_filters(),
            random.randint(-5, 6, (3, 5, 5, 2)),
            random.randint(-5, 6, (1, 7, 7, 3)),
        ]
        banks = [smallest_dtype(bank) for bank in banks]
    else:
        red, green, blue = np.moveaxis(pixels * (1 / 255), -1, 0)
        image = red * 0.2125 + green * 0.7154 + blue * 0.0721
        banks = article.filter_banks(0)
    names = [f"{track}/{name}" for name in ("image", "l1_filters", "l2_filters", "l3_filters")]
    return dict(zip(names, [image, *banks], strict=True))


def smallest_dtype(whole: Array) -> Array:
    """Whole numbers as int32, or as int64 where one does not fit."""
    numbers = whole.astype(np.int64)
    fits = np.abs(numbers).max() < 2**31
    return numbers.astype(np.int32 if fits else np.int64)


def rounded_conv(image: Array, filters: Array) -> Array:
    """Convolve floats exactly and round once: the same bits on every machine."""
    (x, x_unit), (w, w_unit) = integers(image), integers(filters)
    exact = reference.conv(x, w)
    return np.array([n / (x_unit * w_unit) for n in exact.flat]).reshape(exact.shape)


# Reading, verifying, writing.


def directory() -> Path:
    """Where the goldens are: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "golden_data"
    return installed if installed.is_dir() else package.parent / "golden"


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """The manifest's entries. Raises GoldenError where it cannot be read."""
    path = folder / MANIFEST
    try:
        listed = files.read_json(path)["files"]
        return [dict(entry, name=str(entry["file"]).removesuffix(".npy")) for entry in listed]
    except OSError as error:
        raise GoldenError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise GoldenError(f"{path} is not a manifest of goldens") from None


def load(folder: Path, name: str) -> Array:
    """One golden array. Raises GoldenError where it is missing or no .npy file."""
    return npy.from_bytes(content_of(folder, name))


def content_of(folder: Path, name: str) -> bytes:
    """The content of a golden file, a .npy file of real numbers. Raises GoldenError."""
    path = folder / f"{name}.npy"
    try:
        content = files.read(path, LARGEST_BANK if name.endswith("filters") else LARGEST)
        dtype = npy.from_bytes(content).dtype
    except OSError as error:
        raise GoldenError(f"{path} cannot be read: {error.strerror}") from None
    except NpyError as error:
        raise GoldenError(f"{path} is not a .npy file: {error}") from None
    if dtype.kind not in "if":
        raise GoldenError(f"{path} is not a .npy file: its elements are no real numbers")
    return content


def verify(folder: Path) -> Iterator[Finding]:
    """Check each file: listed, hash, dtype, shape, and that it follows from its inputs.

    Raises GoldenError where the manifest cannot be read.
    """
    entries = {entry["name"]: entry for entry in read_manifest(folder)}
    stored: dict[str, Array] = {}
    for step in plan():
        listed = {key: value for key, value in entries.pop(step.name, {}).items() if key != "name"}
        try:
            content = content_of(folder, step.name)
            stored[step.name] = npy.from_bytes(content)
        except GoldenError as error:
            yield Finding(step.file, str(error), "")
            continue
        if not all(name in stored for name in step.inputs):
            yield Finding(step.file, "an input of it cannot be used", "")
            continue
        described = describe(step, stored[step.name], content)
        wrong = [key for key in described if listed.get(key) != described[key]]
        if "shape" in wrong or "dtype" in wrong:  # nothing can be computed from it
            del stored[step.name]
        if wrong:
            yield Finding(step.file, f"differs from the manifest in {', '.join(wrong)}", "")
        else:
            yield followed(step, stored)
    for entry in entries.values():
        name = plain(str(entry["file"]), 100)
        yield Finding(name, "in the manifest, but no golden of this version", "")


def followed(step: Step, stored: Mapping[str, Array]) -> Finding:
    """The same as `recompute`; inputs from which nothing can be computed are a problem."""
    try:
        with np.errstate(all="ignore"):
            return recompute(step, stored)
    except (ValueError, TypeError, IndexError, OverflowError, ArithmeticError) as error:
        return Finding(step.file, f"cannot be computed from its inputs: {plain(str(error))}", "")


def recompute(step: Step, stored: Mapping[str, Array]) -> Finding:
    """Whether a stored array follows from its stored inputs, exactly or within C9's bound."""
    array = stored[step.name]
    if step.operation == "conv" and step.track == "article":
        image, filters = (stored[name] for name in step.inputs)
        bound = conv_bound(image, filters, np.zeros(image.shape))
        share = largest_share(reference.conv(image, filters), array, bound)
        problem = "" if share <= 1 else "exceeds what C9 allows"
        return Finding(step.file, problem, f"rounding error {share:.2f} of what C9 allows")
    same = np.array_equal(make(step, stored), array)
    return Finding(step.file, "" if same else "does not follow from its inputs", "exact")


def write(folder: Path) -> Iterator[str]:
    """Make every golden anew, and the manifest last; yields the files' names as they are written.

    Raises OSError where the folder cannot be written.
    """
    stored: dict[str, Array] = {}
    entries = []
    for step in plan():
        stored[step.name] = array = make(step, stored)
        path = folder / step.file
        path.parent.mkdir(parents=True, exist_ok=True)
        content = npy.to_bytes(array)
        files.write(path, content)
        entries.append(describe(step, array, content))
        yield step.file
    text = json.dumps({"format": 1, "image": "skimage.data.chelsea()", "files": entries}, indent=1)
    files.write(folder / MANIFEST, text + "\n")
    yield MANIFEST


def describe(step: Step, array: Array, content: bytes) -> dict[str, Any]:
    """A file's entry in the manifest."""
    entry = {key: value for key, value in asdict(step).items() if key != "name"}
    return json_like(
        {
            "file": step.file,
            **entry,
            "inputs": [f"{name}.npy" for name in step.inputs],
            "shape": array.shape,
            "dtype": array.dtype.str,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )


def json_like(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry as JSON gives it back: tuples are lists."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in entry.items()}


# Comparing a run with the goldens.


def compare(layers: list[Layer], edition: Edition, folder: Path) -> float:
    """The largest error of a float64 run of three layers, as a share of C9's bound.

    The bound starts with the difference that two programs may have in grey pixels, and goes through
    the layers: conv spreads it and adds its own, relu and pooling do not enlarge it.
    Raises GoldenError where the goldens cannot be read.
    """
    image = load(folder, "article/image")
    error = image * float(gamma(GREY_ROUNDINGS, float))
    share = 0.0
    for number, layer in zip((1, 2, 3), layers, strict=True):
        suffix = "" if number == 1 else f".{edition}"
        conv = load(folder, f"article/l{number}_conv{suffix}")
        pool = load(folder, f"article/l{number}_pool.{edition}")
        error = conv_bound(image, load(folder, f"article/l{number}_filters"), error)
        rectified = reference.relu(conv)
        pool_error = reference.pooling(error, 2, 2, edition=edition)
        for computed, golden, bound in (
            (layer.conv, conv, error),
            (layer.relu, rectified, error),
            (layer.pool, pool, pool_error),
        ):
            share = max(share, largest_share(computed, golden, bound))
        image, error = pool, pool_error
    return share


def compare_exact(edition: Edition, folder: Path) -> list[str]:
    """Run the stack on the exact track. Returns the names of the maps that differ: none should.

    Raises GoldenError where the goldens cannot be read.
    """
    banks = [load(folder, f"exact/l{number}_filters") for number in (1, 2, 3)]
    layers = reference.stack(load(folder, "exact/image"), banks, edition=edition)
    differing = []
    for number, layer in enumerate(layers, 1):
        for kind, computed in layer._asdict().items():
            suffix = "" if number == 1 and kind != "pool" else f".{edition}"
            name = f"exact/l{number}_{kind}{suffix}"
            if not np.array_equal(computed, load(folder, name)):
                differing.append(name)
    return differing


def conv_bound(image: Array, filters: Array, error: Array) -> Array:
    """How far conv of `image`, known within `error`, may lie from the golden of `image` itself.

    It is C9's bound for the run. gamma counts two more roundings: the golden's, and this bound's.
    """
    relative = float(gamma(int(np.prod(filters.shape[1:])) + 2, float))
    weights = np.abs(filters)
    own = reference.conv(np.abs(image) + error, weights) * relative
    return own + reference.conv(error, weights) * (1 + relative)


def largest_share(computed: Array, golden: Array, bound: Array) -> float:
    """The largest of |computed - golden| / bound; inf where the shapes or exact values differ."""
    if computed.shape != golden.shape:
        return float("inf")
    difference = np.abs(computed - golden)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(difference == 0, 0, difference / bound)
    return float(np.where(np.isnan(shares), np.inf, shares).max())
