"""TensorFlow's functions, with parameters drawn as it takes them."""

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from foretold import Foretold, Kind
from outside_call import OPERATIONS, Call, Random, conv_arrays, map_arrays, numbers, steps

from cnnspec import dialects
from cnnspec.spec import Array

NAME, VERSION, DTYPE = "TensorFlow", tf.__version__, "float64"


def draw(random: Random) -> Call:
    """A call of one of the three operations."""
    kind = OPERATIONS[random.randint(3)]
    top, bottom, left, right = numbers(random, 0, 3, 4)
    explicit = [[0, 0], [top, bottom], [left, right], [0, 0]]
    padding: Any = ("SAME", "VALID", explicit)[random.randint(3)]
    given: dict[str, Any] = {"strides": steps(random, 4), "padding": padding}
    if kind == "conv":
        groups = int(random.randint(1, 4))
        given |= {"dilations": steps(random, 3), "groups": groups}
        return Call(kind, conv_arrays(random, groups), given, dialects.tensorflow.conv2d)
    given["ksize"] = numbers(random, 1, 5)
    if kind == "pooling":
        return Call(kind, map_arrays(random), given, dialects.tensorflow.max_pool2d)
    given["padding"] = ("SAME", "VALID")[random.randint(2)]
    return Call(kind, map_arrays(random), given, dialects.tensorflow.avg_pool2d)


def too_much(made: Call) -> Foretold:
    """Explicit padding of a pooling, as large as the window, is refused."""
    if made.operation == "conv" or isinstance(made.given["padding"], str):
        return None
    sides = made.given["padding"][1:3]
    over = any(max(one) >= size for one, size in zip(sides, made.given["ksize"], strict=True))
    return "refused" if over else None


KINDS = (Kind("padding of a pooling as large as its window is refused", too_much),)


def call(made: Call) -> Array | None:
    """What TensorFlow gives, or None where it raises."""
    given, x = dict(made.given), made.arrays[0][None]
    try:
        if made.operation == "conv":
            del given["groups"]  # it divides the channels by those of the filters
            y = tf.nn.conv2d(x, np.moveaxis(made.arrays[1], 0, -1), **given)
            y = tf.nn.bias_add(y, made.arrays[2]) if made.arrays[2:] else y
        elif made.operation == "pooling":
            y = tf.nn.max_pool2d(x, **given)
        else:
            y = tf.nn.avg_pool2d(x, **given)
    except (ValueError, tf.errors.OpError):
        return None
    return np.asarray(y.numpy()[0])
