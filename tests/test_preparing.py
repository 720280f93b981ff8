"""The calls that cases need are made by few messages, in the order of the cases."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.engine.attempt import FIRST, TOGETHER, run_check, spread
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.seconds import ENDLESS, Seconds
from cnnspec.kit.calls import Argument, Call, Case, Outcome
from cnnspec.kit.check import PLAIN, Check
from cnnspec.kit.client import Meanwhile, nothing
from cnnspec.kit.drafts import Drafts, followed
from cnnspec.kit.filling import thinned
from cnnspec.kit.operation import call
from cnnspec.kit.preparing import prepare
from cnnspec.kit.session import Session
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess, Worker
from cnnspec.targets.executable import Executable
from cnnspec.targets.repeating import apart, as_one, joined
from cnnspec.targets.server import MOST_REPEATED, OFTEN
from cnnspec.targets.target import named

INLINE = f"{sys.executable} {Path(__file__).parent / 'programs' / 'inline.py'}"
ONE = call("relu", np.array([-1.0, 2.0]))


class Recording(InProcess):
    """A relu whose messages are noted, each with the first number of each of its calls."""

    def __init__(self) -> None:
        super().__init__({"relu": reference.relu})
        self.messages: list[list[float]] = []

    def answer(self, call: Call) -> Outcome:
        self.messages.append([float(call.arrays[0][0])])
        return super().answer(call)

    def answers(self, calls: list[Call], meanwhile: Meanwhile = nothing) -> list[Outcome]:
        self.messages.append([float(one.arrays[0][0]) for one in calls])
        meanwhile()
        return [self.server.answer(one) for one in calls]


def relu_of(number: float, size: int = 1) -> Call:
    """A call with one number, so many times."""
    return call("relu", np.full(size, number))


def its_negative(_session: Session, case: Case) -> Case:
    """The call with the other sign."""
    return (relu_of(-case[-1].arrays[0][0]),)


def test_what_judging_a_case_takes_is_made_with_it() -> None:
    client = Recording()
    session, cases = Session(client, "standard"), [(relu_of(1),), (relu_of(2),)]
    prepare(session, cases, also=its_negative)
    assert client.messages == [[1, -1, 2, -2]]
    for case in cases:
        (other,) = session.also(case, its_negative)
        assert (session.result(case[0]) > session.result(other)).all()
    assert client.messages == [[1, -1, 2, -2]]
    (new,) = session.also(cases[0], its_negative)  # it is tried again
    assert session.result(new) == 0
    assert client.messages[1:] == [[-1]]


def test_a_call_that_judges_several_cases_is_made_once() -> None:
    client, shared = Recording(), relu_of(9)
    session, cases = Session(client, "standard"), [(relu_of(1),), (relu_of(2),)]
    prepare(session, cases, also=lambda _session, _case: (shared,))
    assert client.messages == [[1, 9, 2]]


def test_calls_of_a_case_come_in_order_and_as_often_as_they_are_there() -> None:
    client, one = Recording(), relu_of(1)
    session, case = Session(client, "standard"), (one, relu_of(2), one)
    prepare(session, [case])
    assert not client.messages  # a case of several calls waits
    prepare(session, [case], in_order=True, also=its_negative)
    assert client.messages == [[1, 2, 1, -1]]
    assert [float(session.result(each)[0]) for each in case] == [1, 2, 1]


def test_what_takes_long_is_left_for_later_with_all_of_its_case() -> None:
    client = Recording()
    session = Session(client, "standard")
    often = replace(relu_of(3), repeat=20_000)
    prepare(session, [(relu_of(1, 2**15),), (often,), (relu_of(2),)], also=its_negative)
    assert client.messages == [[2, -2]]


def test_the_next_cases_are_made_while_the_target_computes() -> None:
    client, drawn, judged = Recording(), list[int](), list[int]()
    every = FIRST + 2 * TOGETHER + 1

    def cases(_session: Session) -> Iterator[Case]:
        for number in range(every):
            drawn.append(number)
            yield (relu_of(number),)

    def judge(session: Session, case: Case) -> None:
        session.outcome(case[0])
        judged.append(len(drawn))

    session = Session(client, "standard")
    one = Check(
        *("R2", "numbers", ("relu",), "none", "values", ("standard",), judge, cases, None),
        *(PLAIN, False, ""),
    )
    seconds = Seconds(session, share=ENDLESS, end=inf, until=ENDLESS)
    run_check(one, session, ClauseResult("R2", "values"), Plan(named("reference")), seconds)
    assert [len(one) for one in client.messages] == [FIRST, TOGETHER, TOGETHER, 1]
    ahead = FIRST + 2 * TOGETHER  # not before the first few are judged
    assert judged == [FIRST] * FIRST + [ahead] * TOGETHER + [every] * (TOGETHER + 1)


def test_something_is_done_once_while_messages_are_answered() -> None:
    done: list[int] = []
    with closing(Worker("reference", "standard", 20)) as worker:
        before = worker.count
        calls = [relu_of(n) for n in range(worker.offer.batch + 1)]
        made = worker.answers(calls, lambda: done.append(worker.count))
    assert [float(one.value[0]) for one in made if one.value is not None] == [*range(len(calls))]
    assert done == [before + 1]


# Cases that are made when they are asked for.


def test_drafts_are_made_when_they_are_asked_for_and_once() -> None:
    made: list[int] = []

    def of(number: int) -> Case:
        made.append(number)
        return (relu_of(number),)

    drafts = Drafts(partial(of, number) for number in range(9))
    assert (len(drafts), made) == (9, [])
    assert drafts[-1] is drafts[8]
    assert [drafts[2], drafts[3]] == drafts[2:4]
    assert made == [8, 2, 3]
    assert [*drafts] == drafts[:]
    assert sorted(made) == [*range(9)]
    with pytest.raises(IndexError):
        drafts[9]


def test_only_those_are_made_that_are_tried() -> None:
    made: list[int] = []

    def of(number: int) -> Case:
        made.append(number)
        return (relu_of(number),)

    small, others = Drafts(partial(of, n) for n in range(300)), [(relu_of(-n),) for n in range(60)]
    both = followed(small, others)
    assert len([*spread(both, 30, lambda: True)]) <= 50
    assert len(made) < 50
    assert made[:10] == [*range(10)]
    assert len([*spread(both, 30, lambda: False)]) == len(both)  # others follow until it is enough
    assert len(made) == 300
    assert both[0] is small[0]


# Calls that are made several times.


def raising(_x: Array, _y: Array) -> None:
    print("busy")  # noqa: T201
    raise RuntimeError("busy")


class NoTruthError(RuntimeError):
    def __bool__(self) -> bool:
        raise SystemExit("a target's class is asked nothing")


def raising_oddly(_x: Array, _y: Array) -> None:
    raise NoTruthError


def modifying(x: Array, y: Array) -> Array:
    x += 1
    return y[:1].copy()


def as_record(y: Array) -> Array:
    return y.view(np.recarray)


ODD: dict[str, Callable[[Array, Array], Any]] = {
    "another number": lambda _x, y: y + 1,
    "another shape": lambda _x, y: y[:1],
    "another dtype": lambda _x, y: y.astype(np.float16),
    "a view": lambda _x, y: (y + 1)[...],
    "a list": lambda _x, y: (y * 2).tolist(),
    "a subclass": lambda _x, y: as_record(y + 1),
    "a tuple": lambda _x, y: (y,),
    "a number": lambda _x, y: float(y[0]),
    "nothing": lambda _x, _y: None,
    "NaN": lambda _x, y: y * np.nan,
    "an exception": raising,
    "an odd exception": raising_oddly,
    "another shape, and the input modified": modifying,
}
"""What one of many calls gives, of its input and the right result."""


def test_a_program_that_repeats_no_call_gets_it_several_times() -> None:
    often = [replace(ONE, repeat=3), ONE, replace(ONE, repeat=2)]
    assert [one.repeat for one in apart(often)] == [1] * 6
    with closing(Executable(INLINE, "standard", 5)) as program:
        assert not program.offer.repeats
        before = program.count
        made = program.answers(often)
        assert program.count == before + 2  # five calls are in a message
    assert [one.value.tolist() for one in made if one.value is not None] == [[0, 2]] * 3


def test_a_repeated_call_is_its_first_outcome_or_one_that_differs() -> None:
    zero, one = (Outcome("returned", np.full(2, n)) for n in (0.0, 1.0))
    assert as_one([zero]) is zero
    assert as_one([zero, replace(zero)]) is zero
    assert as_one([zero, zero, one]).flags == {"differs"}
    flagged = replace(zero, flags=frozenset({"differs"}))
    assert as_one([zero, flagged]).flags == {"differs"}
    calls = [replace(ONE, repeat=2), ONE]
    assert [one.flags for one in joined(calls, [zero, one, zero])] == [{"differs"}, set()]


@pytest.mark.parametrize("repeat", [2, OFTEN, 100, 2 * MOST_REPEATED + 30])
@pytest.mark.parametrize("layout", ["C", "Fortran"])
def test_a_call_is_made_as_often_as_it_says(repeat: int, layout: str) -> None:
    made: list[Array] = []

    def relu(x: Array) -> Array:
        made.append(x)
        return reference.relu(x)

    one = call("relu", np.arange(-3.0, 3).reshape(2, 3)).laid_out(layout)
    outcome = InProcess({"relu": relu}).answer(replace(one, repeat=repeat))
    assert not outcome.flags
    assert len(made) == repeat
    assert len({id(x) for x in made}) == repeat  # each time another array
    assert all(x.flags.owndata for x in made)


@pytest.mark.parametrize("late", [2, OFTEN, 64, MOST_REPEATED + 1, 2 * MOST_REPEATED + 20])
@pytest.mark.parametrize("what", ODD)
def test_a_result_that_differs_once_is_seen(late: int, what: str) -> None:
    made = count(1)

    def relu(x: Array) -> Any:
        return ODD[what](x, reference.relu(x)) if next(made) == late else reference.relu(x)

    outcome = InProcess({"relu": relu}).answer(replace(ONE, repeat=2 * MOST_REPEATED + 30))
    assert "differs" in outcome.flags
    right = outcome.value is not None and np.array_equal(outcome.value, [0, 2])
    assert not right or outcome.value.dtype != float  # type: ignore[union-attr]


@pytest.mark.parametrize("late", [2, OFTEN, MOST_REPEATED + 1, 2 * MOST_REPEATED + 20])
@pytest.mark.parametrize("flag", ["modified", "printed", "shares earlier", "read-only"])
def test_what_one_of_many_calls_does_besides_is_seen(late: int, flag: str) -> None:
    made, results = count(1), list[Array]()

    def relu(x: Array) -> Array:
        y = reference.relu(x)
        if next(made) != late:
            results.append(y)
            return y
        if flag == "printed":
            print("here")  # noqa: T201
        if flag == "modified":
            x[...] = 7
        if flag == "read-only":
            y.flags.writeable = False
        return results[-1] if flag == "shares earlier" else y

    outcome = InProcess({"relu": relu}).answer(replace(ONE, repeat=2 * MOST_REPEATED + 30))
    assert flag in outcome.flags
    assert np.array_equal(outcome.value if outcome.value is not None else [], [0, 2])


@pytest.mark.parametrize("kind", [np.asfortranarray, np.ndarray.tolist, lambda y: y[:], as_record])
def test_results_may_be_held_in_any_way(kind: Callable[[Array], Any]) -> None:
    client = InProcess({"relu": lambda x: kind(reference.relu(x))})
    assert not client.answer(replace(ONE, repeat=50)).flags


def test_NaN_is_no_difference() -> None:
    one = Call("relu", {"feature_map": Argument(np.array([np.nan, 1]))}, repeat=50)
    assert not InProcess({"relu": reference.relu}).answer(one).flags


def test_a_few_items_are_the_first_and_one_of_several() -> None:
    assert list(thinned(range(200), thorough=True)) == [*range(200)]
    few = list(thinned(range(200), thorough=False))
    assert few[:24] == [*range(24)]
    assert few[24:] == [*range(33, 200, 11)]
