"""How the time of a verdict grows with its cases: `python tests/bench/cases.py cases.json`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

DRAWN = (0, 30, 60, 120)
"""Drawn examples a check."""


def judged(examples: int, folder: Path) -> dict[str, float]:
    """The reference judged once: the cases, and the seconds."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "cnnspec", "check", "reference", "--budget", "quick"]
    command += ["--examples", str(examples), "--json", str(report)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    said = json.loads(report.read_text())
    cases = sum(clause["examples"] for clause in said["clauses"])
    return {"examples": examples, "cases": cases, "seconds": said["seconds"]}


def main(path: str) -> None:
    """Each number of examples three times, in turn; the median of the seconds is kept."""
    with tempfile.TemporaryDirectory() as folder:
        turns = [[judged(examples, Path(folder)) for examples in DRAWN] for _ in range(3)]
    runs = [sorted(same, key=lambda run: run["seconds"])[1] for same in zip(*turns, strict=True)]
    for run in runs:
        cases, seconds = run["cases"], run["seconds"]
        sys.stdout.write(f"{run['examples']:4} drawn a check: {cases} cases, {seconds:.1f} s\n")
    Path(path).write_text(json.dumps(runs))


if __name__ == "__main__":
    main(sys.argv[1])
