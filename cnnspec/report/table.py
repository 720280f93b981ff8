"""The matrix as JSON (matrix.schema.json says how), as Markdown and as HTML."""

import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnspec import __version__
from cnnspec.engine.matrix import Known, Row, cell, known
from cnnspec.engine.observe import questions
from cnnspec.engine.parts import rows
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report
from cnnspec.kit import files
from cnnspec.kit.clauses import clauses
from cnnspec.kit.text import plain
from cnnspec.report import general, sides, templates
from cnnspec.report.grids import side_by_side
from cnnspec.report.literal import example_code
from cnnspec.report.rows import title

FORMAT = 1


def as_json(rows_: list[Row], plan: Plan) -> dict[str, Any]:
    """The matrix as plain data."""
    reports = known()
    return {
        "format": FORMAT,
        "cnnspec": __version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "edition": plan.edition,
        "budget": plan.budget,
        "seed": plan.seed,
        "clauses": [
            {"id": one.id, "level": one.level, "title": title(one.id, one.level)}
            for one, _ in rows(plan)
        ],
        "questions": [{"id": n, "operation": c.operation} for n, c in questions().items()],
        "targets": [row_as_json(one, reports) for one in rows_],
        **general.as_json(plan, (one.general for one in rows_)),
    }


def row_as_json(row: Row, reports: list[Known]) -> dict[str, Any]:
    """One target as plain data."""
    report, options = row.report, row.general.report if row.general else None
    return {
        "name": plain(row.target),
        "about": report.about if report else "",
        "dtype": row.dtype,
        "verdict": report.verdict if report else "not judged",
        "problems": [row.problem] if report is None else report.problems,
        "seconds": round(report.seconds, 1) if report else 0.0,
        "cells": cells(report, row.target, reports),
        "observed": row.observed,
        **general.of_target(row.general, cells(options, row.target, reports)),
    }


def cells(report: Report | None, target: str, reports: list[Known]) -> list[dict[str, Any]]:
    """What is said of each clause of a target, as plain data."""
    if report is None:
        return []
    return [cell_as_json(one, target, report.diagnosis, reports) for one in report.clauses]


def cell_as_json(
    result: ClauseResult, target: str, diagnosis: list[Any], reports: list[Known]
) -> dict[str, Any]:
    """What is said of one clause of one target, as plain data."""
    example = result.counterexample
    grids = (
        side_by_side(example.expected, example.got)
        if example and example.expected is not None and example.got is not None
        else []
    )
    return {
        "id": result.id,
        "level": result.level,
        "status": result.status,
        "cell": cell(result),
        "message": result.message,
        "examples": result.examples,
        "max_bound_share": result.max_bound_share,
        "certified": result.certified,
        "declined": dict(sorted(result.declined.items())),
        "code": example_code(example) if example else [],
        "grids": grids,
        "behaves_as": [f"{d.name}. {d.sentence}" for d in diagnosis if result.id in d.clauses],
        "reports": [
            {"link": one.link, "text": one.text}
            for one in reports
            if (one.target, one.clause) == (target, result.id) and result.status == "fail"
        ],
    }


def write(rows_: list[Row], plan: Plan, folder: Path) -> Iterator[Path]:
    """Write the matrix in its three forms; the files' paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    data = as_json(rows_, plan)
    text = json.dumps(data, indent=1, allow_nan=False) + "\n"
    for name, content in [("matrix.json", text), *rendered(data)]:
        files.write(folder / name, content)
        yield folder / name


def rendered(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and the contents of the files for people."""
    shown = {**data, "groups": groups(data), "cell": found, "general": general.context(data)}
    yield "matrix.md", templates.rendered("matrix.md.jinja", **shown)
    yield "matrix.html", templates.rendered("matrix.html.jinja", **shown, **sides.context(data))


def groups(data: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The tables: for each operation its clauses."""
    titles = dict.fromkeys(clauses()[one["id"]].operation for one in data["clauses"])
    return [
        (title_, [one for one in data["clauses"] if clauses()[one["id"]].operation == title_])
        for title_ in titles
    ]


def found(target: dict[str, Any], clause: dict[str, Any]) -> dict[str, Any] | None:
    """The cell of a target for a clause, if it has one."""
    key = (clause["id"], clause["level"])
    return next((one for one in target["cells"] if (one["id"], one["level"]) == key), None)
