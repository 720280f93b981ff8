"""In which edition a target is judged, if nobody says it."""

from cnnspec.kit.operation import optional_parameters
from cnnspec.spec import Edition
from cnnspec.targets import Operations, Options
from cnnspec.targets.client import opened
from cnnspec.targets.names import BUILT_IN, RUNTIMES, WITH_OPTIONS
from cnnspec.targets.offering import taken_options
from cnnspec.targets.target import Target


def of_functions(functions: Operations) -> Edition:
    """General for functions that take an option, else standard."""
    taken = taken_options(functions, optional_parameters())
    return "general" if any(taken.values()) else "standard"


def of_target(target: Target, options: Options) -> Edition:
    """General for a target that offers an option, else standard. Raises TargetError.

    Our own are of whichever edition is asked for, and so standard if none is. Of runtimes it is
    known: they are not imported for it.
    """
    if target.kind == "backend" or target.name in WITH_OPTIONS:
        return "general"
    if target.name in BUILT_IN or target.name in RUNTIMES:
        return "standard"
    with opened(target, "standard", options) as client:
        return "general" if any(client.options.values()) else "standard"
