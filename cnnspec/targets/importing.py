"""Imports a target's file, and leaves to others the names that they have.

A file json.py, or scipy.py, is judged like any other. What it imports itself, and what NumPy and
the libraries import, is still the module of that name.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

PRIVATE = "_cnnspec_target_"
"""What the name of a module begins with whose own name belongs to another one."""

OURS: dict[str, ModuleType] = {}
"""The modules that were made of files, by the names that they have in sys.modules."""


FOLDERS: set[Path] = set()
"""The folders of these files: another target in this process is no module of anybody's."""


def module_of(path: Path) -> tuple[ModuleType, Callable[[], None]] | None:
    """The module of a file, and what executes it; None for what is not a Python file.

    Its folder becomes importable, as if the file were run.
    """
    name, place = path.stem, path.resolve()
    taken = sys.modules.get(name)
    other = other_module(path)
    if other is not None and not any(isinstance(f, Other) and f.file == place for f in finders()):
        sys.meta_path.insert(0, Other(name, place))
    if other is not None or (taken is not None and taken is not OURS.get(name)):
        name = PRIVATE + name
    sys.path.insert(0, str(place.parent))
    FOLDERS.add(place.parent)
    specification = importlib.util.spec_from_file_location(name, path)
    loader = specification.loader if specification else None
    if specification is None or loader is None:
        return None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = OURS[name] = module
    return module, lambda: loader.exec_module(module)


def finders() -> list[object]:
    """The finders of modules that are asked, as objects of any kind."""
    return [*sys.meta_path]


def other_module(file: Path) -> ModuleSpec | None:
    """Another module than a file, but of its name, that an import finds without the file.

    A folder without code is none, since a file of its name comes before it.
    """
    place = file.resolve()
    own = {*FOLDERS, place.parent}
    places = [one for one in sys.path if Path(one).resolve() not in own]
    for finder in sys.meta_path:
        if isinstance(finder, Other) or "." in file.stem:
            continue
        found = finder.find_spec(file.stem, places if finder is PathFinder else None)
        if found is not None and found.origin is not None and Path(found.origin).resolve() != place:
            return found
    return None


class Other:
    """A finder that does not see one file, so that a module of its name is found elsewhere."""

    def __init__(self, name: str, file: Path) -> None:
        self.name, self.file = name, file

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is; None leaves it to the other finders."""
        return other_module(self.file) if name == self.name and path is None else None
