"""Text that comes from outside, made plain: one line, every character of which can be seen."""

from collections.abc import Sequence

LONGEST = 500
"""Characters of a text that is kept."""


def plain(text: str, most: int = LONGEST) -> str:
    r"""A text in which all that is not printable is escaped, cut to a length.

    White space becomes single blanks. Control characters, those that turn the direction of writing,
    and lone surrogates become `\x1b`, `\u202e` and `\udc80`: they neither forge a line of a
    report nor break a file. What is plain stays as it is.
    """
    if not text:
        return ""
    words = " ".join(str.__str__(text)[: most + 1].split())
    if words.isprintable() and len(words) <= most:
        return words
    seen = "".join(c if c.isprintable() else escaped(c) for c in words)
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def plain_lines(text: str, most: int = LONGEST) -> str:
    """A text whose lines are plain each."""
    return "\n".join(plain(line, most) for line in text.splitlines())


def escaped(character: str) -> str:
    """A character as an escape sequence of Python's."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def enumerated(words: Sequence[str]) -> str:
    """Words as a sentence has them: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
