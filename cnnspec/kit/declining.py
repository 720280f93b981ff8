"""When an exception of a target says that it has not got what a call asks for."""

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.operation import broken, option_clause
from cnnspec.spec import Edition

NOT_THERE = "NotImplementedError"


def is_not_there(call: Call, outcome: Outcome, edition: Edition) -> bool:
    """Whether a target answers a valid call with options by NotImplementedError.

    Python has it for what is not there yet, as the protocol has `unsupported`. Of a call without
    options, and of one that is invalid, it is a rejection like others.
    """
    if NOT_THERE not in outcome.exception or broken(call, edition) is not None:
        return False
    return option_clause(call) != ""
