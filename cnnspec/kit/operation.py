"""What the verifier knows of an operation: one value, found by its name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.exact import FLOATS_BY_BITS, grid_bits, is_held
from cnnspec.kit.numerals import Setting, whole
from cnnspec.kit.settings import Form
from cnnspec.spec import Array, Edition

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from cnnspec.kit.aspects import Crossing
    from cnnspec.kit.calls import Case
    from cnnspec.kit.certificate import Law as Certifying
    from cnnspec.kit.explanation import Explanation
    from cnnspec.kit.looking import Looking
    from cnnspec.kit.option_aspects import Options
    from cnnspec.kit.session import Session
    from cnnspec.kit.working import Shown

Function = Callable[..., Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation: an array, or a whole number.

    axes: the letters of an array's axes, in each of the forms that it may have. letter: the letter
    of a number. default: the value of a number that is left out.
    """

    name: str
    axes: tuple[str, ...] = ()
    letter: str = ""
    default: int | None = None

    def __str__(self) -> str:
        if not self.axes:
            return self.name
        return f"{self.name} ({', '.join(self.axes[0])})"


@dataclass(frozen=True)
class Option:
    """A parameter that a target may lack: it is asked for the default alone then.

    It is given by name. default: what it is where it is left out. clause: what it does; of_words:
    the same of a word. forms: those that its value may have (settings.py).
    """

    name: str
    default: Setting | None = 0
    clause: str = ""
    forms: tuple[Form, ...] = ("number",)
    of_words: str = ""


@dataclass(frozen=True)
class Law:
    """What the clause of an option says, as a call without it.

    without: a call that gives the same as another, or of which that one gives a part; the same call
    where it has not got the option. others: more such calls, if the option is right where one of
    them is wrong.
    """

    clause: str
    without: Callable[[Call], Call]
    others: Callable[[Call], list[Call]] = lambda _call: []


Guard = tuple[str, str]  # a condition as code, and a message


@dataclass(frozen=True)
class Roles:
    """The ids of an operation's clauses by what they are about.

    shape, values: for each edition in which the operation differs, or under "" for all. rounding:
    the bound of the error, if results are rounded. order: which of several causes is reported.
    causes: for clauses of invalid input, words that a message uses if it does not name the clause.
    guards: for them, in their order, a condition in Python that such input meets, with NumPy as np,
    and what to say of it; a condition may have several lines. guards_with: those that are others in
    edition general, under ""; and, under the name of an option, where a target takes it.
    """

    shape: Mapping[str, str]
    values: Mapping[str, str]
    rounding: str = ""
    order: str = ""
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guards: Mapping[str, Guard] = field(default_factory=dict)
    guards_with: Mapping[str, Mapping[str, Guard]] = field(default_factory=dict)

    def of(self, edition: Edition) -> tuple[str, str]:
        """The clauses of shape and of values in an edition."""
        return tuple(  # type: ignore[return-value]
            ids[edition] if edition in ids else ids[""] for ids in (self.shape, self.values)
        )

    @property
    def exact(self) -> frozenset[str]:
        """All clauses of shape and values."""
        return frozenset([*self.shape.values(), *self.values.values()])

    @property
    def computed(self) -> frozenset[str]:
        """All clauses of what is computed."""
        return self.exact | ({self.rounding} if self.rounding else set())


class Inputs(Protocol):
    """The inputs of an operation: a module of functions, each of which gives calls.

    A function that depends on the target (its precision, its edition) asks the session.
    """

    def first(self) -> list[Call]:
        """The simplest valid calls; their dimensions differ, so that a mix-up shows."""

    def timed(self) -> Call:
        """A call of ordinary size, to time one step."""

    def typical(self, session: "Session", seed: object = 0, dtype: str = "float64") -> list[Call]:
        """A few valid calls, of different shapes and parameters."""

    def larger(self) -> Call:
        """A call that is larger than the typical ones."""

    def idle(self) -> Call:
        """A call that leaves its first array as it is: an implementation may return its input."""

    def more_idle(self) -> list[Call]:
        """More such calls: of several channels, one channel, and numbers that all differ."""

    def drawn(self, session: "Session") -> "SearchStrategy[Case]":
        """Valid calls that Hypothesis draws."""

    def invalid(self) -> Iterable[Call]:
        """Invalid calls, each of which breaks one clause at least."""

    def worse(self) -> Iterable[Call]:
        """Invalid calls that break several clauses, and sizes that are not positive."""

    def aliased(self) -> Iterable[Call]:
        """Calls of which one array is a view of another."""

    def dtypes(self) -> Iterable[Call]:
        """Calls in every dtype, with small numbers and numbers near its limits; mixed dtypes."""

    def not_finite(self, session: "Session") -> Iterable[Call]:
        """More calls with NaN and infinities; the check puts one at each place of typical calls."""

    def tiny(self, session: "Session", bits: int, dtype: str) -> Iterable[Call]:
        """Subnormal numbers of a dtype, alone and among others."""

    def dimensions(self, blocks: tuple[int, ...]) -> Iterable[Call]:
        """Each dimension at and around the sizes of blocks and counters, the others small.

        The calls are hollow: see `hollow`.
        """

    def with_numbers(self, session: "Session", empty: Call) -> Call:
        """A hollow call with numbers in its arrays, which belong to its shapes."""

    def questions(self) -> dict[str, Call]:
        """For each thing that the clauses leave open, a call that shows what a target does."""

    def probes(self, session: "Session") -> Iterable["Case"]:
        """Valid calls of all sizes, with numbers of all kinds, by which faults are told apart."""


class Oracle(Protocol):
    """What a call of an operation shall give: a module of functions.

    For a large call, its code is neither the specification's nor the reference's.
    """

    def broken(self, call: Call, edition: Edition, /) -> str | None:
        """The first clause that rejects a call, or None where it is valid."""

    def instead(self, call: Call, /) -> Array | None:
        """The result that edition standard allows for an invalid call, if any.

        NOTHING stands for one without elements.
        """

    def expected(self, call: Call, edition: Edition, /) -> Array:
        """What a valid call gives, in float64; on an exact grid to the bit."""

    def work(self, call: Call, /) -> int:
        """An upper estimate of the steps that a call takes."""


@dataclass(frozen=True, eq=False)
class Operation:
    """An operation.

    definition, reference: the function of the book, and of the reference, in an edition.
    arguments: valid arguments by name, as fault models get them. Raises SpecError.
    oracle: what a call shall give.
    cuts: calls with one dimension smaller.
    law: certifies it. option_law: certifies it with its options.
    impulses: shows what a wrong implementation does with its input.
    keeps_integers: whether a result may keep an integer dtype (Q6).
    bound: for a call on an exact grid, and the bits of a target's significand, how far each element
    of a result may lie from the expected one; None if the two must be equal.
    crossing: how its calls vary in all aspects at once.
    shown: shows it to a person.
    options: the parameters that a target may lack. laws: of them, in the order in which options
    are taken away from a call that has several. varied: how they vary. looking: how it looks
    through windows, which options move.
    alike: a regular expression for other names that people give the operation.
    """

    name: str
    parameters: tuple[Parameter, ...]
    roles: Roles
    definition: Callable[[Edition], Function]
    reference: Callable[[Edition], Function]
    arguments: Callable[..., dict[str, Any]]
    oracle: Oracle
    inputs: Inputs
    cuts: Callable[[Call], Iterator[Call]]
    law: "Certifying | None" = None
    option_law: "Certifying | None" = None
    impulses: "Callable[[Session], Explanation | None] | None" = None
    keeps_integers: bool = False
    bound: Callable[[Call, int], Array] | None = None
    crossing: "Crossing | None" = None
    shown: "Shown | None" = None
    options: tuple[Option, ...] = ()
    laws: tuple[Law, ...] = ()
    varied: "Options | None" = None
    looking: "Looking | None" = None
    alike: str = "(?!)"

    @cached_property
    def arrays(self) -> tuple[Parameter, ...]:
        """The parameters that are arrays; they come first."""
        return tuple(one for one in self.parameters if one.axes)

    @cached_property
    def numbers(self) -> tuple[Parameter, ...]:
        """The parameters that are numbers."""
        return tuple(one for one in self.parameters if not one.axes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all that a call may be given, in their order."""
        plain = [one.name for one in self.parameters]
        return (*plain, *(one.name for one in self.options))

    @cached_property
    def needed(self) -> frozenset[str]:
        """The names of the parameters, without options."""
        return frozenset(one.name for one in self.parameters)

    def option(self, name: str) -> Option | None:
        """The option of a name, if there is one."""
        return next((one for one in self.options if one.name == name), None)


NOTHING = np.zeros(0)
"""Stands for a result without elements, of any shape."""

REGISTRY: dict[str, Operation] = {}
"""Every operation by its name; the catalogue fills it."""


def call(operation: str, *arguments: Array | Setting, **named: Array | Setting) -> Call:
    """A call with plain arrays, its arguments in the order of the parameters, or named.

    Raises KeyError for an operation that nobody registered, TypeError for an argument too many.
    """
    names = REGISTRY[operation].names
    if len(arguments) > len(names):
        raise TypeError(f"{operation} has {len(names)} parameters, not {len(arguments)}")
    given = [*zip(names, arguments, strict=False), *named.items()]
    return Call(
        operation,
        {name: Argument(a) if isinstance(a, np.ndarray) else a for name, a in given},
    )


def hollow(operation: str, *shapes: tuple[int, ...], numbers: Iterable[int] = ()) -> Call:
    """A call whose arrays have a shape and no numbers yet: zeros that take no memory.

    Of many large calls a few are made, and those are filled then.
    """
    arrays = (np.broadcast_to(np.zeros(()), shape) for shape in shapes)
    return call(operation, *arrays, *numbers)


def optional_parameters() -> dict[str, list[str]]:
    """For each operation that has parameters which a target may lack, their names."""
    return {
        name: [option.name for option in one.options]
        for name, one in REGISTRY.items()
        if one.options
    }


def plain_numbers(call: Call) -> list[Setting]:
    """The numbers of a call that no target may lack."""
    numbers, given = operation_of(call).numbers, call.plain
    return [given[one.name] for one in numbers if one.name in given]


def operation_of(call: Call) -> Operation:
    """The operation of a call. Raises KeyError for a name that nobody registered."""
    return REGISTRY[call.operation]


def dimensions_of(call: Call) -> dict[str, int]:
    """The extents of a call by their letters: of each axis, and each number."""
    operation = operation_of(call)
    found: dict[str, int] = {}
    for parameter, array in zip(operation.arrays, call.arrays, strict=False):
        form = next((one for one in parameter.axes if len(one) == array.ndim), parameter.axes[-1])
        for letter, extent in zip(form, array.shape, strict=False):
            found[letter] = max(extent, found.get(letter, 0))
    given = call.plain
    numbers = [one for one in operation.numbers if one.name in given]
    return found | {one.letter: larger(given[one.name]) for one in numbers}


def larger(setting: Setting) -> Any:
    """A number, or the larger one of a pair."""
    return max(setting) if isinstance(setting, tuple) else whole(setting)


def option_clauses(call: Call) -> list[str]:
    """The clauses of the options of a valid call, in the order in which they are taken away."""
    laws = operation_of(call).laws
    return list(dict.fromkeys(law.clause for law in laws if law.without(call) is not call))


def option_clause(call: Call) -> str:
    """The clause of the first option that is taken away from a valid call; nothing without any."""
    return next(iter(option_clauses(call)), "")


def is_empty(call: Call) -> bool:
    """Whether a dimension is 0: such a call may be refused."""
    return min(dimensions_of(call).values(), default=1) == 0


def letters() -> str:
    """The dimensions that a program may have a limit for."""
    forms = [
        *(form for one in REGISTRY.values() for array in one.arrays for form in array.axes),
        *(number.letter for one in REGISTRY.values() for number in one.numbers),
    ]
    return "".join(dict.fromkeys("".join(forms)))


def is_exact(call: Call, bits: int) -> bool:
    """Whether no rounding can happen in a valid call of finite numbers, in any order of summation.

    bits: of the target's significand. An operation without a clause of rounding never rounds.
    """
    dtype = FLOATS_BY_BITS.get(bits, "float64")
    if not all(np.isfinite(a).all() and is_held(a, dtype) for a in call.arrays):
        return False
    if not operation_of(call).roles.rounding:
        return True
    return sum(map(grid_bits, call.arrays)) <= bits


def broken(call: Call, edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    return operation_of(call).oracle.broken(call, edition)


def expected(call: Call, edition: Edition) -> Array:
    """What a valid call gives."""
    return operation_of(call).oracle.expected(call, edition)
