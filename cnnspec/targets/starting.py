"""How the workers of a target are started: the words for it, and the variables."""

import os
import sys
from pathlib import Path

from cnnspec.targets import Options
from cnnspec.targets.forking import Starting
from cnnspec.targets.target import Target

ALONE = "alone"
"""Says to a server that every other process where it runs is a worker's."""

PACKAGE = Path(__file__).resolve().parent.parent
BOOTSTRAP = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv.pop(1)
found = spec_from_file_location("cnnspec", folder + "/__init__.py")
sys.modules["cnnspec"] = module_from_spec(found)
found.loader.exec_module(sys.modules["cnnspec"])
from cnnspec.targets.{} import main
main()
"""
"""Imports this cnnspec, even in a Python that has another one or none.

That Python needs only NumPy and the target.
"""


def python_of(options: Options) -> str:
    """The Python that workers run in."""
    return options.python or sys.executable


def starting(options: Options) -> Starting:
    """How workers start."""
    more = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore", **options.variables()}
    if options.paths:
        more["PYTHONPATH"] = os.pathsep.join(options.paths)
    server, worker = (
        [*options.sandbox, python_of(options), "-c", BOOTSTRAP.format(one), str(PACKAGE)]
        for one in ("fork_server", "worker")
    )
    return Starting([*server, *([ALONE] if options.sandbox else [])], worker, more)


def start_early(target: Target, options: Options) -> None:
    """Start what forks the workers of a target, while this process still imports its modules."""
    if target.kind != "program" and not options.in_process:
        starting(options).running()
