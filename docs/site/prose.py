"""Docstrings as Markdown: paragraphs, clauses, examples, and indented lines as they are."""

import inspect
import re

from templates import markdown

CLAUSE = re.compile(r"\((?P<id>[A-Z]\d+[a-z]?)(?P<marks>(?: [a-z]+)*)\) (?P<text>.+)", re.DOTALL)


def of_docstring(text: str | None) -> str:
    """A docstring as Markdown."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(text or ""))
    parts: list[str] = []
    for one in blocks:
        if one.startswith(" ") and parts and parts[-1].startswith(" "):
            parts[-1] += f"\n\n{one}"  # an empty line within code
        else:
            parts.append(one)
    return "\n\n".join(map(block, parts))


def block(text: str) -> str:
    """A part of a docstring between empty lines."""
    if text.lstrip().startswith(">>>"):
        return fenced(text, "pycon")
    if text.startswith(" "):
        return fenced(text, "text")
    if text.startswith("("):
        return clauses(text)
    return markdown(text)


def fenced(text: str, language: str) -> str:
    """Lines as they are."""
    return f"```{language}\n{inspect.cleandoc(text)}\n```"


def clauses(text: str) -> str:
    """A list of the clauses that a docstring states, each with its marks."""
    lines = []
    for part in re.split(r"\n(?=\()", text):
        match = CLAUSE.match(part)
        if match is None:
            lines.append(markdown(part))
        else:
            marks = f" *{match['marks'].strip()}*" if match["marks"] else ""
            lines.append(f"- **{match['id']}**{marks}: {markdown(match['text'])}")
    return "\n".join(lines)
