"""Q2 with options: what a target keeps of calls with other options is found."""

from collections.abc import Callable, Hashable
from typing import Any

import pytest

from cnnspec import reference
from cnnspec.kit.calls import Case
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.session import Declined, Deviation, Session
from cnnspec.operations import catalogue
from cnnspec.operations.every.threes import rows_of_threes
from cnnspec.operations.every.turns import after_other_options, turns
from cnnspec.spec import Array
from cnnspec.targets import in_edition
from cnnspec.targets.client import InProcess

RIGHT = in_edition(reference, "general")
Key = Callable[[dict[str, Any]], Hashable]


def deviates(make: Callable[[], dict[str, Any]]) -> bool:
    """Whether some case of the check deviates."""
    session = Session(InProcess(make(), make), "general")
    return any(deviating(session, case) for case in turns(session))


def deviating(session: Session, case: Case) -> bool:
    """Whether a case deviates."""
    try:
        after_other_options(session, case)
    except Declined:
        return False
    except Deviation:
        return True
    return False


def keeping(operation: str, key: Key) -> Callable[[], dict[str, Any]]:
    """Makes a target that keeps its options by a key: later calls of that key get those."""

    def make() -> dict[str, Any]:
        kept: dict[Hashable, dict[str, Any]] = {}

        def function(first: Any, *others: Any, **named: Any) -> Array:
            shapes = first.shape, *(getattr(one, "shape", one) for one in others)
            given = kept.setdefault((shapes, key(named)), named)
            result: Array = RIGHT[operation](first, *others, **given)
            return result

        function.__dict__["__signature__"] = __import__("inspect").signature(RIGHT[operation])
        return {operation: function}

    return make


def without(*names: str) -> Key:
    """All options but some."""
    return lambda named: str(sorted((k, str(v)) for k, v in named.items() if k not in names))


def by_products(named: dict[str, Any]) -> Hashable:
    """Stride times dilation, and the rest."""
    stride, dilation = (named.get(name, 1) for name in ("stride", "dilation"))
    if isinstance(stride, tuple) or isinstance(dilation, tuple):
        return without()(named)
    return stride * dilation, without("stride", "dilation")(named)


def total(named: dict[str, Any]) -> Hashable:
    """How much padding there is in all, and the rest."""
    given = named.get("padding", 0)
    return str(given).count("1"), without("padding")(named)


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("conv", without("stride")),
        ("conv", without("dilation")),
        ("conv", without("padding")),
        ("conv", without("bias")),
        ("conv", by_products),
        ("conv", total),
        ("pooling", without("dilation")),
        ("pooling", without("ceil")),
        ("average_pooling", without("count_padding")),
        ("average_pooling", without("padding")),
    ],
)
def test_what_is_kept_without_an_option_is_found(operation: str, key: Key) -> None:
    assert deviates(keeping(operation, key))


@pytest.mark.parametrize("operation", ["conv", "pooling", "average_pooling"])
def test_what_is_kept_by_all_options_is_right(operation: str) -> None:
    assert not deviates(keeping(operation, without()))


def test_each_three_options_meet_at_two_levels() -> None:
    catalogue.checks()
    from cnnspec.kit.filling import random_for
    from cnnspec.operations.every.options import table_of

    operation = REGISTRY["conv"]
    known = frozenset((one.name, form) for one in operation.options for form in one.forms)
    table = table_of(operation, known)
    rows = list(rows_of_threes(table, random_for("threes"), 1))
    assert len(rows) < 40
    assert all(map(table.feasible, rows))
    names = ("stride along rows", "dilation along columns", "bias")
    plain = [table.aspects[name][0] for name in names]
    assert len({tuple(row[n] != p for n, p in zip(names, plain, strict=True)) for row in rows}) == 8


def test_all_calls_of_rows_are_valid() -> None:
    catalogue.checks()
    from cnnspec.operations.every.options import calls_of

    for operation in (one for one in REGISTRY.values() if one.varied):
        forms = {(one.name, form) for one in operation.options for form in one.forms}
        sizes = {(one.name, form) for one in operation.numbers for form in ("number", "pair")}
        made = calls_of(operation, frozenset(forms | sizes), 3, 53, 2)
        assert all(one is not None and broken(one, "general") is None for one in made)
