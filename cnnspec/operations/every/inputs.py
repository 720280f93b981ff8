"""Checks of inputs out of the ordinary, Q5 to Q9: layouts, dtypes, NaN, subnormals, dimensions."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from cnnspec.kit import drawing, filling
from cnnspec.kit.calls import ALIAS, LAYOUTS, Argument, Call, Operation, call
from cnnspec.kit.check import check
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.session import Case, Declined, Deviation, Session, difference, returned, same
from cnnspec.operations import oracle
from cnnspec.operations.every.typical import for_each, typical
from cnnspec.spec import Array

SIGNIFICANDS = {53: "float64", 24: "float32", 11: "float16"}


@for_each
def layouts(session: Session, operation: Operation) -> Iterator[Case]:
    """Each layout, of all arrays and of one at a time."""
    for dtype, layout in product(drawing.FLOATS, LAYOUTS):
        for one in typical(session, operation, dtype=dtype):
            if layout not in ("C", "broadcast"):
                yield (one.laid_out(layout),)
                if operation == "conv":
                    yield from ((mixed(one, layout, place),) for place in (0, 1))
    if operation == "conv":
        for extent in ((3, 3), (3, 3, 2), (1, 1)):
            one = filling.conv_call(extent, (1, *extent))
            twice = one.with_arrays([one.arrays[0], one.arrays[0][np.newaxis]])
            yield (mixed(twice, ALIAS, 1),)
    for one in typical(session, operation):
        for axis in range(one.arrays[0].ndim):
            constant = [a.take([0], min(axis, a.ndim - 1)) for a in one.arrays]
            wide = [np.broadcast_to(c, a.shape) for c, a in zip(constant, one.arrays, strict=True)]
            yield (one.with_arrays([np.array(w) for w in wide]).laid_out("broadcast"),)


def mixed(one: Call, layout: str, place: int) -> Call:
    """A call with one of its arrays in a layout."""
    arguments = list(one.arguments)
    argument = arguments[place]
    assert isinstance(argument, Argument)  # noqa: S101  for the type checker
    arguments[place] = replace(argument, layout=layout)
    return replace(one, arguments=tuple(arguments))


@check("Q5", witness="the same call on plain arrays", cases=layouts)
def layout(session: Session, case: Case) -> None:
    """Memory layout, byte order and read-only flags change nothing."""
    one = case[-1]
    wanted = session.outcome(one.laid_out("C"))
    if wanted.value is None:
        raise Declined("the plain call has no result")
    same(session.result(one), wanted.value)


DTYPES = ("bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


@for_each
def dtypes(_session: Session, operation: Operation) -> Iterator[Case]:
    """Every dtype, small numbers and those near its limits; and mixtures."""
    for dtype in (*DTYPES, "float16", "float32", "float64"):
        for shape in ((4, 5, 2), (3, 3, 1)):
            x = near_limits(shape, dtype)
            if operation == "conv":
                if np.dtype(dtype).kind != "f":  # one product for a pixel: nothing is to round
                    weights = np.ones((1, 1, 1, shape[2]), dtype)
                    weights[..., 1:] = 0
                    yield (call("conv", x, weights),)
                    yield (call("conv", x[..., :1], weights[..., :1] + weights[..., :1]),)
                    bank = near_limits((5, 1, 1, 1), dtype)
                    yield (call("conv", np.ones((2, 2, 1), dtype), bank),)
                    yield (call("conv", np.ones((2, 2, 1)), bank),)
                small = random_small(shape, dtype)
                yield (call("conv", small, random_small((2, 3, 3, shape[2]), dtype)),)
            elif operation == "relu":
                yield (call("relu", x),)
                yield (call("relu", 0 - x if x.dtype.kind == "f" else x[::-1].copy()),)
            else:
                yield (call("pooling", x, 2, 1),)
                if np.dtype(dtype).kind in "if":  # so that a maximum that begins at 0 shows
                    yield (call("pooling", -1 - np.abs(random_small(shape, dtype)), 2, 1),)
    if operation == "conv":
        for left, right in product((*DTYPES, "float16", "float32", "float64"), repeat=2):
            x, w = random_small((4, 5, 2), left), random_small((2, 3, 3, 2), right)
            if promoted([x, w]) == np.float64 and w.dtype.kind == "f":
                w = w + w.dtype.type(2.0**-10 if right == "float16" else 2.0**-12)
            yield (call("conv", x, w),)


def promoted(arrays: list[Array]) -> np.dtype[Any]:
    """The dtype to which arrays are promoted, integers counting as float64 (Q6)."""
    return np.result_type(*(float if a.dtype.kind in "biu" else a.dtype for a in arrays))


def near_limits(shape: tuple[int, ...], dtype: str) -> Array:
    """Values of a dtype next to its limits and to zero, each of which float64 holds exactly."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.resize([True, False, True, True], shape)
    if kind.kind == "f":
        most = float(np.finfo(kind).max)
        return np.resize(np.array([-most, -most / 2, -most / 4, -most / 8], dtype), shape)
    info = np.iinfo(dtype)
    spare = max(0, int(info.max).bit_length() - 53)  # a float64 holds 53 bits of an integer
    top = int(info.max) >> spare << spare
    values = [top, 1, info.min, 0, top // 2 + 1 if info.bits <= 32 else 2**40 + 1]
    return np.resize(np.array(values, dtype), shape)


def random_small(shape: tuple[int, ...], dtype: str) -> Array:
    """Small whole numbers, whose products do not fit into eight bits."""
    random = filling.random_for("small", shape, dtype)
    low, high = (0, 2) if dtype == "bool" else (0, 60) if dtype.startswith("u") else (-60, 61)
    if dtype == "float16":
        low, high = -8, 9
    return random.randint(low, high, shape).astype(dtype)


@check("Q6", witness="the promoted dtype; exact values", cases=dtypes)
def precision(session: Session, case: Case) -> None:
    """The result is no less precise than the inputs, and integers are promoted first."""
    one = case[-1]
    got = session.result(one)
    least = promoted(one.arrays)
    given = session.client.dtype
    if given and significand_bits(np.dtype(given)) < significand_bits(least):
        raise Declined(f"floats are given as {given}")
    kept = one.operation != "conv" and one.arrays[0].dtype.kind in "biu" and got.dtype.kind in "biu"
    if not kept:
        if got.dtype.kind != "f":
            raise Deviation(f"the result's dtype is {got.dtype}, which is not floating", None, got)
        if significand_bits(got.dtype) < significand_bits(least):
            raise Deviation(f"the result is {got.dtype}, less precise than {least}", None, got)
    wide = one.with_arrays([a.astype(float) for a in one.arrays])
    if not session.sound(wide):
        raise Declined("the same numbers as float64 deviate too")
    same(got, session.expected(one))


@for_each
def not_finite(session: Session, operation: Operation) -> Iterator[Case]:
    """NaN and infinities at every place of small inputs, and strewn over larger ones."""
    for value in (np.nan, -np.nan, np.inf, -np.inf):  # a NaN has a sign too
        for one in typical(session, operation):
            for place, array in enumerate(one.arrays):
                for spot in range(array.size):
                    arrays = [a.copy() for a in one.arrays]
                    arrays[place].flat[spot] = value
                    yield (one.with_arrays(arrays),)
    for extent in (
        (9, 11, 1),
        (9, 11, 3),
        (7, 8, 5),
        (6, 6, 8),
        (5, 7, 9),
        (5, 6, 16),
        (5, 5, 17),
        (12, 35, 33),
    ):
        for dtype in ("float64", "float32"):
            yield from strewn(session, operation, extent, dtype)
    if operation == "conv":
        for value in (np.nan, np.inf):  # 0 * inf is NaN, on either side
            for one in typical(session, operation):
                for place in (0, 1):
                    arrays = [np.zeros_like(a) for a in one.arrays]
                    arrays[place].flat[arrays[place].size // 2] = value
                    yield (one.with_arrays(arrays),)
        x = np.array([[np.inf, 1, 2, 3, 4]] * 2 + [[1.0, 2, 3, 4, 5]] * 2)
        w = np.zeros((1, 3, 3))
        yield (call("conv", x, w),)  # 0 * inf is NaN
        w[0, 1, 1] = 1
        yield (call("conv", x, w),)
        yield (call("conv", np.full((3, 3), np.inf), w + 1),)
        yield (call("conv", np.array([[np.inf, -np.inf, 1.0]] * 3), w + 1),)


def strewn(
    session: Session, operation: Operation, extent: tuple[int, ...], dtype: str
) -> Iterator[Case]:
    """One map of an extent with values that are not finite here and there."""
    random = filling.random_for("strewn", extent, dtype)
    x = filling.whole(random, extent, 6)
    spots = random.choice(x.size, max(2, x.size // 40), replace=False)
    x.flat[spots] = random.choice([np.nan, -np.nan, np.inf, -np.inf], len(spots))
    same_in_all = np.repeat(x[:, :, :1], extent[2], axis=2)
    for one in (x, same_in_all, np.where(np.isnan(x), -np.inf, x), np.full(extent, -np.inf)):
        image = one.astype(dtype)
        if operation == "conv":
            weights = filling.whole(random, (2, 3, 3, extent[2]), 4).astype(dtype)
            yield (call("conv", image, weights),)
        elif operation == "relu":
            yield (call("relu", image),)
        else:
            for size, stride in ((2, 2), (3, 1), (1, 1), (3, 2)):
                made = call("pooling", image, size, stride)
                if oracle.broken(made, session.edition) is None:
                    yield (made,)


@check("Q7", witness="IEEE 754 arithmetic in spec.py", cases=not_finite)
def not_finite_values(session: Session, case: Case) -> None:
    """A NaN or an infinity reaches exactly the outputs whose window holds it."""
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.value is not None and difference(outcome.value, session.expected(one)) is None:
        return
    finite = one.with_arrays(
        [np.nan_to_num(a, nan=1.0, posinf=3.0, neginf=-2.0) for a in one.arrays]
    )
    if not session.sound(finite):
        raise Declined("finite numbers in the same places deviate too")
    same(returned(outcome), session.expected(one))


@for_each
def tiny(session: Session, operation: Operation) -> Iterator[Case]:
    """Subnormal numbers, alone and in numbers; products and sums that are subnormal."""
    for bits, dtype in SIGNIFICANDS.items():
        if bits > session.significand.get(operation, 53):
            continue
        if dtype == "float16" and operation == "conv":  # its sums are judged in wider dtypes
            continue
        info = np.finfo(dtype)
        least, normal = float(info.smallest_subnormal), float(info.tiny)
        for value in (least, normal / 2, normal - least, normal):
            x = np.full((3, 4, 2), value)
            x[1] *= -1
            x[2, 2] = 0
            image = x.astype(dtype)
            if operation == "relu":
                yield (call("relu", image),)
            elif operation == "pooling":
                yield (call("pooling", image, 1, 1),)
                yield (call("pooling", -np.abs(image), 2, 1),)
                yield (call("pooling", image, 2, 1),)
            else:
                yield (call("conv", image, np.array([1, 0], dtype).reshape(1, 1, 1, 2)),)
                if value != normal - least:  # a sum of nine is a float too
                    yield (call("conv", image[:, :, 0], np.ones((1, 3, 3), dtype)),)
        if operation == "conv":
            half = 2.0 ** (info.minexp // 2)
            yield (
                call("conv", np.full((3, 3), half * 0.5, dtype), np.full((1, 1, 1), half, dtype)),
            )
            yield (call("conv", np.ones((3, 3), dtype), np.full((1, 3, 3), least, dtype)),)


@check("Q8", witness="IEEE 754 arithmetic in spec.py", cases=tiny)
def subnormals(session: Session, case: Case) -> None:
    """Subnormal numbers survive."""
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.value is not None and difference(outcome.value, session.expected(one)) is None:
        return
    ordinary = one.with_arrays([np.sign(a) * 3 for a in one.arrays])
    if not session.sound(ordinary):
        raise Declined("ordinary numbers in the same places deviate too")
    same(returned(outcome), session.expected(one))


@for_each
def dimensions(session: Session, operation: Operation) -> Iterator[Case]:
    """Each dimension at and around the sizes of blocks and counters, the others small."""
    blocks = filling.BLOCKS if session.thorough else (16, 256)
    sizes = [*filling.around(blocks), filling.BEYOND_16_BITS]
    if operation == "conv":
        bits = session.significand.get("conv", 53)
        for n in sizes:
            for image, filters in (
                ((n, 4), (2, 3, 3)),
                ((4, n), (2, 3, 3)),
                ((3, 4, n), (1, 1, 1, n)),
                ((3, 4, 2), (n, 1, 1, 2)),
            ):
                if min(image[:2]) >= filters[1]:
                    yield (filling.conv_call(image, filters, significand=bits, seed="dimension"),)
        for n in filling.around(blocks, 1025):
            yield (filling.conv_call((3, 3, n), (2, 3, 3, n), significand=bits),)
            yield (filling.conv_call((4, 3, 2), (n, 3, 3, 2), significand=bits),)
            if n % 2 and n <= 129:
                yield (filling.conv_call((n + 1, n + 1), (1, n, n), significand=bits),)
        for image, filters in (
            ((258, 258), (1, 257, 257)),
            ((40, 41, 5), (6, 5, 5, 5)),
            ((70, 33, 3), (4, 7, 7, 3)),
            ((8, 9, 32), (32, 3, 3, 32)),
            ((9, 7, 64), (64, 1, 1, 64)),
            ((18, 19, 130), (17, 3, 3, 130)),
            ((130, 131), (2, 3, 3)),
            ((300, 280), (1, 3, 3)),
            ((35, 36), (1, 33, 33)),
        ):
            yield (filling.conv_call(image, filters, significand=bits),)
        return
    for n in sizes:
        for extent in ((n, 3, 1), (3, n, 1), (3, 3, n)):
            x = filling.filled(extent, "negative" if operation == "pooling" else "wide")
            if operation == "relu":
                yield (call("relu", x),)
            else:
                yield from valid(session, call("pooling", x, min(2, *extent[:2]), 1 + n % 2))
    if operation == "relu":
        yield (call("relu", filling.filled((260, 260, 3), "ordinary")),)
        return
    for n in [*filling.around(blocks, 257), 1025]:
        x = filling.filled((n + 2, n + 1, 1), "negative")
        yield from valid(session, call("pooling", x, n, 1))
        strip = filling.filled((n + 3, 2 * n + 3, 1), "negative")
        yield from valid(session, call("pooling", strip, 2, n))
    for extent in ((130, 131, 3), (70, 70, 16)):
        x = filling.filled(extent, "negative")
        for size, stride in ((2, 2), (3, 2), (5, 3), (7, 7)):
            yield from valid(session, call("pooling", x, size, stride))


def valid(session: Session, one: Call) -> Iterator[Case]:
    """A case of one call, if that is valid in the edition of the session."""
    if oracle.broken(one, session.edition) is None:
        yield (one,)


@check("Q9", witness="NumPy on exact grids", cases=dimensions)
def no_limit(session: Session, case: Case) -> None:
    """No dimension has a limit but memory."""
    same(session.result(case[-1]), session.expected(case[-1]))
