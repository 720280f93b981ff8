"""Certificates of functions that are called in this process."""

import inspect
from collections.abc import Callable
from typing import Any

from cnnspec import reference
from cnnspec.engine import forms
from cnnspec.engine.first_calls import smoke
from cnnspec.kit.certificate import Asked, Certificate, Refutation
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.operations import catalogue
from cnnspec.operations.average_pooling import option_law as average_law
from cnnspec.operations.conv import option_law as conv_law
from cnnspec.operations.pooling import option_law as pooling_law
from cnnspec.spec import Edition
from cnnspec.targets import in_edition
from cnnspec.targets.client import InProcess

Function = Callable[..., Any]

LAWS = {
    "conv": conv_law.CONV,
    "pooling": pooling_law.POOLING,
    "average_pooling": average_law.AVERAGE_POOLING,
}
RIGHT = in_edition(reference, "general")


def told(_text: str, _part: float) -> None:
    """Nothing is shown."""


def session_of(edition: Edition = "standard", **functions: Function) -> Session:
    """A session on functions, which have been called once."""
    session = Session(InProcess(functions), edition)
    for operation in functions:
        smoke(session, operation)
    return session


def certify(
    session: Session, operation: str, side: int, seed: int, seconds: float, every: bool = False
) -> tuple[Certificate, Refutation | None]:
    """The certificate of an operation, by its law."""
    law = REGISTRY[operation].law
    assert law is not None
    return law(session, Asked(side, seed, 1e4, seconds, every), told)


def certify_options(
    function: Function, operation: str, side: int = 8, seed: int = 0
) -> tuple[Certificate, Refutation | None]:
    """The certificate of an operation with its options, in the forms that the function takes."""
    catalogue.checks()  # so that checks are registered in their own order
    session = session_of("general", **{operation: function})
    forms.refused(session, operation)
    law = REGISTRY[operation].option_law
    assert law is not None
    return law(session, Asked(side, seed, 1e4, 1e4), told)


def with_signature(function: Any, operation: str, *without: str) -> Any:
    """A function that offers the options of the reference, but for some."""
    signature = inspect.signature(RIGHT[operation])
    kept = [one for one in signature.parameters.values() if one.name not in without]
    function.__dict__["__signature__"] = signature.replace(parameters=kept)
    return function
