"""A target under judgement: makes its calls, and remembers what it saw."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from cnnspec.kit.calls import LOST, Call, Case, Outcome
from cnnspec.kit.clauses import ARGUMENTS_ALONE, operations_of
from cnnspec.kit.client import Client
from cnnspec.kit.declining import is_not_there
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.history import History, elements
from cnnspec.kit.incidents import Incidents
from cnnspec.kit.memory import Memory
from cnnspec.kit.operation import REGISTRY, broken, operation_of
from cnnspec.kit.restriction import Restriction
from cnnspec.kit.settings import IN_WORDS, Form, form_of
from cnnspec.kit.stack import Stack
from cnnspec.kit.timing import Timing, Watch
from cnnspec.spec import Array, Edition


class Deviation(Exception):  # noqa: N818  it is no error of ours
    """A target does something else than a clause says.

    lost: in a word, how it failed to answer, if it did. accepted: whether it takes invalid input.
    confirmed: whether it did so again in a fresh process. chain: the calls that were made, if they
    are not those of the case; each takes the result of the one before. plainest: a plainer case
    that deviates for the same reason, if one was found.
    """

    def __init__(
        self,
        message: str,
        expected: Array | None = None,
        got: Array | None = None,
        *,
        lost: str = "",
        accepted: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.expected, self.got = message, expected, got
        self.lost, self.accepted = lost, accepted
        self.confirmed = False
        self.chain: Case = ()
        self.plainest: Case = ()


class Declined(Exception):  # noqa: N818  it is no error of ours
    """A case that is not judged, with the reason.

    needed: whether its clause cannot pass without it, even if all other cases do.
    """

    needed = False


class Misshapen(Declined):
    """A result whose values cannot be judged, since its shape is wrong."""

    needed = True


class GivenUp(Declined):
    """A case that is not tried any more, since the target was lost for too long."""

    needed = True


LOST_FOR_LONG = 180.0
"""Seconds that a whole run spends on waiting for a target that hangs, and on restarts."""

LOST_OFTEN = 3
"""The least number of losses after which a target is given up."""

FLOAT64_BITS = 53

LARGE = 4_096
"""Elements of a call that a method of dense matrices may have no memory for."""

NEAR = 0.5
"""A call that is likely to take more than this part of its limit is not made."""


def nothing(_session: "Session", _call: Call, _outcome: Outcome) -> None:
    """Notice nothing."""


@dataclass
class Session:
    """A client, the edition by which it is judged, and what is known of it so far.

    uncallable: operations that the target has, but that cannot be called. refused: forms of
    settings that it takes for no value, each with its operation and setting. restrictions: for each
    operation, kinds of settings that it refuses on purpose. settled: the operations whose
    restrictions are known. thorough: whether every size of block is tried, or a few. seed: of what
    is drawn. strength: of how many aspects of a call all levels meet. notice: is told of each
    outcome. significand: for each operation, the bits of the dtype that it gives for float64 input.
    lost: how often the target gave no answer, by how. failed: clauses from which it deviates.
    history: the calls that a deviation may depend on. spent: the seconds that its calls took, by
    the target's pace. before: how often, and how long, the client's target was lost before it.
    losses: the same in the first part of a run.
    """

    client: Client
    edition: Edition
    thorough: bool = True
    seed: int = 0
    strength: int = 2
    notice: "Callable[[Session, Call, Outcome], None]" = nothing
    significand: dict[str, int] = field(default_factory=dict)
    uncallable: set[str] = field(default_factory=set)
    refused: set[tuple[str, str, Form]] = field(default_factory=set)
    restrictions: dict[str, list[Restriction]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    timing: Timing = field(default_factory=Timing)
    memory: Memory = field(default_factory=Memory)
    incidents: Incidents = field(default_factory=Incidents)
    history: History = field(default_factory=History)
    spent: float = 0.0
    before: tuple[int, float] = (0, 0.0)
    losses: tuple[int, float] = (0, 0.0)

    def __post_init__(self) -> None:
        self.incidents.history = self.history
        self.known = operations_of(self.edition)

    def anew(self) -> "Session":
        """A session on the same target that knows its precision and speed, and nothing else."""
        return replace(
            self, incidents=Incidents(), memory=Memory(), failed=set(), history=History()
        )

    def beside(self, client: Client) -> "Session":
        """A session that knows what this one has found so far, and notes what it finds apart."""
        return replace(
            self.anew(),
            client=client,
            failed=set(self.failed),
            memory=Memory(plainly=Counter(self.memory.plainly)),
            lost=Counter(),
            before=(client.losses - self.losses[0], client.seconds_lost - self.losses[1]),
        )

    def offered(self) -> list[str]:
        """The operations that the target has, that can be called, and that the edition knows."""
        return [o for o in self.client.operations if self.offers(o)]

    def offers(self, operation: str) -> bool:
        """Whether an operation is one of `offered`."""
        known = operation in self.known and operation not in self.uncallable
        return known and operation in self.client.operations

    def takes(self, operation: str, name: str, form: Form | None = None) -> bool:
        """Whether the target takes an option, and in some form, or in any."""
        if name not in self.client.options.get(operation, ()):
            return False
        option = REGISTRY[operation].option(name)
        forms = (form,) if form else option.forms if option else ()
        return any((operation, name, one) not in self.refused for one in forms)

    def refusal(self, call: Call) -> str:
        """Why the target takes no call like this one, or nothing: a form that it refuses."""
        for name, setting in call.arguments.items() if self.refused else ():
            form = form_of(setting)
            if (call.operation, name, form) in self.refused:
                return f"{call.operation} takes no {name} as {IN_WORDS[form]}"
        for kind in self.restrictions.get(call.operation, ()):
            if broken(call, self.edition) is None and kind.has(call):
                return f"{call.operation} refuses {kind.words}"
        return ""

    def outcome(self, call: Call) -> Outcome:
        """Make a call. Raises Declined where the target cannot express it."""
        if not self.offers(call.operation):
            raise Declined(f"{call.operation} is absent")
        refusal = self.refusal(call)
        if refusal:
            raise Declined(refusal)
        if self.given_up:
            raise GivenUp(self.given_up)
        ready = self.memory.taken(call)
        if ready is not None:
            return self.taken(call, ready)
        self.require_affordable(call)
        return self.taken(call, self.timed(call))

    def timed(self, call: Call, *, closely: bool = False) -> Outcome:
        """Make a call, and note how long it takes."""
        self.charge([call])
        watch = Watch(self.client, closely=closely)
        outcome = self.client.answer(call)
        if outcome.value is not None:
            self.timing.note(call, watch.seconds())
        return outcome

    def charge(self, calls: Iterable[Call]) -> None:
        """Count the seconds that calls take at the target's pace."""
        self.spent += sum(map(self.timing.cost, calls))

    def surely(self, call: Call) -> Outcome:
        """Make a call; again, if the target is lost. What does not come again was chance."""
        first = self.outcome(call)
        if first.kind not in LOST:
            return first
        again = self.outcome(call)
        if again.kind not in LOST and not (first.kind == "hung" and self.may_hang_by_chance(call)):
            text = f"{first.message}; but not when the call was made again"
            self.incidents.add(ARGUMENTS_ALONE, (call,), text)
        return again

    def taken(self, call: Call, outcome: Outcome) -> Outcome:
        """Note what a call showed, whoever made it. Raises Declined if it is not supported."""
        absent = call.operation in self.settled and is_not_there(call, outcome, self.edition)
        if outcome.kind == "unsupported" or absent:
            raise Declined(outcome.message or "not supported")
        self.history.note(call)
        if "MemoryError" in outcome.exception and is_large(call):
            raise Declined("it needs more memory than there is")
        if outcome.kind in LOST:
            self.lost[outcome.kind] += 1
        self.incidents.note(call, outcome)
        self.notice(self, call, outcome)
        return outcome

    def note_stack(self, stack: Stack) -> None:
        """Note the calls of a stack, which all gave a right result."""
        self.history.note_stack(stack)
        self.incidents.before[stack.operation] = stack

    @property
    def given_up(self) -> str:
        """Why no more calls are made, or nothing: hangs and crashes count over the whole run."""
        client = self.client
        if client.gone:
            return "the target could not be started again"
        times, seconds = client.losses - self.before[0], client.seconds_lost - self.before[1]
        if times < LOST_OFTEN or seconds < LOST_FOR_LONG:
            return ""
        return f"the target was lost or late {times} times, which took {seconds:.0f} s"

    def bits(self, operation: str) -> int:
        """The bits of the significand that an operation gives for float64 input."""
        return min(self.significand.get(operation, FLOAT64_BITS), FLOAT64_BITS)

    def together(self, calls: Case) -> None:
        """Make calls by one message, if they are quick; outcome() then finds their outcomes."""
        if len(calls) < 2 or self.given_up or self.memory.is_ready(calls):
            return
        if all(map(self.is_quick, calls)):
            self.charge(calls)
            self.memory.hold(calls, self.client.answers(list(calls)))

    def also(self, case: Case, make: "Callable[[Session, Case], Case]") -> Case:
        """The calls that judge a case beside its own: those that were prepared, or new ones."""
        made, calls = self.memory.beside.pop(id(case), ((), ()))
        return calls if made is case else make(self, case)

    def is_quick(self, call: Call) -> bool:
        """Whether a call is offered, and quick enough to be made together with others."""
        possible = self.offers(call.operation) and not self.refusal(call)
        return possible and self.timing.is_quick(call)

    def remember(self, call: Call) -> Outcome:
        """The outcome of a call that several checks look at: made only once."""
        return self.memory.outcome(call, self.outcome)

    def deviating(self, call: Call) -> bool:
        """Whether an operation already deviates in a clause of its own."""
        return bool(self.failed & operation_of(call).roles.exact)

    def result(self, call: Call) -> Array:
        """The result of a valid call. Raises Deviation where there is none."""
        return returned(self.outcome(call))

    def expected(self, call: Call) -> Array:
        """What the call shall give in the edition of this session; it is not to be changed."""
        last = self.memory.expected
        if last is None or last[0] is not call:  # a call is often looked at twice
            last = call, operation_of(call).oracle.expected(call, self.edition)
            self.memory.expected = last
        return last[1]

    def difference(self, call: Call, got: Array) -> str | None:
        """In words, how a result differs from what the call shall give, or None."""
        wanted = self.expected(call)
        if difference(got, wanted) is None:  # then the bound need not be worked out
            return None
        return difference(got, wanted, self.bound(call))

    def bound(self, call: Call) -> Array | None:
        """How far a result may lie from what is expected, in the precision that a target is given.

        None if the two shall be equal.
        """
        bound = operation_of(call).bound
        given = significand_bits(self.client.dtype) if self.client.dtype else FLOAT64_BITS
        return bound(call, min(self.bits(call.operation), given)) if bound else None

    def require(self, call: Call, got: Array) -> None:
        """Raise Deviation unless a result is what the call shall give: shape and every element."""
        text = self.difference(call, got)
        if text:
            raise Deviation(text, self.expected(call), got)

    def require_alike(self, call: Call, got: Array, wanted: Array) -> None:
        """Raise Deviation unless two results of one call are the same, as far as rounding allows.

        Where the operation admits several roundings, both may be right and differ in a last bit.
        """
        text = difference(got, wanted)
        rounds = operation_of(call).bound is not None
        if text and not (rounds and not any(self.difference(call, one) for one in (got, wanted))):
            raise Deviation(text, wanted, got)

    def restart(self) -> None:
        """Let the target begin anew. Raises Declined where it runs in this process."""
        if not self.client.restart():
            raise Declined("the target cannot be started again in this process")

    def sound(self, call: Call) -> bool:
        """Whether the target gets a plain call right: then a deviation has another cause."""
        outcome = self.outcome(call)
        return outcome.value is not None and self.difference(call, outcome.value) is None

    def clause_of(self, call: Call, outcome: Outcome) -> str:
        """The clause that a wrong outcome of a valid call breaks: that of shape, or of values."""
        shape, values = operation_of(call).roles.of(self.edition)
        wrong = outcome.value is not None and outcome.value.shape != self.expected(call).shape
        return shape if wrong else values

    def may_hang_by_chance(self, call: Call) -> bool:
        """Whether a call takes nearly as long as a call may: on a busy machine it takes longer."""
        return self.timing.took(call, self.client.timeout * NEAR)

    def require_affordable(self, call: Call) -> None:
        """Raise Declined for a call that may take longer than the limit of a call, or nearly."""
        limit = self.client.timeout * NEAR
        if self.timing.likely(call) > limit:
            largest = self.timing.largest(call.operation)
            if largest is not None:  # it may have been slow by chance
                self.timed(largest, closely=True)
            if self.timing.likely(call) > limit:
                raise Declined(f"by its speed so far it would take more than {limit:g} s")


def is_large(call: Call) -> bool:
    """Whether a call has so many elements that a right implementation may run out of memory."""
    return elements(call) > LARGE


def returned(outcome: Outcome) -> Array:
    """The result of an outcome. Raises Deviation if there is none, and says what came instead."""
    if outcome.value is not None:
        return outcome.value
    if outcome.kind == "rejected":
        raise Deviation(f"a valid input is rejected: {outcome.reason}")
    if outcome.kind == "no array":
        raise Deviation(f"returned {outcome.message} instead of an array")
    raise Deviation(outcome.message, lost=outcome.fate)


def difference(got: Array, wanted: Array, bound: Array | None = None) -> str | None:
    """In words, the first difference between a result and what was expected, or None.

    bound: how far each element may lie from what was expected, if it may.
    """
    if got.shape != wanted.shape:
        return f"shape {got.shape} instead of {wanted.shape}"
    if (got == wanted).all():  # nearly always, and soon told
        return None
    with np.errstate(all="ignore"):
        alike = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
        if bound is not None:
            alike |= np.abs(got - wanted) <= bound
    if alike.all():
        return None
    place = tuple(int(i) for i in np.unravel_index(int(np.argmin(alike)), got.shape))
    wrong = int(np.size(alike) - np.count_nonzero(alike))
    others = f"; {wrong} of {got.size} elements differ" if wrong > 1 else ""
    index = ", ".join(map(str, place))
    values = [str(a[place].item()) for a in (got, wanted)]
    return f"element [{index}] is {values[0]} instead of {values[1]}{others}"


def same(got: Array, wanted: Array) -> None:
    """Raise Deviation unless a result is what was expected: shape and every element."""
    text = difference(got, wanted)
    if text:
        raise Deviation(text, wanted, got)
