"""The drawn cases: rows of aspects in which each pair of levels meets, each made into a case.

There are rows of plain calls, which vary sizes, the two floats and kinds of numbers, and rows that
vary all dtypes, layouts and earlier calls too.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain

import numpy as np

from cnnspec.kit import aspects, filling
from cnnspec.kit.allowance import precision
from cnnspec.kit.aspects import ALONE, Fit, Random
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.covering import Aspects, Row, Table, covering, left
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.operation import Operation, broken, call, operation_of
from cnnspec.kit.rejection import is_batch
from cnnspec.kit.session import Session
from cnnspec.operations.every.histories import reused
from cnnspec.operations.every.known_rows import Known, known
from cnnspec.spec import Array

WORK, LITTLE_WORK = 2**18, 2**16
"""The most steps of a call; the same for the quick budget."""

USUAL_WORK, LARGE = 2**14, 8
"""Most calls have no more steps than this if their levels allow; one in so many has the most."""

SEVERAL = 4
"""Where calls are made before, each has so much less work."""

THREAD = "beside a thread"
DRAWS = 5
"""How often sizes are drawn before a row is given up, since none are valid in the edition."""


def most_work(thorough: bool) -> int:
    """The most steps of a call."""
    return WORK if thorough else LITTLE_WORK


def rows_of(session: Session, operation: Operation) -> tuple[Row, ...]:
    """The rows of an operation, those of little work first."""
    return made(operation, session.thorough, session.seed, session.strength)


@lru_cache(maxsize=32)
def made(operation: Operation, thorough: bool, seed: int, strength: int) -> tuple[Row, ...]:
    """The rows of an operation; none if nobody says how its calls vary."""
    crossing, tables = operation.crossing, tables_of(operation, thorough, strength)
    if crossing is None:
        return ()
    known = known_of(operation, thorough) if (seed, strength) == FIRST else None
    found = known.rows if known else computed(operation, tables, seed)
    return tuple(sorted(chain(*found), key=lambda row: crossing.work(aspects.least_sizes(row))))


FIRST = 0, 2
"""The seed and the strength of rows that are kept in a file."""


@lru_cache(maxsize=32)
def known_of(operation: Operation, thorough: bool) -> Known | None:
    """The rows of the first seed, if they are known."""
    tables = [table.aspects for table in tables_of(operation, thorough, FIRST[1])]
    return known(operation.name, thorough, tables)


def computed(operation: Operation, tables: Sequence[Table], seed: int) -> list[list[Row]]:
    """The rows of each table."""
    random = filling.random_for("rows", operation.name, seed)
    return [covering(table, random) for table in tables]


def tables_of(operation: Operation, thorough: bool, strength: int) -> list[Table]:
    """The tables of an operation: of plain calls, and of all aspects; none without a crossing."""
    if operation.crossing is None:
        return []
    plain = aspects.plain_aspects(operation.crossing, thorough)
    return [
        table_of(operation, plain, thorough, strength),
        whole_table(operation, thorough, strength),
    ]


def table_of(operation: Operation, varied: Aspects, thorough: bool, strength: int) -> Table:
    """The table of some aspects of an operation that has a crossing."""
    assert operation.crossing is not None  # noqa: S101  for the type checker
    able = partial(aspects.feasible, crossing=operation.crossing)
    every, usual = (partial(able, most=n) for n in (most_work(thorough), USUAL_WORK))
    return Table(varied, every, aspects.hides, strength, usual)


@lru_cache(maxsize=32)
def whole_table(operation: Operation, thorough: bool, strength: int) -> Table:
    """The table of all aspects of an operation that has a crossing."""
    names = [array.name for array in operation.arrays]
    rejects = any(True for _ in operation.inputs.invalid())
    assert operation.crossing is not None  # noqa: S101  for the type checker
    varied = aspects.aspects_of(operation.crossing, names, rejects, thorough)
    return table_of(operation, varied, thorough, strength)


def case_of(session: Session, operation: Operation, number: int) -> Case | None:
    """The case of a row; None where no such call is valid in the edition."""
    row = rows_of(session, operation)[number]
    random = filling.random_for("drawn", operation.name, session.seed, number)
    for _ in range(DRAWS):
        one = drawn(session, operation, row, random)
        if broken(one, session.edition) is None:
            case = with_history(session, str(row.get("earlier calls", ALONE)), one, random)
            session.memory.drawn[id(case[-1])] = case[-1], operation.name, number
            return case
    return None


def drawn(session: Session, operation: Operation, row: Row, random: Random) -> Call:
    """A call that has the levels of a row, its history left aside."""
    crossing = operation.crossing
    assert crossing is not None  # noqa: S101  for the type checker
    alone = row.get("earlier calls", ALONE) == ALONE
    most = most_work(session.thorough) // (1 if alone else SEVERAL)
    if random.randint(LARGE):
        most = min(most, USUAL_WORK)
    sizes = aspects.drawn_sizes(row, crossing, most, random)
    shapes, numbers = crossing.shaped(sizes)
    dtypes = dtypes_of(row, [array.name for array in operation.arrays])
    computed = precision(session, call(operation.name, *(np.zeros(0, d) for d in dtypes)))
    fits = [Fit(dtype, significand_bits(computed), computed) for dtype in dtypes]
    arrays = crossing.filled(str(row["numbers"]), shapes, numbers, fits, random)
    made = call(operation.name, *arrays, **numbers)
    for array in operation.arrays:
        layout = row.get(f"layout of {array.name}", aspects.PLAIN_LAYOUT)
        made = made.laid_out(str(layout), only=array.name)
    return made


def dtypes_of(row: Row, names: list[str]) -> list[np.dtype[np.generic]]:
    """The dtype of each array."""
    first = str(row["dtype"])
    others = [str(row.get(f"dtype of {name}", "the same")) for name in names[1:]]
    return [np.dtype(first if name == "the same" else name) for name in (first, *others)]


# Earlier calls


def with_history(session: Session, history: str, one: Call, random: Random) -> Case:
    """A case that ends with a call, after others."""
    if history == "made five times":
        return (replace(one, repeat=5),)
    if history == "after other numbers":
        return one.with_arrays([shuffled(a, random) for a in one.arrays]), one
    if history == "an element changed":
        return reused(changed(one, random), "drawn"), reused(one, "drawn")
    if history == "after a rejection":
        return invalid(session, one, random), one
    if history == "after another dtype":
        return one.with_arrays([other_dtype(a) for a in one.arrays]), one
    if history == "after a larger call":
        return operation_of(one).inputs.larger(), one
    if history == THREAD:
        other = one.with_arrays([shuffled(a, random) for a in one.arrays])
        return (replace(one, at_once=other),)
    return (one,)


def shuffled(array: Array, random: Random) -> Array:
    """The same elements in another order."""
    return array.ravel()[random.permutation(array.size)].reshape(array.shape)


def changed(call: Call, random: Random) -> Call:
    """The call with one element of an array replaced by another one, or by zero."""
    arrays = [a.copy() for a in call.arrays]
    able = [a for a in arrays if a.size]
    if able:
        array = able[random.randint(len(able))]
        place = (0, array.size // 2, array.size - 1)[random.randint(3)]
        array.flat[place] = array.flat[place - 1] if array.flat[place] == 0 else 0
    return call.with_arrays(arrays)


def other_dtype(array: Array) -> Array:
    """The array in another dtype of floats; NumPy's own words are kept to itself."""
    with np.errstate(all="ignore"):
        return array.astype("float64" if array.dtype == np.float32 else "float32")


def invalid(session: Session, call: Call, random: Random) -> Call:
    """An invalid call of the same operation."""
    name = call.operation
    found = session.memory.cases(
        f"{name}, invalid",
        lambda: (
            (one,)
            for one in operation_of(call).inputs.invalid()
            if broken(one, session.edition) is not None and not is_batch(session, one)
        ),
    )
    return found[random.randint(len(found))][0]


# Pairs


def combinations_met(session: Session, operation: Operation) -> aspects.Met | None:
    """What met in the calls of an operation; None if nobody says how its calls vary."""
    if operation.crossing is None:
        return None
    rows, strength = rows_of(session, operation), session.strength
    judged = sorted(session.memory.judged.get(operation.name, ()))
    before = (session.seed, strength) == FIRST and known_of(operation, session.thorough)
    if before and len(judged) == len(rows):
        return aspects.Met(operation.name, strength, before.combinations, ())
    table = whole_table(operation, session.thorough, strength)
    plain = {name: levels[0] for name, levels in table.aspects.items()}
    unmet = left(table, ({**plain, **rows[number]} for number in judged))
    return aspects.Met(operation.name, strength, len(table.every), tuple(unmet))
