"""Templates of pages and of Markdown; what they show is text, and escaped."""

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cnnspec.kit.text import escaped


def source(name: str) -> str:
    """The text of a template, a style sheet or a script."""
    return resources.files("cnnspec.report").joinpath(name).read_text(encoding="utf-8")


@cache
def environment(autoescape: bool = True) -> Environment:
    """How templates are read: nothing undefined, and no character that does not show."""
    made = Environment(
        autoescape=autoescape,  # noqa: S701  off for Markdown alone, which has a filter of its own
        undefined=StrictUndefined,
        loader=FunctionLoader(source),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=seen if autoescape else None,
    )
    made.filters["md"] = markdown
    made.globals["style"] = Markup(source("page.css"))  # noqa: S704  our own
    made.globals["script"] = Markup(source("page.js"))  # noqa: S704  our own
    made.globals["script_hash"] = hash_of(source("page.js"))
    return made


def markdown(text: str) -> str:
    """A text with Markdown's special characters escaped."""
    return re.sub(r"([\\`*\[\]<>|])", r"\\\1", text)


def seen(value: Any) -> Any:
    """A text in which characters that do not print are escaped, lone surrogates among them."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c == "\n" else escaped(c) for c in value)


def hash_of(script: str) -> str:
    """The hash by which a page's policy allows this script, and no other."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def rendered(name: str, **context: Any) -> str:
    """A template filled in."""
    return environment(autoescape=".html" in name).get_template(name).render(context)
