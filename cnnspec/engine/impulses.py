"""What a wrong conv or pooling does with its input, found by impulses: one pixel at a time."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from cnnspec.kit.calls import Operation
from cnnspec.kit.session import Session
from cnnspec.operations.conv import taps as conv
from cnnspec.operations.pooling import taps as pooling


@dataclass(frozen=True)
class TapMap:
    """Which inputs reach which outputs, where that is not what the specification says.

    summary: in words, as far as a rule gives it. picture: lines of text about one output.
    clauses: those that it explains.
    """

    operation: Operation
    clauses: tuple[str, ...]
    summary: list[str]
    picture: list[str]


@np.errstate(all="ignore")  # what a wrong target gives may overflow
def explained(session: Session, failed: Collection[str]) -> list[TapMap]:
    """The maps of the operations whose shape or values deviate; failed: clauses."""
    found = []
    wrong = tuple(sorted({"C6", "C7"} & set(failed)))
    if wrong:
        taps = conv.measure(session)
        if taps is not None and taps != conv.right():
            found.append(TapMap("conv", wrong, conv.summary(taps), list(conv.picture(taps))))
    wrong = tuple(sorted({"P3", "P4", "P3a", "P4a"} & set(failed)))
    if wrong:
        windows = pooling.measure(session)
        if windows is not None:
            said = pooling.summary(windows, session.edition)
            shown = list(pooling.picture(windows, session.edition))
            found.append(TapMap("pooling", wrong, said, shown))
    return found
