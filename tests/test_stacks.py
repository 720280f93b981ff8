"""Many calls of one form in a message: they give what they give alone, and show what they show."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.kit.calls import Argument, Call, Unsupported
from cnnspec.kit.stack import Answer, Stack, outcomes
from cnnspec.spec import Array, SpecError
from cnnspec.targets.client import InProcess, Worker
from cnnspec.targets.converting import Converting
from cnnspec.targets.executable import Executable
from cnnspec.targets.server import Server
from cnnspec.targets.target import named

CALLS = 6
INLINE = f"{sys.executable} {Path(__file__).parent / 'programs' / 'inline.py'}"


def stack(calls: int = CALLS, dtype: str = "float64") -> Stack:
    """Maps of two rows and two columns, all different."""
    maps = np.arange(-3.0, 4 * calls - 3).reshape(calls, 2, 2, 1).astype(dtype)
    return Stack("pooling", {"feature_map": maps}, {"size": 2, "stride": 1})


def flags_of(answer: Answer) -> set[str]:
    """What was noticed in any of the calls."""
    return {flag for one in outcomes(answer) for flag in one.flags}


def test_a_stack_is_its_calls() -> None:
    calls = stack().calls()
    assert len(calls) == len(stack()) == CALLS
    assert [one.numbers for one in calls] == [[2, 1]] * CALLS
    assert list(calls[0].arguments) == ["feature_map", "size", "stride"]
    assert calls[-1].arrays[0].max() == 4 * CALLS - 4


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8"])
def test_a_worker_answers_a_stack_as_its_calls(dtype: str) -> None:
    with closing(Worker("reference", "standard", 20)) as worker:
        (answer,) = worker.stacked([stack(dtype=dtype)])
        alone = [worker.answer(one).value for one in stack(dtype=dtype).calls()]
    assert isinstance(answer, np.ndarray)
    assert answer.dtype == alone[0].dtype if alone[0] is not None else False
    assert np.array_equal(answer, np.stack([one for one in alone if one is not None]))


@pytest.mark.parametrize("kind", ["array", "number"])
def test_a_map_without_axes_stays_an_array(kind: str) -> None:
    """A call of one is made many times as a stack, whatever the target makes of it."""
    seen: list[bool] = []

    def relu(feature_map: Any) -> Any:
        seen.append(isinstance(feature_map, np.ndarray) and feature_map.ndim == 0)
        result = np.maximum(feature_map, 0)
        return np.asarray(result) if kind == "array" else float(result)

    once = Call("relu", {"feature_map": Argument(np.array(-3.0))})
    server = Server({"relu": relu}, lambda: 0, {})
    made = list(server.again_and_again(once, 60))
    assert all(one.value is not None and one.value == 0 for one in made)
    assert len(seen) >= 60
    assert all(seen)


def test_many_stacks_come_in_one_message_in_their_order() -> None:
    stacks = [stack(calls) for calls in (1, 5, 2)]
    with closing(Worker("reference", "standard", 20)) as worker:
        count = worker.count
        answers = worker.stacked(stacks)
        assert worker.count == count + 1
        assert [len(one) for one in answers] == [1, 5, 2]
        assert len(worker.stacked([stack(2_000)])[0]) == 2_000
        assert worker.count == count + 3  # more than a message may hold


def kept(results: list[Array]) -> Callable[..., Array]:
    """A pooling that gives the same array again and again."""

    def pooling(x: Array, size: int, stride: int) -> Array:
        results.append(reference.pooling(x, size, stride))
        results[0][...] = results[-1]
        return results[0]

    return pooling


def printing(x: Array, size: int, stride: int) -> Array:
    if x.max() > 12:
        print("large")  # noqa: T201
    return reference.pooling(x, size, stride)


def modifying(x: Array, size: int, stride: int) -> Array:
    y = reference.pooling(x, size, stride)
    x[0, 0] = 7
    return y


def returning_a_view(x: Array, _size: int, _stride: int) -> Array:
    return x[1:, 1:]


def read_only(x: Array, size: int, stride: int) -> Array:
    y = reference.pooling(x, size, stride)
    y.flags.writeable = False
    return y


@pytest.mark.parametrize(
    ("function", "flags"),
    [
        (printing, {"printed"}),
        (modifying, {"modified"}),
        (returning_a_view, {"shares"}),
        (read_only, {"read-only"}),
        (kept([]), {"earlier changed", "shares earlier"}),
    ],
)
def test_what_calls_do_besides_is_noticed(function: Any, flags: set[str]) -> None:
    (answer,) = InProcess({"pooling": function}).stacked([stack()])
    assert flags_of(answer) == flags
    assert len(answer) == CALLS


def test_what_printed_once_is_noticed_and_so_is_another_result() -> None:
    made: list[Array] = []

    def pooling(x: Array, size: int, stride: int) -> Array:
        made.append(x)
        if len(made) == 2:
            print("once")  # noqa: T201
        return reference.pooling(x, size, stride) + len(made) // CALLS

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    assert flags_of(answer) == {"printed", "differs"}


@pytest.mark.parametrize("kind", ["a view", "a list", "a subclass"])
def test_how_a_right_result_is_held_may_vary(kind: str) -> None:
    """With the numbers of a call: zeros by a short cut, say, and all else by a transposed array."""

    def pooling(x: Array, size: int, stride: int) -> Any:
        y = reference.pooling(x, size, stride)
        if x.max() < 6:
            return y
        kinds = {"a view": np.repeat(y, 2, axis=0)[:1], "a list": y.tolist()}
        return kinds.get(kind, y.view(np.recarray))

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    assert flags_of(answer) == set()
    wanted = [reference.pooling(one.arrays[0], 2, 1).tolist() for one in stack().calls()]
    assert [one.value.tolist() for one in outcomes(answer) if one.value is not None] == wanted


@pytest.mark.parametrize("once", ["another dtype", "an exception", "no array", "read-only"])
def test_what_was_odd_once_and_not_when_it_was_made_again_is_chance(once: str) -> None:
    made: list[Array] = []

    def pooling(x: Array, size: int, stride: int) -> Any:
        y = reference.pooling(x, size, stride)
        made.append(y)
        if len(made) != 3:
            return y
        if once == "an exception":
            raise ValueError("not now")
        y.flags.writeable = once != "read-only"
        return {"another dtype": y.astype("float32"), "no array": None}.get(once, y)

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    flag = "read-only" if once == "read-only" else "differs"
    assert [sorted(one.flags) for one in outcomes(answer)] == [[], [], [flag], [], [], []]
    assert all(one.value is not None for one in outcomes(answer))


def test_a_flag_that_was_raised_once_stays() -> None:
    made: list[Array] = []

    def pooling(x: Array, size: int, stride: int) -> Array:
        y = reference.pooling(x, size, stride)
        made.append(y)
        if len(made) == 4:
            x[...] = 0
        if len(made) == CALLS:
            made[0][...] = 7
        return y

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    assert flags_of(answer) == {"modified"}
    made.clear()

    def keeping(x: Array, size: int, stride: int) -> Array:
        made.append(reference.pooling(x, size, stride))
        if len(made) == CALLS:
            made[0][...] = 7
        return made[-1]

    (answer,) = InProcess({"pooling": keeping}).stacked([stack()])
    assert "earlier changed" in flags_of(answer)


def test_a_target_that_changes_the_form_of_an_earlier_result_is_answered() -> None:
    made: list[Array] = []

    def pooling(x: Array, size: int, stride: int) -> Array:
        made.append(reference.pooling(x, size, stride).astype(np.int64))
        if len(made) == 3:
            made[0].shape = (1,)
        return made[-1]

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    assert isinstance(answer, np.ndarray)
    assert np.array_equal(answer, [[[[4 * n]]] for n in range(CALLS)])


@pytest.mark.parametrize("change", ["shape", "numbers"])
def test_an_argument_that_is_changed_in_any_way_is_noticed(change: str) -> None:
    def pooling(x: Array, size: int, stride: int) -> Array:
        y = reference.pooling(x, size, stride)
        if change == "shape":
            x.shape = (4, 1, 1)
        else:
            x[-1, -1] = -x[-1, -1]
        return y

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    assert flags_of(answer) == {"modified"}


def test_outcomes_that_are_not_alike_are_told_apart() -> None:
    def pooling(x: Array, size: int, stride: int) -> Any:
        if x.max() > 12:
            raise SpecError("P2", "too large")
        if x.max() > 6:
            raise Unsupported("six and more")
        return reference.pooling(x, size, stride).astype("float32" if x.max() < 2 else "float64")

    (answer,) = InProcess({"pooling": pooling}).stacked([stack()])
    kinds = ["returned"] * 2 + ["unsupported"] * 2 + ["rejected"] * 2
    assert [one.kind for one in outcomes(answer)] == kinds


def test_floats_are_converted_where_that_changes_no_number() -> None:
    client = Converting(InProcess({"pooling": reference.pooling}), "float32")
    (answer,) = client.stacked([stack()])
    assert isinstance(answer, np.ndarray)
    assert answer.dtype == np.float32
    fine = stack()
    fine.arrays["feature_map"][2] += 2.0**-40
    (answer,) = client.stacked([fine])
    kinds = ["returned"] * 2 + ["unsupported"] + ["returned"] * 3
    assert [one.kind for one in outcomes(answer)] == kinds


def relus(length: int) -> Stack:
    return Stack("relu", {"feature_map": np.arange(-4.0, 3 * length - 4).reshape(3, length)}, {})


def test_a_program_may_take_stacks_and_need_not() -> None:
    for manner in ("good", "stacks"):
        with closing(Executable(f"{INLINE} '{manner}'", "standard", 5)) as program:
            assert program.offer.stacks == (manner == "stacks")
            (answer,) = program.stacked([relus(2)])
            results = [one.value.tolist() for one in outcomes(answer) if one.value is not None]
            assert results == np.maximum(relus(2).arrays["feature_map"], 0).tolist()


def test_stacks_are_split_over_messages_of_as_many_calls_as_a_program_takes() -> None:
    with closing(Executable(f"{INLINE} 'stacks'", "standard", 5)) as program:
        count, given = program.count, [relus(length) for length in (2, 3, 4)]
        answers = program.stacked(given)
        assert program.count == count + 3  # each has three calls, and five fit
        for answer, one in zip(answers, given, strict=True):
            assert isinstance(answer, np.ndarray)
            assert np.array_equal(answer, np.maximum(one.arrays["feature_map"], 0))


@pytest.mark.parametrize("manner", ["one too few", "no number", "fewer bytes", "no array"])
def test_a_broken_answer_to_a_stack_is_none(manner: str) -> None:
    with closing(Executable(f"{INLINE} 'stacks, {manner}'", "standard", 5)) as program:
        assert program.stacked([relus(4)]) == []
        assert program.losses == 1
        assert [len(one) for one in program.stacked([relus(2)])] == [3]


def test_what_is_noticed_in_a_certificate_alone_counts() -> None:
    def pooling(x: Array, size: int = 2, stride: int = 2) -> Array:
        if x.shape == (9, 7, 3) and size == 4:
            print("rare")  # noqa: T201
        return reference.pooling(x, size, stride)

    plan = Plan(named("rare"), level="strict", only=("P3", "P4", "Q10"), certify=8)
    report = judge(InProcess({"pooling": pooling}), plan)
    assert [one.id for one in report.clauses if one.status == "fail"] == ["Q10"]
    (failed,) = [one for one in report.clauses if one.status == "fail"]
    assert failed.counterexample is not None
    assert failed.counterexample.case[-1].arrays[0].shape == (9, 7, 3)
