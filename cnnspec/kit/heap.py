"""The memory of arrays: the C library keeps what is freed, for the next array.

By itself glibc gives the memory of large arrays back to the system, and asks for it anew: each page
is cleared and mapped again. In a run that took a twentieth of all processor time.
"""

import contextlib
import ctypes
import sys

SETTINGS = {-1: 2**26, -2: 2**22, -3: 2**25}
"""By the numbers of glibc's mallopt, in bytes: how much is kept at the end of the heap
(M_TRIM_THRESHOLD), how much more than needed is asked for (M_TOP_PAD), and from what size on an
array has a mapping of its own (M_MMAP_THRESHOLD; this is the most that it takes)."""


def keep_freed() -> None:
    """Keep what is freed, in this process and those that it forks. Elsewhere nothing changes."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library than glibc
            for setting, size in SETTINGS.items():
                ctypes.CDLL(None).mallopt(setting, size)
