"""Code that a reader pastes shows the deviation, wherever the target lives."""

import sys
from pathlib import Path

import numpy as np
import pytest

from cnnspec.engine.plan import Counterexample
from cnnspec.kit.operation import call
from cnnspec.operations import catalogue  # noqa: F401  it fills the registry
from cnnspec.report.literal import pasted
from cnnspec.targets.target import named


@pytest.mark.parametrize("path", ["", "net"])
@pytest.mark.parametrize("name", ["mine.py", "my-relu.py", "2nd.try.py", "class.py"])
def test_code_to_paste_runs_whatever_the_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    (tmp_path / name).write_text("from types import SimpleNamespace\ndef relu(x):\n    return x\n")
    with (tmp_path / name).open("a") as file:
        file.write("net = SimpleNamespace(relu=relu)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    target = named(f"{name}:{path}" if path else name)
    one = call("relu", np.array([[[-1.0]]]))
    example = Counterexample("values", (one,), "", np.zeros((1, 1, 1)), None)
    with pytest.raises(AssertionError):  # -1 is not 0
        exec("\n".join(pasted(example, target)), {})  # noqa: S102  what a reader would paste
