"""Cases and outcomes that several checks look at, each made only once."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit.calls import LOST, Argument, Array, Call, Case, Outcome
from cnnspec.kit.drafts import Drafts, of_one_call

if TYPE_CHECKING:
    from cnnspec.kit.session import Deviation

Known = dict[int, tuple[Call, Outcome]]
"""Outcomes by the id of their calls. The calls are kept, so that no other gets the same id."""


@dataclass
class Memory:
    """Cases and outcomes that were made for one check and serve others too.

    drafts: the same of cases that are made one by one. plains: calls in C order, see plain; they
    keep their arrays, so that no other has the same ids. beside: cases whose calls are made, and
    other calls that were made to judge them. sizes: for large calls, how each deviates
    from Q9, or None if it does not. drawn: for a call that was drawn for a row of aspects, its
    table and the row's number. judged: for each table, which rows were judged. plainly: for each
    operation, how many rows deviate as plain calls. noticed: calls that were looked at, whatever
    check made them, and their outcomes. expected: the last call of which it was worked out what it
    shall give, and that. invalid: for each operation, its invalid calls by the clause they break.
    """

    shared: dict[str, list[Case]] = field(default_factory=dict)
    drafts: dict[str, Drafts] = field(default_factory=dict)
    remembered: Known = field(default_factory=dict)
    plains: dict[tuple[object, ...], Call] = field(default_factory=dict)
    beside: dict[int, tuple[Case, Case]] = field(default_factory=dict)
    ready: dict[int, list[tuple[Call, Outcome]]] = field(default_factory=dict)
    sizes: "dict[tuple[object, ...], Deviation | None]" = field(default_factory=dict)
    drawn: dict[int, tuple[Call, str, int]] = field(default_factory=dict)
    judged: dict[str, set[int]] = field(default_factory=dict)
    plainly: Counter[str] = field(default_factory=Counter)
    noticed: Known = field(default_factory=dict)
    expected: tuple[Call, Array] | None = None
    invalid: dict[str, dict[str, list[Case]]] = field(default_factory=dict)

    def cases(self, name: str, make: Callable[[], Iterable[Case]]) -> list[Case]:
        """The cases of a name, made when they are first asked for."""
        if name not in self.shared:
            self.shared[name] = list(make())
        return self.shared[name]

    def drafted(self, name: str, makers: Callable[[], Iterable[Callable[[], Call]]]) -> Drafts:
        """The cases of a name, of one call each; each is made when it is first asked for."""
        if name not in self.drafts:
            self.drafts[name] = Drafts(of_one_call(makers()))
        return self.drafts[name]

    def outcome(self, call: Call, make: Callable[[Call], Outcome]) -> Outcome:
        """The outcome of a call that is made only once; again, if the target was lost."""
        known = self.remembered.get(id(call))
        if known is not None:
            return known[1]
        outcome = make(call)
        if outcome.kind not in LOST:
            self.remembered[id(call)] = call, outcome
        return outcome

    def plain(self, call: Call) -> Call:
        """The call with its arrays in C order; one object for all that differ in layout alone."""
        numbers = ((name, a) for name, a in call.arguments.items() if not isinstance(a, Argument))
        key = (call.operation, *map(id, call.arrays), *numbers)
        return self.plains.setdefault(key, call.laid_out("C"))

    def hold(self, calls: Iterable[Call], outcomes: Iterable[Outcome]) -> None:
        """Keep outcomes of calls that were made together, and drop those held before."""
        self.ready = {}
        for one, outcome in zip(calls, outcomes, strict=False):
            self.ready.setdefault(id(one), []).append((one, outcome))

    def is_ready(self, case: Case) -> bool:
        """Whether the outcomes of a case are held."""
        return all(self.ready.get(id(one)) for one in case)

    def taken(self, call: Call) -> Outcome | None:
        """The outcome that is held for a call, the first if it was made twice. It is dropped."""
        held = self.ready.get(id(call))
        return held.pop(0)[1] if held else None

    def is_known(self, call: Call, outcome: Outcome) -> bool:
        """Whether an outcome was looked at before; or else, remember that it is now."""
        known = self.noticed.get(id(call))
        self.noticed[id(call)] = call, outcome
        if known is None or known[0] is not call:
            return False
        before, now = known[1].value, outcome.value
        if before is None or now is None:
            return known[1].kind == outcome.kind
        return before.dtype == now.dtype and bool(np.array_equal(before, now, equal_nan=True))

    def note_judged(self, call: Call) -> None:
        """Note that the row for which a call was drawn is judged."""
        known = self.drawn.pop(id(call), None)
        if known is not None:
            _, table, number = known
            self.judged.setdefault(table, set()).add(number)
