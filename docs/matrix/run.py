"""Makes the matrix in this folder anew: python docs/matrix/run.py FOLDER [TARGET...]

Each runtime is installed into a virtual environment of its own in FOLDER, since they ask for
different versions of NumPy. tinygrad compiles with clang, which is to be on the PATH.
"""

import subprocess
import sys
from pathlib import Path

from cnnspec.targets.names import RUNTIMES

SMALLER = {"tensorflow": "tensorflow-cpu"}
"""Distributions that hold the same without what a GPU needs."""


def python(folder: Path, name: str) -> Path:
    """The Python of an environment with a runtime; runtimes of the same distributions share it."""
    needed = [SMALLER.get(one, one) for one in RUNTIMES[name]]
    place = folder / "-".join(needed)
    if not (place / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", "numpy", *needed], check=True)
    return place / "bin" / "python"


folder, *chosen = sys.argv[1:]
names = [name for name in RUNTIMES if not chosen or name in chosen]
options = [f"--python={name}={python(Path(folder), name)}" for name in names]
out = str(Path(__file__).parent)
judged = names if chosen else ["reference", *names]
command = [sys.executable, "-m", "cnnspec", "matrix", *judged, *options, "--out", out]
sys.exit(subprocess.run(command, check=False).returncode)
