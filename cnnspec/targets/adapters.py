"""Turns implementations of other shapes into targets: layouts of images, filters and results."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import SimpleNamespace
from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit.calls import Array, Unsupported
from cnnspec.spec.numbers import BATCH_RANK
from cnnspec.targets.offering import takes
from cnnspec.targets.renaming import guarded_in_general, one_image, with_the_books_names
from cnnspec.targets.target import Layout
from cnnspec.targets.ways import NO_PARAMETERS, by_operation, meant_by

IMAGE_LAYOUTS = ("HWC", "CHW", "NHWC", "NCHW", "HW")
BATCH_LAYOUTS = ("NHWC", "NCHW")
FILTER_LAYOUTS = ("NKKC", "OIHW", "HWIO", "IOHW", "matrix", "NKK", "KK")

EXACT = {"float16": 2**11}
"""For a dtype of results, the whole numbers up to which all are exact."""

EXACT_IN_FLOAT32 = 2**24
"""The same for any other, in which a target may compute."""

Function = Callable[..., Any]


def adapt(
    *,
    image: str = "HWC",
    filters: str = "NKKC",
    result: str | None = None,
    first: bool = False,
    fused: str | None = None,
    guard: bool = False,
    batch: bool = False,
    parameters: Mapping[str, Any] | None = None,
    **operations: Callable[..., Any],
) -> SimpleNamespace:
    """A target made of functions that take and give other layouts.

    operations: the functions by the names of the operations, as in adapt(conv=f, relu=g). They are
    called as these are: conv(image, filters), relu(feature_map), pooling(feature_map, size,
    stride), average_pooling(feature_map, size, stride). They get their arrays in the layouts that
    are named, and give an array (or nested lists, or a list of maps) in the layout `result`, by
    default that of the image. The target does not offer an operation that is left out.

    image, result: HWC; CHW; NHWC and NCHW, a batch of one; HW, one channel and no axis for it.
    filters: NKKC; OIHW (= NCKK); HWIO (= KKCN); IOHW; matrix, (C*K*K, N) with the rows in the order
    C, K, K; NKK, one channel; KK, one filter of one channel.
    first: of several results, as in (out, cache), take the first.
    fused: "relu" if conv does relu too. Then conv and relu are judged through it: conv(x, w) is
    f(x, w) - f(x, -w), and relu is f with a filter of 1, channel by channel.
    guard: reject invalid input before the function is called, as the clauses of the operation say;
    those of edition general where parameters are named, or a function takes options of the book or
    a batch: then that is how the target is judged.
    batch: the functions take a batch of images, NHWC or NCHW: one of several is passed on as it is.

    parameters: how the functions take the parameters of the book (stride, padding, dilation,
    groups, bias, ceil, count_padding; size and stride of pooling, which otherwise go by place).
    Only those that are named are offered, and judged. By their names:

        "strides"                       the keyword strides, the value as the book has it
        "strides:pair"                  the same, in a convention
        "stride_y, stride_x"            two keywords, the one for rows and the one for columns
        "conv_param[stride]:number"     a key of a dict, which is the argument conv_param
        "3:column"                      the third argument, where it cannot be given by name
        [one, other]                    the first of several that can express the value
        lambda ceil: {"mode": ...}      any function that makes keyword arguments of the value

    A name holds for each operation that has the parameter, unless {"conv": {...}} says it for one.
    Conventions: of size, stride and dilation number or pair; of padding number, pair, sides (as
    ((top, bottom), (left, right))), top-left-bottom-right or another order of the four sides,
    SAME/VALID, same/valid, SAME_UPPER/SAME_LOWER/VALID; of bias column, (N, 1), or row, (1, N).
    Where a convention has numbers alone, words of padding become numbers. A bias that a function
    cannot do without is zero.

    Raises ValueError for an unknown layout, parameter or convention, TypeError for an unknown
    operation, no function, or a name that a function does not take.
    The functions raise `cnnspec.Unsupported` for what they cannot express; such cases are not
    judged.
    """
    layout = Layout(image, filters, result or "", first)
    require_sense(layout, fused, operations)
    require_options(layout, fused, batch, parameters)
    made = {name: adapted(function, layout, batch) for name, function in operations.items()}
    if parameters is not None:
        for name, named in by_operation([*operations], parameters).items():
            made[name] = with_the_books_names(name, operations[name], made[name], named)
    if fused:
        made["conv"], made["relu"] = taken_apart(made["conv"])
    if guard and parameters is not None:
        made = {name: guarded_in_general(name, one, batch) for name, one in made.items()}
    elif guard:
        general = batch or any(own_options(name, one) for name, one in made.items())
        made = {name: guarded(name, one, batch, general) for name, one in made.items()}
    for function in made.values() if batch else ():
        vars(function)["batch"] = True
    return SimpleNamespace(**made)


def require_sense(layout: Layout, fused: str | None, operations: Mapping[str, Any]) -> None:
    """Raise ValueError or TypeError for what `adapt` cannot make a target of."""
    for given, there in (
        (layout.image, IMAGE_LAYOUTS),
        (layout.result or layout.image, IMAGE_LAYOUTS),
        (layout.filters, FILTER_LAYOUTS),
    ):
        if given not in there:
            meant = meant_by(str(given).upper(), there)
            raise ValueError(f"{given!r} is no layout; there are {', '.join(there)}{meant}")
    if not operations:
        raise TypeError("adapt needs a function for an operation, as in adapt(conv=f)")
    for name, function in operations.items():
        if name not in spec.OPERATIONS:
            known = ", ".join(spec.OPERATIONS)
            meant = meant_by(name, spec.OPERATIONS)
            raise TypeError(f"{name!r} is no operation; there are {known}{meant}")
        if inspect.isclass(function):
            text = "is a class; give a function that makes one and calls it"
            raise TypeError(f"{name}={function.__name__} {text}")
        if not callable(function):
            raise TypeError(f"{name}={function!r:.60} is no function")
    if fused not in (None, "relu"):
        raise ValueError(f'fused={fused!r}: conv can be fused with "relu"')
    if fused and ("conv" not in operations or "relu" in operations):
        raise TypeError('fused="relu" needs conv=..., and no relu=...: conv does both')
    if layout.filters != "NKKC" and not any(map(takes_filters, operations)):
        raise TypeError(f"filters={layout.filters!r} says nothing here: no operation takes filters")


def require_options(
    layout: Layout, fused: str | None, batch: bool, parameters: Mapping[str, Any] | None
) -> None:
    """Raise ValueError or TypeError for options that do not go together."""
    both = layout.image, layout.result or layout.image
    if batch and not all(one in BATCH_LAYOUTS for one in both):
        raise ValueError(f"batch=True needs image={' or '.join(map(repr, BATCH_LAYOUTS))}")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise TypeError(f"parameters is a dict by the book's names, not {parameters!r:.60}")
    if fused and (batch or parameters is not None):
        raise TypeError('fused="relu" goes neither with parameters nor with batch')


def takes_filters(operation: str) -> bool:
    """Whether an operation of the book has filters."""
    return "filters" in inspect.signature(getattr(spec, operation)).parameters


def adapted(function: Function, layout: Layout, batch: bool = False) -> Function:
    """A function of other layouts as one that takes and gives those of the book.

    batch: whether it is given a batch of images as it is.
    """
    given = layout.result or layout.image

    def called(x: Array, *others: Any, **named: Any) -> Array:
        if others and isinstance(others[0], np.ndarray):
            others = filters_to(layout.filters, others[0]), *others[1:]
        many = batch and x.ndim == BATCH_RANK
        taken = batch_to(layout.image, x) if many else image_to(layout.image, x)
        made = function(taken, *others, **named)
        several = layout.first and isinstance(made, tuple) and made
        made = made[0] if several else made
        return batch_from(given, made) if many else image_from(given, made)

    @wraps(function)  # so that it takes the optional numbers that the function takes
    def checked(x: Array, *others: Any, **named: Any) -> Array:
        if batch and x.ndim == BATCH_RANK:
            return called(x, *others, **named)
        if not others and layout.image != "HWC" and x.ndim != 3:  # any rank is valid here
            raise Unsupported("an array whose rank is not 3")
        return called(*with_channels(x, *others), **named)

    if not batch:  # one image is what comes there, whatever the function says of itself
        vars(checked).pop("batch", None)
    return checked


def taken_apart(fused: Function) -> tuple[Function, Function]:
    """Conv and relu from a function that does one after the other: relu(y) - relu(-y) is y."""

    def conv(image: Array, filters: Array) -> Array:
        lowest = filters.dtype.kind == "i" and (filters == np.iinfo(filters.dtype).min).any()
        if filters.dtype.kind in "bu" or lowest:
            raise Unsupported("filters of which some have no negative")
        above: Array = np.asarray(fused(image, filters))
        below: Array = np.asarray(fused(image, -filters))
        if above.dtype.kind in "bu":
            raise Unsupported("unsigned results")
        result: Array = np.asarray(above - below)
        if above.shape == below.shape and is_exact(image, filters, result):
            least: Array = np.minimum(above, below)
            wrong = (least != 0) & np.isfinite(least)  # no relu follows: one of the two would be 0
            result = np.where(wrong, above + below, result)  # and this sum is not y either
        return result

    def relu(feature_map: Array) -> Array:
        if feature_map.ndim != 3 or not feature_map.size:  # no filter fits into an empty one
            raise Unsupported("an array that is no feature map, or empty")
        one = np.ones((1, 1, 1, 1), feature_map.dtype)
        channels = np.split(feature_map, feature_map.shape[2], axis=2)
        return np.concatenate([np.asarray(fused(channel, one)) for channel in channels], axis=2)

    return conv, relu


def is_exact(image: Array, filters: Array, result: Array) -> bool:
    """Whether no sum of products rounds, in whatever order: whole numbers, and small in all."""
    if image.dtype.kind not in "if" or filters.dtype.kind not in "if":
        return False
    x, w = (np.abs(one.astype(np.float64)) for one in (image, filters))
    whole = all(np.array_equal(one, np.rint(one)) for one in (x, w))
    terms = w.size // max(1, len(w))
    largest = x.max(initial=0) * w.max(initial=0) * terms
    return bool(whole and largest <= EXACT.get(result.dtype.name, EXACT_IN_FLOAT32))


def own_options(operation: str, function: Function) -> list[str]:
    """The options of the book that a function takes by the book's own names."""
    known = inspect.signature(getattr(spec, operation)).parameters
    numbers = ("size", "stride") if "size" in known else ()
    options = [name for name in known if name not in (*NO_PARAMETERS, *numbers)]
    return [name for name in options if takes(function, name)]


def guarded(operation: str, function: Function, batch: bool, general: bool) -> Function:
    """A function that rejects invalid input first, by what the book requires of an operation.

    general: whether that is what edition general requires, else what standard does.
    """
    plain = getattr(spec, f"require_{operation}", None)
    if plain is None:  # relu: all is valid
        return function
    require = getattr(spec, f"require_general_{operation}") if general else plain
    asked = inspect.signature(require).parameters
    places = len(inspect.signature(plain).parameters)

    @wraps(function)
    def checked(*arguments: Any, **named: Any) -> Any:
        x, *others = with_defaults(function, arguments, places)
        options = {name: value for name, value in named.items() if name in asked}
        require(one_image(x) if batch else x, *others, **options)
        return function(*arguments, **named)

    return checked


def with_defaults(function: Function, arguments: tuple[Any, ...], places: int) -> tuple[Any, ...]:
    """Arguments, and the function's own defaults for what is left out of the first `places`."""
    try:
        known = [*inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        return arguments
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    left = [one for one in known if one.kind in by_place][len(arguments) : places]
    if any(one.default is one.empty for one in left):
        return arguments
    return (*arguments, *(one.default for one in left))


def with_channels(x: Array, *others: Any) -> tuple[Any, ...]:
    """The arguments, with an axis of channels added. Raises ValueError if ranks do not agree."""
    if not others or not isinstance(others[0], np.ndarray):
        return x, *others
    w, *rest = others
    if w.ndim != x.ndim + 1:
        raise ValueError(f"an image of rank {x.ndim} with filters of rank {w.ndim}")
    if x.ndim == 2:  # one channel, its axis left out
        x, w = x[..., np.newaxis], w[..., np.newaxis]
    return x, w, *rest


def image_to(layout: str, image: Array) -> Array:
    """A map (H, W, C) in another layout. Raises ValueError for another rank."""
    if layout == "HWC":
        return image
    if image.ndim != 3:
        raise ValueError(f"an image of rank {image.ndim} where (H, W, C) is expected")
    if layout == "HW":
        if image.shape[2] != 1:
            raise Unsupported("more than one channel")
        return image[:, :, 0]
    channels_first = np.ascontiguousarray(np.moveaxis(image, 2, 0))
    one = {"CHW": channels_first, "NHWC": image, "NCHW": channels_first}[layout]
    return one if layout == "CHW" else one[np.newaxis]


def image_from(layout: str, result: Any) -> Array:
    """A map in some layout as (H, W, C). Raises ValueError for another rank."""
    array = np.asarray(result)
    if isinstance(result, list) and not array.size:
        raise Unsupported("lists without elements have no shape")
    rank = {"HW": 2, "HWC": 3, "CHW": 3, "NHWC": 4, "NCHW": 4}[layout]
    if layout == "HWC":
        return array
    if array.ndim != rank or (rank == 4 and len(array) != 1):
        raise ValueError(f"the result has the shape {array.shape}, which is not {layout}")
    if layout == "HW":
        return array[:, :, np.newaxis]
    one = array[0] if rank == 4 else array
    return one if layout.endswith("HWC") else np.moveaxis(one, 0, 2)


def batch_to(layout: str, images: Array) -> Array:
    """Images (B, H, W, C) as NHWC or NCHW."""
    return images if layout == "NHWC" else np.ascontiguousarray(np.moveaxis(images, 3, 1))


def batch_from(layout: str, result: Any) -> Array:
    """Results for a batch, NHWC or NCHW, as (B, H, W, C). Raises ValueError for another rank."""
    array = np.asarray(result)
    if array.ndim != BATCH_RANK:
        raise ValueError(f"the result has the shape {array.shape}, which is not {layout}")
    return array if layout == "NHWC" else np.moveaxis(array, 1, 3)


def filters_to(layout: str, filters: Array) -> Array:
    """Filters (N, K, K, C) in another layout. Raises ValueError for another rank."""
    if layout == "NKKC":
        return filters
    if filters.ndim != 4:
        raise ValueError(f"filters of rank {filters.ndim} where (N, K, K, C) is expected")
    if layout in ("NKK", "KK") and filters.shape[3] != 1:
        raise Unsupported("more than one channel")
    if layout == "NKK":
        return filters[..., 0]
    if layout == "KK":
        if len(filters) != 1:
            raise Unsupported("more than one filter")
        return filters[0, :, :, 0]
    if layout == "matrix":
        return filters.transpose(3, 1, 2, 0).reshape(-1, len(filters))
    order = {"OIHW": (0, 3, 1, 2), "HWIO": (1, 2, 3, 0), "IOHW": (3, 0, 1, 2)}[layout]
    return np.ascontiguousarray(filters.transpose(order))
