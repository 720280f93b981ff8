"""A fault model made of rules: what an operation computes where its parameters are misread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from cnnspec.engine.misreading.rules import BY_WHAT_IS_DONE, REMEDIES, Both, Rule
from cnnspec.kit import geometry
from cnnspec.kit.calls import Call
from cnnspec.kit.fault import Fault, Function, Undefined
from cnnspec.kit.looking import (
    Asked,
    Content,
    Laid,
    Looking,
    Moving,
    Way,
    Windows,
    as_asked,
    as_they_lie,
    fitting,
    nothing,
    reads,
)
from cnnspec.kit.operation import REGISTRY, Operation, call
from cnnspec.kit.settings import BATCH
from cnnspec.spec import BATCH_RANK, Array

FREE = "nothing"
"""The part that no clause pins: what a window gives that reads nothing."""


Beyond = Literal["nothing", "raises", "open"]
"""Beyond the padded map there is nothing, an exception is raised, or anything may happen.

In Python a slice that is too long is cut, and what comes of that depends on the code around it.
"""


@dataclass(frozen=True)
class Misreading:
    """Rules, each of another part of how windows lie, and ways in which the rest is wrong.

    ways: by the part of the operation that they are about. beyond: what comes of windows that
    reach beyond the padded map, as a misread length may let them.
    """

    rules: tuple[Rule, ...] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    beyond: Beyond = "nothing"

    def rule(self, part: str, me: Asked, asked: Both) -> Rule | None:
        """The rule of a part that is about an axis, if there is one."""
        for rule in self.by_part.get(part, ()):
            if rule.where(me, asked):
                return rule
        return None

    @cached_property
    def by_part(self) -> dict[str, list[Rule]]:
        """The rules by what they are about."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.part, []).append(rule)
        return found

    def laid(self, asked: Both) -> tuple[Laid, Laid]:
        """How windows lie. Raises ValueError where there are none."""
        rows, columns = (self.laid_along(one, asked) for one in asked)
        return rows, columns

    def laid_along(self, me: Asked, asked: Both) -> Laid:
        """How windows lie along an axis."""

        def of(part: str, right: Any) -> Any:
            rule = self.rule(part, me, asked)
            return right if rule is None else rule.step(me, *asked)

        size, stride = of("size", me.size), of("stride", me.stride)
        dilation = of("dilation", me.dilation)
        before, after = self.padding(me, asked, geometry.Line(me.extent, size, stride, dilation))
        done = Asked(me.extent, size, stride, dilation, before, after, me.word, me.ceil)
        rule = self.rule("length", me, asked)
        length = fitting(done) if rule is None else rule.step(done, me, asked)
        if length < 0:
            raise ValueError("a result has no length below 0")
        return Laid(size, stride, dilation, before, after, length)

    def padding(self, me: Asked, asked: Both, done: geometry.Line) -> tuple[int, int]:
        """What is added before an axis and behind it. done: how windows lie."""
        rule = self.rule("padding", me, asked)
        if rule is BY_WHAT_IS_DONE and me.word:
            return geometry.of_word(me.word, done)
        if rule is None or rule is BY_WHAT_IS_DONE:
            return me.before, me.after
        before, after = rule.step(me, *asked)
        return before, after

    def reads(self, asked: Both, laid: tuple[Laid, Laid]) -> tuple[Array, Array]:
        """Which places windows read along rows and along columns."""
        held = zip(self.contents(asked), self.movings(asked), strict=True)
        rows, columns = (
            reads(one, me.extent, content, moving)
            for me, one, (content, moving) in zip(asked, laid, held, strict=True)
        )
        return rows, columns

    def movings(self, asked: Both) -> tuple[Moving, Moving]:
        """How taps are moved along rows and along columns."""
        found = [self.rule("start", me, asked) for me in asked]
        rows, columns = (as_they_lie if rule is None else rule.step for rule in found)
        return rows, columns

    def contents(self, asked: Both) -> tuple[Content, Content]:
        """What stands in the padding of rows and of columns."""
        found = [self.rule("content", me, asked) for me in asked]
        rows, columns = (nothing if rule is None else rule.step for rule in found)
        return rows, columns

    def windows(self, looking: Looking, one: Call) -> Windows:
        """The windows of a call. Raises ValueError where there are none."""
        asked = looking.asked(one)
        laid = self.laid(asked)
        if self.beyond != "nothing" and any(map(is_beyond, asked, laid)):
            if self.beyond == "open":
                raise Undefined
            raise ValueError("a window reaches beyond the padded map")
        return Windows(asked, laid, self.reads(asked, laid), self.ways)

    @property
    def is_about_places(self) -> bool:
        """Whether other places may be read though windows lie as they should."""
        return any(rule.part in ("content", "start") for rule in self.rules)

    @property
    def words(self) -> list[str]:
        """What is done, each in a sentence."""
        said = [f"{one.words[:1].upper()}{one.words[1:]}." for one in self.rules]
        raising = "Where windows reach beyond the padded map then, it raises."
        more = [raising] if self.beyond == "raises" else []
        return [*said, *(way.words for way in self.ways.values()), *more]

    @property
    def id(self) -> str:
        """A name."""
        return " + ".join([*(one.id for one in self.rules), *(way.id for way in self.pinned)])

    @property
    def remedy(self) -> str:
        """What to mend."""
        several = [REMEDIES[one.part] for one in self.rules]
        return " ".join(dict.fromkeys([*several, *(way.remedy for way in self.pinned)]))

    @property
    def pinned(self) -> list[Way]:
        """The ways to be wrong in what a clause pins."""
        return [way for part, way in self.ways.items() if part != FREE]


def is_beyond(me: Asked, laid: Laid) -> bool:
    """Whether the last window ends behind the padding, where none is asked to."""
    if laid.length < 1 or laid == as_asked(me):
        return False
    reach = laid.dilation * (laid.size - 1) + 1
    return (laid.length - 1) * laid.stride + reach > laid.before + me.extent + laid.after


def fault_of(operation: str, misreading: Misreading, clauses: Sequence[str]) -> Fault:
    """A fault model of a misreading, which breaks some clauses."""
    return Fault(
        id=misreading.id,
        operation=operation,
        clauses=tuple(clauses),
        words=" ".join(misreading.words),
        remedy=misreading.remedy,
        whole=lambda: function_of(REGISTRY[operation], misreading),
    )


def function_of(operation: Operation, misreading: Misreading) -> Function:
    """The operation with a misreading."""
    right = operation.reference("general")

    def faulty(*given: Any, **named: Any) -> Any:
        if np.ndim(given[0] if given else named[operation.names[0]]) == BATCH_RANK:
            images, *others = given or [named.pop(operation.names[0])]
            return np.stack([faulty(one, *others, **named) for one in images])
        arguments = operation.arguments("general", *given, **named)
        known = {name: value for name, value in arguments.items() if value is not None}
        known.pop(BATCH, None)
        return result(operation, misreading, call(operation.name, **known), right)

    return faulty


def result(operation: Operation, misreading: Misreading, one: Call, right: Function) -> Array:
    """What a call gives. Where windows lie as the book lays them it is the reference's."""
    assert operation.looking is not None  # noqa: S101  for the type checker
    windows = misreading.windows(operation.looking, one)
    as_the_book = windows.laid == tuple(map(as_asked, windows.asked))
    if as_the_book and not misreading.ways and not misreading.is_about_places:
        return np.asarray(right(**one.plain))
    with np.errstate(all="ignore"):
        return operation.looking.made(one, windows)
