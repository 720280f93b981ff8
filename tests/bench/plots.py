"""Draws docs/performance.md's plots: `python tests/bench/plots.py bench.json cases.json FOLDER`.

bench.json is what pytest-benchmark wrote of bench_speed.py, cases.json what cases.py wrote.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

COLOURS = {
    "reference": "#0072B2",
    "PyTorch": "#D55E00",
    "ONNX Runtime": "#009E73",
    "SciPy": "#CC79A7",
}
"""Okabe and Ito's, which the colour-blind tell apart; each has a marker of its own besides."""
MARKERS = {"reference": "o", "PyTorch": "s", "ONNX Runtime": "^", "SciPy": "D"}


def sizes(rows: list[dict[str, Any]], folder: Path) -> None:
    """The image's size against time and memory."""
    figure, (time, memory) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    figure.suptitle("conv of an image of 3 channels with 8 filters of 5 by 5, float32")
    for rival, colour in COLOURS.items():
        own = sorted((row for row in rows if row["rival"] == rival), key=lambda row: row["side"])
        if not own:
            continue
        sides = [row["side"] for row in own]
        style: dict[str, Any] = {"color": colour, "marker": MARKERS[rival], "label": rival}
        medians = [1000 * statistics.median(row["seconds"]) for row in own]
        time.plot(sides, medians, **style)
        low, high = ([1000 * end(row["seconds"]) for row in own] for end in (min, max))
        time.fill_between(sides, low, high, color=colour, alpha=0.2)
        if rival in ("reference", "SciPy"):
            memory.plot(sides, [row["extra"] / 2**20 for row in own], **style)
    own = sorted((row for row in rows if row["rival"] == "reference"), key=lambda row: row["side"])
    both = [row["map"] / 2**20 for row in own]
    sides = [row["side"] for row in own]
    memory.plot(sides, both, "k--", label="image and result themselves")
    finish(time, sides, "Time", "time of a call (ms): median, and all between")
    finish(memory, sides, "Memory besides image and result", "largest extra memory (MiB)")
    figure.savefig(folder / "size-time-memory.png", dpi=110)


def finish(axes: Axes, sides: list[int], title: str, label: str) -> None:
    """Titles, units and a tick for each size."""
    axes.set(title=title, xlabel="side of the square image (pixels)", ylabel=label)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(sides, [str(side) for side in sides])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()


def verdicts(runs: list[dict[str, float]], folder: Path) -> None:
    """The number of cases against the time of a verdict."""
    figure, axes = plt.subplots(figsize=(7, 4.8), layout="constrained")
    cases = [run["cases"] for run in runs]
    axes.plot(cases, [run["seconds"] for run in runs], "o-", color=COLOURS["reference"])
    for run in runs:
        text = f"{run['examples']:.0f} drawn a check"
        place = (run["cases"], run["seconds"])
        axes.annotate(text, place, (8, -12), textcoords="offset points", fontsize=8)
    axes.margins(x=0.35)  # room for the words
    axes.set(ylim=(0, 1.1 * max(run["seconds"] for run in runs)))
    axes.set(title="cnnspec check reference --budget quick --examples N")
    axes.set(xlabel="cases that were judged", ylabel="time of the verdict (s)")
    axes.grid(alpha=0.3)
    figure.savefig(folder / "cases-time.png", dpi=110)


def main(speed: str, cases: str, folder: str) -> None:
    rows = [one["extra_info"] for one in json.loads(Path(speed).read_text())["benchmarks"]]
    Path(folder).mkdir(parents=True, exist_ok=True)
    sizes([row for row in rows if "side" in row], Path(folder))
    verdicts(json.loads(Path(cases).read_text()), Path(folder))
    sys.stdout.write(f"two plots are in {folder}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
