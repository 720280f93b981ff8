"""What is to be judged, and how it is reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["program", "backend", "functions", "python"]

PREFIXES: dict[Kind, str] = {
    "program": "exec:",
    "backend": "onnx-backend:",
    "functions": "functions:",
    "python": "",
}
"""What the text of a target begins with, in reports and files to replay."""


@dataclass(frozen=True)
class Layout:
    """How an implementation takes and gives arrays: see `cnnspec.adapt`.

    result: "" for that of the image. first: whether the first of several results is meant.
    """

    image: str = "HWC"
    filters: str = "NKKC"
    result: str = ""
    first: bool = False


@dataclass(frozen=True)
class Target:
    """A target.

    kind: whether it is a program, a module of onnx.backend's kind, functions that are named one by
    one, or found by Python. name: the command of a program; a module; `conv=pkg.mod:f,relu=g` for
    functions; or what Python finds: a file, a module, an object in either behind a colon, or a name
    that `cnnspec targets` lists. names: operations that Python finds by
    another name than their own, each with that. ops: the operations that are judged, all if there
    are none. layouts: of the operations that take others than those of the book.
    """

    kind: Kind
    name: str
    names: tuple[tuple[str, str], ...] = ()
    ops: tuple[str, ...] = ()
    layouts: tuple[tuple[str, Layout], ...] = ()

    def __str__(self) -> str:
        return PREFIXES[self.kind] + self.name

    def wanted(self, known: Iterable[str]) -> dict[str, str]:
        """Those of the known operations that are to be judged, each with its name in the target."""
        names = dict(self.names)
        return {one: names.get(one, one) for one in known if not self.ops or one in self.ops}

    @property
    def place(self) -> str:
        """The file or the module."""
        return self.name.partition(":")[0]

    @property
    def path(self) -> str:
        """The object in it, if one is named."""
        return self.name.partition(":")[2]

    @property
    def functions(self) -> dict[str, str]:
        """For each operation whose function is named: `module:name`, or a bare name.

        A function with a bare name lives in the process that judged it.
        """
        if self.kind != "functions":
            return {}
        pairs = (one.partition("=") for one in self.name.split(","))
        return {operation: name for operation, _, name in pairs}

    @property
    def lives_here(self) -> bool:
        """Whether no other process can reach it, since a function of it has a bare name."""
        return any(":" not in name for name in self.functions.values())

    @property
    def is_file(self) -> bool:
        """Whether it is a Python file, or an object in one."""
        return self.kind == "python" and self.place.endswith(".py")


def named(
    text: str,
    names: Mapping[str, str] | None = None,
    layouts: Mapping[str, Layout] | None = None,
) -> Target:
    """The target that a text names, as `str` writes it. names, layouts: see Target."""
    more = tuple((names or {}).items()), (), tuple((layouts or {}).items())
    for kind, prefix in PREFIXES.items():
        if text.startswith(prefix):
            return Target(kind, text.removeprefix(prefix), *more)
    raise AssertionError  # the last prefix is empty
