"""Names that look like an operation's: a target may have it, but call it otherwise."""

import re
from collections.abc import Iterable, Mapping

from cnnspec.kit.operation import REGISTRY

BEFORE = r"(my|own|the|do|apply|compute|naive|simple|fast|slow|np|numpy)*"
BEHIND = (
    r"([123]?d)?(layer|forward|naive|simple|fast|slow|im2col|op|fn|func|function|numpy|np|cpu)*\d*"
)
"""What people add to a name."""


def look_alikes(names: Iterable[str], operations: Iterable[str]) -> dict[str, str]:
    """For each of some operations the first name that looks like it, if there is one."""
    found: dict[str, str] = {}
    for operation in operations:
        pattern = re.compile(f"{BEFORE}({REGISTRY[operation].alike}){BEHIND}", re.IGNORECASE)
        alike = (name for name in names if pattern.fullmatch(name.replace("_", "")))
        name = next(alike, None)
        if name is not None:
            found[operation] = name
    return found


def advice_in_python(found: Mapping[str, str]) -> str:
    """What to do about look-alikes of an object, in a sentence."""
    names = ", ".join(f"{operation}=it.{name}" for operation, name in found.items())
    return f"did you mean check({names})?"


def advice(found: Mapping[str, str], offered: Iterable[str] = ()) -> str:
    """What to do about look-alikes, in a sentence. offered: the operations that are judged."""
    names = " and ".join(dict.fromkeys(found.values()))
    options = " ".join(f"--as {operation}={name}" for operation, name in found.items())
    alone = f" (--ops {','.join(offered)} if not)" if offered else ""
    return f"found {names}, not judged: did you mean `{options}`?{alone}"
