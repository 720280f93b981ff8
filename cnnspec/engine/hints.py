"""Hints: what a target may be meant to do, where it deviates."""

from collections.abc import Iterator

import numpy as np

from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.restrictions import is_float32, refuses_float32
from cnnspec.kit.exact import is_held
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session


def hints(session: Session, results: list[ClauseResult]) -> Iterator[str]:
    """What operations look like by the results that deviate."""
    for name, operation in REGISTRY.items():
        own = [one for one in results if one.id in operation.roles.computed]
        if any(in_float32(one) for one in own):
            yield f"{name} computes in float32; if that is meant: --dtype float32"
        reason = refuses_float32(session, name) if any(map(rejects_float32, own)) else ""
        if reason:
            yield f"{name} refuses float32 ({reason}); if that is meant: --dtype float64"


def rejects_float32(result: ClauseResult) -> bool:
    """Whether a clause deviates where floats are narrow, and there is no result."""
    example = result.counterexample
    if result.status != "fail" or example is None or example.got is not None:
        return False
    return is_float32(example.case[-1])


def in_float32(result: ClauseResult) -> bool:
    """Whether a wrong result holds numbers of float32, one of them the right one rounded to it."""
    example = result.counterexample
    if result.status != "fail" or example is None or example.got is None:
        return False
    expected, got = example.expected, example.got
    if expected is None or got.dtype != np.float64 or expected.shape != got.shape:
        return False
    with np.errstate(all="ignore"):
        rounded = expected.astype(np.float32)
    alike = (got == rounded) & (got != expected) & np.isfinite(got)  # what overflows tells nothing
    return is_held(got, "float32") and bool(alike.any())
