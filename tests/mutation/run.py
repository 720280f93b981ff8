"""Mutation testing: each mutant of the book and the reference is killed, or listed and justified.

`python tests/mutation/run.py DIR` copies the project into DIR, an empty folder, has Cosmic Ray make
and try the mutants there, and compares those that survive with equivalent.toml.
"""

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tests/mutation/cosmic-ray.toml"
LIST = ROOT / "tests/mutation/equivalent.toml"
SESSION = "session.sqlite"


class Mutant(NamedTuple):
    """What a mutant changes: where, and the line before and after, with single spaces."""

    file: str
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        """An entry of equivalent.toml, its reason left to be written."""
        fields = [f"{name} = {json.dumps(value)}" for name, value in self._asdict().items()]
        return "\n".join(["[[equivalent]]", *fields, 'reason = ""'])


def justified() -> Counter[Mutant]:
    """The mutants that equivalent.toml lists. Every one has a reason."""
    entries = tomllib.loads(LIST.read_text()).get("equivalent", [])
    for entry in entries:
        if not entry.pop("reason", ""):
            sys.exit(f"{LIST.name} gives no reason for this mutant:\n{Mutant(**entry)}")
    return Counter(Mutant(**entry) for entry in entries)


def copy_project(sandbox: Path) -> None:
    """Copy what the tests need: no mutant is ever written into the checkout."""
    no_cache = shutil.ignore_patterns("__pycache__")
    for folder in ("cnnspec", "tests"):
        shutil.copytree(ROOT / folder, sandbox / folder, ignore=no_cache)
    shutil.copy(ROOT / "pyproject.toml", sandbox)


def run(sandbox: Path, *command: str) -> str:
    """The output of a command in the sandbox; where it fails, its output ends this program."""
    done = subprocess.run(command, cwd=sandbox, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"`{shlex.join(command)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def try_mutants(sandbox: Path) -> tuple[Counter[Mutant], Counter[Mutant]]:
    """Make and try all mutants; those that were killed, and those that were not."""
    config = tomllib.loads(CONFIG.read_text())["cosmic-ray"]
    run(sandbox, *shlex.split(config["test-command"]))  # without a mutant the tests pass
    run(sandbox, "cosmic-ray", "init", str(CONFIG), SESSION)
    run(sandbox, "cr-filter-operators", SESSION, str(CONFIG))
    run(sandbox, "cosmic-ray", "exec", str(CONFIG), SESSION)
    killed, survived = Counter[Mutant](), Counter[Mutant]()
    for line in run(sandbox, "cosmic-ray", "dump", SESSION).splitlines():
        job, result = json.loads(line)
        if result["worker_outcome"] != "skipped":
            mutant = described(job["mutations"][0], result["diff"] or "")
            (killed if result["test_outcome"] == "killed" else survived)[mutant] += 1
    return killed, survived


def described(mutation: dict[str, str], diff: str) -> Mutant:
    """A mutant by its function and its lines, which outlast edits elsewhere in the file."""
    changed = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (
        " ".join(word for line in changed if line.startswith(sign) for word in line[1:].split())
        for sign in "-+"
    )
    return Mutant(mutation["module_path"], mutation["definition_name"] or "", before, after)


def main(sandbox: Path) -> int:
    """Run all of it; the exit status: 0 if what survives and what is listed are the same."""
    listed = justified()
    copy_project(sandbox)
    print("Trying the mutants. This takes ten minutes or so.", flush=True)  # noqa: T201
    killed, survived = try_mutants(sandbox)
    complaints = {
        f"survives: kill it with a test, or list it in {LIST}": survived - listed,
        f"is killed by a test now: take it off {LIST}": (listed - survived) & killed,
        f"does not exist: take it off {LIST}": listed - survived - killed,
    }
    for complaint, mutants in complaints.items():
        for mutant in mutants.elements():
            print(f"This mutant {complaint}:\n\n{mutant}\n")  # noqa: T201
    numbers = [found.total() for found in (killed + survived, killed, survived & listed)]
    print("{} mutants: {} killed, {} justified".format(*numbers))  # noqa: T201
    return int(any(complaints.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
