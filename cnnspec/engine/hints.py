"""Hints: what a target may be meant to do, where it deviates."""

from collections.abc import Iterator

import numpy as np

from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.exact import is_held
from cnnspec.kit.operation import REGISTRY


def hints(results: list[ClauseResult]) -> Iterator[str]:
    """What operations look like by the results that deviate."""
    for name, operation in REGISTRY.items():
        own = [one for one in results if one.id in operation.roles.computed]
        if any(in_float32(one) for one in own):
            yield f"{name} computes in float32; if that is meant: --dtype float32"


def in_float32(result: ClauseResult) -> bool:
    """Whether a wrong result in float64 holds numbers of float32, and the right one does not."""
    example = result.counterexample
    if result.status != "fail" or example is None or example.got is None:
        return False
    expected, got = example.expected, example.got
    return (
        expected is not None
        and got.dtype == np.float64
        and expected.shape == got.shape
        and is_held(got, "float32")
        and not is_held(expected, "float32")
    )
