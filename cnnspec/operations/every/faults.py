"""Faults that any operation may have: state, memory, and what is printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.kit.fault import Function, stateful
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.spec import Array

Maker = Callable[[Function], Function]


@dataclass(frozen=True)
class Model:
    """A fault that any operation may have. clauses: those that it breaks, V for the values'."""

    maker: Maker
    clauses: tuple[str, ...]
    more: dict[str, str]

    def register(self, operation: Operation) -> None:
        """Register the fault of one operation."""
        right = operation.reference("standard")

        def make() -> Function:
            return self.maker(right)

        make.__name__ = f"{operation.name}_{self.maker.__name__}"
        make.__doc__ = self.maker.__doc__
        values = operation.roles.of("standard")[1]
        own = [values if clause == "V" else clause for clause in self.clauses]
        stateful(operation.name, *own, **self.more)(make)


MODELS: list[Model] = []


def for_every_operation(*clauses: str, **more: str) -> Callable[[Maker], Maker]:
    """Register what a function makes of the right operation, for each; V is the values' clause."""

    def register(maker: Maker) -> Maker:
        model = Model(maker, clauses, more)
        MODELS.append(model)
        for operation in REGISTRY.values():
            model.register(operation)
        return maker

    return register


def key(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Shapes of the arrays, and the other arguments."""
    return (*(np.shape(a) if np.ndim(a) else a for a in arguments), *sorted(named.items()))


@for_every_operation("V", "Q2", remedy="Compute every call anew, or compare contents, not shapes.")
def cached_by_shape(right: Function) -> Function:
    """The result of the first call of a shape is returned for all of that shape."""
    kept: dict[Any, Array] = {}

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = right(*arguments, **named)
        return kept.setdefault(key(arguments, named), y).copy()

    return faulty


@for_every_operation("Q2", remedy="Do not keep results by identity: contents may change.")
def cached_by_identity(right: Function) -> Function:
    """The result for array objects is kept when they are filled anew."""
    kept: list[Any] = []

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = right(*arguments, **named)
        given = [*arguments, *named.values()]
        same = [a is b for a, b in zip(given, kept[:-1], strict=False)]
        if len(kept) != len(given) + 1 or not all(same):
            kept[:] = [*given, y]
        return np.array(kept[-1])

    return faulty


@for_every_operation("V", "Q2", remedy="Set the buffer back to zero at the start of each call.")
def adds_to_earlier_results(right: Function) -> Function:
    """Results are added to earlier ones of the same shape."""
    kept: dict[Any, Array] = {}

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        with np.errstate(all="ignore"):
            total = kept[y.shape, y.dtype] = y + kept.get((y.shape, y.dtype), 0)
            return np.array(total, y.dtype)

    return faulty


@for_every_operation("V", "Q2", remedy="Set the buffer back to zero at the start of each call.")
def adds_while_the_shape_stays(right: Function) -> Function:
    """Results are added to those of the calls before, until one has another shape."""
    kept: list[Array] = []

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = right(*arguments, **named)
        if kept and (kept[0].shape, kept[0].dtype) == (y.shape, y.dtype):
            with np.errstate(all="ignore"):
                y = y + kept[0]
        kept[:] = [y]
        return np.array(y)

    return faulty


@for_every_operation(
    "Q1",
    remedy="Work on copies of the arguments, not on the caller's arrays.",
    seen="activations computed in place, meta-pytorch/captum#156",
)
def changes_its_arguments(right: Function) -> Function:
    """The caller's arrays are changed by the call."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        for argument in arguments:
            if isinstance(argument, np.ndarray) and argument.flags.writeable:
                argument[...] = 0
        return y

    return faulty


@for_every_operation("V", "Q2", remedy="Begin each call with a result of its own.")
def keeps_the_largest_of_all_calls(right: Function) -> Function:
    """Each element is the largest of it and of those of earlier results of its shape."""
    kept: dict[Any, Array] = {}

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        largest = np.maximum(y, kept.get((y.shape, y.dtype), y))
        kept[y.shape, y.dtype] = largest
        return np.array(largest)

    return faulty


@for_every_operation("V", "Q9", remedy="Count rows and columns in a wider integer.")
def starts_again_after_256(right: Function) -> Function:
    """Rows and columns are counted in eight bits: from the 257th on the first ones come again."""
    return starting_again(right, 2**8)


@for_every_operation("V", "Q9", remedy="Count rows and columns in a wider integer.")
def starts_again_after_65536(right: Function) -> Function:
    """Rows and columns are counted in sixteen bits: then the first ones come again."""
    return starting_again(right, 2**16)


def starting_again(right: Function, most: int) -> Function:
    """The right result, with rows and columns taken modulo a number."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        for axis in range(min(y.ndim, 2)):
            y = y.take(np.arange(y.shape[axis]) % most, axis)
        return y

    return faulty


@for_every_operation(
    "Q4", remedy="Return a new array from each call, or a copy of the buffer.", noticed="earlier"
)
def writes_into_one_buffer(right: Function) -> Function:
    """Results of one shape are written into one buffer, again and again."""
    buffers: dict[Any, Array] = {}

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        buffer = buffers.setdefault((y.shape, y.dtype), y)
        buffer[...] = y
        return buffer

    return faulty


@for_every_operation("Q4", remedy="Return an array of its own, not a broadcast or frozen one.")
def gives_a_read_only_result(right: Function) -> Function:
    """The result cannot be written to."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        y.flags.writeable = False
        return y

    return faulty


@for_every_operation("Q10", remedy="Print nothing from within, or log.", seen="the article")
def prints_what_it_does(right: Function) -> Function:
    """Each call is announced on standard output, as the article's are."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        y = np.asarray(right(*arguments, **named))
        print("computing", y.shape)  # noqa: T201  that is the fault
        return y

    return faulty
