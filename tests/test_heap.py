"""Freed memory is kept: large arrays do not ask the system for theirs again and again."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, numpy
from cnnspec.kit import heap
if {keep}:
    heap.keep_freed()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        several = [numpy.ones({count}) for _ in range({several})]
        del several
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""
COUNT, SEVERAL = 2**17, 16
"""Numbers of an array of a mebibyte, and how many are there at once."""


def faults(keep: bool) -> int:
    """How often arrays meet a page that is not there: several, and fifty times such."""
    code = FAULTS.format(keep=keep, count=COUNT, several=SEVERAL)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_memory_that_is_freed_serves_the_next_array() -> None:
    assert faults(keep=True) * 4 < faults(keep=False)
