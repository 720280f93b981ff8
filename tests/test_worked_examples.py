"""Each clause has a worked example, and its numbers are those that the book computes."""

import numpy as np
import pytest

from cnnspec.commands import explain
from cnnspec.kit.clauses import clauses
from cnnspec.kit.example import Example, array, example, run
from cnnspec.operations.catalogue import examples

WORKED = list(examples().values())
LEAST = 4
"""A picture of fewer numbers than that shows nothing."""


def test_each_clause_has_an_example_and_each_example_a_clause() -> None:
    assert set(examples()) == set(clauses())


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.clause)
def test_an_example_gives_what_it_shows(one: Example) -> None:
    names, differs = run(one)
    assert differs == ""
    drawn = [array(panel, names) for panel in one.picture]
    assert all(part.ndim == 2 for part in drawn)
    assert max(part.size for part in drawn) >= LEAST
    for panel, part in zip(one.picture, drawn, strict=True):
        if panel.mark is not None:
            assert part[panel.mark].size > 0


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.clause)
def test_an_example_is_explained_with_its_numbers(one: Example) -> None:
    text = "\n".join(explain.explained(clauses()[one.clause]))
    steps = [part for part in one.parts if not isinstance(part, str)]
    assert steps
    for step in steps:
        assert f">>> {step.source.splitlines()[0]}" in text


def test_a_wrong_number_is_found() -> None:
    wrong = Example("C7", "Values", ">>> conv([[2]], [[[3]]]).item()\n5.0", ())
    assert "6.0" in run(wrong)[1]


def test_a_faulty_operation_shows() -> None:
    one = examples()["R2"]
    names, differs = run(one, {"relu": np.abs})
    assert differs
    assert (array(one.picture[-1], names) > 0).any()


def test_a_second_example_is_an_error() -> None:
    with pytest.raises(ValueError, match="C7 has two examples"):
        example("C7", "", "", ())
