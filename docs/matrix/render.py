"""Writes matrix.md and matrix.html anew from matrix.json, without running anything."""

import json
from pathlib import Path

from cnnspec.report import table

folder = Path(__file__).parent
data = json.loads((folder / "matrix.json").read_text(encoding="utf-8"))
for name, content in table.rendered(data):
    (folder / name).write_text(content, encoding="utf-8")
    print(f"wrote {folder / name}")
