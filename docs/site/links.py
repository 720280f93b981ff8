"""Check the links of built pages: each file and anchor is there, and no page asks a network."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

LOADED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src"}
"""What a browser fetches by itself when it shows a page."""


class Page(HTMLParser):
    """The anchors of a page, what it links to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names, links to or loads."""
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        address = given.get(LOADED.get(tag, ""))
        if address and given.get("rel") not in ("canonical", "search"):
            self.loads += [address] if not address.startswith("data:") else []


@cache
def page(path: Path) -> Page:
    """A page, read once."""
    return Page(path.read_text(encoding="utf-8"))


def problems(folder: Path) -> list[str]:
    """What is wrong with the links of the pages in a folder."""
    return [
        f"{path.relative_to(folder)}: {problem}"
        for path in sorted(folder.rglob("*.html"))
        for problem in of_page(path)
    ]


def of_page(path: Path) -> Iterator[str]:
    """What is wrong with the links of a page."""
    for address in page(path).loads:
        if is_remote(address):
            yield f"loads {address} from a network"
        elif not target(path, address).exists():
            yield f"loads {address}, which is not there"
    for address in filter(lambda one: not is_remote(one), page(path).links):
        file = target(path, address)
        anchor = urldefrag(address).fragment
        if not file.exists():
            yield f"links to {address}, which is not there"
        elif anchor and file.suffix == ".html" and unquote(anchor) not in page(file).anchors:
            yield f"links to {address}, and that page has no such anchor"


def is_remote(address: str) -> bool:
    """Whether an address leads to a network, or to a mail program."""
    return address.startswith(("http:", "https:", "//", "mailto:"))


def target(path: Path, address: str) -> Path:
    """The file that an address of a page leads to."""
    local = unquote(urldefrag(address).url).partition("?")[0]
    return (path.parent / local).resolve() if local else path
