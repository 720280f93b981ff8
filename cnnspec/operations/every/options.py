"""Checks of the clauses of options: each alone, and all pairs of their levels together.

A call that deviates is asked again without each of its options, by the law of that option
(blame.py). The first whose absence makes it right is the one that is blamed.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from cnnspec.kit import aspects, filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import Judge, check
from cnnspec.kit.covering import Row, Table, covering, left
from cnnspec.kit.incidents import own_level
from cnnspec.kit.noticing import OF_OPTIONS
from cnnspec.kit.operation import REGISTRY, Operation, broken, option_clauses
from cnnspec.kit.option_aspects import MOST_TRIES, Options
from cnnspec.kit.session import Session
from cnnspec.kit.settings import Form
from cnnspec.kit.taken import Taken, as_taken, taken
from cnnspec.operations.every.crossed import judge_at
from cnnspec.operations.every.threes import rows_of_threes

WITNESS = "the law of the option, with NumPy on exact grids"

PAIRS = 2
TURNS = 4
SALT = "rows of options"


@lru_cache(maxsize=32)
def table_of(operation: Operation, known: Taken) -> Table:
    """All levels that a target can be given, and which go together."""
    options = options_of(operation)

    def takes(name: str, form: Form) -> bool:
        return (name, form) in known

    return Table(options.aspects(takes), lambda row: not options.excluded(row), strength=PAIRS)


def options_of(operation: Operation) -> Options:
    """How the options of an operation vary."""
    assert operation.varied is not None  # noqa: S101  for the type checker
    return operation.varied


@lru_cache(maxsize=32)
def rows_of(operation: Operation, known: Taken, seed: int, turns: int = 1) -> tuple[Row, ...]:
    """Rows in which each pair of levels meets, and then such in which each three options do."""
    random, table = filling.random_for(SALT, operation.name, seed), table_of(operation, known)
    pairs = covering(table, random)
    return (*pairs, *rows_of_threes(table, random, turns))


@lru_cache(maxsize=32)
def calls_of(
    operation: Operation, known: Taken, seed: int, bits: int, turns: int = 1
) -> tuple[Call | None, ...]:
    """For each row a call, or None where no call was found that is valid."""
    return tuple(
        call_of(operation, known, (seed, number, row), bits)
        for number, row in enumerate(rows_of(operation, known, seed, turns))
    )


def call_of(
    operation: Operation, known: Taken, place: tuple[int, int, Row], bits: int
) -> Call | None:
    """A call that has the levels of a row. place: the seed, the number of the row, and the row."""
    seed, number, row = place
    random = filling.random_for(SALT, operation.name, seed, number)
    for _ in range(MOST_TRIES):
        made = options_of(operation).made(
            row, lambda name, form: (name, form) in known, random, bits
        )
        if made is not None and broken(made, "general") is None:
            return made
    return None


@lru_cache(maxsize=32)
def owners_of(
    operation: Operation, known: Taken, seed: int, bits: int, turns: int
) -> tuple[str, ...]:
    """For each row the clause that judges it: of those of its options, that with fewest rows."""
    counts = dict.fromkeys(options_of(operation).alone, 0)
    found = []
    for one in calls_of(operation, known, seed, bits, turns):
        own = [] if one is None else [c for c in option_clauses(one) if c in counts]
        found.append(min(own, key=lambda clause: counts[clause], default=""))
        if own:
            counts[found[-1]] += 1
    return tuple(found)


def together(clause: str, operation: Operation) -> Callable[[Session], Iterator[Case]]:
    """The cases of rows that a clause judges."""

    def made(session: Session) -> Iterator[Case]:
        known, bits = taken(session, operation), session.bits(operation.name)
        drawn = operation, known, session.seed, bits, turns_of(session)
        owners = owners_of(*drawn)
        for number, one in enumerate(calls_of(*drawn)):
            if one is not None and owners[number] == clause:
                given = as_taken(session, one)
                session.memory.drawn[id(given)] = given, OPTIONS_OF.format(operation.name), number
                yield (given,)

    return made


def turns_of(session: Session) -> int:
    """How often each three options meet, each time at other levels."""
    return TURNS if session.thorough else 1


def alone(clause: str, operation: Operation) -> Callable[[Session], Iterator[Case]]:
    """Small calls for a clause, each in a form that the target takes."""

    def made(session: Session) -> Iterator[Case]:
        for one in options_of(operation).alone[clause](session.bits(operation.name)):
            if broken(one, "general") is None:
                yield (as_taken(session, one),)

    return made


def met(session: Session, operation: Operation) -> aspects.Met | None:
    """Which pairs of levels met in calls that were judged; None where there are no options."""
    if operation.varied is None or session.edition != "general":
        return None
    known = taken(session, operation)
    rows = rows_of(operation, known, session.seed, turns_of(session))
    judged = session.memory.judged.get(OPTIONS_OF.format(operation.name), set())
    table = table_of(operation, known)
    unmet = left(table, (rows[number] for number in sorted(judged)))
    name = OPTIONS_OF.format(operation.name)
    return aspects.Met(name, PAIRS, len(table.every), tuple(unmet))


OPTIONS_OF = "options of {}"


def judge(clause: str, name: str, doc: str) -> Judge:
    """The judge of a clause: another clause that is broken gets an incident."""
    judging = judge_at((clause, own_level(clause)))

    def judged(session: Session, case: Case) -> None:
        judging(session, case)

    judged.__name__, judged.__doc__ = name, doc
    return judged


def register(operation: Operation) -> None:
    """Register the checks of an operation's options."""
    if operation.varied is None:
        return
    for clause in operation.varied.alone:
        topic = topic_of(operation, clause)
        single = f"{topic}_alone", f"Small calls with {topic.replace('_', ' ')} and nothing else."
        several = OF_OPTIONS, "Calls in which all options vary, and each pair of levels meets."
        register_one(operation, clause, single, alone(clause, operation))
        register_one(operation, clause, several, together(clause, operation))


def topic_of(operation: Operation, clause: str) -> str:
    """What a clause is about, as part of the name of a check."""
    named = [one for one in operation.options if clause in (one.clause, one.of_words)]
    if len(named) != 1:
        return "windows" if named else "sizes"
    return f"{named[0].name}_in_words" if named[0].of_words == clause else named[0].name


def needed(operation: Operation, clause: str) -> str:
    """The option without which there is nothing to judge by a clause, if any."""
    named = [one.name for one in operation.options if clause in (one.clause, one.of_words)]
    if not named and operation.numbers:
        return operation.numbers[0].name  # a pair of it
    return named[0] if len(named) == 1 else ""


def register_one(
    operation: Operation,
    clause: str,
    named: tuple[str, str],
    cases: Callable[[Session], Iterator[Case]],
) -> None:
    """Register a check of a clause. named: its name, and its sentence."""
    check(
        clause,
        operation.name,
        witness=WITNESS,
        cases=cases,
        whole=True,
        option=needed(operation, clause),
    )(judge(clause, *named))


for _operation in REGISTRY.values():
    register(_operation)
