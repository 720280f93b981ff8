"""The part of the matrix for edition general: as data, and as it is laid out."""

from collections.abc import Iterable, Iterator
from typing import Any

from cnnspec.engine.general import General
from cnnspec.engine.left_open import left_open
from cnnspec.engine.offers import Offer, of_options
from cnnspec.engine.parts import rows
from cnnspec.engine.plan import Plan
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.text import plain
from cnnspec.report.rows import title

SINGLE = ("flag", "array", "mark")
"""Forms of which a parameter has no other: they need not be said."""


def as_json(plan: Plan, targets: Iterable[General | None]) -> dict[str, Any]:
    """The clauses of options as plain data; nothing if no target was judged by them."""
    if not any(targets):
        return {}
    own = Plan(plan.target, "general", only=tuple(of_options()))
    columns = [
        {
            "id": one.id,
            "level": one.level,
            "title": title(one.id, one.level).replace(" alone of ", " of "),
            "operation": clauses()[one.id].operation,
        }
        for one, _ in rows(own)
    ]
    questions = [{"id": n, "operation": q.call.operation} for n, q in left_open().items()]
    return {"general": {"clauses": columns, "questions": questions}}


def of_target(general: General | None, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """What is said of a target's options, as plain data. cells: those of its clauses."""
    if general is None:
        return {}
    report = general.report
    return {
        "general": {
            "about": report.about if report else "",
            "verdict": report.verdict if report else "not judged",
            "problems": report.problems if report else [plain(general.problem)],
            "seconds": round(report.seconds, 1) if report else 0.0,
            "cells": [
                {**one, "offers": [offered(o) for o in general.offers.get(one["id"], [])]}
                for one in cells
            ],
            "observed": report.observed if report else {},
        }
    }


def offered(offer: Offer) -> dict[str, Any]:
    """What a target offers of a parameter, as plain data."""
    return {"name": offer.name, "taken": list(offer.taken), "refused": list(offer.refused)}


def context(data: dict[str, Any]) -> dict[str, Any]:
    """What a page shows of options: the tables, one for each operation, and who is in them."""
    targets = [one for one in data["targets"] if one.get("general")]
    with_options = {one["name"] for one in targets}
    others = dict.fromkeys(one["name"] for one in data["targets"])
    return {
        "tables": list(tables(data.get("general", {"clauses": []}))),
        "targets": targets,
        "seen": [{**one, "observed": one["general"]["observed"]} for one in targets],
        "asked": data.get("general", {}).get("questions", []),
        "others": [name for name in others if name not in with_options],
        "cell": found,
        "offers": in_words,
    }


def tables(general: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A table for each operation: its clauses."""
    for operation in REGISTRY:
        own = [one for one in general["clauses"] if one["operation"] == operation]
        if own:
            columns = [{**c, "title": c["title"].removesuffix(f" of {operation}")} for c in own]
            yield {"operation": operation, "clauses": columns}


def found(target: dict[str, Any], clause: dict[str, Any]) -> dict[str, Any] | None:
    """The cell of a target for a clause of options, if it has one."""
    key = (clause["id"], clause["level"])
    cells = target["general"]["cells"]
    return next((one for one in cells if (one["id"], one["level"]) == key), None)


def in_words(cell: dict[str, Any] | None) -> str:
    """What a target offers of the parameters of a clause: "number, pair; refuses sides"."""
    if cell is None:
        return ""
    several = len(cell["offers"]) > 1
    return " · ".join(forms(one, named=several) for one in cell["offers"])


def forms(offer: dict[str, Any], *, named: bool) -> str:
    """The forms of a parameter that a target takes, and those that it refuses."""
    taken, refused = offer["taken"], offer["refused"]
    name = offer["name"]
    if not taken and not refused:
        return f"no {name}" if named else "not offered"
    if not taken:
        return f"refuses {name if named else ', '.join(refused)}"
    if set(taken) <= set(SINGLE):
        return str(name) if named else "offered"
    text = "; refuses ".join(", ".join(some) for some in (taken, refused) if some)
    return f"{name}: {text}" if named else text
