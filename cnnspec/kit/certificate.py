"""What is asked of a certificate, and what it says."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from cnnspec.kit.calls import Case
from cnnspec.kit.session import Session
from cnnspec.kit.text import enumerated

Refutation = tuple[str, Case, str]
"""A clause, a case that breaks it, and how it does, in words."""

Progress = Callable[[str, float], None]
"""A function that is told what is being done, and which part of it is done."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a certificate.

    side: the largest side of images. every: whether all numbers are tried, where that takes long.
    seconds, limit: a target that takes longer, by its pace or by the clock, is given no
    certificate.
    """

    side: int
    seed: int
    seconds: float
    limit: float
    every: bool = False


@dataclass
class Certificate:
    """What was found of one operation.

    clauses: those that it covers. holds: whether the operation is certified. sentence: what exactly
    is claimed, or why nothing is. short: the same in a few words. range: that for which it is
    certified. shapes, evaluations: how many
    were tried. declined: shapes that the target declines, by its reason. hypotheses: how often each
    was tested. error_probability: the probability that a target is certified although it deviates
    in the range, if the hypotheses are true. options: those that it covers; none if it is about the
    operation without them. With options, a shape is a setting.
    """

    operation: str
    clauses: tuple[str, ...]
    holds: bool = False
    sentence: str = ""
    short: str = ""
    range: str = ""
    shapes: int = 0
    evaluations: int = 0
    declined: Counter[str] = field(default_factory=Counter)
    hypotheses: Counter[str] = field(default_factory=Counter)
    error_probability: float = 0.0
    seconds: float = 0.0
    options: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What is certified: the operation, with its options if it is about these."""
        return self.operation + (f" with {enumerated(self.options)}" if self.options else "")

    def refuse(self, reason: str) -> None:
        """Say why nothing is certified."""
        self.holds = False
        self.sentence = f"not certified{' with options' if self.options else ''}: {reason}"


Law = Callable[[Session, Asked, Progress], tuple[Certificate, Refutation | None]]
"""A function that certifies an operation. It returns the certificate, and what refutes it."""
