"""How fast the reference is: `tox -e bench` prints ratios, and draws docs/performance.md's plots.

Results are compared, exactly, before they are timed. All is timed in the same process, in turn; the
ratio of the medians is shown, and nothing is asserted of it, since a test of speed fails when a
machine is busy. `python -m pytest tests/bench/bench_speed.py` measures what is installed.
"""

import sys
import tracemalloc
from collections.abc import Callable

import loops
import numpy as np
import pytest
import rivals
from in_turn import in_turn, ratios
from pytest_benchmark.fixture import BenchmarkFixture

from cnnspec import article, reference
from cnnspec.spec import Array


def said(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{line}")


def compared(
    benchmark: BenchmarkFixture,
    capsys: pytest.CaptureFixture[str],
    what: str,
    calls: dict[str, Callable[[], Array]],
    rounds: int = 7,
) -> None:
    """Compare results, time the calls in turn, print ratios, and keep times in the JSON."""
    expected = calls["reference"]()
    for name, call in calls.items():
        assert np.array_equal(call(), expected), name
    times = in_turn(calls, rounds)
    benchmark.extra_info |= {"what": what, "seconds": {name: list(t) for name, t in times.items()}}
    benchmark.pedantic(calls["reference"], rounds=3)
    said(capsys, f"{what}: reference {times['reference']}")
    for name, ratio in ratios(times).items():
        said(capsys, f"  {ratio:8.2f} times as fast as {name}, {times[name]}")


def small_stack(dtype: str) -> tuple[Array, list[Array]]:
    """An image and banks of the article's sizes, of small numbers."""
    banks = [bank.shape for bank in article.filter_banks()]
    small = [rivals.small_numbers(shape, dtype, seed) for seed, shape in enumerate(banks)]
    return rivals.small_numbers(article.chelsea().shape, dtype, 9), small


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_stack(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], dtype: str) -> None:
    if reason := rivals.missing("torch"):
        pytest.skip(reason)
    image, banks = small_stack(dtype)
    calls = {
        "reference": lambda: reference.stack(image, banks)[-1].pool,
        "PyTorch": rivals.pytorch_stack(image, banks),
    }
    compared(benchmark, capsys, f"the article's three layers, {dtype}", calls, 15)


def test_stack_against_the_loops(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    image, banks = small_stack("float64")
    calls = {
        "reference": lambda: reference.stack(image, banks, edition="article")[-1].pool,
        "loops": lambda: loops.stack(image, banks),
    }
    compared(benchmark, capsys, "the article's three layers, its edition", calls, 2)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["PyTorch", "ONNX Runtime", "SciPy"])
def test_conv(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], name: str, dtype: str
) -> None:
    """128 by 128 by 3 with 8 filters of 5 by 5."""
    prepare, modules, dtypes = rivals.RIVALS[name]
    if reason := rivals.missing(*modules) or (dtype not in dtypes and f"no conv in {dtype}"):
        pytest.skip(str(reason))
    image = rivals.small_numbers((128, 128, 3), dtype)
    filters = rivals.small_numbers((8, 5, 5, 3), dtype, 1)
    calls = {"reference": rivals.by_reference(image, filters), name: prepare(image, filters)}
    compared(benchmark, capsys, f"conv, {dtype}", calls)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("cell", rivals.grid(), ids=str)
def test_grid(
    benchmark: BenchmarkFixture,
    capsys: pytest.CaptureFixture[str],
    cell: tuple[int, int, int, int],
    dtype: str,
) -> None:
    """Side, channels, number and size of filters: against PyTorch in the same dtype."""
    if reason := rivals.missing("torch"):
        pytest.skip(reason)
    side, channels, number, size = cell
    image = rivals.small_numbers((side, side, channels), dtype)
    filters = rivals.small_numbers((number, size, size, channels), dtype, 1)
    calls = {name: rivals.RIVALS[name][0](image, filters) for name in ("reference", "PyTorch")}
    benchmark.extra_info["cell"] = cell
    benchmark.extra_info["dtype"] = dtype
    compared(benchmark, capsys, f"{cell} {dtype}", calls, 3)


@pytest.mark.parametrize("name", ["reference", "PyTorch", "ONNX Runtime", "SciPy"])
@pytest.mark.parametrize("side", [64, 128, 256, 512, 1024, 2048, 4096])
def test_size(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], side: int, name: str
) -> None:
    """Time and memory by the image's size; tracemalloc sees what NumPy allocates, and no more."""
    prepare, modules, _ = rivals.RIVALS[name]
    slow = name == "SciPy" and side > 512 and "SciPy takes seconds and more"
    if reason := rivals.missing(*modules) or slow:
        pytest.skip(reason)
    image = rivals.small_numbers((side, side, 3), "float32")
    filters = rivals.small_numbers((8, 5, 5, 3), "float32", 1)
    call = prepare(image, filters)
    tracemalloc.start()
    result = call()
    extra = tracemalloc.get_traced_memory()[1] - result.nbytes
    tracemalloc.stop()
    times = in_turn({name: call}, 3)[name]
    numpy_alone = name in ("reference", "SciPy")
    benchmark.extra_info |= {"side": side, "rival": name, "seconds": list(times)}
    benchmark.extra_info |= {"extra": extra, "map": image.nbytes + result.nbytes}
    benchmark.pedantic(call, rounds=1)
    told = f", {extra / 2**20:.1f} MiB besides image and result" if numpy_alone else ""
    said(capsys, f"{side} by {side} by 3, 8 filters of 5 by 5: {name} {times}{told}")


def test_relu(benchmark: BenchmarkFixture) -> None:
    benchmark(reference.relu, np.random.RandomState(0).randn(298, 449, 2))


@pytest.mark.parametrize("size", [2, 3, 16])
def test_pooling(benchmark: BenchmarkFixture, size: int) -> None:
    benchmark(reference.pooling, np.random.RandomState(0).randn(298, 449, 2), size, 2)
