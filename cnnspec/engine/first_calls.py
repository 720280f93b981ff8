"""A few trivial calls before any clause: whether the target can be called, in which layout."""

import time
from dataclasses import dataclass
from itertools import product

import numpy as np

from cnnspec.kit.calls import LOST, Call, Operation, Outcome, call
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import filled
from cnnspec.kit.session import Declined, Session, difference
from cnnspec.operations import oracle
from cnnspec.targets.adapters import FILTER_LAYOUTS, IMAGE_LAYOUTS, filters_to, image_from, image_to

FLOAT64_BITS = 53


def trivial(operation: Operation) -> list[Call]:
    """The simplest calls of an operation; their dimensions differ, so that a mix-up shows."""
    image = np.arange(1.0, 43).reshape(6, 7)
    weights = np.arange(1.0, 28).reshape(3, 3, 3) % 7 - 2
    colour = np.stack([image, image[::-1] * 2, image % 5], axis=2)
    if operation == "conv":
        bank = np.stack([weights, weights[::-1], weights % 3, -weights], axis=3)
        return [
            call("conv", image, weights[:1]),
            call("conv", image[:6, :6], weights),
            call("conv", image, weights),
            call("conv", colour, np.moveaxis(bank, 3, 0)),
        ]
    if operation == "relu":
        return [call("relu", x - 20) for x in (colour, colour[:6, :6], colour[:, :, :1])]
    return [
        *(call("pooling", x, 2, 2) for x in (colour, colour[:6, :6], colour[:, :, :1])),
        call("pooling", colour, 3, 1),
    ]


@dataclass(frozen=True)
class Smoke:
    """What came of the first calls: why an operation cannot be judged, or declines; a hint."""

    problem: str = ""
    declined: str = ""
    hint: str = ""


def smoke(session: Session, operation: Operation) -> Smoke:
    """Call an operation for the first time."""
    outcomes = []
    declined = ""
    hung = session.lost["hung"]
    for one in trivial(operation):
        try:
            outcomes.append((one, session.outcome(one)))
        except Declined as reason:
            declined = str(reason)
        if session.lost["hung"] > hung:  # each further call may cost as long
            break
    got = [(one, outcome) for one, outcome in outcomes if outcome.value is not None]
    hint = ""
    hangs = session.lost["hung"] > hung
    if not hangs and not all(right(session, one, outcome) for one, outcome in outcomes):
        hint = looks_like(session, operation)
    if not got and not hint:
        if not outcomes:
            return Smoke(declined=declined)
        return Smoke(problem=complaint(session, operation, [o for _, o in outcomes]))
    if got:
        learn(session, operation, got[0][1])
    return Smoke(hint=hint)


def right(session: Session, one: Call, outcome: Outcome) -> bool:
    """Whether an outcome is what was expected."""
    return outcome.value is not None and difference(outcome.value, session.expected(one)) is None


def learn(session: Session, operation: Operation, outcome: Outcome) -> None:
    """Note the precision that the target gives for float64, and how fast it is."""
    if outcome.value is not None and outcome.value.dtype.kind == "f":
        bits = significand_bits(outcome.value.dtype)
        session.significand[operation] = min(bits, FLOAT64_BITS)  # the witnesses have no more
    x = filled((40, 40, 1), "ordinary")
    if operation == "conv":
        one = call("conv", x[:, :, 0], np.ones((1, 3, 3)))
        steps = 38 * 38 * 9
    else:
        one = call("relu", x) if operation == "relu" else call("pooling", x, 2, 2)
        steps = x.size
    session.seconds_per_call[operation] = duration(session, trivial(operation)[-1])
    session.seconds_per_step[operation] = duration(session, one) / steps


def duration(session: Session, one: Call) -> float:
    """How many seconds a call takes; 0 where the target declines it."""
    start = time.perf_counter()
    try:
        session.outcome(one)
    except Declined:
        return 0.0
    return time.perf_counter() - start


def complaint(session: Session, operation: Operation, outcomes: list[Outcome]) -> str:
    """Why an operation could not be judged, and what to mend."""
    last = outcomes[0]
    if last.kind == "no array":
        return f"{operation} returned {last.message}; a target returns an array (see cnnspec.adapt)"
    if last.kind in LOST:
        return f"{operation} on the simplest input: {last.message}"
    required = session.client.operations.get(operation)
    given = len(trivial(operation)[0].arguments)
    if required is not None and required > given:
        counts = f"{required} arguments and is given {given}"
        return f"{operation} requires {counts} ({last.reason}); wrap it"
    way = f"it is called as {signature(operation)}"
    return f"{operation} rejects the simplest input: {last.reason}; {way}"


def signature(operation: Operation) -> str:
    """How a target is called."""
    arguments = {
        "conv": "image (H, W), filters (N, K, K)",
        "relu": "feature_map (H, W, C)",
        "pooling": "feature_map (H, W, C), size, stride",
    }[operation]
    return f"{operation}({arguments})"


def looks_like(session: Session, operation: Operation) -> str:
    """The layout in which the target is right, if there is one: a line that adapts it."""
    one = trivial(operation)[-1 if operation == "conv" else 0]
    wanted = session.expected(one)
    images = [layout for layout in IMAGE_LAYOUTS if layout != "HW"]
    banks = FILTER_LAYOUTS[:4] if operation == "conv" else ("NKKC",)
    for taken, bank in product(images, banks):
        arrays = [image_to(taken, one.arrays[0])]
        if operation == "conv":
            arrays.append(filters_to(bank, one.arrays[1]))
        try:
            value = session.outcome(one.with_arrays(arrays)).value
        except Declined:
            continue
        for given in images:
            if value is None or (taken, bank, given) == ("HWC", "NKKC", "HWC"):
                continue
            try:
                alike = difference(image_from(given, value), wanted) is None
            except ValueError:
                continue
            if alike:
                more = f', filters="{bank}"' if operation == "conv" and bank != "NKKC" else ""
                result = f', result="{given}"' if given != taken else ""
                reads = f"{taken} images" + (f" and {bank} filters" if more else "")
                adapter = f'cnnspec.adapt({operation}=..., image="{taken}"{more}{result})'
                return f"{operation} reads {reads} and returns {given}; this adapts it: {adapter}"
    if operation == "pooling":
        return swapped(session)
    return ""


def swapped(session: Session) -> str:
    """Whether pooling takes its stride before its size."""
    x = trivial("pooling")[0].arrays[0]
    one = call("pooling", x, 3, 1)
    try:
        value = session.outcome(call("pooling", x, 1, 3)).value
    except Declined:
        return ""
    if value is not None and difference(value, oracle.expected(one, session.edition)) is None:
        return (
            "pooling takes (feature_map, stride, size); a target takes (feature_map, size, stride)"
        )
    return ""
