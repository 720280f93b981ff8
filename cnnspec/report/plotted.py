"""Figures of a report: a deviation, or how long the clauses took and how near to the bound."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from cnnspec import figures
from cnnspec.engine import report as engine_report
from cnnspec.figures import drawing
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


def deviation(clause: "Clause") -> Figure:
    """Expected, got and their difference. Raises ValueError where there are no such numbers."""
    example = clause.counterexample
    if not can_be(clause) or example is None or example.expected is None or example.got is None:
        raise ValueError(f"{clause.id} has no numbers that can be drawn: {clause.message}")
    made = figures.compare(example.expected, example.got)
    drawing.headed(made, f"{clause.id}  {rows.title(clause.id, clause.level)}: {clause.message}")
    return made


def clauses(report: engine_report.Report) -> Figure:
    """A bar for the time of each clause, and for its largest error as a share of the bound."""
    own = [one for one in report.clauses if one.status != "absent"][::-1]
    names = [f"{one.id} {one.level}" for one in own]
    shares = [one.max_bound_share or np.nan for one in own]
    panels = {"seconds": [one.seconds for one in own], "share of the bound": shares}
    return drawing.bars(names, panels)
