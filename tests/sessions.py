"""Sessions of edition general on a function, as far as a run knows them before its clauses."""

from collections.abc import Callable
from typing import Any

from cnnspec.engine import forms
from cnnspec.engine.first_calls import smoke
from cnnspec.kit.session import Session
from cnnspec.targets.client import InProcess

Function = Callable[..., Any]


def session_of(operation: str, made: Function) -> Session:
    client = InProcess({operation: made}, lambda: {operation: made})
    session = Session(client, "general", thorough=False)
    smoke(session, operation)
    list(forms.refused(session, operation))
    return session
