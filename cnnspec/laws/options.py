"""Certificates of options: what an operation computes at every setting of an axis, up to bounds.

Each law has a way to try one setting; the settings are the same for all. docs/certificate.md gives
the argument.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from cnnspec.kit import axis_settings
from cnnspec.kit.axis_settings import Both, Offered
from cnnspec.kit.certificate import Asked, Certificate, Law, Progress, Refutation
from cnnspec.kit.filling import random_for
from cnnspec.kit.geometry import Line
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.option_axes import Drawn
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.settings import WORDS, Form
from cnnspec.kit.taken import Taken, taken
from cnnspec.kit.text import enumerated
from cnnspec.laws.certificate import Domain, Random, Trials, certify

FEW_BITS = 24
"""Of a significand: every target holds such numbers."""

EACH, ENOUGH = 8, 200
"""A law is tested at one of so many settings, but about so often at the least if it can be."""


@dataclass(frozen=True)
class Tried:
    """A setting that is tried.

    options: the arguments of the call that are no arrays. channels: of the map, filters: of a bank.
    """

    rows: Drawn
    columns: Drawn
    options: Mapping[str, Setting]
    channels: int = 1
    filters: int = 1
    bias: bool = False

    @property
    def extents(self) -> tuple[int, int]:
        """The rows and columns of the map."""
        return self.rows.line.extent, self.columns.line.extent

    @property
    def sizes(self) -> tuple[int, int]:
        """The rows and columns of a window."""
        return self.rows.line.size, self.columns.line.size

    @property
    def steps(self) -> int:
        """About how long a call takes, beside others."""
        (height, width), (rows, columns) = self.extents, self.sizes
        return height * width * rows * columns * self.channels * self.filters

    @property
    def ceil(self) -> bool:
        """Whether lengths are rounded up."""
        return bool(self.options.get("ceil", False))


@dataclass(frozen=True)
class OptionLaw:
    """What is tried of an operation with options.

    pinned: whether each window has to read an element of the map. settings: those that are tried.
    trials: of a setting, given the bits of the target's significand, and whether a law is tested.
    error: the probability that a wrong target passes at a setting. also: in words, what is tried
    beside settings of axes. inputs, law, strength: as in Domain; the first two depend on what the
    target takes.
    """

    operation: str
    pinned: bool
    settings: Callable[[Offered, Random], list[Tried]]
    trials: Callable[[Tried, int, bool, Random], Trials]
    error: Callable[[Tried, int], float]
    also: Callable[[Taken], str]
    inputs: Callable[[int, Taken], str]
    law: Callable[[Taken], str]
    strength: str


def law_of_options(tried: OptionLaw) -> Law:
    """The law that tries every setting that a target can be given."""

    def law(
        session: Session, asked: Asked, progress: Progress
    ) -> tuple[Certificate, Refutation | None]:
        operation = REGISTRY[tried.operation]
        known = taken(session, operation)
        random = random_for("certificate of options", operation.name, asked.seed)
        able = known - set(declined(tried, session, known))
        offered = Offered(operation, able, max(asked.side - 1, 1), tried.pinned)
        blank = Certificate(
            operation.name, covered(operation, known), options=names(operation, known)
        )
        domain = domain_of(tried, offered, session.bits(operation.name), random)
        return certify(session, blank, domain, asked, progress)

    return law


ORDINARY = Drawn(Line(5, 2, 1, 1), 0, 0)
"""An axis on which a target is asked whether it tells rows from columns."""

NOT_PLAIN: Mapping[Form, Setting] = {"number": 1, "pair": (1, 2), "sides": ((1, 0), (0, 0))}
"""Settings that change something, and differ along rows and columns, or before and behind."""


def declined(tried: OptionLaw, session: Session, known: Taken) -> Iterator[tuple[str, Form]]:
    """Forms that a target takes, but declines where they change something."""
    plain: dict[str, Setting] = {one.name: 1 for one in REGISTRY[tried.operation].numbers}
    random = random_for("declined", tried.operation)
    for name, form in sorted(known):
        if name in axis_settings.OF_AXES and form in NOT_PLAIN:
            one = Tried(ORDINARY, ORDINARY, {**plain, name: NOT_PLAIN[form]})
            try:
                session.outcome(tried.trials(one, FEW_BITS, False, random).stack.first)
            except Declined:
                yield name, form


def domain_of(tried: OptionLaw, offered: Offered, significand: int, random: Random) -> Domain:
    """All settings that a target can be given."""
    settings = tried.settings(offered, random)
    longest = max(settings, key=lambda one: one.steps)
    example = tried.trials(longest, significand, False, random_for("longest", tried.operation))
    return Domain(
        shapes=len(settings),
        groups=each(tried, settings, significand, random),
        error=max((tried.error(one, significand) for one in settings), default=0.0),
        short=in_words(offered) + tried.also(offered.known),
        inputs=tried.inputs(significand, offered.known),
        law=tried.law(offered.known),
        strength=tried.strength,
        noun="settings",
        longest=example.stack.first,
    )


def each(
    tried: OptionLaw, settings: Sequence[Tried], significand: int, random: Random
) -> Iterator[Trials]:
    """The trials of each setting."""
    every = max(1, min(EACH, len(settings) // ENOUGH))
    for one in settings:
        yield tried.trials(one, significand, not random.randint(every), random)


# What is covered, and in which words


def covered(operation: Operation, known: Taken) -> tuple[str, ...]:
    """The clauses of those options that a certificate covers: all but that of a batch."""
    assert operation.varied is not None  # noqa: S101  for the type checker
    return tuple(one for one in operation.varied.alone if is_covered(operation, one, known))


def is_covered(operation: Operation, clause: str, known: Taken) -> bool:
    """Whether the target can be given what a clause is about."""
    forms = [
        (option.name, form)
        for option in operation.options
        for form in option.forms
        if clause == (option.of_words if form in WORDS and option.of_words else option.clause)
    ]
    if not forms:  # it is about sizes, and of an operation that has them as numbers about pairs
        pairs: list[tuple[str, Form]] = [(one.name, "pair") for one in operation.numbers]
        return not pairs or any(one in known for one in pairs)
    return any(one in known and one[1] != "mark" for one in forms)


def names(operation: Operation, known: Taken) -> tuple[str, ...]:
    """The options that a certificate covers: those that a target takes, but for a batch."""
    taken_ = {name for name, form in known if form != "mark"}
    return tuple(one.name for one in operation.options if one.name in taken_)


def in_words(offered: Offered) -> str:
    """The settings of axes that are tried."""
    steps = [one for one in ("stride", "dilation") if offered.takes_any(one)]
    parts = [f"extent <= {offered.extent}", f"size <= {axis_settings.SIZE}"]
    parts += [f"{' and '.join(steps)} <= {axis_settings.STRIDE}"] if steps else []
    parts += padding_in_words(offered)
    same = f" but for {enumerated(sorted(offered.single))}" if offered.single else ""
    return (
        f"{enumerated(parts)} along one axis, the other plain{same}; one for each pair of classes "
        "of rows and columns"
    )


def padding_in_words(offered: Offered) -> list[str]:
    """The padding that is tried."""
    sides = "before and after" if offered.takes("padding", "sides") else "on each side"
    parts = [f"{sides} <= {axis_settings.PADDING}"] if offered.takes_any("padding") else []
    parts += [f"in words ({', '.join(offered.words)})"] if offered.words else []
    return [f"padding {' or '.join(parts)}"] if parts else []


def along_axes(offered: Offered, random: Random) -> Iterator[tuple[Both, dict[str, Setting]]]:
    """Each setting of an axis beside a plain one, with the arguments that say it."""
    for both in offered.alone():
        options = offered.given(both, random)
        if options is not None:
            yield both, options


def across_axes(offered: Offered, random: Random) -> Iterator[tuple[Both, dict[str, Setting]]]:
    """One setting for each pair of classes of rows and columns, with the arguments that say it."""
    for both in offered.pairs(random):
        options = offered.given(both, random)
        if options is not None:
            yield both, options


def flagged(offered: Offered, both: Both, *flags: str) -> Iterator[dict[str, Setting]]:
    """All combinations of those flags that are taken. Beside a word of padding there is no ceil."""
    taken_ = [flag for flag in flags if offered.takes(flag, "flag")]
    for values in product((False, True), repeat=len(taken_)):
        found = dict(zip(taken_, values, strict=True))
        if not (both.word and found.get("ceil")):
            yield {**found}
