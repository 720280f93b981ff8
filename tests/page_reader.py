"""Reads a page as a browser does, and says what is wrong with it."""

from collections.abc import Iterator
from html.parser import HTMLParser

EMPTY = {"meta", "link", "br", "img", "input", "wbr"}
ADDRESSES = ("src", "href", "action", "data", "srcset", "poster")


class Page(HTMLParser):
    """The elements of a page, and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{one} is left open" for one in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} is closed where it is not open")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words that are read, each separated by a blank."""
        return " ".join(" ".join(self.words).split())

    def named(self, tag: str, kind: str = "") -> list[dict[str, str | None]]:
        """The attributes of all elements of a name, and of a class."""
        return [
            a
            for t, a in self.elements
            if t == tag and (not kind or kind in (a.get("class") or "").split())
        ]

    def problems(self) -> Iterator[str]:
        """What a browser, its console, or a screen reader would stumble over."""
        yield from self.faults
        ids = [a["id"] for _, a in self.elements if "id" in a]
        yield from (f"two elements have the id {one}" for one in set(ids) if ids.count(one) > 1)
        for tag, found in self.elements:
            for name, value in found.items():
                if name.startswith("on"):
                    yield f"{tag} has {name}"
                inside = (value or "").startswith(("#", "data:image/png;base64,", "data:,"))
                report = tag == "a" and (value or "").startswith("https://")
                if name in ADDRESSES and not inside and not report:
                    yield f"{tag} leads to {value}"
                place = (value or "").removeprefix("#")
                if tag == "a" and name == "href" and place != value and place not in ids:
                    yield f"there is no {place}"
            if tag == "img" and not found.get("alt"):
                yield "a picture has no text instead"
            if tag == "th" and not found.get("scope"):
                yield "a heading of a table has no scope"


def read(text: str) -> Page:
    """A page without faults."""
    page = Page(text)
    assert list(page.problems()) == []
    assert all(c.isprintable() or c == "\n" for c in text)
    text.encode("utf-8")
    return page
