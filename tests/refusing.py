"""Targets that refuse some calls, and what is said of them."""

import inspect
from collections.abc import Callable
from typing import Any

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.operation import REGISTRY
from cnnspec.spec import Array
from cnnspec.targets import in_edition
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

RIGHT = in_edition(reference, "general")
Refuses = Callable[[dict[str, Any]], bool]


def judged(functions: Any, *only: str, edition: Any = "general") -> Report:
    effort: Any = {"budget": "quick", "certify": 0, "explain": False}
    plan = Plan(named("mine"), edition, "values", only=only, **effort)
    return judge(InProcess(functions), plan)


def failing(report: Report) -> list[str]:
    return [one.id for one in report.clauses if one.status == "fail"]


def but(operation: str, refuses: Refuses, error: type[Exception] = ValueError) -> Any:
    """The reference, which raises on purpose for some arguments, given by name."""
    names = [one.name for one in (*REGISTRY[operation].arrays, *REGISTRY[operation].numbers)]

    def function(*given: Any, **named: Any) -> Array:
        if refuses({**dict(zip(names, given, strict=False)), **named}):
            raise error("that is too much for me")
        result: Array = RIGHT[operation](*given, **named)
        return result

    function.__dict__["__signature__"] = inspect.signature(RIGHT[operation])
    return function
