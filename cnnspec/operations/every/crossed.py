"""Checks of drawn calls in which all aspects vary at once.

Each call is judged once, by the clause that its row is about. What it shows counts for the clause
that it breaks, whichever that is (blame.py).
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from cnnspec.kit import aspects
from cnnspec.kit.aspects import ALONE, GENERAL, NOT_FINITE, PLAIN_LAYOUT, least_sizes
from cnnspec.kit.calls import Case
from cnnspec.kit.check import AsVectors, Judge, check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, DIMENSIONS, DTYPE, LAYOUT, SUBNORMAL
from cnnspec.kit.clauses import NOT_FINITE as NOT_FINITE_CLAUSE
from cnnspec.kit.covering import Row
from cnnspec.kit.incidents import Place, own_level
from cnnspec.kit.noticing import CHECK, NATIVE, OF_OPTIONS
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Declined, Session
from cnnspec.operations.every.blame import blame
from cnnspec.operations.every.rows import THREAD, case_of, dtypes_of, made
from cnnspec.operations.every.typical import for_each
from cnnspec.spec import Edition

ENOUGH = 5
"""After so many rows that deviate as plain calls, what is out of the ordinary is not asked."""

BESIDE_A_THREAD: Place = (ARGUMENTS_ALONE, "strict")
OF_EVERY = (ARGUMENTS_ALONE, LAYOUT, DTYPE, NOT_FINITE_CLAUSE, SUBNORMAL, DIMENSIONS)
"""Clauses of every operation that judge drawn calls."""


def home_of(edition: Edition, operation: Operation, row: Row) -> Place:
    """The clause that judges a row: the first that is about something out of the ordinary."""
    odd = next(odd_places(operation, row), None)
    if odd is not None:
        return odd
    roles = operation.roles
    rounded = roles.rounding and row["numbers"] == GENERAL
    clause = roles.rounding if rounded else roles.of(edition)[1]
    return clause, own_level(clause)


@lru_cache(maxsize=32)
def at_home(
    edition: Edition, operation: Operation, thorough: bool, seed: int, strength: int
) -> dict[Place, list[int]]:
    """For each clause, the numbers of the rows that it judges."""
    found: dict[Place, list[int]] = {}
    for number, row in enumerate(made(operation, thorough, seed, strength)):
        found.setdefault(home_of(edition, operation, row), []).append(number)
    return found


def odd_places(operation: Operation, row: Row) -> Iterator[Place]:
    """The clauses that are about what is out of the ordinary in a row."""
    history, sizes = row.get("earlier calls", ALONE), least_sizes(row)
    layouts = {level for name, level in row.items() if name.startswith("layout")}
    found = {
        ARGUMENTS_ALONE: history != ALONE,
        LAYOUT: bool(layouts - {PLAIN_LAYOUT}),
        NOT_FINITE_CLAUSE: row["numbers"] in NOT_FINITE,
        DTYPE: set(dtypes_of(row, [one.name for one in operation.arrays])) not in NATIVE,
        SUBNORMAL: row["numbers"] in aspects.SUBNORMAL,
        DIMENSIONS: 0 in (sizes.get("channels"), sizes.get("filters")),
    }
    if history == THREAD:
        yield BESIDE_A_THREAD
    yield from ((clause, own_level(clause)) for clause, odd in found.items() if odd)
    if sizes.get("rank", RANK) != RANK:
        yield shape_of_any_rank(operation)


RANK = 3
"""The rank at which level values asks for the shape; another one is for level strict."""


def shape_of_any_rank(operation: Operation) -> Place:
    """The clause of shape, at the level at which it holds for any rank."""
    return next(iter(operation.roles.shape.values())), "strict"


def rows_at(place: Place, session: Session, operation: Operation) -> Iterator[Case]:
    """The cases of an operation whose rows a clause judges."""
    key = session.thorough, session.seed, session.strength
    for number in at_home(session.edition, operation, *key).get(place, ()):
        case = case_of(session, operation, number)
        if case is not None:
            yield case


def judge_at(place: Place) -> Judge:
    """The judge of a clause: another clause that is broken gets an incident."""

    def judge(session: Session, case: Case) -> None:
        """Calls in which all aspects vary at once are answered rightly."""
        operation = case[-1].operation
        if session.memory.plainly[operation] >= ENOUGH and place[0] not in computed(operation):
            raise Declined("plain calls deviate, too")
        found = blame(session, case)
        session.memory.note_judged(case[-1])
        if found is None:
            return
        if found.place == place:
            found.deviation.plainest = found.case
            raise found.deviation
        clause, level = found.place
        session.memory.plainly[operation] += clause in computed(operation)
        text = found.deviation.message
        session.incidents.add(clause, found.case, text, level, name_of(found.place, operation))
        raise Declined(f"it deviates without that, too ({clause})")

    judge.__name__ = name_at(place)
    return judge


def computed(operation: str) -> frozenset[str]:
    """The clauses of what an operation computes."""
    return REGISTRY[operation].roles.computed


def name_of(place: Place, operation: str) -> str:
    """The name of the check of a clause at a level that judges drawn calls of an operation."""
    varied = REGISTRY[operation].varied
    of_options = varied is not None and place[0] in varied.alone
    return OF_OPTIONS if of_options else name_at(place)


def name_at(place: Place) -> str:
    """The name of the check of a clause at a level."""
    clause, level = place
    return CHECK if level == own_level(clause) else f"{CHECK}_at_{level}"


def register(place: Place, *operations: str) -> None:
    """Register the check of a clause, of some operations or of all."""
    clause, level = place
    named = [REGISTRY[name] for name in operations]
    every: Callable[[Session], Iterator[Case]] = for_each(partial(rows_at, place))
    check(
        clause,
        *operations,
        witness="NumPy on exact grids, and the bound of any order of summation",
        cases=(lambda session: rows_at(place, session, named[0])) if named else every,
        level=level,
        whole=True,
        in_order=True,
        vectors=AsVectors(left_out=True),
    )(judge_at(place))


def register_values(operation: Operation) -> None:
    """Register the checks of an operation's clauses of values and rounding."""
    roles = operation.roles
    if operation.crossing is not None:
        for clause in dict.fromkeys(filter(None, (*roles.values.values(), roles.rounding))):
            register((clause, own_level(clause)), operation.name)
        if "rank" in operation.crossing.sizes:
            register(shape_of_any_rank(operation), operation.name)


for _operation in REGISTRY.values():
    register_values(_operation)
for _clause in OF_EVERY:
    register((_clause, own_level(_clause)))
register(BESIDE_A_THREAD)
