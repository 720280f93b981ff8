"""Jinja2: what is HTML is escaped as HTML, what is Markdown as Markdown."""

import re
from pathlib import Path

import jinja2

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(text: str) -> str:
    """Text that Markdown leaves as it is, but for `code` and **what is stressed**."""
    parts = re.split(r"(`[^`\n]+`|\*\*[\w -]+\*\*)", " ".join(text.split()))
    return "".join(part if i % 2 else SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "jinja"),
    autoescape=jinja2.select_autoescape(["html.jinja"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.filters["markdown"] = markdown


def rendered(template: str, /, **given: object) -> str:
    """A template with what it is given."""
    return ENVIRONMENT.get_template(template).render(**given)
