"""How an element of a result is worked out where a window slides over a map."""

from collections.abc import Callable, Sequence

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.numerals import whole as whole_number
from cnnspec.kit.operation import call, operation_of
from cnnspec.kit.working import Place, Shown, Working, brief, window
from cnnspec.spec import Edition

Axis = Callable[[int, int, int, Edition], tuple[int, int]]
"""For extent, size, stride: the length of the result, and how many windows are written."""


def shown(
    operation: str,
    axis: Axis,
    words: Callable[[list[str]], str],
    whole: Callable[[Sequence[float]], float],
) -> Shown:
    """How a pooling is shown.

    words: what is made of a window's numbers, in words. whole: the same, as a number.
    """

    def specimen() -> Call:
        """A map whose numbers count up, of odd extents: each result tells where it looked."""
        return call(operation, np.arange(1.0, 64.0).reshape(7, 9, 1), 2, 2)

    @np.errstate(all="ignore")
    def working(one: Call, place: Place, edition: Edition) -> Working | None:
        x, (r, c, k) = one.arrays[0], place
        size, stride = (
            whole_number(one.plain.get(number.name, number.default or 1))
            for number in operation_of(one).numbers[:2]
        )
        name = next(iter(one.arguments))
        written = [axis(n, size, stride, edition)[1] for n in x.shape[:2]]
        if r >= written[0] or c >= written[1]:
            return Working({name: ()}, "no window is written there: it stays 0", "0", 0.0)
        top, left = r * stride, c * stride
        places = tuple(
            p for p in window(top, left, (size, size), [k]) if p[0] < len(x) and p[1] < x.shape[1]
        )
        values = [float(x[p]) for p in places]
        rows, columns = f"{top}:{top + size}", f"{left}:{left + size}"
        return Working(
            reads={name: places},
            formula=words([f"{name}[{rows}, {columns}, {k}]"]),
            numbers=words([brief(v) for v in values]),
            value=whole(values),
        )

    return Shown(specimen, working)
