"""The catalogue: every operation, with its checks and its fault models. There is no other list."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, get_args

from cnnspec.kit import check, fault, operation
from cnnspec.kit.aspects import Met
from cnnspec.kit.calls import Call
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import LEVELS, clauses, state
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Session
from cnnspec.kit.taken import taken
from cnnspec.operations.average_pooling.operation import AVERAGE_POOLING
from cnnspec.operations.conv.operation import CONV
from cnnspec.operations.pooling.operation import POOLING
from cnnspec.operations.relu.operation import RELU
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from cnnspec.kit.example import Example

OPERATIONS: tuple[Operation, ...] = (CONV, RELU, POOLING, AVERAGE_POOLING)
"""Every operation, in the order of reports."""

operation.REGISTRY.update({one.name: one for one in OPERATIONS})

CHECKS = (
    "conv.checks",
    "relu.checks",
    "pooling.checks",
    "average_pooling.checks",
    "stack.checks",
    "every.behaviour",
    "every.state",
    "every.inputs",
    "every.sizes",
    "every.crossed",
    "every.options",
    "every.turns",
    "conv.option_checks",
    "pooling.option_checks",
    "average_pooling.option_checks",
    "every.wide",
)
"""The modules that hold checks: each registers its own when it is imported."""

FAULTS = (
    "average_pooling.faults.numbers",
    "average_pooling.faults.shapes",
    "average_pooling.faults.strict",
    "average_pooling.faults.values",
    "conv.faults.numbers",
    "conv.faults.precision",
    "conv.faults.reads",
    "conv.faults.rejections",
    "conv.faults.strict",
    "conv.faults.writes",
    "every.faults",
    "every.faults_histories",
    "every.faults_memory",
    "every.faults_wide",
    "pooling.faults.numbers",
    "every.steps",
    "pooling.faults.dtypes",
    "pooling.faults.shapes",
    "pooling.faults.strict",
    "pooling.faults.windows",
    "relu.faults.dtypes",
    "relu.faults.strict",
    "relu.faults.values",
    "average_pooling.faults.options",
    "average_pooling.faults.options_rejections",
    "conv.faults.options",
    "conv.faults.options_grey",
    "conv.faults.options_groups",
    "conv.faults.options_numbers",
    "conv.faults.options_padding",
    "conv.faults.options_rejections",
    "pooling.faults.options",
    "pooling.faults.options_rejections",
)
"""The modules that hold fault models, likewise."""


EXAMPLES = (
    "conv.examples",
    "conv.option_examples",
    "relu.examples",
    "pooling.examples",
    "pooling.option_examples",
    "average_pooling.examples",
    "average_pooling.option_examples",
    "stack.examples",
    "every.examples",
)
"""The modules that hold worked examples, likewise."""


def add(added: Operation, document: str | None) -> None:
    """Add an operation from outside, with the clauses that a docstring states."""
    load(FAULTS)
    operation.REGISTRY[added.name] = added
    state(added.name, document)
    from cnnspec.operations.every import crossed, faults, options, sizes, steps

    sizes.register(added)
    options.register(added)
    crossed.register_values(added)
    for model in faults.MODELS:
        model.register(added)
    for step in steps.STEPS:
        step.register(added)


def checks(edition: Edition | None = None) -> list[Check]:
    """Every check, of one edition or of all, in the order of the clauses.

    Those of a clause are in the order of their levels, and then of the modules that hold them.
    """
    order = {clause: place for place, clause in enumerate(clauses())}
    places = {f"{__package__}.{module}": place for place, module in enumerate(CHECKS)}
    wanted = get_args(Edition) if edition is None else (edition,)
    load(CHECKS)
    chosen = [one for one in check.REGISTRY if set(wanted) & set(one.editions)]

    def place(one: Check) -> tuple[int, ...]:
        module = places.get(one.judge.__module__, len(places))
        return order[one.clause], LEVELS.index(one.level), module

    return sorted(chosen, key=place)


def combinations_met(session: Session) -> list[Met]:
    """For each operation that is judged, which levels of its aspects met in calls."""
    from cnnspec.operations.every import options, rows

    named = [REGISTRY[name] for name in session.offered()]
    found = [rows.combinations_met(session, one) for one in named]
    found += [options.met(session, one) for one in named]
    return [one for one in found if one is not None]


def calls_with_options(session: Session, operation: str) -> list[Call]:
    """Calls of an operation in which all options vary that the target takes."""
    from cnnspec.operations.every import options

    one = REGISTRY[operation]
    if one.varied is None or session.edition != "general":
        return []
    known = taken(session, one)
    made = options.calls_of(one, known, session.seed, session.bits(operation))
    return [call for call in made if call is not None]


def examples() -> "dict[str, Example]":
    """The worked example of each clause, by the id of the clause."""
    from cnnspec.kit import example  # it loads what runs examples, which judging does not need

    load(EXAMPLES)
    return example.REGISTRY


def faults() -> list[Fault]:
    """Every fault model."""
    load(FAULTS)
    return sorted(fault.REGISTRY, key=lambda one: list(operation.REGISTRY).index(one.operation))


@cache
def load(modules: tuple[str, ...]) -> None:
    """Import modules of this package, each of which registers what it holds."""
    for module in modules:
        import_module(f"cnnspec.operations.{module}")
