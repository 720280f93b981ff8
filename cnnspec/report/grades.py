"""Grades of many submissions: a CSV, an overview, a page of feedback each, Gradescope's file."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from cnnspec import __version__
from cnnspec.kit import files
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.kit.text import plain
from cnnspec.report.rows import title
from cnnspec.report.rubric import STACK, Earned, Rubric, of_option

NOT_ISOLATED = (
    "not isolated: without --sandbox a submission has your rights, and can reach your files"
)
VERDICTS = ("conforms", "deviates", "in part", "not judged", "time limit")
CSV, OVERVIEW, PAGES, GRADESCOPE = "grades.csv", "index.html", "feedback", "results.json"
MOST_BROKEN = 12
"""The most clauses of which it is said how many submissions break them."""


class Found(Protocol):
    """What was found of a submission: see commands/grading/records.py."""

    name: str
    file: str
    problem: str
    late: bool
    ours: bool
    isolated: bool
    adapter: str
    flags: list[str]
    notes: list[str]
    report: dict[str, Any] | None
    page: str
    text: str
    seconds: float

    @property
    def verdict(self) -> str:
        """In a word or two."""


@dataclass(frozen=True)
class How:
    """How all were judged."""

    budget: str
    seed: int
    isolated: bool
    edition: str
    rubric: Rubric


@dataclass(frozen=True)
class Grade:
    """The points of a submission. key: how the names of its files begin."""

    key: str
    record: Found
    earned: list[Earned]

    @property
    def points(self) -> float:
        """What it has earned."""
        return round(sum(one.points for one in self.earned), 2)

    @property
    def most(self) -> float:
        """What can be earned."""
        return round(sum(one.item.points for one in self.earned), 2)

    @property
    def open(self) -> float:
        """Points of clauses that could not be judged: for the teacher to decide."""
        return round(sum(one.open for one in self.earned), 2)

    @property
    def broken(self) -> list[str]:
        """The clauses that count and are broken."""
        words = (pair for one in self.earned for pair in one.words.items())
        return list(dict.fromkeys(place[0] for place, word in words if word == "broken"))

    @property
    def missing(self) -> list[str]:
        """The operations and options that count, and are not there or do not run."""
        words = (pair for one in self.earned for pair in one.words.items())
        ids = dict.fromkeys(place[0] for place, word in words if word == "missing")
        options = [f"the option of {one}" for one in ids if of_option(one)]
        plain = (clauses()[one].operation for one in ids if not of_option(one))
        return [*dict.fromkeys(plain), *options]

    @property
    def why(self) -> str:
        """The reason for what it has not earned, in short."""
        if self.record.problem:
            return self.record.problem
        missing = [one for one in self.missing if one not in (EVERY, STACK)]
        parts = [", ".join(self.broken), f"without {' and '.join(missing)}" if missing else ""]
        return "; ".join(filter(None, parts))

    @property
    def verdict(self) -> str:
        """That of the report, if all that counts is there."""
        found = self.record.verdict
        return "in part" if found == "conforms" and self.missing else found

    @property
    def page(self) -> str:
        """The path of its feedback, in the folder of the results."""
        return f"{PAGES}/{self.key}.html"


def counts(grades: list[Grade]) -> dict[str, int]:
    """How many submissions have each verdict."""
    found = Counter(one.verdict for one in grades)
    return {
        word: found[word] for word in (*VERDICTS, *sorted(set(found) - {*VERDICTS})) if found[word]
    }


def write(
    grades: list[Grade], how: How, folder: Path, left: list[str], gradescope: bool
) -> Iterator[Path]:
    """Write all that is to be read; the paths of the files that tell most. Raises OSError."""
    (folder / PAGES).mkdir(parents=True, exist_ok=True)
    for one in grades:
        files.write(folder / one.page, feedback(one, how))
    if gradescope:
        yield from for_gradescope(grades, folder)
    files.write(folder / CSV, as_csv(grades, how))
    yield folder / CSV
    files.write(folder / OVERVIEW, overview(grades, how, left))
    yield folder / OVERVIEW


def as_csv(grades: list[Grade], how: How) -> str:
    """A row for each submission, with a column for each item of the rubric."""
    items = [one.name for one in how.rubric.items]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    head = ["submission", "file", "points", "of", "open", "verdict", "why", "flags", "notes"]
    rows.writerow([*head, "isolated", "seconds", "feedback", *map(cell, items)])
    for one in grades:
        found, own = one.record, [format(part.points, "g") for part in one.earned]
        texts = (one.verdict, one.why, "; ".join(found.flags), "; ".join(notes(found)))
        numbers = (format(number, "g") for number in (one.points, one.most, one.open))
        isolated = "yes" if found.isolated else "no"
        named = (cell(plain(found.name)), cell(found.file))
        rows.writerow(
            [*named, *numbers, *map(cell, texts), isolated, found.seconds, one.page, *own]
        )
    return out.getvalue()


def cell(text: str) -> str:
    """A text that a spreadsheet takes for no formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def notes(found: Found) -> list[str]:
    """What is said of how a submission was read."""
    return [*found.notes, *(["judged through a drafted adapter"] if found.adapter else [])]


def overview(grades: list[Grade], how: How, left: list[str]) -> str:
    """The page with all submissions."""
    broken = Counter(id_ for one in grades for id_ in one.broken)
    return rendered(
        "grades.html.jinja",
        how=how,
        version=__version__,
        grades=grades,
        counts=counts(grades),
        left=[plain(one) for one in left],
        broken=[(id_, n, clauses()[id_].text) for id_, n in broken.most_common(MOST_BROKEN)],
        note="" if how.isolated else NOT_ISOLATED,
        mean=round(sum(one.points for one in grades) / len(grades), 1) if grades else 0,
        flagged=sum(bool(one.record.flags) for one in grades),
        notes=notes,
        plain=plain,
        quote=quote,
    )


def feedback(one: Grade, how: How) -> str:
    """The page of one submission. Hints for the teacher are not on it."""
    return rendered(
        "feedback.html.jinja",
        one=one,
        how=how,
        version=__version__,
        name=plain(one.record.name),
        items=[(part, list(lost(part))) for part in one.earned],
    )


def lost(part: Earned) -> Iterator[str]:
    """Why an item did not earn all of its points."""
    texts = {
        "broken": "does not hold",
        "blocked": "cannot be judged, since another clause does not hold",
        "missing": "the function is not there, or does not run",
        "open": "could not be judged",
    }
    for (id_, level), word in part.words.items():
        if word in texts:
            yield f"{id_}, {title(id_, level)}: {texts[word]}"


def rendered(template: str, **given: Any) -> str:
    """A page of a template, in which all text is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    source = resources.files("cnnspec.report").joinpath(template).read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["markup"] = Markup  # of a page that report.html.jinja has escaped
    return environment.from_string(source).render(given)


def for_gradescope(grades: list[Grade], folder: Path) -> Iterator[Path]:
    """Write Gradescope's file: one beside the CSV for a single submission, else one for each."""
    for one in grades:
        place = folder if len(grades) == 1 else folder / "gradescope" / one.key
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps(as_gradescope(one), indent=1, allow_nan=False) + "\n"
        files.write(place / GRADESCOPE, text)
    yield folder / (GRADESCOPE if len(grades) == 1 else "gradescope")


def as_gradescope(one: Grade) -> Mapping[str, Any]:
    """What Gradescope reads of an autograder: the points, a test for each item, and the report."""
    found = one.record
    texts = [found.problem, *notes(found), found.text]
    return {
        "score": one.points,
        "execution_time": found.seconds,
        "output": "\n".join(filter(None, texts)),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "name": part.item.name,
                "number": str(number),
                "score": part.points,
                "max_score": part.item.points,
                "status": "passed" if part.points == part.item.points else "failed",
                "output": "; ".join(lost(part)) or "all of it holds",
                "output_format": "text",
                "visibility": "visible",
            }
            for number, part in enumerate(one.earned, 1)
        ],
    }
