"""Finds the layouts that an implementation takes and gives, by trying them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import PurePath

from cnnspec.kit.calls import Call, Unsupported
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Declined, Session
from cnnspec.targets.adapters import filters_to, image_from, image_to
from cnnspec.targets.target import Layout, Target

IMAGES = ("NCHW", "NHWC", "CHW", "HWC")
BANKS = ("OIHW", "HWIO", "NKKC", "IOHW", "matrix")
FLAT = ("NKK", "KK")
"""Layouts of filters for images of one channel, which has no axis: HW."""

COLOUR = 3
"""The rank of an image with channels."""

PLAIN = Layout()


@dataclass(frozen=True)
class Answered:
    """A layout in which an operation gives a result of the right shape. right: and of values."""

    layout: Layout
    right: bool


def answers_of(session: Session, operation: str) -> list[Answered]:
    """The layouts but the book's in which an operation answers a call of different dimensions."""
    hung = session.lost["hung"]
    found: list[Answered] = []
    for one, tried in trials(operation):
        if session.lost["hung"] > hung:  # each further call may hang as long
            break
        answered = given_back(session, one, tried)
        if any(answer.right for answer in answered):  # it may be what was kept of another call
            answered = given_back(session, mirrored(one), tried)
        found += answered
    return [one for one in found if one.layout != PLAIN]


def layouts_of(session: Session, operation: str) -> list[Layout]:
    """The layouts in which an operation is right, on a call whose dimensions all differ."""
    return [one.layout for one in answers_of(session, operation) if one.right]


def trials(operation: str) -> Iterator[tuple[Call, Layout]]:
    """Calls, each with a layout in which it is to be made, the most common first."""
    one = next(one for one in REGISTRY[operation].inputs.first() if one.arrays[0].ndim == COLOUR)
    bank = len(one.arrays) > 1
    for image, filters in product(IMAGES, BANKS if bank else (PLAIN.filters,)):
        yield one, Layout(image, filters)
    for filters in FLAT if bank else (PLAIN.filters,):
        yield of_one_channel(one, single=filters == "KK"), Layout("HW", filters)


def mirrored(call: Call) -> Call:
    """The call with other numbers: the first axis of each array the other way round."""
    return call.with_arrays([array[::-1].copy() for array in call.arrays])


def of_one_channel(call: Call, *, single: bool) -> Call:
    """A call with its first channel alone. single: and with the first filter alone."""
    image, *banks = call.arrays
    banks = [bank[: 1 if single else None, ..., :1] for bank in banks]
    return call.with_arrays([image[..., :1], *banks])


def given_back(session: Session, call: Call, taken: Layout) -> list[Answered]:
    """How an operation answers a call in one layout, if it does: rightly, or else in shape."""
    try:
        image, *banks = call.arrays
        arrays = [image_to(taken.image, image)]
        arrays += [filters_to(taken.filters, bank) for bank in banks]
        outcome = session.outcome(call.with_arrays(arrays))
    except (Declined, Unsupported):
        return []
    value = outcome.first if outcome.value is None else outcome.value
    if value is None:
        return []
    wanted, first = session.expected(call), outcome.value is None
    found = []
    for given in [taken.image, *(one for one in ("HW", *IMAGES) if one != taken.image)]:
        with suppress(ValueError):
            result = image_from(given, value)
            layout = replace(taken, result="" if given == taken.image else given, first=first)
            if result.shape == wanted.shape:
                found.append(Answered(layout, session.difference(call, result) is None))
    return sorted(found, key=lambda one: not one.right)[:1]


def agreed(found: Mapping[str, list[Layout]]) -> dict[str, Layout]:
    """A layout for each operation: one in which the images of all are alike, if there is one."""
    known = {operation: layouts for operation, layouts in found.items() if layouts}
    images = [one.image for one in next(iter(known.values()), [])]
    shared = next(
        (i for i in images if all(any(i == one.image for one in own) for own in known.values())), ""
    )
    chosen = {
        operation: next((one for one in own if one.image == shared), own[0])
        for operation, own in known.items()
    }
    first = any(one.first for one in chosen.values())
    return {operation: replace(one, first=first) for operation, one in chosen.items()}


def instead(found: Mapping[str, tuple[Layout, ...]], raising: Collection[str]) -> dict[str, Layout]:
    """The layouts by which operations can be judged of which some raise in those of the book.

    found: for the operations that are not right in those of the book, others in which they are.
    raising: the operations that raise. Nothing, unless one of these is right in another layout.
    """
    if not any(found.get(operation) for operation in raising):
        return {}
    return agreed({operation: list(layouts) for operation, layouts in found.items()})


def sentence(target: Target, layouts: Mapping[str, Layout]) -> str:
    """What to do about operations that take other layouts, in a sentence."""
    take = f"{' and '.join(layouts)} take{'s' * (len(layouts) == 1)} other layouts"
    said = f"{take} than (H, W, C) and (N, K, K, C)"
    if target.kind != "python":
        return f"{said}: as {built(dict.fromkeys(layouts, '...'), layouts)} has it"
    return f"{said}; --layout auto judges it so, and so does a file with these lines:"


def with_others(session: Session, layouts: Mapping[str, Layout]) -> dict[str, Layout]:
    """Layouts of operations, and of those others that take the same images."""
    image = next(iter(layouts.values())).image
    found = {}
    for operation in session.offered():
        tried = [layouts[operation]] if operation in layouts else layouts_of(session, operation)
        found[operation] = [one for one in tried if operation in layouts or one.image == image]
    return agreed(found)


def adapter(target: Target, layouts: Mapping[str, Layout]) -> list[str]:
    """Statements that make a target of operations in their layouts; none for a program."""
    if target.kind != "python" or not layouts:
        return []
    own = target.wanted(layouts)
    if target.is_file and not target.path:
        module = PurePath(target.place).stem
    elif not target.path and not target.is_file:
        module = target.place
    else:
        module = ""
    functions = {o: f"{module}.{own[o]}" if module else "..." for o in layouts}
    lines = [f"import cnnspec, {module}" if module else "import cnnspec"]
    return [*lines, f"target = {built(functions, layouts)}"]


def built(functions: Mapping[str, str], layouts: Mapping[str, Layout]) -> str:
    """An expression that adapts functions, given as code. What is said once holds for all."""
    words = [f"{operation}={code}" for operation, code in functions.items()]
    images = {one.image for one in layouts.values()}
    banks = {one.filters for one in layouts.values()} - {PLAIN.filters}
    results = {one.result for one in layouts.values()}
    if len(images) > 1 or len(banks) > 1 or len(results) > 1:  # one adapter cannot say it
        return " and ".join(built({o: functions[o]}, {o: layouts[o]}) for o in functions)
    words += [f'image="{one}"' for one in images - {PLAIN.image}]
    words += [f'filters="{one}"' for one in banks]
    words += [f'result="{one}"' for one in results - {""}]
    words += ["first=True"] if any(one.first for one in layouts.values()) else []
    return f"cnnspec.adapt({', '.join(words)})"
