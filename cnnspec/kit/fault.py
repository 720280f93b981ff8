"""Fault models: known ways to be wrong, each a small variation of the reference.

Each check must kill at least one fault, and the clauses that a fault names must kill it:
`cnnspec faults` shows this. engine/diagnose.py compares a target with the faults.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from inspect import Parameter, Signature, signature
from typing import Any, Literal

import numpy as np

from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY as OPERATIONS
from cnnspec.kit.settings import BATCH
from cnnspec.spec import BATCH_RANK, Array, Edition, SpecError

Function = Callable[..., Any]
Changes = dict[str, Any]
"""Arguments, by name, that take the place of those given."""
Ask = Callable[..., "Array | None"]
"""A function that calls an operation of a target. It returns the result, or None."""


RESULT, CONSTANT = "y", "c"
"""The parameters of a fault's step for the result that it changes, and for its constant."""


class Undefined(ValueError):  # noqa: N818  it reads as what it says
    """Raised for valid input on which implementations with the same fault differ."""


Look = Literal["telling", "neutral", "contrary"]
"""What a result says of a fault: it shows it, says nothing, or rules it out."""


@dataclass(frozen=True)
class Fault:
    """A way to be wrong.

    clauses: those that it breaks. words: what is computed instead; {c} stands for the constant.
    remedy: what to mend. seen: where it was found in the wild. whole: makes a fresh faulty
    operation; None if before or after describes the fault. before: changes the arguments that the
    reference gets. after: changes its result. Both get the arguments that they declare, by name.
    across: changes the results of a batch, (B, Ho, Wo, C); its arguments are those of the first.
    stateful: whether earlier calls count. measure: asks a target for the constant that it uses.
    alike: judges a result beside the right one, for a fault whose numbers depend on the
    implementation. noticed: the flag that a target with this fault raises sometimes, although its
    results are right. general: whether any operation may have it.
    """

    id: str
    operation: str
    clauses: tuple[str, ...]
    words: str
    remedy: str
    seen: str = ""
    whole: Callable[[], Function] | None = None
    stateful: bool = False
    before: Function | None = None
    after: Function | None = None
    across: Function | None = None
    measure: Callable[[Ask], float | None] | None = None
    constant: float | None = None
    alike: Callable[[Array, Array, Array, Array], Look] | None = None
    noticed: str = ""
    general: bool = False

    @property
    def sentence(self) -> str:
        """What is computed instead."""
        short = f"{self.constant or 0.0:.6g}"
        return self.words.replace("{c}", short if short != "1" else repr(self.constant))

    @property
    def edition(self) -> Edition:
        """The edition in which it is a fault."""
        editions = clauses()[self.clauses[0]].editions
        return "standard" if "standard" in editions else editions[0]

    def make(self, edition: Edition = "standard") -> Function:
        """A fresh faulty operation."""
        if self.whole is not None and self.edition == "general":
            return offered(self.whole(), self.operation)
        if self.whole is not None:
            return self.whole()
        return composed(self.operation, edition, [self])

    def operations(self, edition: Edition = "standard") -> dict[str, Function]:
        """A target that has this fault and no other."""
        return {
            name: self.make(edition) if name == self.operation else composed(name, edition, [])
            for name in OPERATIONS
        }

    def fitted(self, ask: Ask) -> "Fault | None":
        """The fault with the constant that a target uses; None where it uses none."""
        if self.measure is None:
            return self
        constant = self.measure(ask)
        if constant is None or not np.isfinite(constant):
            return None
        return self.with_constant(constant)

    def with_constant(self, constant: float) -> "Fault":
        """The fault with a constant."""
        return replace(
            self,
            constant=constant,
            before=self.before and partial(self.before, c=constant),
            after=self.after and partial(self.after, c=constant),
        )


def composed(operation: str, edition: Edition, faults: list[Fault]) -> Function:
    """The reference with faults one after another, each of which changes arguments or result.

    A fault that is a whole operation takes the place of the reference.
    """
    wholes = [fault.whole for fault in faults if fault.whole is not None]
    right = wholes[0]() if wholes else base(operation, edition)

    def faulty(*given: Any, **named: Any) -> Any:
        if edition == "general" and given and np.ndim(given[0]) == BATCH_RANK:  # a batch
            images = np.stack([faulty(one, *given[1:], **named) for one in given[0]])
            first = OPERATIONS[operation].arguments(edition, given[0][0], *given[1:], **named)
            for fault in faults:
                if fault.across is not None:
                    images = fault.across(images, **asked_for(fault, fault.across, first))
            return images
        arguments = OPERATIONS[operation].arguments(edition, *given, **named)
        changed = arguments
        for fault in faults:
            if fault.before is not None:
                changed = {**changed, **fault.before(**asked_for(fault, fault.before, changed))}
        try:
            y = right(**changed)
        except SpecError as error:
            raise Undefined from error
        for fault in faults:
            if fault.after is not None:
                y = fault.after(y, **asked_for(fault, fault.after, arguments))
        return y

    return offering(faulty, operation, edition)


def offered(function: Function, operation: str) -> Function:
    """A whole operation of edition general that says that it takes the options."""

    def faulty(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    return offering(faulty, operation, "general")


def offering(function: Function, operation: str, edition: Edition) -> Function:
    """A function that says that it takes the options which an operation has in an edition."""
    known = OPERATIONS[operation]
    options = [one for one in known.options if edition in clauses()[one.clause].editions]
    named = [one for one in options if one.name != BATCH]
    if options:
        plain = [
            Parameter(one.name, Parameter.POSITIONAL_OR_KEYWORD, default=one.default)
            if one.default is not None
            else Parameter(one.name, Parameter.POSITIONAL_OR_KEYWORD)
            for one in known.parameters
        ]
        more = [Parameter(o.name, Parameter.KEYWORD_ONLY, default=o.default) for o in named]
        function.__dict__["__signature__"] = Signature([*plain, *more])
        function.__dict__[BATCH] = len(named) < len(options)
    return function


def asked_for(fault: Fault, step: Function, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments that a step of a fault declares.

    Sizes and strides are numbers for a fault that is one without options, too. Raises Undefined
    where they differ along rows and columns.
    """
    asked = {name: arguments[name] for name in declared(step) if name in arguments}
    if fault.edition != "general":
        for one in OPERATIONS[fault.operation].numbers:
            if isinstance(asked.get(one.name), tuple):
                rows, columns = asked[one.name]
                if rows != columns:
                    raise Undefined
                asked[one.name] = rows
    return asked


def require_known(step: Function, operation: str) -> None:
    """Raise TypeError where a step asks for an argument that its operation has not."""
    known = {*OPERATIONS[operation].names, RESULT, CONSTANT}
    unknown = [name for name in declared(step) if name not in known]
    if unknown:
        raise TypeError(f"{operation} has no argument {', '.join(unknown)}")


@cache
def declared(step: Function) -> tuple[str, ...]:
    """The names of a function's parameters."""
    return tuple(signature(step).parameters)


def base(operation: str, edition: Edition) -> Function:
    """The reference's operation."""
    return OPERATIONS[operation].reference(edition)


REGISTRY: list[Fault] = []
Register = Callable[[Function], Function]


def adder(field: str) -> Callable[..., Register]:
    """A decorator that registers a function: its name is the id, its docstring the sentence."""

    def decorator(operation: str, *clauses: str, remedy: str, **more: Any) -> Register:
        def register(function: Function) -> Function:
            if field in ("before", "after", "across"):
                require_known(function, operation)
            step = (lambda: function) if field == "fault" else function
            name = {"fault": "whole", "stateful": "whole"}.get(field, field)
            fault = Fault(
                id=function.__name__.replace("_", "-"),
                operation=operation,
                clauses=clauses,
                words=" ".join((function.__doc__ or "").split()),
                remedy=remedy,
                stateful=field == "stateful",
                **{name: step, **more},
            )
            REGISTRY.append(
                fault if fault.constant is None else fault.with_constant(fault.constant)
            )
            return function

        return register

    return decorator


fault = adder("fault")
"""Registers a faulty operation."""
stateful = adder("stateful")
"""Registers a function that makes a faulty operation with a state of its own."""
before = adder("before")
"""Registers a function that gets valid arguments, by name, and returns those that it changes.

It declares what it needs. Arrays have all their axes: conv's are (H, W, C) and (N, K, K, C).
"""
after = adder("after")
"""Registers a function that gets the result and the arguments that it declares.

It returns a new result.
"""
across = adder("across")
"""Registers a function that gets the results of a batch, and the arguments of its first image."""
