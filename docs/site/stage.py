"""Copy the pages that people wrote into a folder, with links that hold there.

The folder has the layout of the repository, so that a link from page to page stays as it is. A link
to a file that is no page leads to the repository, or to the page that shows the file.
"""

import re
import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

from pages import CHAPTERS_PAGE

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
COPIED = {".c", ".js", ".py", ".json", ".html", ".png", ".svg"}
"""What is handed out with the pages, of the files in docs/."""


ON_THESE_PAGES = """
## On these pages

- [The clauses](docs/book/clauses.md): a page for each, with an example to follow by hand
- [The book, chapter by chapter](docs/book/chapters.md)
- [The fault gallery](docs/gallery/index.md): what each bug makes of a cat
- [The commands](docs/reference/commands.md), and [cnnspec as a library](docs/reference/api.md)
- [The checks](docs/reference/checks.md), and [the fault models](docs/reference/faults.md)
"""
"""What only the site has."""


class Chapter(NamedTuple):
    """A part of the sidebar."""

    title: str
    pages: list[str]


def chapters() -> list[Chapter]:
    """The parts of the sidebar."""
    parts = tomllib.loads((Path(__file__).parent / "nav.toml").read_text())["chapter"]
    return [Chapter(**part) for part in parts]


def source() -> str:
    """The address of the files of the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return f"{project['urls']['Source']}/blob/main"


def staged(folder: Path) -> None:
    """Copy README as the front page, the pages of the sidebar, and the files that they hand out."""
    pages = [f"{page}.md" for one in chapters() for page in one.pages]
    for page in filter(lambda page: (ROOT / page).exists(), pages):
        write(folder / page, linked((ROOT / page).read_text(), (ROOT / page).parent))
    front = linked((ROOT / "README.md").read_text(), ROOT)
    write(folder / "index.md", "\n".join([front, ON_THESE_PAGES, *map(toctree, chapters())]))
    for path in (ROOT / "docs").rglob("*"):
        local = path.relative_to(ROOT)
        if path.suffix in COPIED and "site" not in local.parts:
            (folder / local).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / local)


def write(path: Path, text: str) -> None:
    """Write a page, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def toctree(chapter: Chapter) -> str:
    """A part of the sidebar."""
    lines = [":hidden:", f":caption: {chapter.title}", "", *chapter.pages]
    return "\n".join(["```{toctree}", *lines, "```", ""])


def linked(text: str, folder: Path) -> str:
    """The text of a page in a folder of the repository, with links that hold on the site."""

    def target(match: re.Match[str]) -> str:
        start, link, anchor, end = match.groups()
        if ":" in link:
            return match[0]
        return f"{start}{new_link(link, folder)}{anchor or ''}{end}"

    return LINK.sub(target, text)


def new_link(link: str, folder: Path) -> str:
    """Where a relative link leads on the site. Raises FileNotFoundError if it leads nowhere."""
    path = (folder / link).resolve(strict=True)
    local = path.relative_to(ROOT)
    up = "../" * len(folder.relative_to(ROOT).parts)
    if local == Path("README.md"):
        return f"{up}index.md"
    if local.parts[:2] == ("cnnspec", "spec"):
        return f"{up}{CHAPTERS_PAGE}"
    if path.suffix == ".md" or (local.parts[0] == "docs" and path.suffix in COPIED):
        return link
    return f"{source()}/{local.as_posix()}"
