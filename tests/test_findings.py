"""The code on the page of findings prints what stands below it, with the versions that it names."""

import contextlib
import io
import re
import warnings
from pathlib import Path

import pytest

from cnnspec.targets import names

PAGE = (Path(__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")
RUNTIMES = {
    "onnx": "onnx-reference",
    "onnxruntime": "onnxruntime",
    "torch": "pytorch",
    "openvino": "openvino",
    "opencv-python-headless": "opencv-dnn",
    "tensorflow": "tensorflow",
    "paddlepaddle": "paddle",
    "ncnn": "ncnn",
    "MNN": "mnn",
}
"""The names of targets by those of their distributions."""

CODE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def findings() -> list[tuple[str, str, str, str]]:
    """For each finding the distribution with its version, the title, the code, and its output."""
    found = []
    for chapter in PAGE.split("\n## ")[1:]:
        version = re.search(r", ([\w-]+ [\d.]+)\n", chapter)
        for section in chapter.split("\n### ")[1:]:
            assert version is not None
            (pieces,) = CODE.findall(section)
            found.append((version[1], section.partition("\n")[0], *pieces))
    return found


def printed(code: str) -> str:
    """What code prints; for an exception, its name and message."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a runtime may warn of what the machine lacks
            exec(compile(code, "finding", "exec"), {})  # noqa: S102  it is of our own page
    except Exception as error:  # whatever a runtime raises
        return f"{type(error).__name__}: {error}\n"
    return output.getvalue()


@pytest.mark.parametrize(("version", "title", "code", "expected"), findings())
def test_a_finding_prints_what_the_page_says(
    version: str, title: str, code: str, expected: str
) -> None:
    name = RUNTIMES[version.split()[0]]
    if names.about(name) != version:
        pytest.skip(f"{version} is not installed")
    got, (start, *rest) = printed(code), expected.split("...\n")
    assert got.startswith(start) if rest else got == expected, title


def test_every_section_of_the_page_is_a_finding() -> None:
    assert {version.split()[0] for version, *_ in findings()} == {*RUNTIMES}
    assert len(findings()) == PAGE.count("\n### ") == PAGE.count("```python\n")
