"""How Sphinx makes the site. docs/site/build.py calls it on a folder of staged pages."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import click
from sphinx.application import Sphinx

from cnnspec import __version__
from cnnspec.cli.group import signatures

project = "cnnspec"
version = release = __version__
copyright = "the cnnspec maintainers"  # noqa: A001  Sphinx asks for this name

extensions = ["myst_parser", "sphinx_click", "mathml", "clause_links"]
root_doc = "index"
source_suffix = {".md": "markdown"}
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other packages have no page here
suppress_warnings = ["misc.highlighting_failure"]  # some blocks of numbers look like JSON

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "cnnspec"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
smartquotes = False  # it makes dashes of the two hyphens of an option


def described(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Write the help of a command as its `--help` does, and what is code as code."""
    for place, line in enumerate(lines):
        lines[place] = line.replace("OPERATIONS", signatures()).replace("`", "``")


def setup(app: Sphinx) -> None:
    """Have the help of commands described."""
    app.connect("sphinx-click-process-description", described)
