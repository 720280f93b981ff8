"""Figures of a report: a deviation, or how long the clauses took and how near to the bound."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from cnnspec import figures
from cnnspec.engine import report as engine_report
from cnnspec.engine.pictures import Picture
from cnnspec.figures import drawing
from cnnspec.figures.difference import Difference
from cnnspec.kit.clauses import clauses as book
from cnnspec.kit.operation import REGISTRY
from cnnspec.report import rows

if TYPE_CHECKING:
    from cnnspec.report.public import Clause


def can_be(clause: "Clause") -> bool:
    """Whether a clause has two results that can be drawn beside one another."""
    example = clause.counterexample
    if example is None or example.expected is None or example.got is None:
        return False
    both = example.expected, example.got
    ranks = {one.ndim for one in both}
    return ranks in ({2}, {3}) and all(one.dtype.kind in "biuf" and one.size for one in both)


def deviation(clause: "Clause", report: engine_report.Report) -> Figure:
    """Expected, got and their difference: on a plain input where that shows it, else the smallest.

    Raises ValueError where there are no such numbers.
    """
    title = f"{clause.id}  {rows.title(clause.id, clause.level)}: {clause.message}"
    plain = specimen(clause, report)
    example = clause.counterexample
    if plain is not None and plain.got is not None:
        inputs = dict(zip(plain.call.arguments, plain.call.arrays, strict=False))
        pair = drawing.maps(plain.expected), drawing.maps(plain.got)
        made = drawing.compared(*pair, TITLES, [drawing.given(inputs)])
    elif can_be(clause) and example is not None:
        made = figures.compare(example.expected, example.got)  # type: ignore[arg-type]
    else:
        raise ValueError(f"{clause.id} has no numbers that can be drawn: {clause.message}")
    drawing.headed(made, title)
    return made


TITLES = ("expected", "got")


def specimen(clause: "Clause", report: engine_report.Report) -> Picture | None:
    """A plain input on which an operation shows a deviation of its numbers, if there is one."""
    name = book()[clause.id].operation
    if clause.status != "fail" or name not in REGISTRY:
        return None
    if clause.id not in REGISTRY[name].roles.computed:
        return None
    for one in report.pictures:
        if not one.layer and one.operation == name and one.got is not None:
            wrong = Difference(one.expected, one.got, one.allowed).wrong
            return one if wrong.any() else None
    return None


def clauses(report: engine_report.Report) -> Figure:
    """A bar for the time of each clause, and for its largest error as a share of the bound."""
    own = [one for one in report.clauses if one.status != "absent"][::-1]
    names = [f"{one.id} {one.level}" for one in own]
    shares = [one.max_bound_share or np.nan for one in own]
    panels = {"seconds": [one.seconds for one in own], "share of the bound": shares}
    return drawing.bars(names, panels)
