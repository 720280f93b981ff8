"""Build the site: python docs/site/build.py DIR. It stands in DIR/html afterwards.

Pages are copied and generated into DIR/source, drawn, made into HTML by Sphinx, and their links
checked. Any warning is an error, and nothing comes from a network.
"""

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

import accessible
import figures
import gallery
import links
import pages
import stage


def build(folder: Path) -> int:
    """Build the site in a folder; return the exit status."""
    source, html = folder / "source", folder / "html"
    for one in (source, html):
        shutil.rmtree(one, ignore_errors=True)
    stage.staged(source)
    for path, text in (*pages.pages(), *gallery.pages(source)):
        stage.write(source / path, text)
    figures.draw(source)
    settings = str(Path(__file__).parent)
    options = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(folder / "cache")]
    status: int = sphinx([*options, "-c", settings, str(source), str(html)])
    if status:
        return status
    accessible.mend(html)
    for local in ("docs/gallery", "docs/images"):
        shutil.copytree(source / local, html / local, dirs_exist_ok=True, ignore=pages_too)
    problems = links.problems(html)
    for problem in problems:
        print(problem)
    print(f"{len(list(html.rglob('*.html')))} pages, {len(problems)} problems: {html}/index.html")
    return 1 if problems else 0


def pages_too(_folder: str, names: list[str]) -> list[str]:
    """What is not copied beside the pages: these themselves."""
    return [name for name in names if name.endswith(".md")]


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]).resolve()))
