"""PyTorch's functions, with parameters drawn as it takes them."""

import warnings
from typing import Any

import numpy as np
import torch
from foretold import OPEN, Foretold, Kind
from outside_call import OPERATIONS, Call, Random, conv_arrays, map_arrays, numbers, steps
from torch.nn import functional

from cnnspec import dialects
from cnnspec.spec import Array

NAME, VERSION, DTYPE = "PyTorch", torch.__version__, "float64"
torch.set_num_threads(1)
warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")


def draw(random: Random) -> Call:
    """A call of one of the three operations."""
    kind = OPERATIONS[random.randint(3)]
    if kind == "conv":
        groups = int(random.randint(1, 4))
        given: dict[str, Any] = {"stride": steps(random, 4), "groups": groups}
        given["dilation"] = steps(random, 3)
        given["padding"] = ("valid", "same", *[numbers(random, 0, 3)] * 4)[random.randint(6)]
        if given["padding"] == "same" and random.randint(4):
            given["stride"] = (1, 1)
        return Call(kind, conv_arrays(random, groups), given, dialects.torch.conv2d)
    size = numbers(random, 1, 5)
    given = {"kernel_size": size, "ceil_mode": bool(random.randint(2))}
    if kind == "pooling":
        given["dilation"] = steps(random, 3)
    given["padding"] = numbers(random, 0, 3)
    if random.randint(4):  # what it takes
        both = zip(given["padding"], size, strict=True)
        given["padding"] = tuple(min(one, extent // 2) for one, extent in both)
    if random.randint(8):
        given["stride"] = steps(random, 4)
    if kind == "pooling":
        return Call(kind, map_arrays(random), given, dialects.torch.max_pool2d)
    given["count_include_pad"] = bool(random.randint(2))
    return Call(kind, map_arrays(random), given, dialects.torch.avg_pool2d)


def too_much(made: Call) -> Foretold:
    """Padding of more than half of the window is refused, its dilation not counted."""
    if made.operation == "conv":
        return None
    both = zip(made.given["padding"], made.given["kernel_size"], strict=True)
    return "refused" if any(one > size // 2 for one, size in both) else None


KINDS = (Kind("padding of a pooling above K/2 is refused, whatever the dilation", too_much), OPEN)


def first(x: Array, source: int = -1, to: int = 1) -> Any:
    """A tensor with the channels first, in a batch of one where it is a map."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, source, to)))


def call(made: Call) -> Array | None:
    """What PyTorch gives, channels last, or None where it raises."""
    given, x = made.given, first(made.arrays[0], -1, 0)[None]
    try:
        if made.operation == "conv":
            bias = torch.from_numpy(made.arrays[2]) if made.arrays[2:] else None
            y = functional.conv2d(x, first(made.arrays[1]), bias, **given)
        elif made.operation == "pooling":
            y = functional.max_pool2d(x, **given)
        else:
            y = functional.avg_pool2d(x, **given)
    except (RuntimeError, ValueError):
        return None
    return np.asarray(np.moveaxis(y[0].numpy(), 0, -1))
