"""The grid as Markdown, worst cells first: `python tests/bench/table.py bench.json`."""

import json
import statistics
import sys
from pathlib import Path


def main(speed: str) -> None:
    """PyTorch's median over the reference's, for each cell: above 1 the reference is faster."""
    rows = [one["extra_info"] for one in json.loads(Path(speed).read_text())["benchmarks"]]
    for dtype in ("float64", "float32"):
        cells = []
        for row in rows:
            if row.get("dtype") == dtype:
                medians = {name: statistics.median(one) for name, one in row["seconds"].items()}
                cells.append((medians["PyTorch"] / medians["reference"], row["cell"]))
        if not cells:
            continue
        middle = statistics.median(ratio for ratio, _ in cells)
        sys.stdout.write(f"\n{dtype}, {len(cells)} cells, the median {middle:.2f}\n\n")
        sys.stdout.write("| side | C | N | K | ratio |\n|---|---|---|---|---|\n")
        for ratio, cell in sorted(cells):
            sys.stdout.write(f"| {' | '.join(map(str, cell))} | {ratio:.2f} |\n")


if __name__ == "__main__":
    main(sys.argv[1])
