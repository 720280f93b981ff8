"""The book: what the layers of a convolutional network compute, as a document that runs.

Each chapter is a module: conv, relu, pooling, average_pooling, stack. It says in words what the
operation is, works an example, and defines the operation as plain loops that read like the formula.
The last chapter, every, has what holds for all of them. Three modules have the small print
that chapters share: numbers (which numbers are computed with), window (where windows lie) and
parameters (in which forms stride, padding and dilation come).

A **clause** is a sentence of a docstring that begins with its id in parentheses: (C7). The id
stands again beside the line of code that realises it. Behind the id may stand editions (the clause
holds in those alone; without, in all) and its level, `core` or `strict` (without, `values`). Ids
are permanent.

Notation. An image is (H, W), or (H, W, C) with channels last. Filters are (N, K, K), or
(N, K, K, C). A feature map is (H, W, C). Rows and columns are counted from 0, from the upper left.

    H, W      rows (height) and columns (width) of an image or a feature map
    C         channels of an image or a feature map
    N         filters in a bank, and so channels of conv's result
    K         rows, and columns, of a filter
    S         size: rows, and columns, of a window of pooling or average_pooling
    T         stride: how many elements lie between the starts of two neighbouring windows
    D         dilation: a filter or a window reads every D-th element
    E         reach of a filter or a window: from its first tap to its last, D*(K-1) + 1
    P         padding along an axis, before and after together
    G         groups of channels
    Ho, Wo    rows and columns of a result
    x, y      an input and a result
    r, c      row and column; i, j: row and column within a filter or of a result
    n, ch     a filter; a channel (n is also the extent of an axis)
    floor     rounds down: floor(7/2) = 3
    u         unit roundoff: the largest relative error of one rounding, 2**-53 for float64
    gamma(n)  n*u / (1 - n*u): the relative error that n roundings in a row can reach
    quantum   the smallest positive number of a dtype, 5e-324 for float64

The elements are real numbers: booleans, integers, floats of any precision, or Python objects that
add, multiply and compare (int, Fraction). On those the arithmetic is exact, and so the book is its
own oracle.

There are three editions. `standard` is what the article's text describes; `article` is the code
that was published, bug for bug. They differ in pooling, and the article has no average_pooling.
`general` is what frameworks compute: filters of any height and width, and parameters such as stride
and padding.

Source: A. Gad, "Building Convolutional Neural Network using NumPy from Scratch", 2018.
"""

from cnnspec.spec.average_pooling import (
    average_pooling,
    require_average_pooling,
    require_general_average_pooling,
)
from cnnspec.spec.conv import conv, require_conv, require_general_conv
from cnnspec.spec.numbers import BATCH_RANK, WITHOUT_PARAMETERS, Array, Edition, SpecError, numbers
from cnnspec.spec.pooling import (
    pooling,
    published_pooling,
    require_general_pooling,
    require_pooling,
    require_published,
)
from cnnspec.spec.relu import relu
from cnnspec.spec.stack import Layer, stack

OPERATIONS = ("conv", "relu", "pooling", "average_pooling")
CHAPTERS = (*OPERATIONS, "stack", "every")
"""The modules that state clauses, in the order in which they are read."""

__all__ = [
    "BATCH_RANK",
    "CHAPTERS",
    "OPERATIONS",
    "WITHOUT_PARAMETERS",
    "Array",
    "Edition",
    "Layer",
    "SpecError",
    "average_pooling",
    "conv",
    "numbers",
    "pooling",
    "published_pooling",
    "relu",
    "require_average_pooling",
    "require_conv",
    "require_general_average_pooling",
    "require_general_conv",
    "require_general_pooling",
    "require_pooling",
    "require_published",
    "stack",
]
