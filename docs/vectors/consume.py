"""Plays the plain vectors of DIR: python consume.py DIR FILE.

FILE defines any of conv, relu, pooling and average_pooling. They take and return nested lists of
numbers, and raise an exception for invalid input.
"""

import json
import runpy
import sys
from pathlib import Path


def array(shape, numbers):
    return [array(shape[1:], numbers) for _ in range(shape[0])] if shape else next(numbers)


def holds(operation, arguments, expected):
    values = arguments.values()
    given = [array(a["shape"], iter(a["data"])) if isinstance(a, dict) else a for a in values]
    try:
        got = operations[operation](*given)
    except Exception:
        return "rejected" in expected
    if "empty" in expected and "[]" in repr(got):
        return True
    right = expected.get("result")
    return right is not None and got == array(right["shape"], iter(right["data"]))


folder, operations = Path(sys.argv[1]), runpy.run_path(sys.argv[2])
files = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("[A-Z]*.json"))]
every = [{**one, "file": file} for file in files for one in file["vectors"]]
standard = [one for one in every if "standard" in one["editions"]]
plain = [one for one in standard if not one["requires"]]
played = [one for one in plain if all(call["operation"] in operations for call in one["calls"])]
failed = [one for one in played if not all(holds(**call) for call in one["calls"])]
for one in failed:
    print(f"{one['id']} fails. What does not hold: {one['file']['checks'][one['check']]}")
skipped = len(standard) - len(played)
print(f"{len(standard)} vectors, {len(failed)} failures, {skipped} skipped")
sys.exit(1 if failed else 0)
