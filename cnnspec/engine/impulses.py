"""What a wrong operation does with its input, found by impulses: one pixel at a time."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from cnnspec.kit.explanation import Grids
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session


@dataclass(frozen=True)
class TapMap:
    """Which inputs reach which outputs, where that is not what the specification says.

    summary: the difference in words, if a rule gives it. picture: lines of text about one output.
    clauses: those that it explains. grids: the same output as cells to draw.
    """

    operation: str
    clauses: tuple[str, ...]
    summary: list[str]
    picture: list[str]
    grids: Grids | None = None


@np.errstate(all="ignore")  # what a wrong target gives may overflow
def explained(session: Session, failed: Collection[str]) -> list[TapMap]:
    """The maps of the operations whose shape or values deviate; failed: clauses."""
    found = []
    for name, operation in REGISTRY.items():
        wrong = tuple(sorted(operation.roles.exact & set(failed)))
        if wrong and operation.impulses is not None:
            said = operation.impulses(session)
            if said is not None:
                found.append(TapMap(name, wrong, said.summary, said.picture, said.grids))
    return found
