"""How much faster the reference is than the article's loops: `tox -e bench` prints the ratio.

Both run in the same process, in turn, on the article's three layers of Chelsea; the ratio of the
medians is shown, and nothing is asserted of it, since a test of speed fails when a machine is busy.
"""

import statistics
import sys
import time
from collections.abc import Callable

import loops
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from cnnspec import article, reference
from cnnspec.spec import Array


def reference_stack(image: Array, banks: list[Array]) -> Array:
    return reference.stack(image, banks, edition="article")[-1].pool


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_the_reference_against_the_loops(capsys: pytest.CaptureFixture[str]) -> None:
    image, banks = article.chelsea(), article.filter_banks()
    expected = loops.stack(image, banks)
    assert np.allclose(reference_stack(image, banks), expected, rtol=1e-12)
    slow, fast = [], []
    for _ in range(3):
        slow.append(seconds(lambda: loops.stack(image, banks)))
        fast += [seconds(lambda: reference_stack(image, banks)) for _ in range(20)]
    loop, vectorised = statistics.median(slow), statistics.median(fast)
    with capsys.disabled():
        sys.stdout.write(
            f"\nthree layers of Chelsea: loops {loop:.2f} s, reference {1000 * vectorised:.2f} ms, "
            f"{loop / vectorised:.0f} times faster\n"
        )


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_conv(benchmark: BenchmarkFixture, layer: int) -> None:
    image, banks = article.chelsea(), article.filter_banks()
    before = reference.stack(image, banks[: layer - 1])
    inputs = before[-1].pool if before else image
    benchmark(reference.conv, inputs, banks[layer - 1])


def test_relu(benchmark: BenchmarkFixture) -> None:
    benchmark(reference.relu, np.random.RandomState(0).randn(298, 449, 2))


@pytest.mark.parametrize("size", [2, 3, 16])
def test_pooling(benchmark: BenchmarkFixture, size: int) -> None:
    benchmark(reference.pooling, np.random.RandomState(0).randn(298, 449, 2), size, 2)
