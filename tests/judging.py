"""Checks from Python that take a second, and what they judge."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import cnnspec
from cnnspec.report.public import Report
from cnnspec.spec import Array

CHECK_LAMBDA = (
    "import cnnspec, numpy as np; "
    "report = cnnspec.check(relu=lambda x: np.where(x <= 0, x.dtype.type(0), x), "
    "budget='quick', only='R2'); assert report, report"
)


def right_relu(x: Array) -> Array:
    return np.where(x <= 0, x.dtype.type(0), x)


def quick(*target: object, only: str | tuple[str, ...] = "R2", **more: Any) -> Report:
    return cnnspec.check(*target, budget="quick", only=only, **more)


def run_code(
    folder: Path, code: str, *words: str, text: str | None = None
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-W", "error", *(words or ("-c", code))],
        input=text,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done
