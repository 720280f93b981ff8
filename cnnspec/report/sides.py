"""The matrix as it is laid out on a page: a line for each runtime, then level by level."""

import re
from collections.abc import Iterator
from typing import Any

from cnnspec.kit.clauses import LEVELS, clauses

STATES = {
    "fail": "deviates",
    "died": "died, or hangs",
    "pass": "right",
    "part": "right, in part",
    "error": "could not be judged",
    "absent": "not judged",
}
"""What came of a cell, and how the filter calls it."""

TITLES = {"values": "Values", "core": "Manners", "strict": "Strict"}
"""The headings of the levels."""

WORDS = {level: title.lower() for level, title in TITLES.items()}
"""The levels as the page calls them."""

FAILED = "FAIL"
"""How the cell of a wrong result begins; others say how the runtime was lost."""


def context(data: dict[str, Any]) -> dict[str, Any]:
    """What the page shows beside the matrix itself."""
    return {
        "operations": list(
            dict.fromkeys(clauses()[one["id"]].operation for one in data["clauses"])
        ),
        "states": STATES,
        "sections": list(sections(data)),
        "lines": [line(one, data) for one in data["targets"]],
        "state_of": state_of,
        "brief": brief,
        "anchor": anchor,
    }


def level_of(entry: dict[str, Any], data: dict[str, Any]) -> str:
    """The level of a clause. A matrix older than the level of values says core for that, too."""
    told = any(one["level"] == LEVELS[0] for one in data["clauses"])
    if told or entry["level"] != "core":
        return str(entry["level"])
    return clauses()[entry["id"]].level


def sections(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A table for each level: its clauses, operation by operation."""
    for level in LEVELS:
        own, before = [], ""
        for one in data["clauses"]:
            if level_of(one, data) == level:
                operation = clauses()[one["id"]].operation
                own.append(
                    {
                        "id": one["id"],
                        "title": one["title"].removesuffix(f" of {operation}"),
                        "operation": operation,
                        "begins": operation != before,
                        "clause": one,
                    }
                )
                before = operation
        if own:
            yield {"level": level, "title": TITLES[level], "clauses": own}


def line(target: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What is said of a runtime in one line, and its deviations, those of values first.

    of_options: its deviations in the part for edition general.
    """
    deviations = deviating(target, target["cells"], data)
    died: dict[str, list[Any]] = {}
    for one in deviations:
        if one["state"] == "died":
            died.setdefault(fate(one["cell"]), []).append(one)
    return {
        "target": target,
        "version": target["about"].split(" ")[-1],
        "levels": [at_level(level, target, deviations, data) for level in LEVELS],
        "died": died,
        "deviations": deviations,
        "of_options": deviating(target, target.get("general", {}).get("cells", []), data),
    }


def deviating(
    target: dict[str, Any], cells: list[dict[str, Any]], data: dict[str, Any]
) -> list[dict[str, Any]]:
    """The cells of a runtime that deviate, with what is said of each; those of values first."""
    columns = [*data["clauses"], *data.get("general", {}).get("clauses", [])]
    titles = {(one["id"], one["level"]): one["title"] for one in columns}
    return [
        {
            "id": one["id"],
            "level": WORDS[level],
            "title": titles.get((one["id"], one["level"]), ""),
            "operation": clauses()[one["id"]].operation,
            "state": state_of(one),
            "anchor": anchor(target, one),
            "cell": one,
        }
        for level in LEVELS
        for one in cells
        if one["status"] == "fail" and level_of(one, data) == level
    ]


def at_level(
    level: str, target: dict[str, Any], deviations: list[dict[str, Any]], data: dict[str, Any]
) -> dict[str, Any]:
    """How a runtime stands at a level: in a word, with links to what deviates."""
    own, name = [one for one in target["cells"] if level_of(one, data) == level], WORDS[level]
    bad = [one for one in deviations if one["level"] == name]
    if bad:
        state = "fail" if any(one["state"] == "fail" for one in bad) else "died"
        return {"name": name, "state": state, "word": "✗", "cells": bad}
    states = {state_of(one) for one in own}
    if "error" in states or not own:
        return {"name": name, "state": "error", "word": "could not be judged", "cells": []}
    if not states & {"pass", "part"}:
        return {"name": name, "state": "absent", "word": "not judged", "cells": []}
    part = " in part" if "part" in states else ""
    return {
        "name": name,
        "state": "part" if part else "pass",
        "word": f"✓ right{part}",
        "cells": [],
    }


def state_of(cell: dict[str, Any] | None) -> str:
    """What came of a cell: one of STATES."""
    if cell is None:
        return "error"
    if cell["status"] == "fail":
        return "fail" if fate(cell) == FAILED else "died"
    return "part" if cell["cell"] == "pass (in part)" else str(cell["status"])


def fate(cell: dict[str, Any]) -> str:
    """FAILED, or in a word how the runtime was lost: the signal that it died of, say."""
    return str(cell["cell"]).partition(" at ")[0]


def brief(cell: dict[str, Any] | None) -> str:
    """A cell in a few characters."""
    if cell is None:
        return "error"
    text = str(cell["cell"])
    if cell["status"] == "pass":
        return text.replace("pass", "✓").replace("(in part)", "in part")
    return text.replace(FAILED, "✗") if cell["status"] == "fail" else text.replace("-", "–")  # noqa: RUF001


def anchor(target: dict[str, Any], cell: dict[str, Any]) -> str:
    """Where a deviation stands on the page."""
    name = f"{target['name']}-{target['dtype']}-{cell['id']}-{cell['level']}"
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
