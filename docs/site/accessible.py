"""What the theme leaves out, and readers of a screen and of the keyboard need."""

from pathlib import Path

MENDED = {
    'class="caption" role="heading">': 'class="caption" role="heading" aria-level="2">',
    "<pre>": '<pre tabindex="0">',  # it scrolls, so the keyboard has to reach it
}


def mend(folder: Path) -> None:
    """Mend the pages in a folder."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for before, after in MENDED.items():
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")
