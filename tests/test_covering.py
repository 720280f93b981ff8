"""Covering arrays: rows in which every combination of levels meets, made anew or kept in a file."""

import numpy as np
import pytest

from cnnspec.kit.covering import Row, Table, covering, left
from cnnspec.kit.operation import Operation
from cnnspec.operations.catalogue import OPERATIONS, checks
from cnnspec.operations.every.known_rows import known
from cnnspec.operations.every.rows import computed, known_of, tables_of

checks()


@pytest.mark.parametrize("strength", [2, 3])
def test_every_combination_that_makes_sense_meets(strength: int) -> None:
    table = {"a": (0, 1, 2), "b": (0, 1), "c": (0, 3, 5, 7), "d": ("x", "y")}

    def small(row: Row) -> bool:
        return row.get("a", 0) != 2 or row.get("c", 0) in (0, 3)

    made = Table(table, small, strength=strength)
    rows = covering(made, np.random.RandomState(0))
    assert all(small(row) and row.keys() == table.keys() for row in rows)
    assert {one for row in rows for one in made.met(row)} == set(made.every)
    assert len(rows) < 3 * 2 * 4 * 2


def test_a_condition_that_only_whole_rows_break_leaves_its_pairs_out() -> None:
    table = {"a": (0, 1), "b": (0, 1), "c": (0, 1)}

    def never_all(row: Row) -> bool:
        return len(row) < 3 or sum(map(int, map(str, row.values()))) < 2

    rows = covering(Table(table, never_all), np.random.RandomState(0))
    assert rows
    assert all(map(never_all, rows))


def test_rows_that_are_preferred_are_made_where_they_show_what_is_asked() -> None:
    sizes = (1, 10, 100)
    table = {"rows": sizes, "columns": sizes, "channels": sizes, "kind": ("a", "b")}

    def within(most: int, row: Row) -> bool:
        return int(np.prod([int(str(row.get(one, 1))) for one in list(table)[:3]])) <= most

    few = Table(table, lambda row: within(10_000, row), preferred=lambda row: within(100, row))
    rows = covering(few, np.random.RandomState(0))
    assert {one for row in rows for one in few.met(row)} == set(few.every)
    large = [row for row in rows if not within(100, row)]
    needed = [one for one in few.every if not within(100, dict(one))]
    assert 0 < len(large) <= len(needed)
    assert all(any(one <= row.items() for one in needed) for row in large)


def test_what_meets_beside_a_level_that_hides_it_meets_again() -> None:
    table = Table(
        {"a": (1, 0), "b": (1, 2, 3), "c": (1, 2)}, lambda _row: True, lambda _n, level: level == 0
    )
    rows = covering(table, np.random.RandomState(0))
    shown = {one for row in rows for one in table.met(row)}
    assert shown == set(table.every)
    assert all(("a", 0) in one for row in rows if row["a"] == 0 for one in table.met(row))


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_the_rows_that_are_kept_are_those_that_the_code_makes(
    operation: Operation, thorough: bool
) -> None:
    """Else: python -m cnnspec.operations.every.known_rows"""
    kept, tables = known_of(operation, thorough), tables_of(operation, thorough, 2)
    assert kept is not None
    assert kept.rows == computed(operation, tables, 0)
    whole = tables[-1]
    plain = {name: levels[0] for name, levels in whole.aspects.items()}
    assert left(whole, ({**plain, **row} for rows in kept.rows for row in rows)) == []
    assert kept.combinations == len(whole.every)


def test_rows_of_other_aspects_than_those_of_the_code_are_not_taken() -> None:
    operation = OPERATIONS[0]
    plain, whole = (table.aspects for table in tables_of(operation, False, 2))
    assert known(operation.name, False, [plain, whole]) is not None
    assert known(operation.name, False, [plain, {**whole, "dtype": ("float64",)}]) is None
    assert known("none such", False, [plain, whole]) is None
