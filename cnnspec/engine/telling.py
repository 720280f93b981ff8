"""In which order checks try their first cases: first those that tell most fault models.

`cnnspec faults` shows the order; `python -m cnnspec.commands.telling` writes telling.json anew.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cnnspec.kit.check import Check

FILE = Path(__file__).with_name("telling.json")


@cache
def known() -> Mapping[str, int]:
    """The checks in their order, each with how many fault models it is the first to kill."""
    return dict(json.loads(FILE.read_text()))


def name(check: Check) -> str:
    """The name of a check: its clause, level and function."""
    return f"{check.clause} {check.level} {check.name}"


def place(check: Check) -> int:
    """The place of a check in the order; a check that is not in it comes last."""
    names = list(known())
    return names.index(name(check)) if name(check) in known() else len(names)
