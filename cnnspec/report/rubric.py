"""A rubric: how many points the clauses are worth, and how many a report earns."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from cnnspec.kit import files
from cnnspec.kit.clauses import EVERY, LEVELS, Level, clause_of, clauses
from cnnspec.kit.text import plain
from cnnspec.operations.catalogue import checks
from cnnspec.spec import OPERATIONS, Edition

DEFAULT = "rubric.toml"
"""The rubric that is used where none is given, beside this file."""

STACK = "stack"

BY_OFFER: tuple[Edition, ...] = ("standard", "general")
"""The editions of submissions where nobody says one: what a submission offers decides."""

MOST_POINTS = 1_000_000

Word = Literal["held", "broken", "blocked", "missing", "open", "left out"]
"""What came of a clause: it holds; it is broken; it cannot be judged, since others of its operation
are broken; its operation or its option is not there, or does not run; it could not be judged for
another reason; or the submission has nothing that it speaks of: filters that are not square are no
mistake of one that offers options."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "points": {"$ref": "#/$defs/numbers"},
        "item": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
    },
    "$defs": {
        "numbers": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": MOST_POINTS,
            },
        },
        "item": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "points"],
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "points": {"type": "number", "minimum": 0, "maximum": MOST_POINTS},
                "clauses": {
                    "anyOf": [
                        {"type": "array", "minItems": 1, "items": {"type": "string"}},
                        {"$ref": "#/$defs/numbers"},
                    ]
                },
                "operation": {"enum": [*OPERATIONS, STACK, EVERY]},
                "level": {"enum": [*LEVELS]},
                "partial": {"type": "boolean"},
            },
        },
    },
}
"""The form of a rubric; docs/grading.md explains it."""


class RubricError(ValueError):
    """A rubric that cannot be used; the message says why."""


Place = tuple[str, Level]
"""A clause, and the level at which it is judged."""


@dataclass(frozen=True)
class Item:
    """Points for some clauses. weights: what each counts for. partial: whether some earn a part."""

    name: str
    points: float
    weights: Mapping[Place, float]
    partial: bool = True


@dataclass(frozen=True)
class Earned:
    """What an item earned. words: what came of each clause. open: points that are not judged."""

    item: Item
    points: float
    open: float
    words: Mapping[Place, Word]


@dataclass(frozen=True)
class Rubric:
    """Items, in their order."""

    title: str
    items: tuple[Item, ...]

    @property
    def points(self) -> float:
        """The most that can be had."""
        return round(sum(one.points for one in self.items), 2)

    @property
    def level(self) -> Level:
        """The highest level at which a clause counts."""
        return self.levels[-1]

    @property
    def places(self) -> list[Place]:
        """The clauses that count, each at its level."""
        return list(dict.fromkeys(place for one in self.items for place in one.weights))

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels at which clauses count, and that of the numbers."""
        own = {LEVELS[0], *(level for _, level in self.places)}
        return tuple(one for one in LEVELS if one in own)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the clauses that count."""
        return tuple(dict.fromkeys(id_ for id_, _ in self.places))

    @property
    def judged(self) -> tuple[str, ...]:
        """The ids of those, and of the numbers of their operations, on which they may depend."""
        numbers = (
            id_
            for id_, one in clauses().items()
            if one.operation in self.operations and one.level == LEVELS[0]
        )
        return tuple(dict.fromkeys((*self.clauses, *numbers)))

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that count: those of the clauses; all if only clauses of every one do."""
        own = {clauses()[one].operation for one in self.clauses}
        if STACK in own:
            steps = (one for one in checks() if clauses()[one.clause].operation == STACK)
            own |= {name for one in steps for name in one.operations}
        return tuple(one for one in OPERATIONS if one in own) or tuple(OPERATIONS)


def read(path: Path | None, edition: Edition | None) -> Rubric:
    """Read a rubric, or the one that is used where none is given. Raises OSError or RubricError.

    edition: by which all submissions are judged; None if each has its own, standard or general.
    """
    try:
        if path is None:
            text = resources.files("cnnspec.report").joinpath(DEFAULT).read_text(encoding="utf-8")
        else:
            text = files.read_text(path)
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RubricError(f"{path} is not TOML: {plain(str(error))}") from None
    name = str(path or DEFAULT)
    check_form(data, name)
    try:
        found = [
            *(Item(id_, n, weights({id_: 1}, None, edition)) for id_, n in data_points(data)),
            *(item(one, edition) for one in data.get("item", [])),
        ]
    except RubricError as error:
        raise RubricError(f"{name}: {error}") from None
    rubric = Rubric(plain(data.get("title", "")), tuple(found))
    names = [one.name for one in rubric.items]
    twice = [one for one in dict.fromkeys(names) if names.count(one) > 1]
    if twice:
        raise RubricError(f"{name}: two items are called {twice[0]}")
    if not rubric.points:
        raise RubricError(f"{name}: it has no points, neither [points] nor [[item]]")
    return rubric


def data_points(data: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """The table [points]: clauses, and what each is worth."""
    points: dict[str, float] = data.get("points", {})
    return points.items()


def check_form(data: Any, name: str) -> None:
    """Raise RubricError for data that is no rubric."""
    import jsonschema

    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)
    )
    if error is not None:
        where = ".".join(str(one + 1 if isinstance(one, int) else one) for one in error.path)
        what = plain(str(error.message), 200)
        raise RubricError(f"{name}: {where + ': ' if where else ''}{what}; see docs/grading.md")


def item(data: Mapping[str, Any], edition: Edition | None) -> Item:
    """An item. Raises RubricError."""
    level, given = data.get("level"), data.get("clauses")
    if ("clauses" in data) == ("operation" in data):
        raise RubricError(f"{plain(data['name'])}: it has either clauses or an operation")
    if given is None:
        level = level or LEVELS[0]
        own = {id_ for id_, one in clauses().items() if one.operation == data["operation"]}
        judged = [one.clause for one in checks(edition or "standard") if one.level == level]
        given = list(dict.fromkeys(one for one in judged if one in own))
        if not given:
            raise RubricError(f"{data['operation']} has no clause of level {level}")
    elif not isinstance(given, dict) and len(set(given)) < len(given):
        raise RubricError(f"{plain(data['name'])}: a clause is named twice; give it a weight")
    found = weights(given if isinstance(given, dict) else dict.fromkeys(given, 1), level, edition)
    return Item(plain(data["name"]), data["points"], found, data.get("partial", True))


def weights(
    given: Mapping[str, float], level: Level | None, edition: Edition | None
) -> dict[Place, float]:
    """What clauses count for, each at a level or at its own. Raises RubricError."""
    found: dict[Place, float] = {}
    for text, weight in given.items():
        clause = clause_of(text)
        if clause is None:
            raise RubricError(f"there is no clause {plain(text)!r}; `cnnspec explain` lists them")
        if not {*clause.editions} & {*((edition,) if edition else BY_OFFER)}:
            wanted = edition or " or ".join(BY_OFFER)
            raise RubricError(f"{clause.id} is not a clause of edition {wanted}")
        place = clause.id, level or clause.level
        if not any((one.clause, one.level) == place for one in checks()):
            raise RubricError(f"{clause.id} has nothing of level {level}")
        found[place] = found.get(place, 0) + weight
    return found


def earned(rubric: Rubric, report: Mapping[str, Any] | None) -> list[Earned]:
    """What a report earns, as plain data, item by item; None is no report, and earns nothing."""
    return [of_item(one, report) for one in rubric.items]


def of_item(item: Item, report: Mapping[str, Any] | None) -> Earned:
    """What an item earns."""
    words = {place: word(place, report) for place in item.weights}
    counted = {place: w for place, w in item.weights.items() if words[place] != "left out"}
    total = sum(counted.values())
    if not total:  # there is nothing that it speaks of, and nobody can say
        return Earned(item, 0.0, item.points, words)
    held, open_ = (
        sum(w for place, w in counted.items() if words[place] == one) / total
        for one in ("held", "open")
    )
    if not item.partial:
        broken = held + open_ < 1 - 1e-9
        held, open_ = (0.0, 0.0) if broken else (float(not open_), float(bool(open_)))
    return Earned(item, round(item.points * held, 2), round(item.points * open_, 2), words)


def of_option(clause: str) -> bool:
    """Whether a clause is about an option, which a submission may lack."""
    return clauses()[clause].editions == ("general",)


def hides(broken: str, clause: str) -> bool:
    """Whether a clause may not be judged since another is broken: a broken option hides options."""
    same = clauses()[broken].operation == clauses()[clause].operation
    return same and (of_option(clause) or not of_option(broken))


def word(place: Place, report: Mapping[str, Any] | None) -> Word:
    """What came of a clause."""
    if report is None:
        return "missing"
    rows = {(one["id"], one["level"]): one for one in report["clauses"]}
    row, operation = rows.get(place), clauses()[place[0]].operation
    if report["verdict"] == "interrupted" and not report["operations"]:
        return "open"
    there = operation in report["operations"] or (operation == EVERY and bool(report["operations"]))
    status = "error" if row is None else row["status"]
    if of_option(place[0]) and (row is None or status == "absent"):
        return "missing"
    if report["edition"] not in clauses()[place[0]].editions:
        return "left out"
    if not there and (operation != STACK or status != "pass"):
        return "missing"
    if status in ("pass", "fail"):
        return "held" if status == "pass" else "broken"
    broken = (one["id"] for one in report["clauses"] if one["status"] == "fail")
    if report["verdict"] != "interrupted" and any(hides(one, place[0]) for one in broken):
        return "blocked"
    return "left out" if status == "absent" else "open"
