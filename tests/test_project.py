"""What the project says of itself holds."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (example,) = [text for text in examples if "SpecError" in text]
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102  what a reader would paste
    assert capsys.readouterr().out.startswith("C4 Error: Filter must have an odd size.")
    pooled = eval("pooling(relu(conv(image, edges)), 2, 2)", names)  # noqa: S307
    assert pooled.shape == (1, 2, 1)
    assert (pooled == 6).all()


def test_the_oldest_dependencies_are_those_that_tox_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {requirement.replace(">=", "==") for requirement in project["dependencies"]}
    tested = re.findall(r"^    (\S+==\S+)$", (ROOT / "tox.ini").read_text(), re.MULTILINE)
    oldest = {re.sub(r"(==\d+\.\d+)\.0$", r"\1", pin) for pin in tested}
    assert oldest == {re.sub(r"(==\d+\.\d+)\.0$", r"\1", pin) for pin in declared}
