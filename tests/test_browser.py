"""Every page in a real browser: Chromium of the distribution, driven by Playwright.

`tox -e browser` runs these; elsewhere they are skipped, and counted.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

api = pytest.importorskip("playwright.sync_api", reason="no Playwright: tox -e browser has it")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")

ROOT = Path(__file__).parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install the distribution's"),
]

TARGETS = {
    "conforming": "from cnnspec import relu\n",
    "deviating": (
        "import cnnspec, numpy as np\n"
        "def conv(image, filters):\n"
        "    return cnnspec.conv(image, np.asarray(filters)[:, ::-1, ::-1])\n"
        "def relu(x):\n    return np.abs(x)\n"
        "def pooling(x, size=2, stride=2):\n    return cnnspec.pooling(x, size, stride)[:-1]\n"
    ),
    "crashed": "import os\ndef relu(x):\n    os.abort()\n",
    "hostile": (
        "import numpy as np\n"
        "def relu(x):\n"
        "    if x.size % 2:\n"
        "        raise ValueError('<script>document.title = 1</script>\\x1b[31m\\ud800\\0')\n"
        "    return np.full((3, 400, 2), np.nan)\n"
    ),
}
SITE = os.environ.get("CNNSPEC_SITE")
"""The folder of the built docs, of which the start page is tried."""

PAGES = (*TARGETS, "matrix", *(["docs"] if SITE else []))
NARROW, WIDE = 375, 1280
QUIET = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of targets that are judged here, and of the matrix in docs."""
    folder = tmp_path_factory.mktemp("pages")
    for name, text in TARGETS.items():
        (folder / f"{name}.py").write_text(text)
        command = [sys.executable, "-m", "cnnspec", "check", f"{name}.py", "--budget", "quick"]
        page = [*command, "--level", "strict", "--html", f"{name}.html"]
        subprocess.run(page, cwd=folder, capture_output=True, check=False)
    made = {name: folder / f"{name}.html" for name in TARGETS}
    site = Path(SITE or "") / "index.html"
    return {**made, "matrix": ROOT / "docs" / "matrix" / "matrix.html", "docs": site}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, chromium_sandbox=False
        )
        yield found
        found.close()


class Visit:
    """A page that is open, what its console said, and what it asked the network for."""

    def __init__(self, browser: Any, file: Path, width: int = WIDE, theme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.file = file

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the page: nothing went wrong, and nothing left it."""
        self.context.close()
        assert self.said == []
        beside = self.file.parent.as_uri() if self.file.name == "index.html" else self.file.as_uri()
        assert [url for url in self.asked if not url.startswith(("data:", beside))] == []


def unfold(page: Any) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_nothing_is_wider_than_the_page(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    with Visit(browser, pages[name], width) as visit:
        unfold(visit.page)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(browser: Any, pages: dict[str, Path], name: str, theme: str) -> None:
    with Visit(browser, pages[name], theme=theme) as visit:
        unfold(visit.page)
        found = axe.Axe().run(visit.page, options={"preload": False}).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


@pytest.mark.parametrize("name", ["deviating", "matrix"])
def test_it_turns_dark_by_itself_and_on_demand(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    colour = "getComputedStyle(document.querySelector('.cnnspec')).backgroundColor"
    seen = {}
    for theme in ("light", "dark"):
        with Visit(browser, pages[name], theme=theme) as visit:
            seen[theme] = visit.page.evaluate(colour)
            visit.page.get_by_role("button", name="light or dark").click()
            seen[f"{theme}, turned"] = visit.page.evaluate(colour)
    assert seen["light"] != seen["dark"]
    assert (seen["light, turned"], seen["dark, turned"]) == (seen["dark"], seen["light"])


def test_a_deviation_folds_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    with Visit(browser, pages["deviating"]) as visit:
        cause = visit.page.locator("details.cause").first
        assert cause.evaluate("one => one.open")
        cause.locator("summary").first.focus()
        visit.page.keyboard.press("Enter")
        assert not cause.evaluate("one => one.open")


def test_the_command_that_reproduces_is_copied(browser: Any, pages: dict[str, Path]) -> None:
    with Visit(browser, pages["deviating"]) as visit:
        command = visit.page.locator("code", has_text="cnnspec replay").first
        command.locator("xpath=ancestor::*[button][1]").get_by_role("button").first.click()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied == "cnnspec replay .cnnspec/deviating-C7.json"


def test_a_cell_of_the_matrix_leads_to_its_deviation(browser: Any, pages: dict[str, Path]) -> None:
    with Visit(browser, pages["matrix"]) as visit:
        link = visit.page.locator("td[data-state=fail] a").first
        place = link.get_attribute("href").removeprefix("#")
        link.click()
        assert visit.page.locator(f"[id='{place}']").is_visible()


def test_the_matrix_is_filtered(browser: Any, pages: dict[str, Path]) -> None:
    with Visit(browser, pages["matrix"]) as visit:
        rows = visit.page.locator("tr[data-runtime]:visible")
        every = rows.count()
        visit.page.get_by_label("only deviations").check()
        deviating = rows.count()
        assert 0 < deviating < every
        visit.page.locator("select[name=runtime]").select_option("scipy-ndimage")
        names = rows.evaluate_all("rows => [...new Set(rows.map(one => one.dataset.runtime))]")
        assert names == ["scipy-ndimage"]
        visit.page.get_by_role("button", name="show all").click()
        api.expect(rows).to_have_count(every)


def test_what_a_target_sends_is_text(browser: Any, pages: dict[str, Path]) -> None:
    with Visit(browser, pages["hostile"]) as visit:
        assert "<script>" in visit.page.locator("body").inner_text()
        assert visit.page.title() != "1"
